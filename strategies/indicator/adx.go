package indicator

import "math"

// Directional is what ADX answers, each from 0 to 100. PlusDI, MinusDI and DX
// are there before ADX.
type Directional struct{ ADX, PlusDI, MinusDI, DX float64 }

// ADX is Wilder's average directional index: his average of DX, which is the
// distance of the directional indicators as a part of their sum. Those are his
// averages of the moves up and down as a part of that of the true range. Moves
// and ranges start at the second bar; of two moves only the greater counts,
// and a tie gives neither. Whatever is 0 / 0 is 0.
type ADX struct {
	tr              TR
	high, low       float64
	seen            int // changes seen; counts to n and stays there
	alpha           float64
	up, down, whole float64 // averages; before n changes: sums
	mean            RMA
}

// NewADX returns an average directional index of length n.
func NewADX(n int) *ADX { return &ADX{alpha: 1 / float64(n), mean: *NewRMA(n)} }

// WarmUp returns the number of bars before ADX: 2n.
func (a *ADX) WarmUp() int { return 2 * a.mean.n }

// DIWarmUp returns the number of bars before PlusDI, MinusDI and DX: n + 1.
func (a *ADX) DIWarmUp() int { return a.mean.n + 1 }

// Reset forgets every bar.
func (a *ADX) Reset() {
	a.mean.Reset()
	*a = ADX{alpha: a.alpha, mean: a.mean}
}

// Update takes the next bar and returns the index and what it is made of.
func (a *ADX) Update(high, low, last float64) Directional {
	nan := math.NaN()
	none := Directional{nan, nan, nan, nan}
	started := a.tr.seen
	up, down := high-a.high, a.low-low
	whole := a.tr.Update(high, low, last)
	a.high, a.low = high, low
	if missing(whole) || started && (missing(up) || missing(down)) {
		a.Reset()
		return none
	}
	if !started {
		return none
	}
	a.fold(winner(up, down), winner(down, up), whole)
	if a.seen < a.mean.n {
		return none
	}
	if absent(a.up, a.down, a.whole) {
		a.Reset()
		return none
	}
	dx := percent(math.Abs(a.up-a.down), a.up+a.down)
	return Directional{a.mean.Update(dx), finite(percent(a.up, a.whole)), finite(percent(a.down, a.whole)), dx}
}

// Peek returns what Update would, and changes nothing.
func (a *ADX) Peek(high, low, last float64) Directional {
	c := *a
	return c.Update(high, low, last)
}

// winner is a move that is greater than the other way's and than none.
func winner(move, other float64) float64 {
	if move > other && move > 0 {
		return move
	}
	return 0
}

func (a *ADX) fold(up, down, whole float64) {
	if n := a.mean.n; a.seen < n {
		a.seen++
		a.up, a.down, a.whole = a.up+up, a.down+down, a.whole+whole
		if a.seen == n {
			a.up, a.down, a.whole = a.up/float64(n), a.down/float64(n), a.whole/float64(n)
		}
		return
	}
	if whole == 0 && a.whole < faint {
		return
	}
	a.up += float64(a.alpha * (up - a.up))
	a.down += float64(a.alpha * (down - a.down))
	a.whole += float64(a.alpha * (whole - a.whole))
}
