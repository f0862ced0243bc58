package strategies

import (
	"math"
)

// Units of values that are no amounts of the market.
const (
	unitLikeX     = "that of x"
	unitPoints    = "points"
	unitShare     = "share"
	unitBars      = "bars"
	unitCondition = "condition"
	unitPlain     = "plain number"
)

// value is the only output of a call.
func value(unit string, f ready, s settle, e extent) []output {
	return []output{{unit: unit, ready: f, settle: s, extent: e, cond: unit == unitCondition}}
}

// outputOf is one output of several.
func outputOf(name, short, unit string, f ready, s settle, e extent) output {
	return output{name: name, short: short, unit: unit, ready: f, settle: s, extent: e, cond: unit == unitCondition}
}

// from is a first bar by a formula over the numbers known at load.
func from(text string, bars func(k []float64) int) ready { return ready{text, bars} }

func atN() ready { return from("n", func(k []float64) int { return whole(k, 0) }) }

func afterN() ready { return from("n + 1", func(k []float64) int { return whole(k, 0) + 1 }) }

func atOnce() ready { return from("1", func([]float64) int { return 1 }) }

// withArguments is for what has no past of its own.
func withArguments() ready {
	return from("with its arguments", func([]float64) int { return 1 })
}

// settleEMA is 7(n+1): (1 - 2/(n+1))^k is below 1e-6 from there.
func settleEMA(k []float64) int { return 7 * (whole(k, 0) + 1) }

// settleRMA is 14n: (1 - 1/n)^k is below 1e-6 from there.
func settleRMA(k []float64) int { return 14 * whole(k, 0) }

// chained is for averages of averages: the weight of a seed falls as fast as
// in one, but from higher.
func chained(times int) settle {
	return func(k []float64) int { return settleEMA(k) * (times + 1) / 2 }
}

// settleLongest is that of the longer of the first two EMA, and of those after
// them.
func settleLongest(k []float64) int {
	n := max(whole(k, 0), whole(k, 1))
	for i := 2; i < len(k); i++ {
		n += whole(k, i)
	}
	return 7 * (n + 1)
}

// settleIn is a number of bars that no length changes.
func settleIn(bars int) settle { return func([]float64) int { return bars } }

// settleNow is for windows: they forget at once.
func settleNow([]float64) int { return 0 }

// extent is the range of a function's values: in words, and computed from the
// ranges of its arguments. A condition is 1 where it holds and 0 where it
// fails.
type extent struct {
	text string
	of   func(args []span) span
}

func always(text string, s span) extent { return extent{text, func([]span) span { return s }} }

// between is a range that no argument changes, kept to the last bit.
func between(lo, hi float64) extent { return always(span{lo, hi}.text(), span{lo, hi}) }

// kept holds a value in its range where only rounding takes it out: a mean of
// what is 100 at most can be a last bit more. NaN stays.
func kept(y, lo, hi float64) float64 {
	switch {
	case y < lo:
		return lo
	case y > hi:
		return hi
	}
	return y
}

func inPercent(y float64) float64 { return kept(y, 0, 100) }

func anyValue() extent { return always("any", anything()) }

func unsigned() extent { return always("0 or more", span{0, math.Inf(1)}) }

func aPrice() extent { return always("above 0", aboveZero()) }

// meanPrice is a price that was rounded on its way.
func meanPrice() extent { return always("above 0", span{smallest / 2, math.Inf(1)}) }

// likeInput is the range of means: that of the first argument, and a last bit
// for rounding.
func likeInput() extent {
	return extent{unitLikeX, func(a []span) span { return rounded(a[0]) }}
}

// oneOfInput is the range of extremes: a value of the first argument itself.
func oneOfInput() extent { return extent{unitLikeX, func(a []span) span { return a[0] }} }

func rounded(s span) span {
	const slack = 1e-9
	return span{s.lo - float64(slack*math.Abs(s.lo)), s.hi + float64(slack*math.Abs(s.hi))}
}

// apart is the range of a difference of two values of the first argument.
func apart() extent {
	return extent{"any", func(a []span) span { return operate("-", a[0], a[0]) }}
}

func isTrueOrFalse() extent { return always("true or false", span{0, 1}) }

// asInput is a condition that can hold, or fail, where its first argument can.
func asInput() extent { return extent{"true or false", func(a []span) span { return a[0] }} }

// deviation is at most half of what x spans.
func deviation(a []span) span {
	return span{0, rounded(exact(above(a[0].hi - a[0].lo))).hi}
}

// unary is an indicator of one series.
type unary interface {
	Update(x float64) float64
	Reset()
	WarmUp() int
}

// calc computes all outputs of one call. Step reads the bar and the values of
// the arguments that are series, NaN where they are not ready, and writes the
// outputs. It must not keep what it is given.
type calc struct {
	of   resetter
	step func(b *floatBar, in, out []float64)
}

type resetter interface{ Reset() }

// scalar computes a number of one, two or three numbers.
type scalar struct {
	one   func(x float64) float64
	two   func(x, y float64) float64
	three func(x, y, z float64) float64
}

func (s scalar) any() bool { return s.one != nil || s.two != nil || s.three != nil }
