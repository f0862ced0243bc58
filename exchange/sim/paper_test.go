package sim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

// desk is a paper venue in a scenario.
type desk struct {
	cfg sim.PaperConfig
	p   *sim.Paper
	ids map[string]order.Order
}

func (d *desk) do(t *testing.T, at market.Time, words []string) []string {
	if words[0] == "paper" {
		d.begin(t, pairs(words[1:]))
		return nil
	}
	if words[0] == "restart" {
		d.restart(t)
		return nil
	}
	var said []string
	switch words[0] {
	case "wake":
		said = []string{fmt.Sprint(d.p.Wake().Milli())}
	case "advance":
		d.p.Advance(at)
	case "algo":
		said = refusal(d.p.Keep(at, algo(t, words[1:])))
	case "quote":
		d.p.Market(&engine.Event{Kind: engine.KindQuote, Instrument: fine.ID, At: at, Quote: quoteOf(t, words[1:])})
	case "trade":
		d.p.Market(&engine.Event{Kind: engine.KindTrade, Instrument: fine.ID, At: at, Trade: tradeOf(words[1:])})
	case "bar":
		d.p.Market(&engine.Event{Kind: engine.KindBar, Instrument: fine.ID, At: at, Bar: barOf(at, words[1:])})
	default:
		d.command(t, at, words)
	}
	var ev engine.Event
	for d.p.Next(&ev) {
		said = append(said, d.eventText(&ev))
	}
	return said
}

func (d *desk) begin(t *testing.T, m map[string]string) {
	latency, err := time.ParseDuration(m["latency"])
	if err != nil {
		t.Fatal(err)
	}
	d.cfg = sim.PaperConfig{
		Instruments: []market.Instrument{fine}, Fees: feesOf(m), Latency: sim.Latency{From: latency},
		SlippageBps: rateOr(m["slippage"]), SpreadBps: rateOr(m["spread"]),
		Balances: amounts([]string{"USD=" + m["USD"], "BTC=" + m["BTC"]}),
	}
	if d.p, err = sim.NewPaper(d.cfg); err != nil {
		t.Fatal(err)
	}
	d.ids = map[string]order.Order{}
}

// restart keeps only what a store would keep.
func (d *desk) restart(t *testing.T) {
	kept, err := json.Marshal(d.p.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	var s sim.PaperState
	if err := json.Unmarshal(kept, &s); err != nil {
		t.Fatal(err)
	}
	if d.p, err = sim.NewPaper(d.cfg); err != nil {
		t.Fatal(err)
	}
	if err := d.p.Restore(s); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(d.p.Snapshot())
	if err != nil || string(again) != string(kept) {
		t.Fatalf("restored state differs:\n got %s\nwant %s\n%v", again, kept, err)
	}
}

var commands = map[string]engine.CommandKind{
	"submit": engine.CommandSubmit, "cancel": engine.CommandCancel, "query": engine.CommandQuery,
	"fills": engine.CommandFills, "reconcile": engine.CommandReconcile,
}

// command reads: submit c1 buy ioc 100.1 0.5, cancel c1, reconcile ...
func (d *desk) command(t *testing.T, at market.Time, words []string) {
	kind, ok := commands[words[0]]
	if !ok {
		t.Fatalf("%v: command is not known", words)
	}
	var o order.Order
	if len(words) > 1 {
		o = d.ids[words[1]]
		o.ClientID, o.Instrument = words[1], fine.ID
	}
	if kind == engine.CommandSubmit {
		o.Side, o.TIF = text[order.Side](t, words[2]), text[order.TimeInForce](t, words[3])
		o.Price, o.Quantity = num.MustPrice(words[4]), num.MustQuantity(words[5])
		d.ids[o.ClientID] = o
	}
	d.p.Take(kind, o, at)
}

func barOf(at market.Time, words []string) market.Bar {
	return market.Bar{
		Open: at.Add(-time.Minute), Timeframe: market.Minute,
		O: num.MustPrice(words[0]), H: num.MustPrice(words[1]), L: num.MustPrice(words[2]), C: num.MustPrice(words[3]),
		Volume: num.MustQuantity(words[4]),
	}
}

// eventText remembers exchange ids on the way, as the engine does.
func (d *desk) eventText(ev *engine.Event) string {
	at, a := ev.At.Milli(), &ev.Account
	switch ev.Kind {
	case engine.KindSubmitted, engine.KindCancelled:
		word := map[engine.Kind]string{engine.KindSubmitted: "submitted", engine.KindCancelled: "cancelled"}[ev.Kind]
		if o := d.ids[a.ClientID]; a.Result.Class == order.Accepted {
			o.ExchangeID = a.Result.ExchangeID
			d.ids[a.ClientID] = o
		}
		return strings.TrimSpace(fmt.Sprintf("%d %s %s %s %s %s %s", at, word, a.ClientID, a.Result.Class,
			a.Result.ExchangeID, a.Result.Code, a.Result.Message))
	case engine.KindEvidence:
		e := &a.Evidence
		if e.Missing {
			return fmt.Sprintf("%d evidence %s: missing, source %d asked %d", at, e.ClientID, e.Source, e.Asked.Milli())
		}
		return fmt.Sprintf("%d evidence %s %s %s %s %s at %s: %s filled %s changed %d source %d asked %d", at, e.ClientID, e.ExchangeID,
			e.Instrument, e.Side, e.Quantity, e.Price, e.State, e.Filled, e.At.Milli(), e.Source, e.Asked.Milli())
	case engine.KindFill:
		f := &a.Fill
		return fmt.Sprintf("%d fill %s %s trade %s: %s %s at %s fee %s %s%s", at, f.ClientID, f.ExchangeID, f.ID, f.Side,
			f.Quantity, f.Price, f.Fee, f.FeeCurrency, makerText(f.Maker))
	case engine.KindBalance:
		return fmt.Sprintf("%d balance %s %s available %s", at, a.Balance.Currency, a.Balance.Total, a.Balance.Available)
	case engine.KindReconciled:
		return fmt.Sprintf("%d reconciled asked %d complete %t", at, ev.Scan.Asked.Milli(), ev.Scan.Complete)
	case engine.KindHeld:
		var rows strings.Builder
		for i := range a.Held.Rows {
			r := &a.Held.Rows[i]
			fmt.Fprintf(&rows, " %s %s %s from %s %s %s %s", r.ExchangeID, r.Side, r.Quantity, r.Trigger, r.State, r.OrderID, r.Why)
		}
		return strings.TrimRight(fmt.Sprintf("%d stops%s", at, rows.String()), " ")
	default:
		return fmt.Sprintf("%d kind %d?", at, ev.Kind)
	}
}

func TestPaperScenarios(t *testing.T) {
	runScenarios(t, "testdata/paper/*.txt", func() world { return &desk{} })
}
