package persist_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
	"rulebot/persist"
)

var morning = time.Date(2025, 6, 2, 8, 0, 0, 0, time.UTC)

func backUp(t *testing.T, s *persist.Store, at time.Time) {
	t.Helper()
	finish, err := s.Backup(at)
	must(t, err)
	must(t, finish())
}

func backupNames(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "backups"))
	must(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// marked is the change that a restore leaves.
func marked(r persist.Restored, newest engine.Change) engine.Change {
	return engine.Change{Kind: engine.ChangeHalt, At: newest.At, Halt: engine.Halt{
		Mode: engine.ModeHalt, Code: "RESTORED", Reason: fmt.Sprintf("from %d changes", r.Changes),
	}}
}

// TestDamagedStoreIsRestored damages a store that has three copies, of which
// the newest is damaged too: the one before takes its place, marked, and the
// damaged file is kept.
//
// Faults: PS-06 PS-10 PS-17.
func TestDamagedStoreIsRestored(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s")
	s := open(t, dir)
	all := changes(30)
	for i := range 3 {
		s.Append(all[10*i : 10*i+10])
		must(t, s.Commit())
		backUp(t, s, morning.Add(time.Duration(i)*time.Hour))
	}
	must(t, s.Close())
	for _, name := range []string{persist.FileName, "backups/20250602T100000Z.db"} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(strings.Repeat("gone", 5000)), 0o600))
	}
	_, err := persist.Open(dir, mine, persist.Options{})
	wantError(t, "open", err, persist.ErrDamaged)
	r, err := persist.Restore(dir, mine, morning, marked)
	must(t, err)
	if want := filepath.Join(dir, "backups", "20250602T090000Z.db"); r.Backup != want || r.Changes != 20 || !r.At.Equal(morning.Add(time.Hour)) {
		t.Errorf("got %+v, want the copy of nine o'clock", r)
	}
	kept, err := os.ReadFile(r.Quarantine)
	must(t, err)
	if string(kept[:4]) != "gone" {
		t.Errorf("%s is not the damaged file", r.Quarantine)
	}
	s = open(t, dir)
	want := append(all[:20:20], marked(r, all[19]))
	if diff := cmp.Diff(want, replay(t, s), same); diff != "" {
		t.Errorf("restored (-want +got):\n%s", diff)
	}
	must(t, s.Close())
	if left, _ := filepath.Glob(filepath.Join(dir, ".restore-*")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// TestNothingGoodToRestore changes nothing.
func TestNothingGoodToRestore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s")
	s := open(t, dir)
	backUp(t, s, morning)
	must(t, s.Close())
	other := mine
	other.Account = "other"
	for _, c := range []struct {
		id   persist.Identity
		file string
		want error
	}{{other, "", persist.ErrMissing}, {mine, "backups/20250602T080000Z.db", persist.ErrDamaged}} {
		if c.file != "" {
			must(t, os.WriteFile(filepath.Join(dir, c.file), []byte("gone"), 0o600))
		}
		_, err := persist.Restore(dir, c.id, morning, marked)
		wantError(t, "restore", err, c.want)
		must(t, open(t, dir).Close())
	}
}

// TestBackupWhileTheStoreGoesOn copies what was durable when it began.
func TestBackupWhileTheStoreGoesOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s")
	s := open(t, dir)
	all := changes(200)
	s.Append(all[:100])
	must(t, s.Commit())
	finish, err := s.Backup(morning)
	must(t, err)
	done := make(chan error, 1)
	go func() { done <- finish() }()
	for _, c := range all[100:] {
		s.Append([]engine.Change{c})
		must(t, s.Commit())
	}
	must(t, <-done)
	must(t, s.Close())
	must(t, os.Rename(filepath.Join(dir, "backups", "20250602T080000Z.db"), filepath.Join(dir, persist.FileName)))
	s = open(t, dir)
	if diff := cmp.Diff(all[:100], replay(t, s), same); diff != "" {
		t.Errorf("the copy (-want +got):\n%s", diff)
	}
	must(t, s.Close())
}

// TestBackupsAreKept for 24 hours and 14 days that had one.
//
// Faults: PS-15 PS-18.
func TestBackupsAreKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s")
	s := open(t, dir)
	backUp(t, s, morning)
	folder := filepath.Join(dir, "backups")
	first, err := os.ReadFile(filepath.Join(folder, "20250602T080000Z.db"))
	must(t, err)
	for half := range 2 * 24 * 20 { // twice an hour for twenty days
		name := morning.Add(time.Duration(half) * 30 * time.Minute).Format("20060102T150405Z")
		must(t, os.WriteFile(filepath.Join(folder, name+".db"), first[:1], 0o600))
	}
	must(t, os.WriteFile(filepath.Join(folder, ".new-123"), first[:100], 0o600)) // a copy that was cut off
	must(t, os.WriteFile(filepath.Join(folder, "mine.db"), first[:1], 0o600))    // none of ours
	last := morning.Add(20 * 24 * time.Hour)
	backUp(t, s, last)
	must(t, s.Close())
	names := backupNames(t, dir)
	if want := 24 + 14 - 2 + 1; len(names) != want { // the newest hours are of the newest two days
		t.Errorf("%d files are kept, want %d: %v", len(names), want, names)
	}
	if newest, err := persist.LastBackup(dir); err != nil || !newest.Equal(last) {
		t.Errorf("the newest is of %v, %v; want %v", newest, err, last)
	}
}

// TestBackupThatCannotBeWritten says so, and the store goes on.
func TestBackupThatCannotBeWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s")
	s := open(t, dir)
	must(t, os.WriteFile(filepath.Join(dir, "backups"), nil, 0o600))
	if _, err := s.Backup(morning); err == nil {
		t.Error("a backup into a file that is no directory began")
	}
	must(t, os.Remove(filepath.Join(dir, "backups")))
	finish, err := s.Backup(morning)
	must(t, err)
	must(t, os.RemoveAll(filepath.Join(dir, "backups")))
	if err := finish(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the directory is gone", err)
	}
	s.Append(changes(1))
	must(t, s.Close())
}
