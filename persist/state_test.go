package persist_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"rulebot/persist"
)

func TestRotateKeepsOne(t *testing.T) {
	state := t.TempDir()
	dir := persist.Dir(state, mine)
	if want := filepath.Join(state, "live_okcoin_main"); dir != want {
		t.Errorf("directory: got %s, want %s", dir, want)
	}
	if there, err := persist.Rotate(dir); there || err != nil {
		t.Errorf("nothing to rotate: got %v, %v, want false", there, err)
	}
	var former string
	for range 3 {
		s := open(t, dir)
		id := s.ID()
		must(t, s.Close())
		there, err := persist.Rotate(dir)
		if !there || err != nil {
			t.Errorf("rotate: got %v, %v, want true", there, err)
		}
		former = id
	}
	r, err := persist.Read(dir + ".1")
	must(t, err)
	if r.ID() != former {
		t.Errorf("the store set aside is %s, want the last, %s", r.ID(), former)
	}
	must(t, r.Close())
	entries, err := os.ReadDir(state)
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("got %d directories, want the one set aside: %v", len(entries), entries)
	}
}

func TestRotateLeavesAStoreInUse(t *testing.T) {
	t.Parallel() // most of it is waiting for the lock
	dir := filepath.Join(t.TempDir(), "s")
	s := open(t, dir)
	_, err := persist.Rotate(dir)
	wantError(t, "rotate", err, persist.ErrInUse)
	s.Append(changes(1))
	must(t, s.Close())
}

func TestRotateSetsADamagedStoreAside(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s")
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.WriteFile(filepath.Join(dir, persist.FileName), []byte("not a store"), 0o600))
	if there, err := persist.Rotate(dir); !there || err != nil {
		t.Errorf("rotate: got %v, %v, want true", there, err)
	}
	must(t, open(t, dir).Close())
}

func TestNewestIsTheLastWritten(t *testing.T) {
	state := t.TempDir()
	_, err := persist.Newest(state)
	wantError(t, "empty state", err, persist.ErrMissing)
	_, err = persist.Newest(filepath.Join(state, "absent"))
	wantError(t, "absent state", err, persist.ErrMissing)

	old := time.Unix(1_600_000_000, 0)
	for i, account := range []string{"a", "b", "c"} {
		dir := persist.Dir(state, persist.Identity{Mode: "dry", Exchange: "okcoin", Account: account})
		s, err := persist.Open(dir, persist.Identity{Mode: "dry", Exchange: "okcoin", Account: account}, persist.Options{})
		must(t, err)
		must(t, s.Close())
		written := old.Add(time.Duration(i%2) * time.Hour) // b is the newest
		must(t, os.Chtimes(filepath.Join(dir, persist.FileName), written, written))
	}
	want := filepath.Join(state, "dry_okcoin_b")
	if got, err := persist.Newest(state); err != nil || got != want {
		t.Errorf("newest: got %s, %v, want %s", got, err, want)
	}
	if got, err := persist.Newest(want); err != nil || got != want {
		t.Errorf("newest of a store: got %s, %v, want itself", got, err)
	}
	_, err = persist.Rotate(want)
	must(t, err)
	if got, err := persist.Newest(state); err != nil || got == want+".1" {
		t.Errorf("newest after rotating: got %s, %v, want one that was not", got, err)
	}
}
