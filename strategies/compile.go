package strategies

import (
	"math"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
)

// Compiled expressions are closures over a machine's slots. A number that is
// not ready is NaN, never infinite, and the machine says why; so a plain
// x != x tells, and nothing is allocated.
type (
	numberFn    func(m *machine) float64
	conditionFn func(m *machine) engine.Truth
)

// machine is what closures read: the values of all slots, the bar that is
// being folded in, the engine's view, and why the last number was not ready.
type machine struct {
	values []float64      // NaN is not ready
	causes []engine.Cause // why
	bar    floatBar
	gap    bool // the feed being updated warms up after a gap
	view   *engine.View
	cause  engine.Cause
}

type floatBar struct {
	open, high, low, close, volume float64
	opened                         market.Time
	length                         time.Duration
}

// miss notes why a number is not ready; the first reason counts.
func (m *machine) miss(c engine.Cause) {
	if m.cause == engine.Ready {
		m.cause = c
	}
}

// spoiled turns the result of arithmetic that is not finite into not ready.
func (m *machine) spoiled(r float64) float64 {
	if r != r {
		m.miss(engine.CauseNaN)
	} else {
		m.miss(engine.CauseInf)
	}
	return math.NaN()
}

func (m *machine) warming() engine.Cause {
	if m.gap {
		return engine.CauseGap
	}
	return engine.CauseWarmUp
}

// number compiles a number.
func number(n *node) numberFn {
	switch n.op {
	case opNumber, opParam:
		v := n.value
		return func(*machine) float64 { return v }
	case opLet:
		return number(n.args[0])
	case opSlot:
		i := n.slot
		return func(m *machine) float64 {
			x := m.values[i]
			if x != x {
				m.miss(m.causes[i])
			}
			return x
		}
	case opView:
		return viewNumber(n.view)
	case opNeg:
		x := number(n.args[0])
		return func(m *machine) float64 { return m.finite(-x(m)) }
	case opScalar:
		return scalarOf(n)
	case opArithmetic:
		return calculate(n)
	case opChoose:
		return chooseNumber(condition(n.args[0]), number(n.args[1]), number(n.args[2]))
	case opBad, opBool, opNot, opCompare, opEqual, opAnd, opOr:
	}
	return func(m *machine) float64 { return m.spoiled(math.NaN()) } // not a number: the checker lets none through
}

func viewNumber(f *viewField) numberFn {
	read, cause, endless := f.read, f.cause, f.endless
	return func(m *machine) float64 {
		x := read(m.view.Whole())
		if x-x == 0 || endless && x > 0 { // longer ago than any number: it compares so
			return x
		}
		if x != x {
			m.miss(cause(m.view))
		}
		return m.spoiled(x)
	}
}

// calculate compiles the arithmetic operators. A product is wrapped, so that
// no compiler fuses it with a sum: that would round otherwise.
func calculate(n *node) numberFn {
	x, y := number(n.args[0]), number(n.args[1])
	switch n.name {
	case "+":
		return func(m *machine) float64 { return m.finite(x(m) + y(m)) }
	case "-":
		return func(m *machine) float64 { return m.finite(x(m) - y(m)) }
	case "*":
		return func(m *machine) float64 { return m.finite(float64(x(m) * y(m))) }
	case "/":
		return func(m *machine) float64 { return m.finite(x(m) / y(m)) }
	}
	do := arithmetic(n.name)
	return func(m *machine) float64 {
		a, b := x(m), y(m)
		if a != a || b != b { // NaN ** 0 is 1 in Go, but what is not ready stays so
			return math.NaN()
		}
		return m.finite(do(a, b))
	}
}

func (m *machine) finite(r float64) float64 {
	if r-r != 0 {
		return m.spoiled(r)
	}
	return r
}

// arithmetic returns an operator on floats.
func arithmetic(name string) func(x, y float64) float64 {
	switch name {
	case "+":
		return func(x, y float64) float64 { return x + y }
	case "-":
		return func(x, y float64) float64 { return x - y }
	case "*":
		return func(x, y float64) float64 { return float64(x * y) }
	case "/":
		return func(x, y float64) float64 { return x / y }
	case "%":
		return math.Mod
	}
	return math.Pow
}

// scalarOf compiles a call of numbers. What takes two or three chooses between
// them, and gives what it was given.
func scalarOf(n *node) numberFn {
	do, x := &n.of.scalar, number(n.args[0])
	if one := do.one; one != nil {
		return func(m *machine) float64 { return m.finite(one(x(m))) }
	}
	y := number(n.args[1])
	if two := do.two; two != nil {
		return func(m *machine) float64 { return two(x(m), y(m)) }
	}
	z, three := number(n.args[2]), do.three
	return func(m *machine) float64 { return three(x(m), y(m), z(m)) }
}

// smaller and larger keep NaN whichever side it is on.
func smaller(x, y float64) float64 {
	if x <= y || x != x {
		return x
	}
	return y
}

func larger(x, y float64) float64 {
	if x >= y || x != x {
		return x
	}
	return y
}

// chooseNumber keeps the cause of what was read before it: its condition
// starts a reason of its own.
func chooseNumber(c conditionFn, x, y numberFn) numberFn {
	return func(m *machine) float64 {
		before := m.cause
		t := c(m)
		if t == engine.NotReady {
			if before != engine.Ready {
				m.cause = before
			}
			return math.NaN()
		}
		m.cause = before
		if t == engine.True {
			return x(m)
		}
		return y(m)
	}
}

// asNumber turns a condition into 1, 0 or NaN, to be kept in a slot.
func asNumber(c conditionFn) numberFn {
	return func(m *machine) float64 {
		switch c(m) {
		case engine.True:
			return 1
		case engine.False:
			return 0
		case engine.NotReady:
		}
		return math.NaN()
	}
}
