package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/server"
	"rulebot/exchange/sim"
)

// begin is 2021-03-01T10:00:00Z.
const begin = market.Time(1614592800 * int64(time.Second))

var btc = market.Instrument{
	ID: "BTC-USD", Base: "BTC", Quote: "USD",
	Tick: num.MustPrice("1"), Lot: num.MustQuantity("0.1"), Min: num.MustQuantity("0.1"),
}

// free is a clock that goes wherever it is sent.
type free struct {
	mu  sync.Mutex
	now market.Time
}

func (c *free) Now() market.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *free) Advance(ctx context.Context, to market.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = max(c.now, to)
	return ctx.Err()
}

func (c *free) Begin() {}
func (c *free) End()   {}

type events []engine.Event

func (e *events) Next(ev *engine.Event) (bool, error) {
	if len(*e) == 0 {
		return false, nil
	}
	*ev, *e = (*e)[0], (*e)[1:]
	return true, nil
}

// diary is a front that writes down what it is told.
type diary struct{ lines []string }

func (d *diary) ServeHTTP(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }
func (d *diary) Close()                                           {}

func (d *diary) note(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

func (d *diary) Market(s *server.State, n *server.Notice) {
	at := n.At.Std().Format("15:04:05.000")
	switch n.Kind {
	case server.NoticeBook:
		d.note("%s book %d×%d, changed %d×%d", at, len(n.Bids), len(n.Asks), len(n.BidDiff), len(n.AskDiff))
	case server.NoticeCandle:
		c := n.Candle
		d.note("%s candle %s %s %s %s %s %s closed %v", at, c.Open.Std().Format("15:04"), c.O, c.H, c.L, c.C, c.Volume, n.Closed)
	case server.NoticeMoved:
		c, _ := s.Running(n.Instrument, market.Minute)
		d.note("%s candle %s moved to %s %s %s %s %s", at, c.Open.Std().Format("15:04"), c.O, c.H, c.L, c.C, c.Volume)
	case server.NoticeTicker:
		t := s.Ticker(n.Instrument)
		d.note("%s ticker last %s open %s high %s low %s volume %s", at, t.Last.Price, t.Open, t.High, t.Low, t.BaseVolume)
	}
}

func (d *diary) News(n *sim.News) {
	at := n.At.Std().Format("15:04:05.000")
	switch n.Kind {
	case sim.NewsTrade:
		d.note("%s trade %d %s × %s", at, n.Trade.ID, n.Trade.Price, n.Trade.Size)
	case sim.NewsOrder:
		d.note("%s order %s %s", at, n.Order.ClientID, n.Order.State)
	case sim.NewsBalance:
		d.note("%s balance %s %s", at, n.Balance.Currency, n.Balance.Total)
	case sim.NewsFill:
		d.note("%s fill %s × %s", at, n.Fill.Price, n.Fill.Quantity)
	case sim.NewsAlgo:
		d.note("%s algo %s", at, n.Algo.ID)
	}
}

func quote(at market.Time, bid, ask string) engine.Event {
	size := num.MustQuantity("1")
	return engine.Event{Kind: engine.KindQuote, Instrument: btc.ID, At: at, Quote: market.Quote{
		Bid: num.MustPrice(bid), Ask: num.MustPrice(ask), BidSize: size, AskSize: size,
	}}
}

func trade(at market.Time, price string) engine.Event {
	return engine.Event{Kind: engine.KindTrade, Instrument: btc.ID, At: at, Trade: market.Trade{
		Price: num.MustPrice(price), Size: num.MustQuantity("5"), ID: 7,
	}}
}

func bar(open market.Time, price string) market.Bar {
	p := num.MustPrice(price)
	return market.Bar{Open: open, Timeframe: market.Minute, O: p, H: p, L: p, C: p, Volume: num.MustQuantity("1")}
}

func closed(open market.Time, price string) engine.Event {
	b := bar(open, price)
	return engine.Event{Kind: engine.KindBar, Instrument: btc.ID, At: b.Close(), Bar: b}
}

func config(d *diary, source server.Source, clock server.Clock) server.Config {
	return server.Config{
		Instruments: []market.Instrument{btc}, Source: source, Clock: clock,
		Front:    func(*server.Exchange) (server.Front, error) { return d, nil },
		Accounts: []server.Account{{Name: "main", Balances: map[string]num.Money{"USD": num.MustMoney("10000"), "BTC": num.MustMoney("1")}}},
	}
}

// played runs an exchange until its market has ended.
func played(t *testing.T, cfg server.Config, before func(*server.Exchange)) *server.Exchange {
	t.Helper()
	x, err := server.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if before != nil {
		before(x)
	}
	if err := x.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-x.Done()
	if err := x.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	return x
}

// TestOrderOfNotices is what a front is told, in which order.
func TestOrderOfNotices(t *testing.T) {
	source := events{
		quote(begin, "99", "101"),
		trade(begin, "100"),
		quote(begin.Add(time.Second), "99", "101"),
		trade(begin.Add(2*time.Second), "97"),
		closed(begin, "100"),
	}
	d := &diary{}
	cfg := config(d, &source, &free{now: begin})
	cfg.History = func(string) []market.Bar { return []market.Bar{bar(begin.Add(-time.Minute), "90")} }
	x := played(t, cfg, func(x *server.Exchange) {
		if got := x.Begins(); got != begin {
			t.Errorf("begins at %s, want %s", got, begin)
		}
		x.With(func(s *server.State) {
			_, no := s.Submit(sim.Request{
				Account: "main", ClientID: "r1", Instrument: btc.ID, Side: order.Buy, TIF: order.GTC,
				Price: num.MustPrice("98"), Quantity: num.MustQuantity("2"),
			})
			if no != nil {
				t.Error(no)
			}
			if _, no := s.Cancel("main", btc.ID, "none"); no == nil || no.Reason != sim.UnknownOrder {
				t.Errorf("cancel of nothing: got %v", no)
			}
			if b, ok := s.Running(btc.ID, market.Minute); !ok || b.Open != begin || b.C != num.MustPrice("90") {
				t.Errorf("running candle is %+v, %v", b, ok)
			}
		})
	})
	want := []string{
		"10:00:00.000 order r1 OPEN",
		"10:00:00.000 balance USD 10000",
		"10:00:00.000 book 1×0, changed 1×0",
		"10:00:00.000 book 20×20, changed 20×20",
		"10:00:00.000 trade 7 100 × 5",
		"10:00:01.000 book 20×20, changed 0×0",
		"10:00:02.000 trade 8 97 × 5",
		"10:00:02.000 fill 98 × 2",
		"10:00:02.000 order r1 FILLED",
		"10:00:02.000 balance USD 9804",
		"10:00:02.000 balance BTC 3",
		"10:00:02.000 book 20×20, changed 1×0",
		"10:01:00.000 candle 10:00 100 100 100 100 1 closed true",
		"10:01:00.000 candle 10:01 100 100 100 100 0 closed false",
		"10:01:00.000 ticker last 97 open 90 high 100 low 90 volume 2",
	}
	if diff := cmp.Diff(want, d.lines); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
	if x.Err() != nil {
		t.Errorf("err is %v", x.Err())
	}
}

// TestShift starts a market of the past now, by whole minutes or exactly.
func TestShift(t *testing.T) {
	now := begin.Add(1000*time.Hour + 12345*time.Millisecond)
	for _, c := range []struct {
		align time.Duration
		first market.Time
	}{
		{0, now},
		{time.Minute, now.Floor(time.Minute).Add(5 * time.Second)},
	} {
		source := events{quote(begin.Add(5*time.Second), "99", "101"), closed(begin, "100")}
		d := &diary{}
		cfg := config(d, &source, &free{now: now})
		cfg.StartNow, cfg.Align = true, c.align
		cfg.History = func(string) []market.Bar { return []market.Bar{bar(begin.Add(-time.Minute), "90")} }
		x, err := server.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if got := x.Begins(); got != c.first || got > now {
			t.Errorf("align %s: begins at %s, want %s", c.align, got, c.first)
		}
		want := market.Minute.Open(begin.Add(-time.Minute).Add(x.Shift()))
		x.With(func(s *server.State) {
			if got := s.Candles(btc.ID, market.Minute, 0, now, 10); len(got) != 1 || got[0].Open != want {
				t.Errorf("align %s: history is %+v, want one bar of %s", c.align, got, want)
			}
		})
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestHeartbeat publishes a silent book again.
func TestHeartbeat(t *testing.T) {
	source := events{quote(begin, "99", "101"), quote(begin.Add(45*time.Second), "98", "101")}
	d := &diary{}
	cfg := config(d, &source, &free{now: begin})
	cfg.Manner.Heartbeat = 20 * time.Second
	played(t, cfg, nil)
	want := []string{
		"10:00:00.000 book 20×20, changed 20×20",
		"10:00:20.000 book 20×20, changed 0×0",
		"10:00:40.000 book 20×20, changed 0×0",
		"10:00:45.000 book 20×20, changed 21×0",
	}
	if diff := cmp.Diff(want, d.lines); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
}

// failing is a source that breaks.
type failing struct{ after int }

var errBroken = errors.New("broken")

func (f *failing) Next(ev *engine.Event) (bool, error) {
	if f.after == 0 {
		return false, errBroken
	}
	f.after--
	*ev = quote(begin, "99", "101")
	return true, nil
}

// TestFailures are told by New, or by Err when the market has ended.
func TestFailures(t *testing.T) {
	d := &diary{}
	for _, c := range []struct {
		name string
		edit func(*server.Config)
		want string
	}{
		{"no instruments", func(c *server.Config) { c.Instruments = nil }, "no instrument is listed"},
		{"odd id", func(c *server.Config) { c.Instruments = []market.Instrument{{ID: `A"B`}} }, "capitals, digits and dashes"},
		{"no clock", func(c *server.Config) { c.Clock = nil }, "are needed"},
		{"source", func(c *server.Config) { c.Source = &failing{} }, "broken"},
		{"account twice", func(c *server.Config) { c.Accounts = append(c.Accounts, c.Accounts...) }, "account main"},
		{"front", func(c *server.Config) {
			c.Front = func(*server.Exchange) (server.Front, error) { return nil, errBroken }
		}, "broken"},
	} {
		cfg := config(d, &events{}, &free{})
		c.edit(&cfg)
		if _, err := server.New(cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	x := played(t, config(d, &failing{after: 2}, &free{}), nil)
	if !errors.Is(x.Err(), errBroken) {
		t.Errorf("err is %v, want the source's", x.Err())
	}
	unlisted := quote(begin, "99", "101")
	unlisted.Instrument = "ETH-USD"
	x = played(t, config(d, &events{unlisted}, &free{}), nil)
	if x.Err() == nil || !strings.Contains(x.Err().Error(), `"ETH-USD" is not listed`) {
		t.Errorf("err is %v, want the instrument", x.Err())
	}
}

// TestClose ends every goroutine, also of an exchange that never ran or whose
// market waits.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		clock, err := server.NewWall(1)
		if err != nil {
			t.Fatal(err)
		}
		source := events{quote(clock.Now().Add(time.Hour), "99", "101")}
		x, err := server.New(config(&diary{}, &source, clock))
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := x.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
		<-x.Done()
		if x.Err() != nil {
			t.Errorf("closed while it waits: err is %v", x.Err())
		}
	}
	if after := runtime.NumGoroutine(); after > before+1 {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

// TestWall scales real time and does not wait for the past.
func TestWall(t *testing.T) {
	for _, speed := range []int{0, 101, -1} {
		if _, err := server.NewWall(speed); err == nil {
			t.Errorf("speed %d is accepted", speed)
		}
	}
	w, err := server.NewWall(server.SpeedMax)
	if err != nil {
		t.Fatal(err)
	}
	started := w.Now()
	if err := w.Advance(t.Context(), started.Add(200*time.Millisecond)); err != nil {
		t.Error(err)
	}
	if got := w.Now().Sub(started); got < 200*time.Millisecond {
		t.Errorf("advanced by %s, want 200 ms at least", got)
	}
	if err := w.Advance(t.Context(), begin); err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Advance(ended, w.Now().Add(time.Hour)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of the context", err)
	}
}

// TestCandlesMerge compares merged candles with a count from the bars.
func TestCandlesMerge(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var history []market.Bar
		at := begin
		for range rapid.IntRange(0, 200).Draw(rt, "bars") {
			at = at.Add(time.Duration(rapid.IntRange(1, 4).Draw(rt, "gap")) * time.Minute)
			history = append(history, bar(at, num.PriceOf(rapid.Int64Range(1, 50).Draw(rt, "price"), 0).String()))
		}
		cfg := config(&diary{}, &events{}, &free{now: begin})
		cfg.History = func(string) []market.Bar { return history }
		x, err := server.New(cfg)
		if err != nil {
			rt.Fatal(err)
		}
		tf := rapid.SampledFrom([]market.Timeframe{market.Minute, 3 * market.Minute, 15 * market.Minute, market.Hour}).Draw(rt, "timeframe")
		limit := rapid.IntRange(1, 50).Draw(rt, "limit")
		from, to := begin.Add(10*time.Minute), begin.Add(300*time.Minute)
		var want []market.Bar // oldest first
		for _, b := range history {
			open := tf.Open(b.Open)
			if open < from || open > to {
				continue
			}
			if n := len(want); n == 0 || want[n-1].Open != open {
				b.Open, b.Timeframe = open, tf
				want = append(want, b)
				continue
			}
			w := &want[len(want)-1]
			var c num.Calc
			w.H, w.L, w.C, w.Volume = w.H.Max(b.H), w.L.Min(b.L), b.C, num.Add(&c, w.Volume, b.Volume)
		}
		want = want[max(0, len(want)-limit):]
		x.With(func(s *server.State) {
			got := s.Candles(btc.ID, tf, from, to, limit)
			if len(got) != len(want) {
				rt.Fatalf("got %d candles, want %d", len(got), len(want))
			}
			for i := range got {
				if got[i] != want[len(want)-1-i] {
					rt.Fatalf("candle %d is %+v, want %+v", i, got[i], want[len(want)-1-i])
				}
			}
		})
	})
}
