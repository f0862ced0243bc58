package strategies

import (
	"rulebot/engine"
)

// judge says what an expression can be, from what its parts can be: interval
// arithmetic over numbers, and both truth values over conditions. It is right
// when it rules something out; it may fail to.
type judge struct {
	guard engine.Guard // what is known of the position
	sweep bool         // params may be all of their range; otherwise their value
	spans map[*node]span
	cans  map[*node]can
}

func newJudge(guard engine.Guard, sweep bool) *judge {
	return &judge{guard: guard, sweep: sweep, spans: map[*node]span{}, cans: map[*node]can{}}
}

// can says which truth values a condition may take. One that can be neither
// is never ready.
type can struct{ hold, fail bool }

func (c can) not() can { return can{c.fail, c.hold} }

// span returns what a number can be.
func (j *judge) span(n *node) span {
	if s, ok := j.spans[n]; ok {
		return s
	}
	s := j.measure(n)
	j.spans[n] = s
	return s
}

func (j *judge) measure(n *node) span {
	switch n.op {
	case opNumber:
		return exact(n.value)
	case opParam:
		if j.sweep {
			return n.values
		}
		return exact(n.value)
	case opLet:
		return j.span(n.args[0])
	case opSlot:
		return j.slot(n)
	case opView:
		return j.view(n)
	case opScalar:
		return n.of.outputs[n.output].extent.of(j.all(n.args))
	case opNeg:
		return j.span(n.args[0]).negative()
	case opArithmetic:
		return operate(n.name, j.span(n.args[0]), j.span(n.args[1]))
	case opChoose:
		return j.chosen(n)
	case opBad, opBool, opNot, opCompare, opEqual, opAnd, opOr:
	}
	return anything()
}

// all returns what the arguments of a call can be: of a condition 1 where it
// holds and 0 where it fails.
func (j *judge) all(args []*node) []span {
	out := make([]span, len(args))
	for i, a := range args {
		if !a.cond {
			out[i] = j.span(a)
			continue
		}
		out[i] = nothing()
		c := j.can(a)
		if c.hold {
			out[i] = exact(1)
		}
		if c.fail {
			out[i] = out[i].union(exact(0))
		}
	}
	return out
}

// slot returns what a series can be. One of whose arguments there is never a
// value has none either.
func (j *judge) slot(n *node) span {
	if n.of == nil { // x[n]
		return j.span(n.args[0])
	}
	spans := j.all(n.args)
	for _, s := range spans {
		if s.empty() {
			return nothing()
		}
	}
	return n.of.outputs[n.output].extent.of(spans)
}

func (j *judge) view(n *node) span {
	switch j.guard {
	case engine.ForFlat:
		return n.view.flat
	case engine.ForLong:
		return n.view.values
	case engine.ForAny:
	}
	return n.view.values.union(n.view.flat)
}

func (j *judge) chosen(n *node) span {
	c := j.can(n.args[0])
	out := nothing()
	if c.hold {
		out = out.union(j.span(n.args[1]))
	}
	if c.fail {
		out = out.union(j.span(n.args[2]))
	}
	return out
}

// can returns which truth values a condition can take.
func (j *judge) can(n *node) can {
	if c, ok := j.cans[n]; ok {
		return c
	}
	c := j.weigh(n)
	j.cans[n] = c
	return c
}

func (j *judge) weigh(n *node) can {
	switch n.op {
	case opBool:
		return can{n.value != 0, n.value == 0}
	case opLet:
		return j.can(n.args[0])
	case opView:
		s := j.view(n)
		return can{s.holds(1), s.holds(0)}
	case opSlot:
		return j.past(n)
	case opNot:
		return j.can(n.args[0]).not()
	case opCompare:
		return j.compared(n)
	case opEqual:
		return j.same(n)
	case opAnd:
		a, b := j.can(n.args[0]), j.can(n.args[1])
		hold := a.hold && b.hold && j.conflict(parts(n, opAnd, nil), true) == nil
		return can{hold, a.fail || b.fail}
	case opOr:
		a, b := j.can(n.args[0]), j.can(n.args[1])
		fail := a.fail && b.fail && j.conflict(parts(n, opOr, nil), false) == nil
		return can{a.hold || b.hold, fail}
	case opChoose:
		return j.either(n)
	case opBad, opNumber, opParam, opScalar, opNeg, opArithmetic:
	}
	return can{true, true}
}

