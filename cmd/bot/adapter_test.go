package main_test

import (
	"testing"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/conformance"
	"rulebot/exchange/okcoin"
)

// TestAdapterReadsTheBuiltinExchange meets the calls that trading does not
// make, each side with a codec of its own.
func TestAdapterReadsTheBuiltinExchange(t *testing.T) {
	const begin = market.Time(1614592800 * int64(time.Second))
	level := func(price, size string) market.Level {
		return market.Level{Price: num.MustPrice(price), Size: num.MustQuantity(size)}
	}
	c := conformance.Case{
		Instrument: market.Instrument{
			ID: "BTC-USD", Base: "BTC", Quote: "USD",
			Tick: num.MustPrice("0.01"), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("0.0005"),
		},
		Maker: num.MustRate("-0.0002"), Taker: num.MustRate("0.00237"), FeeScale: 8,
	}
	x := openBuiltin(t, &c, conformance.Opening{
		At: begin, Bids: []market.Level{level("100.36", "0.3")}, Asks: []market.Level{level("100.38", "0.2"), level("100.4", "1.5")},
		Balances: map[string]num.Money{"BTC": num.MustMoney("3"), "USD": num.MustMoney("1000")},
	})
	client, ok := x.Orders.(*okcoin.Client)
	if !ok {
		t.Fatalf("got %T", x.Orders)
	}
	x.Market.Trade(begin.Add(time.Second), market.Trade{ID: 7, Price: num.MustPrice("100.38"), Size: num.MustQuantity("0.1"), Buyer: true})
	ctx := t.Context()
	if d, at, err := client.Book(ctx, "BTC-USD", 5); err != nil || len(d.Bids) != 1 || len(d.Asks) == 0 || d.Bids[0] != level("100.36", "0.3") || at < begin {
		t.Errorf("book: got %+v at %s, %v", d, at, err)
	}
	prints, err := client.Trades(ctx, "BTC-USD", 10)
	if err != nil || len(prints) != 1 || prints[0].Trade.Price != num.MustPrice("100.38") || !prints[0].Trade.Buyer {
		t.Errorf("trades: got %+v, %v", prints, err)
	}
	ticker, err := client.Ticker(ctx, "BTC-USD")
	if err != nil || ticker.Last != num.MustPrice("100.38") || ticker.Quote.Bid != num.MustPrice("100.36") {
		t.Errorf("ticker: got %+v, %v", ticker, err)
	}
	if list, err := client.Tickers(ctx); err != nil || len(list) != 1 || list[0].Last != ticker.Last {
		t.Errorf("tickers: got %+v, %v", list, err)
	}
	if f, err := client.TradeFee(ctx, "BTC-USD"); err != nil || f.Maker != c.Maker || f.Taker != c.Taker {
		t.Errorf("fee: got %+v, %v", f, err)
	}
	if b, err := client.Balance(ctx, "USD"); err != nil || b.Total != num.MustMoney("1000") {
		t.Errorf("balance: got %+v, %v", b, err)
	}
	if list, err := client.Orders(ctx, "BTC-USD", okcoin.AllOpen, okcoin.Page{}); err != nil || len(list) != 0 {
		t.Errorf("orders: got %+v, %v", list, err)
	}
	none := order.Order{ExchangeID: "1", Intent: order.Intent{Instrument: "BTC-USD"}}
	if ev, err := client.Order(ctx, none, begin); err != nil || !ev.Missing {
		t.Errorf("an order that nobody placed: got %+v, %v", ev, err)
	}
	if warning, err := client.Measure(ctx); err != nil || warning != nil || client.Now() < begin {
		t.Errorf("clock: got %v, %v, now %s", warning, err, client.Now())
	}
}
