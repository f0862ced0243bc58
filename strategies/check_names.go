package strategies

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// identifier resolves a bare name: a value of the bar, a param, a let.
func (c *checker) identifier(x *ast.IdentifierNode) *node {
	name := x.Value
	if p, ok := c.params[name]; ok {
		c.reads = append(c.reads, reading{c.within, name})
		return &node{op: opParam, name: name, value: p.value, values: p.bounds, size: 1}
	}
	if l, ok := c.lets[name]; ok {
		c.reads = append(c.reads, reading{c.within, name})
		n := c.resolve(l, func(message string) { c.fail(x, CodeName, message, "") })
		return join(node{op: opLet, name: name, cond: n.cond}, n)
	}
	if slices.Contains(barNames(), name) {
		return c.graph.bar(c.feed, name)
	}
	if use, ok := usage(name); ok {
		return c.fail(x, CodeArgument, name+" is a function and needs arguments", "write "+use)
	}
	if slices.Contains(objects(), name) {
		return c.fail(x, CodeName, name+" alone is no value", "it has: "+strings.Join(fieldNames(name), ", "))
	}
	if slices.Contains(laterNames(), name) {
		return c.fail(x, CodeLater, name+" is not in this version", "")
	}
	if c.blind {
		return bad() // names could not be read: this may be one
	}
	known := slices.Concat(c.names, barNames(), functionNames(), objects())
	hint := suggestOnly(name, known)
	if other := foreign(name); other != "" {
		hint = other
	}
	if hint == "" {
		hint = "names of your own stand under let: or params:; " + didYouMean(name, barNames())
	}
	return c.fail(x, CodeName, "unknown name "+clip(name), hint)
}

// resolve checks a let when it is first used. A let that is being checked
// already refers to itself.
func (s *scope) resolve(l *let, cycle func(message string)) *node {
	switch l.state {
	case letOpen:
		cycle(fmt.Sprintf("let %s refers to itself", l.name))
		return bad()
	case letDone:
		return l.node
	case letNew:
	}
	l.state = letOpen
	outer := s.within
	s.within = l.name
	l.node = s.check(l.text)
	s.within = outer
	l.state = letDone
	return l.node
}

// member resolves position.qty and x[n].
func (c *checker) member(x *ast.MemberNode) *node {
	property, dotted := x.Property.(*ast.StringNode)
	if !dotted {
		return c.index(x)
	}
	object, ok := x.Node.(*ast.IdentifierNode)
	if !ok {
		if c.walk(x.Node).op == opBad {
			return bad()
		}
		return c.fail(x.Property, CodeName, "only position and account have fields", "")
	}
	name := object.Value + "." + property.Value
	for _, f := range viewFields() {
		if f.name == name {
			return &node{op: opView, cond: f.cond, name: name, view: f, impure: name, size: 1}
		}
	}
	switch {
	case slices.Contains(objects(), object.Value):
		known := fieldNames(object.Value)
		hint := "it has: " + strings.Join(known, ", ")
		if near := nearest(property.Value, known); near != "" {
			hint = "did you mean " + near + "? " + hint
		}
		if property.Value == "is_short" {
			return c.fail(x.Property, CodeLater, "position.is_short is not in this version", "on spot there are no short positions")
		}
		return c.fail(x.Property, CodeName, object.Value+" has no field "+clip(property.Value), hint)
	case slices.Contains(laterNames(), object.Value):
		return c.fail(object, CodeLater, clip(name)+" is not in this version", "")
	case c.isValue(object.Value):
		return c.fail(x.Property, CodeName, object.Value+" is a plain value and has no fields", "")
	}
	hint := c.prefixed(object.Value, property.Value)
	if hint == "" {
		hint = suggestOnly(object.Value, objects())
	}
	if hint == "" {
		hint = "named feeds are not in this version"
	}
	return c.fail(object, CodeName, "unknown name "+clip(object.Value), hint)
}

func (c *checker) isValue(name string) bool {
	_, param := c.params[name]
	_, let := c.lets[name]
	return param || let || slices.Contains(barNames(), name) || slices.Contains(functionNames(), name)
}

// index resolves x[n], the value of x n bars ago.
func (c *checker) index(x *ast.MemberNode) *node {
	of := c.walk(x.Node)
	by, n, ok := c.length(x.Property, 0, "an index")
	if of.op == opBad || !ok || !c.pure(x.Node, of, "x[n]") {
		return bad()
	}
	return c.graph.lag(c.feed, of, by, n)
}

// length reads a length or an index: a literal or a param, known at load.
func (c *checker) length(x ast.Node, least int, what string) (*node, int, bool) {
	n := c.walk(x)
	if n.op == opBad {
		return n, 0, false
	}
	literal := n.op == opNumber || n.op == opParam
	if !literal || n.value != float64(int(n.value)) || n.value < float64(least) {
		got := clip(n.String())
		if n.op == opParam {
			got += " = " + formatNumber(n.value)
		}
		c.fail(x, CodeArgument, fmt.Sprintf("%s must be a whole number >= %d known at load time (a literal or a param), got %s", what, least, got), lengthHint(n, what))
		return n, 0, false
	}
	if n.value > lengthMax {
		c.fail(x, CodeLimit, fmt.Sprintf("%s may be %d at most, got %s", what, lengthMax, formatNumber(n.value)), "")
		return n, 0, false
	}
	return n, int(n.value), true
}

