package persist_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
	"rulebot/persist"
)

// content is what a store gives back: comparing it tells silent damage.
type content struct {
	ID      string
	Changes []engine.Change
	Blobs   map[string]string
}

func read(tb testing.TB, s *persist.Reader) (content, error) {
	c := content{ID: s.ID(), Blobs: map[string]string{}}
	err := s.Replay(func(ch engine.Change) error { c.Changes = append(c.Changes, ch); return nil })
	for _, name := range []string{"run", "paper"} {
		b, blobErr := s.Blob(name)
		err = errors.Join(err, blobErr)
		c.Blobs[name] = string(b)
	}
	return c, err
}

// sample makes a store with some history: several commits, so that there are
// free pages, blobs that were rewritten, and branch pages.
func sample(tb testing.TB, dir string, n int) []engine.Change {
	tb.Helper()
	s := open(tb, dir)
	all := changes(n)
	for i, c := range all {
		s.Append([]engine.Change{c})
		if i%10 == 9 {
			s.PutBlob("run", bytes.Repeat([]byte("run "), i))
			s.PutBlob("paper", bytes.Repeat([]byte{byte(i)}, 40*i))
			must(tb, s.Commit())
		}
	}
	must(tb, s.Close())
	return all
}

// check opens a damaged store. It must be refused with a named error, or give
// back exactly what was written, and then go on to work.
func check(t *testing.T, dir, what string, want content) (refused bool) {
	t.Helper()
	r, err := persist.Read(dir)
	if err == nil {
		var got content
		got, err = read(t, r)
		must(t, r.Close())
		if err == nil && !cmp.Equal(want, got, same) {
			t.Fatalf("%s: the content changed in silence:\n%s", what, cmp.Diff(want, got, same))
		}
	}
	s, openErr := persist.Open(dir, mine, persist.Options{})
	if (err == nil) != (openErr == nil) {
		t.Fatalf("%s: reading says %v and opening says %v", what, err, openErr)
	}
	if openErr != nil {
		if !errors.Is(openErr, persist.ErrDamaged) && !errors.Is(openErr, persist.ErrFormat) {
			t.Fatalf("%s: got error %v, want ErrDamaged or ErrFormat", what, openErr)
		}
		return true
	}
	more := changes(10)
	s.Append(more)
	must(t, s.Commit())
	must(t, s.Close())
	s = open(t, dir)
	if diff := cmp.Diff(slices.Concat(want.Changes, more), replay(t, s), same); diff != "" {
		t.Fatalf("%s: after going on (-want +got):\n%s", what, diff)
	}
	must(t, s.Close())
	return false
}

// damaged runs one case: the file with some bytes changed.
func damaged(t *testing.T, dir string, file []byte, what string, want content) bool {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, persist.FileName), file, 0o600))
	return check(t, dir, what, want)
}

func pristine(t *testing.T) (dir string, file []byte, want content) {
	dir = filepath.Join(t.TempDir(), "s")
	sample(t, dir, 40)
	file, err := os.ReadFile(filepath.Join(dir, persist.FileName))
	must(t, err)
	r, err := persist.Read(dir)
	must(t, err)
	defer r.Close()
	want, err = read(t, r)
	must(t, err)
	return dir, file, want
}

// used returns how many bytes of the file are not the zeros of its tail.
func used(file []byte) int { return len(bytes.TrimRight(file, "\x00")) }

// TestFlippedBitsNeverPassUnseen, faults: PS-06.
func TestFlippedBitsNeverPassUnseen(t *testing.T) {
	t.Parallel()
	dir, file, want := pristine(t)
	random := rand.New(rand.NewPCG(1, 2))
	n, refused := *flips, 0
	for range n {
		at, bit := random.IntN(used(file)), random.IntN(8)
		file[at] ^= 1 << bit
		if damaged(t, dir, file, fmt.Sprintf("bit %d of byte %d", bit, at), want) {
			refused++
		}
		file[at] ^= 1 << bit
	}
	t.Logf("%d flips in %d bytes: %d refused, %d without effect", n, used(file), refused, n-refused)
}

