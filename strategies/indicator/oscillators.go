package indicator

import "math"

// balance is the rises and the falls of the last n steps.
type balance struct{ up, down window }

func newBalance(n int) balance { return balance{newSum(n), newSum(n)} }

func (b *balance) reset() {
	b.up.reset()
	b.down.reset()
}

// push takes the next step, up when it is positive, and reports whether the
// window is full.
func (b *balance) push(d float64) bool {
	b.up.push(max(d, 0))
	return b.down.push(max(-d, 0))
}

// CMO is Chande's momentum oscillator: the sum of the rises of n changes less
// the falls, as a part of both, in percent; 0 when nothing moved.
type CMO struct {
	in steps
	b  balance
}

// NewCMO returns a momentum oscillator over n changes.
func NewCMO(n int) *CMO { return &CMO{b: newBalance(n)} }

// WarmUp returns the number of inputs before the first value: n + 1.
func (c *CMO) WarmUp() int { return len(c.b.up.slot) + 1 }

// Reset forgets every input.
func (c *CMO) Reset() {
	c.in.reset()
	c.b.reset()
}

// Update takes the next input and returns the oscillator, from -100 to 100.
func (c *CMO) Update(x float64) float64 {
	d, known := c.in.next(x)
	if missing(x) || missing(d) {
		c.Reset()
		return math.NaN()
	}
	if !known || !c.b.push(d) {
		return math.NaN()
	}
	up, down := c.b.up.sum(), c.b.down.sum()
	y := percent(up-down, up+down)
	if missing(up + down) {
		c.Reset()
		return math.NaN()
	}
	return y
}

// Peek returns what Update would, and changes nothing.
func (c *CMO) Peek(x float64) float64 {
	d := *c
	return d.Update(x)
}

// MFI is the money flow index: typical price × volume of the bars of the last
// n whose typical price rose, as a part of that of those where it rose or
// fell, in percent; 0 without flow.
type MFI struct {
	in steps
	b  balance
}

// NewMFI returns a money flow index over n changes.
func NewMFI(n int) *MFI { return &MFI{b: newBalance(n)} }

// WarmUp returns the number of bars before the first value: n + 1.
func (m *MFI) WarmUp() int { return len(m.b.up.slot) + 1 }

// Reset forgets every bar.
func (m *MFI) Reset() {
	m.in.reset()
	m.b.reset()
}

// Update takes the next bar and returns the index, from 0 to 100.
func (m *MFI) Update(high, low, last, volume float64) float64 {
	x := typical(high, low, last)
	d, known := m.in.next(x)
	flow := float64(x * volume)
	if missing(d) || missing(flow) || missing(volume) {
		m.Reset()
		return math.NaN()
	}
	switch {
	case d == 0:
		flow = 0
	case d < 0:
		flow = -flow
	}
	if !known || !m.b.push(flow) {
		return math.NaN()
	}
	up, down := m.b.up.sum(), m.b.down.sum()
	if missing(up + down) {
		m.Reset()
		return math.NaN()
	}
	return percent(up, up+down)
}

// Peek returns what Update would, and changes nothing.
func (m *MFI) Peek(high, low, last, volume float64) float64 {
	c := *m
	return c.Update(high, low, last, volume)
}

// UltOsc is Williams' ultimate oscillator: how much of the true range lies
// below the close, over three lengths weighted 4, 2 and 1, in percent. A
// length without range counts as 0. Ranges start at the second bar.
type UltOsc struct {
	tr    TR
	parts [3]struct{ below, whole window }
}

// NewUltOsc returns an ultimate oscillator; 7, 14 and 28 by custom.
func NewUltOsc(a, b, c int) *UltOsc {
	u := &UltOsc{}
	for i, n := range [3]int{a, b, c} {
		u.parts[i].below, u.parts[i].whole = newSum(n), newSum(n)
	}
	return u
}

// WarmUp returns the number of bars before the first value: the greatest
// length + 1.
func (u *UltOsc) WarmUp() int {
	n := 0
	for i := range u.parts {
		n = max(n, len(u.parts[i].below.slot))
	}
	return n + 1
}

// Reset forgets every bar.
func (u *UltOsc) Reset() {
	u.tr.Reset()
	for i := range u.parts {
		u.parts[i].below.reset()
		u.parts[i].whole.reset()
	}
}

// Update takes the next bar and returns the oscillator, from 0 to 100.
func (u *UltOsc) Update(high, low, last float64) float64 {
	before := u.tr
	whole := u.tr.Update(high, low, last)
	if missing(whole) {
		u.Reset()
		return whole
	}
	if !before.seen {
		return math.NaN()
	}
	below := last - min(low, before.close)
	sum, full := 0.0, true
	for i, weight := range [3]float64{4, 2, 1} {
		p := &u.parts[i]
		p.below.push(below)
		if !p.whole.push(whole) {
			full = false
			continue
		}
		sum += float64(weight * ratio(p.below.sum(), p.whole.sum()))
	}
	switch {
	case missing(sum):
		u.Reset()
		return math.NaN()
	case !full:
		return math.NaN()
	}
	return float64(100 * sum / 7)
}

// Peek returns what Update would, and changes nothing.
func (u *UltOsc) Peek(high, low, last float64) float64 {
	c := *u
	return c.Update(high, low, last)
}

// AO is the awesome oscillator: the fast mean of (high + low) / 2 less the
// slow one.
type AO struct{ fast, slow window }

// NewAO returns an awesome oscillator; 5 and 34 by custom.
func NewAO(fast, slow int) *AO { return &AO{newMean(fast), newMean(slow)} }

// WarmUp returns the number of bars before the first value: the longer of fast
// and slow.
func (a *AO) WarmUp() int { return max(len(a.fast.slot), len(a.slow.slot)) }

// Reset forgets every bar.
func (a *AO) Reset() {
	a.fast.reset()
	a.slow.reset()
}

// Update takes the next bar and returns the oscillator.
func (a *AO) Update(high, low float64) float64 {
	x := middle(high, low)
	fast, slow := a.fast.push(x), a.slow.push(x)
	if !fast || !slow {
		return math.NaN()
	}
	y := (a.fast.anchor - a.slow.anchor) + (a.fast.offset() - a.slow.offset())
	if missing(y) {
		a.Reset()
		return math.NaN()
	}
	return y
}

// Peek returns what Update would, and changes nothing.
func (a *AO) Peek(high, low float64) float64 {
	c := *a
	return c.Update(high, low)
}
