package strategies

import (
	"github.com/expr-lang/expr/ast"
)

// exactly notes a comparison of two computed numbers for equality: 0.1 + 0.2
// is not 0.3, so such a rule is as good as never true.
func (c *checker) exactly(x *ast.BinaryNode, l, r *node) {
	if l.op == opBad || r.op == opBad {
		return
	}
	_, left := l.constant()
	_, right := r.constant()
	if !left && !right {
		c.src.note(c.text.at(first(x)), CodeEquality, "two computed numbers are hardly ever equal to the last bit", "compare with a tolerance, as in near(a, b, 0.01)")
	}
}

// byZero notes a division by a literal or a param of zero.
func (c *checker) byZero(x *ast.BinaryNode, r *node) {
	if v, known := r.constant(); known && v == 0 && (x.Operator == "/" || x.Operator == "%") {
		c.src.note(c.text.at(first(x.Right)), CodeDivision, "divided by 0: this is never a number", "")
	}
}

// within reports whether a value of the bar cannot lie outside an extreme on
// one side: it is taken of the bars' highs (or lows), or of the very same
// value.
func within(value, extreme *node, side standing, widest string) bool {
	value, extreme = meant(value), meant(extreme)
	x := extreme.extreme()
	if x.side != side || value.op != opSlot || value.clocks != extreme.clocks {
		return false
	}
	price := len(value.args) == 0 && inBar(value.name)
	if x.of != "" {
		return price && x.of == widest
	}
	of := meant(extreme.args[0])
	if of.op != opSlot {
		return false
	}
	return value.slot == of.slot || price && of.name == widest && len(of.args) == 0
}

// extreme is what a call is the largest or the smallest of, if it is.
func (n *node) extreme() extreme {
	if n.op != opSlot || n.of == nil {
		return extreme{}
	}
	return n.of.outputs[n.output].extreme
}

// meant sees through the names of lets.
func meant(n *node) *node {
	for n.op == opLet {
		n = n.args[0]
	}
	return n
}
