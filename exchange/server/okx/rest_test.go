package okx_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// quoted is a market that shows 0.5 at 50,000 and 0.4 at 50,001.
func quoted() events {
	return events{quoteAt(begin, "50000", "50001"), quoteAt(begin.Add(time.Hour*3), "50000", "50001")}
}

// running is an exchange whose market has told what it has, and stands still.
func running(t testing.TB) *bench {
	t.Helper()
	b := start(t, quoted())
	b.play()
	return b
}

func TestWhoMayCall(t *testing.T) {
	t.Parallel()
	b := start(t, nil)
	for _, c := range []struct {
		name   string
		edit   func(*http.Request)
		status int
		code   string
	}{
		{"all is well", nil, 200, "0"},
		{"no key", func(r *http.Request) { r.Header.Del("OK-ACCESS-KEY") }, 401, "50103"},
		{"no sign", func(r *http.Request) { r.Header.Del("OK-ACCESS-SIGN") }, 401, "50106"},
		{"no time", func(r *http.Request) { r.Header.Del("OK-ACCESS-TIMESTAMP") }, 401, "50107"},
		{"no passphrase", func(r *http.Request) { r.Header.Del("OK-ACCESS-PASSPHRASE") }, 401, "50104"},
		{"another key", func(r *http.Request) { r.Header.Set("OK-ACCESS-KEY", "x") }, 200, "50119"},
		{"another passphrase", func(r *http.Request) { r.Header.Set("OK-ACCESS-PASSPHRASE", "x") }, 401, "50105"},
		{"another sign", func(r *http.Request) { r.Header.Set("OK-ACCESS-SIGN", "x") }, 401, "50113"},
		{"nanoseconds", func(r *http.Request) { r.Header.Set("OK-ACCESS-TIMESTAMP", "2021-03-01T10:00:00Z") }, 401, "50112"},
		{"an old time", func(r *http.Request) { r.Header.Set("OK-ACCESS-TIMESTAMP", "2021-03-01T09:59:00.000Z") }, 401, "50102"},
		{"live on demo", func(r *http.Request) { r.Header.Del("x-simulated-trading") }, 401, "50101"},
	} {
		if a := b.call("GET", "account/config", "", c.edit); a.status != c.status || a.Code != c.code {
			t.Errorf("%s: %d %s", c.name, a.status, a.body)
		}
	}
	a := b.call("POST", "trade/order", `{}`, func(r *http.Request) {
		r.Header.Set("OK-ACCESS-KEY", keys[1].Key)
		r.Header.Set("OK-ACCESS-PASSPHRASE", keys[1].Passphrase)
		r.Header.Set("OK-ACCESS-SIGN", sign(keys[1].Secret, r.Header.Get("OK-ACCESS-TIMESTAMP")+"POST/api/v5/trade/order{}"))
	})
	a.is(t, "50120")
}

func TestPublicAnswers(t *testing.T) {
	t.Parallel()
	b := start(t, someMinutes(70))
	b.play()
	b.get("public/time").is(t, "0", "ts", "1614597000000")
	b.get("public/instruments?instType=SPOT").is(t, "0", "instId", "BTC-USDT", "tickSz", "0.01", "lotSz", "0.0001", "minSz", "0.0002", "state", "live")
	b.get("public/instruments?instType=SPOT&instId=X-Y").is(t, "51001")
	b.get("public/instruments?instType=SWAP").is(t, "51000")
	b.get("market/ticker?instId=BTC-USDT").is(t, "0", "instType", "SPOT", "bidSz", "0.5", "askSz", "0.4")
	b.get("market/trades?instId=BTC-USDT&limit=1").is(t, "0", "instId", "BTC-USDT", "sz", "0.01")
	b.get("market/books?instId=BTC-USDT").is(t, "0", "ts", "1614596985000")
	b.get("system/status").is(t, "0")
	b.get("market/candles?instId=BTC-USDT&bar=7m").is(t, "51000")
	for path, want := range map[string]string{
		"market/candles?instId=BTC-USDT&bar=1m&limit=2":              `"data":[["1614597000000","50010","50010","50010","50010","0","0","0","0"],["1614596940000",`,
		"market/candles?instId=BTC-USDT&bar=1H&limit=2":              `"0"],["1614592800000","50000","50012","50000","50006","2.4","120014.4","120014.4","1"]]`,
		"market/candles?instId=BTC-USDT&bar=1D":                      `"data":[["1614528000000",`, // 16:00 UTC
		"market/candles?instId=BTC-USDT&bar=1Dutc":                   `"data":[["1614556800000",`,
		"market/candles?instId=BTC-USDT&bar=1Mutc":                   `"data":[["1614556800000",`,
		"market/history-candles?instId=BTC-USDT&after=1614592860000": `"data":[["1614592800000",`,
	} {
		if a := b.get(path); !strings.Contains(a.body, want) {
			t.Errorf("%s: %s", path, a.body)
		}
	}
}

func order(edit string) string {
	return `{"instId":"BTC-USDT","tdMode":"cash",` + edit + `}`
}

