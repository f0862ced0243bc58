package strategies_test

import (
	"math"
	"testing"
	"time"

	"rulebot/engine"
)

const fourClauses = "crossover(ema(close, 12), ema(close, 26)) && rsi(close, 14) < 70 && close > sma(close, 50) && volume > 0.5 * sma(volume, 20)"

// steady is the same without the cross, so that no clause cuts it short.
const steady = "close > 1 && rsi(close, 14) < 101 && close * 3 > sma(close, 50) && volume > 0.01 * sma(volume, 20)"

// inputs is what the steady rule reads, as a bot written by hand keeps it.
type inputs struct{ close, rsi, sma, volume, volumeSMA float64 }

// plain is the steady rule as a person writes it: a comparison with NaN is
// false, which is right here, and wrong as soon as somebody writes not.
//
//go:noinline
func plain(m *inputs) bool {
	return m.close > 1 && m.rsi < 101 && m.close*3 > m.sma && m.volume > 0.01*m.volumeSMA
}

// careful is the steady rule with three-valued truth, written by hand: false
// as soon as a clause is, else not ready as soon as a clause is.
//
//go:noinline
func careful(m *inputs) engine.Truth {
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

// BenchmarkRule evaluates a rule of four clauses, all of which are read, and
// beside it the same condition written in Go: plain, and with three-valued
// truth. All read the same numbers from memory, at every turn, through a call.
func BenchmarkRule(b *testing.B) {
	s := single(b, steady)
	p, v := fed(s, 100), flat()
	m := &inputs{}
	for text, x := range map[string]*float64{
		"close": &m.close, "rsi(close, 14)": &m.rsi, "sma(close, 50)": &m.sma, "volume": &m.volume, "sma(volume, 20)": &m.volumeSMA,
	} {
		one := single(b, text)
		*x, _ = fed(one, 100).Number(one.Expr, v)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Condition(s.Expr, v)
	}
	rounds := max(b.N, 10_000_000)
	ours := timed(b, rounds, func() (yes int) {
		for range rounds {
			if t, _ := p.Condition(s.Expr, v); t == engine.True {
				yes++
			}
		}
		return yes
	})
	hand := timed(b, rounds, func() (yes int) {
		for range rounds {
			if plain(m) {
				yes++
			}
		}
		return yes
	})
	slow := timed(b, rounds, func() (yes int) {
		for range rounds {
			if careful(m) == engine.True {
				yes++
			}
		}
		return yes
	})
	b.ReportMetric(ours, "rule-ns")
	b.ReportMetric(hand, "plain-ns")
	b.ReportMetric(slow, "careful-ns")
	b.ReportMetric(ours/hand, "ratio-to-plain")
	b.ReportMetric(ours/slow, "ratio-to-careful")
}

// timed returns the nanoseconds of one round of a rule that always holds: the
// best of some runs, for the machine has other things to do.
func timed(b *testing.B, rounds int, run func() int) float64 {
	best := math.Inf(1)
	for range 5 {
		start := time.Now()
		if yes := run(); yes != rounds {
			b.Fatalf("true %d times of %d", yes, rounds)
		}
		best = min(best, float64(time.Since(start).Nanoseconds())/float64(rounds))
	}
	return best
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
