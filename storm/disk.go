package storm

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/persist"
)

// store is what both kinds of a journal can do.
type store interface {
	beginning
	live.Journal
}

// beginning is what a new process asks of its journal.
type beginning interface {
	ID() string
	Boot(bits func() uint64) (uint64, error)
	Replay(fn func(engine.Change) error) error
}

// disk is where the journal of a run is: it survives the process, except for
// what was not synced.
type disk struct {
	memory *persist.Memory
	dir    string         // of a real store; "" is none
	open   *persist.Store // while a process has it
}

func newDisk(root string) (*disk, error) {
	if root == "" {
		return &disk{memory: &persist.Memory{Name: "storm"}}, nil
	}
	dir, err := os.MkdirTemp(root, "storm-")
	if err != nil {
		return nil, err
	}
	return &disk{dir: dir}, nil
}

// start opens what a new process finds.
func (d *disk) start() (store, error) {
	if d.memory != nil {
		d.memory.Restart()
		return d.memory, nil
	}
	var err error
	d.open, err = persist.Open(filepath.Join(d.dir, "store"), persist.Identity{Mode: "live", Exchange: "okcoin", Account: "storm"}, persist.Options{ID: "storm"})
	return d.open, err
}

// crash is the end of the process that had the disk. A real store is put back
// as it was: closing it would write what was pending. left is what a power
// failure left of the file, or nil.
func (d *disk) crash(left []byte) error {
	if d.open == nil {
		return nil
	}
	if left == nil {
		var err error
		if left, err = d.image(); err != nil {
			return err
		}
	}
	err := errors.Join(d.open.Close(), os.WriteFile(d.file(), left, 0o600))
	d.open = nil
	return err
}

func (d *disk) file() string { return filepath.Join(d.dir, "store", "store.db") }

// image returns the bytes of a real store as they are.
func (d *disk) image() ([]byte, error) {
	if d.open == nil {
		return nil, nil
	}
	return os.ReadFile(d.file())
}

func (d *disk) remove() error {
	if d.dir == "" {
		return nil
	}
	var err error
	if d.open != nil {
		err = d.open.Close()
	}
	return errors.Join(err, os.RemoveAll(d.dir))
}

// errDisk is what a disk says that does not work.
var errDisk = errors.New("input/output error")

// journal is the store as the loop sees it: it tells the judge what became
// durable, and where a process can end.
type journal struct {
	bot     *bot
	store   store
	pending []engine.Change
	left    []byte // what a power failure within a commit left of the file
	failed  error
}

// Append copies changes into the group that the next Commit makes durable.
func (j *journal) Append(changes []engine.Change) {
	j.pending = append(j.pending, changes...)
	j.store.Append(changes)
}

// Pending counts what waits.
func (j *journal) Pending() int { return j.store.Pending() }

// Commit makes everything appended durable, or the process ends in it.
func (j *journal) Commit() error {
	b := j.bot
	if j.failed != nil || j.store.Pending() == 0 {
		return j.failed
	}
	b.effect("before a commit")
	if b.run.chance(b.run.knobs.Process.Failing) {
		b.run.say("disk: %v", errDisk)
		j.failed = errDisk
		return j.failed
	}
	if b.doomed() {
		j.tear()
	}
	if err := j.store.Commit(); err != nil {
		j.failed = err
		return err
	}
	b.run.judge.Durable(b.records(j.pending), len(j.pending))
	j.pending = j.pending[:0]
	b.effect("after a commit")
	return nil
}

// tear ends the process within a commit. Of what bbolt writes before its first
// sync any part may be on the disk, in any order; of its second write, the meta
// page, all or nothing, as a sector is.
func (j *journal) tear() {
	b, d := j.bot, j.bot.run.disk
	if d.open == nil {
		b.die("within a commit")
	}
	before, err := d.image()
	if err == nil {
		err = j.store.Commit()
	}
	after, worse := d.image()
	if err = errors.Join(err, worse); err != nil {
		b.run.broken(err)
		b.die("within a commit")
	}
	j.left = torn(before, after, b.run.world.random)
	b.die("within a commit")
}

// The sizes of what bbolt and a disk write at once.
const (
	pageSize   = 4096
	sectorSize = 512
	metaPages  = 2
)

// torn mixes what was before a commit with what was written in it.
func torn(before, after []byte, random *rand.Rand) []byte {
	image := bytes.Clone(after)
	synced := random.IntN(2) == 0 // the data is all there; the question is the meta page
	for at := 0; at+pageSize <= len(image); at += sectorSize {
		page := at / pageSize
		old := make([]byte, sectorSize) // a file that grew is zero there
		if at < len(before) {
			copy(old, before[at:])
		}
		if page < metaPages && (!synced || random.IntN(2) == 0) || page >= metaPages && !synced && random.IntN(2) == 0 {
			copy(image[at:at+sectorSize], old)
		}
	}
	return image
}
