package indicator

import "math"

// Highest is the greatest of the last n inputs, the newest included.
type Highest struct{ w extreme }

// NewHighest returns the maximum over n inputs.
func NewHighest(n int) *Highest {
	mustLength(n, 1)
	return &Highest{extreme{slot: make([]float64, n)}}
}

// WarmUp returns the number of inputs before the first value: n.
func (h *Highest) WarmUp() int { return len(h.w.slot) }

// Reset forgets every input.
func (h *Highest) Reset() { h.w.reset() }

// Update takes the next input and returns the greatest of the window.
func (h *Highest) Update(x float64) float64 { return h.w.update(x) }

// Lowest is the smallest of the last n inputs, the newest included.
type Lowest struct{ w extreme }

// NewLowest returns the minimum over n inputs.
func NewLowest(n int) *Lowest {
	mustLength(n, 1)
	return &Lowest{extreme{slot: make([]float64, n)}}
}

// WarmUp returns the number of inputs before the first value: n.
func (l *Lowest) WarmUp() int { return len(l.w.slot) }

// Reset forgets every input.
func (l *Lowest) Reset() { l.w.reset() }

// Update takes the next input and returns the smallest of the window: the
// greatest with every sign turned.
func (l *Lowest) Update(x float64) float64 { return 0 - l.w.update(-x) }

// extreme is the maximum of a window: of the rest of the last full block, by
// suffix maxima made when it was complete, and of the inputs since.
type extreme struct {
	at     int
	full   bool
	prefix float64   // greatest since the block
	slot   []float64 // below at: inputs; from at on: suffix maxima
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
	return larger(e.prefix, e.slot[e.at])
}

func (e *extreme) turn() {
	for i := len(e.slot) - 2; i >= 0; i-- {
		e.slot[i] = larger(e.slot[i], e.slot[i+1])
	}
	e.at, e.full = 0, true
}

func larger(a, b float64) float64 {
	if a < b {
		return b
	}
	return a
}
