package strategies_test

import (
	"strings"
	"testing"

	"rulebot/engine"
	"rulebot/strategies"
)

// TestCrossOfALevel crosses the entry price, 98: a level is the same one bar
// ago, whatever it was then.
func TestCrossOfALevel(t *testing.T) {
	closes := []int64{9_700, 9_900, 9_950, 9_800, 9_600, 9_801}
	for expression, want := range map[string]string{
		"crossover(close, position.entry_price)":          "F T F F F T",
		"crossunder(close, position.entry_price)":         "? F F F T F",
		"cross(close, position.entry_price)":              "? T F F T T",
		"crossover(position.entry_price, close)":          "? F F F T F",
		"crossover(close, position.entry_price + 1)":      "F F T F F F",
		"not crossover(close, position.entry_price)":      "T F T T T F",
		"crossover(close, position.entry_price) && 1 > 2": "F F F F F F",
	} {
		s := single(t, expression)
		p, v := s.Program(), long()
		var got []string
		for i, c := range closes {
			b := bar(i, c)
			p.Update(0, &b)
			truth, _ := p.Condition(s.Expr, v)
			got = append(got, [...]string{"?", "F", "T"}[truth])
		}
		if all := strings.Join(got, " "); all != want {
			t.Errorf("%s: got %s, want %s", expression, all, want)
		}
		if truth, why := p.Condition(s.Expr, flat()); truth != engine.NotReady && !strings.Contains(expression, "&&") || truth == engine.NotReady && why != engine.CauseFlat {
			t.Errorf("%s while flat: got %s, %s", expression, truth, why)
		}
	}
	for _, moving := range []string{"crossover(close, position.value)", "crossover(book.mid, close)", "crossover(position.entry_price, 98)", "crossover(state.x, position.entry_price)"} {
		if _, ds := strategies.LoadExpression("test", moving, minutes); len(ds) == 0 {
			t.Errorf("%s was taken", moving)
		}
	}
}
