package indicator_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// lengthsOf are lengths that each kind is tried at; Hull's average has none of
// 1.
func lengthsOf(k kind) []int {
	if k.name == "HMA" {
		return []int{2, 3, 7, 20}
	}
	return []int{1, 2, 3, 7, 20}
}

// everyKind runs a test for each kind and length.
func everyKind(t *testing.T, f func(t *testing.T, k kind, n int)) {
	t.Helper()
	for _, k := range kinds() {
		for _, n := range lengthsOf(k) {
			t.Run(fmt.Sprintf("%s_%d", k.name, n), func(t *testing.T) { f(t, k, n) })
		}
	}
}

// part is one value of a bar.
func part(b *bar, letter rune) *float64 {
	return map[rune]*float64{'o': &b.open, 'h': &b.high, 'l': &b.low, 'c': &b.close, 'v': &b.volume, 't': &b.truth}[letter]
}

// anything is bars of every kind, with missing values and absurd ones.
func anything(seed uint64, count int) []bar {
	r := rand.New(rand.NewPCG(seed, 2))
	var bars []bar
	walks := []walk{{start: 100, tick: 0.01, move: 1, quiet: 0.3}, {start: 0.2, tick: 1e-6, move: 1e-5, quiet: 0.6}}
	for _, w := range walks {
		bars = append(bars, generate(w, seed, count/2)...)
	}
	for i := range bars {
		if r.IntN(40) == 0 {
			letter := rune("ohlcvt"[r.IntN(6)])
			*part(&bars[i], letter) = []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, 0, 5e-324}[r.IntN(7)]
		}
	}
	return bars
}

// TestPeek holds that a look ahead answers what Update then does, to the bit,
// and changes nothing, however often and with whatever bar.
func TestPeek(t *testing.T) {
	everyKind(t, func(t *testing.T, k kind, n int) {
		for seed := range uint64(3) {
			r := rand.New(rand.NewPCG(seed, 3))
			peeked, plain := k.make(n), k.make(n)
			bars := anything(seed, 300)
			for i, b := range bars {
				for range r.IntN(4) {
					peeked.peek(bars[r.IntN(len(bars))])
				}
				ahead := peeked.peek(b)
				got, want := peeked.update(b), plain.update(b)
				if !alike(ahead, got) || !alike(got, want) {
					t.Fatalf("seed %d, bar %d: peek %v, then update %v; without peeks %v", seed, i, ahead, got, want)
				}
			}
		}
	})
}

// TestReset holds that nothing is left behind by a Reset.
func TestReset(t *testing.T) {
	everyKind(t, func(t *testing.T, k kind, n int) {
		for before := range 3*n + 3 {
			used := k.make(n)
			for _, b := range anything(5, 400)[:before] {
				used.update(b)
			}
			used.reset()
			asFresh(t, k, n, used)
		}
	})
}

// asFresh holds that what was used answers as what was not.
func asFresh(t *testing.T, k kind, n int, used machine) {
	t.Helper()
	fresh := k.make(n)
	for i, b := range generate(walk{start: 50, tick: 0.01, move: 1, quiet: 0.2}, 9, 9*n+12) {
		if got, want := used.update(b), fresh.update(b); !alike(got, want) {
			t.Fatalf("bar %d after: got %v, want %v", i, got, want)
		}
	}
}

// TestMissingStartsAnew holds that a missing part of a bar is answered by NaN
// in every output, and leaves nothing behind. Conditions know what is not
// ready as a value of its own.
func TestMissingStartsAnew(t *testing.T) {
	everyKind(t, func(t *testing.T, k kind, n int) {
		if k.reads == "t" {
			return
		}
		bars := generate(walk{start: 20, tick: 0.01, move: 1, quiet: 0.2}, 4, 9*n+12)
		for _, letter := range k.reads {
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				for _, before := range []int{0, 1, n - 1, n, n + 1, 2 * n, 4*n + 1, 9 * n} {
					used := k.make(n)
					for _, b := range bars[:before] {
						used.update(b)
					}
					b := bars[before]
					*part(&b, letter) = bad
					got := used.update(b)
					for out := range used.ready {
						if got[out] == got[out] {
							t.Fatalf("%c is %v after %d bars: got %v, want NaN", letter, bad, before, got)
						}
					}
					asFresh(t, k, n, used)
				}
			}
		}
	})
}

// TestReadsNothingElse holds that no other part of a bar matters than those
// that a row names; that those do, TestMissingStartsAnew shows.
func TestReadsNothingElse(t *testing.T) {
	everyKind(t, func(t *testing.T, k kind, n int) {
		plain, strange := k.make(n), k.make(n)
		for i, b := range generate(walk{start: 20, tick: 0.01, move: 1}, 4, 9*n+12) {
			want := plain.update(b)
			for _, letter := range "ohlcvt" {
				if !strings.ContainsRune(k.reads, letter) && k.name != "ValueWhen" {
					*part(&b, letter) = math.NaN()
				}
			}
			if got := strange.update(b); !alike(got, want) {
				t.Fatalf("bar %d: got %v, want %v", i, got, want)
			}
		}
	})
}

