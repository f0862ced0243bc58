package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rulebot/engine"
	"rulebot/engine/backtest"
	"rulebot/engine/order"
	"rulebot/engine/paper"
	"rulebot/exchange/synth"
	"rulebot/internal/realdata"
	"rulebot/persist"
)

var long = flag.Bool("long", false, "play the real month through sockets too: half a minute")

// brisk trades on every few minutes, in two markets, with every kind of exit.
const brisk = `version: 1
exchange: {name: okcoin, endpoint: builtin, market: {seed: 11, days: 1}}
account:
  balances: {USD: 100000}
  fees: {maker_pct: 0.1, taker_pct: 0.2}
  latency: 137ms
  slippage_bps: 1
risk:
  max_orders: {second: 50, minute: 500, day: 5000}
  max_fires: {minute: 50, hour: 500, day: 5000}
strategies:
  - name: brisk
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - {name: in, for: flat, when: "close > ema(close, 5)", do: {buy: {size: {equity_pct: 10}}}}
      - {name: out, for: long, when: "rsi(close, 7) > 65", do: close}
    exits:
      stop_loss: {pct: 0.1}
      take_profit: {pct: 0.2}
      trailing_stop: {activate_pct: 0.1, distance_pct: 0.05}
      time_stop: {bars: 9}
`

// briskToo trades the other market as well.
const briskToo = `  - name: brisk-too
    instrument: ETH-USD
    timeframe: 5m
    rules:
      - {name: in, for: flat, when: "crossover(close, sma(close, 4))", do: {buy: {size: {quote: 3000}}}}
      - {name: out, for: long, when: "crossunder(close, sma(close, 4))", do: close}
`

// course is what a run did, as far as it can be compared.
type course struct {
	changes []string // as JSON, in order
	chain   string   // of the newest decision
	orders  int
	stdout  string
}

// add takes a change over.
func (c *course) add(t *testing.T, change engine.Change) {
	t.Helper()
	text, err := json.Marshal(change)
	if err != nil {
		t.Fatal(err)
	}
	c.changes = append(c.changes, string(text))
	switch change.Kind {
	case engine.ChangeDecision:
		c.chain = change.Decision.Chain
	case engine.ChangeOrder:
		if change.Order.State == order.Intended {
			c.orders++
		}
	default: // counted above
	}
}

// decisions are the decision changes alone.
func (c *course) decisions() *course {
	d := &course{chain: c.chain, orders: c.orders}
	for _, change := range c.changes {
		if strings.Contains(change, `"chain"`) {
			d.changes = append(d.changes, change)
		}
	}
	return d
}

// runCourse is `bot run` in this process, through real sockets.
func runCourse(t *testing.T, args ...string) *course {
	t.Helper()
	state := t.TempDir()
	var stdout, stderr bytes.Buffer
	if code := start(t.Context(), append([]string{"run", "--json", "--state", state}, args...), nil, &stdout, &stderr); code != exitDone {
		t.Fatalf("bot run %v: exit code %d\n%s", args, code, stderr.String())
	}
	dir, err := persist.Newest(state)
	if err != nil {
		t.Fatal(err)
	}
	store, err := persist.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	c := &course{stdout: stdout.String()}
	if err := store.Replay(func(change engine.Change) error { c.add(t, change); return nil }); err != nil {
		t.Fatal(err)
	}
	return c
}

// backtestCourse is `bot backtest`, with the client order ids of a run.
func backtestCourse(t *testing.T, config string, bars ...string) *course {
	t.Helper()
	return playedCourse(t, config, func(s backtest.Source) backtest.Source { return s }, bars...)
}

// playedCourse is the same with a source that something is done to.
func playedCourse(t *testing.T, config string, as func(backtest.Source) backtest.Source, bars ...string) *course {
	t.Helper()
	f, err := load(config)
	if err != nil {
		t.Fatal(err)
	}
	o := pastMarket{bars: bars, days: -1}
	m, set, err := o.open(f)
	if err != nil {
		t.Fatal(err)
	}
	set.trace = true // as a run, which keeps a store
	e, err := set.engine(order.IDs{Tag: order.Tag(f.Account.Alias, "builtin"), Boot: 1})
	if err != nil {
		t.Fatal(err)
	}
	venue, err := set.paper()
	if err != nil {
		t.Fatal(err)
	}
	c := &course{}
	desk := paper.New(e, venue, func(_ *engine.Event, out *engine.Outcome) error {
		for _, change := range out.Changes {
			c.add(t, change)
		}
		return nil
	})
	if err := backtest.Run(t.Context(), desk, as(m.source)); err != nil {
		t.Fatal(err)
	}
	return c
}

