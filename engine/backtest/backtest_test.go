package backtest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/backtest"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/paper"
	"rulebot/engine/report"
	"rulebot/engine/risk"
)

// cross is a program with two conditions: 1 is a close above the one before,
// 2 one below it. Every number is 0.5.
type cross struct{ last, before float64 }

func (c *cross) Update(_ int, bar *market.Bar) { c.before, c.last = c.last, bar.C.Float() }

func (c *cross) Condition(e engine.Expr, _ *engine.View) (engine.Truth, engine.Cause) {
	if c.before == 0 {
		return engine.NotReady, engine.CauseWarmUp
	}
	if e == 1 && c.last > c.before || e == 2 && c.last < c.before {
		return engine.True, engine.Ready
	}
	return engine.False, engine.Ready
}

func (c *cross) Number(engine.Expr, *engine.View) (float64, engine.Cause) { return 0.5, engine.Ready }

func (c *cross) Explain(e engine.Expr, _ *engine.View, dst []engine.Reading) []engine.Reading {
	return append(dst, engine.Reading{Text: "close", Number: c.last})
}

// instant is an exchange that fills every order at its limit at once.
type instant struct {
	told  []engine.Event
	fills int
}

func (x *instant) Market(*engine.Event) {}
func (x *instant) Wake() market.Time    { return 0 }

func (x *instant) Next(ev *engine.Event) bool {
	if len(x.told) == 0 {
		return false
	}
	*ev, x.told = x.told[0], x.told[1:]
	return true
}

func (x *instant) Do(c *engine.Command, at market.Time) {
	tell := func(ev engine.Event) {
		ev.At = at
		x.told = append(x.told, ev)
	}
	switch c.Kind {
	case engine.CommandReconcile:
		tell(engine.Event{Kind: engine.KindBalance, Account: engine.AccountNews{Balance: order.Balance{Currency: "USD", Total: num.MustMoney("100000")}}})
		tell(engine.Event{Kind: engine.KindReconciled, Scan: engine.Scan{Asked: at, Complete: true}})
	case engine.CommandSubmit:
		o := c.Approved.Order()
		x.fills++
		id := fmt.Sprint("X", x.fills)
		tell(engine.Event{Kind: engine.KindSubmitted, Account: engine.AccountNews{ClientID: o.ClientID, Result: order.Result{Class: order.Accepted, ExchangeID: id}}})
		tell(engine.Event{Kind: engine.KindFill, Account: engine.AccountNews{Fill: order.Fill{
			Instrument: o.Instrument, ClientID: o.ClientID, ExchangeID: id, ID: "1", At: at, Side: o.Side, Price: o.Price, Quantity: o.Quantity, FeeCurrency: "USD",
		}}})
	default: // nothing rests and nothing is in doubt
	}
}

// walk is a market of quotes, trades and bars: a seeded random walk. Every
// event comes times over.
type walk struct {
	rng    *rand.Rand
	bars   int
	times  int
	price  int64
	minute int
	queue  []engine.Event
	fail   error
}

func newWalk(seed uint64, bars, times int) *walk {
	return &walk{rng: rand.New(rand.NewPCG(seed, 0)), bars: bars, times: times, price: 10_000}
}

func (w *walk) Next(ev *engine.Event) (bool, error) {
	if len(w.queue) == 0 {
		if w.minute == w.bars {
			return false, w.fail
		}
		w.fill()
	}
	*ev, w.queue = w.queue[0], w.queue[1:]
	return true, nil
}

func (w *walk) fill() {
	w.minute++
	w.price = max(100, w.price+w.rng.Int64N(21)-10)
	p := num.PriceOf(w.price, 1)
	end := market.Time(48 * time.Hour).Add(time.Duration(w.minute) * time.Minute)
	for _, ev := range []engine.Event{
		{Kind: engine.KindQuote, Quote: market.Quote{Bid: num.PriceOf(w.price-1, 1), Ask: num.PriceOf(w.price+1, 1)}},
		{Kind: engine.KindTrade, Trade: market.Trade{Price: p, Size: num.MustQuantity("1")}},
		{Kind: engine.KindBar, Bar: market.Bar{Open: end.Add(-time.Minute), Timeframe: market.Minute, O: p, H: p, L: p, C: p}},
	} {
		ev.Instrument, ev.At = "BTC-USD", end
		for range w.times {
			w.queue = append(w.queue, ev)
		}
	}
}

