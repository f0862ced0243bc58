package main_test

import (
	"bytes"
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange"
	"rulebot/exchange/conformance"
	"rulebot/exchange/okx"
	"rulebot/exchange/server"
	"rulebot/exchange/server/faults"
	front "rulebot/exchange/server/okx"
	"rulebot/exchange/sim"
)

// TestOKXConforms runs the suite over the OKX adapter and the built-in
// exchange's OKX face, through real sockets.
func TestOKXConforms(t *testing.T) {
	t.Parallel()
	for name, maker := range map[string]string{"fees": "0.0011", "rebates": "-0.00037"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conformance.Run(t, okxCase(maker))
		})
	}
}

// okxCase is the adapter and the built-in exchange, with a maker's fee. What
// the adapter keeps at the exchange it sells at the market: it has no terms.
func okxCase(maker string) conformance.Case {
	c := conformance.Case{
		Instrument: market.Instrument{
			ID: "BTC-USDT", Base: "BTC", Quote: "USDT",
			Tick: num.MustPrice("0.01"), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("0.0005"), Max: num.MustQuantity("9999999999"),
		},
		Floor: num.MustPrice("100.37"),
		Maker: num.MustRate(maker), Taker: num.MustRate("0.00237"), FeeScale: 8,
		Lacks: []conformance.Capability{
			conformance.Amends, conformance.KeepsStops, conformance.KeepsPairs, conformance.KeepsTrails, conformance.KeepsParts,
			conformance.HasLedger, conformance.HasWallet,
		},
	}
	listed := c
	c.Open = func(t *testing.T, o conformance.Opening) *conformance.Exchange { return openOKX(t, &listed, o) }
	return c
}

// okxVenue is a built-in exchange that speaks OKX, and the way to it.
type okxVenue struct {
	complaints
	exchange *server.Exchange
	clock    *live.Stepped
	wire     *wire
	place    okx.Place
	told     chan string // how maintenance stands, as the feed says
}

func startOKX(tb testing.TB, cfg server.Config, wrong ...faults.Fault) *okxVenue {
	tb.Helper()
	v := &okxVenue{complaints: complaints{tb: tb}, clock: live.NewStepped(0), told: make(chan string, 16)}
	opt := front.Options{Accounts: []front.Account{account}, Demo: true}
	if len(wrong) > 0 {
		opt.Faults = faults.New(faults.Scenario{Faults: wrong})
	}
	cfg.Clock, cfg.Front, cfg.Rules = v.clock, front.New(opt), front.Rules()
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
	if v.place, err = okx.At("demo", "http://"+v.exchange.Addr(), "ws://"+v.wire.addr()); err != nil {
		tb.Fatal(err)
	}
	return v
}

func okxKeys(a front.Account) okx.Keys {
	return okx.Keys{
		Key: exchange.NewSecret(a.Key), Secret: exchange.NewSecret(a.Secret), Passphrase: exchange.NewSecret(a.Passphrase),
	}
}

func (v *okxVenue) client(a front.Account, ahead time.Duration) *okx.Client {
	v.tb.Helper()
	c, err := okx.NewClient(okx.ClientConfig{
		Place: v.place, Keys: okxKeys(a), Pace: 1000, Tag: "suite",
		Now: func() market.Time { return v.clock.Now().Add(ahead) },
	})
	if err != nil {
		v.tb.Fatal(err)
	}
	v.tb.Cleanup(c.Close)
	return c
}

func (v *okxVenue) stream() okx.StreamConfig {
	return okx.StreamConfig{Place: v.place, Backoff: exchange.Backoff{Sleep: v.wire.wait}, Now: v.clock.Now, Report: v.report}
}

func (v *okxVenue) feed(instrument string) conformance.Stream {
	v.tb.Helper()
	f, err := okx.NewFeed(okx.FeedConfig{
		StreamConfig: v.stream(), Instruments: []string{instrument}, Announce: func(m okx.Maintenance) { v.told <- m.State },
	})
	if err != nil {
		v.tb.Fatal(err)
	}
	return handled{f, v.clock}
}

