package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"os"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/persist/tape"
)

// tapedMarket is what a run was told of its market, as a market: the tape
// without the answers to its orders.
type tapedMarket struct {
	tape  *tape.Reader
	past  []engine.Event // the warm-up
	entry tape.Entry     // the next, where held
	held  bool
}

// isTape reports whether a file begins a tape.
func isTape(name string) (is bool, err error) {
	file, err := os.Open(name)
	if err != nil {
		return false, misused("%w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	z, err := gzip.NewReader(file)
	if err != nil {
		return false, nil // whatever it is, its own reader says what is wrong with it
	}
	begins, err := bufio.NewReader(z).Peek(len(tapeBegin))
	return err == nil && bytes.Equal(begins, []byte(tapeBegin)), nil
}

// tapeBegin is what every tape begins with.
const tapeBegin = `{"tape":`

// openTape opens the tape of a run as a market: it begins when that run had
// warmed up, with the bars that it had.
func (m *marketOf) openTape(name string) (*tapedMarket, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, misused("%w", err)
	}
	m.files = append(m.files, file)
	t, err := tape.Open(name, file)
	if err != nil {
		return nil, err
	}
	s := &tapedMarket{tape: t}
	if err := s.begin(); err != nil {
		return nil, err
	}
	m.base, m.instruments = t.Head.Base, append(m.instruments, t.Head.Listed...)
	m.start, m.history, m.covered = s.entry.Event.Seen, s.history, s.told()
	return s, nil
}

// begin reads up to the first event of the market itself.
func (s *tapedMarket) begin() error {
	for {
		ok, err := s.read()
		if err != nil || !ok {
			return err
		}
		if s.entry.Event.Kind != engine.KindHistory {
			break
		}
		s.past = append(s.past, s.entry.Event)
	}
	s.held = true
	return nil
}

// read finds the next event that is about the market.
func (s *tapedMarket) read() (bool, error) {
	for {
		ok, err := s.tape.Next(&s.entry)
		if !ok || err != nil {
			return false, err
		}
		if s.entry.Do != tape.Take {
			continue
		}
		switch s.entry.Event.Kind {
		case engine.KindBar, engine.KindTrade, engine.KindQuote, engine.KindBook, engine.KindHistory:
			return true, nil
		default: // of the run
		}
	}
}

// Next yields the market from where the warm-up ends.
func (s *tapedMarket) Next(ev *engine.Event) (bool, error) {
	if !s.held {
		if ok, err := s.read(); !ok || err != nil {
			return false, err
		}
	}
	s.held = false
	*ev = s.entry.Event
	return true, nil
}

// history is what an exchange that plays the tape remembers of before.
func (s *tapedMarket) history(instrument string) []market.Bar {
	var bars []market.Bar
	for i := range s.past {
		if s.past[i].Instrument == instrument {
			bars = append(bars, s.past[i].Bar)
		}
	}
	return bars
}

// told are the instruments that the warm-up tells of; nil where it is empty.
func (s *tapedMarket) told() []string {
	var names []string
	known := map[string]bool{}
	for i := range s.past {
		if id := s.past[i].Instrument; !known[id] {
			known[id] = true
			names = append(names, id)
		}
	}
	return names
}