// lengthHint says what to write for an index of the future, or one that is
// known only later.
func lengthHint(n *node, what string) string {
	v, known := n.constant()
	switch {
	case known && v < 0 && what == "an index":
		return "x[1] is one bar ago; the future has no syntax"
	case n.op != opNumber && n.op != opParam: // computed, or known only later
	case known && v == math.Trunc(v):
		return "write a larger number"
	case known:
		return "bars are counted whole: write " + formatNumber(max(1, math.Round(v)))
	}
	return "write a number, or give it a name under params:"
}

// pure checks that a series is made of bar data and params only: what the
// position or the account is at an event has no bars.
func (c *checker) pure(at ast.Node, n *node, what string) bool {
	if n.impure == "" {
		return true
	}
	c.fail(at, CodeClock, fmt.Sprintf("%s takes bar data and params only; %s has no bars", what, n.impure), "it would not be the same in a backtest and live")
	return false
}

// call resolves a function call.
func (c *checker) call(x *ast.CallNode) *node {
	callee, ok := x.Callee.(*ast.IdentifierNode)
	if !ok {
		return c.method(x)
	}
	name := callee.Value
	use, known := usage(name)
	if !known {
		for _, a := range x.Arguments {
			c.walk(a)
		}
		return c.unknownCall(callee, name)
	}
	least, most := arity(use)
	if n := len(x.Arguments); n < least || n > most {
		return c.fail(callee, CodeArgument, fmt.Sprintf("%s takes %s, got %d", name, plural(least, most), n), arityHint(name, use, c.walkAll(x.Arguments)))
	}
	switch name {
	case "abs", "min", "max", "clamp":
		args := make([]*node, len(x.Arguments))
		for i, a := range x.Arguments {
			args[i] = c.number(name, i, a)
		}
		return join(node{op: opScalar, name: name}, args...)
	case "crossover", "crossunder":
		a, okA := c.series(name, 0, x.Arguments[0])
		b, okB := c.series(name, 1, x.Arguments[1])
		if !okA || !okB {
			return bad()
		}
		return c.graph.cross(c.feed, name, a, b)
	case "atr":
		by, n, ok := c.length(x.Arguments[0], 1, "atr: argument 1")
		if !ok {
			return bad()
		}
		return c.graph.atr(c.feed, by, n)
	}
	return c.windowed(name, x)
}

// windowed resolves the functions of a series and a length.
func (c *checker) windowed(name string, x *ast.CallNode) *node {
	of, okX := c.series(name, 0, x.Arguments[0])
	args, n, okN := []*node{of}, 1, true
	if len(x.Arguments) > 1 {
		var by *node
		by, n, okN = c.length(x.Arguments[1], 1, name+": argument 2")
		args = append(args, by)
	}
	if !okX || !okN {
		return bad()
	}
	w, _ := functionOf(name)
	return c.graph.windowed(c.feed, w, args, n)
}

// number checks one argument that must be a number.
func (c *checker) number(name string, i int, x ast.Node) *node {
	return c.want(x, c.walk(x), false, fmt.Sprintf("%s: argument %d", name, i+1))
}

// series checks one argument that must be a series of numbers.
func (c *checker) series(name string, i int, x ast.Node) (*node, bool) {
	n := c.number(name, i, x)
	return n, n.op != opBad && c.pure(x, n, fmt.Sprintf("%s: argument %d", name, i+1))
}

func (c *checker) unknownCall(callee *ast.IdentifierNode, name string) *node {
	switch {
	case slices.Contains(laterNames(), name):
		return c.fail(callee, CodeLater, name+" is not in this version", "")
	case c.isValue(name):
		return c.fail(callee, CodeName, name+" is a value, not a function", "a value of the past is written "+name+"[1]")
	case slices.Contains(objects(), name):
		return c.fail(callee, CodeName, name+" is not a function", "it has: "+strings.Join(fieldNames(name), ", "))
	}
	known := functionNames()
	hint := suggestOnly(name, known)
	if other := foreign(name); other != "" {
		hint = other
	}
	if hint == "" {
		sort.Strings(known)
		hint = "functions: " + strings.Join(known, ", ")
	}
	return c.fail(callee, CodeName, "unknown function "+clip(name), hint)
}

// method refuses a.b(c): such calls come with feeds and books.
func (c *checker) method(x *ast.CallNode) *node {
	for _, a := range x.Arguments {
		c.walk(a)
	}
	if m, ok := x.Callee.(*ast.MemberNode); ok {
		if object, ok := m.Node.(*ast.IdentifierNode); ok {
			if slices.Contains(laterNames(), object.Value) {
				return c.fail(object, CodeLater, object.Value+" is not in this version", "")
			}
			hint := "named feeds are not in this version"
			if name, ok := m.Property.(*ast.StringNode); ok {
				hint = cmp.Or(c.prefixed(object.Value, name.Value), hint)
			}
			return c.fail(object, CodeName, clip(object.Value)+" has no functions", hint)
		}
	}
	return c.fail(x, CodeExpression, "this is not a function", "")
}

// arity reads the smallest and the largest number of arguments from a usage.
func arity(use string) (least, most int) {
	most = 1 + strings.Count(use, ",")
	return most - strings.Count(use, "["), most
}

func plural(least, most int) string {
	switch {
	case least != most:
		return fmt.Sprintf("%d or %d arguments", least, most)
	case least == 1:
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", least)
}
