package indicator

import "math"

// Convergence is what MACD and PPO answer. Line is there before Signal and
// Hist.
type Convergence struct{ Line, Signal, Hist float64 }

// pair are two EMA of one series, each with its own seed, and an EMA of what
// is made of both.
type pair struct {
	in         steps
	fast, slow chase
	signal     EMA
}

func newPair(fast, slow, signal int) pair {
	return pair{fast: newChase(fast), slow: newChase(slow), signal: *NewEMA(signal)}
}

func (p *pair) lineWarmUp() int { return max(p.fast.n, p.slow.n) }

func (p *pair) warmUp() int { return p.lineWarmUp() + p.signal.n - 1 }

func (p *pair) reset() {
	p.in.reset()
	p.fast.reset()
	p.slow.reset()
	p.signal.Reset()
}

// push takes the next input and reports whether both averages have a value.
func (p *pair) push(x float64) bool {
	d, _ := p.in.next(x)
	p.fast.step(d)
	p.slow.step(d)
	if missing(x) || missing(p.fast.gap-p.slow.gap) {
		p.reset()
		return false
	}
	return p.fast.ready() && p.slow.ready()
}

// answer completes a line, which is NaN while there is none.
func (p *pair) answer(line float64) Convergence {
	line = finite(line)
	signal := p.signal.Update(line)
	return Convergence{line, signal, finite(line - signal)}
}

// MACD is the difference of two EMA, each seeded on its own, and the EMA of
// that difference.
type MACD struct{ p pair }

// NewMACD returns a moving average convergence and divergence.
func NewMACD(fast, slow, signal int) *MACD { return &MACD{newPair(fast, slow, signal)} }

// WarmUp returns the number of inputs before Signal and Hist: the longer of
// fast and slow, + signal - 1.
func (m *MACD) WarmUp() int { return m.p.warmUp() }

// LineWarmUp returns the number of inputs before Line.
func (m *MACD) LineWarmUp() int { return m.p.lineWarmUp() }

// Reset forgets every input.
func (m *MACD) Reset() { m.p.reset() }

// Update takes the next input and returns line, signal and their difference.
func (m *MACD) Update(x float64) Convergence {
	if !m.p.push(x) {
		return m.p.answer(math.NaN())
	}
	return m.p.answer(m.p.fast.gap - m.p.slow.gap)
}

// Peek returns what Update would, and changes nothing.
func (m *MACD) Peek(x float64) Convergence {
	c := *m
	return c.Update(x)
}

// PPO is a MACD in percent of the slow average; 0 over a zero.
type PPO struct{ p pair }

// NewPPO returns a percentage price oscillator.
func NewPPO(fast, slow, signal int) *PPO { return &PPO{newPair(fast, slow, signal)} }

// WarmUp returns the number of inputs before Signal and Hist: the longer of
// fast and slow, + signal - 1.
func (p *PPO) WarmUp() int { return p.p.warmUp() }

// LineWarmUp returns the number of inputs before Line.
func (p *PPO) LineWarmUp() int { return p.p.lineWarmUp() }

// Reset forgets every input.
func (p *PPO) Reset() { p.p.reset() }

// Update takes the next input and returns line, signal and their difference.
func (p *PPO) Update(x float64) Convergence {
	if !p.p.push(x) {
		return p.p.answer(math.NaN())
	}
	return p.p.answer(percent(p.p.fast.gap-p.p.slow.gap, x+p.p.slow.gap))
}

// Peek returns what Update would, and changes nothing.
func (p *PPO) Peek(x float64) Convergence {
	c := *p
	return c.Update(x)
}
