package indicator

import "math"

// pairs are the second moments of the last n pairs of inputs, put together
// from the rest of the last full block and the pairs since.
type pairs struct {
	at     int
	full   bool
	anchor [2]float64
	prefix joint
	slot   [][2]float64 // the pairs since the block
	tail   []joint      // of the block's suffixes
}

// joint are the means of two series and the sums of their products of
// distances from them.
type joint struct{ x, y, xx, yy, xy float64 }

// with returns the moments with one more pair, the n-th.
func (j joint) with(x, y float64, n int) joint {
	dx, dy := x-j.x, y-j.y
	j.x += dx / float64(n)
	j.y += dy / float64(n)
	j.xx += float64(dx * (x - j.x))
	j.yy += float64(dy * (y - j.y))
	j.xy += float64(dx * (y - j.y))
	return j
}

func newPairs(n int) pairs {
	mustLength(n, 1)
	return pairs{slot: make([][2]float64, n), tail: make([]joint, n)}
}

func (p *pairs) reset() { p.at, p.full, p.prefix = 0, false, joint{} }

// push takes the next pair and reports whether the window is full. A missing
// input empties it.
func (p *pairs) push(x, y float64) bool {
	if missing(x) || missing(y) {
		p.reset()
		return false
	}
	if p.at == 0 && !p.full {
		p.anchor = [2]float64{x, y}
	}
	p.slot[p.at] = [2]float64{x, y}
	p.at++
	p.prefix = p.prefix.with(x-p.anchor[0], y-p.anchor[1], p.at)
	if p.at == len(p.slot) {
		p.turn()
	}
	return p.full
}

func (p *pairs) turn() {
	n := len(p.slot)
	p.anchor = p.slot[n-1]
	var j joint
	for i := n - 1; i >= 0; i-- {
		j = j.with(p.slot[i][0]-p.anchor[0], p.slot[i][1]-p.anchor[1], n-i)
		p.tail[i] = j
	}
	p.at, p.full, p.prefix = 0, true, joint{}
}

// products are the sums of xx, yy and xy over the full window.
func (p *pairs) products() (xx, yy, xy float64) {
	n, since := float64(len(p.slot)), float64(p.at)
	old, now := p.tail[p.at], p.prefix
	dx, dy, weight := now.x-old.x, now.y-old.y, since*(n-since)/n
	xx = old.xx + now.xx + float64(float64(dx*dx)*weight)
	yy = old.yy + now.yy + float64(float64(dy*dy)*weight)
	xy = old.xy + now.xy + float64(float64(dx*dy)*weight)
	return xx, yy, xy
}

// Correlation is Pearson's r of the last n pairs; 0 when either does not move.
type Correlation struct{ p pairs }

// NewCorrelation returns a correlation over n pairs.
func NewCorrelation(n int) *Correlation { return &Correlation{newPairs(n)} }

// WarmUp returns the number of pairs before the first value: n.
func (c *Correlation) WarmUp() int { return len(c.p.slot) }

// Reset forgets every pair.
func (c *Correlation) Reset() { c.p.reset() }

// Update takes the next pair and returns r, from -1 to 1.
func (c *Correlation) Update(x, y float64) float64 {
	if !c.p.push(x, y) {
		return math.NaN()
	}
	xx, yy, xy := c.p.products()
	if missing(xx) || missing(yy) || missing(xy) {
		c.Reset()
		return math.NaN()
	}
	return max(-1, min(1, ratio(xy, float64(math.Sqrt(xx)*math.Sqrt(yy)))))
}

// Peek returns what Update would, and changes nothing.
func (c *Correlation) Peek(x, y float64) float64 {
	d := *c
	return d.Update(x, y)
}

// Beta is the covariance of the returns of x and y from input to input, over n
// of them, as a part of the variance of those of x; 0 when x does not move. A
// return from a zero is 0.
type Beta struct {
	p       pairs
	x, y    float64
	started bool
}

// NewBeta returns a beta over n returns.
func NewBeta(n int) *Beta { return &Beta{p: newPairs(n)} }

// WarmUp returns the number of pairs before the first value: n + 1.
func (b *Beta) WarmUp() int { return len(b.p.slot) + 1 }

// Reset forgets every pair.
func (b *Beta) Reset() {
	b.p.reset()
	b.started = false
}

// Update takes the next pair and returns how far y goes when x goes by 1.
func (b *Beta) Update(x, y float64) float64 {
	if missing(x) || missing(y) {
		b.Reset()
		return math.NaN()
	}
	rx, ry, started := ratio(x-b.x, b.x), ratio(y-b.y, b.y), b.started
	b.x, b.y, b.started = x, y, true
	if !started {
		return math.NaN()
	}
	if missing(rx) || missing(ry) {
		b.Reset()
		return math.NaN()
	}
	if !b.p.push(rx, ry) {
		return math.NaN()
	}
	xx, _, xy := b.p.products()
	out := ratio(xy, xx)
	if missing(out) || missing(xx) {
		b.Reset()
		return math.NaN()
	}
	return out
}

// Peek returns what Update would, and changes nothing.
func (b *Beta) Peek(x, y float64) float64 {
	c := *b
	return c.Update(x, y)
}