// TestFlippedBitsInHeaders goes through the bytes that hold the structure: the
// meta pages, and the head of every page.
func TestFlippedBitsInHeaders(t *testing.T) {
	t.Parallel()
	dir, file, want := pristine(t)
	page, refused, n := os.Getpagesize(), 0, 0
	for start := 0; start < used(file); start += page {
		for off := 0; off < 80; off += 1 + off/16 + 3*min(start/page/2, 8) {
			file[start+off] ^= 0x04
			if damaged(t, dir, file, fmt.Sprintf("byte %d of page %d", off, start/page), want) {
				refused++
			}
			n++
			file[start+off] ^= 0x04
		}
	}
	t.Logf("%d flips: %d refused", n, refused)
}

// TestZeroedPagesNeverPassUnseen, faults: PS-17.
func TestZeroedPagesNeverPassUnseen(t *testing.T) {
	t.Parallel()
	dir, file, want := pristine(t)
	page := os.Getpagesize()
	for start := 0; start < used(file); start += page {
		whole := bytes.Clone(file)
		clear(whole[start:min(start+page, len(whole))])
		damaged(t, dir, whole, fmt.Sprintf("page %d zeroed", start/page), want)
	}
}

func TestSwappedPagesNeverPassUnseen(t *testing.T) {
	t.Parallel()
	dir, file, want := pristine(t)
	page := os.Getpagesize()
	random := rand.New(rand.NewPCG(3, 4))
	for range 40 {
		a, b := page*random.IntN(used(file)/page), page*random.IntN(used(file)/page)
		whole := bytes.Clone(file)
		copy(whole[a:a+page], file[b:b+page])
		damaged(t, dir, whole, fmt.Sprintf("page %d in place of %d", b/page, a/page), want)
	}
}

// TestTruncatedFilesNeverPassUnseen, faults: PS-07.
func TestTruncatedFilesNeverPassUnseen(t *testing.T) {
	t.Parallel()
	dir, file, want := pristine(t)
	page := os.Getpagesize()
	for size := len(file); size >= 0; size -= max(1, min(size/12, 8*page)) {
		damaged(t, dir, file[:size], fmt.Sprintf("cut to %d bytes", size), want)
		if size <= 64 {
			break
		}
	}
	damaged(t, dir, file[:page], "one page", want)
	damaged(t, dir, file[:2*page], "two pages", want)
	damaged(t, dir, file[:1], "one byte", want)
}

// TestEveryCommitStandsAlone copies the file after each commit: each copy must
// open and hold exactly what was durable at that moment.
func TestEveryCommitStandsAlone(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "s")
	s := open(t, dir)
	all := changes(60)
	for i := range 20 {
		s.Append(all[3*i : 3*i+3])
		must(t, s.Commit())
		s.Append(all[:1]) // pending when the process dies
		copyDir := filepath.Join(root, fmt.Sprint("copy", i))
		copyStore(t, dir, copyDir)
		c := open(t, copyDir)
		if diff := cmp.Diff(all[:3*i+3], replay(t, c), same); diff != "" {
			t.Fatalf("copy after commit %d (-want +got):\n%s", i, diff)
		}
		must(t, c.Close())
		must(t, persist.Leave(s))
		s = open(t, dir)
	}
	must(t, s.Close())
}

// TestCommitCutAnywhere writes every prefix of what one commit changed in the
// file, page by page with the meta page last, as the operating system may have
// it when the process is killed: the store is as before or as after.
func TestCommitCutAnywhere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s")
	sample(t, dir, 50)
	path := filepath.Join(dir, persist.FileName)
	before, err := os.ReadFile(path)
	must(t, err)
	s := open(t, dir)
	old := replay(t, s)
	extra := changes(5)
	s.Append(extra)
	must(t, s.Close())
	after, err := os.ReadFile(path)
	must(t, err)

	page := os.Getpagesize()
	cut := make([]byte, len(after))
	copy(cut, before)
	var order []int
	for start := 2 * page; start < len(after); start += page {
		order = append(order, start)
	}
	order = append(order, 0, page)
	for _, start := range order {
		end := min(start+page, len(after))
		if bytes.Equal(cut[start:end], after[start:end]) {
			continue
		}
		copy(cut[start:end], after[start:end])
		must(t, os.WriteFile(path, cut, 0o600))
		want := old
		if start < 2*page {
			want = slices.Concat(old, extra)
		}
		c := open(t, dir)
		if diff := cmp.Diff(want, replay(t, c), same); diff != "" {
			t.Fatalf("cut after page %d (-want +got):\n%s", start/page, diff)
		}
		must(t, persist.Leave(c))
	}
}

