package indicator

import "math"

// KAMA is Kaufman's adaptive average: k += sc × (x - k) with sc = (er × (2/3 -
// 2/31) + 2/31)², where er is the change over n inputs against the way that
// was gone for it, and 1 when nothing moved. It starts at the n-th input.
type KAMA struct {
	in    steps
	lag   Lag
	way   window // of single changes, without their sign
	seen  int    // counts to n and stays there
	value float64
}

// NewKAMA returns an adaptive moving average of length n.
func NewKAMA(n int) *KAMA { return &KAMA{lag: *NewLag(n), way: newSum(n)} }

// WarmUp returns the number of inputs before the first value: n + 1.
func (k *KAMA) WarmUp() int { return k.lag.WarmUp() }

// Reset forgets every input.
func (k *KAMA) Reset() {
	k.in.reset()
	k.lag.Reset()
	k.way.reset()
	k.seen = 0
}

// Update takes the next input and returns the average.
func (k *KAMA) Update(x float64) float64 {
	if missing(x) {
		k.Reset()
		return math.NaN()
	}
	d, known := k.in.next(x)
	old := k.lag.Update(x)
	full := known && k.way.push(math.Abs(d))
	if k.seen < k.lag.WarmUp()-1 {
		k.seen++
		k.value = x
		return math.NaN()
	}
	er := 1.0
	if way := k.way.sum(); way != 0 {
		er = math.Abs(x-old) / way
	}
	sc := float64(er*(2.0/3-2.0/31)) + 2.0/31
	k.value += float64(float64(sc*sc) * (x - k.value))
	if !full || missing(k.value) { // a change overflowed
		k.Reset()
		return math.NaN()
	}
	return k.value
}

// Peek returns what Update would, and changes nothing.
func (k *KAMA) Peek(x float64) float64 {
	c := *k
	return c.Update(x)
}
