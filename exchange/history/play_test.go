package history_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/history"
)

// follow checks every rule of playing on the events of one source of bars.
type follow struct {
	inst   market.Instrument
	last   market.Time
	quote  market.Quote
	fresh  bool // the quote has not been followed by its trade
	trades []market.Trade
	points int
	id     int64
	bars   int
}

func (f *follow) event(t rapid.TB, ev *engine.Event) {
	if ev.At < f.last {
		t.Fatalf("event at %s comes after %s", ev.At, f.last)
	}
	f.last = ev.At
	if ev.At%market.Milli(1) != 0 || ev.Instrument != f.inst.ID {
		t.Fatalf("event of %q at %d ns, want %q in milliseconds", ev.Instrument, ev.At, f.inst.ID)
	}
	switch ev.Kind {
	case engine.KindQuote:
		f.onQuote(t, ev.Quote)
	case engine.KindTrade:
		f.onTrade(t, ev.Trade)
	case engine.KindBar:
		f.onBar(t, ev)
	default:
		t.Fatalf("event of kind %d", ev.Kind)
	}
}

func (f *follow) onQuote(t rapid.TB, q market.Quote) {
	f.quote, f.fresh = q, true
	f.points++
	if q.Crossed() || !num.IsMultiple(q.Bid, f.inst.Tick) || !num.IsMultiple(q.Ask, f.inst.Tick) {
		t.Fatalf("quote %+v is crossed or off the tick", q)
	}
	if q.BidSize.Less(f.inst.Min) || !num.IsMultiple(q.BidSize, f.inst.Lot) || q.BidSize != q.AskSize {
		t.Fatalf("quote %+v shows no lawful size", q)
	}
}

func (f *follow) onTrade(t rapid.TB, tr market.Trade) {
	if !f.fresh || tr.Price.Less(f.quote.Bid) || f.quote.Ask.Less(tr.Price) {
		t.Fatalf("trade %+v does not follow a quote around it: %+v", tr, f.quote)
	}
	f.fresh = false
	f.id++
	if tr.ID != f.id || tr.Size.Sign() <= 0 {
		t.Fatalf("trade %+v, want number %d and a size", tr, f.id)
	}
	f.trades = append(f.trades, tr)
}

func (f *follow) onBar(t rapid.TB, ev *engine.Event) {
	b := &ev.Bar
	if ev.At != b.Close() || f.points != 4 {
		t.Fatalf("bar %s after %d points at %s", b.Open, f.points, ev.At)
	}
	if b.Volume.IsZero() {
		if len(f.trades) != 0 {
			t.Fatalf("bar %s without volume has %d trades", b.Open, len(f.trades))
		}
	} else {
		f.conserved(t, b)
	}
	f.bars++
	f.points, f.trades = 0, f.trades[:0]
}

// conserved holds that a bar is exactly the bar of its trades.
func (f *follow) conserved(t rapid.TB, b *market.Bar) {
	if len(f.trades) != 4 {
		t.Fatalf("bar %s has %d trades, want 4", b.Open, len(f.trades))
	}
	var c num.Calc
	made := market.Bar{Open: b.Open, Timeframe: b.Timeframe, O: f.trades[0].Price, C: f.trades[3].Price}
	made.H, made.L = made.O, made.O
	for _, tr := range f.trades {
		made.H, made.L = made.H.Max(tr.Price), made.L.Min(tr.Price)
		made.Volume = num.Add(&c, made.Volume, tr.Size)
	}
	if c.Err() != nil || made != *b {
		t.Fatalf("trades make %+v, want %+v (%v)", made, *b, c.Err())
	}
}

// TestRealBarsPlay follows the demo days, a year of thin trading with odd
// volumes, and hours.
func TestRealBarsPlay(t *testing.T) {
	for _, name := range []string{"demo/btc-usd-1m.csv", "ohlcv/bitfinex_ethusd_1h_2016_2019.csv.gz", "ohlcv/bitstamp_btcusd_1m_2025-01.csv.gz"} {
		t.Run(name, func(t *testing.T) {
			bars := realBars(t, name)
			source, err := bars.Source(history.DefaultSpread())
			if err != nil {
				t.Fatal(err)
			}
			f := follow{inst: bars.Instrument}
			for ev := range events(t, source) {
				f.event(t, ev)
			}
			if f.bars != bars.Len() {
				t.Errorf("got %d bars, want %d", f.bars, bars.Len())
			}
		})
	}
}

