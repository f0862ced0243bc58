package indicator

import "math"

// Lag is the input of n inputs ago: x[n].
type Lag struct {
	at, seen int
	ring     []float64 // the last n inputs and the place for the next
}

// NewLag returns a delay of n inputs; 0 is the newest input itself.
func NewLag(n int) *Lag {
	mustLength(n, 0)
	return &Lag{ring: make([]float64, n+1)}
}

// WarmUp returns the number of inputs before the first value: n + 1.
func (l *Lag) WarmUp() int { return len(l.ring) }

// Reset forgets every input.
func (l *Lag) Reset() { l.at, l.seen = 0, 0 }

// Update takes the next input and returns the one of n inputs ago.
func (l *Lag) Update(x float64) float64 {
	if missing(x) {
		l.Reset()
		return math.NaN()
	}
	l.ring[l.at] = x
	if l.at++; l.at == len(l.ring) {
		l.at = 0
	}
	if l.seen < len(l.ring)-1 {
		l.seen++
		return math.NaN()
	}
	return l.ring[l.at]
}

// Peek returns what Update would, and changes nothing.
func (l *Lag) Peek(x float64) float64 {
	c := *l
	return c.Update(x)
}

// Change is the newest input less the one of n inputs ago; momentum is another
// name for it.
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

// Peek returns what Update would, and changes nothing.
func (c *Change) Peek(x float64) float64 {
	d := *c
	return d.Update(x)
}

// ROC is the change over n inputs in percent; 0 from a zero.
type ROC struct{ lag Lag }

// NewROC returns a rate of change over n inputs.
func NewROC(n int) *ROC {
	mustLength(n, 1)
	return &ROC{*NewLag(n)}
}

// WarmUp returns the number of inputs before the first value: n + 1.
func (r *ROC) WarmUp() int { return r.lag.WarmUp() }

// Reset forgets every input.
func (r *ROC) Reset() { r.lag.Reset() }

// Update takes the next input and returns its change in percent.
func (r *ROC) Update(x float64) float64 {
	old := r.lag.Update(x)
	y := percent(x-old, old)
	if math.IsInf(y, 0) {
		r.Reset()
		return math.NaN()
	}
	return y
}

// Peek returns what Update would, and changes nothing.
func (r *ROC) Peek(x float64) float64 {
	c := *r
	return c.Update(x)
}
