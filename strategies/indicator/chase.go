package indicator

import "math"

// steps turns a series into its differences.
type steps struct {
	last    float64
	started bool
}

func (s *steps) reset() { *s = steps{} }

// next returns x less the input before, and whether there was one: the first
// has a step of 0.
func (s *steps) next(x float64) (step float64, known bool) {
	if s.started {
		step, known = x-s.last, true
	}
	s.last, s.started = x, true
	return step, known
}

// chase is an EMA that knows only differences: how far it is from its input,
// and how far both move. Two averages of one price that are subtracted, or one
// average that is divided by its value of before, keep every digit so, however
// high the price; on a flat price all gaps are exactly 0.
type chase struct {
	n, seen int // seen counts to n and stays there
	alpha   float64
	gap     float64 // average less input; before n inputs: Σ of (input - newest)
}

func newChase(n int) chase {
	mustLength(n, 1)
	return chase{n: n, alpha: 2 / (float64(n) + 1)}
}

func (c *chase) reset() { c.seen, c.gap = 0, 0 }

func (c *chase) ready() bool { return c.seen == c.n }

// step moves the input by d, which is of no account at the first, and returns
// how far the average moved; at its own first value, 0.
func (c *chase) step(d float64) float64 {
	if c.seen < c.n {
		c.gap -= float64(float64(c.seen) * d)
		c.seen++
		if c.seen == c.n {
			c.gap /= float64(c.n)
		}
		return 0
	}
	c.gap -= d
	if c.n == 1 { // alpha is 1
		move := -c.gap
		c.gap = 0
		return move
	}
	move := -float64(c.alpha * c.gap)
	c.gap += move
	return move
}

// chain is up to six chases of one length, each after the one before.
type chain struct {
	in    steps
	links [6]chase
	count int
	moved float64 // by the last link, at the last input
	first bool    // the last input gave the last link its first value
}

func newChain(n, count int) chain {
	c := chain{count: count}
	for i := range count {
		c.links[i] = newChase(n)
	}
	return c
}

func (c *chain) warmUp() int {
	before := c.count * (c.links[0].n - 1)
	return before + 1
}

func (c *chain) reset() {
	c.in.reset()
	for i := range c.count {
		c.links[i].reset()
	}
}

// push takes the next input and reports whether every link has a value.
func (c *chain) push(x float64) bool {
	d, _ := c.in.next(x)
	sound := d
	for i := range c.count {
		l := &c.links[i]
		c.first = !l.ready()
		d = l.step(d)
		sound += l.gap
		if !l.ready() {
			break
		}
	}
	if missing(x) || missing(sound) {
		c.reset()
		return false
	}
	c.moved = d
	return c.links[c.count-1].ready()
}

// near returns x + far, where far is made of gaps, or starts anew when that
// overflows.
func (c *chain) near(x, far float64) float64 {
	if y := x + far; !missing(y) {
		return y
	}
	c.reset()
	return math.NaN()
}
