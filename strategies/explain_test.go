package strategies_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// explained writes an explanation as people would: a line each, deeper ones
// further in.
func explained(readings []engine.Reading) string {
	var b strings.Builder
	for i := range readings {
		r := &readings[i]
		if !r.Clause {
			fmt.Fprintf(&b, "  | %s %v", r.Text, r.Number)
			if r.Was.Known {
				fmt.Fprintf(&b, " was %v", r.Was.Value)
			}
		} else {
			fmt.Fprintf(&b, "\n%s%s %s", strings.Repeat("  ", r.Depth), r.Text, r.Truth)
			if r.Decided {
				b.WriteString(" *")
			}
			if r.Gap.Known {
				fmt.Fprintf(&b, " by %v", r.Gap.Value)
			}
		}
		if r.Cause != engine.Ready {
			fmt.Fprintf(&b, " (%s)", r.Cause)
		}
	}
	return strings.TrimPrefix(b.String(), "\n")
}

// TestExplain holds what is told of a condition after the closes 1, 2, 3.
func TestExplain(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"close > 5", "close > 5 false by 2  | close 3"},
		{"close > 2", "close > 2 true by 1  | close 3"},
		{"close == 3", "close == 3 true  | close 3"},
		{"close != 4", "close != 4 true by 1  | close 3"},
		{
			"crossover(close, 100) && position.pnl_pct < 5 && close > sma(close, 50)",
			"crossover(close, 100) false * by 97  | close 3 was 2\n" +
				"position.pnl_pct < 5 true by 5  | position.pnl_pct 0\n" +
				"close > sma(close, 50) not-ready (warming up)  | close 3  | sma(close, 50) 0 (warming up)",
		},
		{"crossover(close, 2.5)", "crossover(close, 2.5) true by 0.5  | close 3 was 2"},
		{"crossover(close, 1)", "crossover(close, 1) false  | close 3 was 2"}, // it is above, and was
		{"crossunder(close, open - 1)", "crossunder(close, open - 1) false by 1  | close 3 was 2  | open - 1 2 was 1"},
		{
			"close > 5 || close < 4 || close == 7",
			"close > 5 || close < 4 || close == 7 true\n" +
				"  close > 5 false by 2  | close 3\n" +
				"  close < 4 true * by 1  | close 3\n" +
				"  close == 7 false by 4  | close 3",
		},
		{
			"close > 5 || close > 4",
			"close > 5 || close > 4 false\n  close > 5 false by 2  | close 3\n  close > 4 false by 1  | close 3",
		},
		{"not (close > 5)", "not (close > 5) true by 2  | close 3"},
		{
			"close > 2 && not (close > 1 && close < 9)",
			"close > 2 true by 1  | close 3\n" +
				"not (close > 1 && close < 9) false *\n" +
				"  close > 1 && close < 9 true\n" +
				"    close > 1 true by 2  | close 3\n" +
				"    close < 9 true by 6  | close 3",
		},
		{
			"position.is_flat ? close > 2 : close > 4",
			"position.is_flat ? close > 2 : close > 4 true\n" +
				"  position.is_flat true\n" +
				"  close > 2 true by 1  | close 3\n" +
				"  close > 4 false by 1  | close 3",
		},
		{
			"position.entry_price > 1 && sma(close, 50) > 2",
			"position.entry_price > 1 not-ready * (no position)  | position.entry_price 0 (no position)\n" +
				"sma(close, 50) > 2 not-ready (warming up)  | sma(close, 50) 0 (warming up)",
		},
		{"trades.bars_since_exit > 3", "trades.bars_since_exit > 3 true  | trades.bars_since_exit 0 (infinite)"},
	} {
		s := single(t, c.text)
		p := s.Program()
		for _, price := range []string{"1", "2", "3"} {
			x := num.MustPrice(price)
			p.Update(0, &market.Bar{O: x, H: x, L: x, C: x})
		}
		v := flat()
		v.Trades.BarsSinceExit = math.Inf(1)
		if got := explained(p.Explain(s.Expr, v, nil)); got != c.want {
			t.Errorf("%s\ngot\n%s\nwant\n%s", c.text, got, c.want)
		}
		if n := testing.AllocsPerRun(50, explainInto(p, s.Expr, v)); n != 0 {
			t.Errorf("%s: telling it allocates %v times", c.text, n)
		}
	}
}

func explainInto(p engine.Program, e engine.Expr, v *engine.View) func() {
	var buf []engine.Reading
	return func() { buf = p.Explain(e, v, buf[:0]) }
}
