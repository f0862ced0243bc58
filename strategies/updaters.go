package strategies

import (
	"math"

	"rulebot/engine"
	"rulebot/engine/market"
)

// priceSlot reads a value of the bar itself.
type priceSlot struct{ of *function }

func (s priceSlot) update(m *machine) (float64, engine.Cause) {
	return s.of.price(&m.bar), engine.Ready
}

func (priceSlot) reset() {}

// columns are numbers of a bar.
type columns uint8

const (
	columnOpen columns = 1 << iota
	columnHigh
	columnLow
	columnClose
	columnVolume
	allColumns = 1<<iota - 1
)

// columnsOf returns what an updater reads of the bar itself: a number that
// nobody reads is not made a float for every bar.
func columnsOf(u updater) columns {
	switch u := u.(type) {
	case priceSlot:
		switch u.of.name {
		case "open":
			return columnOpen
		case "high":
			return columnHigh
		case "low":
			return columnLow
		case "close":
			return columnClose
		case "volume":
			return columnVolume
		}
	case *windowSlot, *lagSlot, followSlot, crossSlot:
		return 0
	}
	return allColumns
}

// take makes the columns of a bar floats.
func (b *floatBar) take(bar *market.Bar, which columns) {
	b.opened, b.length = bar.Open, bar.Timeframe.Duration()
	if which&columnOpen != 0 {
		b.open = bar.O.Float()
	}
	if which&columnHigh != 0 {
		b.high = bar.H.Float()
	}
	if which&columnLow != 0 {
		b.low = bar.L.Float()
	}
	if which&columnClose != 0 {
		b.close = bar.C.Float()
	}
	if which&columnVolume != 0 {
		b.volume = bar.Volume.Float()
	}
}

// windowSlot feeds an expression into an indicator. What is not ready goes in
// as NaN, which makes the indicator start anew.
type windowSlot struct {
	in numberFn
	of unary
}

func (s *windowSlot) update(m *machine) (float64, engine.Cause) {
	x, why := m.input(s.in)
	return m.answer(s.of.Update(x), why)
}

func (s *windowSlot) reset() { s.of.Reset() }

// input reads what goes into a series, and why it is not ready. What is
// longer ago than any number counts as missing.
func (m *machine) input(in numberFn) (float64, engine.Cause) {
	m.cause = engine.Ready
	x := in(m)
	switch {
	case x-x == 0:
		return x, engine.Ready
	case x != x && m.cause != engine.Ready:
		return x, m.cause
	case x != x:
		return x, engine.CauseNaN
	}
	return math.NaN(), engine.CauseInf
}

// answer is a value with the cause why it is not ready: that of its input, if
// there is one.
func (m *machine) answer(y float64, why engine.Cause) (float64, engine.Cause) {
	switch {
	case y-y == 0:
		return y, engine.Ready
	case why != engine.Ready:
		return math.NaN(), why
	case y != y:
		return math.NaN(), m.warming()
	}
	return math.NaN(), engine.CauseInf
}

// lagSlot is a value of the past. Longer ago than any number stays so.
type lagSlot struct{ windowSlot }

func (s *lagSlot) update(m *machine) (float64, engine.Cause) {
	m.cause = engine.Ready
	x := s.in(m)
	why := m.cause
	if math.IsInf(x, 1) {
		x = math.MaxFloat64
	}
	y, cause := m.answer(s.of.Update(x), why)
	if y == math.MaxFloat64 {
		y = math.Inf(1)
	}
	return y, cause
}

// callSlot computes all values of a call, and writes those after the first
// into the slots after its own.
type callSlot struct {
	calc
	f      *function
	in     []numberFn
	own    []int // bars that each value needs
	at     int   // the first slot
	x, y   []float64
	seen   int          // bars since all that went in was known
	missed engine.Cause // of what went in: why the last was not known
}

func (s *callSlot) update(m *machine) (float64, engine.Cause) {
	why := engine.Ready
	for i, in := range s.in {
		x, cause := m.input(in)
		s.x[i] = x
		if why == engine.Ready {
			why = cause
		}
	}
	s.seen++
	if why != engine.Ready {
		s.seen, s.missed = 0, why
	}
	s.step(&m.bar, s.x, s.y)
	for i := len(s.y) - 1; i > 0; i-- {
		m.values[s.at+i], m.causes[s.at+i] = s.tell(m, i, why)
	}
	return s.tell(m, 0, why)
}

// tell is one value, or why there is none.
func (s *callSlot) tell(m *machine, i int, why engine.Cause) (float64, engine.Cause) {
	y := s.y[i]
	o := &s.f.outputs[i]
	switch {
	case y-y == 0, o.endless && y > 0:
		return y, engine.Ready
	case y != y && why == engine.Ready:
		return y, s.otherwise(m, i)
	}
	return m.answer(y, why)
}

// otherwise says why a value is missing though its input is there. A window of
// conditions still holds one that was not known; what reads numbers has
// started anew since.
func (s *callSlot) otherwise(m *machine, i int) engine.Cause {
	switch early := s.seen < s.own[i]; {
	case early && s.missed != engine.Ready && s.f.takes[0].takes == takesCondition:
		return s.missed
	case early:
		return m.warming()
	case s.f.outputs[i].rare:
		return engine.CauseNever
	}
	return engine.CauseNaN
}

func (s *callSlot) reset() {
	s.seen, s.missed = 0, engine.Ready
	s.of.Reset()
}

// followSlot is what the slot before it has written.
type followSlot int

func (s followSlot) update(m *machine) (float64, engine.Cause) { return m.values[s], m.causes[s] }

func (followSlot) reset() {}

// crossSlot is a > b now and a <= b one bar ago, or the reverse, or either. It
// is not ready unless all four are: a cross needs a known before.
type crossSlot struct {
	over             standing
	a, b, wasA, wasB numberFn
}

func (s crossSlot) update(m *machine) (float64, engine.Cause) {
	m.cause = engine.Ready
	a, b, wasA, wasB := s.a(m), s.b(m), s.wasA(m), s.wasB(m)
	if a != a || b != b || wasA != wasA || wasB != wasB {
		return math.NaN(), m.cause
	}
	up, down := a > b && wasA <= wasB, a < b && wasA >= wasB
	return oneIf(up && s.over&isMore != 0 || down && s.over&isLess != 0), engine.Ready
}

func (crossSlot) reset() {}
