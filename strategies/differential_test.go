package strategies_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/expr-lang/expr"

	"rulebot/engine"
)

// writer makes random well-typed expressions in two spellings: ours, and one
// for expr's own machine, which has no series (they are variables there), no
// remainder of floats (a function) and integers beside floats.
type writer struct{ next func(n int) int }

type pair struct{ ours, theirs string }

func (p pair) wrap(form string) pair {
	return pair{fmt.Sprintf(form, p.ours), fmt.Sprintf(form, p.theirs)}
}

// series are the leaves that only our side can compute.
var series = []string{
	"sma(close, 3)", "ema(hl2, 4)", "rma(close, 2)", "rsi(close, 5)", "atr(4)", "highest(high, 6)", "lowest(low, 6)",
	"stdev(close, 5)", "change(close)", "change(open, 3)", "close[2]", "ema(close, 5)[1]",
}

var crosses = []string{"crossover(close, sma(close, 3))", "crossunder(close, 101)", "(close > open)[1]"}

var views = []string{"position.qty", "position.pnl_pct", "position.entry_price", "position.max_price", "account.equity", "account.drawdown_pct"}

func (w writer) pick(list []string) (int, string) {
	i := w.next(len(list))
	return i, list[i]
}

func (w writer) number(depth int) pair {
	if depth == 0 {
		return w.leaf()
	}
	a, b := w.number(depth-1), w.number(depth-1)
	switch w.next(12) {
	case 0, 1, 2, 3, 4:
		_, op := w.pick([]string{"+", "-", "*", "/", "**"})
		return pair{"(" + a.ours + " " + op + " " + b.ours + ")", "(" + a.theirs + " " + op + " " + b.theirs + ")"}
	case 5:
		return pair{"(" + a.ours + " % " + b.ours + ")", "mod(" + a.theirs + ", " + b.theirs + ")"}
	case 6:
		return a.wrap("(-%s)")
	case 7:
		return a.wrap("abs(%s)")
	case 8:
		_, f := w.pick([]string{"min", "max"})
		return pair{f + "(" + a.ours + ", " + b.ours + ")", f + "(" + a.theirs + ", " + b.theirs + ")"}
	case 9:
		return pair{"clamp(" + a.ours + ", 99, " + b.ours + ")", "clamp(" + a.theirs + ", 99.0, " + b.theirs + ")"}
	case 10:
		c := w.condition(depth - 1)
		return pair{"(" + c.ours + " ? " + a.ours + " : " + b.ours + ")", "(" + c.theirs + " ? " + a.theirs + " : " + b.theirs + ")"}
	}
	return w.leaf()
}

func (w writer) leaf() pair {
	switch w.next(4) {
	case 0:
		n := w.next(40)
		if w.next(2) == 0 {
			return pair{fmt.Sprint(n), fmt.Sprintf("%d.0", n)}
		}
		s := fmt.Sprintf("%d.%d", n, w.next(1000))
		return pair{s, s}
	case 1:
		_, s := w.pick([]string{"open", "high", "low", "close", "volume", "hl2", "hlc3", "ohlc4"})
		return pair{s, s}
	case 2:
		_, s := w.pick(views)
		return pair{s, s}
	}
	i, s := w.pick(series)
	return pair{s, fmt.Sprintf("s%d", i)}
}

func (w writer) condition(depth int) pair {
	if depth == 0 {
		i, s := w.pick(crosses)
		return pair{s, fmt.Sprintf("c%d", i)}
	}
	switch w.next(8) {
	case 0, 1, 2:
		a, b := w.condition(depth-1), w.condition(depth-1)
		_, op := w.pick([]string{"&&", "||", "and", "or", "==", "!="})
		return pair{"(" + a.ours + " " + op + " " + b.ours + ")", "(" + a.theirs + " " + op + " " + b.theirs + ")"}
	case 3:
		return w.condition(depth - 1).wrap("not %s")
	case 4:
		a, b, c := w.number(depth-1), w.number(depth-1), w.number(depth-1)
		return pair{"(" + a.ours + " < " + b.ours + " <= " + c.ours + ")", "(" + a.theirs + " < " + b.theirs + " <= " + c.theirs + ")"}
	}
	a, b := w.number(depth-1), w.number(depth-1)
	_, op := w.pick([]string{"<", "<=", ">", ">=", "==", "!="})
	return pair{"(" + a.ours + " " + op + " " + b.ours + ")", "(" + a.theirs + " " + op + " " + b.theirs + ")"}
}

