package indicator

// spread is the mean and the variance of the last n inputs, put together from
// the rest of the last full block and the inputs since.
type spread struct {
	at     int  // inputs since the last full block
	full   bool // tail holds moments of a full block's suffixes
	anchor float64
	prefix moments   // of x - anchor of the inputs since the block
	slot   []float64 // the inputs since the block
	tail   []moments // of x - anchor, of the block's suffixes
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

func newSpread(n int) spread {
	mustLength(n, 1)
	return spread{slot: make([]float64, n), tail: make([]moments, n)}
}

func (s *spread) reset() { s.at, s.full, s.prefix = 0, false, moments{} }

// push takes the next input and reports whether the window is full. A missing
// input empties it.
func (s *spread) push(x float64) bool {
	if missing(x) {
		s.reset()
		return false
	}
	if s.at == 0 && !s.full {
		s.anchor = x
	}
	s.slot[s.at] = x
	s.at++
	s.prefix = s.prefix.with(x-s.anchor, s.at)
	if s.at == len(s.slot) {
		s.turn()
	}
	return s.full
}

// turn makes the full block the old one: moments of its suffixes around its
// last value, which stays inside the window until the next turn.
func (s *spread) turn() {
	n := len(s.slot)
	s.anchor = s.slot[n-1]
	var m moments
	for i := n - 1; i >= 0; i-- {
		m = m.with(s.slot[i]-s.anchor, n-i)
		s.tail[i] = m
	}
	s.at, s.full, s.prefix = 0, true, moments{}
}

// variance of the full window, of the population: the rest of the old block
// joined with the inputs since.
func (s *spread) variance() float64 {
	n, since := float64(len(s.slot)), float64(s.at)
	old := s.tail[s.at]
	d := s.prefix.mean - old.mean
	apart := float64(float64(d*d) * (since * (n - since) / n))
	return (old.square + s.prefix.square + apart) / n
}

// offset is the mean of the full window less the anchor.
func (s *spread) offset() float64 {
	old := s.tail[s.at].mean
	return old + float64((s.prefix.mean-old)*(float64(s.at)/float64(len(s.slot))))
}
