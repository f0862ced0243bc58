package indicator_test

import (
	"math"

	"rulebot/strategies/indicator"
)

// bar is all that an indicator may read. truth is a condition: 1, 0 or NaN.
type bar struct {
	open, high, low, close, volume float64
	truth                          float64
	day                            int64
}

// answer is every output of an indicator, in the order of its fields.
type answer [7]float64

// machine is one indicator on bars.
type machine struct {
	update, peek func(bar) answer
	reset        func()
	warmUp       int   // as the indicator says
	ready        []int // bars before each output
}

// The shapes below are what indicators read. Each must offer all of this.
type held interface {
	Reset()
	WarmUp() int
}

type ofX[T any] interface {
	held
	Update(x float64) T
	Peek(x float64) T
}

type ofPair[T any] interface {
	held
	Update(x, y float64) T
	Peek(x, y float64) T
}

type ofThree[T any] interface {
	held
	Update(high, low, last float64) T
	Peek(high, low, last float64) T
}

type ofFour[T any] interface {
	held
	Update(a, b, c, d float64) T
	Peek(a, b, c, d float64) T
}

func build[T any](i held, update, peek func(bar) T, outs func(T) answer, ready []int) machine {
	return machine{
		update: func(b bar) answer { return outs(update(b)) },
		peek:   func(b bar) answer { return outs(peek(b)) },
		reset:  i.Reset, warmUp: i.WarmUp(), ready: ready,
	}
}

func one(x float64) answer { return answer{x} }

// onX is an indicator of the close.
func onX[T any](i ofX[T], outs func(T) answer, ready ...int) machine {
	return build(i, func(b bar) T { return i.Update(b.close) }, func(b bar) T { return i.Peek(b.close) }, outs, ready)
}

// onTruth is an indicator of a condition.
func onTruth(i ofX[float64], ready ...int) machine {
	return build(i, func(b bar) float64 { return i.Update(b.truth) }, func(b bar) float64 { return i.Peek(b.truth) }, one, ready)
}

func onSpan[T any](i ofPair[T], outs func(T) answer, ready ...int) machine {
	return build(i, func(b bar) T { return i.Update(b.high, b.low) }, func(b bar) T { return i.Peek(b.high, b.low) }, outs, ready)
}

func onCloseVolume(i ofPair[float64], ready ...int) machine {
	return build(i, func(b bar) float64 { return i.Update(b.close, b.volume) },
		func(b bar) float64 { return i.Peek(b.close, b.volume) }, one, ready)
}

func onBar[T any](i ofThree[T], outs func(T) answer, ready ...int) machine {
	return build(i, func(b bar) T { return i.Update(b.high, b.low, b.close) },
		func(b bar) T { return i.Peek(b.high, b.low, b.close) }, outs, ready)
}

func onBarVolume(i ofFour[float64], ready ...int) machine {
	return build(i, func(b bar) float64 { return i.Update(b.high, b.low, b.close, b.volume) },
		func(b bar) float64 { return i.Peek(b.high, b.low, b.close, b.volume) }, one, ready)
}

func onHeikinAshi(i *indicator.HeikinAshi) machine {
	return build(i, func(b bar) indicator.Candle { return i.Update(b.open, b.high, b.low, b.close) },
		func(b bar) indicator.Candle { return i.Peek(b.open, b.high, b.low, b.close) },
		func(c indicator.Candle) answer { return answer{c.Open, c.High, c.Low, c.Close} }, []int{1, 1, 1, 1})
}

func onPivots(i *indicator.Pivots) machine {
	return build(i, func(b bar) indicator.Levels { return i.Update(b.high, b.low, b.close, b.day) },
		func(b bar) indicator.Levels { return i.Peek(b.high, b.low, b.close, b.day) },
		func(l indicator.Levels) answer { return answer{l.P, l.R1, l.R2, l.R3, l.S1, l.S2, l.S3} },
		[]int{2, 2, 2, 2, 2, 2, 2})
}

func onDayVWAP(i *indicator.DayVWAP) machine {
	return build(i, func(b bar) float64 { return i.Update(b.high, b.low, b.close, b.volume, b.day) },
		func(b bar) float64 { return i.Peek(b.high, b.low, b.close, b.volume, b.day) }, one, []int{1})
}

func onValueWhen(i *indicator.ValueWhen, k int) machine {
	return build(i, func(b bar) float64 { return i.Update(b.truth, b.close) },
		func(b bar) float64 { return i.Peek(b.truth, b.close) }, one, []int{k + 1})
}

func lines(c indicator.Convergence) answer { return answer{c.Line, c.Signal, c.Hist} }
func kd(v indicator.KD) answer             { return answer{v.K, v.D} }
func channel(c indicator.Channel) answer   { return answer{c.Upper, c.Middle, c.Lower} }
func cloud(c indicator.Cloud) answer       { return answer{c.Tenkan, c.Kijun, c.SpanA, c.SpanB} }
func bands(b indicator.Bollinger) answer {
	return answer{b.Upper, b.Middle, b.Lower, b.Width, b.PercentB}
}
func aroon(a indicator.AroonLines) answer     { return answer{a.Up, a.Down, a.Osc} }
func directed(d indicator.Directional) answer { return answer{d.ADX, d.PlusDI, d.MinusDI, d.DX} }
func side(s indicator.Side) answer            { return answer{s.Value, s.Up} }
func transform(f indicator.Transform) answer  { return answer{f.Value, f.Trigger} }

// same tells floats by their bits; every NaN is the same.
func same(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b }

func alike(a, b answer) bool {
	for i := range a {
		if !same(a[i], b[i]) {
			return false
		}
	}
	return true
}
