package strategies

import (
	"slices"
	"strings"

	"rulebot/engine"
)

// entry is one strategy as read, with what its names were read as.
type entry struct {
	scope *scope
	st    *engine.Strategy
	where Source
}

// examine notes what is allowed in the strategies of a file and most likely
// not meant. Of an entry over several instruments it is what holds for each:
// close > btc.close can be true, though not where the instrument is BTC-USD.
func (s *source) examine(f *File) {
	for i := range f.entries {
		f.entries[i].st = &f.Strategies[i]
	}
	for rest := f.entries; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].where.Entry == rest[0].where.Entry {
			n++
		}
		in := rest[0].scope.src // this file, or one that it includes
		notes := in.notes
		found := in.examined(rest[0], f)
		for _, other := range rest[1:n] {
			if len(found) == 0 {
				break
			}
			too := in.examined(other, f)
			found = slices.DeleteFunc(found, func(d Diagnostic) bool { return !slices.Contains(too, d) })
		}
		in.notes, rest = append(notes, found...), rest[n:]
	}
}

// examined returns the notes of one strategy.
func (s *source) examined(e *entry, f *File) Diagnostics {
	s.notes, s.said = nil, nil
	e.examine()
	e.denied(f)
	return s.notes
}

// examine notes what is allowed in a strategy and most likely not meant.
func (e *entry) examine() {
	e.unused()
	opens := false
	for i := range e.st.Rules {
		r := &e.st.Rules[i]
		for _, a := range r.Do {
			opens = opens || a.Kind == engine.ActionBuy
		}
		e.rule(r, e.ruleAt(i))
	}
	e.pairs()
	if !opens {
		e.note(e.at(), CodePosition, "no rule buys: what closes, sells or protects a position never acts", "a rule opens one with do: {buy: {size: ...}}")
		return
	}
	e.exit()
	e.profits()
}

func (e *entry) at() place { return place{e.where.Line, e.where.Col} }

func (e *entry) ruleAt(i int) place {
	p := e.where.Rules[i]
	return place{p.Line, p.Col}
}

func (e *entry) note(p place, code Code, message, hint string) {
	e.scope.src.note(p, code, message, hint)
}

// unused notes params and lets that no rule and no exit reads, on whatever way.
func (e *entry) unused() {
	used := map[string]bool{}
	for grew := true; grew; {
		grew = false
		for _, r := range e.scope.reads {
			if (r.by == "" || used[r.by]) && !used[r.name] {
				used[r.name], grew = true, true
			}
		}
	}
	for _, name := range e.scope.names {
		if used[name] {
			continue
		}
		if p, ok := e.scope.params[name]; ok {
			e.note(p.key, CodeUnused, "param "+name+" is not read by any rule or exit", "")
		} else {
			e.note(e.scope.lets[name].key, CodeUnused, "let "+name+" is not read by any rule or exit", "")
		}
	}
	for _, d := range e.scope.declared {
		e.declared(d, used)
	}
}

// declared notes feeds that nothing reads, and state that nothing reads or
// changes.
func (e *entry) declared(d declared, used map[string]bool) {
	if d.kind == "feed" {
		if !used[d.name] {
			e.note(d.key, CodeUnused, "feed "+d.name+" is not read by any rule or exit", "")
		}
		return
	}
	v := e.scope.state[d.name]
	set := e.sets(v.index)
	switch read := used["state."+d.name]; {
	case !read && !set:
		e.note(d.key, CodeUnused, "state "+d.name+" is neither read nor set", "")
	case !read:
		e.note(d.key, CodeUnused, "state "+d.name+" is not read by any rule or exit", "read it as state."+d.name)
	case !set:
		e.note(d.key, CodeUnused, "no rule sets state."+d.name+": it stays what it starts from", "a rule sets it with do: {set: {"+d.name+": ...}}; what never changes is a param")
	}
}

func (e *entry) sets(variable int) bool {
	for i := range e.st.Rules {
		for _, a := range e.st.Rules[i].Do {
			for _, s := range a.Set {
				if a.Kind == engine.ActionSet && s.Variable == variable {
					return true
				}
			}
		}
	}
	return false
}

