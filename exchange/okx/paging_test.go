package okx_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/okx"
)

// now is when the tests of calls happen.
var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// at is a client of an exchange that answers as told.
func at(t *testing.T, answer func(path string, query url.Values) string) *okx.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.WriteString(w, answer(r.URL.Path, r.URL.Query())); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	place, err := okx.At("demo", s.URL, "ws://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	c, err := okx.NewClient(okx.ClientConfig{Place: place, Keys: documented(), Now: func() market.Time { return market.TimeOf(now) }, Pace: 100})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestFillsAcrossPages: every fill comes once, from both lists, wherever a page
// ends, while new ones arrive between two pages, and where one was booked later
// than it traded.
func TestFillsAcrossPages(t *testing.T) {
	for name, c := range map[string]struct {
		fills int
		since time.Duration
		path  string
	}{
		"one page": {7, time.Hour, "fills"}, "full page": {100, 48 * time.Hour, "fills"},
		"several": {257, 70 * time.Hour, "fills"}, "old": {257, 80 * time.Hour, "fills-history"},
	} {
		calls := 0
		client := at(t, func(path string, query url.Values) string {
			if path != "/api/v5/trade/"+c.path || query.Get("instType") != "SPOT" || query.Get("limit") != "100" {
				t.Errorf("%s: asked %s %v", name, path, query)
			}
			calls++
			newest := c.fills + calls - 1 // one more has come since
			if after, err := strconv.Atoi(query.Get("after")); err == nil {
				newest = after - 1
			}
			var rows []string
			for id := newest; id > max(0, newest-100); id-- {
				traded := now.Add(-time.Duration(c.fills-id) * time.Minute)
				if id%50 == 0 {
					traded = traded.Add(-200 * time.Hour) // booked late: before what is asked for
				}
				rows = append(rows, fmt.Sprintf(`{"instId":"BTC-USDT","tradeId":"%d","billId":"%d","ordId":"5","side":"buy","fillPx":"1","fillSz":"1","execType":"T",`+
					`"fee":"-0.001","feeCcy":"BTC","fillTime":"%d","ts":"%d"}`, id, id, traded.UnixMilli(), traded.UnixMilli()))
			}
			return `{"code":"0","msg":"","data":[` + strings.Join(rows, ",") + `]}`
		})
		got, err := client.Fills(t.Context(), "BTC-USDT", "", market.TimeOf(now.Add(-c.since)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		seen := map[string]bool{}
		for i := range got {
			seen[got[i].ID] = true
		}
		if want := c.fills - c.fills/50; len(got) != want || len(seen) != want {
			t.Errorf("%s: %d fills, %d of them different, want %d", name, len(got), len(seen), want)
		}
	}
}

// TestHeldInPart: what a list shows is handed on when another part of it fails.
func TestHeldInPart(t *testing.T) {
	for part, want := range map[string]int{"after": 100, "state": 1, "algoId": 1} { // the pages, the states after it, the one stop
		client := at(t, func(_ string, query url.Values) string {
			if query.Has(part) {
				return `{"code":"50001","msg":"Service temporarily unavailable","data":[]}`
			}
			var rows []string
			for id := 200; !query.Has("state") && id > 200-want; id-- {
				rows = append(rows, fmt.Sprintf(`{"instId":"BTC-USDT","algoId":"%d","ordType":"conditional","side":"sell","sz":"1","state":"live","slTriggerPx":"9","cTime":"%d"}`,
					id, now.UnixMilli()))
			}
			return `{"code":"0","msg":"","data":[` + strings.Join(rows, ",") + `]}`
		})
		rows, err := client.Held(t.Context(), engine.HeldStop{Instrument: "BTC-USDT", ExchangeID: "7"})
		if err == nil || len(rows) != want || rows[0].ExchangeID != "200" || rows[0].State != engine.HeldLive {
			t.Errorf("%s fails: got %d rows, %v; want %d and an error", part, len(rows), err, want)
		}
	}
}

// TestListsInPart: the pages before an error come with it.
func TestListsInPart(t *testing.T) {
	client := at(t, func(path string, query url.Values) string {
		if query.Has("after") {
			return `{"code":"50001","msg":"Service temporarily unavailable","data":[]}`
		}
		var rows []string
		for id := 200; id > 100; id-- {
			row := fmt.Sprintf(`{"instId":"BTC-USDT","ordId":"%d","clOrdId":"","side":"buy","ordType":"limit","px":"1","sz":"1","accFillSz":"0","avgPx":"","state":"live","cTime":"%d","uTime":"%[2]d"}`,
				id, now.UnixMilli())
			if strings.HasSuffix(path, "/fills") {
				row = fmt.Sprintf(`{"instId":"BTC-USDT","tradeId":"%d","billId":"%[1]d","ordId":"5","side":"buy","fillPx":"1","fillSz":"1","execType":"T","fee":"-0.001","feeCcy":"BTC","fillTime":"%d","ts":"%[2]d"}`,
					id, now.UnixMilli())
			}
			rows = append(rows, row)
		}
		return `{"code":"0","msg":"","data":[` + strings.Join(rows, ",") + `]}`
	})
	if list, err := client.OpenOrders(t.Context(), "BTC-USDT"); err == nil || len(list) != 100 {
		t.Errorf("open orders: got %d, %v; want 100 and an error", len(list), err)
	}
	if fills, err := client.Fills(t.Context(), "BTC-USDT", "", market.TimeOf(now.Add(-time.Hour))); err == nil || len(fills) != 100 {
		t.Errorf("fills: got %d, %v; want 100 and an error", len(fills), err)
	}
}

// TestBarsBeginAtMidnight: from six hours on the candles are those of UTC.
func TestBarsBeginAtMidnight(t *testing.T) {
	for tf, name := range map[market.Timeframe]string{
		market.Minute: "1m", market.Hour: "1H", 4 * market.Hour: "4H", 6 * market.Hour: "6Hutc", 12 * market.Hour: "12Hutc",
		market.Day: "1Dutc", market.Week: "1Wutc",
	} {
		open := tf.Open(market.TimeOf(now).Add(-tf.Duration()))
		asked := ""
		client := at(t, func(_ string, query url.Values) string {
			asked = query.Get("bar")
			return fmt.Sprintf(`{"code":"0","msg":"","data":[["%d","1","1","1","1","2","2","2","1"]]}`, open.Milli())
		})
		bars, err := client.Bars(t.Context(), market.Series{Instrument: "BTC-USDT", Timeframe: tf}, 1, market.TimeOf(now))
		if err != nil || asked != name || len(bars) != 1 || bars[0].Open != open {
			t.Errorf("%s: asked for %q, want %q; got %+v, %v", tf, asked, name, bars, err)
		}
	}
	client := at(t, func(string, url.Values) string { // midnight of Hong Kong
		return fmt.Sprintf(`{"code":"0","msg":"","data":[["%d","1","1","1","1","2","2","2","1"]]}`, now.Add(-32*time.Hour).UnixMilli())
	})
	if _, err := client.Bars(t.Context(), market.Series{Instrument: "BTC-USDT", Timeframe: market.Day}, 1, market.TimeOf(now)); err == nil {
		t.Error("a day that begins at 16:00 UTC is taken")
	}
}

// TestWhatLeaves: what a batch and a stop of the exchange's say on the wire.
func TestWhatLeaves(t *testing.T) {
	c, seen := client(t, map[string]string{
		"/api/v5/trade/batch-orders":     `{"code":"0","msg":"","data":[{"ordId":"7","clOrdId":"ra","sCode":"0","sMsg":""},{"ordId":"8","clOrdId":"rb","sCode":"59999","sMsg":"new"}]}`,
		"/api/v5/trade/order-algo":       `{"code":"0","msg":"","data":[{"algoId":"9","algoClOrdId":"rc","sCode":"0","sMsg":""}]}`,
		"/api/v5/trade/cancel-all-after": `{"code":"0","msg":"","data":[{"triggerTime":"0","tag":"r123","ts":"0"}]}`,
	})
	one := func(id string, side order.Side) order.Order {
		return order.Order{ClientID: id, Intent: order.Intent{
			Instrument: "BTC-USDT", Side: side, TIF: order.IOC, Price: num.MustPrice("100.5"), Quantity: num.MustQuantity("0.01"),
		}}
	}
	ours := order.IDs{Tag: "r123", Boot: 1}.New(1)
	batch := c.SubmitAnyBatch(t.Context(), []order.Order{one("ra", order.Buy), one("rb", order.Buy)})
	if batch[0].Class != order.Accepted || batch[1].Class != order.Unknown || batch[1].Code != "59999" {
		t.Errorf("got %+v: a code that nobody knows proves nothing", batch)
	}
	if held := c.HoldAny(t.Context(), one(ours, order.Sell)); held.Class != order.Unknown {
		t.Errorf("got %+v, and the answer is about another", held)
	}
	if bought := c.HoldAny(t.Context(), one("rd", order.Buy)); bought.Class != order.NotSent {
		t.Errorf("got %+v: a buy at the market has no bound", bought)
	}
	if err := c.CancelAllAfter(t.Context(), "r123", 75*time.Second); err != nil {
		t.Error(err)
	}
	if c.CancelAllAfter(t.Context(), "", time.Minute) == nil || c.CancelAllAfter(t.Context(), "r123", 5*time.Second) == nil {
		t.Error("everybody's orders, or too soon, is asked for")
	}
	const each = `{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"ioc","px":"100.5","sz":"0.01","clOrdId":`
	for i, want := range []struct{ body, expires string }{
		{"[" + each + `"ra","tag":"bot1"},` + each + `"rb","tag":"bot1"}]`, "1767225605000"},
		{`{"instId":"BTC-USDT","tdMode":"cash","side":"sell","ordType":"conditional","sz":"0.01","tgtCcy":"base_ccy","slTriggerPx":"100.5",` +
			`"slOrdPx":"-1","algoClOrdId":"` + ours + `","tag":"bot1"}`, ""},
		{`{"timeOut":"75","tag":"r123"}`, ""},
	} {
		if a := (*seen)[i]; a.body != want.body || a.header.Get("Exptime") != want.expires {
			t.Errorf("asked %s, expires %q, want %s, %q", a.body, a.header.Get("Exptime"), want.body, want.expires)
		}
	}
	if len(*seen) != 3 {
		t.Errorf("%d requests left, want 3", len(*seen))
	}
}

// TestTags: unless told otherwise an order's tag is that of its id.
func TestTags(t *testing.T) {
	c := at(t, func(string, url.Values) string { return "" })
	if got := c.TagOf(order.IDs{Tag: "r123", Boot: 1}.New(7)); got != "r123" {
		t.Errorf("got %q, want r123", got)
	}
	if got := c.TagOf("somebodys"); got != "" {
		t.Errorf("got %q of nobody's", got)
	}
}

// TestListingStates: what trades, what does not, and by what name.
func TestListingStates(t *testing.T) {
	row := func(id, state, tick string) string {
		return `{"instType":"SPOT","instId":"` + id + `-USDT","baseCcy":"` + id + `","quoteCcy":"USDT","tickSz":"` + tick +
			`","lotSz":"0.01","minSz":"0.1","maxLmtSz":"500","maxMktSz":"1000","state":"` + state + `"}`
	}
	v, err := okx.Reply("instruments", []byte(`{"code":"0","msg":"","data":[`+row("A", "live", "1")+","+row("B", "suspend", "1")+","+
		row("C", "preopen", "1")+","+row("D", "preopen", "")+","+row("E", "test", "1")+`]}`))
	if err != nil {
		t.Fatal(err)
	}
	list, _ := v.([]market.Instrument)
	var got []string
	for _, in := range list {
		got = append(got, strings.TrimSpace(in.ID+" "+in.State+" to "+in.Max.String()))
	}
	const want = "A-USDT  to 500, B-USDT suspend to 500, C-USDT preopen to 500, E-USDT test to 500"
	if strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %s", got, want)
	}
}

// TestLimits: no call is made more often than half of what is documented.
func TestLimits(t *testing.T) {
	for name, documented := range map[string]float64{ // a second
		"trade/order": 30, "trade/cancel-order": 30, "trade/batch-orders": 150. / 20, "trade/cancel-batch-orders": 150. / 20,
		"trade/order-algo": 10, "trade/cancel-algos": 10, "trade/cancel-all-after": 2, // once a second, alone
		"GET trade/order": 30, "trade/orders-pending": 30, "trade/fills": 30, "trade/orders-history": 20, "trade/fills-history": 5,
		"GET trade/order-algo": 10, "trade/orders-algo": 10, "account/balance": 5, "account/config": 2.5, "account/trade-fee": 2.5,
		"account/max-avail-size": 10, "public/instruments": 10, "public/time": 5, "market/candles": 20, "market/books": 20,
		"market/history-candles": 10, "system/status": 0.2,
	} {
		calls, window, known := okx.LimitOf(name)
		if most := documented / 2; !known || float64(calls)/window.Seconds() > most {
			t.Errorf("%s: %d calls in %s, want at most %v a second", name, calls, window, most)
		}
	}
}
