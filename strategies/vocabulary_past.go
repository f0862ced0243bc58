package strategies

import (
	"math"

	"rulebot/strategies/indicator"
)

// windows look at the last n values of a series.
func windows() []function {
	change := ofX("change", "x less its value n bars ago", "x - x[n]", unitLikeX, afterN(), settleNow, apart(),
		func(n int) unary { return indicator.NewChange(n) })
	change.takes = []argument{series("x"), length("n").or(1)}
	change.example = "change(close)"
	highest := ofX("highest", "largest of the last n, this bar included", "max(x, x[1], ..., x[n-1])", unitLikeX, atN(), settleNow, oneOfInput(),
		func(n int) unary { return indicator.NewHighest(n) })
	lowest := ofX("lowest", "smallest of the last n, this bar included", "min(x, x[1], ..., x[n-1])", unitLikeX, atN(), settleNow, oneOfInput(),
		func(n int) unary { return indicator.NewLowest(n) })
	highest.outputs[0].extreme, lowest.outputs[0].extreme = extreme{side: isMore}, extreme{side: isLess}
	return []function{
		change, highest, lowest,
		ofX("sum", "sum of the last n", "x + x[1] + ... + x[n-1]", unitLikeX, atN(), settleNow, extent{"n times that of x", func(a []span) span { return rounded(operate("*", a[0], a[1])) }},
			func(n int) unary { return indicator.NewSum(n) }),
		ofX("rising", "x is above each of its n values before", "x > highest(x, n)[1]", unitCondition, afterN(), settleNow, isTrueOrFalse(),
			func(n int) unary { return indicator.NewRising(n) }),
		ofX("falling", "x is below each of its n values before", "x < lowest(x, n)[1]", unitCondition, afterN(), settleNow, isTrueOrFalse(),
			func(n int) unary { return indicator.NewFalling(n) }),
	}
}

// histories remember when conditions held.
func histories() []function {
	const example = "(close > open, 5)"
	over := func(name, short, definition, unit string, e extent, of func(n int) unary) function {
		return function{
			name: name, short: short, definition: definition, example: name + example,
			takes: condN(), outputs: value(unit, atN(), settleNow, e), compute: remembering(of),
		}
	}
	return []function{
		over("within", "cond held at least once in the last n bars", "true where one of cond, cond[1], ..., cond[n-1] is, false where none is", unitCondition, asInput(),
			func(n int) unary { return indicator.NewWithin(n) }),
		over("always", "cond held in each of the last n bars", "true where all of cond, cond[1], ..., cond[n-1] are, false where one is not", unitCondition, asInput(),
			func(n int) unary { return indicator.NewAlways(n) }),
		over("count", "in how many of the last n bars cond held", "how many of cond, cond[1], ..., cond[n-1] are true", unitBars, extent{"0 to n", counted},
			func(n int) unary { return indicator.NewCount(n) }),
		{
			name: "barssince", short: "how many bars ago cond held last: 0 is this bar", example: "barssince(close > open) < 5",
			definition: "0 where cond, else barssince(cond)[1] + 1. Before the first it is longer ago than any number: < 5 is false, > 5 is true, and arithmetic with it is not ready",
			takes:      []argument{holds("cond")},
			outputs:    []output{{unit: unitBars, ready: atOnce(), settle: settleNow, extent: extent{"0 or more", sinceOf}, endless: true}},
			compute:    remembering(func(int) unary { return indicator.NewBarsSince() }),
		},
		{
			name: "valuewhen", short: "what x was when cond held last, or k times before", example: "valuewhen(close > open, high)",
			definition: "x at the newest bar where cond held, or with k at the one k times before that; not ready before it ever did",
			takes:      []argument{holds("cond"), series("x"), lengthFrom("k", 0).or(0)},
			outputs: []output{{
				unit: unitLikeX, settle: settleNow, rare: true,
				ready:  from("k + 1", func(k []float64) int { return whole(k, 0) + 1 }),
				extent: extent{unitLikeX, func(a []span) span { return a[1] }},
			}},
			compute: func(k []float64) calc {
				v := indicator.NewValueWhen(whole(k, 0))
				return calc{v, func(_ *floatBar, in, out []float64) { out[0] = v.Update(in[0], in[1]) }}
			},
		},
	}
}

// remembering feeds a condition into an indicator.
func remembering(of func(n int) unary) func(k []float64) calc {
	return func(k []float64) calc {
		n := 0
		if len(k) > 0 {
			n = whole(k, 0)
		}
		w := of(n)
		return calc{w, func(_ *floatBar, in, out []float64) { out[0] = w.Update(in[0]) }}
	}
}

// counted is 0 to n, and all or nothing where cond always or never holds.
func counted(a []span) span {
	if a[0].empty() {
		return nothing()
	}
	return span{float64(a[0].lo * a[1].lo), float64(a[0].hi * a[1].hi)}
}

// sinceOf is 0 of what always holds.
func sinceOf(a []span) span {
	switch {
	case a[0].empty():
		return nothing()
	case a[0].lo == 1:
		return exact(0)
	}
	return span{0, math.Inf(1)}
}

// crosses compare two series now and one bar ago.
func crosses() []function {
	row := func(name, short, definition string, over standing) function {
		return function{
			name: name, short: short, definition: definition, example: name + "(close, sma(close, 20))",
			takes:   []argument{series("a"), series("b")},
			outputs: value(unitCondition, from("2", func([]float64) int { return 2 }), settleNow, isTrueOrFalse()), over: over,
		}
	}
	return []function{
		row("crossover", "a > b now and a <= b one bar ago", "a > b and a[1] <= b[1]; of state and of prices that are kept, as position.entry_price, the value now counts for both", isMore),
		row("crossunder", "a < b now and a >= b one bar ago", "a < b and a[1] >= b[1]; state and kept prices as in crossover", isLess),
		row("cross", "either of crossover and crossunder", "crossover(a, b) or crossunder(a, b)", isMore|isLess),
	}
}