func TestOrders(t *testing.T) {
	t.Parallel()
	b := running(t)
	const rests = `"side":"buy","ordType":"limit","px":"49000","sz":"0.01","clOrdId":"a1","tag":"bot1"`
	placed := b.post("trade/order", order(rests))
	placed.is(t, "0", "sCode", "0", "clOrdId", "a1", "tag", "bot1")
	b.post("trade/order", order(rests)).is(t, "1", "sCode", "51016")
	b.get("trade/order?instId=BTC-USDT&clOrdId=a1").is(t, "0", "state", "live", "px", "49000", "sz", "0.01", "tag", "bot1", "avgPx", "", "ordType", "limit")
	b.get("account/balance?ccy=USDT").is(t, "0")
	b.get("account/max-avail-size?instId=BTC-USDT&tdMode=cash").is(t, "0", "availBuy", "99510", "availSell", "1")
	b.get("trade/orders-pending").is(t, "0", "ordId", placed.row("ordId"))
	b.post("trade/amend-order", `{"instId":"BTC-USDT","clOrdId":"a1","newPx":"49500","reqId":"r1"}`).is(t, "0", "reqId", "r1")
	b.get("trade/order?instId=BTC-USDT&ordId="+placed.row("ordId")).is(t, "0", "px", "49500")
	b.post("trade/cancel-order", `{"instId":"BTC-USDT","clOrdId":"a1"}`).is(t, "0", "sCode", "0")
	b.post("trade/cancel-order", `{"instId":"BTC-USDT","clOrdId":"a1"}`).is(t, "1", "sCode", "51400")
	b.get("trade/order?instId=BTC-USDT&clOrdId=a1").is(t, "0", "state", "canceled", "cancelSource", "1")
	b.get("trade/order?instId=BTC-USDT&clOrdId=zz").is(t, "51603")
	b.post("trade/order", order(rests)).is(t, "0") // the id is free again
	b.get("trade/orders-history?instType=SPOT").is(t, "0", "clOrdId", "a1", "state", "canceled")
	b.clock.pass(2*time.Hour + time.Second)
	if a := b.get("trade/orders-history?instType=SPOT"); len(a.Data) != 0 {
		t.Errorf("a cancelled order without a fill is remembered after two hours: %s", a.body)
	}
}

func TestRefusedOrders(t *testing.T) {
	t.Parallel()
	b := running(t)
	for edit, want := range map[string]string{
		`"side":"buy","ordType":"limit","px":"49000","sz":"9"`:          "51008",
		`"side":"buy","ordType":"limit","px":"49000","sz":"0.0001"`:     "51020",
		`"side":"buy","ordType":"limit","px":"49000","sz":"0.00025"`:    "51121",
		`"side":"buy","ordType":"limit","px":"49000.001","sz":"0.01"`:   "51150",
		`"side":"buy","ordType":"market","sz":"200000","banAmend":true`: "51008",
		`"side":"sell","ordType":"market","sz":"2","banAmend":true`:     "51008",
	} {
		b.post("trade/order", order(edit)).is(t, "1", "sCode", want)
	}
	for edit, want := range map[string]string{
		`"side":"buy","ordType":"limit","sz":"0.01"`:                                        "50014",
		`"side":"buy","ordType":"limit","px":"49000","sz":"0.01","clOrdId":"a-1"`:           "51000",
		`"side":"buy","ordType":"limit","px":"49000","sz":"0.01","tag":"12345678901234567"`: "51000",
		`"side":"buy","ordType":"limit","px":"49000","sz":"0.01","tgtCcy":"base_ccy"`:       "51000",
		`"side":"buy","ordType":"limit","px":"49000","sz":"0.01","tradeQuoteCcy":"USDC"`:    "51000",
		`"side":"buy","ordType":"rpi","px":"49000","sz":"0.01"`:                             "51000",
		`"side":"hold","ordType":"limit","px":"49000","sz":"0.01"`:                          "51000",
	} {
		if a := b.post("trade/order", order(edit)); a.Code != want || a.status != 400 {
			t.Errorf("%s: %d %s", edit, a.status, a.body)
		}
	}
	b.post("trade/order", `{"instId":"X-Y","tdMode":"cash","side":"buy","ordType":"limit","px":"1","sz":"1"}`).is(t, "1", "sCode", "51001")
	b.post("trade/order", `{"instId":"BTC-USDT","tdMode":"cross","side":"buy","ordType":"limit","px":"1","sz":"1"}`).is(t, "1", "sCode", "51010")
	late := b.call("POST", "trade/order", order(`"side":"buy","ordType":"limit","px":"49000","sz":"0.01"`), func(r *http.Request) { r.Header.Set("expTime", "1614592799999") })
	late.is(t, "50036")
	if a := b.post("trade/order", `{`); a.status != 400 || a.Code != "50002" {
		t.Errorf("no JSON: %d %s", a.status, a.body)
	}
	if a := b.get("trade/nothing"); a.status != 404 {
		t.Errorf("no path: %d %s", a.status, a.body)
	}
}

