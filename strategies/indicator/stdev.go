package indicator

import "math"

// Stdev is the population standard deviation of the last n inputs.
type Stdev struct{ s spread }

// NewStdev returns a standard deviation over n inputs.
func NewStdev(n int) *Stdev { return &Stdev{newSpread(n)} }

// WarmUp returns the number of inputs before the first value: n.
func (s *Stdev) WarmUp() int { return len(s.s.slot) }

// Reset forgets every input.
func (s *Stdev) Reset() { s.s.reset() }

// Update takes the next input and returns the deviation of the window.
func (s *Stdev) Update(x float64) float64 {
	if !s.s.push(x) {
		return math.NaN()
	}
	v := s.s.variance()
	if missing(v) {
		s.Reset()
		return math.NaN()
	}
	return math.Sqrt(v)
}

// Peek returns what Update would, and changes nothing.
func (s *Stdev) Peek(x float64) float64 {
	c := *s
	return c.Update(x)
}

// Variance is the population variance of the last n inputs.
type Variance struct{ s spread }

// NewVariance returns a variance over n inputs.
func NewVariance(n int) *Variance { return &Variance{newSpread(n)} }

// WarmUp returns the number of inputs before the first value: n.
func (v *Variance) WarmUp() int { return len(v.s.slot) }

// Reset forgets every input.
func (v *Variance) Reset() { v.s.reset() }

// Update takes the next input and returns the variance of the window.
func (v *Variance) Update(x float64) float64 {
	if !v.s.push(x) {
		return math.NaN()
	}
	y := v.s.variance()
	if missing(y) {
		v.Reset()
		return math.NaN()
	}
	return y
}

// Peek returns what Update would, and changes nothing.
func (v *Variance) Peek(x float64) float64 {
	c := *v
	return c.Update(x)
}

// ZScore is how many population standard deviations the newest input lies
// above the mean of the last n; 0 when nothing deviates.
type ZScore struct{ s spread }

// NewZScore returns a z-score over n inputs.
func NewZScore(n int) *ZScore { return &ZScore{newSpread(n)} }

// WarmUp returns the number of inputs before the first value: n.
func (z *ZScore) WarmUp() int { return len(z.s.slot) }

// Reset forgets every input.
func (z *ZScore) Reset() { z.s.reset() }

// Update takes the next input and returns its score within the window.
func (z *ZScore) Update(x float64) float64 {
	if !z.s.push(x) {
		return math.NaN()
	}
	y := ratio(x-z.s.anchor-z.s.offset(), math.Sqrt(z.s.variance()))
	if missing(y) {
		z.Reset()
		return math.NaN()
	}
	return y
}

// Peek returns what Update would, and changes nothing.
func (z *ZScore) Peek(x float64) float64 {
	c := *z
	return c.Update(x)
}

// Bollinger is what BB answers: middle, the bands around it, their distance
// as a fraction of the middle, and where the input lies between them: 0 on the
// lower, 1 on the upper. PercentB is NaN while the bands are one.
type Bollinger struct{ Upper, Middle, Lower, Width, PercentB float64 }

// BB are Bollinger's: the mean of n inputs and a multiple of their
// population standard deviation to either side.
type BB struct {
	s    spread
	mult float64
}

// NewBB returns Bollinger bands over n inputs, mult deviations wide to
// either side.
func NewBB(n int, mult float64) *BB { return &BB{newSpread(n), mult} }

// WarmUp returns the number of inputs before the first value: n.
func (b *BB) WarmUp() int { return len(b.s.slot) }

// Reset forgets every input.
func (b *BB) Reset() { b.s.reset() }

// Update takes the next input and returns the bands.
func (b *BB) Update(x float64) Bollinger {
	nan := math.NaN()
	if !b.s.push(x) {
		return Bollinger{nan, nan, nan, nan, nan}
	}
	offset := b.s.offset()
	middle, half := b.s.anchor+offset, float64(b.mult*math.Sqrt(b.s.variance()))
	if missing(middle + half + half) {
		b.Reset()
		return Bollinger{nan, nan, nan, nan, nan}
	}
	out := Bollinger{middle + half, middle, middle - half, ratio(half+half, middle), nan}
	if half != 0 { // without the detour over the bands, which rounds to the price's last digit
		out.PercentB = finite(0.5 + (x-b.s.anchor-offset)/(half+half))
	}
	return out
}

// Peek returns what Update would, and changes nothing.
func (b *BB) Peek(x float64) Bollinger {
	c := *b
	return c.Update(x)
}
