package main

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Bounds of what waits to be written.
const (
	spoolLines = 8192
	spoolEnd   = 2 * time.Second // for the rest, when a run ends
	spoolLate  = 5 * time.Second // an alert has reached whoever reads by then, or the other end tells
)

// errUnread is why lines are lost that could not even be tried.
var errUnread = errors.New("nobody reads it")

// spool writes what a run says. A market that waits for the run may be held up
// by whoever reads it; after loosen, nothing is: what cannot be written is
// counted, and told as soon as it can be.
type spool struct {
	name string
	w    io.Writer
	tell func(text string) // says that lines are lost, where that can be read
	warn func(text string) // says that they wait, at the other end

	mu    sync.Mutex
	lines chan []byte   // nil until loosened
	done  chan struct{} // everything was written, or tried
	over  bool
	lost  int // since it was told last
	total int
	why   error
}

// Write writes, or leaves it to the background.
func (s *spool) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lines == nil {
		return s.w.Write(p)
	}
	if s.over {
		s.lose(errUnread)
		return len(p), nil
	}
	select {
	case s.lines <- append([]byte{}, p...):
	default:
		s.lose(errUnread)
	}
	return len(p), nil
}

// loosen has everything after it written in the background.
func (s *spool) loosen() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines, s.done = make(chan []byte, spoolLines), make(chan struct{})
	go s.work(s.lines)
}

func (s *spool) work(lines <-chan []byte) {
	defer close(s.done)
	for p := range lines {
		err := s.put(p)
		s.mu.Lock()
		if err != nil {
			s.lose(err)
		}
		text := ""
		if err == nil && s.lost > 0 {
			text, s.lost = s.lostText(s.lost), 0
		}
		s.mu.Unlock()
		if text != "" {
			s.tell(text)
		}
	}
}

// put writes one line. That nobody takes it is said where that can be read, and
// that somebody did in the end.
func (s *spool) put(p []byte) error {
	late := time.AfterFunc(spoolLate, func() { s.warn(fmt.Sprintf("nobody has read %s for %v: what is said there waits", s.name, spoolLate)) })
	_, err := s.w.Write(p)
	if !late.Stop() && err == nil {
		s.warn(s.name + " is read again")
	}
	return err
}

// lose counts a line, and says so at the first. It is called with the lock.
func (s *spool) lose(why error) {
	s.lost, s.total, s.why = s.lost+1, s.total+1, why
	if s.total == 1 && s.name == "stdout" {
		s.tell(fmt.Sprintf("stdout cannot be written: %v; the run goes on, and what it says there is lost", why))
	}
}

func (s *spool) lostText(n int) string {
	return fmt.Sprintf("%s of %s could not be written: %v", count(int64(n), "line"), s.name, s.why)
}

// end writes what is left, as far as somebody takes it soon, and returns an
// error when something was lost.
func (s *spool) end() error {
	s.mu.Lock()
	loose := s.lines != nil
	if loose && !s.over {
		s.over = true
		close(s.lines)
	}
	s.mu.Unlock()
	if !loose {
		return nil
	}
	late := time.NewTimer(spoolEnd)
	defer late.Stop()
	var unread error
	select {
	case <-s.done:
	case <-late.C:
		unread = fmt.Errorf("the rest of %s could not be written: %w", s.name, errUnread)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.total == 0 {
		return unread
	}
	return errors.Join(errors.New(s.lostText(s.total)), unread)
}

// spools are the two ends of a run.
type spools struct{ out, log *spool }

func newSpools(stdout, stderr io.Writer) *spools {
	log := &spool{name: "the log", w: stderr}
	log.tell = func(text string) { _, _ = fmt.Fprintln(stderr, "bot run: "+text) } // it was just written to; else the end tells
	out := &spool{name: "stdout", w: stdout}
	out.tell = func(text string) { fmt.Fprintln(log, "bot run: "+text) }
	out.warn = out.tell
	log.warn = func(string) {} // stdout may be a program's to read
	return &spools{out: out, log: log}
}

// loosen holds nothing up from now on; also a reader that went away does not
// end the run.
func (s *spools) loosen() {
	outliveReaders()
	s.log.loosen()
	s.out.loosen()
}

// end comes when nothing is said any more.
func (s *spools) end() error { return errors.Join(s.out.end(), s.log.end()) }
