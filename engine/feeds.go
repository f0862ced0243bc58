package engine

import (
	"fmt"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// feedState builds the bars of one series from base bars on declared
// boundaries.
type feedState struct {
	series  market.Series
	base    market.Timeframe
	policy  GapPolicy
	market  int        // index of the instrument's state
	part    market.Bar // the bar being built; Timeframe 0 while there is none
	whole   bool       // part began at its opening
	gap     bool       // a gap came before part
	done    market.Bar // the newest closed bar
	bars    int64      // closed bars so far
	fresh   bool       // the newest base bar closed one
	silent  bool       // its next bar is overdue: nothing of it is ready
	traders []int      // strategies on it
	awaited []int      // strategies that wait for its bar
}

func newFeedState(f Feed, base market.Timeframe, index int) (feedState, error) {
	switch {
	case index < 0:
		return feedState{}, fmt.Errorf("engine: feed %s: the exchange does not list %s", f.Series, f.Series.Instrument)
	case base <= 0 || f.Series.Timeframe%base != 0:
		return feedState{}, fmt.Errorf("engine: feed %s: %s bars cannot be built from %s bars", f.Series, f.Series.Timeframe, base)
	}
	return feedState{series: f.Series, base: base, policy: f.Gap, market: index}, nil
}

// fold adds a base bar and returns the series' bar that it closes, or nil.
// The result is valid until the next fold. since is the opening of the base
// bar before it, of which nothing is missing in between but what had no trade;
// 0 is not known.
func (f *feedState) fold(b *market.Bar, since market.Time) *market.Bar {
	if f.series.Timeframe == f.base {
		f.gap = f.gap || f.policy == GapHold && f.bars > 0 && f.series.Open(b.Open) > f.done.Close()
		f.done = *b
		f.done.Gap = b.Gap || f.gap
		f.gap = false
		f.bars++
		return &f.done
	}
	open := f.series.Open(b.Open)
	if f.policy == GapHold && f.bars > 0 && open > f.done.Close() {
		f.gap = true
	}
	if f.bars > 0 && open <= f.done.Open {
		return nil // part of a bar that was told whole
	}
	if f.part.Timeframe == 0 || f.part.Open != open || b.Gap {
		f.begin(b, open, since)
	} else {
		f.extend(b)
	}
	if !f.whole || b.Close() < open.Add(f.series.Timeframe.Duration()) {
		return nil
	}
	return f.close()
}

// lapse closes the bar under way when its last minutes had no trade: the base
// bar that comes opens after it. Where minutes are filled there is none. It
// returns nil when nothing closed.
func (f *feedState) lapse(next market.Time) *market.Bar {
	if f.policy == GapFill || f.part.Timeframe == 0 || !f.whole || next < f.part.Close() {
		return nil
	}
	return f.close()
}

func (f *feedState) begin(b *market.Bar, open, since market.Time) {
	abandoned := f.part.Timeframe != 0 && f.bars > 0
	f.gap = f.gap || b.Gap || abandoned
	f.whole = b.Open == open || f.policy != GapFill && since != 0 && since < open && !b.Gap
	f.part = *b
	f.part.Open, f.part.Timeframe = open, f.series.Timeframe
}

func (f *feedState) extend(b *market.Bar) {
	f.part.H = f.part.H.Max(b.H)
	f.part.L = f.part.L.Min(b.L)
	f.part.C = b.C
	f.part.Synthetic = f.part.Synthetic && b.Synthetic
	var c num.Calc
	v := num.Add(&c, f.part.Volume, b.Volume)
	if c.Err() == nil { // a volume beyond 19 digits stays what it was: no amount depends on it
		f.part.Volume = v
	}
}

func (f *feedState) close() *market.Bar {
	f.done = f.part
	f.done.Gap = f.done.Gap || f.gap
	f.part.Timeframe = 0
	f.gap = false
	f.bars++
	return &f.done
}

// due returns when the next bar should have closed, however quiet the market:
// after as many minutes without a trade as are no gap; 0 is never.
func (f *feedState) due() market.Time {
	quiet := f.base.Duration() * fillMax
	switch f.policy {
	case GapSkip:
		return 0 // it has a bar when somebody trades, and not before
	case GapHold:
		quiet = 0
	case GapFill:
	}
	if f.bars == 0 {
		return 0
	}
	return f.done.Close().Add(f.series.Timeframe.Duration() + quiet)
}

// past takes a closed bar of the series itself, which the exchange remembers
// from before the first base bar. It reports false when it is known already.
func (f *feedState) past(b *market.Bar) bool {
	if f.bars > 0 && b.Open <= f.done.Open || f.series.Open(b.Open) != b.Open {
		return false
	}
	missing := f.bars > 0 && b.Open != f.done.Close() && f.policy != GapSkip
	f.done = *b
	f.done.Gap = b.Gap || missing
	f.part.Timeframe = 0
	f.bars++
	return true
}
