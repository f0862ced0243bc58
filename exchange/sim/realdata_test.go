package sim_test

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
	"rulebot/internal/realdata"
)

// TestPaperOnRealBars trades every 20 bars of real minutes: real digits fit
// the ledger, every order takes or says why not, and nothing is made or lost.
func TestPaperOnRealBars(t *testing.T) {
	f, err := os.Open(realdata.Path(t, "data/demo/btc-usd-1m.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 1000 {
		t.Fatalf("read %d rows: %v", len(rows), err)
	}
	inst := market.Instrument{
		ID: "BTC-USD", Base: "BTC", Quote: "USD",
		Tick: num.MustPrice("0.01"), Lot: num.MustQuantity("0.00000001"), Min: num.MustQuantity("0.0001"),
	}
	p, err := sim.NewPaper(sim.PaperConfig{
		Instruments: []market.Instrument{inst}, Fees: feeSets[1], Latency: sim.Latency{From: 50 * time.Millisecond},
		SpreadBps: num.MustRate("2"), SlippageBps: num.MustRate("0.5"),
		Balances: map[string]num.Money{"USD": num.MustMoney("100000"), "BTC": num.MustMoney("1")},
	})
	if err != nil {
		t.Fatal(err)
	}
	filled, sent := tradeBars(t, p, rows[1:])
	if filled*10 < sent*9 {
		t.Errorf("%d of %d orders traded, want nine in ten: the limits are 1 %% away", filled, sent)
	}
	list, err := p.Audit()
	for _, h := range list {
		var c num.Calc
		if got := num.Add(&c, num.Add(&c, h.Users, h.Market), h.Fees); err != nil || c.Err() != nil || got != h.Deposited {
			t.Errorf("%s sums to %s, want %s (%v, %v)", h.Currency, got, h.Deposited, err, c.Err())
		}
	}
	t.Logf("%d bars, %d orders, %d of them traded, %v", len(rows)-1, sent, filled, p.Balances())
}

func tradeBars(t *testing.T, p *sim.Paper, rows [][]string) (filled, sent int) {
	var ev engine.Event
	for i, r := range rows {
		ms, err := strconv.ParseInt(r[0], 10, 64)
		if err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
		bar := barOf(market.Milli(ms).Add(time.Minute), r[1:6])
		at := bar.Close()
		p.Market(&engine.Event{Kind: engine.KindBar, Instrument: "BTC-USD", At: at, Bar: bar})
		for p.Next(&ev) {
			if ev.Kind == engine.KindSubmitted && ev.Account.Result.Class != order.Accepted {
				t.Fatalf("row %d: %s", i, ev.Account.Result.Message)
			}
			if ev.Kind == engine.KindEvidence && ev.Account.Evidence.Filled.Sign() > 0 {
				filled++
			}
		}
		if i%20 == 0 {
			sent++
			p.Take(engine.CommandSubmit, limitNear(t, bar.C, sent), at)
		}
	}
	return filled, sent
}

// limitNear is an IOC order one percent through the price, in turns of side.
func limitNear(t *testing.T, price num.Price, n int) order.Order {
	o := order.Order{ClientID: strconv.Itoa(n), Intent: order.Intent{
		Instrument: "BTC-USD", Side: order.Buy, TIF: order.IOC, Quantity: num.MustQuantity("0.01234567"),
	}}
	factor := num.MustRate("1.01")
	if n%2 == 0 {
		o.Side, factor = order.Sell, num.MustRate("0.99")
	}
	var c num.Calc
	limit, err := num.FloorTo(num.Mul(&c, price, factor), num.MustPrice("0.01"))
	if err != nil || c.Err() != nil {
		t.Fatal(err, c.Err())
	}
	o.Price = limit
	return o
}