// TestOverflowHeals feeds numbers whose sums overflow: no answer may be
// infinite, and after them ordinary prices bring ordinary answers back.
func TestOverflowHeals(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	everyKind(t, func(t *testing.T, k kind, n int) {
		if k.reads == "t" {
			return
		}
		used := k.make(n)
		for i := range 6*n + 20 {
			b := bar{truth: 1, day: int64(i / 5)}
			for _, letter := range "ohlcv" {
				*part(&b, letter) = []float64{math.MaxFloat64, -math.MaxFloat64, 1e308, 1, 5e-324, 0, 1e-308}[r.IntN(7)]
			}
			if got := used.update(b); slices.ContainsFunc(got[:], func(x float64) bool { return math.IsInf(x, 0) }) {
				t.Fatalf("%+v gives %v", b, got)
			}
		}
		for i, b := range generate(walk{start: 50, tick: 0.01, move: 1}, 9, 20*n+60) {
			got := used.update(b)
			if k.name == "BB" && n == 1 { // nothing lies between the bands
				got[4] = 0
			}
			if got != got && i > 20*n+30 {
				t.Fatalf("bar %d after an overflow: got %v", i, got)
			}
		}
	})
}

// TestWindowsForget holds that what has a window is, once that is
// full of ordinary bars, what it would be without what came before.
func TestWindowsForget(t *testing.T) {
	everyKind(t, func(t *testing.T, k kind, n int) {
		if k.fades != nil {
			return
		}
		used, fresh := k.make(n), k.make(n)
		for _, b := range anything(uint64(n), 200) {
			used.update(b)
		}
		for i, b := range generate(walk{start: 50, tick: 0.01, move: 1}, 9, 20*n+40) {
			got, want := used.update(b), fresh.update(b)
			for out := range used.ready {
				if i > 2*used.warmUp && !(math.Abs(got[out]-want[out]) <= 1e-11*(1+math.Abs(want[out])) || same(got[out], want[out])) {
					t.Fatalf("bar %d: got %v, want %v", i, got, want)
				}
			}
		}
	})
}

// TestFlatIsExact holds what rules compare: on a flat market averages are the
// price itself, to the bit, and nothing moves or deviates.
func TestFlatIsExact(t *testing.T) {
	nothing := []string{
		"TR", "ATR", "NATR", "ADX", "RSI", "Stoch", "StochRSI", "MACD", "PPO", "ROC", "TRIX", "CCI", "WillR", "CMO", "UltOsc", "AO",
		"MFI", "OBV", "ADL", "ADOsc", "CMF", "Stdev", "Variance", "ZScore", "Slope", "Change", "Rising", "Falling", "Correlation", "Beta",
	}
	price := []string{
		"SMA", "EMA", "RMA", "WMA", "DEMA", "TEMA", "T3", "HMA", "KAMA", "TRIMA", "VWMA", "LinReg", "Highest", "Lowest", "Lag",
		"Keltner", "Donchian", "Ichimoku", "PSAR",
	}
	everyKind(t, func(t *testing.T, k kind, n int) {
		want := 0.0
		if slices.Contains(price, k.name) {
			want = 0.2
		} else if !slices.Contains(nothing, k.name) {
			return
		}
		made := k.make(n)
		for i := range 30*n + 9 {
			got := made.update(bar{open: 0.2, high: 0.2, low: 0.2, close: 0.2, volume: 0.7})
			for out, ready := range made.ready {
				if i >= ready-1 && got[out] != want {
					t.Fatalf("bar %d: got %v, want %v", i, got, want)
				}
			}
		}
	})
}

// TestRSIKeepsItsRatio lets a market stand still for so long that the averages
// decay out of the range of float64. Their ratio does not change by that.
func TestRSIKeepsItsRatio(t *testing.T) {
	for _, name := range []string{"RSI", "ADX"} {
		k := kinds()[slices.IndexFunc(kinds(), func(k kind) bool { return k.name == name })]
		made, last := k.make(2), bar{}
		for _, x := range []float64{103, 102, 104, 102, 105, 106, 104} {
			last = bar{high: x + 1, low: x - 1, close: x}
			made.update(last)
		}
		last.high, last.low = last.close, last.close
		for range 9 {
			made.update(last)
		}
		before := made.update(last)
		for range 100_000 {
			if got := made.update(last); math.Abs(got[len(made.ready)-1]-before[len(made.ready)-1]) > 1e-9 {
				t.Fatalf("%s: got %v, want %v as before the silence", name, got, before)
			}
		}
	}
}

// TestTooShort holds that a length that no indicator can have is refused.
func TestTooShort(t *testing.T) {
	for _, k := range kinds() {
		least := 0
		switch {
		case k.name == "HMA":
			least = 1
		case k.name == "Lag":
			least = -1
		case slices.Contains([]string{"DayVWAP", "TR", "PSAR", "OBV", "ADL", "BarsSince", "HeikinAshi", "Pivots"}, k.name):
			continue
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s of length %d: got no panic", k.name, least)
				}
			}()
			k.make(least)
		}()
	}
}

// TestNoAllocation holds every update and every peek at zero allocations.
func TestNoAllocation(t *testing.T) {
	bars := generate(walk{start: 100, tick: 0.01, move: 1, quiet: 0.1}, 1, 1024)
	for _, k := range kinds() {
		made, i := k.make(20), 0
		got := testing.AllocsPerRun(1000, func() {
			made.peek(bars[i%1024])
			made.update(bars[i%1024])
			i++
		})
		if got != 0 {
			t.Errorf("%s: got %v allocations a bar, want 0", k.name, got)
		}
	}
}

// BenchmarkUpdate is one bar, the table's own calls of functions included.
func BenchmarkUpdate(b *testing.B) {
	bars := generate(walk{start: 1e5, tick: 0.01, move: 1}, 3, 4096)
	for _, k := range kinds() {
		b.Run(k.name, func(b *testing.B) {
			made := k.make(50)
			b.ReportAllocs()
			for i := range b.N {
				made.update(bars[i%4096])
			}
		})
	}
}
