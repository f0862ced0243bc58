package strategies_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"rulebot/engine"
	"rulebot/strategies"
)

// under are the views that each guard is judged for.
var under = []struct {
	guard engine.Guard
	view  func() *engine.View
}{{engine.ForFlat, flat}, {engine.ForLong, long}, {engine.ForAny, flat}, {engine.ForAny, long}}

// close relatives: conditions over few values, so that they often decide each
// other.
func (w writer) related(depth int) string {
	values := []string{"close", "high", "low", "rsi(close, 3)", "sma(close, 3)", "highest(high, 4)", "volume", "position.qty", "30", "70", "101", "-1"}
	if depth == 0 {
		_, a := w.pick(values)
		_, b := w.pick(values)
		_, op := w.pick([]string{"<", "<=", ">", ">=", "==", "!="})
		if w.next(8) == 0 {
			return "crossover(close, sma(close, 3))"
		}
		return a + " " + op + " " + b
	}
	a, b := w.related(depth-1), w.related(depth-1)
	switch w.next(5) {
	case 0:
		return "not (" + a + ")"
	case 1, 2:
		return "(" + a + " and " + b + ")"
	}
	return "(" + a + " or " + b + ")"
}

// TestVerdicts holds that nothing that was ruled out ever happens: random
// conditions, every guard, forty bars.
func TestVerdicts(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 14))
	w := writer{next: r.IntN}
	decided := 0
	for i := range 600 {
		value := w.related(1 + i%3)
		if i%3 == 0 {
			value = w.condition(1 + w.next(3)).ours
		}
		if len(value) > 1500 {
			continue
		}
		s := single(t, value)
		p := s.Program()
		for k := range 40 {
			b := bar(k, wave(k))
			p.Update(0, &b)
			for _, u := range under {
				hold, fail := s.Verdict(u.guard)
				if !hold || !fail {
					decided++
				}
				switch truth, _ := p.Condition(s.Expr, u.view()); {
				case truth == engine.True && !hold:
					t.Fatalf("%s holds at bar %d and was ruled out (guard %d)", value, k, u.guard)
				case truth == engine.False && !fail:
					t.Fatalf("%s fails at bar %d and was said not to (guard %d)", value, k, u.guard)
				}
			}
		}
	}
	if decided < 5_000 {
		t.Errorf("only %d verdicts decide anything: the test is empty", decided)
	}
}

// TestSpans holds that no number ever leaves its span.
func TestSpans(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 71))
	w := writer{next: r.IntN}
	for range 400 {
		value := w.number(1 + w.next(3)).ours
		if len(value) > 1500 {
			continue
		}
		s := single(t, value)
		p := s.Program()
		for k := range 30 {
			b := bar(k, wave(k))
			p.Update(0, &b)
			for _, u := range under {
				lo, hi := s.Span(u.guard)
				if x, why := p.Number(s.Expr, u.view()); why == engine.Ready && !(lo <= x && x <= hi) {
					t.Fatalf("%s is %v at bar %d, outside %v to %v (guard %d)", value, x, k, lo, hi, u.guard)
				}
			}
		}
	}
}

// TestImplication holds that what is said to follow does.
func TestImplication(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	w := writer{next: r.IntN}
	found := 0
	for range 1500 {
		a, b := w.related(w.next(2)), w.related(w.next(2))
		if !strategies.Implies(a, b, engine.ForAny) {
			continue
		}
		found++
		both := single(t, fmt.Sprintf("(%s) and not (%s)", a, b))
		p := both.Program()
		for k := range 40 {
			bar := bar(k, wave(k))
			p.Update(0, &bar)
			for _, v := range []*engine.View{flat(), long()} {
				if truth, _ := p.Condition(both.Expr, v); truth == engine.True {
					t.Fatalf("%s holds at bar %d without %s", a, k, b)
				}
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d implications found: the test is empty", found)
	}
}

func TestVerdictTable(t *testing.T) {
	for value, want := range map[string]string{
		"rsi(close, 14) > 100":                               "never",
		"rsi(close, 14) >= 0":                                "always",
		"rsi(close, 14) > 70":                                "",
		"close > 0":                                          "always",
		"volume > 0":                                         "",
		"volume < 0":                                         "never",
		"stdev(close, 5) < 0":                                "never",
		"abs(close - open) >= 0":                             "always",
		"clamp(change(close), -1, 1) > 1":                    "never",
		"min(rsi(close, 5), 50) > 50":                        "never",
		"max(rsi(close, 5), 50) < 50":                        "never",
		"(close > open ? 1 : 2) > 2":                         "never",
		"(1 > 2 ? rsi(close, 5) : -1) < 0":                   "always",
		"rsi(close, 5) > 70 and rsi(close, 5) < 30":          "never",
		"rsi(close, 5) > 30 or rsi(close, 5) < 70":           "always",
		"not (rsi(close, 5) > 30 or rsi(close, 5) < 70)":     "never",
		"close > open and close < open":                      "never",
		"close > open or close <= open":                      "always",
		"close > open and not (open < close)":                "never",
		"close > open and (high > low and open > close)":     "never",
		"close > high":                                       "never",
		"low <= close":                                       "always",
		"hlc3 <= high":                                       "",
		"close > highest(high, 5)":                           "never",
		"close > highest(high, 5)[1]":                        "",
		"close == close":                                     "always",
		"crossover(rsi(close, 5), 100)":                      "never",
		"crossover(close, open) and crossunder(close, open)": "never",
		"crossover(close, open) and close < open":            "never",
		"position.qty < 0":                                   "never",
		"rsi(close, 5) * 2 > 200":                            "never",
		"100 - rsi(close, 5) < 0":                            "never",
		"ema(rsi(close, 5), 9) > 101":                        "never",
		"close / volume > 0":                                 "",
		"rsi(close, 5) > 70 and rsi(open, 5) < 30":           "",
	} {
		got := ""
		switch hold, fail := single(t, value).Verdict(engine.ForAny); {
		case !hold:
			got = "never"
		case !fail:
			got = "always"
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
}
