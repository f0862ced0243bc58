package strategies_test

import (
	"math"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/strategies"
)

const fourClauses = "crossover(ema(close, 12), ema(close, 26)) && rsi(close, 14) < 70 && close > sma(close, 50) && volume > 0.5 * sma(volume, 20)"

// scaled multiplies in two clauses of four.
const scaled = "close > 1 && rsi(close, 14) < 101 && close * 3 > sma(close, 50) && volume > 0.01 * sma(volume, 20)"

// inputs is what the rules read, as a bot written by hand keeps it.
type inputs struct {
	close, rsi, sma, volume, volumeSMA float64
	crossed                            bool
}

// The rules as a person writes them: a comparison with NaN is false, which is
// right here, and wrong as soon as somebody writes not.
//
//go:noinline
func plain(m *inputs) bool {
	return m.crossed && m.rsi < 70 && m.close > m.sma && m.volume > 0.5*m.volumeSMA
}

//go:noinline
func plainScaled(m *inputs) bool {
	return m.close > 1 && m.rsi < 101 && m.close*3 > m.sma && m.volume > 0.01*m.volumeSMA
}

// The rules with three-valued truth, written by hand: false as soon as a
// clause is, else not ready as soon as a clause is.
//
//go:noinline
func careful(m *inputs) engine.Truth {
	a := engine.False
	if m.crossed {
		a = engine.True
	}
	if a == engine.False {
		return a
	}
	b := exceeds(70, m.rsi)
	if b == engine.False {
		return b
	}
	c := exceeds(m.close, m.sma)
	if c == engine.False {
		return c
	}
	d := exceeds(m.volume, 0.5*m.volumeSMA)
	if d == engine.False {
		return d
	}
	return min(a, b, c, d)
}

//go:noinline
func carefulScaled(m *inputs) engine.Truth {
	a := exceeds(m.close, 1)
	if a == engine.False {
		return a
	}
	b := exceeds(101, m.rsi)
	if b == engine.False {
		return b
	}
	c := exceeds(m.close*3, m.sma)
	if c == engine.False {
		return c
	}
	d := exceeds(m.volume, 0.01*m.volumeSMA)
	if d == engine.False {
		return d
	}
	return min(a, b, c, d)
}

func exceeds(l, r float64) engine.Truth {
	switch {
	case l-l != 0 || r-r != 0:
		return engine.NotReady
	case l > r:
		return engine.True
	}
	return engine.False
}

// BenchmarkRule evaluates rules of four clauses, all of which are read, and
// beside each the same condition written in Go: plain, and with three-valued
// truth. All read the same numbers from memory, at every turn, through a call.
func BenchmarkRule(b *testing.B) {
	b.Run("usual", func(b *testing.B) { race(b, fourClauses, plain, careful) })
	b.Run("scaled", func(b *testing.B) { race(b, scaled, plainScaled, carefulScaled) })
}

func race(b *testing.B, rule string, plain func(*inputs) bool, careful func(*inputs) engine.Truth) {
	const bars = 98 // the averages have just crossed
	s := single(b, rule)
	p, v := fed(s, bars), flat()
	m := &inputs{crossed: true}
	for text, x := range map[string]*float64{
		"close": &m.close, "rsi(close, 14)": &m.rsi, "sma(close, 50)": &m.sma, "volume": &m.volume, "sma(volume, 20)": &m.volumeSMA,
	} {
		one := single(b, text)
		*x, _ = fed(one, bars).Number(one.Expr, v)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Condition(s.Expr, v)
	}
	const rounds = 1_000_000
	ours, hand, slow := math.Inf(1), math.Inf(1), math.Inf(1)
	for range 20 { // in turns, for the machine has other things to do
		ours = min(ours, timed(b, rounds, func() (yes int) {
			for range rounds {
				if t, _ := p.Condition(s.Expr, v); t == engine.True {
					yes++
				}
			}
			return yes
		}))
		hand = min(hand, timed(b, rounds, func() (yes int) {
			for range rounds {
				if plain(m) {
					yes++
				}
			}
			return yes
		}))
		slow = min(slow, timed(b, rounds, func() (yes int) {
			for range rounds {
				if careful(m) == engine.True {
					yes++
				}
			}
			return yes
		}))
	}
	b.ReportMetric(ours, "rule-ns")
	b.ReportMetric(hand, "plain-ns")
	b.ReportMetric(slow, "careful-ns")
	b.ReportMetric(ours/hand, "ratio-to-plain")
	b.ReportMetric(ours/slow, "ratio-to-careful")
}

// timed returns the nanoseconds of one round of a rule that always holds.
func timed(b *testing.B, rounds int, run func() int) float64 {
	start := time.Now()
	if yes := run(); yes != rounds {
		b.Fatalf("true %d times of %d", yes, rounds)
	}
	return float64(time.Since(start).Nanoseconds()) / float64(rounds)
}

// BenchmarkUpdate folds a bar into the slots of a rule of four clauses.
func BenchmarkUpdate(b *testing.B) {
	s := single(b, fourClauses)
	p := fed(s, 100)
	next := bar(100, wave(100))
	b.ReportAllocs()
	for b.Loop() {
		p.Update(0, &next)
	}
}

// TestNoAllocation holds that neither an update nor an evaluation allocates.
func TestNoAllocation(t *testing.T) {
	s := single(t, fourClauses+" && (position.pnl_pct > 1 ? atr(5) : stdev(close, 9)) > 0 && highest(high, 9)[1] > change(close)")
	p := fed(s, 100)
	next, v := bar(100, wave(100)), long()
	if n := testing.AllocsPerRun(200, func() {
		p.Update(0, &next)
		p.Condition(s.Expr, v)
	}); n != 0 {
		t.Errorf("got %v allocations a bar, want 0", n)
	}
}

// perRound returns the nanoseconds of the fastest of ten rounds.
func perRound(b *testing.B, run func()) float64 {
	b.Helper()
	best := math.Inf(1)
	for range 10 {
		start := time.Now()
		run()
		best = min(best, float64(time.Since(start).Nanoseconds()))
	}
	return best
}

// BenchmarkBar is what a bar costs with three indicators and two rules of four
// clauses: the update, and both rules.
func BenchmarkBar(b *testing.B) {
	const enter = "close > ema(close, 12) && rsi(close, 14) < 70 && close > sma(close, 50) && volume > 0"
	const leave = "close < ema(close, 12) && rsi(close, 14) > 30 && close < sma(close, 50) * 1.01 && position.qty > 0"
	src := "version: 1\nexchange: {name: okcoin}\nstrategies:\n  - name: a\n    instrument: BTC-USD\n    timeframe: 1m\n    rules:\n" +
		"      - {name: enter, when: \"" + enter + "\", do: {buy: {size: {quote: 100}, type: market}}}\n" +
		"      - {name: leave, when: \"" + leave + "\", do: close}\n"
	f, ds := strategies.Load("bar.yaml", []byte(src))
	if len(ds) > 0 {
		b.Fatal(ds)
	}
	p, v, rules := f.Program(), flat(), f.Strategies[0].Rules
	bars := make([]market.Bar, 1024)
	for i := range bars {
		bars[i] = bar(i, wave(i))
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		p.Update(0, &bars[i%len(bars)])
		p.Condition(rules[0].When, v)
		p.Condition(rules[1].When, v)
		i++
	}
}
