package strategies

import (
	"math"
)

// span is what a number can be: every ready value lies in [lo, hi]. Bounds
// are computed with the operations that the values are computed with; these
// round monotonically, so a bound holds to the last bit. The empty span, lo
// above hi, is a value that is never ready.
type span struct{ lo, hi float64 }

// Amounts are decimals of at most 19 digits, 18 of them after the point: what
// is above zero is at least smallest.
const (
	smallest = 1e-18
	largest  = 1e19
)

func anything() span       { return span{math.Inf(-1), math.Inf(1)} }
func exact(x float64) span { return span{x, x} }
func nothing() span        { return span{math.Inf(1), math.Inf(-1)} }
func aboveZero() span      { return span{smallest, largest} }
func zeroOrMore() span     { return span{0, largest} }

func (s span) empty() bool { return !(s.lo <= s.hi) }

func (s span) holds(x float64) bool { return s.lo <= x && x <= s.hi }

func (s span) union(t span) span {
	switch {
	case s.empty():
		return t
	case t.empty():
		return s
	}
	return span{min(s.lo, t.lo), max(s.hi, t.hi)}
}

func (s span) negative() span { return span{-s.hi, -s.lo} }

func (s span) absolute() span {
	switch {
	case s.lo >= 0:
		return s
	case s.hi <= 0:
		return s.negative()
	}
	return span{0, max(-s.lo, s.hi)}
}

// text says a span in words; "" is any number.
func (s span) text() string {
	low, high := s.lo > -largest, s.hi < largest
	switch {
	case s.lo == s.hi:
		return formatNumber(s.lo)
	case low && high:
		return formatNumber(s.lo) + " to " + formatNumber(s.hi)
	case low && s.lo > 0 && s.lo < 1e-12:
		return "above 0"
	case low:
		return formatNumber(s.lo) + " or more"
	case high:
		return formatNumber(s.hi) + " or less"
	}
	return ""
}

// operate returns the span of an arithmetic operator.
func operate(name string, x, y span) span {
	if x.empty() || y.empty() {
		return nothing()
	}
	if x.lo == x.hi && y.lo == y.hi {
		return finite(arithmetic(name)(x.lo, y.lo))
	}
	switch name {
	case "+":
		return span{below(x.lo + y.lo), above(x.hi + y.hi)}
	case "-":
		return span{below(x.lo - y.hi), above(x.hi - y.lo)}
	case "*":
		return corners(x, y, arithmetic("*"))
	case "/":
		return divide(x, y)
	case "%":
		return remainder(x, y)
	}
	return power(x, y)
}

// finite is a value that is known; one that is not finite is never ready.
func finite(x float64) span {
	if x-x != 0 {
		return nothing()
	}
	return exact(x)
}

// below and above turn a bound that is no number into no bound.
func below(x float64) float64 {
	if x != x {
		return math.Inf(-1)
	}
	return x
}

func above(x float64) float64 {
	if x != x {
		return math.Inf(1)
	}
	return x
}

// corners returns the span of an operator that is monotonic in each argument.
// Values are finite: 0 times an absent bound is 0, and an absent bound over
// another is between the corners beside it.
func corners(x, y span, do func(x, y float64) float64) span {
	out := nothing()
	for _, a := range [...]float64{x.lo, x.hi} {
		for _, b := range [...]float64{y.lo, y.hi} {
			c := do(a, b)
			if c != c {
				c = 0
			}
			out = out.union(exact(c))
		}
	}
	return out
}

// divide leaves out a divisor of zero: what it gives is not ready.
func divide(x, y span) span {
	switch {
	case y.lo == 0 && y.hi == 0:
		return nothing()
	case y.lo > 0 || y.hi < 0:
		return corners(x, y, arithmetic("/"))
	case y.lo == 0 && x.lo >= 0, y.hi == 0 && x.hi <= 0:
		return span{0, math.Inf(1)}
	case y.lo == 0 && x.hi <= 0, y.hi == 0 && x.lo >= 0:
		return span{math.Inf(-1), 0}
	}
	return anything()
}

// remainder has the sign of x, and is no larger than x or y.
func remainder(x, y span) span {
	most := min(x.absolute().hi, y.absolute().hi)
	out := span{-most, most}
	if x.lo >= 0 {
		out.lo = 0
	}
	if x.hi <= 0 {
		out.hi = 0
	}
	return out
}

func power(x, y span) span {
	even := y.lo == y.hi && math.Mod(y.lo, 2) == 0
	if x.lo >= 0 || even {
		return span{0, math.Inf(1)}
	}
	return anything()
}

// smallerOf, largerOf and clamped are the spans of min, max and clamp.
func smallerOf(x, y span) span {
	if x.empty() || y.empty() {
		return nothing()
	}
	return span{min(x.lo, y.lo), min(x.hi, y.hi)}
}

func largerOf(x, y span) span {
	if x.empty() || y.empty() {
		return nothing()
	}
	return span{max(x.lo, y.lo), max(x.hi, y.hi)}
}

func clamped(a []span) span { return smallerOf(largerOf(a[0], a[1]), a[2]) }