// same fails the test at the first change in which two courses differ.
func same(t *testing.T, got, want *course, names ...string) {
	t.Helper()
	for i := range min(len(got.changes), len(want.changes)) {
		if got.changes[i] != want.changes[i] {
			t.Fatalf("change %d differs\n%s: %s\n%s: %s", i+1, names[0], got.changes[i], names[1], want.changes[i])
		}
	}
	if len(got.changes) != len(want.changes) || got.chain != want.chain {
		t.Fatalf("%s: %d changes, chain %s; %s: %d changes, chain %s", names[0], len(got.changes), got.chain, names[1], len(want.changes), want.chain)
	}
	t.Logf("%s = %s: %d changes, %d orders, chain %s", names[0], names[1], len(got.changes), got.orders, got.chain)
}

// written puts a text into a file.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestParityGenerated plays one generated market through both drivers: the
// backtest's loop, and the exchange's frames over real sockets. Both take the
// same decisions, send the same orders and book the same fills, to the byte.
func TestParityGenerated(t *testing.T) {
	t.Parallel()
	config := written(t, "brisk.yaml", brisk+briskToo)
	dry := runCourse(t, "--config", config)
	if dry.orders < 100 {
		t.Errorf("%d orders, want at least 100 to compare", dry.orders)
	}
	same(t, dry, backtestCourse(t, config), "dry run", "backtest")
}

// restless reads rules on every kind of event, and keeps a state.
const restless = `  - name: restless
    instrument: BTC-USD
    timeframe: 3m
    timezone: America/New_York
    day_start: "17:00 UTC"
    feeds:
      eth: {instrument: ETH-USD, timeframe: 3m, align: wait 20s}
      calm: {timeframe: 5m, gap: skip}
    state: {best: 0, fills: 0, hot: false}
    rules:
      - {name: jump, event: tick, for: flat, when: "ticker.last > close * 1.0005", do: {buy: {size: {equity_pct: 5}}}}
      - {name: wide, event: book, for: long, when: "book.bid > state.best", once_per: event, do: {set: {best: book.bid}}}
      - {name: lean, event: book, when: "book.imbalance(5) < 0.42 || book.bid_depth(10) < 0.5", do: {log: "bids are {book.bid_depth(10)}"}}
      - {name: filled, event: fill, when: "last_fill.qty > 0", fire: while_true, do: [{set: {fills: state.fills + 1}}, {log: "fill at {last_fill.price}, {trades.today} trips today"}]}
      - {name: every half minute, event: {timer: 30s}, for: long, when: "position.pnl_pct > -0.1", fire: while_true, once_per: position, do: {notify: "up {position.pnl_pct} percent"}}
      - {name: at the half hour, event: {schedule: "0 0,30 * * * *"}, for: long, when: "true", fire: while_true, do: [close, {set: {best: 0, hot: not state.hot}}]}
      - {name: with eth, for: flat, when: "eth.close > ema(eth.close, 5) && calm.close > 0", max_age: 30s, cooldown: 4 bars, do: {buy: {size: {quote: 500}}}}
      - {name: out, event: tick, for: long, when: "position.pnl_pct < -0.1 || position.bars > 6", do: close}
`

// steady reads rules on timers and schedules, and keeps a state. What of a fill
// and of the market's moves at that instant is heard first is not for a live
// run to say: they come through two sockets.
const steady = `  - name: steady
    instrument: BTC-USD
    timeframe: 3m
    state: {beats: 0}
    rules:
      - {name: beat, event: {timer: 20s}, when: "close > 0", fire: while_true, do: {set: {beats: state.beats + 1}}}
      - {name: in, event: {schedule: "30 */10 * * * *"}, for: flat, when: "state.beats > 40", fire: while_true, do: {buy: {size: {quote: 500}}}}
      - {name: out, event: {schedule: "40 5-59/10 * * * *"}, for: long, when: "true", fire: while_true, do: [close, {log: "{state.beats} beats, {trades.today} trips"}]}
`

// TestParityEvents is the same for rules on every kind of event.
func TestParityEvents(t *testing.T) {
	t.Parallel()
	config := written(t, "restless.yaml", brisk+restless+briskToo)
	dry := runCourse(t, "--config", config)
	all := strings.Join(dry.changes, "\n")
	for _, rule := range []string{"jump", "wide", "lean", "filled", "every half minute", "at the half hour", "with eth", "out"} {
		if n := strings.Count(all, `"strategy":"restless","rule":"`+rule+`","at"`); n < 5 {
			t.Errorf("%s fired %d times, want a few to compare", rule, n)
		}
	}
	same(t, dry, backtestCourse(t, config), "dry run", "backtest")
}

