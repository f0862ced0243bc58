package strategies

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"

	"rulebot/engine"
)

const (
	expressionMax = 2 << 10 // bytes of an expression
	nodesMax      = 500     // nodes of an expression as written
	expandedMax   = 5_000   // nodes with lets put in
	deepMax       = 100     // nesting
	slotsMax      = 100     // series, each counted once
)

// scope is what the expressions of one strategy may refer to.
type scope struct {
	src    *source
	graph  *graph
	feed   int
	params map[string]param
	lets   map[string]*let
	names  []string // of params and lets, in the order written
	within string   // the let that is being checked; "" is a rule or an exit
	reads  []reading
	trees  map[engine.Expr]*node
	blind  bool // its names could not be read
	beside
}

// param is a number with a name.
type param struct {
	value  float64
	bounds span // what an optimiser may set it to
	key    place
}

// reading is one use of a param or a let: by another let, or by "".
type reading struct{ by, name string }

// let is a named expression. It is checked when first used, so the order in
// the file does not matter.
type let struct {
	name  string
	key   place
	text  text
	node  *node
	state letState
}

type letState uint8

const (
	letNew letState = iota
	letOpen
	letDone
)

// bad stands for what was reported already.
func bad() *node { return &node{op: opBad, size: 1} }

// checker walks the tree of one expression once: it resolves names and calls,
// finds types, and puts series into slots. Everything wrong is reported.
type checker struct {
	*scope
	text   text
	memo   map[ast.Node]*node // chained comparisons share a node
	feed   int                // whose bars bare names are of
	day    day                // of that feed
	prefix string             // its name, unless it is the default feed
}

// parserConfig turns expr's built-in functions off, so that every call is a
// plain call and only our vocabulary decides.
func parserConfig() *conf.Config {
	c := &conf.Config{
		MaxNodes:  nodesMax,
		Functions: conf.FunctionsTable{},
		Builtins:  conf.FunctionsTable{},
		Disabled:  map[string]bool{},
	}
	for _, f := range builtin.Builtins {
		c.Disabled[f.Name] = true
		c.Functions[f.Name] = f
	}
	return c
}

// check reads one expression. What is wrong is reported and gives a bad node.
func (s *scope) check(t text) *node {
	if len(t.value) > expressionMax {
		s.src.report(t.at(0), CodeLimit, fmt.Sprintf("the expression has %d bytes; at most %d are read", len(t.value), expressionMax), "name parts of it under let:")
		return bad()
	}
	found, value, ok := slips(t.value)
	for _, f := range found {
		s.src.report(t.at(f.at), CodeExpression, f.message, f.hint)
	}
	if !ok {
		return bad()
	}
	tree, err := parser.ParseWithConfig(value, parserConfig())
	if err != nil {
		if len(found) == 0 {
			s.syntax(t, err)
		}
		return bad()
	}
	c := checker{scope: s, text: t, memo: map[ast.Node]*node{}, feed: s.feed, day: s.day}
	n := c.walk(tree.Node)
	if many := seriesIn(n); many > slotsMax {
		s.src.report(t.at(0), CodeLimit, fmt.Sprintf("the expression reads %d series; at most %d are read", many, slotsMax), "split the rule")
		return bad()
	}
	if len(found) > 0 {
		return bad()
	}
	return n
}

// seriesIn counts the slots that an expression reads, each once.
func seriesIn(n *node) int {
	seen, slots := map[*node]bool{}, map[int]bool{}
	var visit func(*node)
	visit = func(n *node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if n.op == opSlot {
			slots[n.slot] = true
		}
		for _, a := range n.args {
			visit(a)
		}
	}
	visit(n)
	return len(slots)
}

// syntax reports the parser's complaint in our words.
func (s *scope) syntax(t text, err error) {
	e, ok := errors.AsType[*file.Error](err)
	if !ok {
		s.src.report(t.at(0), CodeExpression, "this is not an expression", "")
		return
	}
	message, hint := "this is not an expression", ""
	switch m := e.Message; {
	case strings.Contains(m, "maximum allowed nodes"):
		s.src.report(t.at(0), CodeLimit, fmt.Sprintf("the expression has more than %d parts", nodesMax), "name parts of it under let:")
		return
	case strings.HasPrefix(m, "unexpected token EOF"), strings.HasPrefix(m, "unexpected end"):
		message, hint = "the expression ends too early", "something must follow, or a bracket is open"
	case strings.HasPrefix(m, "unexpected token Identifier("), strings.HasPrefix(m, "unexpected token Number("):
		message, hint = "unexpected "+inQuotes(m), "an operator is missing before it"
	case strings.HasPrefix(m, `unexpected token Operator(",")`):
		message, hint = "unexpected ','", "a comma only separates arguments: write 29.5 with a point, and 60000 without separators"
	case strings.HasPrefix(m, "unexpected token"):
		message, hint = "unexpected "+inQuotes(m), "a value or an operator is missing before it"
	case strings.Contains(m, "literal"):
		message = "a number that is too large"
	case strings.Contains(m, "expected name"):
		message = "a name is expected after the dot"
	}
	s.src.report(t.at(e.From), CodeExpression, message, hint)
}

func inQuotes(m string) string {
	if _, after, ok := strings.Cut(m, `("`); ok {
		return "'" + strings.TrimSuffix(after, `")`) + "'"
	}
	return "end"
}

// fail reports at the first character of a subtree.
func (c *checker) fail(n ast.Node, code Code, message, hint string) *node {
	c.src.report(c.text.at(first(n)), code, message, hint)
	return bad()
}

