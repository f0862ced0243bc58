package okx_test

import (
	"testing"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/exchange/okx"
)

// FuzzFrames: whatever comes, nothing breaks, and no quote is crossed.
func FuzzFrames(f *testing.F) {
	f.Add([]byte(`{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":[["2","1","0","1"]],"bids":[["1","1","0","1"]],"ts":"1767225600000","prevSeqId":-1,"seqId":10}]}`))
	f.Add([]byte(`{"event":"login","code":"0"}`))
	f.Add([]byte(`{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"tradeId":"1","px":"2","sz":"3","side":"buy","ts":"1767225600000"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		place, err := okx.PlaceOf("okcoin", "live")
		if err != nil {
			t.Fatal(err)
		}
		feed, err := okx.NewFeed(okx.FeedConfig{
			StreamConfig: okx.StreamConfig{Place: place, Now: func() market.Time { return 0 }}, Instruments: []string{"BTC-USDT"},
		})
		if err != nil {
			t.Fatal(err)
		}
		events, err := feed.Decode(text)
		if err != nil && err.Error() == "" {
			t.Error("an error without a text")
		}
		for i := range events {
			if q := events[i].Quote; events[i].Kind == engine.KindQuote && q.Bid.Cmp(q.Ask) >= 0 {
				t.Errorf("bid %s, ask %s", q.Bid, q.Ask)
			}
		}
	})
}

// FuzzAnswers: an order is accepted by an element that names it alone, and
// whose own code is zero.
func FuzzAnswers(f *testing.F) {
	f.Add(200, []byte(`{"code":"0","msg":"","data":[{"clOrdId":"ra","ordId":"7","sCode":"0"}]}`))
	f.Add(200, []byte(`{"code":"1","msg":"","data":[{"clOrdId":"ra","ordId":"","sCode":"51008"}]}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		got := okx.Judge(status, body, []order.Order{{ClientID: "ra"}}, false)[0]
		if got.Class == order.Accepted && (status != 200 || got.ExchangeID == "") || got.Class == order.Rejected && got.Code == "" {
			t.Errorf("%d %s: %+v", status, body, got)
		}
		if err := okx.Envelope(status, body); err == nil && status != 200 {
			t.Errorf("%d is a success", status)
		}
	})
}

// FuzzOrderRow: no row becomes an order with a negative amount.
func FuzzOrderRow(f *testing.F) {
	f.Add([]byte(`{"code":"0","data":[{"instId":"BTC-USDT","ordId":"7","clOrdId":"ra","side":"buy","ordType":"limit","state":"live","sz":"1","px":"2","accFillSz":"0"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := okx.Reply("orders", body)
		list, _ := v.([]order.Evidence)
		for _, ev := range list {
			if err == nil && (ev.Filled.Sign() < 0 || ev.Quantity.Sign() < 0 || ev.Price.Sign() < 0 || ev.ExchangeID == "") {
				t.Errorf("%+v", ev)
			}
		}
	})
}
