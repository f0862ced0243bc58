package strategies

import (
	"rulebot/engine"
)

// condition compiles a condition in Kleene's logic. Each comparison starts a
// reason of its own, and and / or pass on the reason of the side that left
// them undecided.
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
		read := n.view.read
		return func(m *machine) engine.Truth { return truth(read(m.view) != 0) }
	case opNot:
		return not(condition(n.args[0]))
	case opCompare:
		return compare(n.name, n.args[0], n.args[1])
	case opEqual:
		same := equal(condition(n.args[0]), condition(n.args[1]))
		if n.name == "!=" {
			return not(same)
		}
		return same
	case opAnd:
		return and(condition(n.args[0]), condition(n.args[1]))
	case opOr:
		return not(and(not(condition(n.args[0])), not(condition(n.args[1]))))
	case opChoose:
		return chooseCondition(condition(n.args[0]), condition(n.args[1]), condition(n.args[2]))
	}
	return func(m *machine) engine.Truth { // not a condition: the checker lets none through
		m.cause = engine.CauseNaN
		return engine.NotReady
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
	return func(m *machine) engine.Truth {
		switch c(m) {
		case engine.True:
			return engine.False
		case engine.False:
			return engine.True
		case engine.NotReady:
		}
		return engine.NotReady
	}
}

func and(a, b conditionFn) conditionFn {
	return func(m *machine) engine.Truth {
		t := a(m)
		if t == engine.False {
			return engine.False
		}
		why := m.cause
		u := b(m)
		if u == engine.False || t == engine.True {
			return u
		}
		m.cause = why
		return engine.NotReady
	}
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

// compare compiles a comparison of numbers. The commonest shape, two slots or
// a slot and a constant, reads them without a call.
func compare(name string, a, b *node) conditionFn {
	x, y := number(a), number(b)
	read := func(m *machine) (float64, float64, bool) {
		m.cause = engine.Ready
		l, r := x(m), y(m)
		return l, r, l == l && r == r
	}
	switch name {
	case "<":
		return func(m *machine) engine.Truth { l, r, ok := read(m); return known(ok, l < r) }
	case "<=":
		return func(m *machine) engine.Truth { l, r, ok := read(m); return known(ok, l <= r) }
	case ">":
		return func(m *machine) engine.Truth { l, r, ok := read(m); return known(ok, l > r) }
	case ">=":
		return func(m *machine) engine.Truth { l, r, ok := read(m); return known(ok, l >= r) }
	case "==":
		return func(m *machine) engine.Truth { l, r, ok := read(m); return known(ok, l == r) }
	}
	return func(m *machine) engine.Truth { l, r, ok := read(m); return known(ok, l != r) }
}

func known(ok, b bool) engine.Truth {
	if !ok {
		return engine.NotReady
	}
	return truth(b)
}
