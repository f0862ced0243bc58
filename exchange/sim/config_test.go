package sim_test

import (
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

func TestNewRefuses(t *testing.T) {
	with := func(change func(*sim.PaperConfig)) sim.PaperConfig {
		c := sim.PaperConfig{Instruments: []market.Instrument{fine}, Balances: map[string]num.Money{"USD": num.MustMoney("1")}}
		change(&c)
		return c
	}
	for want, cfg := range map[string]sim.PaperConfig{
		"fee rate 1.5":       with(func(c *sim.PaperConfig) { c.Fees.Taker = num.MustRate("1.5") }),
		"fee rate 0.0000001": with(func(c *sim.PaperConfig) { c.Fees.Maker = num.MustRate("0.0000001") }),
		"listed twice":       with(func(c *sim.PaperConfig) { c.Instruments = append(c.Instruments, fine) }),
		`trades "BTC" for "BTC"`: with(func(c *sim.PaperConfig) {
			c.Instruments = []market.Instrument{fine}
			c.Instruments[0].Quote = "BTC"
		}),
		"must be positive": with(func(c *sim.PaperConfig) { c.Instruments[0].Lot = num.Quantity{} }),
		"more than 12 decimals": with(func(c *sim.PaperConfig) {
			c.Instruments[0].Lot, c.Instruments[0].Tick = num.MustQuantity("0.0000001"), num.MustPrice("0.000001")
		}),
		"-1 basis points":    with(func(c *sim.PaperConfig) { c.SlippageBps = num.MustRate("-1") }),
		"5001 basis points":  with(func(c *sim.PaperConfig) { c.SpreadBps = num.MustRate("5001") }),
		"latency -1s":        with(func(c *sim.PaperConfig) { c.Latency.From = -time.Second }),
		"cannot begin with ": with(func(c *sim.PaperConfig) { c.Balances["USD"] = num.MustMoney("-1") }),
	} {
		if _, err := sim.NewPaper(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
}

func TestUnlistedInstrument(t *testing.T) {
	x, err := sim.New(sim.Config{Instruments: []market.Instrument{fine}})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Quote("X", 1, market.Quote{}); err == nil {
		t.Error("quote of an unlisted instrument: got no error")
	}
	if err := x.Liquidity("X", 1, true, nil, nil); err == nil {
		t.Error("liquidity of an unlisted instrument: got no error")
	}
	if _, err := x.Trade("X", 1, market.Trade{}); err == nil {
		t.Error("trade of an unlisted instrument: got no error")
	}
	if got, ok := x.Instrument(fine.ID); !ok || got != fine {
		t.Errorf("instrument: got %v %t, want %v", got, ok, fine)
	}
	if bids, asks := x.Book("X", 1); bids != nil || asks != nil {
		t.Errorf("book of an unlisted instrument: got %v %v", bids, asks)
	}
}

// TestDo goes the driver's way; an approval that holds no order is refused.
func TestDo(t *testing.T) {
	p, err := sim.NewPaper(sim.PaperConfig{Instruments: []market.Instrument{fine}})
	if err != nil {
		t.Fatal(err)
	}
	p.Market(&engine.Event{Kind: engine.KindTrade, Instrument: "unlisted", At: 1})
	p.Do(&engine.Command{Kind: engine.CommandSubmit}, 2)
	p.Do(&engine.Command{Kind: engine.CommandReconcile}, 1) // a time before the last is the last
	var ev engine.Event
	if !p.Next(&ev) || ev.Kind != engine.KindSubmitted || ev.Account.Result.Class != order.Rejected {
		t.Errorf("submit of nothing: got %+v, want a rejection", ev)
	}
	if !p.Next(&ev) || ev.Kind != engine.KindReconciled || ev.At != 2 || p.Next(&ev) {
		t.Errorf("reconcile: got kind %d at %d, want %d at 2 and nothing after", ev.Kind, ev.At, engine.KindReconciled)
	}
}

func TestQueries(t *testing.T) {
	w := &bourse{}
	for _, line := range []string{
		"open ann USD=1000 BTC=1", "quote 100x1 100.1x1", "submit ann c1 buy gtc 99 0.1", "submit ann c2 buy ioc 100.1 0.1",
	} {
		w.do(t, 1, strings.Fields(line))
	}
	live := func(s order.State) bool { return s == order.Open || s == order.Partial }
	for _, c := range []struct {
		account, instrument string
		keep                func(order.State) bool
		want                string
	}{{"ann", "", nil, "c2 c1"}, {"ann", fine.ID, live, "c1"}, {"ann", "X", nil, ""}, {"eve", "", nil, ""}} {
		var ids []string
		for _, o := range w.x.Orders(c.account, c.instrument, c.keep) {
			ids = append(ids, o.ClientID)
		}
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("orders of %s in %q: got %q, want %q", c.account, c.instrument, got, c.want)
		}
	}
	if f := w.x.Fills("ann", ""); len(f) != 1 || f[0].ClientID != "c2" || f[0].Ledger != 2 {
		t.Errorf("fills: got %+v, want the one of c2", f)
	}
	if len(w.x.Fills("ann", "X")) != 0 || w.x.Fills("eve", "") != nil || w.x.Balances("eve") != nil {
		t.Error("fills or balances of nobody: got some")
	}
	if o, ok := w.x.Order("ann", "1000000000000001"); !ok || o.ClientID != "c1" {
		t.Errorf("order by id: got %+v %t, want c1", o, ok)
	}
	if _, ok := w.x.Order("eve", "1000000000000001"); ok {
		t.Error("order of another account: got it")
	}
}

// TestFeeOfAlmostNothing: the fee is rounded up to the eighth decimal, but an
// account never pays for receiving.
func TestFeeOfAlmostNothing(t *testing.T) {
	cheap := market.Instrument{
		ID: "A-B", Base: "A", Quote: "B", Tick: num.MustPrice("0.00001"), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("0.0001"),
	}
	x, err := sim.New(sim.Config{Instruments: []market.Instrument{cheap}, Fees: feeSets[1]})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Open("ann", map[string]num.Money{"A": num.MustMoney("1")}); err != nil {
		t.Fatal(err)
	}
	if err := x.Quote("A-B", 1, market.Quote{Bid: num.MustPrice("0.00001"), BidSize: num.MustQuantity("1")}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ quantity, fee string }{
		{"0.0001", "0.000000001"}, // receives 1e-9, the rounded fee of 1e-8 would be more
		{"0.01", "0.00000001"},    // receives 1e-7, 2e-10 is rounded up
	} {
		o, no := x.Submit(2, sim.Request{Account: "ann", Instrument: "A-B", Side: order.Sell, TIF: order.IOC, Price: num.MustPrice("0.00001"), Quantity: num.MustQuantity(c.quantity)})
		if no != nil || o.Fee != num.MustMoney(c.fee) || o.State != order.Filled {
			t.Errorf("sell %s: got fee %s, %s, %v, want fee %s", c.quantity, o.Fee, o.State, no, c.fee)
		}
	}
	if b := x.Balances("ann"); b[1].Currency != "B" || b[1].Total != num.MustMoney("0.00000009") {
		t.Errorf("balances: got %v, want 0.00000009 B", b)
	}
}
