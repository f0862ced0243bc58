package synth_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/exchange/sim"
	"rulebot/exchange/synth"
)

// figure is one measured number of a market.
type figure int

const (
	figSD figure = iota
	figKurtosis
	figMemory1
	figMemory10
	figMemory60
	figMemory1440
	figIdle
	figVolume
	figRange50
	figRange90
	figRange99
	figSpread
	figDepth
	figSizeMean
	figSizeMedian
	figTogether
	figures
)

// String returns name and unit, as the page and testdata/real.csv have them.
func (f figure) String() string {
	return [...]string{
		"standard deviation of one-minute log returns, bps",
		"excess kurtosis of one-minute log returns",
		"autocorrelation of absolute returns, 1 minute",
		"autocorrelation of absolute returns, 10 minutes",
		"autocorrelation of absolute returns, 60 minutes",
		"autocorrelation of absolute returns, 1440 minutes",
		"bars without a trade, share",
		"correlation of volume with absolute return",
		"range (high-low)/close, median, bps",
		"range (high-low)/close, 90 %, bps",
		"range (high-low)/close, 99 %, bps",
		"spread, mean, bps",
		"depth to 10 bps from the middle, mean of a side, BTC",
		"trade size, mean, BTC",
		"trade size, median, BTC",
		"correlation of ETH-USD with BTC-USD, one-minute log returns",
	}[f]
}

// measured holds the figures of one market; NaN where it does not tell.
type measured [figures]float64

func unknown() measured {
	var m measured
	for i := range m {
		m[i] = math.NaN()
	}
	return m
}

// minutes are one-minute bars without a hole.
type minutes struct{ high, low, close, volume []float64 }

func (m *minutes) add(high, low, last, volume float64) {
	m.high, m.low = append(m.high, high), append(m.low, low)
	m.close, m.volume = append(m.close, last), append(m.volume, volume)
}

// part returns the minutes from a to below b.
func (m *minutes) part(a, b int) minutes {
	return minutes{m.high[a:b], m.low[a:b], m.close[a:b], m.volume[a:b]}
}

// measure fills in the figures that bars tell.
func (m *minutes) measure(to *measured) {
	n := len(m.close)
	returns, size := make([]float64, n-1), make([]float64, n-1)
	idle := 0.0
	spans := make([]float64, n)
	for i := range n {
		spans[i] = 1e4 * (m.high[i] - m.low[i]) / m.close[i]
		if m.volume[i] == 0 {
			idle++
		}
		if i > 0 {
			returns[i-1] = 1e4 * math.Log(m.close[i]/m.close[i-1])
			size[i-1] = math.Abs(returns[i-1])
		}
	}
	to[figSD], to[figKurtosis] = moments(returns)
	for f, lag := range map[figure]int{figMemory1: 1, figMemory10: 10, figMemory60: 60, figMemory1440: 1440} {
		to[f] = correlation(size[:len(size)-lag], size[lag:])
	}
	to[figIdle] = idle / float64(n)
	to[figVolume] = correlation(size, m.volume[1:])
	slices.Sort(spans)
	to[figRange50], to[figRange90], to[figRange99] = quantile(spans, 0.5), quantile(spans, 0.9), quantile(spans, 0.99)
}

// moments returns standard deviation and excess kurtosis.
func moments(x []float64) (sd, kurtosis float64) {
	m := mean(x)
	var two, four float64
	for _, v := range x {
		d := (v - m) * (v - m)
		two += d
		four += d * d
	}
	n := float64(len(x))
	two, four = two/n, four/n
	return math.Sqrt(two), four/(two*two) - 3
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func correlation(x, y []float64) float64 {
	mx, my := mean(x), mean(y)
	var xy, xx, yy float64
	for i := range x {
		a, b := x[i]-mx, y[i]-my
		xy, xx, yy = xy+a*b, xx+a*a, yy+b*b
	}
	return xy / math.Sqrt(xx*yy)
}

// quantile reads sorted values.
func quantile(sorted []float64, q float64) float64 {
	return sorted[int(q*float64(len(sorted)-1))]
}

// book gathers what quotes and trades tell.
type book struct{ spreads, depths, sizes []float64 }

func (b *book) measure(to *measured) {
	to[figSpread], to[figDepth], to[figSizeMean] = mean(b.spreads), mean(b.depths), mean(b.sizes)
	slices.Sort(b.sizes)
	to[figSizeMedian] = quantile(b.sizes, 0.5)
}

// depthEvery is how many quotes pass between two whose depth is measured.
const depthEvery = 50

func (b *book) quote(inst market.Instrument, q market.Quote) {
	bid, ask := q.Bid.Float(), q.Ask.Float()
	middle := (bid + ask) / 2
	b.spreads = append(b.spreads, 1e4*(ask-bid)/middle)
	if len(b.spreads)%depthEvery != 1 {
		return
	}
	bids, asks := sim.Ladder(inst, q, nil, nil)
	b.depths = append(b.depths, near(bids, middle), near(asks, middle))
}

// near sums the levels within 10 bps of the middle.
func near(levels []market.Level, middle float64) float64 {
	sum := 0.0
	for _, l := range levels {
		if math.Abs(l.Price.Float()-middle) <= 1e-3*middle {
			sum += l.Size.Float()
		}
	}
	return sum
}

// generated measures BTC-USD of one seed.
func generated(tb testing.TB, seed uint64, days int) measured {
	tb.Helper()
	m := synth.New(synth.Config{Seed: seed, Days: days, Instruments: []string{"BTC-USD"}})
	inst := m.Instruments()[0]
	var bars minutes
	var tape book
	var ev engine.Event
	for {
		more, err := m.Next(&ev)
		if err != nil {
			tb.Fatal(err)
		}
		if !more {
			break
		}
		switch ev.Kind {
		case engine.KindQuote:
			tape.quote(inst, ev.Quote)
		case engine.KindTrade:
			tape.sizes = append(tape.sizes, ev.Trade.Size.Float())
		case engine.KindBar:
			b := &ev.Bar
			bars.add(b.H.Float(), b.L.Float(), b.C.Float(), b.Volume.Float())
		default:
			tb.Fatalf("seed %d: got an event of kind %d", seed, ev.Kind)
		}
	}
	if got, want := len(bars.close), days*int(24*time.Hour/time.Minute); got != want {
		tb.Fatalf("seed %d: got %d bars, want %d", seed, got, want)
	}
	to := unknown()
	bars.measure(&to)
	tape.measure(&to)
	to[figTogether] = together(seed, "ETH-USD")
	return to
}

// together returns the correlation of an instrument's one-minute returns with
// those of BTC-USD, over ten days.
func together(seed uint64, instrument string) float64 {
	m := synth.New(synth.Config{Seed: seed, Lead: 10 * 1440, Instruments: []string{"BTC-USD", instrument}})
	returns := func(instrument string) []float64 {
		bars := m.History(instrument)
		list := make([]float64, 0, len(bars))
		for i := range bars[1:] {
			list = append(list, math.Log(bars[i+1].C.Float()/bars[i].C.Float()))
		}
		return list
	}
	return correlation(returns("BTC-USD"), returns(instrument))
}
