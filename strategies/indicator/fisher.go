package indicator

import "math"

// Transform is what Fisher answers; Trigger is the value of the bar before.
type Transform struct{ Value, Trigger float64 }

// Fisher is Ehlers' Fisher transform of where the middle of the bar lies
// between the lowest and the highest middle of n bars.
type Fisher struct {
	span  span
	x     float64
	value float64 // 0 before the first
	ready bool
}

// NewFisher returns a Fisher transform over n bars.
func NewFisher(n int) *Fisher { return &Fisher{span: newSpan(n)} }

// WarmUp returns the number of bars before Trigger: n + 1.
func (f *Fisher) WarmUp() int { return f.ValueWarmUp() + 1 }

// ValueWarmUp returns the number of bars before Value: n.
func (f *Fisher) ValueWarmUp() int { return len(f.span.high.slot) }

// Reset forgets every bar.
func (f *Fisher) Reset() {
	f.span.reset()
	f.x, f.value, f.ready = 0, 0, false
}

// Update takes the next bar and returns the transform.
func (f *Fisher) Update(high, low float64) Transform {
	const beyond, limit = 0.99, 0.999
	mid := middle(high, low)
	top, bottom := f.span.update(mid, mid)
	width := top - bottom
	if missing(width) {
		if missing(mid) || math.IsInf(width, 0) {
			f.Reset()
		}
		return Transform{math.NaN(), math.NaN()}
	}
	if width == 0 {
		width = 0.001
	}
	f.x = float64(0.66*((mid-bottom)/width-0.5)) + float64(0.67*f.x)
	if math.Abs(f.x) > beyond {
		f.x = math.Copysign(limit, f.x)
	}
	out := Transform{atanh(f.x) + float64(0.5*f.value), f.value}
	if !f.ready {
		out.Trigger = math.NaN()
	}
	f.value, f.ready = out.Value, true
	return out
}

// Peek returns what Update would, and changes nothing.
func (f *Fisher) Peek(high, low float64) Transform {
	c := *f
	return c.Update(high, low)
}

// atanh is half the logarithm of (1 + x) / (1 - x), for |x| below 1, within
// 1e-15 of itself. The logarithm of package math has other last bits on other
// architectures.
func atanh(x float64) float64 {
	part, power := math.Frexp((1 + x) / (1 - x))
	if part < math.Sqrt2/2 {
		part, power = part+part, power-1
	}
	s := (part - 1) / (part + 1)
	if power == 0 {
		s = x
	}
	series, square := 0.0, float64(s*s)
	for k := 21; k > 1; k -= 2 { // s is below 0.172: the first term left out is below 1e-18
		series = float64(square * (series + 1/float64(k)))
	}
	return float64(float64(power)*(math.Ln2/2)) + (s + float64(s*series))
}