// patient places orders that rest, expire and go on at the market, stops, and
// exits that move with the bars and sell in parts.
const patient = `  - name: patient
    instrument: BTC-USD
    timeframe: 3m
    rules:
      - {name: dip, for: flat, when: "close < sma(close, 10)", unless: "orders.open > 0", fire: while_true, do: {buy: {size: {quote: 5000}, type: limit, price: close * 0.9997, post_only: true, expire: 2 bars, tag: dip}}}
      - {name: give up, when: "close > sma(close, 10)", do: {cancel: {tag: dip}}}
      - {name: out, for: long, when: "close > sma(close, 10)", fire: while_true, cooldown: 2 bars, do: {close: {type: limit, price: close * 1.0004, expire: 90s, then: market}}}
    exits:
      stop_loss: {price: last_fill.price - 3 * atr(14), ratchet: true}
      take_profit: [{pct: 0.1, size_pct: 50}, {price: "highest(high, 10)", size_pct: 25, update: every_bar}]
  - name: stopping
    instrument: ETH-USD
    timeframe: 5m
    rules:
      - {name: break, for: flat, when: "close > ema(close, 10)", unless: "orders.open > 0", fire: while_true, do: {buy: {size: {quote: 4000}, type: stop, stop_price: "highest(high, 3)", expire: 3 bars}}}
      - {name: guard, for: long, when: "orders.open_sells == 0", fire: while_true, do: {sell: {size: {position_pct: 100}, type: stop_limit, stop_price: close * 0.9985, price: close * 0.998, expire: 4 bars}}}
      - {name: trim, for: long, when: "close > position.entry_price * 1.001", do: {reduce: {size: {position_pct: 50}, type: limit, price: close * 1.0005, expire: 90s, then: market}}}
    exits:
      time_stop: {bars: 12}
`

// TestParityResting is the same for orders that rest, and that the engine
// holds.
func TestParityResting(t *testing.T) {
	t.Parallel()
	config := written(t, "patient.yaml", brisk+patient)
	dry := runCourse(t, "--config", config)
	all := strings.Join(dry.changes, "\n")
	for _, part := range []string{
		`"tif":"post_only"`, `"tif":"gtc"`, `"state":"CANCELED","created"`, `"expired":true`, `"over":"placed"`, `"over":"expired"`, `"maker":true`, `"done":true`, `"then":true`, `"close":true`,
	} {
		if n := strings.Count(all, part); n < 3 {
			t.Errorf("%s stands %d times in the journal, want a few to compare", part, n)
		}
	}
	same(t, dry, backtestCourse(t, config), "dry run", "backtest")
}

// TestParityHeld is the same for stops that the exchange holds: some of them
// reached, some replaced, some let go for another exit.
func TestParityHeld(t *testing.T) {
	t.Parallel()
	text := strings.Replace(brisk, "stop_loss: {pct: 0.1}", "stop_loss: {price: close - atr(5), ratchet: true, where: exchange}", 1)
	config := written(t, "held.yaml", text+briskToo+"    exits: {stop_loss: {pct: 0.3, where: exchange}}\n")
	dry := runCourse(t, "--config", config)
	all := strings.Join(dry.changes, "\n")
	for _, part := range []string{`"why":"its price was reached"`, `"why":"USER"`, `"rule":"out"`} {
		if n := strings.Count(all, part); n < 3 {
			t.Errorf("%s stands %d times in the journal, want a few to compare", part, n)
		}
	}
	same(t, dry, backtestCourse(t, config), "dry run", "backtest")
}

// TestParityExample is the same for what a new user runs first.
func TestParityExample(t *testing.T) {
	t.Parallel()
	dry := runCourse(t, "--days", "1")
	f := written(t, "example.yaml", strings.Replace(exampleText(t), "days: 4}", "days: 1}", 1))
	same(t, dry, backtestCourse(t, f), "dry run", "backtest")
}

func exampleText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../strategies.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestParityBars plays a file of bars, some of them missing, through both, and
// through the sockets twice: that repeats itself to the last line printed.
func TestParityBars(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("time,open,high,low,close,volume\n")
	m := synth.New(synth.Config{Seed: 5, Days: 1, Instruments: []string{"BTC-USD"}})
	var ev engine.Event
	for n := 0; ; {
		ok, err := m.Next(&ev)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		if n++; ev.Kind == engine.KindBar && ev.Bar.Open.Std().Minute() != 17 { // minutes are missing
			b := &ev.Bar
			fmt.Fprintf(&text, "%d,%s,%s,%s,%s,%s\n", b.Open.Milli(), b.O, b.H, b.L, b.C, b.Volume)
		}
	}
	config, bars := written(t, "brisk.yaml", brisk), written(t, "bars.csv", text.String())
	dry := parity(t, config, bars, 50)
	again := runCourse(t, "--config", config, "--market", bars)
	same(t, again, dry, "second dry run", "first dry run")
	if again.stdout != dry.stdout {
		t.Error("two dry runs print different text")
	}
}