func TestMarketOrdersAndFills(t *testing.T) {
	t.Parallel()
	b := running(t)
	for _, c := range []struct{ edit, kind, sz, unit, filled string }{
		{`"side":"buy","ordType":"market","sz":"1000","clOrdId":"m1"`, "market", "1000", "quote_ccy", "0.0199"},
		{`"side":"buy","ordType":"market","sz":"0.01","tgtCcy":"base_ccy","clOrdId":"m2"`, "market", "0.01", "base_ccy", "0.01"},
		{`"side":"sell","ordType":"market","sz":"0.02","clOrdId":"m3"`, "market", "0.02", "base_ccy", "0.02"},
		{`"side":"sell","ordType":"market","sz":"1000","tgtCcy":"quote_ccy","clOrdId":"m4"`, "market", "1000", "quote_ccy", "0.02"},
		{`"side":"buy","ordType":"ioc","px":"50001","sz":"0.01","clOrdId":"m5"`, "ioc", "0.01", "", "0.01"},
		{`"side":"buy","ordType":"post_only","px":"50001","sz":"0.01","clOrdId":"m6"`, "post_only", "0.01", "", "0"},
	} {
		b.post("trade/order", order(c.edit)).is(t, "0")
		id := c.edit[strings.LastIndex(c.edit, `:"`)+2 : len(c.edit)-1]
		b.get("trade/order?instId=BTC-USDT&clOrdId="+id).is(t, "0", "ordType", c.kind, "sz", c.sz, "tgtCcy", c.unit, "accFillSz", c.filled)
	}
	b.get("trade/order?instId=BTC-USDT&clOrdId=m6").is(t, "0", "state", "canceled", "cancelSource", "31")
	b.get("trade/order?instId=BTC-USDT&clOrdId=m2").is(t, "0", "fee", "-0.00001", "feeCcy", "BTC", "state", "filled", "px", "")
	all := b.get("trade/fills?instType=SPOT")
	all.is(t, "0", "clOrdId", "m5", "execType", "T", "feeRate", "-0.001")
	if len(all.Data) != 5 {
		t.Fatalf("%d fills: %s", len(all.Data), all.body)
	}
	second, _ := all.Data[1]["billId"].(string)
	if older := b.get("trade/fills-history?instType=SPOT&after=" + second); len(older.Data) != 3 {
		t.Errorf("older than %s: %s", second, older.body)
	}
	if newer := b.get("trade/fills?before=" + second); len(newer.Data) != 1 {
		t.Errorf("newer than %s: %s", second, newer.body)
	}
	b.get("account/trade-fee?instType=SPOT").is(t, "0", "maker", "-0.0008", "taker", "-0.001")
	b.get("account/config").is(t, "0", "perm", "read_only,trade", "acctLv", "1")
}

func TestBatches(t *testing.T) {
	t.Parallel()
	b := running(t)
	good, bad := order(`"side":"buy","ordType":"limit","px":"49000","sz":"0.01","clOrdId":"b1"`), order(`"side":"buy","ordType":"limit","px":"49000","sz":"9"`)
	b.post("trade/batch-orders", "["+good+","+bad+"]").is(t, "2", "sCode", "0")
	b.post("trade/batch-orders", "["+bad+"]").is(t, "1", "sCode", "51008")
	b.post("trade/batch-orders", "["+strings.Repeat(bad+",", 20)+bad+"]").is(t, "51501")
	b.post("trade/amend-batch-orders", `[{"instId":"BTC-USDT","clOrdId":"b1","newSz":"0.02"}]`).is(t, "0")
	b.post("trade/cancel-batch-orders", `[{"instId":"BTC-USDT","clOrdId":"b1"},{"instId":"BTC-USDT","clOrdId":"b2"}]`).is(t, "2", "sCode", "0")
}

func TestDeadMansSwitch(t *testing.T) {
	t.Parallel()
	b := running(t)
	b.post("trade/order", order(`"side":"buy","ordType":"limit","px":"49000","sz":"0.01","clOrdId":"d1","tag":"one"`)).is(t, "0")
	b.post("trade/order", order(`"side":"buy","ordType":"limit","px":"49000","sz":"0.01","clOrdId":"d2","tag":"two"`)).is(t, "0")
	b.post("trade/cancel-all-after", `{"timeOut":"5"}`).is(t, "51000")
	b.post("trade/cancel-all-after", `{"timeOut":"10","tag":"one"}`).is(t, "0", "tag", "one")
	b.post("trade/cancel-all-after", `{"timeOut":"10","tag":"two"}`).is(t, "0")
	b.post("trade/cancel-all-after", `{"timeOut":"0","tag":"two"}`).is(t, "0", "triggerTime", "0")
	b.get("trade/order?instId=BTC-USDT&clOrdId=d1").is(t, "0", "state", "live")
	b.clock.pass(10 * time.Second)
	b.get("trade/order?instId=BTC-USDT&clOrdId=d1").is(t, "0", "state", "canceled", "cancelSource", "20")
	b.get("trade/order?instId=BTC-USDT&clOrdId=d2").is(t, "0", "state", "live")
}
