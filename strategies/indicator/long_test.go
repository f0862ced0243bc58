package indicator_test

import (
	"bufio"
	"compress/gzip"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"rulebot/internal/realdata"
)

// longBars is how far the long run goes; a year of minutes is 525,600.
//
//	go test ./strategies/indicator -run Long -args -long 1500000
var longBars = flag.Int("long", 60_000, "bars of the long run; a sixth with -short")

// long is how far a run of now goes.
func long() int {
	if testing.Short() {
		return *longBars / 6
	}
	return *longBars
}

// sampleBars are judged in a row, at many places of a long run.
const sampleBars = 30

// longMarket is minutes at every level of price, with silences and spikes.
func longMarket(count int) []bar {
	r := rand.New(rand.NewPCG(1, 2))
	levels := []walk{
		{start: 1e5, tick: 0.01, move: 0.02, quiet: 0.3},
		{start: 0.2, tick: 1e-6, move: 2e-6, quiet: 0.3},
		{start: 61000, tick: 0.01, move: 20},
		{start: 3e-6, tick: 1e-9, move: 2e-9, quiet: 0.3},
	}
	const stretch = 8 * 1440
	bars := make([]bar, count)
	price := 0.0
	for i := range bars {
		w := levels[i/stretch%len(levels)]
		if i%stretch == 0 {
			price = w.start
		}
		if i%5000 < 300 {
			w.quiet = 1
		}
		bars[i] = next(w, r, i, price)
		bars[i].day = int64(i / 1440)
		price = bars[i].close
		if r.IntN(4000) == 0 {
			b := &bars[i]
			b.open, b.high, b.low, b.close, b.volume = 1000*b.open, 1000*b.high, 1000*b.low, 1000*b.close, 1000*b.volume
		}
	}
	return bars
}

// TestLongRun walks far, and compares every indicator at many places with its
// definition, from scratch in 400 bits: running sums would have drifted.
func TestLongRun(t *testing.T) {
	wild := longMarket(long())
	calm := generate(walk{start: 1e5, tick: 0.01, move: 0.02, quiet: 0.3}, 6, long())
	longRun(t, func(k kind) []bar {
		if k.calm {
			return calm
		}
		return wild
	})
}

// TestLongRunOnRealMinutes does so on three years of recorded minutes.
func TestLongRunOnRealMinutes(t *testing.T) {
	var bars []bar
	for _, year := range []string{"2017", "2018", "2019"} {
		bars = readMinutes(t, "data/ohlcv/bitfinex_btcusd_1m_"+year+".csv.gz", bars)
	}
	longRun(t, func(kind) []bar { return bars })
}

// longRun runs each kind over all bars. What forgets is compared at samples,
// with the oracle over so many bars before as still have weight; what never
// does, over the first bars up to a limit, with all of them.
func longRun(t *testing.T, market func(kind) []bar) {
	t.Helper()
	const n = 20
	samples := max(12, long()/25_000)
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			bars, back := market(k), k.make(n).warmUp
			if k.fades != nil {
				back += k.fades(n)
			}
			worst := 0.0
			if back > len(bars) {
				worst = judge(t, k, n, k.make(n), newMarket(bars[:min(long(), len(bars))]), 0)
			} else {
				worst = sampled(t, k, n, bars, back, samples)
			}
			t.Logf("worst error %.1e", worst)
			if worst > 1e-9 {
				t.Errorf("got an error of %.1e, want at most 1e-9", worst)
			}
		})
	}
}

// sampled runs one kind over all bars and judges it at samples spread over
// them; a window's blocks end at other places in each.
func sampled(t *testing.T, k kind, n int, bars []bar, back, samples int) float64 {
	t.Helper()
	made, worst := k.make(n), 0.0
	apart := max(len(bars)/samples, sampleBars)
	for i := 0; i < len(bars); {
		if i%apart != 0 || i < back || i+sampleBars > len(bars) {
			made.update(bars[i])
			i++
			continue
		}
		m := newMarket(bars[i-back : i+sampleBars])
		want := k.want(m, n)
		for j := back; j < back+sampleBars; j++ {
			got := made.update(m.bars[j])
			for out := range want {
				worst = max(worst, distance(t, k, n, got[out], want[out], j))
			}
		}
		i += sampleBars
	}
	return worst
}

func readMinutes(t *testing.T, name string, bars []bar) []bar {
	t.Helper()
	f, err := os.Open(realdata.Path(t, name))
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
		var v [6]float64
		for i, text := range strings.SplitN(lines.Text(), ",", 6) {
			v[i] = parse(t, text)
		}
		b := bar{open: v[1], high: v[2], low: v[3], close: v[4], volume: v[5], day: int64(v[0]) / 86_400_000}
		if b.close < b.open {
			b.truth = 1
		}
		bars = append(bars, b)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if len(bars) < 500_000 || math.IsNaN(bars[0].close) {
		t.Fatalf("%s: got %d bars", name, len(bars))
	}
	return bars
}
