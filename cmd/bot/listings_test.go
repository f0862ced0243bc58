package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/okcoin"
	"rulebot/strategies"
)

func listedAs(id, base, quote, tick string) market.Instrument {
	return market.Instrument{ID: id, Base: base, Quote: quote, Tick: num.MustPrice(tick), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("0.001")}
}

// silentFeed says nothing until it is told to end.
type silentFeed struct{}

func (silentFeed) Run(ctx context.Context, _ func([]engine.Event)) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestListingsThatChange tells the engine how they are listed now, or that they
// are not any more, and nothing of instruments that are others than their names say, or that
// nobody trades.
//
// Faults: MD-22.
func TestListingsThatChange(t *testing.T) {
	t.Parallel()
	btc, eth := listedAs("BTC-USD", "BTC", "USD", "0.01"), listedAs("ETH-USD", "ETH", "USD", "0.01")
	answers := [][]market.Instrument{
		{btc, eth},
		nil, // no answer
		{listedAs("BTC-USD", "BTC", "USD", "0.1"), listedAs("ETH-USD", "ETH", "USDT", "1"), listedAs("LTC-USD", "LTC", "USD", "5")},
		{listedAs("BTC-USD", "BTC", "USD", "0.1")},
		{btc, eth},
	}
	ctx, cancel := context.WithCancel(t.Context())
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	asked := 0
	l := &relisting{
		Feed: silentFeed{}, now: func() market.Time { return 7 }, every: time.Millisecond, log: quiet,
		known: []market.Instrument{btc, eth},
		ask: func(context.Context) ([]market.Instrument, error) {
			if asked == len(answers) {
				cancel()
				return nil, ctx.Err()
			}
			asked++
			if answers[asked-1] == nil {
				return nil, errors.New("503")
			}
			return answers[asked-1], nil
		},
	}
	told := make([]string, 0, 8)
	err := l.Run(ctx, func(events []engine.Event) {
		for _, ev := range events {
			if ev.Kind != engine.KindInstrument || ev.At != 7 {
				t.Errorf("got %+v", ev)
			}
			told = append(told, strings.TrimSpace(ev.Instrument+" tick "+ev.Market.Listing.Tick.String()+" "+ev.Market.Listing.State))
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the feed: got %v", err)
	}
	// At the start, then with each answer: without one nothing is known anew,
	// and of an instrument that is now another nothing is.
	want := []string{
		"BTC-USD tick 0.01", "ETH-USD tick 0.01",
		"BTC-USD tick 0.01", "ETH-USD tick 0.01",
		"BTC-USD tick 0.1",
		"BTC-USD tick 0.1", "ETH-USD tick 0.01 not listed any more",
		"BTC-USD tick 0.01", "ETH-USD tick 0.01",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestRefusalLooksAtListings: a refused order has the listings looked at, once
// and not each time, and one without funds has not.
func TestRefusalLooksAtListings(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	btc := listedAs("BTC-USD", "BTC", "USD", "0.01")
	orders := make(refusals, 1)
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	asked := 0
	l := &relisting{
		Feed: silentFeed{}, now: func() market.Time { return 7 }, every: time.Hour, log: quiet, known: []market.Instrument{btc}, refused: orders,
		ask: func(context.Context) ([]market.Instrument, error) {
			asked++
			return []market.Instrument{listedAs("BTC-USD", "BTC", "USD", "0.1")}, nil
		},
	}
	orders.see(order.Result{Class: order.Rejected, Halt: order.HaltFunds})
	orders.see(order.Result{Class: order.Unknown})
	if len(orders) != 0 {
		t.Error("what says nothing of the instrument is told")
	}
	orders.see(order.Result{Class: order.Rejected, Code: "51121"})
	orders.see(order.Result{Class: order.Rejected, Halt: order.HaltInstrument})
	refusals(nil).see(order.Result{Class: order.Rejected})
	var ticks []string
	err := l.Run(ctx, func(events []engine.Event) {
		for i := range events {
			ticks = append(ticks, events[i].Market.Listing.Tick.String())
		}
		if len(ticks) == 2 {
			cancel()
		}
	})
	if got := strings.Join(ticks, ", "); got != "0.01, 0.1" || asked != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("told %s, asked %d times, %v", got, asked, err)
	}
}

// TestInstrumentThatIsAnother: a price against USDT looks like one against
// USD, and is another money.
//
// Faults: MD-25.
func TestInstrumentThatIsAnother(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ base, quote, want string }{
		{"BTC", "USD", ""},
		{"BTC", "USDT", "BTC-USD is listed as BTC against USDT: that is another instrument than its name says"},
		{"BCH", "USD", "BTC-USD is listed as BCH against USD: that is another instrument than its name says"},
		{"USD", "BTC", "BTC-USD is listed as USD against BTC: that is another instrument than its name says"},
	} {
		if got := mistaken(listedAs("BTC-USD", c.base, c.quote, "0.1")); got != c.want {
			t.Errorf("%s against %s: got %q, want %q", c.base, c.quote, got, c.want)
		}
	}
	f, err := load("")
	if err != nil {
		t.Fatal(err)
	}
	listed := []market.Instrument{listedAs("BTC-USD", "BTC", "USDT", "0.1"), listedAs("ETH-USD", "ETH", "USDT", "0.1")}
	if _, err := newSetup(f, listed, market.Minute, startEquity(f)); err == nil {
		t.Error("a file that means another instrument: got a run")
	}
}

// TestListingsFollowTheSpeed asks as often as R04 wants on the run's clock,
// which on a faster exchange is not the wall's.
func TestListingsFollowTheSpeed(t *testing.T) {
	t.Parallel()
	for speed, want := range map[int]time.Duration{0: time.Minute, 1: time.Minute, 100: 600 * time.Millisecond} {
		c := &connection{door: door{speed: speed}, client: &okcoin.Client{}, clock: live.NewReal(0, speed)}
		l, ok := c.withListings(&setup{file: &strategies.File{}}, silentFeed{}).(*relisting)
		if !ok || l.every != want {
			t.Errorf("at speed %d: asks each %v, want %v", speed, l.every, want)
		}
	}
}