// first returns the position of the first character of a subtree.
func first(n ast.Node) int {
	at := n.Location().From
	switch x := n.(type) {
	case *ast.BinaryNode:
		return min(at, first(x.Left))
	case *ast.MemberNode:
		return min(at, first(x.Node))
	case *ast.ConditionalNode:
		return first(x.Cond)
	case *ast.ChainNode:
		return first(x.Node)
	case *ast.CallNode:
		return min(at, first(x.Callee))
	}
	return at
}

func (c *checker) walk(n ast.Node) *node {
	if known, ok := c.memo[n]; ok {
		return known
	}
	r := c.visit(n)
	if r.at.line == 0 {
		r.at = c.text.at(first(n))
	}
	if r.depth > deepMax || r.size > expandedMax {
		r = c.fail(n, CodeLimit, "the expression is too large once its lets are put in", "")
	}
	c.memo[n] = r
	return r
}

func (c *checker) visit(n ast.Node) *node {
	switch x := n.(type) {
	case *ast.IntegerNode:
		return &node{op: opNumber, value: float64(x.Value), size: 1}
	case *ast.FloatNode:
		return &node{op: opNumber, value: x.Value, size: 1}
	case *ast.BoolNode:
		return &node{op: opBool, cond: true, name: fmt.Sprint(x.Value), value: oneIf(x.Value), size: 1}
	case *ast.IdentifierNode:
		return c.identifier(x)
	case *ast.UnaryNode:
		return c.unary(x)
	case *ast.BinaryNode:
		return c.binary(x)
	case *ast.MemberNode:
		return c.member(x)
	case *ast.CallNode:
		return c.call(x, nil)
	case *ast.ConditionalNode:
		return c.choose(x)
	case *ast.ArrayNode, *ast.SliceNode:
		return c.fail(n, CodeExpression, "lists have no meaning in an expression", "x[n] is x n bars ago, with a whole number n")
	}
	return c.fail(n, CodeExpression, "this has no meaning in the rule language", "")
}

// join makes a node of checked parts.
func join(n node, args ...*node) *node {
	n.args, n.size = args, 1
	for _, a := range args {
		n.size += a.size
		n.depth = max(n.depth, a.depth+1)
		n.clocks = n.clocks.and(a.clocks)
		if n.impure == "" {
			n.impure = a.impure
		}
		if a.op == opBad {
			return bad()
		}
	}
	return &n
}

func (c *checker) unary(x *ast.UnaryNode) *node {
	arg := c.walk(x.Node)
	switch x.Operator {
	case "-", "+":
		arg = c.want(x.Node, arg, false, "'"+x.Operator+"'")
		if x.Operator == "+" {
			return arg
		}
		return join(node{op: opNeg}, arg)
	}
	if arg.op != opBad && !arg.cond {
		return c.fail(x, CodeType, fmt.Sprintf("'not' needs a condition, got a number: %s", clip(arg.String())), "it binds before a comparison: write not (a > b)")
	}
	return join(node{op: opNot, cond: true}, arg)
}

// want checks that a part is a condition, or a number.
func (c *checker) want(at ast.Node, n *node, cond bool, what string) *node {
	if n.op == opBad || n.cond == cond {
		return n
	}
	need, hint := "a number", ""
	if cond {
		need, hint = "a condition", "compare it with something, as in "+clip(n.String())+" > 0"
	}
	return c.fail(at, CodeType, fmt.Sprintf("%s needs %s, got %s: %s", what, need, n.kind(), clip(n.String())), hint)
}

func (c *checker) binary(x *ast.BinaryNode) *node {
	l, r := c.walk(x.Left), c.walk(x.Right)
	what := "'" + x.Operator + "'"
	switch x.Operator {
	case "&&", "and", "||", "or":
		l, r = c.want(x.Left, l, true, what), c.want(x.Right, r, true, what)
		if x.Operator == "&&" || x.Operator == "and" {
			return join(node{op: opAnd, cond: true, name: "&&"}, l, r)
		}
		return join(node{op: opOr, cond: true, name: "||"}, l, r)
	case "==", "!=":
		if l.op != opBad && r.op != opBad && l.cond != r.cond {
			return c.fail(x, CodeType, fmt.Sprintf("%s compares %s with %s", what, l.kind(), r.kind()), alone(l, r))
		}
		if l.cond {
			return join(node{op: opEqual, cond: true, name: x.Operator}, l, r)
		}
		c.exactly(x, l, r)
		return join(node{op: opCompare, cond: true, name: x.Operator}, l, r)
	case "<", ">", "<=", ">=":
		return join(node{op: opCompare, cond: true, name: x.Operator}, c.want(x.Left, l, false, what), c.want(x.Right, r, false, what))
	case "+", "-", "*", "/", "%", "**":
		c.byZero(x, r)
		return join(node{op: opArithmetic, name: x.Operator}, c.want(x.Left, l, false, what), c.want(x.Right, r, false, what))
	}
	return c.fail(x, CodeExpression, what+" is not an operator of the rule language", "")
}

// alone shows a condition that was compared with a number as it stands.
func alone(l, r *node) string {
	if r.cond {
		l = r
	}
	name := clip(l.String())
	return "a condition stands alone: write " + name + ", or not " + name
}

func (c *checker) choose(x *ast.ConditionalNode) *node {
	cond := c.want(x.Cond, c.walk(x.Cond), true, "'?'")
	a, b := c.walk(x.Exp1), c.walk(x.Exp2)
	if a.op != opBad && b.op != opBad && a.cond != b.cond {
		return c.fail(x.Exp2, CodeType, fmt.Sprintf("'?' chooses between %s and %s", a.kind(), b.kind()), "both must be numbers, or both conditions")
	}
	return join(node{op: opChoose, cond: a.cond}, cond, a, b)
}
