package tape

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
)

// Bounds of a writer.
const (
	pendingMost = 32 << 20 // text that waits for a slow disk
	flushEvery  = time.Second
)

// Writer writes a tape. The driver's goroutine tells it what it does, and never
// waits for the disk: a goroutine of the writer's does that. A tape that cannot
// go on, for the disk is full or too slow, ends where it is; the run does not.
type Writer struct {
	most int64
	lost func(error)

	mu      sync.Mutex
	pending bytes.Buffer
	encoder *json.Encoder // into pending
	broken  error

	out   *countingWriter
	zip   *gzip.Writer
	stop  chan struct{}
	ended chan struct{}
}

// countingWriter counts what reached the file.
type countingWriter struct {
	io.Writer
	n int64
}

func (w *countingWriter) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	w.n += int64(n)
	return n, err
}

// NewWriter begins a tape in w that takes at most so many bytes there. lost is
// told, once and from another goroutine, why it ended before the run.
func NewWriter(w io.Writer, head *Head, most int64, lost func(error)) (*Writer, error) {
	t := &Writer{most: most, lost: lost, out: &countingWriter{Writer: w}, stop: make(chan struct{}), ended: make(chan struct{})}
	t.zip = gzip.NewWriter(t.out)
	t.encoder = json.NewEncoder(&t.pending)
	t.encoder.SetEscapeHTML(false)
	if err := t.encoder.Encode(head); err != nil {
		return nil, fmt.Errorf("tape: %w", err)
	}
	if err := t.flush(); err != nil { // what is not begun is no tape
		return nil, err
	}
	go t.work()
	return t, nil
}

// Start notes that the core was reconciled.
func (t *Writer) Start(at market.Time) { t.add(&Entry{Do: Start, At: at}) }

// Take notes an event that the core is about to take.
func (t *Writer) Take(ev *engine.Event) { t.add(&Entry{Event: *ev}) }

// Ring notes an alarm.
func (t *Writer) Ring(at market.Time) { t.add(&Entry{Do: Ring, At: at}) }

// Finish notes the last event.
func (t *Writer) Finish(ev *engine.Event) { t.add(&Entry{Do: Finish, Event: *ev}) }

func (t *Writer) add(e *Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.broken != nil:
		return
	case t.pending.Len() > pendingMost:
		t.breakOff(errors.New("tape: the disk is too slow for it"))
		return
	}
	if err := t.encoder.Encode(e); err != nil {
		t.breakOff(fmt.Errorf("tape: %w", err))
	}
}

// breakOff ends the tape; the caller holds the lock.
func (t *Writer) breakOff(err error) {
	if t.broken == nil {
		t.broken = err
		t.pending = bytes.Buffer{}
		go t.lost(err)
	}
}

func (t *Writer) work() {
	defer close(t.ended)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := t.flush(); err != nil {
				t.mu.Lock()
				t.breakOff(err)
				t.mu.Unlock()
				return
			}
		case <-t.stop:
			return
		}
	}
}

// flush writes what waits, so that it can be read whatever happens next.
func (t *Writer) flush() error {
	t.mu.Lock()
	text := bytes.Clone(t.pending.Bytes())
	t.pending.Reset()
	t.mu.Unlock()
	if len(text) == 0 {
		return nil
	}
	if t.out.n > t.most {
		return fmt.Errorf("tape: it has reached %d bytes, which is all it may take", t.most)
	}
	if _, err := t.zip.Write(text); err != nil {
		return fmt.Errorf("tape: %w", err)
	}
	if err := t.zip.Flush(); err != nil {
		return fmt.Errorf("tape: %w", err)
	}
	return nil
}

// Close writes the rest. It returns why the tape is not whole, if it is not.
func (t *Writer) Close() error {
	close(t.stop)
	<-t.ended
	t.mu.Lock()
	broken := t.broken
	t.mu.Unlock()
	if broken != nil {
		return broken
	}
	if err := errors.Join(t.flush(), t.zip.Close()); err != nil {
		return fmt.Errorf("tape: %w", err)
	}
	return nil
}
