package indicator

import "math"

// PSAR is Wilder's parabolic stop and reverse. It starts long unless the
// second bar moved down more than up; the first stop is the first bar's low,
// or its high when short. A bar that touches the stop turns it: the stop
// becomes the extreme so far, moved out of the range of the last two bars. A
// stop never stands inside the last two bars.
type PSAR struct {
	step, most     float64
	seen           int // counts to 2 and stays there
	short          bool
	stop, far      float64 // stop for the next bar; extreme of the trade
	pace           float64
	oldHigh, oldLo float64 // the bar before
}

// NewPSAR returns a parabolic stop; step 0.02 and most 0.2 by custom.
func NewPSAR(step, most float64) *PSAR { return &PSAR{step: min(step, most), most: most} }

// WarmUp returns the number of bars before the first value: 2.
func (p *PSAR) WarmUp() int { return 2 }

// Reset forgets every bar.
func (p *PSAR) Reset() { *p = PSAR{step: p.step, most: p.most} }

// Update takes the next bar and returns the stop that held for it.
func (p *PSAR) Update(high, low float64) float64 {
	if missing(high) || missing(low) {
		p.Reset()
		return math.NaN()
	}
	if p.seen == 0 {
		p.seen, p.oldHigh, p.oldLo = 1, high, low
		return math.NaN()
	}
	if p.seen == 1 {
		p.start(high, low)
	}
	y := p.turn(high, low)
	p.oldHigh, p.oldLo = high, low
	if missing(y) || missing(p.stop) {
		p.Reset()
		return math.NaN()
	}
	return y
}

// Peek returns what Update would, and changes nothing.
func (p *PSAR) Peek(high, low float64) float64 {
	c := *p
	return c.Update(high, low)
}

// start chooses the first side by the first two bars. The second counts as
// both of the last two for the stop after it.
func (p *PSAR) start(high, low float64) {
	down := p.oldLo - low
	p.seen, p.pace = 2, p.step
	p.short = down > 0 && down > high-p.oldHigh
	if p.short {
		p.stop, p.far = p.oldHigh, low
	} else {
		p.stop, p.far = p.oldLo, high
	}
	p.oldHigh, p.oldLo = high, low
}

// turn returns the stop for this bar and sets the next one. A short is a long
// with every sign turned.
func (p *PSAR) turn(high, low float64) float64 {
	if p.short {
		high, low, p.oldHigh, p.oldLo, p.stop, p.far = -low, -high, -p.oldLo, -p.oldHigh, -p.stop, -p.far
	}
	var y float64
	reversed := low <= p.stop
	if reversed {
		y = max(p.far, p.oldHigh, high)
		p.pace, p.far = p.step, low
		p.stop = max(y+float64(p.pace*(p.far-y)), p.oldHigh, high)
	} else {
		y = p.stop
		if high > p.far {
			p.far, p.pace = high, min(p.pace+p.step, p.most)
		}
		p.stop = min(y+float64(p.pace*(p.far-y)), p.oldLo, low)
	}
	if p.short {
		y, p.stop, p.far = 0-y, 0-p.stop, 0-p.far
	}
	if reversed {
		p.short = !p.short
	}
	return y
}

// Side is what SuperTrend answers: the band that holds, and whether it is the
// lower one, 1, because the market goes up, or the upper one, 0.
type Side struct{ Value, Up float64 }

// SuperTrend is a band around (high + low) / 2, mult average true ranges wide
// to either side. The lower one only rises while closes stay above it, the
// upper one only falls while they stay below; a close beyond a band changes
// the side. It starts on the upper one.
type SuperTrend struct {
	atr          ATR
	mult         float64
	lower, upper float64
	close        float64
	up, ready    bool
}

// NewSuperTrend returns a SuperTrend; 10 and 3 by custom.
func NewSuperTrend(n int, mult float64) *SuperTrend {
	return &SuperTrend{atr: *NewATR(n), mult: mult}
}

// WarmUp returns the number of bars before the first value: n.
func (s *SuperTrend) WarmUp() int { return s.atr.WarmUp() }

// Reset forgets every bar.
func (s *SuperTrend) Reset() {
	s.atr.Reset()
	*s = SuperTrend{atr: s.atr, mult: s.mult}
}

// Update takes the next bar and returns the band that holds.
func (s *SuperTrend) Update(high, low, last float64) Side {
	half := float64(s.mult * s.atr.Update(high, low, last))
	mid := middle(high, low)
	lower, upper := mid-half, mid+half
	if missing(lower) || missing(upper) {
		if s.ready { // this bar is missing, or something overflowed
			s.Reset()
		}
		return Side{math.NaN(), math.NaN()}
	}
	if s.ready {
		if lower <= s.lower && s.close >= s.lower {
			lower = s.lower
		}
		if upper >= s.upper && s.close <= s.upper {
			upper = s.upper
		}
		if s.up {
			s.up = last >= lower
		} else {
			s.up = last > upper
		}
	}
	s.lower, s.upper, s.close, s.ready = lower, upper, last, true
	if s.up {
		return Side{lower, 1}
	}
	return Side{upper, 0}
}

// Peek returns what Update would, and changes nothing.
func (s *SuperTrend) Peek(high, low, last float64) Side {
	c := *s
	return c.Update(high, low, last)
}
