package indicator

import "math"

// queue is the last n values, in order of size.
type queue struct {
	n, seen int // seen counts to n and stays there
	at      int
	tree    ranks
}

func newQueue(n int) queue { return queue{n: n, tree: newRanks(n)} }

func (q *queue) reset() { q.seen, q.at, q.tree.root = 0, 0, 0 }

// push lets x in, and the oldest of n out.
func (q *queue) push(x float64) {
	if q.n == 0 {
		return
	}
	place := int32(q.at + 1)
	if q.seen == q.n {
		q.tree.take(place)
	} else {
		q.seen++
	}
	q.tree.put(place, x)
	if q.at++; q.at == q.n {
		q.at = 0
	}
}

// PercentRank is how many of the n inputs before the newest are at most as
// great, in percent.
type PercentRank struct{ q queue }

// NewPercentRank returns a percent rank among n inputs.
func NewPercentRank(n int) *PercentRank {
	mustLength(n, 1)
	return &PercentRank{newQueue(n)}
}

// WarmUp returns the number of inputs before the first value: n + 1.
func (p *PercentRank) WarmUp() int { return p.q.n + 1 }

// Reset forgets every input.
func (p *PercentRank) Reset() { p.q.reset() }

// Update takes the next input and returns its rank, from 0 to 100, in O(log n).
func (p *PercentRank) Update(x float64) float64 {
	y := p.Peek(x)
	if missing(x) {
		p.Reset()
		return y
	}
	p.q.push(x)
	return y
}

// Peek returns what Update would, and changes nothing.
func (p *PercentRank) Peek(x float64) float64 {
	if missing(x) || p.q.seen < p.q.n {
		return math.NaN()
	}
	count, _ := p.q.tree.upTo(x)
	return 100 * float64(count) / float64(p.q.n)
}

// CCI is the commodity channel index: the typical price less its mean over n
// bars, over 0.015 times its mean absolute deviation from that mean; 0 when
// nothing deviates.
type CCI struct {
	n     int
	since int   // bars since the anchor of the sums, which must be in the window
	q     queue // the n - 1 typical prices before this bar's
}

// NewCCI returns a commodity channel index over n bars.
func NewCCI(n int) *CCI {
	mustLength(n, 1)
	return &CCI{n: n, q: newQueue(n - 1)}
}

// WarmUp returns the number of bars before the first value: n.
func (c *CCI) WarmUp() int { return c.n }

// Reset forgets every bar.
func (c *CCI) Reset() {
	c.q.reset()
	c.since = 0
}

// Update takes the next bar and returns the index, in O(log n).
func (c *CCI) Update(high, low, last float64) float64 {
	x := typical(high, low, last)
	y := c.value(x)
	if missing(x) || missing(y) && c.q.seen == c.q.n {
		c.Reset()
		return math.NaN()
	}
	if c.q.seen == 0 {
		c.q.tree.anchor = x
	}
	c.q.push(x)
	if c.since++; c.since >= c.n-1 {
		c.q.tree.around(x)
		c.since = 0
	}
	return y
}

// Peek returns what Update would, and changes nothing.
func (c *CCI) Peek(high, low, last float64) float64 {
	return c.value(typical(high, low, last))
}

func (c *CCI) value(x float64) float64 {
	if missing(x) || c.q.seen < c.q.n {
		return math.NaN()
	}
	if c.n == 1 {
		return 0
	}
	n, all := float64(c.n), c.q.tree.all()
	x -= c.q.tree.anchor
	mean := (all + x) / n
	count, low := c.q.tree.upTo(mean)
	below := float64(float64(count)*mean) - low
	above := (all - low) - float64(float64(c.q.n-count)*mean)
	deviation := (below + above + math.Abs(x-mean)) / n
	return finite(ratio(x-mean, float64(0.015*deviation)))
}