// TestBarsPlay follows drawn bars: any prices, tiny volumes, coarse and fine
// ticks and lots, any spread.
func TestBarsPlay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inst := btc()
		inst.Tick = num.PriceOf(rapid.SampledFrom([]int64{1, 5, 25}).Draw(t, "tick"), rapid.IntRange(0, 4).Draw(t, "scale"))
		inst.Lot = num.QuantityOf(1, rapid.IntRange(0, 8).Draw(t, "lot"))
		inst.Min = inst.Lot
		var rows []market.Bar
		for i := range rapid.IntRange(1, 40).Draw(t, "count") {
			rows = append(rows, drawBar(t, inst, i))
		}
		bars, err := history.BarsOf(inst, market.Minute, rows)
		if err != nil {
			t.Fatal(err)
		}
		source, err := bars.Source(drawSpread(t))
		if err != nil {
			t.Fatal(err)
		}
		f := follow{inst: inst}
		var ev engine.Event
		for {
			more, err := source.Next(&ev)
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				break
			}
			f.event(t, &ev)
		}
		if f.bars != bars.Len() {
			t.Fatalf("got %d bars, want %d", f.bars, bars.Len())
		}
	})
}

func drawSpread(t *rapid.T) num.Rate {
	return num.MustRate(rapid.SampledFrom([]string{"0", "0.0002", "0.000125", "0.01", "0.9"}).Draw(t, "spread"))
}

func drawBar(t *rapid.T, inst market.Instrument, i int) market.Bar {
	var c num.Calc
	price := func(label string) num.Price {
		return num.Mul(&c, inst.Tick, num.QuantityOf(rapid.Int64Range(1, 1_000_000).Draw(t, label), 0))
	}
	o, h, l, last := price("open"), price("high"), price("low"), price("close")
	bar := market.Bar{
		Open: market.Milli(1737158400000 + int64(i)*60_000), Timeframe: market.Minute,
		O: o, C: last, H: h.Max(o).Max(last).Max(l), L: l.Min(o).Min(last).Min(h),
		Volume: num.QuantityOf(rapid.Int64Range(0, 1_000_000).Draw(t, "volume"), rapid.IntRange(0, 8).Draw(t, "volume scale")),
	}
	if err := c.Err(); err != nil {
		t.Fatal(err)
	}
	return bar
}

func TestMerge(t *testing.T) {
	row := func(id, first string) history.Events {
		inst := btc()
		inst.ID = id
		text := header + first + ",5,6,4,5,0\n2025-01-18T00:02:00Z,5,6,4,5,0\n"
		bars, err := history.OpenBars(id, strings.NewReader(text), inst, market.Minute)
		if err != nil {
			t.Fatal(err)
		}
		source, err := bars.Source(history.DefaultSpread())
		if err != nil {
			t.Fatal(err)
		}
		return source
	}
	merged := history.Merge(row("A", "2025-01-18T00:00:00Z"), row("B", "2025-01-18T00:01:00Z"))
	got := ""
	for ev := range events(t, merged) {
		got += map[engine.Kind]string{engine.KindQuote: "q", engine.KindBar: "|"}[ev.Kind] + ev.Instrument + " "
	}
	want := "qA qA qA qA |A " + "qB qB qB qB |B " + "qA qB qA qB qA qB qA qB |A |B "
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if more, err := history.Merge().Next(new(engine.Event)); more || err != nil {
		t.Errorf("nothing merged: got %v, %v", more, err)
	}
}

// failing yields one event and then an error.
type failing struct{ told bool }

func (f *failing) Next(ev *engine.Event) (bool, error) {
	if f.told {
		return false, io.ErrUnexpectedEOF
	}
	f.told = true
	*ev = engine.Event{Kind: engine.KindQuote, At: 1}
	return true, nil
}

func TestMergeTellsErrors(t *testing.T) {
	m := history.Merge(&failing{}, &failing{told: true})
	var ev engine.Event
	for range 3 {
		if more, err := m.Next(&ev); more || err == nil {
			t.Errorf("got %v, %v, want an error", more, err)
		}
	}
	m = history.Merge(&failing{})
	if more, err := m.Next(&ev); !more || err != nil || ev.At != 1 {
		t.Errorf("got %v, %v at %d, want the event before the error", more, err, ev.At)
	}
	if more, err := m.Next(&ev); more || err == nil {
		t.Errorf("got %v, %v, want an error", more, err)
	}
}

