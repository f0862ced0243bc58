package sim_test

import (
	"testing"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

func benchPaper(b *testing.B) *sim.Paper {
	p, err := sim.NewPaper(sim.PaperConfig{
		Instruments: []market.Instrument{fine}, Fees: feeSets[1],
		Balances: map[string]num.Money{"USD": num.MustMoney("1000000"), "BTC": num.MustMoney("1000")},
	})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

var (
	benchQuote = engine.Event{Kind: engine.KindQuote, Instrument: "BTC-USD", Quote: market.Quote{
		Bid: num.MustPrice("42000.1"), BidSize: num.MustQuantity("0.7"), Ask: num.MustPrice("42000.2"), AskSize: num.MustQuantity("1.1"),
	}}
	benchTrade = engine.Event{Kind: engine.KindTrade, Instrument: "BTC-USD", Trade: market.Trade{
		Price: num.MustPrice("42000.2"), Size: num.MustQuantity("0.01"), Buyer: true,
	}}
	benchBar = engine.Event{Kind: engine.KindBar, Instrument: "BTC-USD", Bar: market.Bar{Timeframe: market.Minute}}
)

// benchMarket is a quote, a trade and a bar, as a bar's path gives them.
func benchMarket(b *testing.B, p *sim.Paper) {
	var ev engine.Event
	events := [...]engine.Event{benchQuote, benchTrade, benchBar}
	now := market.Time(1)
	b.ReportAllocs()
	for b.Loop() {
		for i := range events {
			now++
			events[i].At = now
			p.Market(&events[i])
			for p.Next(&ev) {
				b.Fatal("an event came of it")
			}
		}
	}
}

func BenchmarkMarketNoOrders(b *testing.B) { benchMarket(b, benchPaper(b)) }

// BenchmarkMarketResting has two orders in the book that never fill.
func BenchmarkMarketResting(b *testing.B) {
	p := benchPaper(b)
	for _, o := range []order.Intent{
		{Side: order.Buy, Price: num.MustPrice("41000"), Quantity: num.MustQuantity("1")},
		{Side: order.Sell, Price: num.MustPrice("43000"), Quantity: num.MustQuantity("1")},
	} {
		o.Instrument, o.TIF = "BTC-USD", order.GTC
		p.Take(engine.CommandSubmit, order.Order{ClientID: "a", Intent: o}, 1)
	}
	var ev engine.Event
	for p.Next(&ev) {
		continue
	}
	benchMarket(b, p)
}

// BenchmarkTake is a quote and an order that takes it, in turns of side.
func BenchmarkTake(b *testing.B) {
	p := benchPaper(b)
	o := order.Order{ClientID: "a", Intent: order.Intent{Instrument: "BTC-USD", TIF: order.IOC, Quantity: num.MustQuantity("0.5")}}
	quote, now := benchQuote, market.Time(1)
	var ev engine.Event
	b.ReportAllocs()
	for b.Loop() {
		now++
		quote.At = now
		p.Market(&quote)
		o.Side, o.Price = order.Buy, num.MustPrice("43000")
		if now%2 == 0 {
			o.Side, o.Price = order.Sell, num.MustPrice("41000")
		}
		p.Take(engine.CommandSubmit, o, now)
		for p.Next(&ev) {
			continue
		}
	}
}
