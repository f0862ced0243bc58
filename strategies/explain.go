package strategies

import (
	"math"

	"rulebot/engine"
)

// clause is a condition as it is told: with the conditions that it is made of,
// or, where it is made of none, the numbers that it reads. A number is one
// clause without truth.
type clause struct {
	text  string
	op    op
	truth conditionFn
	parts []clause
	reads []read
	gap   gapFn // nil where it has no meaning
}

// gapFn returns how far a clause is from turning; NaN where that has no
// meaning now.
type gapFn func(m *machine) float64

// read is a number that a clause reads.
type read struct {
	text  string
	value numberFn
	was   numberFn // one bar before; nil unless it is part of a cross
	feed  string   // of another feed: its name
	clock int      // and its number
}

// tellingOf returns what to tell of an expression: the sides of its outermost
// and, or the whole.
func tellingOf(n *node) []clause {
	if m := meant(n); m.op == opAnd {
		n = m
	}
	var told []clause
	for _, side := range members(n, opAnd, nil) {
		told = append(told, clauseOf(side))
	}
	return told
}

// members splits an and or an or; what has a name of its own stays whole.
func members(n *node, op op, dst []*node) []*node {
	if n.op == op {
		return members(n.args[1], op, members(n.args[0], op, dst))
	}
	return append(dst, n)
}

func clauseOf(n *node) clause {
	c := clause{text: n.String(), op: n.op}
	if n.op == opLet {
		c.op = n.args[0].op
	}
	if !n.cond {
		c.reads = readsOf(n, nil)
		return c
	}
	c.truth = condition(n)
	c.gap = gapOf(n)
	for _, part := range insideOf(n) {
		c.parts = append(c.parts, clauseOf(part))
	}
	if len(c.parts) == 0 {
		c.reads = readsOf(n, nil)
	}
	return c
}

// insideOf returns the conditions that a condition is made of. One that only
// turns a comparison round says nothing more than the comparison.
func insideOf(n *node) []*node {
	switch n.op {
	case opAnd, opOr:
		return members(n, n.op, nil)
	case opLet:
		if in := n.args[0]; in.op == opAnd || in.op == opOr {
			return members(in, in.op, nil)
		}
		return n.args
	case opNot:
		if in := n.args[0]; in.op == opLet || len(insideOf(in)) > 0 {
			return n.args
		}
	case opEqual:
		return n.args
	case opChoose:
		return n.args
	case opBad, opNumber, opBool, opParam, opSlot, opView, opScalar, opNeg, opArithmetic, opCompare:
	}
	return nil
}

// gapOf measures a comparison, a cross, and what only names or turns one.
func gapOf(n *node) gapFn {
	switch {
	case n.op == opLet || n.op == opNot:
		return gapOf(n.args[0])
	case n.op == opCompare:
		return compareGap(n.name, number(n.args[0]), number(n.args[1]))
	case n.op == opSlot && len(n.reads) == 4:
		return crossGap(n)
	}
	return nil
}

func compareGap(name string, a, b numberFn) gapFn {
	exact := comparisonOf(name)
	return func(m *machine) float64 {
		l, r := a(m), b(m)
		if l == r && (exact == same || exact == different) {
			return math.NaN() // any step turns it
		}
		return math.Abs(l - r)
	}
}

// crossGap is how far the two lines are apart. Once they have crossed, and a
// bar has passed, a step back turns nothing; unless it crosses either way.
func crossGap(n *node) gapFn {
	truth := condition(n)
	a, b := number(n.reads[0]), number(n.reads[2])
	if n.of.over == isLess {
		a, b = b, a
	}
	oneWay := n.of.over != isMore|isLess
	return func(m *machine) float64 {
		l, r := a(m), b(m)
		if oneWay && l > r && truth(m) != engine.True {
			return math.NaN()
		}
		return math.Abs(l - r)
	}
}

