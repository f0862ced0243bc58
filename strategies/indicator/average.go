package indicator

import "math"

// EMA is the exponential moving average with alpha = 2/(n+1), seeded with the
// mean of the first n inputs.
type EMA struct{ smoothing }

// NewEMA returns an exponential moving average of length n.
func NewEMA(n int) *EMA {
	mustLength(n, 1)
	return &EMA{smoothing{n: n, alpha: 2 / (float64(n) + 1)}}
}

// RMA is Wilder's moving average: an EMA with alpha = 1/n and the same seed.
type RMA struct{ smoothing }

// NewRMA returns Wilder's moving average of length n.
func NewRMA(n int) *RMA {
	mustLength(n, 1)
	return &RMA{smoothing{n: n, alpha: 1 / float64(n)}}
}

// smoothing is the recursion that EMA and RMA share.
type smoothing struct {
	n, seen int // seen counts to n and stays there
	alpha   float64
	value   float64 // the average; before n inputs: the first of them
	sum     float64 // before n inputs: Σ (x - first)
}

// WarmUp returns the number of inputs before the first value: n.
func (s *smoothing) WarmUp() int { return s.n }

// Reset forgets every input.
func (s *smoothing) Reset() { s.seen, s.value, s.sum = 0, 0, 0 }

// Update takes the next input and returns the average.
func (s *smoothing) Update(x float64) float64 {
	if s.n == 1 { // the recursion would add the input's distance to what it replaces, and round
		s.seen = 0
	}
	if s.seen < s.n {
		return s.seed(x)
	}
	s.value += float64(s.alpha * (x - s.value))
	if missing(s.value) { // x was missing, or the sum overflowed
		s.Reset()
		return math.NaN()
	}
	return s.value
}

func (s *smoothing) seed(x float64) float64 {
	if s.seen == 0 {
		s.value, s.sum = x, 0
	}
	s.seen++
	s.sum += x - s.value
	if missing(s.sum) {
		s.Reset()
		return math.NaN()
	}
	if s.seen < s.n {
		return math.NaN()
	}
	s.value += s.sum / float64(s.n)
	return s.value
}

// Peek returns what Update would, and changes nothing.
func (s *smoothing) Peek(x float64) float64 {
	c := *s
	return c.Update(x)
}
