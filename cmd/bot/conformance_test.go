package main_test

import (
	"context"
	"maps"
	"sync"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange"
	"rulebot/exchange/conformance"
	"rulebot/exchange/okcoin"
	"rulebot/exchange/server"
	"rulebot/exchange/server/faults"
	front "rulebot/exchange/server/okcoin"
	"rulebot/exchange/sim"
)

// TestOkcoinConforms runs the suite over the Okcoin adapter and the built-in
// exchange, through real sockets: with fees, and with an exchange that pays
// makers.
func TestOkcoinConforms(t *testing.T) {
	for name, maker := range map[string]string{"fees": "0.0011", "rebates": "-0.00037"} {
		t.Run(name, func(t *testing.T) {
			conformance.Run(t, okcoinCase(maker))
		})
	}
}

// okcoinCase is the adapter and the built-in exchange, with a maker's fee.
func okcoinCase(maker string) conformance.Case {
	c := conformance.Case{
		Instrument: market.Instrument{
			ID: "BTC-USD", Base: "BTC", Quote: "USD",
			Tick: num.MustPrice("0.01"), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("0.0005"),
		},
		Floor: num.MustPrice("100.37"),
		Maker: num.MustRate(maker), Taker: num.MustRate("0.00237"), FeeScale: 8,
	}
	listed := c
	c.Open = func(t *testing.T, o conformance.Opening) *conformance.Exchange { return openBuiltin(t, &listed, o) }
	return c
}

// account is who trades in these tests.
var account = front.Account{Key: "key", Secret: "secret", Passphrase: "pass", Name: "main"}

func keysOf(a front.Account) okcoin.Keys {
	return okcoin.Keys{
		Key: exchange.NewSecret(a.Key), Secret: exchange.NewSecret(a.Secret), Passphrase: exchange.NewSecret(a.Passphrase),
	}
}

// venue is a built-in exchange on a stepped clock and the way to it.
type venue struct {
	exchange *server.Exchange
	clock    *live.Stepped
	wire     *wire
	client   *okcoin.Client
	complaints
}

// complaints are what an adapter reports: failures of the test, unless it
// damaged something.
type complaints struct {
	tb       testing.TB
	mu       sync.Mutex
	tolerant bool // complaints are expected from now on
}

func (c *complaints) report(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.tolerant {
		c.tb.Errorf("the adapter complains: %v", err)
	}
}

// startVenue runs an exchange whose market stands still until the clock is let
// go of.
func startVenue(tb testing.TB, cfg server.Config, wrong ...faults.Fault) *venue {
	tb.Helper()
	v := &venue{complaints: complaints{tb: tb}, clock: live.NewStepped(0)}
	cfg.Clock = v.clock
	opt := front.Options{Accounts: []front.Account{account}}
	if len(wrong) > 0 {
		opt.Faults = faults.New(faults.Scenario{Faults: wrong})
	}
	cfg.Front = front.New(opt)
	var err error
	if v.exchange, err = server.New(cfg); err != nil {
		tb.Fatal(err)
	}
	v.clock.StartAt(v.exchange.Begins())
	if err := v.exchange.Start(context.WithoutCancel(tb.Context())); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := v.exchange.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	v.wire = newWire(tb, v.exchange.Addr())
	v.client = v.newClient(account, 0)
	return v
}

// newClient returns a client whose clock is ahead by some time.
func (v *venue) newClient(a front.Account, ahead time.Duration) *okcoin.Client {
	v.tb.Helper()
	c, err := okcoin.NewClient(okcoin.ClientConfig{
		Base: "http://" + v.exchange.Addr(), Keys: keysOf(a), Pace: 1000,
		Now: func() market.Time { return v.clock.Now().Add(ahead) },
	})
	if err != nil {
		v.tb.Fatal(err)
	}
	v.tb.Cleanup(c.Close)
	return c
}

func (v *venue) stream() okcoin.StreamConfig {
	return okcoin.StreamConfig{
		Session: exchange.SessionConfig{URL: "ws://" + v.wire.addr() + front.Path},
		Backoff: exchange.Backoff{Sleep: v.wire.wait},
		Now:     v.clock.Now,
		Report:  v.report,
	}
}

func (v *venue) feed(instruments ...string) conformance.Stream {
	return handled{okcoin.NewFeed(okcoin.FeedConfig{StreamConfig: v.stream(), Instruments: instruments, OnTicker: func(okcoin.Ticker) {}}), v.clock}
}

func (v *venue) private(a front.Account, in market.Instrument) conformance.Stream {
	return handled{okcoin.NewPrivate(okcoin.PrivateConfig{
		StreamConfig: v.stream(), Keys: keysOf(a), Instruments: []string{in.ID}, Currencies: []string{in.Base, in.Quote},
	}), v.clock}
}

