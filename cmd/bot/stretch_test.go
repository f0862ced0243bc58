package main

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/backtest"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/paper"
	"rulebot/exchange/history"
)

var stretches = flag.Uint64("stretches", 1, "rough markets for each strategy of the guide that are played at once and step by step")

// timed rests, waits and leaves by the clock, and listens to fills.
const timed = `version: 1
exchange: {name: okcoin, endpoint: builtin}
account: {balances: {USD: 100000}}
risk: {max_orders: {second: 100, minute: 1000, day: 10000}, max_fires: {minute: 60, hour: 1000, day: 10000}}
strategies:
  - name: clock
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - {name: in, for: flat, when: "close < close[1]", do: {buy: {size: {quote: 1000}, type: limit, price: "close * 0.999", expire: 90s}}}
      - {name: more, event: fill, when: "position.qty > 0", do: {notify: filled}}
    exits:
      time_stop: {age: 7m}
      take_profit: {pct: 1}
  - name: other
    instrument: ETH-USD
    timeframe: 5m
    rules:
      - {name: in, event: {timer: 30m}, for: flat, when: "close > 0", do: {buy: {size: {quote: 2000}}}}
    exits:
      time_stop: {age: 2h}
      trailing_stop: {activate_pct: 0.5, distance_pct: 1}
`

// tight holds for long, with limits on losses that such a market comes near,
// reaches and goes over.
const tight = `version: 1
exchange: {name: okcoin, endpoint: builtin}
account: {balances: {USD: 100000}}
risk: {max_daily_loss: {pct: 0.6}, max_drawdown_pct: 4, max_fires: {minute: 60, hour: 1000, day: 10000}}
strategies:
  - name: long
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - {name: in, for: flat, when: "close > close[30]", do: {buy: {size: {quote: 15000}}}}
      - {name: out, for: long, when: "position.bars > 400", do: {close: {}}}
`

// heard holds one instrument while a rule listens to the trades of another, and
// buys there a share of what both are worth.
const heard = `version: 1
exchange: {name: okcoin, endpoint: builtin}
account: {balances: {USD: 100000}}
risk: {max_orders: {second: 100, minute: 1000, day: 10000}, max_fires: {minute: 60, hour: 1000, day: 10000}}
strategies:
  - name: holder
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - {name: in, for: flat, when: "close > close[1]", do: {buy: {size: {quote: 60000}}}}
  - name: listener
    instrument: ETH-USD
    timeframe: 1m
    rules:
      - {name: in, event: tick, for: flat, when: "ticker.last > close", once_per: bar, do: {buy: {size: {equity_pct: 3}}}}
      - {name: out, event: bar, for: long, when: "position.bars > 2", do: {close: {}}}
`

// walking is a source without stretches, and counts what it tells.
type walking struct {
	source backtest.Source
	events int
}

func (w *walking) Next(ev *engine.Event) (bool, error) {
	w.events++
	return w.source.Next(ev)
}

// leaping is a source with stretches, and counts what it tells.
type leaping struct {
	backtest.Leaper
	events int
}

func (l *leaping) Next(ev *engine.Event) (bool, error) {
	l.events++
	return l.Leaper.Next(ev)
}