// stopping leaves by every kind of stop, and rests orders that the market meets
// now and then.
const stopping = `  - name: resting
    instrument: BTC-USD
    timeframe: 3m
    rules:
      - {name: dip, for: flat, when: close > 0, unless: orders.open > 0, fire: while_true, do: {buy: {size: {quote: 5000}, type: limit, price: close * 0.999, expire: 5 bars}}}
    exits:
      stop_loss: {pct: 0.3}
      trailing_stop: {activate_pct: 0.1, distance_pct: 0.1}
      take_profit: {pct: 0.15}
`

// TestStopsSeeOnePath: bars through a backtest that takes what it can at once,
// the same bars tick by tick, and played over sockets: every stop is reached at
// the same price and time, and every fill is the same.
func TestStopsSeeOnePath(t *testing.T) {
	t.Parallel()
	config, bars := written(t, "stops.yaml", brisk+stopping), written(t, "rough.csv", roughBars(3, 500))
	dry := parity(t, config, bars, 50)
	all := strings.Join(dry.changes, "\n")
	for _, part := range []string{`"rule":"stop_loss"`, `"rule":"trailing_stop"`, `"rule":"take_profit"`, `"maker":true`} {
		if n := strings.Count(all, part); n < 3 {
			t.Errorf("%s stands %d times in the journal, want a few to compare", part, n)
		}
	}
	ticks := playedCourse(t, config, func(s backtest.Source) backtest.Source { return &walking{source: s} }, bars)
	same(t, ticks, dry, "tick by tick", "dry run")
}

// parity plays bars through both drivers and returns the dry run.
func parity(t *testing.T, config, bars string, orders int) *course {
	t.Helper()
	dry := runCourse(t, "--config", config, "--market", bars)
	if dry.orders < orders {
		t.Errorf("%d orders, want at least %d to compare", dry.orders, orders)
	}
	same(t, dry, backtestCourse(t, config, bars), "dry run", "backtest")
	return dry
}

// TestParityRealDays is the same with four real days.
func TestParityRealDays(t *testing.T) {
	t.Parallel()
	bars, orders := realdata.Path(t, "data/demo/btc-usd-1m.csv"), 200
	if testing.Short() { // as under the race detector: the first of the days
		bars, orders = written(t, "day.csv", head(t, bars, 1+24*60)), 50
	}
	parity(t, written(t, "brisk.yaml", brisk), bars, orders)
}

// head returns the first lines of a file.
func head(t *testing.T, name string, lines int) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.SplitAfter(string(text), "\n")
	return strings.Join(all[:min(lines, len(all))], "")
}

// TestRealMonth plays a real month to its summary, and with -long through
// sockets too.
func TestRealMonth(t *testing.T) {
	bars := realdata.Path(t, "data/ohlcv/bitstamp_btcusd_1m_2025-01.csv.gz")
	config := written(t, "brisk.yaml", strings.Replace(brisk, "equity_pct: 10", "equity_pct: 1", 1)) // or fees halt it
	if *long {
		parity(t, config, bars, 1000)
		return
	}
	var stdout, stderr bytes.Buffer
	if code := start(t.Context(), []string{"backtest", "--json", "--config", config, bars}, nil, &stdout, &stderr); code != exitDone {
		t.Fatalf("exit code %d\n%s", code, stderr.String())
	}
	var sum struct {
		Summary struct {
			Bars, Orders, Fills int
			Halt                string
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &sum); err != nil {
		t.Fatalf("%v in %s", err, stdout.String())
	}
	if s := &sum.Summary; s.Bars < 38_000 || s.Orders < 1000 || s.Fills < s.Orders || s.Halt != "" {
		t.Errorf("got %+v, want a month of bars (those with a trade), more than 1000 orders, as many fills, and no halt", *s)
	}
}

// TestLiveRunsRepeat trades live on the built-in exchange twice: real signed
// requests, real answers, a private stream; the decisions are the same.
func TestLiveRunsRepeat(t *testing.T) {
	t.Parallel()
	config := written(t, "brisk.yaml", brisk+steady)
	first := runCourse(t, "--live", "--config", config)
	if first.orders < 100 {
		t.Errorf("%d orders, want at least 100 to compare", first.orders)
	}
	if testing.Short() {
		return // the race detector has seen one
	}
	second := runCourse(t, "--live", "--config", config)
	same(t, second.decisions(), first.decisions(), "second live run", "first live run")
}
