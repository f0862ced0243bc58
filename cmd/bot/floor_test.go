package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/history"
)

// floorRules are three indicators and two rules of four clauses; %s is the
// last clause.
const floorRules = `version: 1
exchange: {name: okcoin, endpoint: builtin}
account: {balances: {USD: 100000}, fees: {maker_pct: 0.01, taker_pct: 0.01}}
risk:
  max_fires: {minute: 100, hour: 1000, day: 10000}
  max_orders: {second: 100, minute: 1000, day: 10000}
  max_daily_loss: {pct: 90}
  max_drawdown_pct: 90
strategies:
  - name: cross
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - {name: in, for: flat, when: "ema(close, 12) > ema(close, 26) && rsi(close, 14) < 101 && volume >= 0 && %[1]s", do: {buy: {size: {equity_pct: 1}}}}
      - {name: out, for: long, when: "ema(close, 12) < ema(close, 26) && rsi(close, 14) > -1 && volume >= 0 && %[1]s", do: {close: {}}}
`

// fastest returns how long the fastest of a few calls took, per bar.
type fastest struct {
	names []string
	nanos map[string]float64
}

func (f *fastest) time(name string, bars int, run func()) {
	began := time.Now()
	run()
	took := float64(time.Since(began).Nanoseconds()) / float64(bars)
	best, known := f.nanos[name]
	if !known {
		f.names = append(f.names, name)
	}
	if !known || took < best {
		f.nanos[name] = took
	}
}

// report tells each in nanoseconds a bar, and as a multiple of the floor.
func (f *fastest) report(b *testing.B, floor string) {
	b.ReportMetric(0, "ns/op")
	for _, name := range f.names {
		b.ReportMetric(f.nanos[name], name+"-ns/bar")
		if name != floor {
			b.ReportMetric(f.nanos[name]/f.nanos[floor], name+"-x")
		}
	}
}

// BenchmarkFloor is what a one-minute bar costs, the fastest of a few runs of
// each: a loop by hand over columns with a ledger of whole numbers, which is
// the floor; the decisions alone; the full path, with orders and without; and
// the reading of the bars.
func BenchmarkFloor(b *testing.B) {
	const n = 300_000
	rows := walkBars(n)
	columns := columnsOf(rows)
	in, _ := find(benchSetup(b, emaCross).instruments, "BTC-USD")
	bars, err := history.BarsOf(in, market.Minute, rows)
	if err != nil {
		b.Fatal(err)
	}
	folder := b.TempDir()
	file := filepath.Join(folder, "bars.csv")
	if err := os.WriteFile(file, csvOf(rows), 0o600); err != nil {
		b.Fatal(err)
	}
	kept := barCache{dir: filepath.Join(folder, "cache"), most: 1 << 30}
	best := fastest{nanos: map[string]float64{}}
	trades, decisions := 0, int64(0)
	for b.Loop() {
		best.time("hand", n, func() { trades = columns.byHand() })
		best.decisions(b, rows)
		best.time("quiet", n, func() { playAll(b, fmt.Sprintf(floorRules, "close < 1"), bars) })
		best.time("full", n, func() { decisions = playAll(b, fmt.Sprintf(floorRules, "close > 0"), bars) })
		best.time("csv", n, func() { readAll(b, &barCache{}, file, in) })
		readAll(b, &kept, file, in)
		best.time("cache", n, func() { readAll(b, &kept, file, in) })
	}
	if trades < 1000 || decisions < 1000 {
		b.Fatalf("%d decisions, by hand %d: nothing was traded", decisions, trades)
	}
	best.report(b, "hand")
	b.ReportMetric(float64(decisions)*1000/n, "decisions/1000bars")
}

// playAll plays bars through the full path and returns the decisions.
func playAll(b *testing.B, rules string, bars *history.Bars) int64 {
	b.Helper()
	set := benchSetup(b, rules)
	bars.Instrument, _ = find(set.instruments, bars.Instrument.ID) // the same text at the same place, as in a run
	src, err := bars.Source(history.DefaultSpread())
	if err != nil {
		b.Fatal(err)
	}
	played, err := play(b.Context(), set, src, &printer{out: io.Discard}, (*kept)(nil).add, nil)
	if err != nil {
		b.Fatal(err)
	}
	return played.sum.Decisions
}

func readAll(b *testing.B, c *barCache, name string, in market.Instrument) {
	b.Helper()
	file, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := c.open(name, file, in); err != nil {
		b.Fatal(err)
	}
}

// decisions is the core alone: closed bars, three indicators, two rules of
// four clauses, none of which fires.
func (f *fastest) decisions(b *testing.B, rows []market.Bar) {
	b.Helper()
	e, err := benchSetup(b, fmt.Sprintf(floorRules, "close < 1")).engine(order.IDs{Tag: order.Tag("bench", "bench"), Boot: 1})
	if err != nil {
		b.Fatal(err)
	}
	at := rows[0].Open
	for _, ev := range []engine.Event{
		{Kind: engine.KindBalance, At: at, Seen: at, Account: engine.AccountNews{Balance: order.Balance{Currency: "USD", Total: num.MustMoney("100000")}}},
		{Kind: engine.KindReconciled, At: at, Seen: at, Scan: engine.Scan{Asked: at, Complete: true}},
	} {
		e.Step(&ev)
	}
	ev := engine.Event{Kind: engine.KindBar, Instrument: "BTC-USD"}
	f.time("decisions", len(rows), func() {
		for i := range rows {
			ev.Bar = rows[i]
			ev.At = ev.Bar.Close()
			ev.Seen = ev.At
			e.Step(&ev)
		}
	})
}

