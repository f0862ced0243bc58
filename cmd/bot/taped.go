package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/sirupsen/logrus"

	"rulebot/engine/live"
	"rulebot/persist/tape"
)

// tapeMost is what the tapes of a store may take together.
const tapeMost = 4 << 30

// tapeEnd is how the file names of tapes end.
const tapeEnd = ".tape.gz"

// tapes returns the tapes of a store, oldest first.
func tapes(store string) ([]string, error) {
	names, err := filepath.Glob(filepath.Join(store, "*"+tapeEnd))
	slices.Sort(names)
	return names, err
}

// taped is the tape of a run, and its file.
type taped struct {
	*tape.Writer
	file *os.File
}

// tape begins the tape of the run, where one is kept: beside the store, from
// before the core is told anything. A run that cannot have one goes on without
// and says so.
func (r *runner) tape() (*taped, error) {
	if !r.conn.fresh && !r.file.Record {
		return nil, nil
	}
	left, err := tapeSpace(r.store.Dir())
	if err != nil {
		return nil, err
	}
	if left <= 0 {
		r.log.WithField("most", sizeText(tapeMost)).Warn("nothing is recorded: the recordings of the store are as large as they may be; move some away")
		return nil, nil
	}
	head, err := r.tapeHead()
	if err != nil {
		return nil, err
	}
	file, err := createTape(r.store.Dir(), r.conn.clock.Now().Std().Format("20060102T150405Z"))
	if err != nil {
		return nil, err
	}
	w, err := tape.NewWriter(file, head, left, func(why error) {
		r.log.WithError(why).Warn("the recording of this run ends here; the run goes on")
	})
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &taped{w, file}, nil
}

// tapeSpace is how many bytes another tape may take.
func tapeSpace(store string) (left int64, err error) {
	names, err := tapes(store)
	if err != nil {
		return 0, err
	}
	left = tapeMost
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return 0, err
		}
		left -= info.Size()
	}
	return left, nil
}

// createTape creates a file named for a time, which no tape has yet.
func createTape(store, stamp string) (*os.File, error) {
	for n := 1; ; n++ {
		name := stamp
		if n > 1 {
			name = fmt.Sprintf("%s-%d", stamp, n)
		}
		file, err := os.OpenFile(filepath.Join(store, name+tapeEnd), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, os.ErrExist) {
			return file, err
		}
	}
}

func (r *runner) tapeHead() (*tape.Head, error) {
	h := &tape.Head{
		Format: tape.Format, Version: version(), Live: r.options.live, Store: r.store.ID(), Seq: r.store.Len(),
		Tag: r.ids.Tag, Boot: r.ids.Boot, Listed: r.conn.listed, Base: r.conn.base, Equity: r.conn.equity(r.set.quote),
	}
	var err error
	if h.Rules, err = json.Marshal(r.file.Texts); err != nil {
		return nil, err
	}
	if r.paper != nil && !r.conn.fresh {
		if h.Account, err = json.Marshal(r.paper.Snapshot()); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// end writes the rest of the tape. That one ended before its run was said then,
// and breaks nothing.
func (t *taped) end(log logrus.FieldLogger) {
	if t == nil {
		return
	}
	if err := errors.Join(t.Close(), t.file.Close()); err != nil {
		log.WithError(err).Warn("the recording of this run is not whole")
	}
}

// to is the tape as the loop sees it.
func (t *taped) to() live.Tape {
	if t == nil {
		return nil
	}
	return t.Writer
}
