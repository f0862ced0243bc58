package indicator

import "math"

// Channel is what Donchian and Keltner answer.
type Channel struct{ Upper, Middle, Lower float64 }

// Donchian is the highest high and the lowest low of n bars, this one
// included, and the middle between them.
type Donchian struct{ span span }

// NewDonchian returns a Donchian channel over n bars.
func NewDonchian(n int) *Donchian { return &Donchian{newSpan(n)} }

// WarmUp returns the number of bars before the first value: n.
func (d *Donchian) WarmUp() int { return len(d.span.high.slot) }

// Reset forgets every bar.
func (d *Donchian) Reset() { d.span.reset() }

// Update takes the next bar and returns the channel.
func (d *Donchian) Update(high, low float64) Channel {
	top, bottom := d.span.update(high, low)
	return Channel{top, middle(top, bottom), bottom}
}

// Peek returns what Update would, and changes nothing.
func (d *Donchian) Peek(high, low float64) Channel {
	c := *d
	return c.Update(high, low)
}

// middle is the mean of two, which does not overflow.
func middle(a, b float64) float64 {
	if m := float64((a + b) / 2); !math.IsInf(m, 0) {
		return m
	}
	return float64(a/2) + float64(b/2)
}

// Keltner is an EMA of the close and a multiple of the EMA of the true range
// to either side.
type Keltner struct {
	tr         TR
	mean, wide EMA
	mult       float64
}

// NewKeltner returns a Keltner channel of length n, mult ranges wide to either
// side.
func NewKeltner(n int, mult float64) *Keltner {
	return &Keltner{mean: *NewEMA(n), wide: *NewEMA(n), mult: mult}
}

// WarmUp returns the number of bars before the first value: n.
func (k *Keltner) WarmUp() int { return k.mean.WarmUp() }

// Reset forgets every bar.
func (k *Keltner) Reset() {
	k.tr.Reset()
	k.mean.Reset()
	k.wide.Reset()
}

// Update takes the next bar and returns the channel.
func (k *Keltner) Update(high, low, last float64) Channel {
	tr := k.tr.Update(high, low, last)
	if missing(tr) {
		last = tr
	}
	mid, half := k.mean.Update(last), float64(k.mult*k.wide.Update(tr))
	if missing(mid + half) {
		mid, half = math.NaN(), math.NaN()
	}
	return Channel{finite(mid + half), mid, finite(mid - half)}
}

// Peek returns what Update would, and changes nothing.
func (k *Keltner) Peek(high, low, last float64) Channel {
	c := *k
	return c.Update(high, low, last)
}

// Cloud is what Ichimoku answers, as computed at the bar: nothing is shifted.
// Tenkan, Kijun and SpanA are there before SpanB.
type Cloud struct{ Tenkan, Kijun, SpanA, SpanB float64 }

// Ichimoku is the middle between the highest high and the lowest low over
// three lengths: Tenkan, Kijun and SpanB; SpanA is the mean of the first two.
type Ichimoku struct{ a, b, c Donchian }

// NewIchimoku returns an Ichimoku cloud; 9, 26 and 52 by custom.
func NewIchimoku(a, b, c int) *Ichimoku {
	return &Ichimoku{*NewDonchian(a), *NewDonchian(b), *NewDonchian(c)}
}

// WarmUp returns the number of bars before every output: the greatest length.
func (i *Ichimoku) WarmUp() int { return max(i.SpanAWarmUp(), i.c.WarmUp()) }

// TenkanWarmUp returns the number of bars before Tenkan.
func (i *Ichimoku) TenkanWarmUp() int { return i.a.WarmUp() }

// KijunWarmUp returns the number of bars before Kijun.
func (i *Ichimoku) KijunWarmUp() int { return i.b.WarmUp() }

// SpanAWarmUp returns the number of bars before SpanA.
func (i *Ichimoku) SpanAWarmUp() int { return max(i.a.WarmUp(), i.b.WarmUp()) }

// SpanBWarmUp returns the number of bars before SpanB.
func (i *Ichimoku) SpanBWarmUp() int { return i.c.WarmUp() }

// Reset forgets every bar.
func (i *Ichimoku) Reset() {
	i.a.Reset()
	i.b.Reset()
	i.c.Reset()
}

// Update takes the next bar and returns the cloud.
func (i *Ichimoku) Update(high, low float64) Cloud {
	a, b, c := i.a.Update(high, low).Middle, i.b.Update(high, low).Middle, i.c.Update(high, low).Middle
	return Cloud{a, b, middle(a, b), c}
}

// Peek returns what Update would, and changes nothing.
func (i *Ichimoku) Peek(high, low float64) Cloud {
	c := *i
	return c.Update(high, low)
}
