package strategies_test

import (
	"testing"
	"time"

	"rulebot/engine"
)

const fourClauses = "crossover(ema(close, 12), ema(close, 26)) && rsi(close, 14) < 70 && close > sma(close, 50) && volume > 0.5 * sma(volume, 20)"

// steady is the same without the cross, so that no clause cuts it short.
const steady = "close > 1 && rsi(close, 14) < 101 && close * 3 > sma(close, 50) && volume > 0.01 * sma(volume, 20)"

// BenchmarkRule evaluates a rule of four clauses, all of which are read, and
// beside it the same condition written in Go.
func BenchmarkRule(b *testing.B) {
	s := single(b, steady)
	p := fed(s, 100)
	v := flat()
	names := []string{"close", "rsi(close, 14)", "sma(close, 50)", "volume", "sma(volume, 20)"}
	x := make([]float64, len(names))
	for i, n := range names {
		one := single(b, n)
		x[i], _ = fed(one, 100).Number(one.Expr, v)
	}
	b.ReportAllocs()
	yes := 0
	for b.Loop() {
		if t, _ := p.Condition(s.Expr, v); t == engine.True {
			yes++
		}
	}
	if yes != b.N {
		b.Fatalf("true %d times of %d", yes, b.N)
	}
	ours := b.Elapsed()
	floor := byHand(b.N, x)
	b.ReportMetric(float64(floor.Nanoseconds())/float64(b.N), "hand-ns/op")
	b.ReportMetric(float64(ours)/float64(max(floor, 1)), "ratio")
}

// byHand times the rule written in Go over the same floats.
func byHand(n int, x []float64) time.Duration {
	start, yes := time.Now(), 0
	for range n {
		if x[0] > 1 && x[1] < 101 && x[0]*3 > x[2] && x[3] > 0.01*x[4] {
			yes++
		}
	}
	if yes != n {
		return 0
	}
	return time.Since(start)
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