// rough are one-minute bars of a seeded walk that jumps now and then, with
// prints wildly off the market, minutes that had no trade, and some that are missing.
func rough(t *testing.T, seed uint64, in market.Instrument, n int) *history.Bars {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 7))
	var rows []market.Bar
	at := market.TimeOf(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))
	last := 20_000 + rng.Int64N(50_000)
	for range n {
		at = at.Add(time.Minute)
		if rng.IntN(50) == 0 {
			continue
		}
		step := 1 + last/400
		if rng.IntN(200) == 0 {
			step *= 20
		}
		next := max(1000, last+rng.Int64N(2*step+1)-step)
		b := market.Bar{
			Open: at, Timeframe: market.Minute, Volume: num.QuantityOf(rng.Int64N(100_000), 4),
			O: num.PriceOf(last, 2), H: num.PriceOf(max(last, next)+rng.Int64N(step), 2), L: num.PriceOf(min(last, next)-rng.Int64N(step), 2), C: num.PriceOf(next, 2),
		}
		switch rng.IntN(1500) { // one print wildly off, or a market that goes there
		case 0:
			b.H = num.PriceOf(max(last, next)*13/10, 2)
		case 1:
			b.L = num.PriceOf(min(last, next)*7/10, 2)
		case 2:
			next = next * 13 / 10
			b.C, b.H = num.PriceOf(next, 2), b.H.Max(num.PriceOf(next, 2))
		case 3:
			next = max(1000, next*7/10)
			b.C, b.L = num.PriceOf(next, 2), b.L.Min(num.PriceOf(next, 2))
		}
		if rng.IntN(20) == 0 {
			b.Volume, b.H, b.L, b.C = num.Quantity{}, b.O, b.O, b.O
			next = last
		}
		rows, last = append(rows, b), next
	}
	bars, err := history.BarsOf(in, market.Minute, rows)
	if err != nil {
		t.Fatal(err)
	}
	return bars
}

// TestStretchesChangeNothing: a backtest that takes the path of a bar at once,
// where nothing on it matters, decides, trades and remembers what one does
// that walks it, to the byte.
func TestStretchesChangeNothing(t *testing.T) {
	names, err := filepath.Glob("../../docs/guide/*.yaml")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d strategies in the guide (%v)", len(names), err)
	}
	told, walked := 0, 0
	for seed := range *stretches {
		for _, name := range append(names, "", written(t, "timed.yaml", timed), written(t, "tight.yaml", tight), written(t, "heard.yaml", heard)) {
			a, b := stretched(t, name, seed+1)
			told, walked = told+a, walked+b
		}
	}
	if told > walked*2/3 {
		t.Errorf("%d events told in place of %d: hardly anything was taken at once", told, walked)
	}
	t.Logf("%d events in place of %d", told, walked)
}

// stretched plays one market both ways, and counts the events of each.
func stretched(t *testing.T, name string, seed uint64) (told, walked int) {
	t.Helper()
	all := walking{source: roughMarket(t, name, seed)}
	want := changesOf(t, name, &all)
	quick := leaping{Leaper: roughMarket(t, name, seed).(backtest.Leaper)}
	got := changesOf(t, name, &quick)
	for k := range min(len(got), len(want)) {
		if got[k] != want[k] {
			t.Fatalf("%s, seed %d: change %d differs\ngot  %s\nwant %s", name, seed, k+1, got[k], want[k])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%s, seed %d: %d changes, want %d", name, seed, len(got), len(want))
	}
	return quick.events, all.events
}

// roughMarket is a market for the instruments of a file.
func roughMarket(t *testing.T, name string, seed uint64) backtest.Source {
	t.Helper()
	f, err := load(name)
	if err != nil {
		t.Fatal(err)
	}
	var parts []history.Events
	for i, id := range feedInstruments(f) {
		in, ok := find(listings(f), id)
		if !ok {
			t.Fatalf("%s: %s is not listed", name, id)
		}
		src, err := rough(t, 100*seed+uint64(i), in, 6000).Source(spread(f))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, src)
	}
	return history.Merge(parts...)
}

// changesOf plays a file and returns all that became true.
func changesOf(t *testing.T, name string, src backtest.Source) []string {
	t.Helper()
	f, err := load(name)
	if err != nil {
		t.Fatal(err)
	}
	set, err := newSetup(f, listings(f), market.Minute, startEquity(f))
	if err != nil {
		t.Fatal(err)
	}
	set.trace = true
	e, err := set.engine(order.IDs{Tag: order.Tag("test", "test"), Boot: 1})
	if err != nil {
		t.Fatal(err)
	}
	venue, err := set.paper()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	desk := paper.New(e, venue, func(_ *engine.Event, out *engine.Outcome) error {
		for i := range out.Changes {
			text, err := json.Marshal(&out.Changes[i])
			if err != nil {
				return err
			}
			all = append(all, string(text))
		}
		return nil
	})
	if err := backtest.Run(t.Context(), desk, src); err != nil {
		t.Fatal(err)
	}
	return all
}