// oracle is the environment of expr's machine after some bars: our series as
// plain numbers, and functions of its own.
func oracle(t testing.TB, bars int, v *engine.View) map[string]any {
	env := map[string]any{
		"position": map[string]float64{
			"qty": v.Position.Qty, "pnl_pct": v.Position.PnLPct, "entry_price": v.Position.EntryPrice, "max_price": v.Position.MaxPrice,
		},
		"account": map[string]float64{"equity": v.Account.Equity, "drawdown_pct": v.Account.DrawdownPct},
		"mod":     math.Mod,
	}
	last := bar(bars-1, wave(bars-1))
	o, h, l, c := last.O.Float(), last.H.Float(), last.L.Float(), last.C.Float()
	env["open"], env["high"], env["low"], env["close"], env["volume"] = o, h, l, c, last.Volume.Float()
	env["hl2"], env["hlc3"], env["ohlc4"] = (h+l)/2, (h+l+c)/3, (o+h+l+c)/4
	for i, s := range series {
		one := single(t, s)
		x, why := fed(one, bars).Number(one.Expr, v)
		if why != engine.Ready {
			t.Fatalf("%s is not ready after %d bars: %v", s, bars, why)
		}
		env[fmt.Sprintf("s%d", i)] = x
	}
	for i, s := range crosses {
		one := single(t, s)
		x, why := fed(one, bars).Condition(one.Expr, v)
		if why != engine.Ready {
			t.Fatalf("%s is not ready after %d bars: %v", s, bars, why)
		}
		env[fmt.Sprintf("c%d", i)] = x == engine.True
	}
	return env
}

func options(env map[string]any) []expr.Option {
	float := func(f func(a []float64) float64) func(...any) (any, error) {
		return func(params ...any) (any, error) {
			a := make([]float64, len(params))
			for i, p := range params {
				a[i] = p.(float64)
			}
			return f(a), nil
		}
	}
	least := func(a, b float64) float64 {
		if a <= b || math.IsNaN(a) {
			return a
		}
		return b
	}
	most := func(a, b float64) float64 {
		if a >= b || math.IsNaN(a) {
			return a
		}
		return b
	}
	return []expr.Option{
		expr.Env(env), expr.Optimize(false),
		expr.Function("abs", float(func(a []float64) float64 { return math.Abs(a[0]) }), new(func(float64) float64)),
		expr.Function("min", float(func(a []float64) float64 { return least(a[0], a[1]) }), new(func(float64, float64) float64)),
		expr.Function("max", float(func(a []float64) float64 { return most(a[0], a[1]) }), new(func(float64, float64) float64)),
		expr.Function("clamp", float(func(a []float64) float64 { return least(most(a[0], a[1]), a[2]) }), new(func(float64, float64, float64) float64)),
	}
}

// agree holds one expression of both sides against each other, every bit. It
// tells whether ours was ready: when it is not, there is nothing to compare.
func agree(t *testing.T, w writer, env map[string]any, opts []expr.Option, v *engine.View, bars int) bool {
	t.Helper()
	cond := w.next(2) == 0
	p := pair{}
	if cond {
		p = w.condition(1 + w.next(4))
	} else {
		p = w.number(1 + w.next(4))
	}
	if len(p.ours) > 2000 {
		return false
	}
	program, err := expr.Compile(p.theirs, opts...)
	if err != nil {
		t.Fatalf("expr refuses %s: %v", p.theirs, err)
	}
	theirs, err := expr.Run(program, env)
	if err != nil {
		t.Fatalf("expr cannot run %s: %v", p.theirs, err)
	}
	s := single(t, p.ours)
	if s.Condition != cond {
		t.Fatalf("%s: got condition %v, want %v", p.ours, s.Condition, cond)
	}
	if cond {
		got, why := fed(s, bars).Condition(s.Expr, v)
		if why == engine.Ready && (got == engine.True) != theirs.(bool) {
			t.Errorf("%s\n got %v, expr says %v", p.ours, got, theirs)
		}
		return why == engine.Ready
	}
	got, why := fed(s, bars).Number(s.Expr, v)
	want, _ := theirs.(float64)
	if why == engine.Ready && math.Float64bits(got) != math.Float64bits(want) {
		t.Errorf("%s\n got %v (%x), expr says %v (%x)", p.ours, got, math.Float64bits(got), want, math.Float64bits(want))
	}
	if finite := want-want == 0; why != engine.Ready && finite && len(p.ours) < 30 {
		t.Logf("%s is not ready (%v) where expr has %v", p.ours, why, want)
	}
	return why == engine.Ready
}

