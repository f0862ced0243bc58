package paper_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/paper"
	"rulebot/engine/risk"
)

// above is a program whose every condition is a close above 100 and whose
// every number is 1.
type above struct{ close float64 }

func (a *above) Update(_ int, bar *market.Bar) { a.close = bar.C.Float() }
func (a *above) Condition(engine.Expr, *engine.View) (engine.Truth, engine.Cause) {
	if a.close > 100 {
		return engine.True, engine.Ready
	}
	return engine.False, engine.Ready
}
func (a *above) Number(engine.Expr, *engine.View) (float64, engine.Cause) { return 1, engine.Ready }
func (a *above) Explain(_ engine.Expr, _ *engine.View, dst []engine.Reading) []engine.Reading {
	return dst
}

func newEngine(t testing.TB) *engine.Engine {
	t.Helper()
	limits, _ := risk.Limits{}.Effective(num.MustMoney("10000"))
	series := market.Series{Instrument: "BTC-USD", Timeframe: market.Minute}
	e, err := engine.New(engine.Config{
		Strategies: []engine.Strategy{{Name: "s", Series: series, Rules: []engine.Rule{{
			Name: "in", When: 1, Do: []engine.Action{{Kind: engine.ActionBuy, Size: engine.Size{Unit: engine.SizeBase, Amount: 1}}},
		}}}},
		Program:     &above{},
		Feeds:       []engine.Feed{{Series: series}},
		Instruments: []market.Instrument{{ID: "BTC-USD", Base: "BTC", Quote: "USD", Tick: num.MustPrice("0.1"), Lot: num.MustQuantity("0.1"), Min: num.MustQuantity("0.1")}},
		Base:        market.Minute, Quote: "USD", Limits: limits, IDs: order.IDs{Tag: order.Tag("t", "t"), Boot: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// desk is a desk whose exchange and observer write down what happens.
type desk struct {
	*paper.Desk
	log     []string
	told    []engine.Event // what the exchange will say, in time order
	heard   []engine.Event // due, not taken yet
	silent  bool           // the exchange accepts submits and never answers
	now     market.Time
	latency time.Duration
	fail    string // the observer fails at the event that reads so
}

var errSee = errors.New("the journal is full")

func newDesk(t *testing.T) *desk {
	d := &desk{latency: 50 * time.Millisecond}
	d.Desk = paper.New(newEngine(t), d, func(ev *engine.Event, out *engine.Outcome) error {
		text := "bot   " + eventText(ev)
		for i := range out.Changes {
			text += fmt.Sprintf(" +%d", out.Changes[i].Kind)
		}
		d.log = append(d.log, text)
		if d.fail != "" && strings.Contains(text, d.fail) {
			return errSee
		}
		return nil
	})
	return d
}

func (d *desk) Market(ev *engine.Event) {
	d.log = append(d.log, "venue "+eventText(ev))
	d.now = max(d.now, ev.At)
	d.due()
}

func (d *desk) due() {
	for len(d.told) > 0 && d.told[0].At <= d.now {
		d.heard, d.told = append(d.heard, d.told[0]), d.told[1:]
	}
}

func (d *desk) Do(c *engine.Command, at market.Time) {
	d.log = append(d.log, fmt.Sprintf("do    %s command %d", clock(at), c.Kind))
	d.now = max(d.now, at)
	switch {
	case c.Kind == engine.CommandReconcile:
		usd := order.Balance{Currency: "USD", Total: num.MustMoney("10000")}
		d.tell(at, engine.Event{Kind: engine.KindBalance, Account: engine.AccountNews{Balance: usd}})
		d.tell(at, engine.Event{Kind: engine.KindReconciled, Scan: engine.Scan{Asked: at, Complete: true}})
	case c.Kind == engine.CommandSubmit && d.silent:
		o := c.Approved.Order()
		d.tell(at.Add(d.latency), engine.Event{Kind: engine.KindSubmitted, Account: engine.AccountNews{ClientID: o.ClientID}})
	case c.Kind == engine.CommandSubmit:
		o := c.Approved.Order()
		at := at.Add(d.latency)
		d.tell(at, engine.Event{Kind: engine.KindSubmitted, Account: engine.AccountNews{ClientID: o.ClientID, Result: order.Result{Class: order.Accepted, ExchangeID: "X"}}})
		d.tell(at, engine.Event{Kind: engine.KindFill, Account: engine.AccountNews{Fill: order.Fill{
			Instrument: o.Instrument, ClientID: o.ClientID, ExchangeID: "X", ID: "1", At: at, Side: o.Side, Price: o.Price, Quantity: o.Quantity, FeeCurrency: "USD",
		}}})
	}
	d.due()
}

func (d *desk) tell(at market.Time, ev engine.Event) {
	ev.At = at
	d.told = append(d.told, ev)
}

func (d *desk) Next(ev *engine.Event) bool {
	if len(d.heard) == 0 {
		return false
	}
	*ev, d.heard = d.heard[0], d.heard[1:]
	return true
}

// Wake is the venue's: the desk's own is of both.
func (d *desk) Wake() market.Time {
	if len(d.told) == 0 {
		return 0
	}
	return d.told[0].At
}

func eventText(ev *engine.Event) string {
	kinds := map[engine.Kind]string{
		engine.KindBar: "bar", engine.KindTrade: "trade", engine.KindQuote: "quote", engine.KindTimer: "timer", engine.KindBalance: "balance",
		engine.KindReconciled: "reconciled", engine.KindSubmitted: "submitted", engine.KindFill: "fill", engine.KindEnd: "end",
	}
	return clock(ev.At) + " " + kinds[ev.Kind]
}

func clock(t market.Time) string { return t.Std().Format("04:05.000") }

func at(s string) market.Time {
	d, err := time.ParseDuration(s)
	if err != nil {
		panic(err)
	}
	return market.Time(25 * time.Hour).Add(d)
}

func quote(s, bid, ask string) engine.Event {
	q := market.Quote{Bid: num.MustPrice(bid), Ask: num.MustPrice(ask)}
	return engine.Event{Kind: engine.KindQuote, Instrument: "BTC-USD", At: at(s), Seen: at(s), Quote: q}
}

func bar(s, price string) engine.Event {
	p := num.MustPrice(price)
	return engine.Event{Kind: engine.KindBar, Instrument: "BTC-USD", At: at(s), Seen: at(s), Bar: market.Bar{
		Open: at(s).Add(-time.Minute), Timeframe: market.Minute, O: p, H: p, L: p, C: p,
	}}
}

// upToEntry starts a desk and brings it to the bar at which it buys.
func upToEntry(t *testing.T, d *desk) {
	t.Helper()
	if err := d.Start(at("0s")); err != nil {
		t.Fatal(err)
	}
	for _, ev := range []engine.Event{bar("1m", "99"), quote("2m", "100.9", "101.1"), bar("2m", "101")} {
		if err := d.Take(&ev); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatHappensInWhichOrder(t *testing.T) {
	d := newDesk(t)
	upToEntry(t, d)
	// The answers come before what the market does later, at their own time.
	next := quote("2m1s", "101", "101.2")
	if err := d.Take(&next); err != nil {
		t.Fatal(err)
	}
	end := engine.Event{Kind: engine.KindEnd, At: at("2m2s"), Seen: at("2m2s")}
	if err := d.Finish(&end); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"do    00:00.000 command 8", "bot   00:00.000 balance +6", "bot   00:00.000 reconciled +7",
		"venue 01:00.000 bar", "bot   01:00.000 bar +4",
		"venue 02:00.000 quote", "bot   02:00.000 quote",
		"venue 02:00.000 bar", "bot   02:00.000 bar +4 +1 +2", "do    02:00.000 command 1",
		"venue 02:00.050 timer", "bot   02:00.050 submitted +2", "bot   02:00.050 fill +3 +2 +5",
		"venue 02:01.000 quote", "bot   02:01.000 quote",
		"bot   02:02.000 end",
	}
	if diff := cmp.Diff(want, d.log); diff != "" {
		t.Errorf("what happened (-want +got):\n%s", diff)
	}
}

func TestAnObserverThatFailsStopsTheSend(t *testing.T) {
	d := newDesk(t)
	d.fail = "bar +4 +1 +2"
	if err := d.Start(at("0s")); err != nil {
		t.Fatal(err)
	}
	var err error
	for _, ev := range []engine.Event{bar("1m", "99"), quote("2m", "100.9", "101.1"), bar("2m", "101")} {
		if err = d.Take(&ev); err != nil {
			break
		}
	}
	if !errors.Is(err, errSee) {
		t.Errorf("got %v, want %v", err, errSee)
	}
	if last := d.log[len(d.log)-1]; strings.HasPrefix(last, "do") {
		t.Errorf("%q after the observer failed", last)
	}
}

func TestTimersOfTheEngineComeAtTheirTime(t *testing.T) {
	d := newDesk(t)
	d.silent = true
	upToEntry(t, d)
	d.log = nil
	if err := d.Until(at("2m5s")); err != nil {
		t.Fatal(err)
	}
	var queries []string
	for _, l := range d.log {
		if strings.HasPrefix(l, "do") {
			queries = append(queries, strings.Fields(l)[1])
		}
	}
	if len(queries) != 4 {
		t.Fatalf("asked at %v, want 4 times within 5 s: after 0.2, 0.5, 1 and 2 s", queries)
	}
	for i := 1; i < len(queries); i++ {
		if queries[i] <= queries[i-1] {
			t.Errorf("asked at %v, want rising times", queries)
		}
	}
}

func TestFinishLetsWhatIsOnItsWayArrive(t *testing.T) {
	d := newDesk(t)
	upToEntry(t, d)
	end := engine.Event{Kind: engine.KindEnd, At: at("2m"), Seen: at("2m")}
	if err := d.Finish(&end); err != nil {
		t.Fatal(err)
	}
	want := []string{"bot   02:00.000 end", "venue 02:00.050 timer", "bot   02:00.050 submitted +2", "bot   02:00.050 fill +3 +2 +5"}
	if diff := cmp.Diff(want, d.log[len(d.log)-len(want):]); diff != "" {
		t.Errorf("the last that happened (-want +got):\n%s", diff)
	}
}

// BenchmarkTakeQuote is one quote through the desk and the core, with nothing
// to do.
func BenchmarkTakeQuote(b *testing.B) {
	d := paper.New(newEngine(b), idle{}, func(*engine.Event, *engine.Outcome) error { return nil })
	ev := quote("1m", "100.9", "101.1")
	b.ReportAllocs()
	for b.Loop() {
		ev.At += market.Time(time.Millisecond)
		ev.Seen = ev.At
		if err := d.Take(&ev); err != nil {
			b.Fatal(err)
		}
	}
}

// idle is an exchange that nothing is asked of.
type idle struct{}

func (idle) Market(*engine.Event)            {}
func (idle) Do(*engine.Command, market.Time) {}
func (idle) Next(*engine.Event) bool         { return false }
func (idle) Wake() market.Time               { return 0 }
