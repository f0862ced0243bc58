package indicator

import "math"

// Stdev is the population standard deviation of the last n inputs.
type Stdev struct {
	at     int  // inputs since the last full block
	full   bool // slots at and above hold moments of a full block's suffixes
	anchor float64
	prefix moments   // of the inputs since the block
	slot   []moments // below at: inputs, as mean; from at on: suffixes
}

// moments are the mean of some values and the sum of their squared distances
// from it. Both parts of a window are joined without any cancellation.
type moments struct{ mean, square float64 }

// with returns the moments of one more value, the n-th.
func (m moments) with(x float64, n int) moments {
	d := x - m.mean
	m.mean += d / float64(n)
	m.square += float64(d * (x - m.mean))
	return m
}

// NewStdev returns a standard deviation over n inputs.
func NewStdev(n int) *Stdev {
	mustLength(n, 1)
	return &Stdev{slot: make([]moments, n)}
}

// WarmUp returns the number of inputs before the first value: n.
func (s *Stdev) WarmUp() int { return len(s.slot) }

// Reset forgets every input.
func (s *Stdev) Reset() { s.at, s.full, s.prefix = 0, false, moments{} }

// Update takes the next input and returns the deviation of the window.
func (s *Stdev) Update(x float64) float64 {
	if missing(x) {
		s.Reset()
		return math.NaN()
	}
	if s.at == 0 && !s.full {
		s.anchor = x
	}
	s.slot[s.at].mean = x
	s.at++
	s.prefix = s.prefix.with(x-s.anchor, s.at)
	if s.at == len(s.slot) {
		s.turn()
	} else if !s.full {
		return math.NaN()
	}
	v := s.variance()
	if missing(v) {
		s.Reset()
		return math.NaN()
	}
	return math.Sqrt(v)
}

// variance joins the rest of the old block with the inputs since.
func (s *Stdev) variance() float64 {
	n, since := float64(len(s.slot)), float64(s.at)
	old := s.slot[s.at]
	d := s.prefix.mean - old.mean
	apart := float64(float64(d*d) * (since * (n - since) / n))
	return (old.square + s.prefix.square + apart) / n
}

// turn makes the full block the old one: moments of its suffixes around its
// last value, which stays inside the window until the next turn.
func (s *Stdev) turn() {
	n := len(s.slot)
	s.anchor = s.slot[n-1].mean
	var m moments
	for i := n - 1; i >= 0; i-- {
		m = m.with(s.slot[i].mean-s.anchor, n-i)
		s.slot[i] = m
	}
	s.at, s.full, s.prefix = 0, true, moments{}
}
