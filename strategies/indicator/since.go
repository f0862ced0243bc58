package indicator

import "math"

// BarsSince is how many inputs ago a condition was last known to be true: 0
// now, +Inf when it never was. It is NaN where the condition is not ready;
// time passes there all the same, and what was known stays known.
type BarsSince struct{ age float64 }

// NewBarsSince returns an age.
func NewBarsSince() *BarsSince { return &BarsSince{math.Inf(1)} }

// WarmUp returns the number of inputs before the first value: 1.
func (b *BarsSince) WarmUp() int { return 1 }

// Reset forgets every input.
func (b *BarsSince) Reset() { b.age = math.Inf(1) }

// Update takes the condition and returns how many inputs ago it was true.
func (b *BarsSince) Update(condition float64) float64 {
	b.age++
	if missing(condition) {
		return math.NaN()
	}
	if condition != 0 {
		b.age = 0
	}
	return b.age
}

// Peek returns what Update would, and changes nothing.
func (b *BarsSince) Peek(condition float64) float64 {
	c := *b
	return c.Update(condition)
}

// ValueWhen is the value that x had when a condition was true for the k-th
// last time, 0 being the latest. It is NaN while that never was, where the
// condition is not ready, and as long as the value then was missing.
type ValueWhen struct {
	at, seen int
	ring     []float64 // the last k + 1 values and the place for the next
}

// NewValueWhen returns a value of k times before the latest.
func NewValueWhen(k int) *ValueWhen {
	mustLength(k, 0)
	return &ValueWhen{ring: make([]float64, k+2)}
}

// WarmUp returns the least number of inputs before the first value: k + 1.
// There is no most.
func (v *ValueWhen) WarmUp() int { return len(v.ring) - 1 }

// Reset forgets every input.
func (v *ValueWhen) Reset() { v.at, v.seen = 0, 0 }

// Update takes the condition and the value and returns the one remembered.
func (v *ValueWhen) Update(condition, x float64) float64 {
	if missing(condition) {
		return math.NaN()
	}
	if condition != 0 {
		v.ring[v.at] = x
		v.seen = min(v.seen+1, len(v.ring)-1)
		if v.at++; v.at == len(v.ring) {
			v.at = 0
		}
	}
	if v.seen < len(v.ring)-1 {
		return math.NaN()
	}
	oldest := v.at + 1
	if oldest == len(v.ring) {
		oldest = 0
	}
	return finite(v.ring[oldest])
}

// Peek returns what Update would, and changes nothing.
func (v *ValueWhen) Peek(condition, x float64) float64 {
	c := *v
	return c.Update(condition, x)
}
