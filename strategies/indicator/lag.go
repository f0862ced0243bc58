package indicator

import "math"

// Lag is the input of n inputs ago: x[n].
type Lag struct {
	at, seen int
	ring     []float64
}

// NewLag returns a delay of n inputs; 0 is the newest input itself.
func NewLag(n int) *Lag {
	mustLength(n, 0)
	return &Lag{ring: make([]float64, n)}
}

// WarmUp returns the number of inputs before the first value: n + 1.
func (l *Lag) WarmUp() int { return len(l.ring) + 1 }

// Reset forgets every input.
func (l *Lag) Reset() { l.at, l.seen = 0, 0 }

// Update takes the next input and returns the one of n inputs ago.
func (l *Lag) Update(x float64) float64 {
	if missing(x) {
		l.Reset()
		return math.NaN()
	}
	if len(l.ring) == 0 {
		return x
	}
	old := l.ring[l.at]
	l.ring[l.at] = x
	if l.at++; l.at == len(l.ring) {
		l.at = 0
	}
	if l.seen < len(l.ring) {
		l.seen++
		return math.NaN()
	}
	return old
}

// Change is the newest input less the one of n inputs ago.
type Change struct{ lag Lag }

// NewChange returns a difference over n inputs.
func NewChange(n int) *Change {
	mustLength(n, 1)
	return &Change{*NewLag(n)}
}

// WarmUp returns the number of inputs before the first value: n + 1.
func (c *Change) WarmUp() int { return c.lag.WarmUp() }

// Reset forgets every input.
func (c *Change) Reset() { c.lag.Reset() }

// Update takes the next input and returns the difference.
func (c *Change) Update(x float64) float64 {
	d := x - c.lag.Update(x)
	if math.IsInf(d, 0) {
		c.Reset()
		return math.NaN()
	}
	return d
}
