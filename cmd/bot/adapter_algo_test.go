package main_test

import (
	"slices"
	"testing"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
	"rulebot/exchange/conformance"
	"rulebot/exchange/okcoin"
)

// TestAdapterPlacesAlgoOrders places, lists, cancels and triggers orders that
// the built-in exchange keeps, each side with a codec of its own.
func TestAdapterPlacesAlgoOrders(t *testing.T) {
	t.Parallel()
	const begin = market.Time(1614592800 * int64(time.Second))
	level := func(price, size string) market.Level {
		return market.Level{Price: num.MustPrice(price), Size: num.MustQuantity(size)}
	}
	c := conformance.Case{
		Instrument: market.Instrument{
			ID: "BTC-USD", Base: "BTC", Quote: "USD",
			Tick: num.MustPrice("0.01"), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("0.0005"),
		},
	}
	x := openBuiltin(t, &c, conformance.Opening{
		At: begin, Bids: []market.Level{level("100.36", "3")}, Asks: []market.Level{level("100.38", "2")},
		Balances: map[string]num.Money{"BTC": num.MustMoney("3"), "USD": num.MustMoney("1000")},
	})
	client, ok := x.Orders.(*okcoin.Client)
	if !ok {
		t.Fatalf("got %T", x.Orders)
	}
	x.Market.Trade(begin.Add(time.Second), market.Trade{ID: 7, Price: num.MustPrice("100.38"), Size: num.MustQuantity("0.1"), Buyer: true})
	ctx := t.Context()
	place := func(trigger, limit string) string {
		t.Helper()
		sell := allowed(t, "0.5", limit)
		r := client.PlaceAlgo(ctx, sell, okcoin.Terms{
			Kind: okcoin.Trigger, Stop: okcoin.Leg{Trigger: num.MustPrice(trigger), Price: num.MustPrice(limit)},
		})
		if r.Class != order.Accepted {
			t.Fatalf("stop at %s: got %+v", trigger, r)
		}
		return r.ExchangeID
	}
	stop, far, pair := place("100.3", "100.2"), place("90", "89"), ""
	r := client.PlaceAlgo(ctx, allowed(t, "1", "79"), okcoin.Terms{
		Kind: okcoin.Pair,
		Take: okcoin.Leg{Trigger: num.MustPrice("120"), Price: num.MustPrice("119")},
		Stop: okcoin.Leg{Trigger: num.MustPrice("80"), Market: true},
	})
	if pair = r.ExchangeID; r.Class != order.Accepted {
		t.Fatalf("pair: got %+v", r)
	}
	keepsEachKind(t, client)
	waiting := func(kind okcoin.AlgoKind, want ...string) {
		t.Helper()
		list, err := client.WaitingAlgos(ctx, "BTC-USD", kind)
		var got []string
		for _, a := range list {
			got = append(got, a.ID)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("waiting of kind %d: got %v, %v, want %v", kind, got, err, want)
		}
	}
	waiting(okcoin.Trigger, far, stop)
	waiting(okcoin.Pair, pair)
	if list, err := client.Algos(ctx, "BTC-USD", okcoin.Trigger, okcoin.Waiting, okcoin.Page{After: far, Limit: 1}); err != nil || len(list) != 1 || list[0].ID != stop {
		t.Errorf("older than the newest: got %+v, %v", list, err)
	}
	if list, err := client.Algos(ctx, "BTC-USD", okcoin.Trigger, okcoin.Waiting, okcoin.Page{Before: stop}); err != nil || len(list) != 1 || list[0].ID != far {
		t.Errorf("newer than the oldest: got %+v, %v", list, err)
	}
	cancel := func(kind okcoin.AlgoKind, id string, want order.Class) {
		t.Helper()
		if r := client.CancelAlgos(ctx, "BTC-USD", kind, []string{id})[0]; r.Class != want {
			t.Errorf("cancel %s: got %+v, want %s", id, r, want)
		}
	}
	cancel(okcoin.Trigger, far, order.Accepted)
	cancel(okcoin.Trigger, far, order.Gone)
	cancel(okcoin.Trigger, pair, order.Gone) // of another kind
	x.Market.Trade(begin.Add(2*time.Second), market.Trade{ID: 8, Price: num.MustPrice("100.3"), Size: num.MustQuantity("0.1")})
	waiting(okcoin.Trigger)
	a, found, err := client.Algo(ctx, "BTC-USD", okcoin.Trigger, stop)
	if err != nil || !found || a.State != okcoin.Effective || a.ExchangeID == "" || a.Stop.Trigger != num.MustPrice("100.3") {
		t.Fatalf("the stop whose price was reached: got %+v, %v, %v", a, found, err)
	}
	fills, err := client.Fills(ctx, "BTC-USD", a.ExchangeID, begin)
	if err != nil || len(fills) != 1 || fills[0].Quantity != num.MustQuantity("0.5") || fills[0].Price != num.MustPrice("100.36") {
		t.Errorf("its fills: got %+v, %v", fills, err)
	}
	if a, found, err := client.Algo(ctx, "BTC-USD", okcoin.Pair, "7"); err != nil || found {
		t.Errorf("one that nobody placed: got %+v, %v, %v", a, found, err)
	}
}

