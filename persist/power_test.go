package persist_test

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"rulebot/persist"
)

var powerCommits = flag.Int("power", 12, "commits of which every write is cut by a power failure")

// sector is what a disk writes whole.
const sector = 512

// disk is a file as a disk has it that loses power: the writes of the store go
// to it one sector at a time.
type disk struct {
	t    *testing.T
	dir  string
	file *os.File
}

// put writes the sectors of an image that are named.
func (d *disk) put(image []byte, sectors []int) {
	d.t.Helper()
	for _, n := range sectors {
		_, err := d.file.WriteAt(image[n*sector:(n+1)*sector], int64(n*sector))
		must(d.t, err)
	}
}

// holds wants the disk to hold so many changes, each of them verified.
func (d *disk) holds(what string, want uint64) {
	d.t.Helper()
	r, err := persist.Read(d.dir)
	if err != nil {
		d.t.Fatalf("%s: %v", what, err)
	}
	if got := r.Len(); got != want {
		d.t.Fatalf("%s: %d changes, want %d", what, got, want)
	}
	must(d.t, r.Close())
}

// changed returns the sectors that differ, those of the two meta pages apart.
func changed(before, after []byte) (data, meta []int) {
	page := os.Getpagesize()
	for n := range len(after) / sector {
		at := n * sector
		if at < len(before) && bytes.Equal(before[at:at+sector], after[at:at+sector]) {
			continue
		}
		if at < 2*page {
			meta = append(meta, n)
			continue
		}
		data = append(data, n)
	}
	return data, meta
}

// TestPowerFailure replays the log of what a store writes, sector by sector,
// and cuts the power after each: of a commit the pages come first, in order,
// then a sync, then the meta page, then a sync, which is how bbolt writes them.
// Between two syncs any of the writes may be lost, whatever their order, and
// half of a page may be there. The store is as before until the meta page is
// written, and from then on as after: never anything else, and always whole.
//
// Faults: PS-02 PS-03.
func TestPowerFailure(t *testing.T) {
	root := t.TempDir()
	dir, image := filepath.Join(root, "s"), filepath.Join(root, "image")
	s := open(t, dir)
	before, err := os.ReadFile(filepath.Join(dir, persist.FileName))
	must(t, err)
	must(t, os.Mkdir(image, 0o700))
	must(t, os.WriteFile(filepath.Join(image, persist.FileName), before, 0o600))
	file, err := os.OpenFile(filepath.Join(image, persist.FileName), os.O_RDWR, 0)
	must(t, err)
	defer file.Close()
	d := &disk{t: t, dir: image, file: file}
	random := rand.New(rand.NewPCG(4, 2))
	cuts := 0
	for commit := range *powerCommits {
		s.Append(changes(1 + random.IntN(40)))
		s.PutBlob("run", bytes.Repeat([]byte{byte(commit)}, random.IntN(9000)))
		old := s.Len()
		must(t, s.Commit())
		after, err := os.ReadFile(filepath.Join(dir, persist.FileName))
		must(t, err)
		data, meta := changed(before, after)
		must(t, file.Truncate(int64(len(after)))) // grown, and synced, before anything is written
		before = append(before, make([]byte, len(after)-len(before))...)
		if len(data) == 0 || len(meta) != 1 {
			t.Fatalf("commit %d wrote %d sectors of pages and %d of meta pages, want some and one", commit, len(data), len(meta))
		}
		for range 8 { // some of the writes were lost
			var some []int
			for _, n := range data {
				if random.IntN(2) == 0 {
					some = append(some, n)
				}
			}
			d.put(after, some)
			d.holds("some sectors written", old)
			d.put(before, some)
			cuts++
		}
		for i := range data {
			d.put(after, data[i:i+1])
			d.holds("cut between pages", old)
		}
		d.put(after, meta)
		d.holds("meta page written", s.Len())
		cuts += len(data) + 1
		before = after
	}
	t.Logf("%d commits, %d cuts", *powerCommits, cuts)
	must(t, s.Close())
}
