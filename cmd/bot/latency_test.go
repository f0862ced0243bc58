package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange"
	"rulebot/exchange/okcoin"
	"rulebot/exchange/server"
	front "rulebot/exchange/server/okcoin"
	"rulebot/persist"
)

// everyTick buys at each trade of twenty instruments, never as much as a moment
// ago: the same order again would be denied, and so would a fourth order of an
// instrument in three seconds.
func everyTick() string {
	var steps, allow, most strings.Builder
	for _, name := range ticked() {
		fmt.Fprintf(&steps, "  %s: {tick: 0.1, lot: 0.0001, min: 0.0001}\n", name)
		fmt.Fprintf(&allow, "%s: [buy], ", name)
		fmt.Fprintf(&most, "%s: 1, ", name)
	}
	return `version: 1
exchange: {name: okcoin, endpoint: builtin}
account: {balances: {USD: 1000000000}}
instruments:
` + steps.String() + `risk:
  allow: {` + allow.String() + `}
  max_order_quantity: {` + most.String() + `}
  max_order_value: 10000
  max_position_value: 1000000000
  max_exposure: 1000000000
  max_orders: {second: 1000, minute: 60000, day: 1000000}
  max_fires: {minute: 60000, hour: 1000000, day: 1000000}
  max_daily_loss: {pct: 90}
  max_drawdown_pct: 90
strategies:
  - name: ticks
    instruments: [` + strings.Join(ticked(), ", ") + `]
    timeframe: 1m
    rules:
      - name: in
        event: tick
        once_per: event
        fire: while_true
        max_entries: 100000
        when: ticker.last > 1
        do: {buy: {size: {base: 0.0001 * (1 + (ticker.last - 50000) * 10)}, type: market}}
`
}

// ticked are the instruments of the market that ticks.
func ticked() []string {
	names := make([]string, 20)
	for i := range names {
		names[i] = fmt.Sprintf("T%02d-USD", i)
	}
	return names
}

// BenchmarkTickToOrder is how long a trade's frame takes to become an order,
// through the live loop, the adapter and real sockets on this machine: from the
// read of the socket that got the last byte of the frame until the whole
// request was handed to the other socket. With the journal's fsync in between,
// which every order waits for, and without. Each percentile is also told as a
// ratio to its floor, the same percentile of the same run: of a bare round trip
// over HTTP on this machine, and with the journal of a bare fsync on top.
func BenchmarkTickToOrder(b *testing.B) {
	b.Run("fsync", func(b *testing.B) {
		took := ticksToOrders(b, durable(b), b.N)
		reportLatency(b, took, roundTrips(b), fsyncs(b))
	})
	b.Run("memory", func(b *testing.B) {
		took := ticksToOrders(b, &forgetful{}, b.N)
		reportLatency(b, took, roundTrips(b))
	})
}

func reportLatency(b *testing.B, took []time.Duration, floors ...[]time.Duration) {
	b.Helper()
	b.ReportMetric(0, "ns/op") // the market's pace
	for _, percent := range []int{50, 90, 99} {
		var floor time.Duration
		for _, f := range floors {
			floor += percentile(f, percent)
		}
		name := fmt.Sprintf("p%d", percent)
		b.ReportMetric(micros(percentile(took, percent)), name+"-µs")
		b.ReportMetric(float64(percentile(took, percent))/float64(floor), name+"/floor")
	}
}

func percentile(took []time.Duration, percent int) time.Duration {
	slices.Sort(took)
	return took[(len(took)-1)*percent/100]
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// floorRuns is how often a floor is measured, with the market's pause before
// each: a processor that was idle is slower.
const floorRuns = 100

// roundTrips times the exchange of a request and an answer of an order's size,
// over one connection, with a server that does nothing.
func roundTrips(b *testing.B) []time.Duration {
	b.Helper()
	text := bytes.Repeat([]byte("x"), 200)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // what is missing shows at the client
		_, _ = w.Write(text)
	}))
	defer s.Close()
	caller, err := exchange.NewOrderCaller(nil)
	if err != nil {
		b.Fatal(err)
	}
	defer caller.CloseIdle()
	return floorOf(b, func() error {
		_, err := caller.Do(b.Context(), exchange.Call{Method: http.MethodPost, URL: s.URL, Body: text})
		return err
	})
}

// fsyncs times the write of one page of a file, made durable.
func fsyncs(b *testing.B) []time.Duration {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "page"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }() // nobody reads it
	page := make([]byte, 4096)
	return floorOf(b, func() error {
		page[0]++
		if _, err := f.WriteAt(page, 0); err != nil {
			return err
		}
		return f.Sync()
	})
}

func floorOf(b *testing.B, do func() error) []time.Duration {
	b.Helper()
	took := make([]time.Duration, floorRuns)
	pause := time.NewTicker(tickEvery / tickSpeed)
	defer pause.Stop()
	for i := range took {
		<-pause.C
		began := time.Now()
		if err := do(); err != nil {
			b.Fatal(err)
		}
		took[i] = time.Since(began)
	}
	return took
}