const oracleBars = 24

// TestDifferential compares our closures with expr's machine over a fixed
// sequence of random expressions.
func TestDifferential(t *testing.T) {
	const count = 3000
	r := rand.New(rand.NewPCG(1, 2))
	v := long()
	env := oracle(t, oracleBars, v)
	opts := options(env)
	ready := 0
	for range count {
		if agree(t, writer{r.IntN}, env, opts, v, oracleBars) {
			ready++
		}
		if t.Failed() {
			return
		}
	}
	if ready < count*3/5 {
		t.Errorf("only %d of %d expressions were ready", ready, count)
	}
	t.Logf("%d of %d ready and equal to the bit", ready, count)
}

// FuzzDifferential does the same with expressions that the fuzzer chooses.
func FuzzDifferential(f *testing.F) {
	v := long()
	env := oracle(f, oracleBars, v)
	opts := options(env)
	f.Add([]byte("some bytes to choose by, and some more of them"))
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255, 128, 77, 33})
	f.Fuzz(func(t *testing.T, data []byte) {
		i := 0
		next := func(n int) int {
			if i >= len(data) {
				return 0
			}
			i++
			return int(data[i-1]) % n
		}
		agree(t, writer{next}, env, opts, v, oracleBars)
	})
}

// TestFlat compares the flat form of conditions with their trees, clause by
// clause, from the first bar on, when hardly anything is ready.
func TestFlat(t *testing.T) {
	const count = 3000
	r := rand.New(rand.NewPCG(3, 4))
	w := writer{r.IntN}
	seen := map[engine.Truth]int{}
	for range count {
		value := w.flat(1 + w.next(5))
		s := single(t, value)
		p := s.Program()
		for i := range 8 {
			if i > 0 {
				b := bar(i, wave(i))
				p.Update(0, &b)
			}
			got, why := p.Condition(s.Expr, flat())
			want, because := s.Slowly(p, flat())
			if got != want || why != because {
				t.Fatalf("%s\n after %d bars: got %v (%v), want %v (%v)", value, i, got, why, want, because)
			}
			seen[got]++
		}
	}
	if min(seen[engine.True], seen[engine.False], seen[engine.NotReady]) < count {
		t.Errorf("got %v: each truth must be seen often", seen)
	}
}

// flat makes a condition of the forms that have a flat form, and some that
// nearly have it: sides that are equal, infinite, or too large to multiply.
func (w writer) flat(depth int) string {
	if depth > 0 && w.next(4) > 0 {
		_, op := w.pick([]string{" && ", " || ", " && not ", " || not "})
		return "(" + w.flat(depth-1) + op + w.flat(depth-1) + ")"
	}
	side := func() string {
		_, x := w.pick([]string{"close", "open", "close[1]", "ema(close, 3)", "sma(close, 5)", "change(close)", "close - close", "close[1] * 0"})
		_, k := w.pick([]string{"2", "0.5", "-1", "0", "1e300", "1e308 * 10", "(0 / 0)"})
		switch w.next(5) {
		case 0:
			return k
		case 1:
			return x + " * " + k
		case 2:
			return k + " * " + x
		}
		return x
	}
	if w.next(5) == 0 {
		_, c := w.pick(crosses)
		return c
	}
	_, op := w.pick([]string{"<", "<=", ">", ">=", "==", "!="})
	return "(" + side() + " " + op + " " + side() + ")"
}
