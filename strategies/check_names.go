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
