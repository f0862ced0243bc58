package indicator

import "math"

// TR is the true range of a bar: the greater of its high and the close before,
// less the smaller of its low and the close before. The first bar has high
// less low.
type TR struct {
	close float64
	seen  bool
}

// NewTR returns a true range.
func NewTR() *TR { return &TR{} }

// WarmUp returns the number of bars before the first value: 1.
func (t *TR) WarmUp() int { return 1 }

// Reset forgets the close before.
func (t *TR) Reset() { *t = TR{} }

// Update takes the next bar and returns its true range.
func (t *TR) Update(high, low, last float64) float64 {
	top, bottom := high, low
	if t.seen {
		top, bottom = max(high, t.close), min(low, t.close)
	}
	r := top - bottom
	if missing(r) || absent(high, low, last) { // an extreme may hide behind the close before
		t.Reset()
		return math.NaN()
	}
	t.close, t.seen = last, true
	return r
}

// Peek returns what Update would, and changes nothing.
func (t *TR) Peek(high, low, last float64) float64 {
	c := *t
	return c.Update(high, low, last)
}

// ATR is Wilder's average of the true range.
type ATR struct {
	tr   TR
	mean RMA
}

// NewATR returns an average true range of length n.
func NewATR(n int) *ATR { return &ATR{mean: *NewRMA(n)} }

// WarmUp returns the number of bars before the first value: n.
func (a *ATR) WarmUp() int { return a.mean.WarmUp() }

// Reset forgets every bar.
func (a *ATR) Reset() {
	a.tr.Reset()
	a.mean.Reset()
}

// Update takes the next bar and returns the average true range.
func (a *ATR) Update(high, low, last float64) float64 {
	return a.mean.Update(a.tr.Update(high, low, last))
}

// Peek returns what Update would, and changes nothing.
func (a *ATR) Peek(high, low, last float64) float64 {
	c := *a
	return c.Update(high, low, last)
}

// NATR is the average true range in percent of the close; 0 at a zero close.
type NATR struct{ atr ATR }

// NewNATR returns a normalised average true range of length n.
func NewNATR(n int) *NATR { return &NATR{*NewATR(n)} }

// WarmUp returns the number of bars before the first value: n.
func (n *NATR) WarmUp() int { return n.atr.WarmUp() }

// Reset forgets every bar.
func (n *NATR) Reset() { n.atr.Reset() }

// Update takes the next bar and returns its range in percent.
func (n *NATR) Update(high, low, last float64) float64 {
	return finite(percent(n.atr.Update(high, low, last), last))
}

// Peek returns what Update would, and changes nothing.
func (n *NATR) Peek(high, low, last float64) float64 {
	c := *n
	return c.Update(high, low, last)
}