// heard is what the feed told of maintenance.
func (v *okxVenue) heard() string {
	var all []string
	for len(v.told) > 0 {
		all = append(all, <-v.told)
	}
	return strings.Join(all, " ")
}

func (v *okxVenue) private(a front.Account, in market.Instrument, ahead time.Duration) conformance.Stream {
	return handled{okx.NewPrivate(okx.PrivateConfig{
		StreamConfig: v.stream(), Keys: okxKeys(a), Instruments: []string{in.ID}, Currencies: []string{in.Base, in.Quote},
		Stamp: func() market.Time { return v.clock.Now().Add(ahead) },
	}), v.clock}
}

func (v *okxVenue) settle() {
	v.tb.Helper()
	v.exchange.With(func(*server.State) {}) // a subscription may be half answered
	if err := v.clock.Advance(v.tb.Context(), 0); err != nil {
		v.tb.Fatal(err)
	}
}

// openOKX starts the built-in exchange for one conversation.
func openOKX(t *testing.T, c *conformance.Case, o conformance.Opening) *conformance.Exchange {
	t.Helper()
	in := c.Instrument
	s := &script{acts: make(chan act, 1), asked: make(chan struct{}, 1)}
	s.acts <- s.book(in.ID, o.At, o.Bids, o.Asks)
	var wrong []faults.Fault
	if o.Outage > 0 {
		wrong = append(wrong, faults.Fault{Kind: faults.Maintenance, Until: o.Outage})
	}
	v := startOKX(t, server.Config{
		Instruments: []market.Instrument{in}, Source: s,
		History:  func(string) []market.Bar { return o.History },
		Accounts: []server.Account{{Name: account.Name, Balances: maps.Clone(o.Balances), Funding: o.Wallet}},
		Fees:     sim.Fees{Maker: c.Maker, Taker: c.Taker},
	}, wrong...)
	t.Cleanup(func() {
		close(s.acts)
		if got := v.heard(); o.Outage > 0 && got != "ongoing completed" {
			t.Errorf("the feed told %q of maintenance, want that it is on, and then that it is over", got)
		}
	})
	<-s.asked // for the first event
	v.clock.End()
	<-s.asked // the first event was told
	client := v.client(account, 0)
	return &conformance.Exchange{
		Orders: client, Batches: client, Account: client, History: client, Holder: client,
		Feed:    func() conformance.Stream { return v.feed(in.ID) },
		Private: func() conformance.Stream { return v.private(account, in, 0) },
		Stranger: func(f conformance.Flaw) (conformance.Orders, conformance.Stream) {
			a, ahead := account, time.Duration(0)
			if f == conformance.WrongSecret {
				a.Secret = "guessed"
			} else {
				ahead = 5 * time.Minute
			}
			return v.client(a, ahead), v.private(a, in, ahead)
		},
		Market: &scripted{tb: t, settle: v.settle, s: s, in: in},
		Line:   spoiler{v.wire, &v.complaints},
		Records: conformance.Records{
			Fees: func(ctx context.Context, instrument string) (maker, taker num.Rate, err error) {
				f, err := client.TradeFee(ctx, instrument)
				return f.Maker, f.Taker, err
			},
			Outages: func(ctx context.Context) ([]conformance.Outage, error) {
				list, err := client.Status(ctx)
				outages := make([]conformance.Outage, 0, len(list))
				for _, m := range list {
					outages = append(outages, conformance.Outage{Start: m.Start, End: m.End})
				}
				return outages, err
			},
		},
	}
}

// breakChain damages a book message of OKX: an update names another before it,
// and a snapshot lacks a side.
func breakChain(text []byte) []byte {
	if bytes.Contains(text, []byte(`"action":"snapshot"`)) {
		return bytes.Replace(text, []byte(`"bids":`), []byte(`"bits":`), 1)
	}
	return bytes.Replace(text, []byte(`"prevSeqId":`), []byte(`"prevSeqId":9`), 1)
}