func (j *judge) either(n *node) can {
	c, a, b := j.can(n.args[0]), j.can(n.args[1]), j.can(n.args[2])
	return can{c.hold && a.hold || c.fail && b.hold, c.hold && a.fail || c.fail && b.fail}
}

// same weighs == and != between conditions.
func (j *judge) same(n *node) can {
	a, b := j.can(n.args[0]), j.can(n.args[1])
	both := can{a.hold && b.hold || a.fail && b.fail, a.hold && b.fail || a.fail && b.hold}
	if n.args[0].key() == n.args[1].key() {
		both.fail = false
	}
	if n.name == "!=" {
		return both.not()
	}
	return both
}

// past weighs a condition of the past, and one that is a call: a cross needs
// both orders.
func (j *judge) past(n *node) can {
	switch {
	case n.of == nil: // x[n]
		return j.can(n.args[0])
	case n.of.over == 0:
		s := j.slot(n)
		return can{s.holds(1), s.holds(0)}
	}
	o := j.order(n.args[0], n.args[1])
	hold := false
	for _, way := range []standing{isMore, isLess} {
		hold = hold || n.of.over&way != 0 && o&way != 0 && o&^way != 0
	}
	return can{hold, o != 0}
}

func (j *judge) compared(n *node) can {
	o, want := j.order(n.args[0], n.args[1]), orders(n.name)
	return can{o&want != 0, o&^want != 0}
}

// standing is a set of the ways in which two numbers can stand to each other.
type standing uint8

const (
	isLess standing = 1 << iota
	isEqual
	isMore
	anyOrder = isLess | isEqual | isMore
)

// turned is the standing of the same numbers the other way round.
func (o standing) turned() standing {
	return o&isEqual | o&isLess<<2 | o&isMore>>2
}

// orders are the ways in which a comparison holds.
func orders(name string) standing {
	switch name {
	case "<":
		return isLess
	case "<=":
		return isLess | isEqual
	case ">":
		return isMore
	case ">=":
		return isMore | isEqual
	case "==":
		return isEqual
	}
	return isLess | isMore
}

// order returns how a can stand to b: by what each can be, and by what is
// known of two values of one bar.
func (j *judge) order(a, b *node) standing {
	x, y := j.span(a), j.span(b)
	if x.empty() || y.empty() {
		return 0
	}
	var o standing
	if x.lo < y.hi {
		o |= isLess
	}
	if x.hi > y.lo {
		o |= isMore
	}
	if x.lo <= y.hi && y.lo <= x.hi {
		o |= isEqual
	}
	switch {
	case a.key() == b.key():
		o &= isEqual
	case outside(a, b):
		o &= isLess | isEqual
	case outside(b, a):
		o &= isMore | isEqual
	}
	return o
}

// outside reports that a can never exceed b: b is the highest of what a is,
// or a is the lowest of what b is, or b is the high or a the low of the bar.
func outside(a, b *node) bool {
	if within(a, b, isMore, "high") || within(b, a, isLess, "low") {
		return true
	}
	a, b = meant(a), meant(b)
	if a.op != opSlot || b.op != opSlot || len(a.args)+len(b.args) > 0 || a.clocks != b.clocks {
		return false
	}
	return b.name == "high" && inBar(a.name) || a.name == "low" && inBar(b.name)
}

// inBar are the prices that lie between low and high to the last bit; a mean
// of three or four is rounded on its way.
func inBar(name string) bool {
	return contains([]string{"open", "close", "hl2", "low", "high"}, name)
}
