package indicator

import "math"

// RSI is Wilder's relative strength index: 100 × up / (up + down), where up
// and down are Wilder's averages of the rises and falls from input to input.
// It is 0 when nothing has ever moved.
type RSI struct {
	n, seen  int // changes seen; counts to n and stays there
	alpha    float64
	last     float64
	started  bool
	up, down float64 // averages; before n changes: sums
	value    float64 // the newest; NaN before the first
}

// NewRSI returns a relative strength index of length n.
func NewRSI(n int) *RSI {
	mustLength(n, 1)
	return &RSI{n: n, alpha: 1 / float64(n), value: math.NaN()}
}

// WarmUp returns the number of inputs before the first value: n + 1.
func (r *RSI) WarmUp() int { return r.n + 1 }

// Reset forgets every input.
func (r *RSI) Reset() { *r = RSI{n: r.n, alpha: r.alpha, value: math.NaN()} }

// Update takes the next input and returns the index, from 0 to 100.
func (r *RSI) Update(x float64) float64 {
	if missing(x) {
		r.Reset()
		return math.NaN()
	}
	change := x - r.last
	r.last = x
	if !r.started {
		r.started = true
		return math.NaN()
	}
	r.fold(max(change, 0), max(-change, 0))
	if r.seen < r.n {
		return math.NaN()
	}
	sum := r.up + r.down
	if missing(sum) {
		r.Reset()
		return math.NaN()
	}
	// A change of 0 leaves the ratio as it is, which rounding would not: what
	// looks for a range in it would find one on a flat market.
	if change != 0 || r.n == 1 || r.value != r.value {
		r.value = percent(r.up, sum)
	}
	return r.value
}

// Peek returns what Update would, and changes nothing.
func (r *RSI) Peek(x float64) float64 {
	c := *r
	return c.Update(x)
}

// faint is where averages that only decay are left as they are. A thousand
// flat bars would carry them into numbers with few digits, and their ratio,
// which is what counts and which decay does not change, would be lost. Any
// real change is so much greater that what is left does not show.
const faint = 1e-250

func (r *RSI) fold(up, down float64) {
	if r.seen < r.n {
		r.seen++
		r.up += up
		r.down += down
		if r.seen == r.n {
			r.up /= float64(r.n)
			r.down /= float64(r.n)
		}
		return
	}
	if up == 0 && down == 0 && r.up+r.down < faint {
		return
	}
	r.up += float64(r.alpha * (up - r.up))
	r.down += float64(r.alpha * (down - r.down))
}
