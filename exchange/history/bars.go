package history

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// Bars are recorded bars of one instrument, in the order of their time. They
// take 56 bytes each, and are not changed once they are read.
type Bars struct {
	Instrument market.Instrument
	Timeframe  market.Timeframe
	chunks     [][]packed // full but the last, so that growing copies nothing
	count      int
}

// chunk is how many rows are kept together.
const chunk = 1 << 13

// BarsOf keeps bars that are there already: of one timeframe, in the order of
// their time.
func BarsOf(inst market.Instrument, tf market.Timeframe, rows []market.Bar) (*Bars, error) {
	b := &Bars{Instrument: inst, Timeframe: tf}
	for i := range rows {
		p, err := pack(&rows[i])
		if err != nil {
			return nil, fmt.Errorf("history: %s %s: %w", inst.ID, rows[i].Open, err)
		}
		*b.grow() = p
	}
	return b, nil
}

// grow makes room for one more row.
func (b *Bars) grow() *packed {
	if b.count%chunk == 0 {
		b.chunks = append(b.chunks, make([]packed, 0, chunk))
	}
	b.count++
	last := &b.chunks[len(b.chunks)-1]
	*last = (*last)[:len(*last)+1]
	return &(*last)[len(*last)-1]
}

func (b *Bars) row(i int) *packed { return &b.chunks[i/chunk][i%chunk] }

// Len returns how many bars there are: as recorded, what is missing there is
// missing here.
func (b *Bars) Len() int { return b.count }

// Bar returns the bar of a row, from 0.
func (b *Bars) Bar(i int) market.Bar {
	var bar market.Bar
	b.row(i).unpack(&bar, b.Timeframe)
	return bar
}

// All returns all bars.
func (b *Bars) All() []market.Bar {
	all := make([]market.Bar, b.count)
	for i := range all {
		b.row(i).unpack(&all[i], b.Timeframe)
	}
	return all
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
	b := &Bars{Instrument: inst}
	fit, quick := newFit(tf), newQuick(t.order, &g)
	for {
		line, err := t.lines.next()
		if err != nil {
			return nil, err
		}
		if line == nil {
			break
		}
		var p packed
		if !quick.read(line, &p) {
			if p, err = t.readBar(line, &g); err != nil {
				return nil, t.wrap(err)
			}
		}
		if !fit.goesOn(p.open) {
			if err := fit.add(p.open); err != nil {
				return nil, t.wrap(err)
			}
		}
		*b.grow() = p
	}
	if b.Timeframe, err = fit.result(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

// readBar reads a row of whatever form, and says what is wrong with it.
func (t *table) readBar(line []byte, g *grid) (p packed, err error) {
	var f row
	if err := t.split(line, &f); err != nil {
		return p, err
	}
	bar := market.Bar{}
	if bar.Open, err = parseTime(f[0]); err != nil {
		return p, err
	}
	for i, x := range [...]struct {
		what string
		to   *num.Price
	}{{"open", &bar.O}, {"high", &bar.H}, {"low", &bar.L}, {"close", &bar.C}} {
		if *x.to, err = g.parse(x.what, f[1+i]); err != nil {
			return p, err
		}
	}
	if bar.Volume, err = parseSize("volume", f[5]); err != nil {
		return p, err
	}
	if err := bar.Check(); err != nil {
		return p, err
	}
	return pack(&bar)
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

// goesOn takes the bar that follows the last one of a known timeframe at once,
// as nearly every bar does: it starts on a boundary because the last one did.
func (f *fit) goesOn(open market.Time) bool {
	if len(f.possible) != 1 || f.count == 0 || open.Sub(f.last) != f.possible[0].Duration() {
		return false
	}
	f.last = open
	f.count++
	return true
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
