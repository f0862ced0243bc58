package strategies

import (
	"math"

	"rulebot/engine"
)

// margin is a clause in the form that most clauses have: a comparison of two
// slots, or of a slot and a constant, where one side may be multiplied by a
// constant and then have one added. The clause holds by the difference of its
// sides, and is true where that is from low to high:
//
//	values[x]*times + plus - values[y]
//
// So there is one form for every comparison and its contrary, and for a
// condition in a slot. A bare constant is a slot taken zero times.
//
// The difference decides exactly: floats underflow gradually, so it is zero
// only when the sides are equal, and it is finite only when all that it is
// made of is ready and finite. Where it is not, the closure decides, which
// knows why. A clause of another form multiplies by NaN: it is always left to
// its closure.
type margin struct {
	x, y        int
	times, plus float64
	low, high   float64
	decide      conditionFn
}

// difference rounds as the sides are written.
func (c *margin) difference(values []float64) float64 {
	return float64(values[c.x]*c.times) + c.plus - values[c.y]
}

func (c *margin) holds(values []float64) bool {
	d := c.difference(values)
	return d >= c.low && d <= c.high
}

func (c *conjunction) held() (engine.Truth, engine.Cause) {
	switch {
	case len(c.clauses) == 0:
		return engine.NotReady, engine.CauseNoData
	case c.turned:
		return engine.False, engine.Ready
	}
	return engine.True, engine.Ready
}

// all is Kleene's and over clauses. The reason is that of the first one which
// is not ready, unless another one is false.
func (m *machine) all(clauses []margin) engine.Truth {
	for {
		i, t := leading(clauses, m.values)
		if t != engine.NotReady {
			return t
		}
		switch clauses[i].decide(m) {
		case engine.False:
			return engine.False
		case engine.NotReady:
			return m.unlessFalse(clauses[i+1:])
		case engine.True:
		}
		clauses = clauses[i+1:]
	}
}

// leading goes as far as the differences decide: to the first clause that is
// false, to the end, or, not ready, to the clause whose closure must be asked.
func leading(clauses []margin, values []float64) (int, engine.Truth) {
	for i := range clauses {
		c := &clauses[i]
		d := c.difference(values)
		if d >= c.low && d <= c.high {
			continue
		}
		if d-d == 0 {
			return i, engine.False
		}
		return i, engine.NotReady
	}
	return len(clauses), engine.True
}

// unlessFalse is not ready, for the reason that stands, unless a clause is
// false.
func (m *machine) unlessFalse(clauses []margin) engine.Truth {
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
	clauses []margin
	turned  bool
}

func conjunctionOf(n *node) conjunction {
	n, turned := bare(n, false)
	either := n.op == opOr
	return conjunction{clauses: marginsOf(n, either, nil), turned: turned != either}
}

func (c *conjunction) truth(m *machine) engine.Truth {
	t := m.all(c.clauses)
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

// marginsOf lists the clauses that must all hold for a condition, or for its
// contrary, to hold.
func marginsOf(n *node, turned bool, dst []margin) []margin {
	n, turned = bare(n, turned)
	if n.op == opAnd && !turned || n.op == opOr && turned {
		return marginsOf(n.args[1], turned, marginsOf(n.args[0], turned, dst))
	}
	return append(dst, marginOf(n, turned))
}

func marginOf(n *node, turned bool) margin {
	c, ok := flat(n)
	if ok && turned {
		ok = c.turn()
	}
	if !ok {
		c = margin{times: math.NaN()}
	}
	c.decide = condition(n)
	if turned {
		c.decide = not(c.decide)
	}
	return c
}

// The differences nearest to zero and farthest from it.
const (
	least = math.SmallestNonzeroFloat64
	most  = math.MaxFloat64
)

// turn makes c its own contrary. That of equality is no range.
func (c *margin) turn() bool {
	switch {
	case c.high == most: // d >= low
		c.low, c.high = -most, c.low-least
	case c.low == -most: // d <= high
		c.low, c.high = c.high+least, most
	default:
		return false
	}
	return true
}

// flat finds the form of a clause, if it has it.
func flat(n *node) (margin, bool) {
	if n.op == opSlot { // 1 is true, 0 is false
		return margin{x: n.slot, y: n.slot, plus: 1, low: -most, high: 0}, true
	}
	if n.op != opCompare {
		return margin{}, false
	}
	a, okA := termOf(n.args[0])
	b, okB := termOf(n.args[1])
	if !okA || !okB {
		return margin{}, false
	}
	cmp := comparisonOf(n.name)
	if b.times != 1 || b.plus != 0 {
		a, b, cmp = b, a, cmp.mirrored()
	}
	if a.bare {
		a.slot = b.slot
	}
	c := margin{x: a.slot, y: b.slot, times: a.times, plus: a.plus}
	c.low, c.high = cmp.differences()
	return c, b.times == 1 && b.plus == 0 && cmp != different
}

// mirrored is the operator with its sides exchanged.
func (c comparison) mirrored() comparison {
	return [...]comparison{less: more, lessEqual: moreEqual, more: less, moreEqual: lessEqual, same: same, different: different}[c]
}

// differences is the range of left - right for which c holds.
func (c comparison) differences() (low, high float64) {
	switch c {
	case less:
		return -most, -least
	case lessEqual:
		return -most, 0
	case more:
		return least, most
	case moreEqual:
		return 0, most
	case same, different:
	}
	return 0, 0
}

// term is one side of a comparison: values[slot]*times + plus. A constant is
// bare: plus alone.
type term struct {
	slot        int
	times, plus float64
	bare        bool
}

// termOf finds the form of a number, if it has it.
func termOf(n *node) (term, bool) {
	n = meant(n)
	if k, ok := known(n); ok {
		return term{plus: k, bare: true}, true
	}
	switch n.op {
	case opSlot:
		return term{slot: n.slot, times: 1}, true
	case opNeg:
		s, ok := termOf(n.args[0])
		s.times, s.plus = -s.times, -s.plus
		return s, ok
	case opArithmetic:
		return termOfTwo(n)
	default:
		return term{}, false
	}
}

// termOfTwo is a slot with a constant. A second product or sum would round
// where the form does not.
func termOfTwo(n *node) (term, bool) {
	a, okA := termOf(n.args[0])
	b, okB := termOf(n.args[1])
	if n.name == "-" { // a + -b
		b.times, b.plus = -b.times, -b.plus
	}
	if a.bare {
		a, b = b, a
	}
	if !okA || !okB || a.bare || !b.bare || a.plus != 0 {
		return term{}, false
	}
	switch n.name {
	case "*":
		ok := a.times == 1 || a.times == -1
		a.times *= b.plus
		return a, ok
	case "+", "-":
		a.plus = b.plus
		return a, true
	}
	return term{}, false
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
