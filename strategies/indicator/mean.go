package indicator

import "math"

// SMA is the mean of the last n inputs.
type SMA struct {
	at     int  // inputs since the last full block
	full   bool // slots at and above hold suffix sums of a full block
	anchor float64
	prefix float64   // Σ (x - anchor) of the inputs since the block
	slot   []float64 // below at: inputs; from at on: suffix sums of x - anchor
}

// NewSMA returns a simple moving average over n inputs.
func NewSMA(n int) *SMA {
	mustLength(n, 1)
	return &SMA{slot: make([]float64, n)}
}

// WarmUp returns the number of inputs before the first value: n.
func (s *SMA) WarmUp() int { return len(s.slot) }

// Reset forgets every input.
func (s *SMA) Reset() { s.at, s.full, s.prefix = 0, false, 0 }

// Update takes the next input and returns the mean of the window.
func (s *SMA) Update(x float64) float64 {
	if missing(x) {
		s.Reset()
		return math.NaN()
	}
	if s.at == 0 && !s.full {
		s.anchor = x
	}
	s.slot[s.at] = x
	s.prefix += x - s.anchor
	s.at++
	n := len(s.slot)
	if s.at == n {
		s.turn()
	} else if !s.full {
		return math.NaN()
	}
	mean := s.anchor + (s.slot[s.at]+s.prefix)/float64(n)
	if missing(mean) {
		s.Reset()
		return math.NaN()
	}
	return mean
}

// turn makes the full block the old one: suffix sums around its last value,
// which stays inside the window until the next turn.
func (s *SMA) turn() {
	last := len(s.slot) - 1
	s.anchor = s.slot[last]
	sum := 0.0
	for i := last; i >= 0; i-- {
		sum += s.slot[i] - s.anchor
		s.slot[i] = sum
	}
	s.at, s.full, s.prefix = 0, true, 0
}
