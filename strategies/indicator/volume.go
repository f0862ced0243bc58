package indicator

import "math"

// total is a sum that never ends. It keeps what each addition rounds away, so
// that a million of them are as exact as one.
type total struct{ sum, rest float64 }

// add adds x, which must not be added to a sum that overflows.
func (t *total) add(x float64) {
	s := t.sum + x
	of := s - t.sum
	t.rest += (t.sum - (s - of)) + (x - of)
	t.sum = s
}

func (t *total) value() float64 { return t.sum + t.rest }

// OBV is the on-balance volume: the sum of the volumes of bars that closed
// higher than the one before, less those that closed lower. It starts at 0.
type OBV struct {
	in  steps
	sum total
}

// NewOBV returns an on-balance volume.
func NewOBV() *OBV { return &OBV{} }

// WarmUp returns the number of bars before the first value: 1.
func (o *OBV) WarmUp() int { return 1 }

// Reset forgets every bar.
func (o *OBV) Reset() { *o = OBV{} }

// Update takes the next bar and returns the balance.
func (o *OBV) Update(last, volume float64) float64 {
	if missing(last) || missing(volume) {
		o.Reset()
		return math.NaN()
	}
	switch d, _ := o.in.next(last); {
	case d > 0:
		o.sum.add(volume)
	case d < 0:
		o.sum.add(-volume)
	}
	y := o.sum.value()
	if missing(y) {
		o.Reset()
		return math.NaN()
	}
	return y
}

// Peek returns what Update would, and changes nothing.
func (o *OBV) Peek(last, volume float64) float64 {
	c := *o
	return c.Update(last, volume)
}

// accumulation is volume times where the close lies between low and high, from
// -1 to 1; 0 for a bar without range.
func accumulation(high, low, last, volume float64) float64 {
	return float64(volume * ratio((last-low)-(high-last), high-low))
}

// ADL is the accumulation and distribution line: the sum of each bar's volume
// times where its close lies between low and high, from -1 to 1.
type ADL struct{ sum total }

// NewADL returns an accumulation and distribution line.
func NewADL() *ADL { return &ADL{} }

// WarmUp returns the number of bars before the first value: 1.
func (a *ADL) WarmUp() int { return 1 }

// Reset forgets every bar.
func (a *ADL) Reset() { *a = ADL{} }

// Update takes the next bar and returns the line.
func (a *ADL) Update(high, low, last, volume float64) float64 {
	a.sum.add(accumulation(high, low, last, volume))
	y := a.sum.value()
	if missing(y) || absent(high, low, last) {
		a.Reset()
		return math.NaN()
	}
	return y
}

// Peek returns what Update would, and changes nothing.
func (a *ADL) Peek(high, low, last, volume float64) float64 {
	c := *a
	return c.Update(high, low, last, volume)
}

// ADOsc is Chaikin's oscillator: a fast EMA of the accumulation and
// distribution line less a slow one, both seeded with its first value. It
// follows how far the line is from both, never the line itself, which grows
// without end.
type ADOsc struct {
	n, seen     int
	quick, lazy float64 // what is left of a distance after a bar
	fast, slow  float64 // line less average
}

// NewADOsc returns a Chaikin oscillator.
func NewADOsc(fast, slow int) *ADOsc {
	mustLength(fast, 1)
	mustLength(slow, 1)
	left := func(n int) float64 { return (float64(n) - 1) / (float64(n) + 1) }
	return &ADOsc{n: max(fast, slow), quick: left(fast), lazy: left(slow)}
}

// WarmUp returns the number of bars before the first value: the longer of fast
// and slow.
func (a *ADOsc) WarmUp() int { return a.n }

// Reset forgets every bar.
func (a *ADOsc) Reset() { a.seen, a.fast, a.slow = 0, 0, 0 }

// Update takes the next bar and returns the oscillator.
func (a *ADOsc) Update(high, low, last, volume float64) float64 {
	d := accumulation(high, low, last, volume)
	if missing(d) || absent(high, low, last) {
		a.Reset()
		return math.NaN()
	}
	if a.seen > 0 {
		a.fast = float64(a.quick * (a.fast + d))
		a.slow = float64(a.lazy * (a.slow + d))
	}
	a.seen = min(a.seen+1, a.n)
	y := a.slow - a.fast
	switch {
	case missing(y):
		a.Reset()
		return math.NaN()
	case a.seen < a.n:
		return math.NaN()
	}
	return y
}

// Peek returns what Update would, and changes nothing.
func (a *ADOsc) Peek(high, low, last, volume float64) float64 {
	c := *a
	return c.Update(high, low, last, volume)
}

// CMF is Chaikin's money flow: what n bars added to the accumulation and
// distribution line, as a part of their volume; 0 without volume.
type CMF struct{ flow, volume window }

// NewCMF returns a money flow over n bars.
func NewCMF(n int) *CMF { return &CMF{newSum(n), newSum(n)} }

// WarmUp returns the number of bars before the first value: n.
func (c *CMF) WarmUp() int { return len(c.flow.slot) }

// Reset forgets every bar.
func (c *CMF) Reset() {
	c.flow.reset()
	c.volume.reset()
}

// Update takes the next bar and returns the flow, from -1 to 1.
func (c *CMF) Update(high, low, last, volume float64) float64 {
	d := accumulation(high, low, last, volume)
	if missing(d) || absent(high, low, last) {
		c.Reset()
		return math.NaN()
	}
	c.flow.push(d)
	if !c.volume.push(volume) {
		return math.NaN()
	}
	y := ratio(c.flow.sum(), c.volume.sum())
	if missing(y) {
		c.Reset()
		return math.NaN()
	}
	return y
}

// Peek returns what Update would, and changes nothing.
func (c *CMF) Peek(high, low, last, volume float64) float64 {
	d := *c
	return d.Update(high, low, last, volume)
}
