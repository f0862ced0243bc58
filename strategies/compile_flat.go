package strategies

import (
	"math"

	"rulebot/engine"
)

// inequality is a clause in one of the forms that most clauses have. It needs
// no closure while its sides differ: nothing is above or below NaN, so where
// one side is above the other, both are ready. Where neither is, because they
// are equal or not ready, the closure is asked, which knows < from <=, and why.
type inequality struct {
	slot     uint32
	other    uint32  // slot that it is compared with
	constant float64 // that it is compared with, or multiplied by
	decide   conditionFn
	shape    shape
}

// shape is how an inequality compares.
type shape uint8

const (
	overConstant  shape = iota // slot > constant
	underConstant              // slot < constant
	overSlot                   // slot > other
	scaledOver                 // slot * constant > other, where the product is finite
	scaledUnder                // slot * constant < other
	leftToClosure
)

// truth compares, and asks the closure where that tells nothing.
func (c *inequality) truth(m *machine) engine.Truth {
	x, y := m.values[c.slot], c.constant
	switch c.shape {
	case overConstant, underConstant:
	case overSlot:
		y = m.values[c.other]
	case scaledOver, scaledUnder:
		x, y = x*c.constant, m.values[c.other]
	case leftToClosure:
		return c.decide(m)
	}
	if c.shape == underConstant || c.shape == scaledUnder {
		x, y = y, x
	}
	switch {
	case math.IsInf(x, 0) || math.IsInf(y, 0):
	case x > y:
		return engine.True
	case x < y:
		return engine.False
	}
	return c.decide(m)
}

// all is Kleene's and over clauses. The reason is that of the first one which
// is not ready, unless another one is false.
func (m *machine) all(clauses []inequality) engine.Truth {
	for i := range clauses {
		switch clauses[i].truth(m) {
		case engine.False:
			return engine.False
		case engine.NotReady:
			return m.unlessFalse(clauses[i+1:])
		case engine.True:
		}
	}
	return engine.True
}

// unlessFalse is not ready, for the reason that stands, unless a clause is
// false.
func (m *machine) unlessFalse(clauses []inequality) engine.Truth {
	why := m.cause
	if m.all(clauses) == engine.False {
		return engine.False
	}
	m.cause = why
	return engine.NotReady
}

// conjunction is a condition as a list of clauses, all of which must hold; or,
// turned, not all of which may: a or b is not (not a and not b).
type conjunction struct {
	clauses []inequality
	held    engine.Truth // what it is when all of them hold
	why     engine.Cause // of held: a number has no truth
	turned  bool
}

func conjunctionOf(n *node) conjunction {
	n, turned := bare(n, false)
	either := n.op == opOr
	c := conjunction{clauses: inequalities(n, either, nil), turned: turned != either, held: engine.True}
	if c.turned {
		c.held = engine.False
	}
	return c
}

func (c *conjunction) truth(m *machine) engine.Truth {
	return c.after(0, m)
}

// after goes on where the first clauses are known to hold.
func (c *conjunction) after(holding int, m *machine) engine.Truth {
	t := m.all(c.clauses[holding:])
	if c.turned {
		return opposite(t)
	}
	return t
}

// bare sees through names of lets, and nots, of which it tells whether they
// turn the condition round.
func bare(n *node, turned bool) (*node, bool) {
	for n.op == opLet || n.op == opNot {
		turned = turned != (n.op == opNot)
		n = n.args[0]
	}
	return n, turned
}

// inequalities lists the clauses that must all hold for a condition, or for its
// contrary, to hold.
func inequalities(n *node, turned bool, dst []inequality) []inequality {
	n, turned = bare(n, turned)
	if n.op == opAnd && !turned || n.op == opOr && turned {
		return inequalities(n.args[1], turned, inequalities(n.args[0], turned, dst))
	}
	return append(dst, inequalityOf(n, turned))
}

func inequalityOf(n *node, turned bool) inequality {
	c := flat(n)
	c.decide = condition(n)
	if turned {
		c.turn()
		c.decide = not(c.decide)
	}
	return c
}

// turn makes c its own contrary. Equality is the closure's.
func (c *inequality) turn() {
	switch c.shape {
	case overConstant:
		c.shape = underConstant
	case underConstant:
		c.shape = overConstant
	case overSlot:
		c.slot, c.other = c.other, c.slot
	case scaledOver:
		c.shape = scaledUnder
	case scaledUnder:
		c.shape = scaledOver
	case leftToClosure:
	}
}

// flat finds the form of a clause, if it has one.
func flat(n *node) inequality {
	if n.op == opSlot { // 1 is true, 0 is false
		return inequality{shape: overConstant, slot: uint32(n.slot), constant: 0.5}
	}
	if n.op != opCompare {
		return inequality{shape: leftToClosure}
	}
	a, b, turned := n.args[0], n.args[1], false
	switch comparisonOf(n.name) {
	case more, moreEqual:
	case less, lessEqual:
		turned = true
	case same, different:
		return inequality{shape: leftToClosure}
	}
	c := over(a, b)
	if c.shape == leftToClosure {
		c = over(b, a)
		turned = !turned
	}
	if turned {
		c.turn()
	}
	return c
}

// over finds the form of a > b that has a slot, or the product, on the left.
func over(a, b *node) inequality {
	slot, times, ok := product(a)
	if !ok {
		return inequality{shape: leftToClosure}
	}
	if k, ok := known(b); ok && times == 1 {
		return inequality{shape: overConstant, slot: uint32(slot), constant: k}
	}
	other, ok := slotOf(b)
	switch {
	case !ok:
		return inequality{shape: leftToClosure}
	case times == 1:
		return inequality{shape: overSlot, slot: uint32(slot), other: uint32(other)}
	}
	return inequality{shape: scaledOver, slot: uint32(slot), other: uint32(other), constant: times}
}

// product sees a number as a slot times a constant.
func product(n *node) (slot int, times float64, ok bool) {
	n = meant(n)
	if slot, ok = slotOf(n); ok {
		return slot, 1, true
	}
	if n.op != opArithmetic || n.name != "*" {
		return 0, 0, false
	}
	for i, a := range n.args {
		slot, ok = slotOf(a)
		if times, known := known(n.args[1-i]); ok && known {
			return slot, times, true
		}
	}
	return 0, 0, false
}

// known returns the value of what reads nothing. Unlike constant it is finite
// at every step, as what is computed must be.
func known(n *node) (float64, bool) {
	for _, a := range n.args {
		if _, ok := known(a); !ok {
			return 0, false
		}
	}
	k, ok := n.constant()
	return k, ok && k-k == 0
}
