package strategies

import (
	"math"
	"time"

	"rulebot/engine/market"
	"rulebot/strategies/indicator"
)

// Rows that begin anew each day have two inputs that nobody writes: the number
// of the day in which the bar opened, and of that in which a bar before it
// would have. The last number known at load is how many bars a day has.
const (
	inToday  = 0
	inBefore = 1
)

// text tells days apart: UTC, Europe/Berlin+2h0m0s.
func (d day) text() string {
	name := time.UTC.String()
	if d.zone != nil {
		name = d.zone.String()
	}
	if d.after != 0 {
		name += "+" + d.after.String()
	}
	return name
}

// barsOf is how many bars a day has at most: 25 hours of them where clocks are
// turned back.
func (d day) barsOf(t market.Timeframe) int {
	if t <= 0 {
		return 0 // the strategy has none, which was reported
	}
	hours := 24
	if d.zone != nil && d.zone != time.UTC {
		hours = 25
	}
	length := t.Duration()
	return int((time.Duration(hours)*time.Hour + length - 1) / length)
}

// dayRow computes both numbers, once for all that ask.
func dayRow(d day) *function {
	number := func(name string) output {
		return outputOf(name, "", "days", atOnce(), settleNow, unsigned())
	}
	return &function{
		name: "day " + d.text(), outputs: []output{number("number"), number("before")},
		compute: func([]float64) calc {
			return calc{nothingKept{}, func(b *floatBar, _, out []float64) {
				out[inToday] = float64(d.number(b.opened))
				out[inBefore] = float64(d.number(b.opened.Add(-b.length)))
			}}
		},
	}
}

// begun leaves out what was seen of a day that had begun before: nothing is
// right there that counts from the day's first bar.
type begun struct {
	resetter
	begun bool
}

func (d *begun) Reset() {
	d.begun = false
	d.resetter.Reset()
}

func (d *begun) has(in []float64) bool {
	d.begun = d.begun || in[inToday] != in[inBefore]
	return d.begun
}

func missing(out []float64) {
	for i := range out {
		out[i] = math.NaN()
	}
}

// ofDays is when a number of days have passed, at most.
func ofDays(text string, n int) ready {
	return from(text, func(k []float64) int { return max(1, n*whole(k, len(k)-1)) })
}

// nothingKept is for what has no past.
type nothingKept struct{}

func (nothingKept) Reset() {}

func dayVWAP() function {
	return function{
		name: "vwap", short: "mean price of the day, weighted by volume", example: "close > vwap", bars: readsAll, daily: true,
		definition: "sum of hlc3 * volume over that of volume, since the first bar of the strategy's day, this bar included; not ready before a day has begun, nor while the day has no volume",
		outputs:    value(unitPrice, ofDays("day", 1), settleNow, meanPrice()),
		compute: func([]float64) calc {
			v := indicator.NewDayVWAP()
			d := &begun{resetter: v}
			return calc{d, func(b *floatBar, in, out []float64) {
				if !d.has(in) {
					missing(out)
					return
				}
				out[0] = v.Update(b.high, b.low, b.close, b.volume, int64(in[inToday]))
			}}
		},
	}
}

func pivots() function {
	level := func(name, short string, e extent) output {
		return outputOf(name, short, unitPrice, ofDays("2 * day", 2), settleNow, e)
	}
	return function{
		name: "pivots", short: "the floor trader's levels, from the strategy's day before", example: "pivots.r1", bars: readsPrices, daily: true,
		definition: "of high H, low L and close C of the day before: p is (H + L + C) / 3, r1 is 2p - L, s1 is 2p - H, r2 and s2 are p ± (H - L), r3 is H + 2(p - L), s3 is L - 2(H - p); not ready before a whole day has passed",
		outputs: []output{
			level("p", "the pivot", meanPrice()),
			level("r1", "first resistance", anyValue()), level("r2", "second resistance", anyValue()), level("r3", "third resistance", anyValue()),
			level("s1", "first support", anyValue()), level("s2", "second support", anyValue()), level("s3", "third support", anyValue()),
		},
		compute: func([]float64) calc {
			p := indicator.NewPivots()
			d := &begun{resetter: p}
			return calc{d, func(b *floatBar, in, out []float64) {
				if !d.has(in) {
					missing(out)
					return
				}
				l := p.Update(b.high, b.low, b.close, int64(in[inToday]))
				out[0], out[1], out[2], out[3], out[4], out[5], out[6] = l.P, l.R1, l.R2, l.R3, l.S1, l.S2, l.S3
			}}
		},
	}
}

// lastDay is the day of the bar before. A gap does not make it forget: the
// first bar after it may well be the first of its day.
type lastDay struct {
	number float64
	known  bool
}

func (*lastDay) Reset() {}

// next reports whether a bar is the first of its day.
func (l *lastDay) next(in []float64) bool {
	before := in[inBefore]
	if l.known {
		before = l.number
	}
	l.number, l.known = in[inToday], true
	return before != l.number
}

func ofTime() function {
	return function{
		name: "bar", short: "the bar in time", example: "bar.new_day", bars: "its opening", daily: true,
		definition: "bar.index counts bars since 1970-01-01 00:00 UTC, and is the same in every run; bar.new_day is true for the first bar of the strategy's day",
		outputs: []output{
			outputOf("index", "number of the bar", unitBars, atOnce(), settleNow, unsigned()),
			outputOf("new_day", "it is the first of its day", unitCondition, atOnce(), settleNow, isTrueOrFalse()),
		},
		compute: func([]float64) calc {
			l := &lastDay{}
			return calc{l, func(b *floatBar, in, out []float64) {
				out[0] = float64(int64(b.opened) / int64(b.length))
				out[1] = oneIf(l.next(in))
			}}
		},
	}
}