func newEngine(t *testing.T) *engine.Engine {
	t.Helper()
	limits, _ := risk.Limits{MaxFires: risk.Fires{Minute: 9, Hour: 999, Day: 9999}}.Effective(num.MustMoney("100000"))
	series := market.Series{Instrument: "BTC-USD", Timeframe: market.Minute}
	e, err := engine.New(engine.Config{
		Strategies: []engine.Strategy{{Name: "s", Series: series, Rules: []engine.Rule{
			{Name: "in", For: engine.ForFlat, When: 1, Do: []engine.Action{{Kind: engine.ActionBuy, Size: engine.Size{Unit: engine.SizeBase, Amount: 1}}}},
			{Name: "out", For: engine.ForLong, When: 2, Do: []engine.Action{{Kind: engine.ActionClose}}},
		}}},
		Program: &cross{}, Feeds: []engine.Feed{{Series: series}}, Base: market.Minute, Quote: "USD", Limits: limits,
		Instruments: []market.Instrument{{ID: "BTC-USD", Base: "BTC", Quote: "USD", Tick: num.MustPrice("0.1"), Lot: num.MustQuantity("0.1"), Min: num.MustQuantity("0.1")}},
		IDs:         order.IDs{Tag: order.Tag("t", "t"), Boot: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// run plays a source to its end.
func run(t *testing.T, src backtest.Source) (engine.Snapshot, report.Summary, error) {
	t.Helper()
	e := newEngine(t)
	var tally report.Tally
	d := paper.New(e, &instant{}, func(ev *engine.Event, out *engine.Outcome) error {
		tally.See(ev, out)
		tally.Mark(e.Equity())
		return nil
	})
	err := backtest.Run(t.Context(), d, src)
	snap := e.Snapshot()
	sum, sumErr := tally.Summary(&snap)
	if sumErr != nil {
		t.Fatal(sumErr)
	}
	return snap, sum, err
}

func TestTheSameMarketTheSameDecisions(t *testing.T) {
	first, sum, err := run(t, newWalk(1, 500, 1))
	if err != nil {
		t.Fatal(err)
	}
	if sum.Bars != 500 || sum.Decisions < 100 || sum.Orders != sum.Decisions || sum.Fills != sum.Orders || sum.Denied != 0 {
		t.Errorf("%+v: want 500 bars and a fill for each of many decisions", sum)
	}
	again, _, err := run(t, newWalk(1, 500, 1))
	if err != nil || again.Chain != first.Chain {
		t.Errorf("second run: chain %s (%v), want %s", again.Chain, err, first.Chain)
	}
	other, _, err := run(t, newWalk(2, 500, 1))
	if err != nil || other.Chain == first.Chain {
		t.Errorf("another market has the same chain %s (%v)", other.Chain, err)
	}
	// Everything delivered twice or three times: the same decisions and money.
	for times := 2; times <= 3; times++ {
		twice, _, err := run(t, newWalk(1, 500, times))
		if err != nil || twice.Chain != first.Chain || twice.Equity != first.Equity {
			t.Errorf("delivered %d times: chain %s, equity %s (%v), want %s, %s", times, twice.Chain, twice.Equity, err, first.Chain, first.Equity)
		}
	}
}

func TestBooksOfARun(t *testing.T) {
	snap, sum, err := run(t, newWalk(3, 300, 1))
	if err != nil {
		t.Fatal(err)
	}
	var c num.Calc
	made := num.Sub(&c, sum.EquityEnd, sum.EquityStart)
	if got := num.Add(&c, sum.Realised, sum.Unrealised); got != made || c.Err() != nil {
		t.Errorf("realised and unrealised are %s, the equity moved by %s", got, made)
	}
	if sum.EquityStart != num.MustMoney("100000") || sum.EquityEnd != snap.Equity || sum.MaxDrawdown <= 0 {
		t.Errorf("equity from %s to %s, drawdown %v", sum.EquityStart, sum.EquityEnd, sum.MaxDrawdown)
	}
	if sum.To.Sub(sum.From) != 299*time.Minute {
		t.Errorf("from %s to %s, want 299 minutes", sum.From, sum.To)
	}
}

func TestASourceThatFailsEndsTheRun(t *testing.T) {
	broken := errors.New("line 7: no number")
	src := newWalk(1, 5, 1)
	src.fail = broken
	if _, _, err := run(t, src); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

func TestARunCanBeCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := paper.New(newEngine(t), &instant{}, func(ev *engine.Event, _ *engine.Outcome) error {
		cancel()
		return nil
	})
	if err := backtest.Run(ctx, d, newWalk(1, 1_000_000, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestAnEmptySourceIsNoError(t *testing.T) {
	if _, sum, err := run(t, newWalk(1, 0, 1)); err != nil || sum.Bars != 0 {
		t.Errorf("got %v, %+v", err, sum)
	}
}
