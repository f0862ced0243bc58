package indicator

import "math"

// Highest is the greatest of the last n inputs, the newest included.
type Highest struct{ w extreme }

// NewHighest returns the maximum over n inputs.
func NewHighest(n int) *Highest { return &Highest{newExtreme(n)} }

// WarmUp returns the number of inputs before the first value: n.
func (h *Highest) WarmUp() int { return len(h.w.slot) }

// Reset forgets every input.
func (h *Highest) Reset() { h.w.reset() }

// Update takes the next input and returns the greatest of the window.
func (h *Highest) Update(x float64) float64 { return h.w.update(x) }

// Peek returns what Update would, and changes nothing.
func (h *Highest) Peek(x float64) float64 {
	c := *h
	return c.Update(x)
}

// Lowest is the smallest of the last n inputs, the newest included.
type Lowest struct{ w extreme }

// NewLowest returns the minimum over n inputs.
func NewLowest(n int) *Lowest { return &Lowest{newExtreme(n)} }

// WarmUp returns the number of inputs before the first value: n.
func (l *Lowest) WarmUp() int { return len(l.w.slot) }

// Reset forgets every input.
func (l *Lowest) Reset() { l.w.reset() }

// Update takes the next input and returns the smallest of the window: the
// greatest with every sign turned.
func (l *Lowest) Update(x float64) float64 { return 0 - l.w.update(-x) }

// Peek returns what Update would, and changes nothing.
func (l *Lowest) Peek(x float64) float64 {
	c := *l
	return c.Update(x)
}

// extreme is the maximum of a window: of the rest of the last full block, by
// suffix maxima made when it was complete, and of the inputs since.
type extreme struct {
	at     int
	full   bool
	prefix float64   // greatest since the block
	slot   []float64 // the inputs since the block
	tail   []float64 // suffix maxima of the block
}

func newExtreme(n int) extreme {
	mustLength(n, 1)
	both := make([]float64, 2*n)
	return extreme{slot: both[:n:n], tail: both[n:]}
}

func (e *extreme) reset() { e.at, e.full = 0, false }

func (e *extreme) update(x float64) float64 {
	if missing(x) {
		e.reset()
		return math.NaN()
	}
	if e.at == 0 || x > e.prefix {
		e.prefix = x
	}
	e.slot[e.at] = x
	e.at++
	if e.at == len(e.slot) {
		e.turn()
		return e.prefix
	}
	if !e.full {
		return math.NaN()
	}
	return larger(e.prefix, e.tail[e.at])
}

func (e *extreme) turn() {
	last := len(e.slot) - 1
	best := e.slot[last]
	for i := last; i >= 0; i-- {
		best = larger(e.slot[i], best)
		e.tail[i] = best
	}
	e.at, e.full = 0, true
}

func larger(a, b float64) float64 {
	if a < b {
		return b
	}
	return a
}

// span is the highest high and the lowest low of the last n bars.
type span struct{ high, low extreme }

func newSpan(n int) span { return span{newExtreme(n), newExtreme(n)} }

func (s *span) reset() {
	s.high.reset()
	s.low.reset()
}

// update returns both, or NaN twice. A bar without one of them has none.
func (s *span) update(high, low float64) (top, bottom float64) {
	if missing(high) || missing(low) {
		s.reset()
		return math.NaN(), math.NaN()
	}
	return s.high.update(high), 0 - s.low.update(-low)
}
