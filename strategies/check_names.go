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

// index resolves x[n], the value of x n bars ago.
func (c *checker) index(x *ast.MemberNode) *node {
	of := c.walk(x.Node)
	by, n, ok := c.length(x.Property, 0, "an index")
	if of.op == opBad || !ok {
		return bad()
	}
	feed, ok := c.clock(x.Node, "x[n]", of)
	if !ok {
		return bad()
	}
	return c.graph.lag(feed, of, by, n)
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

// call resolves a function call.
func (c *checker) call(x *ast.CallNode) *node {
	callee, ok := x.Callee.(*ast.IdentifierNode)
	if !ok {
		return c.method(x)
	}
	name := callee.Value
	if name == "session" {
		return c.session(x)
	}
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
		feed, ok := c.clock(x, name, a, b)
		if !ok {
			return bad()
		}
		return c.graph.cross(feed, name, a, b)
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
	feed, _ := c.clock(x, name, of)
	return c.graph.windowed(feed, w, args, n)
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
		return c.fail(callee, CodeLater, name+" is not in this version", notHere(name))
	case c.isValue(name):
		return c.fail(callee, CodeName, name+" is a value, not a function", "a value of the past is written "+name+"[1]")
	case slices.Contains(objects(), name):
		return c.fail(callee, CodeName, name+" is not a function", c.fieldsOf(name))
	case c.feeds[name] != nil:
		return c.fail(callee, CodeName, name+" is a feed, not a function", "write "+name+".close, or another value of its bars")
	}
	known := functionNames()
	hint := suggestOnly(name, known)
	if other := cmp.Or(foreign(name), fieldNamed(name)); other != "" {
		hint = other
	}
	if hint == "" {
		sort.Strings(known)
		hint = "functions: " + strings.Join(known, ", ")
	}
	return c.fail(callee, CodeName, "unknown function "+clip(name), hint)
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