func copyStore(t *testing.T, from, to string) {
	t.Helper()
	must(t, os.Mkdir(to, 0o700))
	in, err := os.Open(filepath.Join(from, persist.FileName))
	must(t, err)
	defer in.Close()
	out, err := os.Create(filepath.Join(to, persist.FileName))
	must(t, err)
	_, err = io.Copy(out, in)
	must(t, errors.Join(err, out.Close()))
}

// TestFailedCommitPoisons, faults: PS-05.
func TestFailedCommitPoisons(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s")
	s := open(t, dir)
	s.Append(changes(3))
	must(t, s.Commit())
	full := errors.New("no space left on device")
	persist.FailCommit(s, full)
	s.Append(changes(1))
	wantError(t, "the commit itself", s.Commit(), full)
	s.Append(changes(1))
	s.PutBlob("run", nil)
	wantError(t, "next commit", s.Commit(), full)
	_, err := s.Boot(nil)
	wantError(t, "Boot", err, full)
	_, err = s.Blob("run")
	wantError(t, "Blob", err, full)
	wantError(t, "Replay", s.Replay(nil), full)
	wantError(t, "Close", s.Close(), full)

	s = open(t, dir)
	if got := s.Len(); got != 3 {
		t.Errorf("after reopening: got %d changes, want 3", got)
	}
	must(t, s.Close())
}

func TestPanicInCommitIsAnError(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s")
	s := open(t, dir)
	persist.PanicInCommit(s)
	s.Append(changes(1))
	wantError(t, "commit", s.Commit(), persist.ErrDamaged)
	wantError(t, "close", s.Close(), persist.ErrDamaged)
	must(t, open(t, dir).Close())
}

// TestStoreThatVanishedPoisons, faults: PS-09.
func TestStoreThatVanishedPoisons(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "s")
	s := open(t, dir)
	s.Append(changes(1))
	must(t, os.Rename(dir, dir+".1"))
	wantError(t, "commit into a removed file", s.Commit(), os.ErrNotExist)
	must(t, open(t, dir).Close())
	if err := s.Commit(); err == nil {
		t.Error("commit into a replaced file: got no error")
	}
	if err := s.Close(); err == nil {
		t.Error("close: got no error")
	}
}

// TestDiskThatMayNotBeWritten refuses to start, by the name of what may not be
// written; a store that is open then fails like a full disk. It asks where
// nobody may write, the superuser neither.
//
// Faults: PS-16.
func TestDiskThatMayNotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o400))
	for _, dir := range []string{"/proc/self/rulebot", filepath.Join(file, "s")} {
		s, err := persist.Open(dir, mine, persist.Options{})
		if err == nil {
			t.Errorf("%s: got a store", dir)
			must(t, s.Close())
		} else if !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: got %v, which does not name it", dir, err)
		}
	}
	dir := filepath.Join(t.TempDir(), "s")
	s := open(t, dir)
	persist.FailCommit(s, fs.ErrPermission)
	s.Append(changes(1))
	wantError(t, "commit", s.Commit(), fs.ErrPermission)
	s.Append(changes(1))
	wantError(t, "next commit", s.Commit(), fs.ErrPermission)
	wantError(t, "close", s.Close(), fs.ErrPermission)
}

func TestMemoryFailsLikeAStore(t *testing.T) {
	m := new(persist.Memory)
	m.Append(changes(2))
	must(t, m.Commit())
	full := errors.New("no space left on device")
	m.FailCommits(full)
	m.Append(changes(1))
	wantError(t, "commit", m.Commit(), full)
	wantError(t, "replay", m.Replay(nil), full)
	m.FailCommits(nil)
	wantError(t, "still poisoned", m.Commit(), full)
	m.Restart()
	if got := len(replay(t, m)); got != 2 {
		t.Errorf("after a restart: got %d changes, want 2", got)
	}
	for want := uint64(1); want <= 2; want++ {
		if got, err := m.Boot(nil); err != nil || got != want {
			t.Errorf("boot: got %d, %v, want %d", got, err, want)
		}
	}
}
