package indicator

import "math"

// Candle is what HeikinAshi answers.
type Candle struct{ Open, High, Low, Close float64 }

// HeikinAshi smooths bars: the close is the mean of the four prices, the open
// the middle of the smoothed bar before, at first of open and close; high and
// low include both.
type HeikinAshi struct {
	before Candle
	seen   bool
}

// NewHeikinAshi returns a source of smoothed bars.
func NewHeikinAshi() *HeikinAshi { return &HeikinAshi{} }

// WarmUp returns the number of bars before the first value: 1.
func (h *HeikinAshi) WarmUp() int { return 1 }

// Reset forgets every bar.
func (h *HeikinAshi) Reset() { *h = HeikinAshi{} }

// Update takes the next bar and returns it smoothed.
func (h *HeikinAshi) Update(open, high, low, last float64) Candle {
	from, to := open, last
	if h.seen {
		from, to = h.before.Open, h.before.Close
	}
	c := Candle{Open: middle(from, to), Close: float64((open + high + low + last) / 4)}
	c.High, c.Low = max(high, c.Open, c.Close), min(low, c.Open, c.Close)
	if missing(c.Open) || missing(c.Close) {
		h.Reset()
		nan := math.NaN()
		return Candle{nan, nan, nan, nan}
	}
	h.before, h.seen = c, true
	return c
}

// Peek returns what Update would, and changes nothing.
func (h *HeikinAshi) Peek(open, high, low, last float64) Candle {
	c := *h
	return c.Update(open, high, low, last)
}

// Levels is what Pivots answers.
type Levels struct{ P, R1, R2, R3, S1, S2, S3 float64 }

// Pivots are the floor trader's levels from high H, low L and close C of the
// day before: P = (H + L + C) / 3, R1 = 2P - L, S1 = 2P - H, R2 and S2 = P ±
// (H - L), R3 = H + 2(P - L), S3 = L - 2(H - P). They are NaN while that day
// is not known. Of a day it knows what it has seen: the first may be cut
// short.
type Pivots struct {
	day             int64
	seen            bool
	high, low, last float64 // of the day so far
	levels          Levels
}

func noLevels() Levels {
	nan := math.NaN()
	return Levels{nan, nan, nan, nan, nan, nan, nan}
}

// NewPivots returns a source of pivot levels.
func NewPivots() *Pivots { return &Pivots{levels: noLevels()} }

// WarmUp returns the least number of bars before the first value: 2, the
// second of which begins a day. How many there are depends on the bars of a
// day.
func (p *Pivots) WarmUp() int { return 2 }

// Reset forgets every bar.
func (p *Pivots) Reset() { *p = Pivots{levels: noLevels()} }

// Update takes the next bar and returns the levels of its day. Days have
// numbers, by whatever boundary the caller holds; the day before has the
// number before, and without any bar it is not known.
func (p *Pivots) Update(high, low, last float64, day int64) Levels {
	if absent(high, low, last) {
		p.Reset()
		return p.levels
	}
	switch {
	case p.seen && p.day == day:
		p.high, p.low, p.last = max(p.high, high), min(p.low, low), last
		return p.levels
	case p.seen && p.day == day-1:
		p.levels = levels(p.high, p.low, p.last)
	default:
		p.levels = noLevels()
	}
	p.day, p.seen, p.high, p.low, p.last = day, true, high, low, last
	return p.levels
}

// Peek returns what Update would, and changes nothing.
func (p *Pivots) Peek(high, low, last float64, day int64) Levels {
	c := *p
	return c.Update(high, low, last, day)
}

func levels(high, low, last float64) Levels {
	p, width := typical(high, low, last), high-low
	return Levels{
		P:  finite(p),
		R1: finite(p + (p - low)), R2: finite(p + width), R3: finite(high + float64(2*(p-low))),
		S1: finite(p - (high - p)), S2: finite(p - width), S3: finite(low - float64(2*(high-p))),
	}
}
