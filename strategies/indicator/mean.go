package indicator

import "math"

// SMA is the mean of the last n inputs.
type SMA struct{ w window }

// NewSMA returns a simple moving average over n inputs.
func NewSMA(n int) *SMA { return &SMA{newMean(n)} }

// WarmUp returns the number of inputs before the first value: n.
func (s *SMA) WarmUp() int { return len(s.w.slot) }

// Reset forgets every input.
func (s *SMA) Reset() { s.w.reset() }

// Update takes the next input and returns the mean of the window.
func (s *SMA) Update(x float64) float64 {
	if !s.w.push(x) {
		return math.NaN()
	}
	mean := s.w.anchor + s.w.offset()
	if missing(mean) {
		s.Reset()
		return math.NaN()
	}
	return mean
}

// Peek returns what Update would, and changes nothing.
func (s *SMA) Peek(x float64) float64 {
	c := *s
	return c.Update(x)
}

// Sum is the sum of the last n inputs.
type Sum struct{ w window }

// NewSum returns a sum over n inputs.
func NewSum(n int) *Sum { return &Sum{newSum(n)} }

// WarmUp returns the number of inputs before the first value: n.
func (s *Sum) WarmUp() int { return len(s.w.slot) }

// Reset forgets every input.
func (s *Sum) Reset() { s.w.reset() }

// Update takes the next input and returns the sum of the window.
func (s *Sum) Update(x float64) float64 {
	if !s.w.push(x) {
		return math.NaN()
	}
	sum := s.w.sum()
	if missing(sum) {
		s.Reset()
		return math.NaN()
	}
	return sum
}

// Peek returns what Update would, and changes nothing.
func (s *Sum) Peek(x float64) float64 {
	c := *s
	return c.Update(x)
}

// TRIMA is the triangular mean of n inputs: the mean of means, over (n+1)/2
// both for an odd n, over n/2 and n/2 + 1 for an even one.
type TRIMA struct{ first, second SMA }

// NewTRIMA returns a triangular moving average of length n.
func NewTRIMA(n int) *TRIMA {
	mustLength(n, 1)
	return &TRIMA{*NewSMA((n + 1) / 2), *NewSMA(n/2 + 1)}
}

// WarmUp returns the number of inputs before the first value: n.
func (t *TRIMA) WarmUp() int { return t.first.WarmUp() + t.second.WarmUp() - 1 }

// Reset forgets every input.
func (t *TRIMA) Reset() {
	t.first.Reset()
	t.second.Reset()
}

// Update takes the next input and returns the triangular mean.
func (t *TRIMA) Update(x float64) float64 { return t.second.Update(t.first.Update(x)) }

// Peek returns what Update would, and changes nothing.
func (t *TRIMA) Peek(x float64) float64 {
	c := *t
	return c.Update(x)
}