// rule judges one rule under its own guard.
func (e *entry) rule(r *engine.Rule, at place) {
	when, unless := e.scope.trees[r.When], e.scope.trees[r.Unless]
	x := e.examiner(r.For)
	x.condition(when, "the rule never fires")
	if unless != nil {
		x.unless(unless)
	}
	if unless != nil && x.valued.can(when).hold && x.valued.can(unless).fail {
		all := append(parts(when, opAnd, nil), negated(unless))
		if c := x.valued.conflict(all, true); c != nil {
			e.note(when.at, CodeNever, "unless blocks whatever when lets through: the rule never fires", "")
		}
	}
	x.orders(r, at)
}

// negated is a condition turned round, for the judge alone.
func negated(n *node) *node { return join(node{op: opNot, cond: true, at: n.at}, n) }

// examiner judges expressions under one guard: with params at their values,
// and with params over what they may be set to.
type examiner struct {
	*entry
	guard         engine.Guard
	valued, swept *judge
	seen          map[*node]bool
}

func (e *entry) examiner(guard engine.Guard) *examiner {
	return &examiner{e, guard, newJudge(guard, false), newJudge(guard, true), map[*node]bool{}}
}

// condition notes what cannot hold or cannot fail: the whole, or the clauses
// that make it so.
func (x *examiner) condition(n *node, follows string) {
	c := x.valued.can(n)
	switch {
	case !c.hold:
		x.never(n, follows)
	case !c.fail:
		x.always(n, "")
	default:
		x.inside(n)
	}
}

func (x *examiner) unless(n *node) {
	c := x.valued.can(n)
	switch {
	case !c.fail && !c.hold:
		x.never(n, "and what is not ready blocks the rule")
	case !c.fail:
		x.always(n, "unless blocks the rule for ever")
	case !c.hold:
		x.never(n, "unless changes nothing")
	default:
		x.inside(n)
	}
}

// inside judges the clauses of a condition that can both hold and fail.
func (x *examiner) inside(n *node) {
	if x.seen[n] {
		return
	}
	x.seen[n] = true
	switch n.op {
	case opAnd, opOr:
		for _, a := range n.args {
			x.clause(a)
		}
	case opLet, opNot, opEqual, opChoose, opCompare, opArithmetic, opNeg, opScalar:
		for _, a := range n.args {
			x.inside(a)
		}
		if n.op == opChoose {
			x.clause(n.args[0])
		}
	case opSlot:
		for _, a := range n.args {
			if a.cond {
				x.inside(a)
			}
		}
	case opBad, opNumber, opBool, opParam, opView:
	}
}

// clause judges one side of an and, an or, or the condition of a choice.
func (x *examiner) clause(n *node) {
	if !n.cond {
		return
	}
	switch c := x.valued.can(n); {
	case !c.hold:
		x.never(n, "")
	case !c.fail:
		x.always(n, "")
	default:
		x.inside(n)
	}
}

// written reports that a verdict holds only for the values of params as
// written, and that nothing but params is compared: a switch, not a slip.
func (x *examiner) written(n *node) (now, silent bool) {
	a, b := x.valued.can(n), x.swept.can(n)
	return a != b, n.op == opBool || a != b && fixed(n)
}

// fixed reports a condition of literals and params alone.
func fixed(n *node) bool {
	if n.op == opSlot || n.op == opView {
		return false
	}
	for _, a := range n.args {
		if !fixed(a) {
			return false
		}
	}
	return true
}

// never notes the smallest part that keeps a condition from holding.
func (x *examiner) never(n *node, follows string) {
	now, silent := x.written(n)
	if silent {
		return
	}
	m := meant(n)
	if m.op == opOr {
		for _, a := range parts(m, opOr, nil) {
			x.never(a, follows)
		}
		return
	}
	if m.op == opAnd {
		for _, a := range parts(m, opAnd, nil) {
			if !x.valued.can(a).hold {
				x.never(a, follows)
				return
			}
		}
		if c := x.valued.conflict(parts(m, opAnd, nil), true); c != nil {
			x.note(n.at, CodeNever, sentence("never true: "+c.said(), follows), "")
			return
		}
	}
	message, hint := x.why(m, false)
	code := CodeNever
	if hint != "" {
		code = CodeExtreme
	}
	x.note(m.at, code, sentence(x.asWritten("never true", now)+": "+message, follows), hint)
}

