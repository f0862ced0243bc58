package strategies

import (
	"strconv"
	"strings"
)

// op is what a node does.
type op uint8

const (
	opBad    op = iota // was reported; everything above it stays silent
	opNumber           // literal
	opBool             // true, false
	opParam            // name, value
	opLet              // name, args[0]
	opSlot             // bar value, series call or x[n]: read from its slot
	opView             // position.*, account.*
	opScalar           // a call of numbers: abs, min, max, clamp
	opNeg
	opNot
	opArithmetic // name is the operator
	opCompare    // name is the operator
	opEqual      // of conditions; name is the operator
	opAnd
	opOr
	opChoose // args[0] ? args[1] : args[2]
)

// node is a checked expression. A let's node is shared by whoever uses it, so
// nodes are never changed once made.
type node struct {
	op    op
	cond  bool // a condition; otherwise a number
	name  string
	value float64
	args  []*node
	word
	view   *viewField
	reads  []*node // of a cross: what to show for it
	prefix string  // name of the feed it is of; "" is the default feed
	clocks clocks  // the feeds that it reads series of
	impure string  // the first value without bars that it reads, position.qty
	values span    // of a param: what it may be set to
	at     place   // its first character
	size   int     // nodes, with lets put in
	depth  int
}

// word is what a call, and a value of the bar, is of the vocabulary.
type word struct {
	of     *function // nil of x[n]
	output int       // which of its values
	slot   int       // of a series: where it is
}

func (n *node) kind() string {
	if n.cond {
		return "a condition"
	}
	return "a number"
}

// constant returns the value of what is known at load, such as 2 * risk with
// a param named risk. It need not be finite.
func (n *node) constant() (float64, bool) {
	switch n.op {
	case opNumber, opParam:
		return n.value, true
	case opLet:
		return n.args[0].constant()
	case opNeg:
		x, ok := n.args[0].constant()
		return -x, ok
	case opArithmetic:
		x, ok := n.args[0].constant()
		y, also := n.args[1].constant()
		return arithmetic(n.name)(x, y), ok && also
	case opBad, opBool, opSlot, opView, opScalar, opNot, opCompare, opEqual, opAnd, opOr, opChoose:
	}
	return 0, false
}

// Binding strengths, for parentheses where they are needed and only there.
const (
	tightChoose = iota
	tightOr
	tightAnd
	tightCompare
	tightAdd
	tightNot
	tightMultiply
	tightNeg
	tightPower
	tightAtom
)

func (n *node) tightness() int {
	switch n.op {
	case opChoose:
		return tightChoose
	case opOr:
		return tightOr
	case opAnd:
		return tightAnd
	case opCompare, opEqual:
		return tightCompare
	case opNot:
		return tightNot
	case opNeg:
		return tightNeg
	case opArithmetic:
		switch n.name {
		case "+", "-":
			return tightAdd
		case "**":
			return tightPower
		}
		return tightMultiply
	case opBad, opNumber, opBool, opParam, opLet, opSlot, opView, opScalar:
	}
	return tightAtom
}

// String returns the expression in the house's spelling: as written, with
// even spaces and no needless parentheses.
func (n *node) String() string {
	var b strings.Builder
	n.write(&b)
	return b.String()
}

func (n *node) write(b *strings.Builder) {
	switch n.op {
	case opBad:
		b.WriteByte('?')
	case opNumber:
		b.WriteString(formatNumber(n.value))
	case opSlot, opScalar:
		n.writeCall(b)
	case opNeg:
		b.WriteByte('-')
		n.args[0].within(b, tightNeg)
	case opNot:
		b.WriteString("not ")
		n.args[0].within(b, tightNot)
	case opArithmetic, opCompare, opEqual, opAnd, opOr:
		t := n.tightness()
		left, right := t, t+1
		if n.name == "**" {
			left, right = t+1, t
		}
		n.args[0].within(b, left)
		b.WriteString(" " + n.name + " ")
		n.args[1].within(b, right)
	case opChoose:
		n.args[0].within(b, tightOr)
		b.WriteString(" ? ")
		n.args[1].within(b, tightOr)
		b.WriteString(" : ")
		n.args[2].within(b, tightChoose)
	default: // opBool, opParam, opLet, opView
		b.WriteString(n.name)
	}
}

// writeCall writes name(args), the name of a bar value, or x[n].
func (n *node) writeCall(b *strings.Builder) {
	if n.name == "[]" {
		n.args[0].within(b, tightAtom)
		b.WriteByte('[')
		n.args[1].write(b)
		b.WriteByte(']')
		return
	}
	if n.prefix != "" {
		b.WriteString(n.prefix + ".")
	}
	b.WriteString(n.name)
	for i, a := range n.args {
		b.WriteString([...]string{"(", ", "}[min(i, 1)])
		a.write(b)
	}
	if len(n.args) > 0 {
		b.WriteByte(')')
	}
	if n.of != nil && n.of.many() {
		b.WriteString("." + n.of.outputs[n.output].name)
	}
}

// within writes n, in parentheses when it binds less tightly than it must.
func (n *node) within(b *strings.Builder, tight int) {
	if n.tightness() >= tight {
		n.write(b)
		return
	}
	b.WriteByte('(')
	n.write(b)
	b.WriteByte(')')
}

// key is the identity of a node within a file: what it computes, with lets
// and params put in. Series below it are named by their slot, so keys stay
// short however deep the lets go.
func (n *node) key() string {
	switch n.op {
	case opNumber, opParam:
		return strconv.FormatFloat(n.value, 'g', -1, 64)
	case opLet:
		return n.args[0].key()
	case opSlot:
		return "#" + strconv.Itoa(n.slot)
	case opBad, opBool, opView, opScalar, opNeg, opNot, opArithmetic, opCompare, opEqual, opAnd, opOr, opChoose:
	}
	return strconv.Itoa(int(n.op)) + keyOf(n.name, n.args)
}

func keyOf(name string, args []*node) string {
	keys := make([]string, len(args))
	for i, a := range args {
		keys[i] = a.key()
	}
	return name + "(" + strings.Join(keys, ",") + ")"
}

func formatNumber(x float64) string {
	if a := max(x, -x); a != 0 && (a >= 1e15 || a < 1e-6) {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
