package history

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"rulebot/engine/market"
)

// Bars are recorded bars of one instrument, in the order of their time.
type Bars struct {
	Instrument market.Instrument
	Timeframe  market.Timeframe
	Rows       []market.Bar // as recorded: what is missing there is missing here
}

// OpenBars reads all bars of a file; name is for messages. The timeframe is
// the one given or, when that is 0, the longest that fits: no two bars are
// nearer to each other, and every bar starts on its boundary. Only the
// instrument's tick matters for reading; see Source for playing.
func OpenBars(name string, r io.Reader, inst market.Instrument, tf market.Timeframe) (*Bars, error) {
	g, err := newGrid(inst.Tick)
	if err != nil {
		return nil, err
	}
	t, err := newTable(name, r, 6, "time", "open", "high", "low", "close", "volume")
	if err != nil {
		return nil, err
	}
	b := &Bars{Instrument: inst, Timeframe: tf}
	fit := newFit(tf)
	var fields row
	for {
		more, err := t.next(&fields)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		bar, err := readBar(&fields, &g)
		if err == nil {
			err = fit.add(bar.Open)
		}
		if err != nil {
			return nil, t.wrap(err)
		}
		b.Rows = append(b.Rows, bar)
	}
	if b.Timeframe, err = fit.result(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for i := range b.Rows {
		b.Rows[i].Timeframe = b.Timeframe
	}
	return b, nil
}

func readBar(f *row, g *grid) (bar market.Bar, err error) {
	if bar.Open, err = parseTime(f[0]); err != nil {
		return bar, err
	}
	if bar.O, err = g.parse("open", f[1]); err != nil {
		return bar, err
	}
	if bar.H, err = g.parse("high", f[2]); err != nil {
		return bar, err
	}
	if bar.L, err = g.parse("low", f[3]); err != nil {
		return bar, err
	}
	if bar.C, err = g.parse("close", f[4]); err != nil {
		return bar, err
	}
	if bar.Volume, err = parseSize("volume", f[5]); err != nil {
		return bar, err
	}
	return bar, bar.Check()
}

// fit finds out the timeframe of bars from when they start.
type fit struct {
	given    bool
	possible []market.Timeframe // longest first
	last     market.Time
	count    int
}

func newFit(tf market.Timeframe) fit {
	if tf != 0 {
		return fit{given: true, possible: []market.Timeframe{tf}}
	}
	return fit{possible: timeframes()}
}

// timeframes returns what the rule language offers, longest first.
func timeframes() []market.Timeframe {
	var all []market.Timeframe
	for _, name := range market.TimeframeNames() {
		if tf, err := market.ParseTimeframe(name); err == nil { // its own name: cannot fail
			all = append(all, tf)
		}
	}
	slices.Reverse(all)
	return all
}

func (f *fit) add(open market.Time) error {
	step := time.Duration(1<<63 - 1)
	if f.count > 0 {
		step = open.Sub(f.last)
	}
	if step <= 0 {
		return fmt.Errorf("time %s is not after %s", open, f.last)
	}
	f.last = open
	f.count++
	for len(f.possible) > 1 && !fits(f.possible[0], open, step) {
		f.possible = f.possible[1:]
	}
	if tf := f.possible[0]; !fits(tf, open, step) {
		return fmt.Errorf("time %s is not where a bar of %s starts", open, tf)
	}
	return nil
}

func fits(tf market.Timeframe, open market.Time, step time.Duration) bool {
	return tf.Open(open) == open && step >= tf.Duration()
}

func (f *fit) result() (market.Timeframe, error) {
	switch {
	case f.count == 0:
		return 0, errors.New("no bars")
	case f.count == 1 && !f.given:
		return 0, errors.New("one bar does not tell its timeframe: give it")
	}
	return f.possible[0], nil
}
