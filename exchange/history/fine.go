package history

import (
	"fmt"
	"sort"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// Refined is bars of which finer ones know the way inside. A bar goes the way
// of the finer bars in it where those come to the same open, high, low and
// close, and otherwise the way that is assumed of bars.
type Refined struct {
	Bars    *Bars
	Finer   *Bars
	Missing int         // bars without any finer one
	Differs int         // bars whose finer ones come to something else
	First   market.Time // of those, the first
	Outside int         // finer bars outside of every bar

	inside []within // of each bar
}

// within says which finer bars are a bar's way: from and how many.
type within struct{ from, count int }

// Refine finds the way inside each bar in finer ones.
func (b *Bars) Refine(finer *Bars) (*Refined, error) {
	long, short := b.Timeframe.Duration(), finer.Timeframe.Duration()
	if short >= long || long%short != 0 {
		return nil, fmt.Errorf("bars of %s are not inside bars of %s", finer.Timeframe, b.Timeframe)
	}
	r := &Refined{Bars: b, Finer: finer}
	rows, parts := b.All(), finer.All()
	next := 0
	for i := range rows {
		for next < len(parts) && parts[next].Open < rows[i].Open {
			r.Outside++
			next++
		}
		w := within{from: next}
		for next < len(parts) && parts[next].Open < rows[i].Close() {
			w.count++
			next++
		}
		switch {
		case w.count == 0:
			r.Missing++
		case !same(&rows[i], parts[w.from:next]):
			w.count = 0
			if r.Differs++; r.Differs == 1 {
				r.First = rows[i].Open
			}
		}
		r.inside = append(r.inside, w)
	}
	r.Outside += len(parts) - next
	return r, nil
}

// same reports whether parts come to a bar's prices. What traded there may
// differ: exchanges count it differently.
func same(bar *market.Bar, parts []market.Bar) bool {
	high, low := parts[0].H, parts[0].L
	for i := range parts {
		high, low = high.Max(parts[i].H), low.Min(parts[i].L)
	}
	return parts[0].O == bar.O && parts[len(parts)-1].C == bar.C && high == bar.H && low == bar.L
}

// Known returns how many bars go the way of finer ones.
func (r *Refined) Known() int { return r.Bars.Len() - r.Missing - r.Differs }

// Inside returns the finer bars that a bar went the way of; none where it went
// the assumed one.
func (r *Refined) Inside(open market.Time) []market.Bar {
	n := r.Bars.Len()
	i := sort.Search(n, func(i int) bool { return r.Bars.Bar(i).Open >= open })
	if i == n || r.Bars.Bar(i).Open != open {
		return nil
	}
	w := r.inside[i]
	var bars []market.Bar
	for k := range w.count {
		bars = append(bars, r.Finer.Bar(w.from+k))
	}
	return bars
}

// FineSource plays bars by the way inside them. It is for one goroutine.
type FineSource struct {
	of      *Refined
	sources [2]*BarSource // the bars themselves, and finer ones
	row     int
	playing int // of sources, by this bar
	left    int // of its parts
	counted
	before counted // the newest stretch
}

// counted is what both sources tell as one.
type counted struct {
	seen     [2]int64 // number of the newest trade of each
	told     int64
	quote    market.Quote // newest
	quotedAt market.Time
}

// Source plays the bars with a spread given as a share of the price.
func (r *Refined) Source(spread num.Rate) (*FineSource, error) {
	s := &FineSource{of: r}
	var rows [2][]market.Bar
	for i, w := range r.inside {
		if w.count == 0 {
			rows[0] = append(rows[0], r.Bars.Bar(i))
		}
		for k := range w.count {
			rows[1] = append(rows[1], r.Finer.Bar(w.from+k))
		}
	}
	for i, of := range []*Bars{r.Bars, r.Finer} {
		part, err := BarsOf(of.Instrument, of.Timeframe, rows[i])
		if err == nil {
			s.sources[i], err = part.Source(spread)
		}
		if err != nil {
			return nil, err
		}
	}
	s.begin()
	return s, nil
}

// begin chooses what the next bar is played by.
func (s *FineSource) begin() {
	s.playing, s.left = 0, 1
	if s.row < len(s.of.inside) && s.of.inside[s.row].count > 0 {
		s.playing, s.left = 1, s.of.inside[s.row].count
	}
}

// Leap has the ways of bars told as one event each.
func (s *FineSource) Leap() {
	s.sources[0].Leap()
	s.sources[1].Leap()
}

// Walk has the way that was just told follow event by event.
func (s *FineSource) Walk() {
	s.counted = s.before
	s.sources[s.playing].Walk()
}

// Next fills ev with the next event and reports false at the end.
func (s *FineSource) Next(ev *engine.Event) (bool, error) {
	for s.row < s.of.Bars.Len() {
		if s.left == 0 {
			s.end(ev)
			return true, nil
		}
		if _, err := s.sources[s.playing].Next(ev); err != nil {
			return false, err
		}
		if ev.Kind != engine.KindBar {
			s.note(ev)
			return true, nil
		}
		s.left--
	}
	return false, nil
}

// note numbers trades through, and keeps the newest quote.
func (s *FineSource) note(ev *engine.Event) {
	if ev.Kind == engine.KindStretch {
		s.before = s.counted
	}
	if ev.Trade.ID > 0 {
		s.told += ev.Trade.ID - s.seen[s.playing]
		s.seen[s.playing] = ev.Trade.ID
		ev.Trade.ID = s.told
	}
	switch ev.Kind {
	case engine.KindQuote:
		s.quote, s.quotedAt = ev.Quote, ev.At
	case engine.KindStretch:
		s.quote, s.quotedAt = ev.Quote, ev.Market.Stretch.Until
	default:
	}
}

// end tells the bar. Where its last finer bars are missing, nobody traded, and
// the quote still stands as it closes.
func (s *FineSource) end(ev *engine.Event) {
	bar := s.of.Bars.Bar(s.row)
	*ev = engine.Event{Instrument: s.of.Bars.Instrument.ID}
	if last := bar.Close().Add(-time.Millisecond); s.quotedAt < last {
		s.quotedAt = last
		ev.Kind, ev.At, ev.Quote = engine.KindQuote, last, s.quote
		return
	}
	ev.Kind, ev.At, ev.Bar = engine.KindBar, bar.Close(), bar
	s.row++
	s.begin()
}
