package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/klauspost/compress/gzip"

	"rulebot/engine/market"
	"rulebot/exchange"
	"rulebot/exchange/history"
)

// frameFile writes frames to files of bounded size. What a file holds is
// always whole gzip members of whole lines, each written at once, so that it
// can be read whenever the program dies. It may be used by many goroutines.
type frameFile struct {
	dir        string
	each, most int64
	now        func() market.Time
	over       func() // ends the connection: the file is full, or cannot be written

	mu     sync.Mutex
	file   *os.File
	size   int64 // of the file
	total  int64 // of the directory
	last   market.Time
	lines  []byte // not yet written
	packed bytes.Buffer
	recorded
	outcome
}

// recorded is how much a run has written down.
type recorded struct{ wrote, frames, dropped int64 }

// outcome is why no more is written.
type outcome struct {
	done bool // the file is full
	full bool // the directory is
	err  error
}

// lineBytes is how much waits in memory at most, but for one frame.
const lineBytes = 256 << 10

// open begins another file.
func (w *frameFile) open() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	stem := "okcoin-" + w.now().Std().Format("20060102T150405Z")
	for n := 1; ; n++ {
		name := stem
		if n > 1 {
			name += fmt.Sprintf("-%d", n)
		}
		file, err := os.OpenFile(filepath.Join(w.dir, name+recordEnd), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		w.file, w.size, w.last, w.lines, w.done = file, 0, 0, w.lines[:0], false
		return nil
	}
}

// tap takes a frame over. Times do not go back.
func (w *frameFile) tap(what exchange.Traffic, payload []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done || w.err != nil {
		return
	}
	w.last = max(w.last, w.now())
	f := history.Frame{At: w.last, Payload: payload}
	switch what {
	case exchange.Opened:
		f.Dir = history.Opened
	case exchange.SentText:
		f.Dir = history.Sent
	case exchange.ReceivedText:
		f.Dir = history.Received
	case exchange.ReceivedBytes:
		f.Dir, f.Deflated = history.Received, true
	}
	lines, err := history.AppendFrame(w.lines, &f)
	if err != nil {
		w.dropped++
		return
	}
	w.lines = lines
	w.frames++
	if len(w.lines) >= lineBytes {
		w.put()
	}
}

// flush writes what waits.
func (w *frameFile) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.put()
}

// put writes what waits as one gzip member, unless there is no room for it.
func (w *frameFile) put() {
	if len(w.lines) == 0 || w.done || w.err != nil {
		return
	}
	w.packed.Reset()
	z := gzip.NewWriter(&w.packed)
	_, err := z.Write(w.lines)
	if err = errors.Join(err, z.Close()); err != nil {
		w.end(err)
		return
	}
	n := int64(w.packed.Len())
	if w.total+n > w.most {
		w.frames -= int64(bytes.Count(w.lines, []byte("\n")))
		w.full = true
		w.end(nil)
		return
	}
	if _, err := w.file.Write(w.packed.Bytes()); err != nil {
		w.end(fmt.Errorf("the recording ends here: %w", err))
		return
	}
	w.size, w.total, w.wrote = w.size+n, w.total+n, w.wrote+n
	w.lines = w.lines[:0]
	if w.size >= w.each {
		w.end(nil)
	}
}

func (w *frameFile) end(err error) {
	w.done, w.err = true, err
	w.over()
}

// close writes what waits and closes the file, whose name it returns. A file
// that nothing was written to is removed.
func (w *frameFile) close() (name string, err error) {
	w.flush()
	w.mu.Lock()
	defer w.mu.Unlock()
	err = errors.Join(w.err, w.file.Sync(), w.file.Close())
	if w.size == 0 {
		return "", errors.Join(err, os.Remove(w.file.Name()))
	}
	return w.file.Name(), errors.Join(err, syncFolder(w.dir))
}

// sums returns how much was recorded.
func (w *frameFile) sums() recorded {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.recorded
}