// forgetful is a journal that keeps nothing.
type forgetful struct{ pending int }

func (f *forgetful) Append(changes []engine.Change) { f.pending += len(changes) }
func (f *forgetful) Commit() error                  { f.pending = 0; return nil }
func (f *forgetful) Pending() int                   { return f.pending }

func durable(b *testing.B) *persist.Store {
	b.Helper()
	s, err := persist.Open(b.TempDir()+"/store", persist.Identity{Mode: "live", Exchange: "okcoin", Account: "bench"}, persist.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// gauge takes the time from each trade's frame to the order that it led to.
type gauge struct {
	began time.Time
	start func() // the first trade has arrived
	done  func() // as many orders left as were wanted
	want  int

	mu      sync.Mutex
	frames  map[int64]time.Duration  // when the frame had been read, by the trade's number
	decided map[string]time.Duration // the same, by the order's client id
	took    []time.Duration
}

// timedSocket remembers when it last read.
type timedSocket struct {
	net.Conn
	g    *gauge
	last *time.Duration
}

func (s timedSocket) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	*s.last = time.Since(s.g.began)
	return n, err
}

// timedConn notes the frames of trades.
type timedConn struct {
	exchange.Conn
	g    *gauge
	last *time.Duration // of the socket; the reading goroutine's, as all of this
}

func (c timedConn) Read(within time.Duration) ([]byte, error) {
	text, err := c.Conn.Read(within)
	if bytes.HasPrefix(text, []byte(`{"table":"spot/trade"`)) {
		c.g.arrived(numberAfter(text, `"trade_id":"`), *c.last)
	}
	return text, err
}

func numberAfter(text []byte, key string) (n int64) {
	_, rest, _ := bytes.Cut(text, []byte(key))
	for ; len(rest) > 0 && '0' <= rest[0] && rest[0] <= '9'; rest = rest[1:] {
		n = 10*n + int64(rest[0]-'0')
	}
	return n
}

func (g *gauge) dial(ctx context.Context, cfg exchange.SessionConfig) (exchange.Conn, error) {
	last := new(time.Duration)
	cfg.Connect = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		return timedSocket{c, g, last}, err
	}
	s, err := exchange.Dial(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return timedConn{s, g, last}, nil
}

// timedCalls notes when an order was written.
type timedCalls struct {
	exchange.Calls
	g *gauge
}

func (c timedCalls) Do(ctx context.Context, call exchange.Call) (exchange.Reply, error) {
	_, rest, _ := bytes.Cut(call.Body, []byte(`"client_oid":"`))
	id, _, _ := bytes.Cut(rest, []byte(`"`))
	return c.Calls.Do(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) {
		c.g.left(string(id), time.Since(c.g.began))
	}}), call)
}

func (g *gauge) arrived(trade int64, at time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.frames) == 0 {
		g.start()
	}
	g.frames[trade] = at
}

// see remembers which trade an order was decided on.
func (g *gauge) see(ev *engine.Event, out *engine.Outcome) {
	if ev.Kind != engine.KindTrade || len(out.Commands) == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range out.Commands {
		if out.Commands[i].Kind == engine.CommandSubmit {
			g.decided[out.Commands[i].Order.ClientID] = g.frames[ev.Trade.ID]
		}
	}
}

func (g *gauge) left(id string, at time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	frame, ok := g.decided[id]
	if !ok || len(g.took) == g.want {
		return
	}
	if g.took = append(g.took, at-frame); len(g.took) == g.want {
		g.done()
	}
}

// ticking is a market in which one instrument after the other is quoted, and
// a moment later trades.
type ticking struct {
	names  []string
	at     market.Time
	n      int64       // trades so far
	quoted bool        // the instrument whose turn it is
	bar    market.Time // the minute that is not over yet
	barred int         // instruments whose bar has closed
}

const (
	tickEvery = 64 * time.Millisecond // of market time: each instrument trades every 1.28 seconds
	tickSpeed = 4                     // market time is so much faster than ours
	prices    = 997
)

// Next tells of the next event.
func (m *ticking) Next(ev *engine.Event) (bool, error) {
	next := m.at.Add(tickEvery / 2)
	if open := market.Minute.Open(next); open > m.bar {
		*ev = engine.Event{Kind: engine.KindBar, At: open, Instrument: m.names[m.barred], Bar: quietBar(m.bar)}
		if m.barred++; m.barred == len(m.names) {
			m.bar, m.barred = open, 0
		}
		return true, nil
	}
	m.at = next
	name := m.names[m.n%int64(len(m.names))]
	if m.quoted = !m.quoted; m.quoted {
		*ev = engine.Event{Kind: engine.KindQuote, At: m.at, Instrument: name, Quote: market.Quote{
			Bid: num.PriceOf(499_900, 1), BidSize: num.QuantityOf(50, 0), Ask: num.PriceOf(501_000, 1), AskSize: num.QuantityOf(50, 0),
		}}
		return true, nil
	}
	m.n++
	*ev = engine.Event{Kind: engine.KindTrade, At: m.at, Instrument: name, Trade: market.Trade{
		ID: m.n, Price: num.PriceOf(500_000+m.n%prices, 1), Size: num.QuantityOf(1, 3), Buyer: m.n%2 == 0,
	}}
	return true, nil
}

