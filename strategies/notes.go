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
		c.src.note(c.text.at(first(x)), "two computed numbers are hardly ever equal to the last bit", "compare with a tolerance, as in abs(a - b) < 0.01")
	}
}

// extreme notes a price that is to exceed the highest of bars that include
// its own, or to fall below the lowest: it never can.
func (c *checker) extreme(x *ast.BinaryNode, l, r *node) {
	switch x.Operator {
	case "<":
		l, r = r, l // so that it reads l > r
	case ">":
	default:
		return
	}
	if within(l, r, "highest", "high") {
		c.never(x, r)
	}
	if within(r, l, "lowest", "low") {
		c.never(x, l)
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
	inside := len(value.args) == 0 && value.name != "volume" && of.name == widest && len(of.args) == 0
	return inside || value.slot == of.slot
}

// meant sees through the names of lets.
func meant(n *node) *node {
	for n.op == opLet {
		n = n.args[0]
	}
	return n
}

func (c *checker) never(x *ast.BinaryNode, extreme *node) {
	of := meant(extreme)
	c.src.note(c.text.at(first(x)), "never true: "+of.name+" includes the current bar", "write "+of.String()+"[1], which ends with the bar before")
}
