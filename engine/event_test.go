package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// TestEventsAreTakenOver: whatever was told before, an event that is taken over
// is the other one and nothing else.
func TestEventsAreTakenOver(t *testing.T) {
	price := num.MustPrice("7")
	quote := market.Quote{Bid: price, Ask: num.MustPrice("8"), BidSize: num.MustQuantity("1"), AskSize: num.MustQuantity("2")}
	depth := market.Depth{Bids: []market.Level{{Price: price, Size: num.MustQuantity("3")}}}
	trade := market.Trade{ID: 5, Price: price, Size: num.MustQuantity("1"), Buyer: true}
	all := []engine.Event{
		{Kind: engine.KindBar, Instrument: "A", At: 1, Seen: 2, Bar: market.Bar{Open: 1, Timeframe: market.Minute, C: price, Gap: true}},
		{Kind: engine.KindTrade, Instrument: "B", At: 3, Seen: 4, Trade: trade, Market: engine.MarketNews{Came: 3}},
		{Kind: engine.KindQuote, Instrument: "A", At: 5, Quote: quote, Depth: depth},
		{Kind: engine.KindStretch, Instrument: "A", At: 6, Quote: quote, Trade: trade, Market: engine.MarketNews{Stretch: engine.Stretch{Until: 9, Low: price, Trades: 4}}},
		{Kind: engine.KindHistory, Instrument: "B", At: 7, Bar: market.Bar{Open: 2, C: price}},
		{Kind: engine.KindCommand, At: 8, Operator: engine.OperatorHalt, Reason: "test"},
	}
	for i := range all {
		for k := range all {
			var got engine.Event
			got.Take(&all[i])
			got.Take(&all[k])
			if diff := cmp.Diff(all[k], got, cmp.Comparer(func(a, b num.Price) bool { return a == b }),
				cmp.Comparer(func(a, b num.Quantity) bool { return a == b }), cmp.Comparer(func(a, b num.Money) bool { return a == b })); diff != "" {
				t.Errorf("kind %d after kind %d (-want +got):\n%s", all[k].Kind, all[i].Kind, diff)
			}
		}
	}
}
