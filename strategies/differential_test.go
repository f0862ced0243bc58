package strategies_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/expr-lang/expr"

	"rulebot/engine"
	"rulebot/strategies"
)

// writer makes random well-typed expressions in two spellings: ours, and one
// for expr's own machine, which has no series (they are variables there), no
// remainder of floats (a function) and integers beside floats.
type writer struct {
	next         func(n int) int
	lets, params *[]string // what has names; nil where nothing may
}

type pair struct{ ours, theirs string }

func (p pair) wrap(form string) pair {
	return pair{fmt.Sprintf(form, p.ours), fmt.Sprintf(form, p.theirs)}
}

// series are the leaves that only our side can compute.
var series = []string{
	"sma(close, 3)", "ema(hl2, 4)", "rma(close, 2)", "rsi(close, 5)", "atr(4)", "highest(high, 6)", "lowest(low, 6)",
	"stdev(close, 5)", "change(close)", "change(open, 3)", "close[2]", "ema(close, 5)[1]",
	"macd(close, 3, 6, 4).line", "macd(close, 3, 6, 4).hist", "bb(close, 5, 2).upper", "adx(4).plus_di", "supertrend(5, 2).value",
	"tr", "obv", "vwap", "ha.open", "bar.index", "valuewhen(close > 101, low)", "barssince(close > 101)", "count(close > 101, 4)",
	"correlation(close, volume, 5)", "stoch(5, 3, 3).d[1]", "sum(volume, 5)", "t3(close, 3)", "psar(0.02, 0.2)",
}

var crosses = []string{
	"crossover(close, sma(close, 3))", "crossunder(close, 101)", "(close > open)[1]",
	"cross(close, 101)", "within(close > 101, 3)", "always(close > 101, 3)", "rising(close, 2)", "supertrend(5, 2).up", "bar.new_day",
}

var views = []string{"position.qty", "position.pnl_pct", "position.entry_price", "position.max_price", "account.equity", "account.drawdown_pct"}

func (w writer) pick(list []string) (int, string) {
	i := w.next(len(list))
	return i, list[i]
}

// calls are the functions that both sides can compute.
var calls = []string{"abs(A)", "min(A, B)", "max(A, B)", "clamp(A, 99.0, B)", "clamp(A, B, 99.5)", "floor(A)", "ceil(A)", "sqrt(A)", "round(A)", "log(A)"}

func (w writer) number(depth int) pair {
	if depth == 0 {
		return w.leaf()
	}
	a, b := w.number(depth-1), w.number(depth-1)
	switch w.next(12) {
	case 0, 1, 2, 3, 4:
		_, op := w.pick([]string{"+", "-", "*", "/", "**"})
		return fill("(A "+op+" B)", a, b)
	case 5:
		return pair{"(" + a.ours + " % " + b.ours + ")", "mod(" + a.theirs + ", " + b.theirs + ")"}
	case 6:
		return a.wrap("(-%s)")
	case 7, 8, 9:
		_, form := w.pick(calls)
		return fill(form, a, b)
	case 10:
		c := w.condition(depth - 1)
		return pair{"(" + c.ours + " ? " + a.ours + " : " + b.ours + ")", "(" + c.theirs + " ? " + a.theirs + " : " + b.theirs + ")"}
	}
	return w.named(a)
}

// fill puts both spellings into a form of A and B.
func fill(form string, a, b pair) pair {
	return pair{strings.NewReplacer("A", a.ours, "B", b.ours).Replace(form), strings.NewReplacer("A", a.theirs, "B", b.theirs).Replace(form)}
}

// named gives our side of an expression a name under let, where there may be
// names; theirs has none.
func (w writer) named(p pair) pair {
	if w.lets == nil {
		return p
	}
	*w.lets = append(*w.lets, p.ours)
	return pair{fmt.Sprintf("let_%d", len(*w.lets)-1), p.theirs}
}