func TestSourceRefuses(t *testing.T) {
	bars := openBars(t, header+"2025-01-18T00:00:00Z,5,6,4,5,0\n2025-01-18T00:01:00Z,5,6,4,5,0\n")
	for _, spread := range []string{"-0.1", "1"} {
		if _, err := bars.Source(num.MustRate(spread)); err == nil {
			t.Errorf("spread %s: got no error", spread)
		}
	}
	bars.Instrument.Lot = num.Quantity{}
	if _, err := bars.Source(history.DefaultSpread()); err == nil {
		t.Error("without a lot: got no error")
	}
}

// generated is a long walk for benchmarks.
func generated(tb testing.TB, n int) *history.Bars {
	tb.Helper()
	r := rand.New(rand.NewPCG(1, 1))
	rows := make([]market.Bar, n)
	price := int64(10_000_000)
	for i := range rows {
		o := price
		price += r.Int64N(2001) - 1000
		rows[i] = market.Bar{
			Open: market.Milli(1737158400000 + int64(i)*60_000), Timeframe: market.Minute,
			O: num.PriceOf(o, 2), C: num.PriceOf(price, 2),
			H: num.PriceOf(max(o, price)+r.Int64N(500), 2), L: num.PriceOf(min(o, price)-r.Int64N(500), 2),
			Volume: num.QuantityOf(r.Int64N(500_000_000), 8),
		}
	}
	bars, err := history.BarsOf(btc(), market.Minute, rows)
	if err != nil {
		tb.Fatal(err)
	}
	return bars
}

// BenchmarkNext reports the cost of one event of a bar's nine.
func BenchmarkNext(b *testing.B) {
	bars := generated(b, 10_000)
	var ev engine.Event
	source, err := bars.Source(history.DefaultSpread())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for range b.N {
		more, err := source.Next(&ev)
		if err != nil {
			b.Fatal(err)
		}
		if !more {
			if source, err = bars.Source(history.DefaultSpread()); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func TestNextAllocatesNothing(t *testing.T) {
	source, err := generated(t, 5000).Source(history.DefaultSpread())
	if err != nil {
		t.Fatal(err)
	}
	var ev engine.Event
	if got := testing.AllocsPerRun(20_000, func() {
		if _, err := source.Next(&ev); err != nil {
			t.Fatal(err)
		}
	}); got != 0 {
		t.Errorf("got %v allocations an event, want 0", got)
	}
}

// BenchmarkOpenBars reports the cost of reading one bar.
func BenchmarkOpenBars(b *testing.B) {
	var text strings.Builder
	text.WriteString(header)
	const count = 10_000
	for _, bar := range generated(b, count).All() {
		fmt.Fprintf(&text, "%d,%s,%s,%s,%s,%s\n", bar.Open.Milli(), bar.O, bar.H, bar.L, bar.C, bar.Volume)
	}
	b.ReportAllocs()
	for range b.N {
		if _, err := history.OpenBars("bars", strings.NewReader(text.String()), btc(), 0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/count, "ns/bar")
}

// TestRestOfABarIsToldAtOnce: a path that was taken back is told point by point
// for its first one alone, and as a whole when the rest is taken back as well.
func TestRestOfABarIsToldAtOnce(t *testing.T) {
	for back, want := range []string{
		"… 00:00:00 4 trades 90 to 110, the last 4; bar; ",
		"… 00:00:00 4 trades 90 to 110, the last 4; quote; trade 1; … 00:00:20 3 trades 90 to 110, the last 4; bar; ",
		"… 00:00:00 4 trades 90 to 110, the last 4; quote; trade 1; … 00:00:20 3 trades 90 to 110, the last 4; " +
			"quote; trade 2; quote; trade 3; quote; trade 4; bar; ",
	} {
		source, err := barsFrom(t, market.Minute, "100 110 90 105 8").Source(history.DefaultSpread())
		if err != nil {
			t.Fatal(err)
		}
		source.Leap()
		got := ""
		for ev := range events(t, source) {
			switch w := &ev.Market.Stretch; ev.Kind {
			case engine.KindStretch:
				got += fmt.Sprintf("… %s %d trades %s to %s, the last %d; ", ev.At.Std().Format(time.TimeOnly), w.Trades, w.Low, w.High, ev.Trade.ID)
				if back--; back >= 0 {
					source.Walk()
				}
			case engine.KindQuote:
				got += "quote; "
			case engine.KindTrade:
				got += fmt.Sprintf("trade %d; ", ev.Trade.ID)
			default:
				got += "bar; "
			}
		}
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
