package strategies_test

import (
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/expr-lang/expr"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/strategies"
)

// TestVocabularyIsWhole holds that every row of the vocabulary says all that
// is told of a function.
func TestVocabularyIsWhole(t *testing.T) {
	for _, f := range slices.Concat(strategies.Functions(), strategies.Sources()) {
		v := reflect.ValueOf(f)
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; v.Field(i).String() == "" && name != "Reads" {
				t.Errorf("%s: %s is empty", f.Name, name)
			}
		}
		if !strings.Contains(f.Example, f.Name) {
			t.Errorf("%s: its example is %s", f.Name, f.Example)
		}
	}
	for _, problem := range strategies.VocabularyGaps() {
		t.Error(problem)
	}
}

// TestExamples holds that the example of every row loads, and gets a value on
// bars.
func TestExamples(t *testing.T) {
	for _, f := range slices.Concat(strategies.Functions(), strategies.Sources()) {
		s := hourly(t, f.Example)
		p, ready := s.Program(), false
		for i := range 100 {
			b := hour(i)
			p.Update(0, &b)
			_, cause := evaluated(s, p)
			ready = ready || cause == engine.Ready
		}
		if !ready {
			t.Errorf("%s: no value in 100 bars", f.Example)
		}
	}
}

// evaluated reads a number, or a condition as 1 and 0.
func evaluated(s *strategies.Single, p engine.Program) (float64, engine.Cause) {
	if !s.Condition {
		return p.Number(s.Expr, flat())
	}
	truth, cause := p.Condition(s.Expr, flat())
	if truth == engine.True {
		return 1, cause
	}
	return 0, cause
}

func hourly(t testing.TB, value string) *strategies.Single {
	t.Helper()
	s, ds := strategies.LoadExpression("test", value, market.Series{Instrument: "BTC-USD", Timeframe: 60 * market.Minute})
	if len(ds) > 0 {
		t.Fatalf("LoadExpression(%q):\n%s", value, ds.Render([]byte(value)))
	}
	return s
}

// hour makes the i-th bar of an hour, the first of which begins a day.
func hour(i int) market.Bar {
	b := bar(i, wave(i))
	b.Open, b.Timeframe = market.Time(i)*60*market.Time(market.Minute), 60*market.Minute
	return b
}

// lengths are what a test writes for the arguments of a function.
func lengths() map[string]any {
	return map[string]any{
		"n": 7, "m": 5, "fast": 4, "slow": 9, "signal": 3, "a": 4, "b": 6, "c": 8, "d": 3, "k": 2, "day": 24,
		"floor": func(x float64) float64 { return math.Floor(x) }, "sqrt": func(x int) float64 { return math.Sqrt(float64(x)) }, "max": maxOf,
	}
}

func maxOf(a ...any) int {
	most := 0
	for _, x := range a {
		most = max(most, x.(int))
	}
	return most
}

var word = regexp.MustCompile(`[a-z0-9_]+`)

// written replaces the names of arguments by values.
func written(f *strategies.Function) string {
	if len(f.Arguments) == 0 {
		return f.Name
	}
	_, args, _ := strings.Cut(f.Usage, "(")
	args = strings.NewReplacer("[", "", "]", "").Replace(args)
	filled := word.ReplaceAllStringFunc(args, func(name string) string {
		series := map[string]string{"x": "close", "y": "open", "cond": "close > 0", "mult": "2.5", "step": "0.02", "low": "1", "high": "2", "tol": "3"}
		if s, ok := series[name]; ok {
			return s
		}
		for _, a := range f.Arguments {
			switch {
			case a.Name != name:
			case strings.Contains(a.Takes, "whole"):
				return map[string]string{"n": "7", "m": "5", "fast": "4", "slow": "9", "signal": "3", "a": "4", "b": "6", "c": "8", "d": "3", "k": "2"}[name]
			case strings.Contains(a.Takes, "known"):
				return "0.7"
			}
		}
		return map[string]string{"a": "close", "b": "open"}[name]
	})
	if f.Name == "within" {
		filled = strings.Replace(filled, ">", "<", 1) // what is true is known at once
	}
	return f.Name + "(" + filled
}

// TestFirstBar holds that a value's first bar is the one that its row names,
// in the warm-up of the feed and in what is computed.
func TestFirstBar(t *testing.T) {
	for _, f := range slices.Concat(strategies.Functions(), strategies.Sources()) {
		for _, o := range f.Outputs {
			if o.First == "with its arguments" {
				continue
			}
			value := written(&f)
			if o.Field != "" {
				value += "." + o.Field
			}
			s := hourly(t, value)
			want, err := expr.Eval("int("+o.First+")", lengths())
			if err != nil {
				t.Fatalf("%s: first bar %q: %v", value, o.First, err)
			}
			if s.Feed.WarmUp != want {
				t.Errorf("%s: ready after %d bars, its row says %s = %v", value, s.Feed.WarmUp, o.First, want)
			}
			if got := firstOf(s, value); got != s.Feed.WarmUp {
				t.Errorf("%s: got its first value at bar %d, want %d", value, got, s.Feed.WarmUp)
			}
		}
	}
}

// firstOf finds the first bar with a value. What counts from the day's first
// bar begins just after one, which takes longest.
func firstOf(s *strategies.Single, value string) int {
	p, from := s.Program(), 0
	if strings.HasPrefix(value, "pivots") || value == "vwap" {
		from = 1
	}
	for i := range 200 {
		b := hour(from + i)
		p.Update(0, &b)
		if _, cause := evaluated(s, p); cause == engine.Ready {
			return i + 1
		}
	}
	return 0
}

// TestShortest holds that the least length is one that works.
func TestShortest(t *testing.T) {
	for _, f := range strategies.Functions() {
		for _, o := range f.Outputs {
			value := regexp.MustCompile(`\b[0-9]+\b`).ReplaceAllString(written(&f), "1")
			if f.Name == "hma" {
				value = "hma(close, 2)"
			}
			if o.Field != "" {
				value += "." + o.Field
			}
			s := hourly(t, value)
			if got := firstOf(s, value); got != s.Feed.WarmUp && o.First != "with its arguments" && !strings.HasSuffix(value, "percent_b") {
				t.Errorf("%s: got its first value at bar %d, want %d", value, got, s.Feed.WarmUp)
			}
		}
	}
}

// TestNothingAllocated holds that no function allocates once its program is
// made.
func TestNothingAllocated(t *testing.T) {
	bars := make([]market.Bar, 200)
	for i := range bars {
		bars[i] = hour(i)
	}
	for _, f := range slices.Concat(strategies.Functions(), strategies.Sources()) {
		s := hourly(t, f.Example)
		p := s.Program()
		if n := testing.AllocsPerRun(1, func() {
			for i := range bars {
				p.Update(0, &bars[i])
			}
		}); n != 0 {
			t.Errorf("%s: got %v allocations in %d bars, want none", f.Example, n, len(bars))
		}
	}
}
