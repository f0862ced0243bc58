package indicator

import "math"

// DEMA is 2 × E1 - E2, where E1 is an EMA and E2 the EMA of E1.
type DEMA struct{ c chain }

// NewDEMA returns a double exponential moving average of length n.
func NewDEMA(n int) *DEMA { return &DEMA{newChain(n, 2)} }

// WarmUp returns the number of inputs before the first value: 2n - 1.
func (d *DEMA) WarmUp() int { return d.c.warmUp() }

// Reset forgets every input.
func (d *DEMA) Reset() { d.c.reset() }

// Update takes the next input and returns the average.
func (d *DEMA) Update(x float64) float64 {
	if !d.c.push(x) {
		return math.NaN()
	}
	return d.c.near(x, d.c.links[0].gap-d.c.links[1].gap)
}

// Peek returns what Update would, and changes nothing.
func (d *DEMA) Peek(x float64) float64 {
	c := *d
	return c.Update(x)
}

// TEMA is 3 × E1 - 3 × E2 + E3, where each is the EMA of the one before.
type TEMA struct{ c chain }

// NewTEMA returns a triple exponential moving average of length n.
func NewTEMA(n int) *TEMA { return &TEMA{newChain(n, 3)} }

// WarmUp returns the number of inputs before the first value: 3n - 2.
func (t *TEMA) WarmUp() int { return t.c.warmUp() }

// Reset forgets every input.
func (t *TEMA) Reset() { t.c.reset() }

// Update takes the next input and returns the average.
func (t *TEMA) Update(x float64) float64 {
	if !t.c.push(x) {
		return math.NaN()
	}
	return t.c.near(x, t.c.links[0].gap-float64(2*t.c.links[1].gap)+t.c.links[2].gap)
}

// Peek returns what Update would, and changes nothing.
func (t *TEMA) Peek(x float64) float64 {
	c := *t
	return c.Update(x)
}

// T3 is Tillson's average: six EMA, each of the one before, weighted by a
// volume factor b: c3 × E3 + c4 × E4 + c5 × E5 + c6 × E6 with c6 = -b³,
// c5 = 3b² + 3b³, c4 = -6b² - 3b - 3b³, c3 = 1 + 3b + b³ + 3b², which sum to 1.
type T3 struct {
	c             chain
	c6, c56, c456 float64 // sums of the weights from one on
}

// NewT3 returns a T3 of length n with volume factor b, 0.7 by custom.
func NewT3(n int, b float64) *T3 {
	b2, b3 := float64(b*b), float64(float64(b*b)*b)
	c6, c5, c4 := -b3, float64(3*b2)+float64(3*b3), -float64(6*b2)-float64(3*b)-float64(3*b3)
	return &T3{c: newChain(n, 6), c6: c6, c56: c5 + c6, c456: c4 + c5 + c6}
}

// WarmUp returns the number of inputs before the first value: 6n - 5.
func (t *T3) WarmUp() int { return t.c.warmUp() }

// Reset forgets every input.
func (t *T3) Reset() { t.c.reset() }

// Update takes the next input and returns the average.
func (t *T3) Update(x float64) float64 {
	if !t.c.push(x) {
		return math.NaN()
	}
	l := &t.c.links
	third := l[0].gap + l[1].gap + l[2].gap
	return t.c.near(x, third+float64(t.c456*l[3].gap)+float64(t.c56*l[4].gap)+float64(t.c6*l[5].gap))
}

// Peek returns what Update would, and changes nothing.
func (t *T3) Peek(x float64) float64 {
	c := *t
	return c.Update(x)
}

// TRIX is the change of a threefold EMA from input to input, in percent of
// its value before; 0 from a zero.
type TRIX struct{ c chain }

// NewTRIX returns a TRIX of length n.
func NewTRIX(n int) *TRIX { return &TRIX{newChain(n, 3)} }

// WarmUp returns the number of inputs before the first value: 3n - 1.
func (t *TRIX) WarmUp() int { return t.c.warmUp() + 1 }

// Reset forgets every input.
func (t *TRIX) Reset() { t.c.reset() }

// Update takes the next input and returns the change in percent.
func (t *TRIX) Update(x float64) float64 {
	if !t.c.push(x) || t.c.first {
		return math.NaN()
	}
	l := &t.c.links
	before := t.c.near(x, l[0].gap+l[1].gap+l[2].gap-t.c.moved)
	return finite(percent(t.c.moved, before))
}

// Peek returns what Update would, and changes nothing.
func (t *TRIX) Peek(x float64) float64 {
	c := *t
	return c.Update(x)
}
