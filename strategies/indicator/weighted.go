package indicator

import "math"

// loads is the mean of the last n inputs by weight, put together from the rest
// of the last full block and the inputs since.
type loads struct {
	at     int
	full   bool
	anchor float64
	prefix load   // of the inputs since the block
	slot   []load // the inputs since the block: x and its weight
	tail   []load // of the block's suffixes
}

// load is Σ weight × (x - anchor) and Σ weight.
type load struct{ x, weight float64 }

func (l load) with(x, weight float64) load {
	return load{l.x + float64(x*weight), l.weight + weight}
}

func newLoads(n int) loads {
	mustLength(n, 1)
	return loads{slot: make([]load, n), tail: make([]load, n)}
}

func (l *loads) reset() { l.at, l.full, l.prefix = 0, false, load{} }

// push takes the next input and reports whether the window is full. A missing
// input empties it.
func (l *loads) push(x, weight float64) bool {
	if missing(x) || missing(weight) {
		l.reset()
		return false
	}
	if l.at == 0 && !l.full {
		l.anchor = x
	}
	l.slot[l.at] = load{x, weight}
	l.prefix = l.prefix.with(x-l.anchor, weight)
	l.at++
	if l.at == len(l.slot) {
		l.turn()
	}
	return l.full
}

func (l *loads) turn() {
	last := len(l.slot) - 1
	l.anchor = l.slot[last].x
	var sum load
	for i := last; i >= 0; i-- {
		sum = sum.with(l.slot[i].x-l.anchor, l.slot[i].weight)
		l.tail[i] = sum
	}
	l.at, l.full, l.prefix = 0, true, load{}
}

// update takes the next input and returns the mean of the full window, NaN
// over no weight at all.
func (l *loads) update(x, weight float64) float64 {
	if !l.push(x, weight) {
		return math.NaN()
	}
	old := l.tail[l.at]
	sum, total := old.x+l.prefix.x, old.weight+l.prefix.weight
	if missing(sum) || missing(total) {
		l.reset()
		return math.NaN()
	}
	if total == 0 {
		return math.NaN()
	}
	return finite(l.anchor + sum/total)
}

// VWMA is the mean of the last n inputs, weighted by volume. It is NaN while
// none of them has a volume.
type VWMA struct{ l loads }

// NewVWMA returns a volume weighted moving average over n inputs.
func NewVWMA(n int) *VWMA { return &VWMA{newLoads(n)} }

// WarmUp returns the number of inputs before the first value: n.
func (v *VWMA) WarmUp() int { return len(v.l.slot) }

// Reset forgets every input.
func (v *VWMA) Reset() { v.l.reset() }

// Update takes the next input with its volume and returns the mean.
func (v *VWMA) Update(x, volume float64) float64 { return v.l.update(x, volume) }

// Peek returns what Update would, and changes nothing.
func (v *VWMA) Peek(x, volume float64) float64 {
	c := *v
	return c.Update(x, volume)
}

// VWAP is the mean of the typical prices, (high + low + close) / 3, of the
// last n bars, weighted by volume. It is NaN while none of them has a volume.
type VWAP struct{ l loads }

// NewVWAP returns a rolling volume weighted average price over n bars.
func NewVWAP(n int) *VWAP { return &VWAP{newLoads(n)} }

// WarmUp returns the number of bars before the first value: n.
func (v *VWAP) WarmUp() int { return len(v.l.slot) }

// Reset forgets every bar.
func (v *VWAP) Reset() { v.l.reset() }

// Update takes the next bar and returns the average price.
func (v *VWAP) Update(high, low, last, volume float64) float64 {
	return v.l.update(typical(high, low, last), volume)
}

// Peek returns what Update would, and changes nothing.
func (v *VWAP) Peek(high, low, last, volume float64) float64 {
	c := *v
	return c.Update(high, low, last, volume)
}

func typical(high, low, last float64) float64 { return float64((high + low + last) / 3) }

// DayVWAP is the mean of the typical prices since the day began, weighted by
// volume. It is NaN while the day has no volume. It knows of a day what it has
// seen: the first one may be cut short.
type DayVWAP struct {
	day    int64
	seen   bool
	anchor float64
	sum    load
}

// NewDayVWAP returns a volume weighted average price of the day.
func NewDayVWAP() *DayVWAP { return &DayVWAP{} }

// WarmUp returns the number of bars before the first value: 1.
func (v *DayVWAP) WarmUp() int { return 1 }

// Reset forgets every bar.
func (v *DayVWAP) Reset() { *v = DayVWAP{} }

// Update takes the next bar, which belongs to a day by whatever boundary the
// caller holds, and returns the day's average price up to it.
func (v *DayVWAP) Update(high, low, last, volume float64, day int64) float64 {
	x := typical(high, low, last)
	if missing(x) || missing(volume) {
		v.Reset()
		return math.NaN()
	}
	if !v.seen || v.day != day {
		*v = DayVWAP{day: day, seen: true}
	}
	if v.sum.weight == 0 { // what has no volume has no part in the mean
		v.anchor = x
	}
	v.sum = v.sum.with(x-v.anchor, volume)
	y := v.anchor + v.sum.x/v.sum.weight
	if v.sum.weight == 0 {
		return math.NaN()
	}
	if missing(y) {
		v.Reset()
		return math.NaN()
	}
	return y
}

// Peek returns what Update would, and changes nothing.
func (v *DayVWAP) Peek(high, low, last, volume float64, day int64) float64 {
	c := *v
	return c.Update(high, low, last, volume, day)
}