func quietBar(open market.Time) market.Bar {
	price := num.PriceOf(500_000, 1)
	return market.Bar{Open: open, Timeframe: market.Minute, O: price, H: price, L: price, C: price, Volume: num.QuantityOf(1, 0)}
}

// quietBars are minutes that ended before now.
func quietBars(now market.Time) []market.Bar {
	last := market.Minute.Open(now)
	var bars []market.Bar
	for n := 60; n > 0; n-- {
		bars = append(bars, quietBar(last.Add(-time.Duration(n)*time.Minute)))
	}
	return bars
}

// ticksToOrders runs a live loop on a market that ticks until so many orders
// were written, and returns what each took.
func ticksToOrders(b *testing.B, journal live.Journal, n int) []time.Duration {
	b.Helper()
	set := benchSetup(b, everyTick())
	wall, err := server.NewWall(tickSpeed)
	if err != nil {
		b.Fatal(err)
	}
	x, err := server.New(server.Config{
		Instruments: set.instruments, Source: &ticking{names: ticked(), at: wall.Now(), bar: market.Minute.Open(wall.Now())}, Clock: wall, StartNow: true,
		History:  func(string) []market.Bar { return quietBars(wall.Now()) },
		Front:    front.New(front.Options{Accounts: builtinKeys(), Pace: unpaced}),
		Accounts: []server.Account{{Name: tradingAccount, Balances: balances(set.file)}}, Fees: builtinFees(), Rules: front.Rules(),
	})
	if err == nil {
		err = x.Start(context.WithoutCancel(b.Context()))
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := x.Close(); err != nil {
			b.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(b.Context(), 20*time.Second+time.Duration(n)*100*time.Millisecond)
	defer cancel()
	stop := make(chan struct{})
	b.StopTimer()
	g := &gauge{
		began: time.Now(), start: b.StartTimer, done: func() { close(stop) }, want: n,
		frames: map[int64]time.Duration{}, decided: map[string]time.Duration{},
	}
	if err := live.New(g.loop(b, set, journal, x, stop)).Run(ctx); err != nil {
		b.Fatal(err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.took
}

// loop is a live run on the exchange, measured.
func (g *gauge) loop(b *testing.B, set *setup, journal live.Journal, x *server.Exchange, stop <-chan struct{}) live.Config {
	b.Helper()
	clock := live.NewReal(x.Now(), tickSpeed)
	keys := okcoin.Keys{Key: exchange.NewSecret("test-key"), Secret: exchange.NewSecret("test-secret"), Passphrase: exchange.NewSecret("test-pass")}
	queries, err := exchange.NewQueryCaller(nil)
	if err != nil {
		b.Fatal(err)
	}
	orders, err := exchange.NewOrderCaller(nil)
	if err != nil {
		b.Fatal(err)
	}
	client, err := okcoin.NewClient(okcoin.ClientConfig{
		Base: "http://" + x.Addr(), Keys: keys, Now: clock.Now, Pace: unpaced, Queries: queries, Orders: timedCalls{orders, g},
	})
	if err != nil {
		b.Fatal(err)
	}
	e, err := set.engine(order.IDs{Tag: order.Tag("bench", fmt.Sprint(time.Now())), Boot: 1})
	if err != nil {
		b.Fatal(err)
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	stream := okcoin.StreamConfig{Session: exchange.SessionConfig{URL: "ws://" + x.Addr() + front.Path}, Now: clock.Now, Dial: g.dial}
	own := stream
	own.Dial = nil
	return live.Config{
		WarmUp:  set.warmUp(client),
		Observe: g.see,
		Engine:  e, Journal: journal, Clock: clock, Log: log, Stop: stop, End: make(chan struct{}),
		Streams: live.Streams{
			Market:  okcoin.NewFeed(okcoin.FeedConfig{StreamConfig: stream, Instruments: ids(set.instruments)}),
			Private: okcoin.NewPrivate(okcoin.PrivateConfig{StreamConfig: own, Keys: keys, Instruments: ids(set.instruments), Currencies: []string{"USD"}}),
		},
		Exchange: live.Exchange{Executor: shield{executor: client, hide: new(exchange.Redactor)}, Account: client, Instruments: ids(set.instruments)},
	}
}
