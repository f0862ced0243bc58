package indicator_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"rulebot/internal/oracle"
)

// market is bars, and what the oracle reads of them. The typical price and the
// middle are formed in float64, as indicators form them.
type market struct {
	bars                          []bar
	open, high, low, last, volume oracle.Series
	middle, typical, truth        oracle.Series
	day                           []int64
}

func newMarket(bars []bar) market {
	of := func(f func(bar) float64) oracle.Series {
		values := make([]float64, len(bars))
		for i, b := range bars {
			values[i] = f(b)
		}
		return oracle.Of(values)
	}
	m := market{
		bars: bars,
		open: of(func(b bar) float64 { return b.open }), high: of(func(b bar) float64 { return b.high }),
		low: of(func(b bar) float64 { return b.low }), last: of(func(b bar) float64 { return b.close }),
		volume:  of(func(b bar) float64 { return b.volume }),
		middle:  of(func(b bar) float64 { return (b.high + b.low) / 2 }),
		typical: of(func(b bar) float64 { return (b.high + b.low + b.close) / 3 }),
		truth:   of(func(b bar) float64 { return b.truth }),
	}
	for _, b := range bars {
		m.day = append(m.day, b.day)
	}
	return m
}

// walk is how a generated market moves.
type walk struct {
	start, tick, move float64
	quiet             float64 // part of the bars without a trade: high = low, volume 0
	spike             int     // bars between absurd ones; 0 is never
	flat              int     // bars at first that nothing happens
}

// walks are the kinds of markets that break careless arithmetic.
func walks() map[string]walk {
	return map[string]walk{
		"ordinary":          {start: 61000, tick: 0.01, move: 30},
		"large, tiny moves": {start: 1e5, tick: 0.01, move: 0.01, quiet: 0.3},
		"small":             {start: 0.22, tick: 1e-6, move: 1e-5, quiet: 0.2},
		"thin":              {start: 0.2, tick: 1e-4, move: 1e-3, quiet: 0.95},
		"tiny":              {start: 3e-7, tick: 1e-8, move: 1e-8, quiet: 0.5},
		"spikes":            {start: 61000, tick: 0.01, move: 0.02, quiet: 0.5, spike: 37},
		"flat":              {start: 0.2, tick: 0.2, quiet: 1},
		"flat, then awake":  {start: 0.2, tick: 1e-6, move: 1e-5, flat: 130},
	}
}

// generate walks; each market has days of 24 bars.
func generate(w walk, seed uint64, count int) []bar {
	r := rand.New(rand.NewPCG(seed, 1))
	bars := make([]bar, count)
	price := w.start
	for i := range bars {
		bars[i] = next(w, r, i, price)
		price = bars[i].close
		if w.spike > 0 && i%w.spike == w.spike-1 {
			bars[i].high, bars[i].volume = 7e8, 1e9
		}
	}
	return bars
}

func next(w walk, r *rand.Rand, i int, price float64) bar {
	b := bar{price, price, price, price, 0, float64(r.IntN(2)), int64(i / 24)}
	if r.IntN(9) == 0 {
		b.truth = math.NaN()
	}
	if r.Float64() < w.quiet || i < w.flat {
		return b
	}
	round := func(x float64) float64 { return max(1, math.Round(x/w.tick)) * w.tick }
	b.close = round(price + w.move*r.NormFloat64())
	b.high = round(max(b.open, b.close) + w.move*math.Abs(r.NormFloat64()))
	b.low = min(b.open, b.close, round(min(b.open, b.close)-w.move*math.Abs(r.NormFloat64())))
	b.high = max(b.high, b.open, b.close)
	b.volume = math.Round(1e6*r.ExpFloat64()) / 1e6
	return b
}

// TestOracle recomputes every value of every indicator from scratch in 400
// bits, in every market, at several lengths.
func TestOracle(t *testing.T) {
	for name, w := range walks() {
		for seed, n := range []int{1, 2, 3, 5, 14, 20} {
			m := newMarket(generate(w, uint64(seed)+100, 40+13*n))
			for _, k := range kinds() {
				if k.name == "HMA" && n == 1 {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s_%d", name, k.name, n), func(t *testing.T) {
					worst := judge(t, k, n, k.make(n), m, 0)
					if w.quiet == 0 && w.flat == 0 && k.reads != "t" && k.name != "Pivots" {
						checkFirst(t, k, n, m)
					}
					if worst > 1e-9 {
						t.Errorf("got an error of %.1e, want at most 1e-9", worst)
					}
				})
			}
		}
	}
}

// checkFirst holds that in an ordinary market each output is there from the
// very bar that the indicator says, and all are when it says.
func checkFirst(t *testing.T, k kind, n int, m market) {
	t.Helper()
	made := k.make(n)
	for out, want := range k.want(m, n) {
		if got := slices.IndexFunc(want, func(x *big.Float) bool { return x != nil }); got >= 0 && got != made.ready[out]-1 {
			t.Errorf("output %d: first value at bar %d, want %d", out, got, made.ready[out]-1)
		}
	}
	if most := slices.Max(made.ready); most != made.warmUp {
		t.Errorf("all outputs after %d bars, warm-up %d", most, made.warmUp)
	}
}

// judge runs an indicator over a market and returns its worst error, from the
// bar `from` on: on that of the scale of its kind.
func judge(t *testing.T, k kind, n int, made machine, m market, from int) float64 {
	t.Helper()
	want := k.want(m, n)
	if len(want) != len(made.ready) {
		t.Fatalf("the oracle has %d outputs, want %d", len(want), len(made.ready))
	}
	worst := 0.0
	for i, b := range m.bars {
		got := made.update(b)
		if i < from {
			continue
		}
		for out := range want {
			worst = max(worst, distance(t, k, n, got[out], want[out], i))
		}
	}
	return worst
}

// distance is the error of one value, as a part of the scale.
func distance(t *testing.T, k kind, n int, got float64, want oracle.Series, i int) float64 {
	t.Helper()
	if (want[i] == nil) != math.IsNaN(got) {
		t.Fatalf("bar %d: got %v, want %v", i, got, want[i])
	}
	if want[i] == nil {
		return 0
	}
	w, _ := want[i].Float64()
	if got == w { // infinities too
		return 0
	}
	d := math.Abs(got-w) / scaleOf(k.scale, want, i, 4*n+20)
	if d > 1e-9 {
		t.Logf("bar %d: got %v, want %v", i, got, w)
	}
	return d
}

func scaleOf(s scale, want oracle.Series, i, back int) float64 {
	switch s {
	case hundred:
		return 100
	case unit:
		return 1
	case nearby:
	case self:
		back = 0
	}
	greatest := 0.0
	for j := max(0, i-back); j <= i; j++ {
		if want[j] != nil {
			w, _ := want[j].Float64()
			greatest = max(greatest, math.Abs(w))
		}
	}
	if greatest < 1e-290 { // below the normal range there are no nine digits
		return 1
	}
	return greatest
}
