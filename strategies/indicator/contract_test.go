package indicator_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"rulebot/strategies/indicator"
)

func singles(n int) map[string]single {
	return map[string]single{
		"sma": indicator.NewSMA(n), "ema": indicator.NewEMA(n), "rma": indicator.NewRMA(n), "rsi": indicator.NewRSI(n),
		"stdev": indicator.NewStdev(n), "highest": indicator.NewHighest(n), "lowest": indicator.NewLowest(n),
		"change": indicator.NewChange(n), "lag": indicator.NewLag(n),
	}
}

func same(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b }

// TestMissingStartsAnew shows that a missing input is answered with NaN and
// leaves nothing behind: what follows equals a fresh indicator's answers.
func TestMissingStartsAnew(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for before := range 12 {
			used, fresh := singles(4), singles(4)
			for name, u := range used {
				for i := range before {
					u.Update(float64(i * i))
				}
				if got := u.Update(bad); got == got {
					t.Errorf("%s after %d inputs: %v gives %v, want NaN", name, before, bad, got)
				}
				for i := range 12 {
					x := math.Sin(float64(i))
					if got, want := u.Update(x), fresh[name].Update(x); !same(got, want) {
						t.Errorf("%s: input %d after %v: got %v, want %v", name, i, bad, got, want)
					}
				}
			}
		}
	}
}

func TestATRMissingStartsAnew(t *testing.T) {
	for part := range 3 {
		used, fresh := indicator.NewATR(3), indicator.NewATR(3)
		for i := range 5 {
			used.Update(float64(i)+1, float64(i), float64(i))
		}
		bad := [3]float64{9, 8, 8}
		bad[part] = math.NaN()
		if got := used.Update(bad[0], bad[1], bad[2]); got == got {
			t.Errorf("part %d missing: got %v, want NaN", part, got)
		}
		for i := range 6 {
			c := float64(i % 3)
			if got, want := used.Update(c+2, c, c+1), fresh.Update(c+2, c, c+1); !same(got, want) {
				t.Errorf("bar %d: got %v, want %v", i, got, want)
			}
		}
	}
}

// TestOverflowHeals feeds numbers whose sums overflow: no answer may be
// infinite, and ordinary prices bring ordinary answers back.
func TestOverflowHeals(t *testing.T) {
	for name, i := range singles(3) {
		for _, x := range []float64{1, math.MaxFloat64, -math.MaxFloat64, math.MaxFloat64, -math.MaxFloat64, 2} {
			if got := i.Update(x); math.IsInf(got, 0) {
				t.Errorf("%s: %v gives %v", name, x, got)
			}
		}
		got := math.NaN()
		for range 9 {
			got = i.Update(5)
		}
		if got != got {
			t.Errorf("%s: got NaN for ordinary prices after an overflow", name)
		}
	}
}

// TestFlatIsExact holds what rules compare: on a flat market the averages are
// the price itself, to the bit, and nothing deviates.
func TestFlatIsExact(t *testing.T) {
	want := map[string]float64{
		"sma": 0.2, "ema": 0.2, "rma": 0.2, "highest": 0.2, "lowest": 0.2, "lag": 0.2,
		"stdev": 0, "change": 0, "rsi": 0,
	}
	for name, i := range singles(7) {
		for n := range 40 {
			if got := i.Update(0.2); n+1 >= i.WarmUp() && got != want[name] {
				t.Fatalf("%s at input %d: got %v, want %v", name, n, got, want[name])
			}
		}
	}
}

// TestRSIKeepsItsRatio lets a market stand still for so long that the averages
// decay out of the range of float64. Their ratio does not change by that.
func TestRSIKeepsItsRatio(t *testing.T) {
	r := indicator.NewRSI(2)
	x := 100.0
	for _, d := range []float64{3, -1, 2, -2, 3, 1} {
		x += d
		r.Update(x)
	}
	before := r.Update(x)
	for range 100_000 {
		if got := r.Update(x); math.Abs(got-before) > 1e-9 {
			t.Fatalf("got %v, want %v as before the silence", got, before)
		}
	}
	if got := r.Update(x - 1e-8); got > 1e-9 {
		t.Errorf("first fall after the silence: got %v, want 0", got)
	}
}

// TestBounds are properties that hold for any input at all.
func TestBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "n")
		xs := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), n+1, 60).Draw(t, "x")
		all := singles(n)
		for i, x := range xs {
			got := map[string]float64{}
			for name, s := range all {
				got[name] = s.Update(x)
			}
			if i < n {
				continue
			}
			slack := 1e-9 * (math.Abs(got["lowest"]) + math.Abs(got["highest"]))
			if got["sma"] < got["lowest"]-slack || got["sma"] > got["highest"]+slack {
				t.Fatalf("mean %v is outside [%v, %v]", got["sma"], got["lowest"], got["highest"])
			}
			if half := (got["highest"] - got["lowest"]) / 2; got["stdev"] < 0 || got["stdev"] > half+slack {
				t.Fatalf("deviation %v is not within 0 and %v", got["stdev"], half)
			}
			if got["rsi"] < 0 || got["rsi"] > 100 {
				t.Fatalf("rsi %v is not within 0 and 100", got["rsi"])
			}
		}
	})
}
