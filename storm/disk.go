package storm

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

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

// flip changes one bit of a real store that no process has open.
func (d *disk) flip(random *rand.Rand) error {
	image, err := os.ReadFile(d.file())
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing was ever written
	}
	if err == nil && len(image) > 0 {
		image[random.IntN(len(image))] ^= 1 << random.IntN(8)
		err = os.WriteFile(d.file(), image, 0o600)
	}
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

// What a disk says that does not work, or is full.
var (
	errDisk = errors.New("input/output error")
	errFull = errors.New("no space left on device")
)

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
		j.failed = errDisk
		if b.run.knobs.Person.Reloads+b.run.knobs.Process.Stalls > 0 && b.run.world.random.IntN(2) == 0 {
			j.failed = errFull
		}
		b.run.count("disk: " + j.failed.Error())
		b.run.say("disk: %v", j.failed)
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

// rot flips a bit of what a new process will find, where the knobs say so.
func (r *run) rot() error {
	if r.disk.dir == "" || !r.chance(r.knobs.Process.Flips) {
		return nil
	}
	r.count("disk.flip")
	r.say("a bit of the journal is flipped")
	r.flipped = true
	return r.disk.flip(r.world.random)
}

// stall lets the disk take its time: the loop waits, and everything with it.
func (r *run) stall() {
	r.count("disk.stall")
	d := r.world.upTo(10 * time.Second)
	r.say("the disk stalls for %s", d)
	r.bot.frozen = max(r.bot.frozen, r.world.now+d)
}
