package strategies

import (
	"rulebot/engine"
)

// condition compiles a condition in Kleene's logic. Each comparison starts a
// reason of its own, and a conjunction passes on the reason of the clause that
// left it undecided.
func condition(n *node) conditionFn {
	switch n.op {
	case opBool:
		t := truth(n.value != 0)
		return func(*machine) engine.Truth { return t }
	case opLet:
		return condition(n.args[0])
	case opSlot:
		return slotCondition(n.slot)
	case opView:
		return viewCondition(n.view)
	case opAnd, opOr, opNot:
		all := conjunctionOf(n)
		return all.truth
	case opCompare:
		return compare(n.name, n.args[0], n.args[1])
	case opEqual:
		same := equal(condition(n.args[0]), condition(n.args[1]))
		if n.name == "!=" {
			return not(same)
		}
		return same
	case opChoose:
		return chooseCondition(condition(n.args[0]), condition(n.args[1]), condition(n.args[2]))
	case opBad, opNumber, opParam, opScalar, opNeg, opArithmetic:
	}
	return func(m *machine) engine.Truth { // not a condition: the checker lets none through
		m.cause = engine.CauseNaN
		return engine.NotReady
	}
}

func viewCondition(f *viewField) conditionFn {
	read, cause := f.read, f.cause
	return func(m *machine) engine.Truth {
		x := read(m.view.Whole())
		if x != x {
			m.cause = cause(m.view)
			return engine.NotReady
		}
		return truth(x != 0)
	}
}

func truth(b bool) engine.Truth {
	if b {
		return engine.True
	}
	return engine.False
}

func slotCondition(i int) conditionFn {
	return func(m *machine) engine.Truth {
		x := m.values[i]
		if x != x {
			m.cause = m.causes[i]
			return engine.NotReady
		}
		return truth(x != 0)
	}
}

func not(c conditionFn) conditionFn {
	return func(m *machine) engine.Truth { return opposite(c(m)) }
}

func opposite(t engine.Truth) engine.Truth {
	switch t {
	case engine.True:
		return engine.False
	case engine.False:
		return engine.True
	case engine.NotReady:
	}
	return engine.NotReady
}

func equal(a, b conditionFn) conditionFn {
	return func(m *machine) engine.Truth {
		t := a(m)
		if t == engine.NotReady {
			return t
		}
		u := b(m)
		if u == engine.NotReady {
			return u
		}
		return truth(t == u)
	}
}

func chooseCondition(c, a, b conditionFn) conditionFn {
	return func(m *machine) engine.Truth {
		switch c(m) {
		case engine.True:
			return a(m)
		case engine.False:
			return b(m)
		case engine.NotReady:
		}
		return engine.NotReady
	}
}

// comparison is a comparison operator.
type comparison uint8

const (
	less comparison = iota
	lessEqual
	more
	moreEqual
	same
	different
)

func comparisonOf(name string) comparison {
	switch name {
	case "<":
		return less
	case "<=":
		return lessEqual
	case ">":
		return more
	case ">=":
		return moreEqual
	case "==":
		return same
	}
	return different
}

func (c comparison) holds(l, r float64) bool {
	switch c {
	case less:
		return l < r
	case lessEqual:
		return l <= r
	case more:
		return l > r
	case moreEqual:
		return l >= r
	case same:
		return l == r
	case different:
	}
	return l != r
}

// compare compiles a comparison of numbers. The commonest shape, a slot and a
// constant or another slot, is read without a call.
func compare(name string, a, b *node) conditionFn {
	c := comparisonOf(name)
	i, slotted := slotOf(a)
	if k, ok := b.constant(); ok && slotted && k-k == 0 {
		return func(m *machine) engine.Truth {
			l := m.values[i]
			if l != l {
				m.cause = m.causes[i]
				return engine.NotReady
			}
			return truth(c.holds(l, k))
		}
	}
	if j, both := slotOf(b); both && slotted {
		return compareSlots(c, i, j)
	}
	x, y := number(a), number(b)
	return func(m *machine) engine.Truth {
		m.cause = engine.Ready
		l, r := x(m), y(m)
		if l != l || r != r {
			return engine.NotReady
		}
		return truth(c.holds(l, r))
	}
}

func compareSlots(c comparison, i, j int) conditionFn {
	return func(m *machine) engine.Truth {
		l, r := m.values[i], m.values[j]
		if l != l {
			m.cause = m.causes[i]
			return engine.NotReady
		}
		if r != r {
			m.cause = m.causes[j]
			return engine.NotReady
		}
		return truth(c.holds(l, r))
	}
}

// slotOf sees through the name of a let.
func slotOf(n *node) (int, bool) {
	n = meant(n)
	return n.slot, n.op == opSlot
}
