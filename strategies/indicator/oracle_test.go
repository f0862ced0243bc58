package indicator_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"rulebot/internal/oracle"
	"rulebot/strategies/indicator"
)

// markets are generated prices of the kinds that break careless arithmetic.
func markets() map[string][]bar {
	const count = 700
	walk := func(seed uint64, start, tick, move, quiet float64) []bar {
		r := rand.New(rand.NewPCG(seed, 1))
		price := start
		bars := make([]bar, count)
		for i := range bars {
			open := price
			if r.Float64() >= quiet {
				price = max(tick, math.Round((price+move*r.NormFloat64())/tick)*tick)
			}
			spread := math.Round(move*math.Abs(r.NormFloat64())/tick) * tick
			if price == open && quiet > 0 {
				spread = 0
			}
			bars[i] = bar{max(open, price) + spread, min(open, price), price}
		}
		return bars
	}
	spike := walk(5, 61000, 0.01, 0.02, 0.5)
	for i := 100; i < count; i += 97 {
		spike[i] = bar{7e8, 0.01, 7e8}
	}
	flat := make([]bar, count)
	for i := range flat {
		flat[i] = bar{0.2, 0.2, 0.2}
	}
	late := append(append([]bar{}, flat[:count/2]...), walk(6, 0.2, 1e-6, 1e-5, 0)[:count/2]...)
	return map[string][]bar{
		"ordinary":          walk(1, 61000, 0.01, 30, 0),
		"large, tiny moves": walk(2, 1e5, 0.01, 0.01, 0.3),
		"small":             walk(3, 0.22, 1e-6, 1e-5, 0.2),
		"thin":              walk(4, 0.2, 1e-4, 1e-3, 0.97),
		"tiny":              walk(7, 3e-7, 1e-8, 1e-8, 0.5),
		"spikes":            spike,
		"flat":              flat,
		"flat, then awake":  late,
	}
}

type subject struct {
	name   string
	step   step
	warmUp int
	want   oracle.Series
	scale  float64 // 0: relative to the value itself
}

func subjects(bars []bar, n int) []subject {
	highs, lows, closes := make([]float64, len(bars)), make([]float64, len(bars)), make([]float64, len(bars))
	for i, b := range bars {
		highs[i], lows[i], closes[i] = b.high, b.low, b.close
	}
	x := oracle.Of(closes)
	atr := indicator.NewATR(n)
	list := []subject{{"atr", ofBar(atr.Update), atr.WarmUp(), oracle.ATR(oracle.Of(highs), oracle.Of(lows), x, n), 0}}
	put := func(name string, i single, want oracle.Series, scale float64) {
		list = append(list, subject{name, ofClose(i), i.WarmUp(), want, scale})
	}
	put("sma", indicator.NewSMA(n), oracle.SMA(x, n), 0)
	put("stdev", indicator.NewStdev(n), oracle.Stdev(x, n), 0)
	put("highest", indicator.NewHighest(n), oracle.Highest(x, n), 0)
	put("lowest", indicator.NewLowest(n), oracle.Lowest(x, n), 0)
	put("ema", indicator.NewEMA(n), oracle.EMA(x, n), 0)
	put("rma", indicator.NewRMA(n), oracle.RMA(x, n), 0)
	put("rsi", indicator.NewRSI(n), oracle.RSI(x, n), 100)
	put("change", indicator.NewChange(n), oracle.Change(x, n), 0)
	put("lag", indicator.NewLag(n), oracle.Lag(x, n), 0)
	return list
}

// TestOracle recomputes every value from scratch in 400 bits.
func TestOracle(t *testing.T) {
	for market, bars := range markets() {
		for _, n := range []int{1, 2, 3, 14, 20, 50} {
			for _, s := range subjects(bars, n) {
				t.Run(fmt.Sprintf("%s/%s_%d", market, s.name, n), func(t *testing.T) { compare(t, s, bars) })
			}
		}
	}
}

func compare(t *testing.T, s subject, bars []bar) {
	t.Helper()
	want := s.want
	for i, b := range bars {
		got := s.step(b)
		if ready := i >= s.warmUp-1; math.IsNaN(got) == ready || ready != (want[i] != nil) {
			t.Fatalf("bar %d: got %v, want %v, warm-up %d", i, got, want[i], s.warmUp)
		}
		if want[i] == nil {
			continue
		}
		w, _ := want[i].Float64()
		scale := s.scale
		if scale == 0 {
			scale = max(math.Abs(w), math.SmallestNonzeroFloat64)
		}
		if scale < 1e-290 {
			scale = 1 // below the normal range there are no nine digits
		}
		if !(math.Abs(got-w) <= 1e-9*scale) {
			t.Fatalf("bar %d: got %v, want %v", i, got, w)
		}
	}
}
