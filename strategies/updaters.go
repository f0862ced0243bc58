package strategies

import (
	"math"

	"rulebot/engine"
	"rulebot/strategies/indicator"
)

// barValue reads a value of the bar itself.
type barValue func(b *floatBar) float64

func barValueOf(name string) barValue {
	switch name {
	case "open":
		return func(b *floatBar) float64 { return b.open }
	case "high":
		return func(b *floatBar) float64 { return b.high }
	case "low":
		return func(b *floatBar) float64 { return b.low }
	case "close":
		return func(b *floatBar) float64 { return b.close }
	case "volume":
		return func(b *floatBar) float64 { return b.volume }
	case "hl2":
		return func(b *floatBar) float64 { return (b.high + b.low) / 2 }
	case "hlc3":
		return func(b *floatBar) float64 { return (b.high + b.low + b.close) / 3 }
	}
	return func(b *floatBar) float64 { return (b.open + b.high + b.low + b.close) / 4 } // ohlc4
}

func (v barValue) update(m *machine) (float64, engine.Cause) { return v(&m.bar), engine.Ready }

func (barValue) reset() {}

// windowSlot feeds an expression into an indicator. What is not ready goes in
// as NaN, which makes the indicator start anew.
type windowSlot struct {
	in numberFn
	of unary
}

func (s *windowSlot) update(m *machine) (float64, engine.Cause) {
	m.cause = engine.Ready
	x := s.in(m)
	why := m.cause
	y := s.of.Update(x)
	switch {
	case y-y == 0:
		return y, engine.Ready
	case x != x:
		return math.NaN(), why
	case math.IsInf(y, 0):
		return math.NaN(), engine.CauseInf
	}
	return math.NaN(), m.warming()
}

func (s *windowSlot) reset() { s.of.Reset() }

// atrSlot feeds bars into an average true range.
type atrSlot struct{ of *indicator.ATR }

func (s *atrSlot) update(m *machine) (float64, engine.Cause) {
	y := s.of.Update(m.bar.high, m.bar.low, m.bar.close)
	if y-y == 0 {
		return y, engine.Ready
	}
	return math.NaN(), m.warming()
}

func (s *atrSlot) reset() { s.of.Reset() }

// crossSlot is a > b now and a <= b one bar ago. It is not ready unless all
// four are: a cross needs a known before.
type crossSlot struct{ a, b, wasA, wasB numberFn }

func (s crossSlot) update(m *machine) (float64, engine.Cause) {
	m.cause = engine.Ready
	a, b, wasA, wasB := s.a(m), s.b(m), s.wasA(m), s.wasB(m)
	if a != a || b != b || wasA != wasA || wasB != wasB {
		return math.NaN(), m.cause
	}
	return oneIf(a > b && wasA <= wasB), engine.Ready
}

func (crossSlot) reset() {}
