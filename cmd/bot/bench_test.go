package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/strategies"
)

// threeStrategies have four clauses each, which are read at every bar; the
// last of each is never true.
const threeStrategies = `version: 1
exchange: {name: okcoin, endpoint: builtin}
account: {balances: {USD: 100000}}
strategies:
  - name: trend
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - name: in
        for: flat
        when: close > 1 && rsi(close, 14) < 101 && close * 3 > sma(close, 50) && ema(close, 12) > 2 * ema(close, 26)
        do: {buy: {size: {equity_pct: 10}, type: market}}
    exits: {stop_loss: {pct: 5}}
  - name: range
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - name: in
        for: flat
        when: high >= low && atr(14) >= 0 && highest(high, 20) >= lowest(low, 20) && close > 2 * highest(high, 20)
        do: {buy: {size: {equity_pct: 10}, type: market}}
    exits: {stop_loss: {pct: 5}}
  - name: wide
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - name: in
        for: flat
        when: stdev(close, 20) >= 0 && rma(close, 14) > 0 && volume >= 0 && change(close, 1) > 1000000
        do: {buy: {size: {equity_pct: 10}, type: market}}
    exits: {stop_loss: {pct: 5}}
`

// emaCross trades the cross of two averages with no limit in the way.
const emaCross = `version: 1
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
      - name: in
        for: flat
        when: crossover(ema(close, 12), ema(close, 26))
        do: {buy: {size: {equity_pct: 1}, type: market}}
      - name: out
        for: long
        when: crossunder(ema(close, 12), ema(close, 26))
        do: {close: {type: market}}
`

// benchSetup loads rules for the generated market's instruments.
func benchSetup(b testing.TB, src string) *setup {
	b.Helper()
	f, found := strategies.Load("bench.yaml", []byte(src))
	if len(found) > 0 {
		b.Fatal(found.Render([]byte(src)))
	}
	set, err := newSetup(f, listings(f), market.Minute, startEquity(f))
	if err != nil {
		b.Fatal(err)
	}
	return set
}