// param gives our side of a number a name under params, where there may be
// names.
func (w writer) param(p pair) pair {
	if w.params == nil || w.next(2) == 0 {
		return p
	}
	*w.params = append(*w.params, p.ours)
	return pair{fmt.Sprintf("param_%d", len(*w.params)-1), p.theirs}
}

func (w writer) leaf() pair {
	switch w.next(4) {
	case 0:
		n := w.next(40)
		if w.next(2) == 0 {
			return w.param(pair{fmt.Sprint(n), fmt.Sprintf("%d.0", n)})
		}
		s := fmt.Sprintf("%d.%d", n, w.next(1000))
		return w.param(pair{s, s})
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
	switch w.next(9) {
	case 0, 1, 2:
		a, b := w.condition(depth-1), w.condition(depth-1)
		_, op := w.pick([]string{"&&", "||", "and", "or", "==", "!="})
		return pair{"(" + a.ours + " " + op + " " + b.ours + ")", "(" + a.theirs + " " + op + " " + b.theirs + ")"}
	case 3:
		return w.named(w.condition(depth - 1).wrap("not %s"))
	case 4:
		return fill("near(A, B, 1.5)", w.number(depth-1), w.number(depth-1))
	case 5:
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
		expr.Function("floor", float(func(a []float64) float64 { return math.Floor(a[0]) }), new(func(float64) float64)),
		expr.Function("ceil", float(func(a []float64) float64 { return math.Ceil(a[0]) }), new(func(float64) float64)),
		expr.Function("sqrt", float(func(a []float64) float64 { return math.Sqrt(a[0]) }), new(func(float64) float64)),
		expr.Function("round", float(func(a []float64) float64 { return math.Round(a[0]) }), new(func(float64) float64)),
		expr.Function("log", float(func(a []float64) float64 { return strategies.Logarithm(a[0]) }), new(func(float64) float64)),
		expr.Function("near", func(a ...any) (any, error) { return math.Abs(a[0].(float64)-a[1].(float64)) <= a[2].(float64), nil }, new(func(float64, float64, float64) bool)),
		expr.Function("clamp", float(func(a []float64) float64 { return least(most(a[0], a[1]), a[2]) }), new(func(float64, float64, float64) float64)),
	}
}

// oracles are expr's environments, one bar after the other, and its options.
type oracles struct {
	envs []map[string]any
	opts []expr.Option
	view *engine.View
}

const (
	oracleBars = 24 // everything is ready
	oracleMore = 8  // bars on which an expression is compared
)

func newOracles(t testing.TB) *oracles {
	o := &oracles{view: long()}
	for i := range oracleMore {
		o.envs = append(o.envs, oracle(t, oracleBars+i, o.view))
	}
	o.opts = options(o.envs[0])
	return o
}

// agree holds one expression of both sides against each other, every bit, bar
// after bar. It counts where ours was ready: otherwise there is nothing to
// compare.
func (o *oracles) agree(t *testing.T, next func(n int) int) int {
	t.Helper()
	w := writer{next: next}
	cond := next(2) == 0
	p := w.number
	if cond {
		p = w.condition
	}
	both := p(1 + next(4))
	if len(both.ours) > 2000 {
		return 0
	}
	s := single(t, both.ours)
	if s.Condition != cond {
		t.Fatalf("%s: got condition %v, want %v", both.ours, s.Condition, cond)
	}
	return o.compare(t, both, fed(s, oracleBars-1), s.Expr, cond)
}

// compare goes on from the bar before the first that is compared.
func (o *oracles) compare(t *testing.T, both pair, p engine.Program, e engine.Expr, cond bool) (ready int) {
	t.Helper()
	program, err := expr.Compile(both.theirs, o.opts...)
	if err != nil {
		t.Fatalf("expr refuses %s: %v", both.theirs, err)
	}
	for i, env := range o.envs {
		b := bar(oracleBars-1+i, wave(oracleBars-1+i))
		p.Update(0, &b)
		theirs, err := expr.Run(program, env)
		if err != nil {
			t.Fatalf("expr cannot run %s: %v", both.theirs, err)
		}
		if cond {
			got, why := p.Condition(e, o.view)
			if why != engine.Ready {
				continue
			}
			if (got == engine.True) != theirs.(bool) {
				t.Fatalf("%s\n got %v, expr says %v", both.ours, got, theirs)
			}
		} else {
			got, why := p.Number(e, o.view)
			if why != engine.Ready {
				continue
			}
			if want, _ := theirs.(float64); math.Float64bits(got) != math.Float64bits(want) {
				t.Fatalf("%s\n got %v (%x), expr says %v (%x)", both.ours, got, math.Float64bits(got), want, math.Float64bits(want))
			}
		}
		ready++
	}
	return ready
}

var expressions = flag.Int("expressions", 2000, "random expressions that are held against expr's machine")

// TestDifferential compares our closures with expr's machine over a fixed
// sequence of random expressions.
func TestDifferential(t *testing.T) {
	r := rand.New(rand.NewPCG(1, uint64(*expressions)))
	o := newOracles(t)
	ready := 0
	for range *expressions {
		ready += o.agree(t, r.IntN)
	}
	if ready < *expressions*oracleMore*3/5 {
		t.Errorf("only %d evaluations of %d expressions were ready", ready, *expressions)
	}
	t.Logf("%d expressions: %d evaluations ready and equal to the bit", *expressions, ready)
}

// TestDifferentialNamed does the same within a file, where parts of the
// expression are lets and params.
func TestDifferentialNamed(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	o := newOracles(t)
	ready, names := 0, 0
	for range *expressions / 10 {
		var lets, params []string
		w := writer{next: r.IntN, lets: &lets, params: &params}
		both := w.condition(1 + r.IntN(4))
		f, ds := strategies.Load("named.yaml", []byte(withNames(both.ours, lets, params)))
		if len(ds) > 0 {
			if ds[0].Code == strategies.CodeLimit {
				continue
			}
			t.Fatalf("%s\n%v", withNames(both.ours, lets, params), ds)
		}
		p := f.Program()
		for i := range oracleBars - 1 {
			b := bar(i, wave(i))
			p.Update(0, &b)
		}
		ready += o.compare(t, both, p, f.Strategies[0].Rules[0].When, true)
		names += len(lets) + len(params)
	}
	if ready < *expressions/10*oracleMore/2 || names < *expressions/10 {
		t.Errorf("only %d evaluations were ready, with %d names", ready, names)
	}
}

// withNames writes a file with one rule.
func withNames(when string, lets, params []string) string {
	var b strings.Builder
	b.WriteString("version: 1\nexchange: {name: okcoin}\nstrategies:\n  - name: a\n    instrument: BTC-USD\n    timeframe: 1m\n")
	for _, kind := range []struct {
		key, name string
		values    []string
	}{{"params", "param", params}, {"let", "let", lets}} {
		if len(kind.values) > 0 {
			fmt.Fprintf(&b, "    %s:\n", kind.key)
		}
		for i, v := range kind.values {
			if kind.key == "params" {
				v = "{value: " + v + "}"
			} else {
				v = fmt.Sprintf("%q", v)
			}
			fmt.Fprintf(&b, "      %s_%d: %s\n", kind.name, i, v)
		}
	}
	fmt.Fprintf(&b, "    rules: [{name: r, when: %q, do: close}]\n", when)
	return b.String()
}

// FuzzDifferential does the same with expressions that the fuzzer chooses.
func FuzzDifferential(f *testing.F) {
	o := newOracles(f)
	f.Add([]byte("some bytes to choose by, and some more of them"))
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255, 128, 77, 33})
	f.Fuzz(func(t *testing.T, data []byte) {
		i := 0
		o.agree(t, func(n int) int {
			if i >= len(data) {
				return 0
			}
			i++
			return int(data[i-1]) % n
		})
	})
}

// TestFlat compares the flat form of conditions with their trees, clause by
// clause, from the first bar on, when hardly anything is ready.
func TestFlat(t *testing.T) {
	const count = 3000
	r := rand.New(rand.NewPCG(3, 4))
	w := writer{next: r.IntN}
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