// settle waits until everything that the exchange is at was told and handled.
func (v *venue) settle() {
	v.tb.Helper()
	v.exchange.With(func(*server.State) {}) // a subscription may be half answered
	if err := v.clock.Advance(v.tb.Context(), 0); err != nil {
		v.tb.Fatal(err)
	}
}

// handled is a stream that lets go of the clock after each frame, as the live
// loop does.
type handled struct {
	conformance.Stream
	clock *live.Stepped
}

func (h handled) Run(ctx context.Context, emit func([]engine.Event)) error {
	return h.Stream.Run(ctx, func(events []engine.Event) {
		emit(events)
		for i := range events {
			if events[i].Kind == engine.KindLink && !events[i].Link.Up {
				return // no frame: the link was lost
			}
		}
		h.clock.End()
	})
}

// spoiler is a wire after whose damage complaints are expected.
type spoiler struct {
	*wire
	told *complaints
}

func (s spoiler) Spoil() {
	s.told.mu.Lock()
	s.told.tolerant = true
	s.told.mu.Unlock()
	s.wire.Spoil()
}

// openBuiltin starts the built-in exchange for one conversation.
func openBuiltin(t *testing.T, c *conformance.Case, o conformance.Opening) *conformance.Exchange {
	t.Helper()
	in := c.Instrument
	s := &script{acts: make(chan act, 1), asked: make(chan struct{}, 1)}
	s.acts <- s.book(in.ID, o.At, o.Bids, o.Asks)
	var wrong []faults.Fault
	if o.Outage > 0 {
		wrong = append(wrong, faults.Fault{Kind: faults.Maintenance, Until: o.Outage})
	}
	v := startVenue(t, server.Config{
		Instruments: []market.Instrument{in}, Source: s,
		History:  func(string) []market.Bar { return o.History },
		Accounts: []server.Account{{Name: account.Name, Balances: maps.Clone(o.Balances), Funding: o.Wallet}},
		Fees:     sim.Fees{Maker: c.Maker, Taker: c.Taker},
		Rules:    front.Rules(),
	}, wrong...)
	t.Cleanup(func() { close(s.acts) })
	<-s.asked // for the first event
	v.clock.End()
	<-s.asked // the first event was told
	x := &conformance.Exchange{
		Orders: v.client, Batches: v.client, Account: v.client, History: v.client,
		Feed:    func() conformance.Stream { return v.feed(in.ID) },
		Private: func() conformance.Stream { return v.private(account, in) },
		Stranger: func(f conformance.Flaw) (conformance.Orders, conformance.Stream) {
			a, ahead := account, time.Duration(0)
			if f == conformance.WrongSecret {
				a.Secret = "guessed"
			} else {
				ahead = 5 * time.Minute
			}
			return v.newClient(a, ahead), v.private(a, in)
		},
		Market: &scripted{tb: t, settle: v.settle, s: s, in: in},
		Line:   spoiler{v.wire, &v.complaints},
		Amend:  v.client.Amend, Holder: v.client,
	}
	records(x, v.client)
	return x
}

// act is one thing a scripted market does.
type act struct {
	ev         engine.Event
	bids, asks []market.Level
}

// script is a market that does what it is told, when it is told.
type script struct {
	acts       chan act
	asked      chan struct{} // one token when the market asks what comes next
	bids, asks []market.Level
}

func (s *script) book(id string, at market.Time, bids, asks []market.Level) act {
	return act{bids: bids, asks: asks, ev: engine.Event{
		Kind: engine.KindQuote, Instrument: id, At: at,
		Quote: market.Quote{Bid: bids[0].Price, BidSize: bids[0].Size, Ask: asks[0].Price, AskSize: asks[0].Size},
	}}
}

// Next waits for the next act. What came before has been told by then.
func (s *script) Next(ev *engine.Event) (bool, error) {
	s.asked <- struct{}{}
	a, more := <-s.acts
	*ev = a.ev
	if a.ev.Kind == engine.KindQuote {
		s.bids, s.asks = a.bids, a.asks
	}
	return more, nil
}

// Book returns the levels behind the last quote.
func (s *script) Book(string) (bids, asks []market.Level) { return s.bids, s.asks }

// scripted is the suite's hand on the market.
type scripted struct {
	tb     testing.TB
	settle func()
	s      *script
	in     market.Instrument
}

func (m *scripted) do(a act) {
	m.tb.Helper()
	m.s.acts <- a
	<-m.s.asked
	m.settle()
}

func (m *scripted) Book(at market.Time, bids, asks []market.Level) {
	m.do(m.s.book(m.in.ID, at, bids, asks))
}

func (m *scripted) Trade(at market.Time, t market.Trade) {
	m.do(act{ev: engine.Event{Kind: engine.KindTrade, Instrument: m.in.ID, At: at, Trade: t}})
}

func (m *scripted) Bar(b market.Bar) {
	m.do(act{ev: engine.Event{Kind: engine.KindBar, Instrument: m.in.ID, At: b.Close(), Bar: b}})
}

func (m *scripted) Settle() { m.settle() }