// keepsEachKind places orders that trade in parts or follow the market, and
// reads back what was asked.
func keepsEachKind(t *testing.T, client *okcoin.Client) {
	t.Helper()
	for _, terms := range []okcoin.Terms{
		{Kind: okcoin.Trail, Stop: okcoin.Leg{Trigger: num.MustPrice("130"), Market: true}, Callback: num.MustRate("0.01")},
		{Kind: okcoin.Iceberg, Variance: num.MustRate("0.01"), Part: num.MustQuantity("0.05"), Limit: num.MustPrice("100.38")},
		{
			Kind: okcoin.TimeWeighted, Range: num.MustRate("0.01"), Ratio: num.MustRate("0.01"), Part: num.MustQuantity("0.05"),
			Limit: num.MustPrice("100.38"), Interval: 30 * time.Second,
		},
	} {
		r := client.PlaceAlgo(t.Context(), allowed(t, "0.1", "100"), terms)
		a, found, err := client.Algo(t.Context(), "BTC-USD", terms.Kind, r.ExchangeID)
		if r.Class != order.Accepted || err != nil || !found || a.Terms != terms || a.State != okcoin.Waiting {
			t.Errorf("got %+v, then %+v, %v, %v, want %+v", r, a, found, err, terms)
		}
		if r := client.CancelAlgos(t.Context(), "BTC-USD", terms.Kind, []string{r.ExchangeID})[0]; r.Class != order.Accepted {
			t.Errorf("cancel of kind %d: got %+v", terms.Kind, r)
		}
		terms.Callback, terms.Variance, terms.Range = num.MustRate("0.9"), num.MustRate("0.9"), num.MustRate("0.9")
		if r := client.PlaceAlgo(t.Context(), allowed(t, "0.1", "100"), terms); r.Class != order.Rejected {
			t.Errorf("out of range: got %+v", r)
		}
	}
}

// allowed approves selling BTC at a limit.
func allowed(t *testing.T, quantity, limit string) risk.Approved {
	t.Helper()
	o := order.Order{ClientID: "ra", Intent: order.Intent{
		Instrument: "BTC-USD", Side: order.Sell, TIF: order.GTC, Quantity: num.MustQuantity(quantity),
		Price: num.MustPrice(limit), Reference: num.MustPrice(limit),
	}}
	limits := risk.Limits{
		Collar:        num.MustRate("1"),
		MaxOpenOrders: risk.PerInstrument{Instrument: 10, Total: 10},
		MaxFires:      risk.Fires{Minute: 10, Hour: 10, Day: 10},
		MaxOrders:     risk.Rates{Second: 10, Minute: 10, Day: 10},
	}
	a, no := limits.Check(o, &risk.View{
		Session: true,
		Market: risk.Market{
			Instrument: market.Instrument{ID: "BTC-USD", Tick: num.MustPrice("0.01"), Lot: num.MustQuantity("0.0001")},
			Quote:      market.Quote{Bid: o.Price, Ask: num.MustPrice("200")}, BookValid: true,
		},
		Funds: risk.Funds{Sellable: o.Quantity, Available: num.MustMoney("1")},
	})
	if no != nil {
		t.Fatalf("denied: %s %s", no.Code, no.Reason)
	}
	return a
}
