package indicator

import "math"

// AroonLines is what Aroon answers.
type AroonLines struct{ Up, Down, Osc float64 }

// Aroon is how fresh the extremes of the last n + 1 bars are, in percent: Up is
// 100 at a new high and 0 when the high is n bars old; Down likewise of the
// low; Osc is Up less Down. Of equal extremes the newest counts.
type Aroon struct{ high, low peaks }

// NewAroon returns an Aroon over n bars back.
func NewAroon(n int) *Aroon {
	mustLength(n, 1)
	return &Aroon{newPeaks(n + 1), newPeaks(n + 1)}
}

// WarmUp returns the number of bars before the first value: n + 1.
func (a *Aroon) WarmUp() int { return len(a.high.slot) }

// Reset forgets every bar.
func (a *Aroon) Reset() {
	a.high.reset()
	a.low.reset()
}

// Update takes the next bar and returns the lines.
func (a *Aroon) Update(high, low float64) AroonLines {
	nan := math.NaN()
	if missing(high) || missing(low) {
		a.Reset()
		return AroonLines{nan, nan, nan}
	}
	a.high.push(high)
	if !a.low.push(-low) {
		return AroonLines{nan, nan, nan}
	}
	n := len(a.high.slot) - 1
	fresh := func(age int) float64 { return 100 * float64(n-age) / float64(n) }
	up, down := fresh(a.high.age()), fresh(a.low.age())
	return AroonLines{up, down, up - down}
}

// Peek returns what Update would, and changes nothing.
func (a *Aroon) Peek(high, low float64) AroonLines {
	c := *a
	return c.Update(high, low)
}

// peaks finds the newest of the greatest of the last n inputs.
type peaks struct {
	at     int
	full   bool
	prefix peak
	slot   []float64 // the inputs since the block
	tail   []peak    // of the block's suffixes
}

// peak is a value and its place in its block.
type peak struct {
	value float64
	at    int
}

func newPeaks(n int) peaks { return peaks{slot: make([]float64, n), tail: make([]peak, n)} }

func (p *peaks) reset() { p.at, p.full = 0, false }

func (p *peaks) push(x float64) bool {
	if p.at == 0 || x >= p.prefix.value {
		p.prefix = peak{x, p.at}
	}
	p.slot[p.at] = x
	p.at++
	if p.at == len(p.slot) {
		p.turn()
	}
	return p.full
}

func (p *peaks) turn() {
	last := len(p.slot) - 1
	best := peak{p.slot[last], last}
	for i := last; i >= 0; i-- {
		if p.slot[i] > best.value {
			best = peak{p.slot[i], i}
		}
		p.tail[i] = best
	}
	p.at, p.full = 0, true
}

// age is how many inputs ago the peak of the full window was.
func (p *peaks) age() int {
	old := p.tail[p.at]
	if p.at > 0 && p.prefix.value >= old.value {
		return p.at - 1 - p.prefix.at
	}
	return p.at + len(p.slot) - 1 - old.at
}