func (x *examiner) always(n *node, follows string) {
	now, silent := x.written(n)
	if silent {
		return
	}
	m := meant(n)
	if m.op == opAnd {
		for _, a := range parts(m, opAnd, nil) {
			x.always(a, follows)
		}
		return
	}
	if m.op == opOr {
		for _, a := range parts(m, opOr, nil) {
			if !x.valued.can(a).fail {
				x.always(a, follows)
				return
			}
		}
		if c := x.valued.conflict(parts(m, opOr, nil), false); c != nil {
			x.note(n.at, CodeAlways, sentence("always true: of "+c.names()+" one holds", follows), "")
			return
		}
	}
	message, hint := x.why(m, true)
	code := CodeAlways
	if hint != "" {
		code = CodeExtreme
	}
	x.note(m.at, code, sentence(x.asWritten("always true", now)+": "+message, follows), hint)
}

func sentence(message, follows string) string {
	if follows == "" {
		return message
	}
	return message + "; " + follows
}

func (x *examiner) asWritten(verdict string, now bool) string {
	if now {
		return verdict + " with the params as written"
	}
	return verdict
}

func (c *conflict) names() string {
	a, b := "its parts", "each other"
	if c.a != nil {
		a = clip(c.a.String())
	}
	if c.b != nil {
		b = clip(c.b.String())
	}
	return a + " and " + b
}

func (c *conflict) said() string { return c.names() + " exclude each other" }

// why says what a verdict on a single clause rests on, and for an extreme
// what to write.
func (x *examiner) why(n *node, holds bool) (message, hint string) {
	if n.op == opNot {
		return x.why(meant(n.args[0]), !holds)
	}
	cross := n.op == opSlot && len(n.args) == 2 && n.name != "[]"
	if n.op != opCompare && !cross {
		return clip(n.String()), ""
	}
	a, b := n.args[0], n.args[1]
	for _, side := range []*node{a, b} {
		if m := meant(side); m.extreme().side != 0 && (outside(a, b) || outside(b, a)) {
			return m.name + " includes the current bar", "write " + m.String() + "[1], which ends with the bar before"
		}
	}
	var known []string
	for _, side := range []*node{a, b} {
		s := x.valued.span(side)
		if _, fixed := side.constant(); s.empty() {
			known = append(known, x.unready(side))
		} else if !fixed && s.text() != "" {
			known = append(known, clip(side.String())+" is "+s.text())
		}
	}
	if len(known) == 0 {
		return clip(n.String()), ""
	}
	return strings.Join(known, ", "), ""
}

// unready names what is never there under the guard.
func (x *examiner) unready(n *node) string {
	if n.impure != "" && x.guard == engine.ForFlat {
		return n.impure + " does not exist while nothing is held"
	}
	return clip(n.String()) + " is never a finite number"
}

// amount judges the numbers that become an order: divisors above all.
func (x *examiner) amount(e engine.Expr, what string) {
	n := x.scope.trees[e]
	if n == nil {
		return
	}
	x.inside(n)
	x.divisors(n, what, map[*node]bool{})
}

// divisors notes what may be zero below a number, series included.
func (x *examiner) divisors(n *node, what string, seen map[*node]bool) {
	if seen[n] {
		return
	}
	seen[n] = true
	if n.op == opArithmetic && (n.name == "/" || n.name == "%") {
		if s := x.valued.span(n.args[1]); !s.empty() && s.holds(0) {
			d := clip(n.args[1].String())
			x.note(n.args[1].at, CodeDivision, d+" can be 0: then "+what+" is not ready, and nothing is sent", "keep it away from zero, as in max("+d+", 0.01)")
		}
	}
	for _, a := range n.args {
		x.divisors(a, what, seen)
	}
}
