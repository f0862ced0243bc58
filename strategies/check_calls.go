package strategies

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// factorMax is the largest number known at load that is no length.
const factorMax = 1e6

// call resolves a function call, and the field of it that is asked for, if one
// is.
func (c *checker) call(x *ast.CallNode, field *ast.StringNode) *node {
	callee, ok := x.Callee.(*ast.IdentifierNode)
	if !ok {
		return c.method(x, field)
	}
	name := callee.Value
	if name == "session" {
		return c.whole(c.session(x), field)
	}
	f, known := lexicon.byName[name]
	if !known {
		c.walkAll(x.Arguments)
		return c.unknownCall(callee, name)
	}
	least, most := f.arity()
	if n := len(x.Arguments); n < least || n > most {
		return c.fail(callee, CodeArgument, fmt.Sprintf("%s takes %s, got %d", name, plural(least, most), n), arityHint(f, c.walkAll(x.Arguments)))
	}
	a, ok := c.arguments(f, x)
	output, chosen := c.chosen(a, callee, field)
	if !ok || !chosen {
		return bad()
	}
	return c.computed(x, a, output)
}

// computed makes the node of a call whose arguments are right.
func (c *checker) computed(x *ast.CallNode, a *call, output int) *node {
	f := a.of
	switch {
	case f.spelled != nil:
		text := (&node{op: opScalar, name: f.name, args: a.args}).String()
		return join(node{op: opLet, name: text, cond: f.outputs[0].cond}, f.spelled(lexicon, a.args))
	case f.over != 0:
		return c.crossed(x, a)
	case f.scalar.any():
		return join(node{op: opScalar, name: f.name, word: word{of: f}}, a.args...)
	case f.ofBars():
		return c.graph.call(c.feed, a, output)
	}
	var series []*node
	for i, t := range f.takes {
		if t.isSeries() {
			series = append(series, a.args[i])
		}
	}
	feed, ok := c.clock(x, f.name, series...)
	if !ok {
		return bad()
	}
	return c.graph.call(feed, a, output)
}

// crossed makes a cross of two series, or of a series and a level.
func (c *checker) crossed(x *ast.CallNode, a *call) *node {
	f, one, two := a.of, a.args[0], a.args[1]
	series, level := one, two
	if one.impure != "" {
		series, level = two, one
	}
	if series.clocks[0] == 0 || series.impure != "" || !level.isLevel() {
		for i, n := range a.args {
			if !c.pure(x.Arguments[i], n, fmt.Sprintf("%s: argument %d", f.name, i+1)) {
				return bad()
			}
		}
		feed, ok := c.clock(x, f.name, one, two)
		if !ok {
			return bad()
		}
		return c.graph.cross(feed, f, one, two)
	}
	feed, ok := c.clock(x, f.name, series)
	if !ok {
		return bad()
	}
	text := (&node{op: opScalar, name: f.name, args: a.args}).String()
	return join(node{op: opLet, name: text, cond: true}, c.graph.crossLevel(feed, f, one, two))
}

// isLevel reports whether a number has no bars and yet does not move with the
// market: a price that was kept. It counts as the same one bar ago.
func (n *node) isLevel() bool {
	if n.op == opView {
		return strings.HasPrefix(n.name, "state.") || slices.Contains([]string{
			"position.entry_price", "position.max_price", "position.min_price", "last_fill.price",
		}, n.name)
	}
	if n.op == opSlot {
		return false
	}
	for _, x := range n.args {
		if _, known := x.constant(); !known && !x.isLevel() {
			return false
		}
	}
	return n.impure != ""
}

// arguments checks each argument by what the row takes.
func (c *checker) arguments(f *function, x *ast.CallNode) (*call, bool) {
	out, good := &call{of: f, shown: len(x.Arguments), day: c.day}, true
	if c.swapped(f, x) {
		return out, false
	}
	for i, t := range f.takes {
		n, ok := &node{op: opNumber, value: t.value, size: 1}, true
		switch {
		case f.over != 0: // one side may be a level: see crossed
			n = c.want(x.Arguments[i], c.walk(x.Arguments[i]), false, fmt.Sprintf("%s: argument %d", f.name, i+1))
			ok = n.op != opBad
		case i < len(x.Arguments):
			n, ok = c.argument(f.name, i, t, x.Arguments[i])
		}
		out.args = append(out.args, n)
		if t.known() {
			out.known = append(out.known, n.value)
		}
		good = good && ok
	}
	return out, good
}

// swapped reports a length that stands before its series: sma(20, close).
func (c *checker) swapped(f *function, x *ast.CallNode) bool {
	if len(x.Arguments) < 2 || !f.takes[0].isSeries() || f.takes[1].takes != takesLength {
		return false
	}
	one, two := c.walk(x.Arguments[0]), c.walk(x.Arguments[1])
	if one.op != opNumber || two.op == opBad || two.op == opNumber || two.op == opParam || two.cond != (f.takes[0].takes == takesCondition) {
		return false
	}
	c.fail(x.Arguments[0], CodeArgument, f.name+": the series comes first, then the length", "write "+f.name+"("+clip(two.String())+", "+one.String()+")")
	return true
}

// argument checks one argument.
func (c *checker) argument(name string, i int, t argument, x ast.Node) (*node, bool) {
	what := fmt.Sprintf("%s: argument %d", name, i+1)
	if t.takes == takesLength {
		n, _, ok := c.length(x, t.least, what)
		return n, ok
	}
	n := c.want(x, c.walk(x), t.takes == takesCondition, what)
	switch {
	case n.op == opBad:
		return n, false
	case t.takes == takesFactor:
		return c.factor(x, n, what)
	case t.isSeries():
		return n, c.pure(x, n, what)
	}
	return n, true
}

// factor reads a number known at load, above zero.
func (c *checker) factor(x ast.Node, n *node, what string) (*node, bool) {
	v, known := n.constant()
	if !known || !(v > 0 && v <= factorMax) {
		c.fail(x, CodeArgument, fmt.Sprintf("%s must be a number above 0 known at load time (a literal or a param), got %s", what, clip(n.String())), "")
		return n, false
	}
	own := *n
	own.value = v
	return &own, true
}

// chosen finds the field that is asked for.
func (c *checker) chosen(a *call, callee *ast.IdentifierNode, field *ast.StringNode) (int, bool) {
	f := a.of
	switch {
	case field == nil && !f.many():
		return 0, true
	case field == nil:
		written := f.usage()
		if len(a.args) >= a.shown { // fewer where an argument was not looked at
			written = (&node{op: opScalar, name: f.name, prefix: c.prefix, args: a.args[:a.shown]}).String()
		}
		c.fail(callee, CodeArgument, f.name+" has several values: say which", "write "+written+"."+f.fields()[0]+"; it has: "+strings.Join(f.fields(), ", "))
		return 0, false
	case !f.many():
		c.fail(field, CodeName, f.name+" is one value and has no fields", "write "+f.usage()+" alone")
		return 0, false
	}
	i, ok := f.output(field.Value)
	if !ok {
		hint := "it has: " + strings.Join(f.fields(), ", ")
		if near := cmp.Or(foreignField(field.Value, f.fields()), nearest(field.Value, f.fields())); near != "" {
			hint = "did you mean " + near + "? " + hint
		}
		c.fail(field, CodeName, f.name+" has no field "+clip(field.Value), hint)
	}
	return i, ok
}

// whole refuses a field of what has none.
func (c *checker) whole(n *node, field *ast.StringNode) *node {
	if field == nil || n.op == opBad {
		return n
	}
	return c.fail(field, CodeName, clip(n.String())+" has no fields", "")
}