// floats are bars as a loop by hand would have them.
type floats struct{ open, high, low, close, volume []float64 }

func columnsOf(rows []market.Bar) *floats {
	c := &floats{}
	for i := range rows {
		r := &rows[i]
		c.open, c.high, c.low = append(c.open, r.O.Float()), append(c.high, r.H.Float()), append(c.low, r.L.Float())
		c.close, c.volume = append(c.close, r.C.Float()), append(c.volume, r.Volume.Float())
	}
	return c
}

// byHand trades the rules of floorRules as somebody would write them down for
// this one case: indicators in place, an integer ledger in cents and
// ten-thousandths, fees, equity and the deepest fall at every bar.
func (c *floats) byHand() (trades int) {
	const fast, slow, smooth = 2.0 / 13, 2.0 / 27, 1.0 / 14
	a, z, up, down := c.close[0], c.close[0], 0.0, 0.0
	cash, quantity := int64(100_000_00), int64(0)
	peak, deepest := cash, int64(0)
	for i := 1; i < len(c.close); i++ {
		x := c.close[i]
		a, z = a+fast*(x-a), z+slow*(x-z)
		d := x - c.close[i-1]
		up, down = up+smooth*(max(d, 0)-up), down+smooth*(max(-d, 0)-down)
		rsi := 100 * up / (up + down)
		price := int64(x * 100)
		switch {
		case quantity == 0 && a > z && rsi < 101 && c.volume[i] >= 0 && x > 0:
			quantity = cash / 100 * 10_000 / price
			cost := quantity * price / 10_000
			cash -= cost + cost/10_000
			trades++
		case quantity > 0 && a < z && rsi > -1 && c.volume[i] >= 0 && x > 0:
			gain := quantity * price / 10_000
			cash += gain - gain/10_000
			quantity = 0
			trades++
		}
		equity := cash + quantity*price/10_000
		peak = max(peak, equity)
		deepest = max(deepest, peak-equity)
	}
	if deepest < 0 {
		return 0
	}
	return trades
}

// csvOf writes bars as a file has them.
func csvOf(rows []market.Bar) []byte {
	var text strings.Builder
	text.WriteString("time,open,high,low,close,volume\n")
	for i := range rows {
		r := &rows[i]
		fmt.Fprintf(&text, "%d,%s,%s,%s,%s,%s\n", r.Open.Milli(), r.O, r.H, r.L, r.C, r.Volume)
	}
	return []byte(text.String())
}

// walkText writes one-minute bars of a seeded walk, as many as are read.
func walkText(n int, seed uint64) io.Reader {
	r, w := io.Pipe()
	go func() {
		out := bufio.NewWriterSize(w, 1<<20)
		_, _ = out.WriteString("time,open,high,low,close,volume\n")
		rng := rand.New(rand.NewPCG(1+seed, 2))
		last := int64(500_000)
		for i := range n {
			next := max(100_000, last+rng.Int64N(401)-200)
			high, low := max(last, next)+rng.Int64N(50), min(last, next)-rng.Int64N(50)
			_, _ = fmt.Fprintf(out, "%d,%d.%d,%d.%d,%d.%d,%d.%d,%d\n", 1_704_067_200_000+60_000*int64(i),
				last/10, last%10, high/10, high%10, low/10, low%10, next/10, next%10, 1+rng.Int64N(1000))
			last = next
		}
		_ = w.CloseWithError(out.Flush())
	}()
	return r
}

// BenchmarkGrowth is a run of ten million bars beside one of a million, with a
// trade now and then: how much longer it takes, and how much the bars and the
// run keep in memory.
func BenchmarkGrowth(b *testing.B) {
	rules := strings.NewReplacer("close, 12)", "close, 600)", "close, 26)", "close, 2600)").Replace(emaCross)
	in, _ := find(benchSetup(b, rules).instruments, "BTC-USD")
	best := fastest{nanos: map[string]float64{}}
	heap := 0.0
	for b.Loop() {
		for _, n := range []int{1_000_000, 10_000_000} {
			before := heapNow()
			bars, err := history.OpenBars("walk", walkText(n, 0), in, 0)
			if err != nil {
				b.Fatal(err)
			}
			best.time(fmt.Sprint(n/1_000_000, "M"), n, func() { playAll(b, rules, bars) })
			heap = (heapNow() - before) / float64(n)
			runtime.KeepAlive(bars)
		}
	}
	best.report(b, "1M")
	b.ReportMetric(heap, "B/bar")
}

func heapNow() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
