package indicator_test

import (
	"bufio"
	"compress/gzip"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"rulebot/internal/realdata"
	"rulebot/strategies/indicator"
)

// TestLongRun walks 1.5 million minutes through every level of price, with
// silences and spikes, and compares mean and deviation with two passes over
// the window.
func TestLongRun(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	price, tick := 1e5, 0.01
	watch := newWatch(20)
	for i := range 1_500_000 {
		if i%100_000 == 0 {
			price, tick = [...]float64{1e5, 0.2, 61000, 3e-6}[i/100_000%4], [...]float64{0.01, 1e-7, 0.01, 1e-10}[i/100_000%4]
		}
		if r.IntN(3) > 0 && i%5000 > 300 {
			price = max(tick, price+tick*float64(r.IntN(7)-3))
		}
		x := price
		if r.IntN(4000) == 0 {
			x *= 1000
		}
		watch.update(t, x)
	}
	watch.report(t)
}

func TestLongRunOnRealMinutes(t *testing.T) {
	watch := newWatch(20)
	for _, year := range []string{"2017", "2018", "2019"} {
		f, err := os.Open(realdata.Path(t, "data/ohlcv/bitfinex_btcusd_1m_"+year+".csv.gz"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(z)
		lines.Scan()
		for lines.Scan() {
			watch.update(t, parse(t, strings.Split(lines.Text(), ",")[4]))
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
	watch.report(t)
}

// watch follows a mean and a deviation with a window of its own.
type watch struct {
	sma         *indicator.SMA
	stdev       *indicator.Stdev
	window      []float64
	count       int
	mean, sigma float64 // worst relative errors
}

func newWatch(n int) *watch {
	return &watch{sma: indicator.NewSMA(n), stdev: indicator.NewStdev(n), window: make([]float64, n)}
}

func (w *watch) update(t *testing.T, x float64) {
	n := len(w.window)
	w.window[w.count%n] = x
	w.count++
	mean, sigma := w.sma.Update(x), w.stdev.Update(x)
	if w.count < n {
		return
	}
	wantMean, wantSigma := twoPasses(w.window)
	if (wantSigma == 0) != (sigma == 0) {
		t.Fatalf("input %d: got deviation %v, want %v", w.count, sigma, wantSigma)
	}
	w.mean = max(w.mean, math.Abs(mean-wantMean)/wantMean)
	if wantSigma > 0 {
		w.sigma = max(w.sigma, math.Abs(sigma-wantSigma)/wantSigma)
	}
}

func (w *watch) report(t *testing.T) {
	t.Logf("%d inputs: worst relative error: mean %.1e, deviation %.1e", w.count, w.mean, w.sigma)
	if !(w.mean <= 1e-9 && w.sigma <= 1e-9) {
		t.Errorf("got errors %g and %g, want at most 1e-9", w.mean, w.sigma)
	}
}

func twoPasses(window []float64) (mean, sigma float64) {
	n, k := float64(len(window)), window[0]
	for _, x := range window {
		mean += (x - k) / n
	}
	sum := 0.0
	for _, x := range window {
		sum += (x - k - mean) * (x - k - mean)
	}
	return k + mean, math.Sqrt(sum / n)
}

func BenchmarkUpdate(b *testing.B) {
	x := make([]float64, 4096)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range x {
		x[i] = 1e5 + r.NormFloat64()
	}
	for _, name := range []string{"sma", "ema", "rma", "rsi", "stdev", "highest", "lowest", "change", "lag"} {
		b.Run(name, func(b *testing.B) {
			s := singles(50)[name]
			b.ReportAllocs()
			for i := range b.N {
				s.Update(x[i%len(x)])
			}
		})
	}
	b.Run("atr", func(b *testing.B) {
		s := indicator.NewATR(50)
		b.ReportAllocs()
		for i := range b.N {
			s.Update(x[i%len(x)]+1, x[i%len(x)]-1, x[i%len(x)])
		}
	})
}

// TestNoAllocation holds every update at zero allocations.
func TestNoAllocation(t *testing.T) {
	for name, s := range singles(20) {
		x := 0.0
		if got := testing.AllocsPerRun(1000, func() { x++; s.Update(x) }); got != 0 {
			t.Errorf("%s: got %v allocations an update, want 0", name, got)
		}
	}
	a := indicator.NewATR(20)
	if got := testing.AllocsPerRun(1000, func() { a.Update(3, 1, 2) }); got != 0 {
		t.Errorf("atr: got %v allocations an update, want 0", got)
	}
}