// readsOf lists the numbers that a clause reads, each once, by the names that
// the user gave them: a let is one number, a series is one number.
func readsOf(n *node, dst []read) []read {
	switch {
	case n.op == opLet && n.cond:
		return readsOf(n.args[0], dst)
	case n.op == opSlot && len(n.reads) == 4:
		for i := 0; i < len(n.reads); i += 2 {
			now, was := n.reads[i], n.reads[i+1]
			if _, ok := now.constant(); ok && now.op == opNumber {
				continue
			}
			dst = append(dst, readOf(now))
			if now != was {
				dst[len(dst)-1].was = number(was)
			}
		}
		return dst
	case !n.cond && (n.op == opSlot || n.op == opLet || n.op == opView || n.op == opParam):
		text := n.String()
		for _, r := range dst {
			if r.text == text {
				return dst
			}
		}
		return append(dst, readOf(n))
	}
	for _, a := range n.args {
		dst = readsOf(a, dst)
	}
	return dst
}

func readOf(n *node) read {
	r := read{text: n.String(), value: number(n)}
	r.feed, r.clock = feedOf(n)
	return r
}

// feedOf returns the named feed that a number is made of, and "" for that of
// the strategy.
func feedOf(n *node) (string, int) {
	if n.prefix != "" && n.clocks[0] > 0 {
		return n.prefix, n.clocks[0] - 1
	}
	for _, a := range n.args {
		if name, feed := feedOf(a); name != "" {
			return name, feed
		}
	}
	return "", 0
}

// Explain appends what an expression is made of: see engine.Reading. A number
// that is not ready stands with its cause and without a value.
func (p *program) Explain(e engine.Expr, v *engine.View, dst []engine.Reading) []engine.Reading {
	p.view = v
	at, clauses := len(dst), p.exprs[e].clauses
	for i := range clauses {
		dst = p.tell(&clauses[i], 0, dst)
	}
	if len(clauses) > 1 {
		engine.Settle(dst[at:], 0, engine.False, together(dst[at:]))
	}
	p.view = nil
	return dst
}

// together is Kleene's and over the clauses at depth 0.
func together(readings []engine.Reading) engine.Truth {
	all := engine.True
	for i := range readings {
		switch r := &readings[i]; {
		case !r.Clause || r.Depth > 0 || r.Truth == engine.True:
		case r.Truth == engine.False:
			return engine.False
		default:
			all = engine.NotReady
		}
	}
	return all
}

func (p *program) tell(c *clause, depth int, dst []engine.Reading) []engine.Reading {
	if c.truth == nil {
		return p.tellReads(c.reads, dst)
	}
	m := &p.machine
	m.cause = engine.Ready
	r := engine.Reading{Text: c.text, Depth: depth, Clause: true, Truth: c.truth(m)}
	if r.Truth == engine.NotReady {
		r.Cause = m.cause
	} else if c.gap != nil {
		r.Gap = engine.Surely(c.gap(m))
	}
	dst = p.tellReads(c.reads, append(dst, r))
	from := len(dst)
	for i := range c.parts {
		dst = p.tell(&c.parts[i], depth+1, dst)
	}
	switch c.op {
	case opAnd:
		engine.Settle(dst[from:], depth+1, engine.False, r.Truth)
	case opOr:
		engine.Settle(dst[from:], depth+1, engine.True, r.Truth)
	default: // nothing to choose between
	}
	return dst
}

func (p *program) tellReads(reads []read, dst []engine.Reading) []engine.Reading {
	m := &p.machine
	for i := range reads {
		n := &reads[i]
		m.cause = engine.Ready
		r := engine.Reading{Text: n.text, Number: n.value(m), Feed: n.feed}
		switch {
		case r.Number-r.Number == 0:
		case r.Number == r.Number && m.cause == engine.Ready:
			r.Number, r.Cause = 0, engine.CauseInf
		default:
			r.Number, r.Cause = 0, m.cause
		}
		if n.was != nil {
			r.Was = engine.Surely(n.was(m))
		}
		if n.feed != "" {
			r.Closed = p.feeds[n.clock].closed
		}
		dst = append(dst, r)
	}
	return dst
}
