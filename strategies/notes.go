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

// within reports whether a value of the bar cannot lie outside an extreme: it
// is taken of the bars' highs (or lows), or of the very same value.
func within(value, extreme *node, name, widest string) bool {
	value, extreme = meant(value), meant(extreme)
	if extreme.op != opSlot || extreme.name != name || value.op != opSlot {
		return false
	}
	of := meant(extreme.args[0])
	if of.op != opSlot {
		return false
	}
	inside := len(value.args) == 0 && inBar(value.name) && of.name == widest && len(of.args) == 0 && value.clocks == of.clocks
	return inside || value.slot == of.slot
}

// meant sees through the names of lets.
func meant(n *node) *node {
	for n.op == opLet {
		n = n.args[0]
	}
	return n
}
