package indicator

import "math"

// KD is what a stochastic answers. K is there before D.
type KD struct{ K, D float64 }

// within is where x lies between bottom and top, in percent; 0 when they are
// one.
func within(x, bottom, top float64) float64 { return percent(x-bottom, top-bottom) }

// Stoch is the stochastic oscillator: where the close lies between the lowest
// low and the highest high of n bars, in percent, 0 when they are one. K is
// its mean over k bars, D the mean of K over d.
type Stoch struct {
	span span
	k, d SMA
}

// NewStoch returns a stochastic over n bars; k = 1 leaves K as it is.
func NewStoch(n, k, d int) *Stoch { return &Stoch{newSpan(n), *NewSMA(k), *NewSMA(d)} }

// WarmUp returns the number of bars before D: n + k + d - 2.
func (s *Stoch) WarmUp() int { return s.KWarmUp() + s.d.WarmUp() - 1 }

// KWarmUp returns the number of bars before K: n + k - 1.
func (s *Stoch) KWarmUp() int { return len(s.span.high.slot) + s.k.WarmUp() - 1 }

// Reset forgets every bar.
func (s *Stoch) Reset() {
	s.span.reset()
	s.k.Reset()
	s.d.Reset()
}

// Update takes the next bar and returns K and D.
func (s *Stoch) Update(high, low, last float64) KD {
	if absent(high, low, last) {
		s.Reset()
		return KD{math.NaN(), math.NaN()}
	}
	top, bottom := s.span.update(high, low)
	k := s.k.Update(within(last, bottom, top))
	return KD{k, s.d.Update(k)}
}

// Peek returns what Update would, and changes nothing.
func (s *Stoch) Peek(high, low, last float64) KD {
	c := *s
	return c.Update(high, low, last)
}

// StochRSI is the stochastic over m values of an RSI of length n. K is its
// mean over k values, D the mean of K over d.
type StochRSI struct {
	rsi  RSI
	span span
	k, d SMA
}

// NewStochRSI returns a stochastic of a relative strength index.
func NewStochRSI(n, m, k, d int) *StochRSI {
	return &StochRSI{*NewRSI(n), newSpan(m), *NewSMA(k), *NewSMA(d)}
}

// WarmUp returns the number of inputs before D: n + m + k + d - 2.
func (s *StochRSI) WarmUp() int { return s.KWarmUp() + s.d.WarmUp() - 1 }

// KWarmUp returns the number of inputs before K: n + m + k - 1.
func (s *StochRSI) KWarmUp() int {
	return s.rsi.WarmUp() + len(s.span.high.slot) + s.k.WarmUp() - 2
}

// Reset forgets every input.
func (s *StochRSI) Reset() {
	s.rsi.Reset()
	s.span.reset()
	s.k.Reset()
	s.d.Reset()
}

// Update takes the next input and returns K and D.
func (s *StochRSI) Update(x float64) KD {
	r := s.rsi.Update(x)
	top, bottom := s.span.update(r, r)
	k := s.k.Update(within(r, bottom, top))
	return KD{k, s.d.Update(k)}
}

// Peek returns what Update would, and changes nothing.
func (s *StochRSI) Peek(x float64) KD {
	c := *s
	return c.Update(x)
}

// WillR is Williams' %R: how far the close lies below the highest high of n
// bars, in percent of their range, from -100 to 0; 0 when there is no range.
type WillR struct{ span span }

// NewWillR returns a %R over n bars.
func NewWillR(n int) *WillR { return &WillR{newSpan(n)} }

// WarmUp returns the number of bars before the first value: n.
func (w *WillR) WarmUp() int { return len(w.span.high.slot) }

// Reset forgets every bar.
func (w *WillR) Reset() { w.span.reset() }

// Update takes the next bar and returns its %R.
func (w *WillR) Update(high, low, last float64) float64 {
	if absent(high, low, last) {
		w.Reset()
		return math.NaN()
	}
	top, bottom := w.span.update(high, low)
	return finite(percent(last-top, top-bottom))
}

// Peek returns what Update would, and changes nothing.
func (w *WillR) Peek(high, low, last float64) float64 {
	c := *w
	return c.Update(high, low, last)
}
