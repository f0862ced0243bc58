package strategies

import "math"

// scalars compute numbers of numbers, whatever these are made of.
func scalars() []function {
	one := func(name, short, definition, unit string, of func(x float64) float64, e extent) function {
		return function{
			name: name, short: short, definition: definition, example: name + "(close)",
			takes: []argument{anyNumber("x")}, outputs: value(unit, withArguments(), settleNow, e), scalar: scalar{one: of},
		}
	}
	two := func(name, short, definition string, of func(x, y float64) float64, e func(x, y span) span) function {
		return function{
			name: name, short: short, definition: definition, example: name + "(close, open)",
			takes:   []argument{anyNumber("a"), anyNumber("b")},
			outputs: value("that of a", withArguments(), settleNow, extent{"those of a and b", func(a []span) span { return e(a[0], a[1]) }}),
			scalar:  scalar{two: of},
		}
	}
	return []function{
		one("abs", "the number without its sign", "x where x >= 0, else -x", unitLikeX, math.Abs, extent{"0 or more", func(a []span) span { return a[0].absolute() }}),
		one("round", "the nearest whole number, away from zero in the middle", "2.5 gives 3, -2.5 gives -3", unitLikeX, math.Round, growing(math.Round)),
		one("floor", "the nearest whole number below, or x", "2.5 gives 2, -2.5 gives -3", unitLikeX, math.Floor, growing(math.Floor)),
		one("ceil", "the nearest whole number above, or x", "2.5 gives 3, -2.5 gives -2", unitLikeX, math.Ceil, growing(math.Ceil)),
		one("sqrt", "the square root", "not ready below 0", "root of that of x", math.Sqrt, extent{"0 or more", rootOf}),
		one("log", "the natural logarithm", "not ready at 0 and below", unitPlain, logarithm, extent{"any", logOf}),
		two("max", "the larger", "a where a >= b, else b", larger, largerOf),
		two("min", "the smaller", "a where a <= b, else b", smaller, smallerOf),
		{
			name: "clamp", short: "x, at least low and at most high", definition: "min(max(x, low), high)", example: "clamp(rsi(close, 14), 30, 70)",
			takes:   []argument{anyNumber("x"), anyNumber("low"), anyNumber("high")},
			outputs: value(unitLikeX, withArguments(), settleNow, extent{"low to high", clamped}),
			scalar:  scalar{three: func(x, low, high float64) float64 { return smaller(larger(x, low), high) }},
		},
		{
			name: "near", short: "a and b are at most tol apart", definition: "abs(a - b) <= tol", example: "near(close, open, 0.5)",
			takes:   []argument{anyNumber("a"), anyNumber("b"), anyNumber("tol")},
			outputs: value(unitCondition, withArguments(), settleNow, isTrueOrFalse()),
			spelled: nearOf,
		},
	}
}

// nearOf writes near with what it means, under its own name.
func nearOf(words *dictionary, a []*node) *node {
	apart := join(node{op: opArithmetic, name: "-"}, a[0], a[1])
	return join(node{op: opCompare, cond: true, name: "<="}, join(node{op: opScalar, name: "abs", word: word{of: words.byName["abs"]}}, apart), a[2])
}

// growing is the range of what never falls as x grows.
func growing(of func(x float64) float64) extent {
	return extent{unitLikeX, func(a []span) span { return span{of(a[0].lo), of(a[0].hi)} }}
}

func rootOf(a []span) span {
	if a[0].hi < 0 {
		return nothing()
	}
	return span{math.Sqrt(max(a[0].lo, 0)), math.Sqrt(a[0].hi)}
}

func logOf(a []span) span {
	if a[0].empty() || a[0].hi <= 0 {
		return nothing()
	}
	out := anything()
	if a[0].lo > 0 {
		out.lo = logarithm(a[0].lo)
	}
	if !math.IsInf(a[0].hi, 1) {
		out.hi = logarithm(a[0].hi)
	}
	const slack = 1e-12
	return span{out.lo - slack, out.hi + slack}
}

// logarithm is that of package math, whose last bit is not the same on every
// machine: x = part * 2^power, and log(part) by its series in s, which is below
// 0.172.
func logarithm(x float64) float64 {
	switch {
	case x != x || x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	case math.IsInf(x, 1):
		return x
	}
	part, power := math.Frexp(x)
	if part < math.Sqrt2/2 {
		part, power = part+part, power-1
	}
	s := (part - 1) / (part + 1)
	series, square := 0.0, float64(s*s)
	for k := 21; k > 1; k -= 2 {
		series = float64(square * (series + 1/float64(k)))
	}
	return float64(float64(power)*math.Ln2) + float64(2*(s+float64(s*series)))
}
