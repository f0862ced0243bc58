package main_test

import (
	"slices"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// takeAsks takes two levels and half of the third with one IOC order, and what
// is left of the third with another, at once.
func (r *replaying) takeAsks(id string, asks []market.Level) {
	r.Helper()
	in := r.listed[slices.IndexFunc(r.listed, func(in market.Instrument) bool { return in.ID == id })]
	var k num.Calc
	half, err := num.FloorTo(num.Mul(&k, asks[2].Size, num.MustRate("0.5")), in.Lot)
	if err != nil {
		r.Fatal(err)
	}
	rest := num.Sub(&k, asks[2].Size, half)
	limit := asks[2].Price
	before := len(r.feed.of(engine.KindQuote, id))
	first := r.buy(in, 1, limit, num.Add(&k, num.Add(&k, asks[0].Size, asks[1].Size), half))
	second := r.buy(in, 2, limit, num.Add(&k, rest, asks[0].Size)) // more than is left
	if k.Err() != nil {
		r.Fatal(k.Err())
	}
	fills := r.bought(in, first, order.Filled, asks[0], asks[1], market.Level{Price: limit, Size: half})
	fills = append(fills, r.bought(in, second, order.Canceled, market.Level{Price: limit, Size: rest})...)
	r.paid(in, fills)
	r.v.settle()
	r.printed(id, fills)
	var asked []market.Level
	for _, ev := range r.feed.of(engine.KindQuote, id)[before:] {
		asked = append(asked, market.Level{Price: ev.Quote.Ask, Size: ev.Quote.AskSize})
	}
	if want := []market.Level{{Price: limit, Size: rest}, asks[3]}; !slices.Equal(asked, want) {
		r.Errorf("%s: the best ask became %v, want %v", id, asked, want)
	}
	r.Logf("%s: %d fills from %s at %s to %s at %s", id, len(fills), asks[0].Size, asks[0].Price, rest, limit)
}

// buy sends an IOC order that risk approved.
func (r *replaying) buy(in market.Instrument, seq uint64, limit num.Price, q num.Quantity) order.Order {
	r.Helper()
	o := order.Order{
		Intent:   order.Intent{Instrument: in.ID, Side: order.Buy, TIF: order.IOC, Price: limit, Quantity: q},
		ClientID: order.IDs{Tag: order.Tag("recorded", in.ID)}.New(seq),
	}
	quotes := r.feed.of(engine.KindQuote, in.ID)
	wide := risk.Limits{
		Collar: num.MustRate("0.05"), MaxOpenOrders: risk.PerInstrument{Instrument: 9, Total: 9},
		MaxFires: risk.Fires{Minute: 9, Hour: 9, Day: 9}, MaxOrders: risk.Rates{Second: 9, Minute: 9, Day: 9},
	}
	approved, no := wide.Check(o, &risk.View{
		Session: true,
		Market:  risk.Market{Instrument: in, Quote: quotes[len(quotes)-1].Quote, BookValid: true},
		Funds:   risk.Funds{Available: num.MustMoney("100000"), Fee: num.MustRate("0.002")},
	})
	if no != nil {
		r.Fatalf("%s: denied: %s %s", in.ID, no.Code, no.Reason)
	}
	answer := r.v.client.Submit(r.Context(), approved)
	if answer.Class != order.Accepted {
		r.Fatalf("%s: %+v", in.ID, answer)
	}
	o.ExchangeID = answer.ExchangeID
	return o
}

// bought wants an order to stand so, filled with exactly these levels.
func (r *replaying) bought(in market.Instrument, o order.Order, state order.State, want ...market.Level) []order.Fill {
	r.Helper()
	ev, err := r.v.client.Order(r.Context(), o, 1)
	if err != nil {
		r.Fatal(err)
	}
	fills, err := r.v.client.Fills(r.Context(), in.ID, o.ExchangeID, 0)
	if err != nil {
		r.Fatal(err)
	}
	slices.Reverse(fills) // oldest first
	var k num.Calc
	var filled num.Quantity
	var got []market.Level
	for _, f := range fills {
		got = append(got, market.Level{Price: f.Price, Size: f.Quantity})
		filled = num.Add(&k, filled, f.Quantity)
		fee := num.RoundUp(&k, num.Mul(&k, f.Quantity.Money(), num.MustRate("0.002")), 8)
		if f.Fee != fee || f.FeeCurrency != in.Base || f.Maker {
			r.Errorf("%s: fee of %+v, want %s %s, taken", in.ID, f, fee, in.Base)
		}
	}
	if !slices.Equal(got, want) || k.Err() != nil {
		r.Errorf("%s: fills are %v, want %v", in.ID, got, want)
	}
	if ev.State != state || ev.Filled != filled {
		r.Errorf("%s: order is %+v, want %s with %s filled", in.ID, ev, state, filled)
	}
	return fills
}

// paid wants the balances to be what the fills made of them.
func (r *replaying) paid(in market.Instrument, fills []order.Fill) {
	r.Helper()
	list, err := r.v.client.Balances(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	var k num.Calc
	quote, base := num.MustMoney("100000"), num.Money{}
	for _, f := range fills {
		quote = num.Sub(&k, quote, num.Cost(&k, f.Price, f.Quantity))
		base = num.Add(&k, base, num.Sub(&k, f.Quantity.Money(), f.Fee))
	}
	for _, want := range []order.Balance{
		{Currency: in.Base, Total: base, Available: base}, {Currency: in.Quote, Total: quote, Available: quote},
	} {
		if !slices.Contains(list, want) || k.Err() != nil {
			r.Errorf("%s: balances are %+v, want %+v", in.ID, list, want)
		}
	}
}

// printed wants every fill on the public tape, in order.
func (r *replaying) printed(id string, fills []order.Fill) {
	r.Helper()
	prints := r.feed.of(engine.KindTrade, id)
	if len(prints) != len(fills) {
		r.Errorf("%s: %d trades were printed, want the %d fills", id, len(prints), len(fills))
		return
	}
	last := int64(0)
	for i, ev := range prints {
		if ev.Trade.Price != fills[i].Price || ev.Trade.Size != fills[i].Quantity || !ev.Trade.Buyer || ev.Trade.ID <= last {
			r.Errorf("%s: print %d is %+v, want fill %+v", id, i, ev.Trade, fills[i])
		}
		last = ev.Trade.ID
	}
}
