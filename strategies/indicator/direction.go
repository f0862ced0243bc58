package indicator

import "math"

// Rising is whether the newest input is greater than each of the n before it:
// 1 or 0.
type Rising struct {
	w    extreme
	best float64 // of the n before; NaN while there are fewer
}

// NewRising returns a condition over n inputs back.
func NewRising(n int) *Rising { return &Rising{newExtreme(n), math.NaN()} }

// WarmUp returns the number of inputs before the first value: n + 1.
func (r *Rising) WarmUp() int { return len(r.w.slot) + 1 }

// Reset forgets every input.
func (r *Rising) Reset() {
	r.w.reset()
	r.best = math.NaN()
}

// Update takes the next input and returns 1 when it tops those before it.
func (r *Rising) Update(x float64) float64 {
	best := r.best
	r.best = r.w.update(x)
	switch {
	case missing(x) || best != best:
		return math.NaN()
	case x > best:
		return 1
	}
	return 0
}

// Peek returns what Update would, and changes nothing.
func (r *Rising) Peek(x float64) float64 {
	c := *r
	return c.Update(x)
}

// Falling is whether the newest input is smaller than each of the n before it:
// 1 or 0.
type Falling struct{ r Rising }

// NewFalling returns a condition over n inputs back.
func NewFalling(n int) *Falling { return &Falling{*NewRising(n)} }

// WarmUp returns the number of inputs before the first value: n + 1.
func (f *Falling) WarmUp() int { return f.r.WarmUp() }

// Reset forgets every input.
func (f *Falling) Reset() { f.r.Reset() }

// Update takes the next input and returns 1 when it is below those before it.
func (f *Falling) Update(x float64) float64 { return f.r.Update(-x) }

// Peek returns what Update would, and changes nothing.
func (f *Falling) Peek(x float64) float64 { return f.r.Peek(-x) }
