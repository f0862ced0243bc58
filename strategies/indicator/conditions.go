package indicator

import "math"

// A condition goes in as a number: 0 is false, any other number is true, and
// NaN or Inf is not ready. What is not ready does not start a warm-up anew
// here: it is one of the values of the window, as every value before the first
// input is.

// truths counts the last n values of a condition.
type truths struct {
	at           int
	ring         []int8 // the last n values and the place for the next
	yes, unknown int
}

const (
	isFalse int8 = iota
	isTrue
	isUnknown
)

func newTruths(n int) truths {
	mustLength(n, 1)
	t := truths{ring: make([]int8, n+1)}
	t.reset()
	return t
}

func (t *truths) reset() {
	for i := range t.ring {
		t.ring[i] = isUnknown
	}
	t.at, t.yes, t.unknown = 0, 0, len(t.ring)-1
}

func (t *truths) push(condition float64) {
	now := isFalse
	switch {
	case missing(condition):
		now = isUnknown
	case condition != 0:
		now = isTrue
	}
	t.ring[t.at] = now
	t.count(now, 1)
	if t.at++; t.at == len(t.ring) {
		t.at = 0
	}
	t.count(t.ring[t.at], -1) // n inputs old now
}

func (t *truths) count(value int8, by int) {
	switch value {
	case isTrue:
		t.yes += by
	case isUnknown:
		t.unknown += by
	}
}

// Within is whether a condition was true within the last n inputs: 1 when one
// is true, 0 when all are false, NaN when that is not known.
type Within struct{ t truths }

// NewWithin returns a condition over n inputs.
func NewWithin(n int) *Within { return &Within{newTruths(n)} }

// WarmUp returns the number of inputs before the value is certain: n.
func (w *Within) WarmUp() int { return len(w.t.ring) - 1 }

// Reset forgets every input.
func (w *Within) Reset() { w.t.reset() }

// Update takes the condition and returns 1, 0 or NaN.
func (w *Within) Update(condition float64) float64 {
	w.t.push(condition)
	switch {
	case w.t.yes > 0:
		return 1
	case w.t.unknown > 0:
		return math.NaN()
	}
	return 0
}

// Peek returns what Update would, and changes nothing.
func (w *Within) Peek(condition float64) float64 {
	c := *w
	return c.Update(condition)
}

// Always is whether a condition was true at each of the last n inputs: 0 when
// one is false, 1 when all are true, NaN when that is not known.
type Always struct{ t truths }

// NewAlways returns a condition over n inputs.
func NewAlways(n int) *Always { return &Always{newTruths(n)} }

// WarmUp returns the number of inputs before the value is certain: n.
func (a *Always) WarmUp() int { return len(a.t.ring) - 1 }

// Reset forgets every input.
func (a *Always) Reset() { a.t.reset() }

// Update takes the condition and returns 1, 0 or NaN.
func (a *Always) Update(condition float64) float64 {
	a.t.push(condition)
	switch {
	case a.t.yes+a.t.unknown < len(a.t.ring)-1:
		return 0
	case a.t.unknown > 0:
		return math.NaN()
	}
	return 1
}

// Peek returns what Update would, and changes nothing.
func (a *Always) Peek(condition float64) float64 {
	c := *a
	return c.Update(condition)
}

// Count is how often a condition was true at the last n inputs, NaN unless it
// is known at each.
type Count struct{ t truths }

// NewCount returns a count over n inputs.
func NewCount(n int) *Count { return &Count{newTruths(n)} }

// WarmUp returns the number of inputs before the first value: n.
func (c *Count) WarmUp() int { return len(c.t.ring) - 1 }

// Reset forgets every input.
func (c *Count) Reset() { c.t.reset() }

// Update takes the condition and returns how often it was true.
func (c *Count) Update(condition float64) float64 {
	c.t.push(condition)
	if c.t.unknown > 0 {
		return math.NaN()
	}
	return float64(c.t.yes)
}

// Peek returns what Update would, and changes nothing.
func (c *Count) Peek(condition float64) float64 {
	d := *c
	return d.Update(condition)
}
