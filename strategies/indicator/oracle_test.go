package indicator_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"rulebot/strategies/indicator"
)

// The oracle computes with 400 bits and from the definitions: windows from
// scratch, recursions from their first bar.

func exact(x float64) *big.Float { return new(big.Float).SetPrec(400).SetFloat64(x) }

func add(a, b *big.Float) *big.Float { return exact(0).Add(a, b) }
func sub(a, b *big.Float) *big.Float { return exact(0).Sub(a, b) }
func mul(a, b *big.Float) *big.Float { return exact(0).Mul(a, b) }
func quo(a, b *big.Float) *big.Float { return exact(0).Quo(a, b) }

func exactMean(window []*big.Float) *big.Float {
	sum := exact(0)
	for _, x := range window {
		sum = add(sum, x)
	}
	return quo(sum, exact(float64(len(window))))
}

func exactStdev(window []*big.Float) *big.Float {
	mean, sum := exactMean(window), exact(0)
	for _, x := range window {
		d := sub(x, mean)
		sum = add(sum, mul(d, d))
	}
	return exact(0).Sqrt(quo(sum, exact(float64(len(window)))))
}

func exactExtreme(window []*big.Float, sign int) *big.Float {
	best := window[0]
	for _, x := range window {
		if x.Cmp(best)*sign > 0 {
			best = x
		}
	}
	return best
}

// windows applies f to each window of n values; nil while there is none.
func windows(x []*big.Float, n int, f func([]*big.Float) *big.Float) []*big.Float {
	out := make([]*big.Float, len(x))
	for i := n - 1; i < len(x); i++ {
		out[i] = f(x[i-n+1 : i+1])
	}
	return out
}

// smoothed is the recursion with alpha = over ÷ under, seeded by the mean.
func smoothed(x []*big.Float, n int, over, under float64) []*big.Float {
	out := make([]*big.Float, len(x))
	if len(x) < n {
		return out
	}
	alpha := quo(exact(over), exact(under))
	out[n-1] = exactMean(x[:n])
	for i := n; i < len(x); i++ {
		out[i] = add(out[i-1], mul(alpha, sub(x[i], out[i-1])))
	}
	return out
}

func exactRSI(x []*big.Float, n int) []*big.Float {
	out := make([]*big.Float, len(x))
	up, down := make([]*big.Float, len(x)-1), make([]*big.Float, len(x)-1)
	for i := range up {
		change := sub(x[i+1], x[i])
		up[i], down[i] = exact(0), exact(0)
		if change.Sign() > 0 {
			up[i] = change
		} else {
			down[i] = sub(down[i], change)
		}
	}
	up, down = smoothed(up, n, 1, float64(n)), smoothed(down, n, 1, float64(n))
	for i := n; i < len(x); i++ {
		sum := add(up[i-1], down[i-1])
		out[i] = exact(0)
		if sum.Sign() > 0 {
			out[i] = quo(mul(exact(100), up[i-1]), sum)
		}
	}
	return out
}

func exactTR(bars []bar) []*big.Float {
	out := make([]*big.Float, len(bars))
	for i, b := range bars {
		top, bottom := b.high, b.low
		if i > 0 {
			top, bottom = max(top, bars[i-1].close), min(bottom, bars[i-1].close)
		}
		out[i] = sub(exact(top), exact(bottom))
	}
	return out
}

func exactLag(x []*big.Float, n int) []*big.Float {
	out := make([]*big.Float, len(x))
	copy(out[n:], x)
	return out
}

func exactChange(x []*big.Float, n int) []*big.Float {
	out := make([]*big.Float, len(x))
	for i := n; i < len(x); i++ {
		out[i] = sub(x[i], x[i-n])
	}
	return out
}

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
	want   func(bars []bar, closes []*big.Float) []*big.Float
	scale  float64 // 0: relative to the value itself
}

func ofCloses(f func(x []*big.Float) []*big.Float) func([]bar, []*big.Float) []*big.Float {
	return func(_ []bar, closes []*big.Float) []*big.Float { return f(closes) }
}

func subjects(n int) []subject {
	size := float64(n)
	window := func(f func([]*big.Float) *big.Float) func([]bar, []*big.Float) []*big.Float {
		return ofCloses(func(x []*big.Float) []*big.Float { return windows(x, n, f) })
	}
	highest := func(w []*big.Float) *big.Float { return exactExtreme(w, 1) }
	lowest := func(w []*big.Float) *big.Float { return exactExtreme(w, -1) }
	atr := indicator.NewATR(n)
	list := []subject{
		{name: "atr", step: ofBar(atr.Update), warmUp: atr.WarmUp(), want: func(b []bar, _ []*big.Float) []*big.Float {
			return smoothed(exactTR(b), n, 1, size)
		}},
	}
	put := func(name string, i single, want func([]bar, []*big.Float) []*big.Float, scale float64) {
		list = append(list, subject{name, ofClose(i), i.WarmUp(), want, scale})
	}
	put("sma", indicator.NewSMA(n), window(exactMean), 0)
	put("stdev", indicator.NewStdev(n), window(exactStdev), 0)
	put("highest", indicator.NewHighest(n), window(highest), 0)
	put("lowest", indicator.NewLowest(n), window(lowest), 0)
	put("ema", indicator.NewEMA(n), ofCloses(func(x []*big.Float) []*big.Float { return smoothed(x, n, 2, size+1) }), 0)
	put("rma", indicator.NewRMA(n), ofCloses(func(x []*big.Float) []*big.Float { return smoothed(x, n, 1, size) }), 0)
	put("rsi", indicator.NewRSI(n), ofCloses(func(x []*big.Float) []*big.Float { return exactRSI(x, n) }), 100)
	put("change", indicator.NewChange(n), ofCloses(func(x []*big.Float) []*big.Float { return exactChange(x, n) }), 0)
	put("lag", indicator.NewLag(n), ofCloses(func(x []*big.Float) []*big.Float { return exactLag(x, n) }), 0)
	return list
}

// TestOracle recomputes every value from scratch in 400 bits.
func TestOracle(t *testing.T) {
	for market, bars := range markets() {
		closes := make([]*big.Float, len(bars))
		for i, b := range bars {
			closes[i] = exact(b.close)
		}
		for _, n := range []int{1, 2, 3, 14, 20, 50} {
			for _, s := range subjects(n) {
				t.Run(fmt.Sprintf("%s/%s_%d", market, s.name, n), func(t *testing.T) {
					compare(t, s, bars, s.want(bars, closes))
				})
			}
		}
	}
}

func compare(t *testing.T, s subject, bars []bar, want []*big.Float) {
	t.Helper()
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
