package indicator

import "math"

// LinReg is the value, at the newest input, of the line of least squares
// through the last n inputs.
type LinReg struct{ t trend }

// NewLinReg returns a linear regression over n inputs.
func NewLinReg(n int) *LinReg { return &LinReg{newTrend(n)} }

// WarmUp returns the number of inputs before the first value: n.
func (l *LinReg) WarmUp() int { return len(l.t.slot) }

// Reset forgets every input.
func (l *LinReg) Reset() { l.t.reset() }

// Update takes the next input and returns the line's value there.
func (l *LinReg) Update(x float64) float64 {
	if !l.t.push(x) {
		return math.NaN()
	}
	y, _ := l.t.line()
	if missing(y) {
		l.Reset()
		return math.NaN()
	}
	return y
}

// Peek returns what Update would, and changes nothing.
func (l *LinReg) Peek(x float64) float64 {
	c := *l
	return c.Update(x)
}

// Slope is the slope of the line of least squares through the last n inputs,
// an input; 0 for a single one.
type Slope struct{ t trend }

// NewSlope returns a regression's slope over n inputs.
func NewSlope(n int) *Slope { return &Slope{newTrend(n)} }

// WarmUp returns the number of inputs before the first value: n.
func (s *Slope) WarmUp() int { return len(s.t.slot) }

// Reset forgets every input.
func (s *Slope) Reset() { s.t.reset() }

// Update takes the next input and returns the slope.
func (s *Slope) Update(x float64) float64 {
	if !s.t.push(x) {
		return math.NaN()
	}
	_, slope := s.t.line()
	if missing(slope) {
		s.Reset()
		return math.NaN()
	}
	return slope
}

// Peek returns what Update would, and changes nothing.
func (s *Slope) Peek(x float64) float64 {
	c := *s
	return c.Update(x)
}