// walkBars are one-minute bars of a seeded random walk around 50,000.
func walkBars(n int) []market.Bar {
	rng := rand.New(rand.NewPCG(1, 2))
	rows := make([]market.Bar, n)
	open := market.TimeOf(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	last := int64(500_000) // tenths
	for i := range rows {
		next := max(100_000, last+rng.Int64N(401)-200)
		high, low := max(last, next)+rng.Int64N(50), min(last, next)-rng.Int64N(50)
		rows[i] = market.Bar{
			Open: open.Add(time.Duration(i) * time.Minute), Timeframe: market.Minute,
			O: num.PriceOf(last, 1), H: num.PriceOf(high, 1), L: num.PriceOf(low, 1), C: num.PriceOf(next, 1),
			Volume: num.QuantityOf(1+rng.Int64N(100_000), 4),
		}
		last = next
	}
	return rows
}

// BenchmarkStepBar is one closed bar through the whole core: three strategies
// of four clauses each, warm, and nothing to do.
func BenchmarkStepBar(b *testing.B) {
	set := benchSetup(b, threeStrategies)
	e, err := set.engine(order.IDs{Tag: order.Tag("bench", "bench"), Boot: 1})
	if err != nil {
		b.Fatal(err)
	}
	rows := walkBars(4096)
	at := rows[0].Open
	step := func(ev *engine.Event) int {
		ev.Seen = ev.At
		out := e.Step(ev)
		return len(out.Changes)
	}
	step(&engine.Event{Kind: engine.KindBalance, At: at, Account: engine.AccountNews{Balance: order.Balance{Currency: "USD", Total: num.MustMoney("100000")}}})
	step(&engine.Event{Kind: engine.KindReconciled, At: at, Scan: engine.Scan{Asked: at, Complete: true}})
	ev := engine.Event{Kind: engine.KindBar, Instrument: "BTC-USD"}
	i, changes := 0, 0
	next := func() {
		ev.Bar = rows[i%len(rows)]
		ev.Bar.Open = at.Add(time.Duration(i) * time.Minute)
		ev.At = ev.Bar.Close()
		i++
		changes += step(&ev)
	}
	for range 200 {
		next()
	}
	changes = 0
	b.ReportAllocs()
	for b.Loop() {
		next()
	}
	if days := i/1440 + 2; changes > days {
		b.Fatalf("%d changes in %d days: the rules were to be silent", changes, days)
	}
}

// threeListeners are read with every trade, every quote and every second, and
// never fire.
const threeListeners = `version: 1
exchange: {name: okcoin, endpoint: builtin}
account: {balances: {USD: 100000}}
strategies:
  - name: close
    instrument: BTC-USD
    timeframe: 1m
    state: {mark: 1000000}
    rules:
      - {name: tick, event: tick, when: "ticker.last > 2 * state.mark && trades.today < 3", do: {buy: {size: {equity_pct: 10}}}}
      - {name: book, event: book, when: "book.spread_bps > 5000 && orders.open == 0", do: {buy: {size: {equity_pct: 10}}}}
      - {name: timer, event: {timer: 1s}, when: "last_fill.price > 1 || position.qty > 0", do: {notify: long}}
      - {name: noon, event: {schedule: "0 0 12 * * *"}, when: "close > 1000000", do: {notify: noon}}
`

// eventSteps returns what takes the next trade, quote and timer through a core
// that listens to all of them, and how many changes there were.
func eventSteps(b testing.TB, src string) (step func(), changes *int) {
	return eventStepsOf(b, src, false)
}

func eventStepsOf(b testing.TB, src string, trace bool) (step func(), changes *int) {
	set := benchSetup(b, src)
	set.trace = trace
	e, err := set.engine(order.IDs{Tag: order.Tag("bench", "bench"), Boot: 1})
	if err != nil {
		b.Fatal(err)
	}
	row := walkBars(1)[0]
	at, price := row.Open, row.C
	changes = new(int)
	take := func(ev *engine.Event) {
		ev.At, ev.Seen = at, at
		out := e.Step(ev)
		*changes += len(out.Changes)
	}
	take(&engine.Event{Kind: engine.KindBalance, Account: engine.AccountNews{Balance: order.Balance{Currency: "USD", Total: num.MustMoney("100000")}}})
	take(&engine.Event{Kind: engine.KindReconciled, Scan: engine.Scan{Asked: at, Complete: true}})
	take(&engine.Event{Kind: engine.KindBar, Instrument: "BTC-USD", Bar: row})
	one := num.MustQuantity("1")
	up := num.MustPrice("0.1")
	return func() {
		at = at.Add(time.Second)
		var c num.Calc
		high := num.Add(&c, price, up)
		take(&engine.Event{Kind: engine.KindQuote, Instrument: "BTC-USD", Quote: market.Quote{Bid: price, Ask: high, BidSize: one, AskSize: one}})
		take(&engine.Event{Kind: engine.KindTrade, Instrument: "BTC-USD", Trade: market.Trade{Price: high, Size: one}})
		take(&engine.Event{Kind: engine.KindTimer})
		price, up = high, up.Neg() // up and down again
	}, changes
}

// TestEventsThatFireNothingAllocateNothing: rules on trades, books and timers
// are read with every one of them.
func TestEventsThatFireNothingAllocateNothing(t *testing.T) {
	step, changes := eventSteps(t, threeListeners)
	step()
	before := *changes
	if n := testing.AllocsPerRun(2000, step); n != 0 {
		t.Errorf("%v allocations for a quote, a trade and a timer", n)
	}
	if *changes != before {
		t.Errorf("%d changes, and nothing was to fire", *changes-before)
	}
}

// TestTracingAllocatesNothingWhileNothingChanges: how rules stand is looked at
// with every event that wakes them, and once a bar with the market.
func TestTracingAllocatesNothingWhileNothingChanges(t *testing.T) {
	step, changes := eventStepsOf(t, threeListeners, true)
	step()
	before := *changes
	if n := testing.AllocsPerRun(50, step); n != 0 {
		t.Errorf("%v allocations for a quote, a trade and a timer", n)
	}
	if *changes != before {
		t.Errorf("%d changes, and the rules stood as before", *changes-before)
	}
}

// manyStrategies trade twenty instruments, five on each.
func manyStrategies() string {
	var b strings.Builder
	b.WriteString("version: 1\nexchange: {name: okcoin, endpoint: builtin}\naccount: {balances: {USD: 100000}}\ninstruments:\n")
	for i := range 20 {
		fmt.Fprintf(&b, "  C%02d-USD: {tick: 0.01, lot: 0.0001, min: 0.0001}\n", i)
	}
	b.WriteString("  BTC-USD: {tick: 0.01, lot: 0.0001, min: 0.0001}\nstrategies:\n")
	for i := range 100 {
		fmt.Fprintf(&b, "  - {name: s%d, instrument: C%02d-USD, timeframe: 1m, rules: [{name: in, when: close > 1000000, do: {buy: {size: {quote: 100}}}}]}\n", i, i%20)
	}
	b.WriteString("  - {name: btc, instrument: BTC-USD, timeframe: 1m, rules: [{name: in, when: close > 1000000, do: {buy: {size: {quote: 100}}}}]}\n")
	return b.String()
}

// BenchmarkStepEvents is a quote, a trade and a timer, each with a rule that
// is read at it; and the same with rules on bars alone.
func BenchmarkStepEvents(b *testing.B) {
	for _, c := range []struct{ name, src string }{{"heard", threeListeners}, {"unheard", threeStrategies}, {"beside 100", manyStrategies()}} {
		b.Run(c.name, func(b *testing.B) {
			step, _ := eventSteps(b, c.src)
			b.ReportAllocs()
			for b.Loop() {
				step()
			}
		})
	}
}
