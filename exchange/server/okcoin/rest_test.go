package okcoin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine/market"
	"rulebot/exchange/server/okcoin"
	"rulebot/internal/realdata"
)

const ordersPath = "/api/spot/v3/orders"

// TestSignature goes through everything that can be wrong with a request's
// credentials, and both forms of the timestamp.
func TestSignature(t *testing.T) {
	b := startMarket(t, someMinutes(1))
	const target = "/api/spot/v3/orders?state=6&instrument_id=BTC%2DUSD&limit=20"
	signed := func(stamp string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("OK-ACCESS-TIMESTAMP", stamp)
			r.Header.Set("OK-ACCESS-SIGN", sign(keys[0].Secret, stamp+"GET"+target))
		}
	}
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for _, c := range []struct {
		name   string
		edit   func(*http.Request)
		status int
		code   string
	}{
		{"as it should be", nil, 200, ""},
		{"seconds", signed("1614592800.000"), 200, ""},
		{"whole seconds", signed("1614592800"), 200, ""},
		{"ISO without fraction", signed("2021-03-01T10:00:00Z"), 200, ""},
		{"30 s late", signed("2021-03-01T09:59:30.000Z"), 200, ""},
		{"30 s early", signed("1614592830"), 200, ""},
		{"over 30 s late", signed("2021-03-01T09:59:29.999Z"), 400, "30008"},
		{"over 30 s early", signed("1614592830.001"), 400, "30008"},
		{"milliseconds", signed("1614592800000"), 400, "30005"},
		{"not a time", signed("now"), 400, "30005"},
		{"seconds with a sign", signed("+614592800"), 400, "30005"},
		{"no key", header("OK-ACCESS-KEY", ""), 400, "30001"},
		{"no signature", header("OK-ACCESS-SIGN", ""), 400, "30002"},
		{"no timestamp", header("OK-ACCESS-TIMESTAMP", ""), 400, "30003"},
		{"no passphrase", header("OK-ACCESS-PASSPHRASE", ""), 400, "30004"},
		{"other key", header("OK-ACCESS-KEY", "none"), 400, "30006"},
		{"other passphrase", header("OK-ACCESS-PASSPHRASE", "none"), 400, "30015"},
		{"other signature", header("OK-ACCESS-SIGN", sign("none", "none")), 401, "30013"},
		{"other time than signed", header("OK-ACCESS-TIMESTAMP", "1614592801"), 401, "30013"},
	} {
		got := b.call("GET", target, "", c.edit)
		if code := codeOf(t, got.body); got.status != c.status || code != c.code {
			t.Errorf("%s: got %d %q, want %d %q: %s", c.name, got.status, code, c.status, c.code, got.body)
		}
	}
}

// codeOf returns the error code of a body, "" when it is none.
func codeOf(t *testing.T, body string) string {
	t.Helper()
	var e struct {
		Code      any    `json:"code"`
		ErrorCode string `json:"error_code"`
	}
	if strings.HasPrefix(body, "[") {
		return ""
	}
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
	if e.ErrorCode == "0" {
		return ""
	}
	if e.Code != nil && fmt.Sprint(e.Code) != e.ErrorCode {
		t.Errorf("code is %v and error_code %q", e.Code, e.ErrorCode)
	}
	return e.ErrorCode
}

// TestSignatureVectors checks the signer against the published vectors.
func TestSignatureVectors(t *testing.T) {
	text, err := os.ReadFile(realdata.Path(t, "reference/okcoin-v3-samples/signature-vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct{ Secret, Prehash, Sign string }
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) == 0 {
		t.Fatal("no vectors")
	}
	for _, v := range vectors {
		if got := okcoin.Signature(v.Secret, v.Prehash); got != v.Sign {
			t.Errorf("%s: got %s, want %s", v.Prehash, got, v.Sign)
		}
	}
}

// TestPlace is what bodies of orders are taken, and with what the others are
// refused.
func TestPlace(t *testing.T) {
	b := startMarket(t, someMinutes(1))
	const json = "application/json"
	for _, c := range []struct {
		name, kind, body string
		status           int
		code             string
	}{
		{"full", json, `{"type":"limit","side":"buy","instrument_id":"BTC-USD","size":"0.001","client_oid":"bot1a2b3c","price":"50000","order_type":"0","margin_trading":"1"}`, 200, ""},
		{"charset", json + "; charset=utf-8", `{"side":"buy","instrument_id":"BTC-USD","size":"0.001","price":"50000"}`, 200, ""},
		{"empty texts", json, `{"client_oid":"","type":"limit","side":"buy","instrument_id":"BTC-USD","size":"0.001","notional":"","price":"50000","order_type":""}`, 200, ""},
		{"numbers", json, `{"side":"buy","instrument_id":"BTC-USD","size":0.001,"price":50000,"order_type":1}`, 200, ""},
		{"lower case", json, `{"side":"buy","instrument_id":"btc-usd","size":"0.001","price":"50000"}`, 200, ""},
		{"unknown fields", json, `{"side":"buy","instrument_id":"BTC-USD","size":"0.001","price":"50000","x":[{}],"y":null}`, 200, ""},
		{"null for absent", json, `{"side":"buy","instrument_id":"BTC-USD","size":"0.001","price":"50000","client_oid":null}`, 200, ""},
		{"form", "application/x-www-form-urlencoded", `side=buy`, 400, "30007"},
		{"no body", json, ``, 400, "30020"},
		{"not JSON", json, `{"side":`, 400, "30021"},
		{"a list", json, `[]`, 400, "30025"},
		{"null", json, `null`, 400, "30025"},
		{"wrong type", json, `{"side":true,"instrument_id":"BTC-USD","size":"0.001","price":"50000"}`, 400, "30025"},
		{"no instrument", json, `{"side":"buy","size":"0.001","price":"50000"}`, 400, "30023"},
		{"other instrument", json, `{"side":"buy","instrument_id":"BTC-EUR","size":"0.001","price":"50000"}`, 400, "30032"},
		{"no side", json, `{"instrument_id":"BTC-USD","size":"0.001","price":"50000"}`, 400, "30023"},
		{"other side", json, `{"side":"long","instrument_id":"BTC-USD","size":"0.001","price":"50000"}`, 400, "30024"},
		{"no price", json, `{"side":"buy","instrument_id":"BTC-USD","size":"0.001"}`, 400, "30023"},
		{"no size", json, `{"side":"buy","instrument_id":"BTC-USD","price":"50000"}`, 400, "30023"},
		{"negative size", json, `{"side":"buy","instrument_id":"BTC-USD","size":"-1","price":"50000"}`, 400, "30024"},
		{"exponent of a float", json, `{"side":"buy","instrument_id":"BTC-USD","size":1e-3,"price":5.0E+4}`, 200, ""},
		{"exponent without end", json, `{"side":"buy","instrument_id":"BTC-USD","size":1e-3000000000,"price":"50000"}`, 400, "30024"},
		{"exponent in a text", json, `{"side":"buy","instrument_id":"BTC-USD","size":"1e-3","price":"50000"}`, 400, "30024"},
		{"order type", json, `{"side":"buy","instrument_id":"BTC-USD","size":"0.001","price":"50000","order_type":"4"}`, 400, "30024"},
		{"market buy", json, `{"type":"market","side":"buy","instrument_id":"BTC-USD","notional":"600","price":"","size":""}`, 200, ""},
		{"market sell", json, `{"type":"market","side":"sell","instrument_id":"BTC-USD","size":"0.01"}`, 200, ""},
		{"market buy by size", json, `{"type":"market","side":"buy","instrument_id":"BTC-USD","size":"0.01"}`, 400, "30023"},
		{"market and IOC", json, `{"type":"market","side":"sell","instrument_id":"BTC-USD","size":"0.01","order_type":"3"}`, 400, "30024"},
		{"other type", json, `{"type":"stop","side":"buy","instrument_id":"BTC-USD","size":"0.001","price":"50000"}`, 400, "30024"},
		{"margin", json, `{"side":"buy","instrument_id":"BTC-USD","size":"0.001","price":"50000","margin_trading":"2"}`, 400, "30024"},
		{"id of digits", json, `{"side":"buy","instrument_id":"BTC-USD","size":"0.001","price":"50000","client_oid":"123"}`, 400, "30024"},
		{"id with a dash", json, `{"side":"buy","instrument_id":"BTC-USD","size":"0.001","price":"50000","client_oid":"a-1"}`, 400, "30024"},
		{"id too long", json, `{"side":"buy","instrument_id":"BTC-USD","size":"0.001","price":"50000","client_oid":"a` + strings.Repeat("1", 32) + `"}`, 400, "30024"},
		{"too fine a price", json, `{"side":"buy","instrument_id":"BTC-USD","size":"0.001","price":"50000.001"}`, 200, "33028"},
		{"too fine a size", json, `{"side":"buy","instrument_id":"BTC-USD","size":"0.00025","price":"50000"}`, 200, "33029"},
		{"too small", json, `{"side":"buy","instrument_id":"BTC-USD","size":"0.0001","price":"50000"}`, 200, "33024"},
		{"too dear", json, `{"side":"buy","instrument_id":"BTC-USD","size":"10","price":"50000","client_oid":"a1"}`, 200, "33017"},
		{"duplicate id", json, `{"side":"buy","instrument_id":"BTC-USD","size":"0.001","price":"50000","client_oid":"bot1a2b3c"}`, 200, ""},
		{"too long", json, `{"x":"` + strings.Repeat("x", 70_000) + `"}`, 400, "30024"},
	} {
		got := b.call("POST", ordersPath, c.body, func(r *http.Request) { r.Header.Set("Content-Type", c.kind) })
		code := codeOf(t, got.body)
		if got.status != c.status || code != c.code {
			t.Errorf("%s: got %d %q, want %d %q: %s", c.name, got.status, code, c.status, c.code, got.body)
		}
		if refused := strings.HasPrefix(code, "33"); refused && !strings.Contains(got.body, `"order_id":"-1","result":false`) {
			t.Errorf("%s: a refused order must say so: %s", c.name, got.body)
		}
	}
}

// TestCalls is what the queries answer after three minutes of the market and five
// orders.
func TestCalls(t *testing.T) {
	b := startMarket(t, someMinutes(3))
	b.play()
	for _, body := range []string{
		`{"instrument_id":"BTC-USD","side":"buy","price":"50020","size":"0.6","order_type":"3","client_oid":"one"}`,
		`{"instrument_id":"BTC-USD","side":"buy","price":"40000","size":"0.01","client_oid":"two"}`,
		`{"instrument_id":"BTC-USD","side":"sell","price":"60000","size":"0.01","client_oid":"three"}`,
		`{"instrument_id":"BTC-USD","side":"sell","price":"40000","size":"0.01","order_type":"1","client_oid":"four"}`,
		`{"instrument_id":"BTC-USD","side":"buy","type":"market","notional":"600","client_oid":"five"}`,
	} {
		if got := b.post(ordersPath, body); got.status != 200 {
			t.Fatalf("%s: %s", body, got.body)
		}
	}
	lines := []string{}
	for _, target := range []string{
		"/api/general/v3/time",
		"/api/spot/v3/instruments",
		"/api/spot/v3/instruments/BTC-USD/book?size=2",
		"/api/spot/v3/instruments/BTC-USD/book?size=2&depth=10",
		"/api/spot/v3/instruments/BTC-USD/book?size=0",
		"/api/spot/v3/instruments/btc-usd/ticker",
		"/api/spot/v3/instruments/ticker",
		"/api/spot/v3/instruments/BTC-USD/trades?limit=3",
		"/api/spot/v3/instruments/BTC-USD/candles?granularity=60",
		"/api/spot/v3/instruments/BTC-USD/candles?granularity=60&start=2021-03-01T10:00:00.000Z&end=2021-03-01T10:01:00Z",
		"/api/spot/v3/instruments/BTC-USD/candles?granularity=180",
		"/api/spot/v3/accounts",
		"/api/spot/v3/accounts/",
		"/api/spot/v3/accounts/btc",
		"/api/spot/v3/orders?instrument_id=BTC-USD&state=6",
		"/api/spot/v3/orders?instrument_id=BTC-USD&state=7&limit=1",
		"/api/spot/v3/orders_pending?instrument_id=BTC-USD",
		"/api/spot/v3/orders/one?instrument_id=BTC-USD",
		"/api/spot/v3/orders/1000000000000004?instrument_id=BTC-USD",
		"/api/spot/v3/orders/five?instrument_id=BTC-USD",
		"/api/spot/v3/fills?instrument_id=BTC-USD&order_id=",
		"/api/spot/v3/fills?instrument_id=BTC-USD&order_id=1000000000000001&limit=1",
		"/api/spot/v3/trade_fee",
		"/api/spot/v3/accounts/usd/ledger?type=8",
		"/api/spot/v3/accounts/BTC/ledger?limit=2",
		"/api/spot/v3/accounts/BTC/ledger?type=x",
		"/api/spot/v3/accounts/EUR/ledger",
		"/api/account/v3/wallet",
		"/api/account/v3/wallet/btc",
		"/api/account/v3/wallet/EUR",
		"/api/account/v3/currencies",
		"/api/system/v3/status",
		"/api/spot/v3/trade_fee?instrument_id=btc-usd",
		"/api/spot/v3/trade_fee?instrument_id=BTC-EUR",
		"/api/spot/v3/orders/none?instrument_id=BTC-USD",
		"/api/spot/v3/orders/one",
		"/api/spot/v3/orders?instrument_id=BTC-USD",
		"/api/spot/v3/orders?instrument_id=BTC-USD&state=9",
		"/api/spot/v3/orders_pending",
		"/api/spot/v3/fills",
		"/api/spot/v3/fills?instrument_id=BTC-USD&after=x",
		"/api/spot/v3/accounts/EUR",
		"/api/spot/v3/instruments/BTC-EUR/ticker",
		"/api/spot/v3/instruments/BTC-USD/candles?granularity=61",
		"/api/spot/v3/instruments/BTC-USD/candles?start=yesterday&end=today",
		"/api/spot/v3/instruments/BTC-USD/book?size=-1",
		"/api/spot/v3/margin",
	} {
		a := b.get(target)
		lines = append(lines, "> GET "+target, fmt.Sprintf("< %d %s", a.status, a.body))
		if a.header.Get("OK-BEFORE") != "" {
			lines = append(lines, "  before "+a.header.Get("OK-BEFORE")+", after "+a.header.Get("OK-AFTER"))
		}
	}
	golden(t, "calls.golden", lines)
}

// TestPaging walks the ledger rows of many fills in pages of every size, which
// must give the same rows in the same order.
func TestPaging(t *testing.T) {
	b := startMarket(t, someMinutes(1))
	b.play()
	for range 5 {
		b.post(ordersPath, `{"instrument_id":"BTC-USD","side":"buy","price":"50100","size":"0.01","order_type":"3"}`)
	}
	rows := func(query string) (ids []string, after string) {
		b.clock.pass(time.Second)
		a := b.get("/api/spot/v3/fills?instrument_id=BTC-USD" + query)
		var list []struct {
			LedgerID string `json:"ledger_id"`
		}
		a.into(t, &list)
		for _, r := range list {
			ids = append(ids, r.LedgerID)
		}
		return ids, a.header.Get("OK-AFTER")
	}
	all, _ := rows("")
	if len(all) != 10 {
		t.Fatalf("got %d rows, want 10", len(all))
	}
	for size := 1; size <= 11; size++ {
		var got []string
		for after := ""; ; {
			page, last := rows(fmt.Sprintf("&limit=%d&after=%s", size, after))
			if len(page) == 0 {
				break
			}
			got, after = append(got, page...), last
		}
		if diff := cmp.Diff(all, got); diff != "" {
			t.Errorf("pages of %d (-all +paged):\n%s", size, diff)
		}
	}
	newer, _ := rows("&before=" + all[4])
	if diff := cmp.Diff(all[:4], newer); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
}

// TestLimitIsTold asks faster than any bucket fills.
func TestLimitIsTold(t *testing.T) {
	b := startMarket(t, someMinutes(1))
	for range 500 {
		a := b.get("/api/spot/v3/instruments")
		if a.status == http.StatusOK {
			continue
		}
		if code := codeOf(t, a.body); a.status != http.StatusTooManyRequests || code != "30014" {
			t.Errorf("got %d %q, want 429 30014", a.status, code)
		}
		return
	}
	t.Error("500 calls at once were admitted")
}

// TestLimits counts on the clock it is given, by call and by caller.
func TestLimits(t *testing.T) {
	now := begin
	allow := okcoin.Limits(func() market.Time { return now })
	for i := range 3 {
		if got, want := allow("a", "x", 2, 2*time.Second), i < 2; got != want {
			t.Errorf("call %d: got %v, want %v", i+1, got, want)
		}
	}
	if !allow("b", "x", 2, 2*time.Second) || !allow("a", "y", 2, 2*time.Second) {
		t.Error("another call or caller has a bucket of its own")
	}
	now = now.Add(time.Second)
	if !allow("a", "x", 2, 2*time.Second) || allow("a", "x", 2, 2*time.Second) {
		t.Error("half a window admits half the calls")
	}
}

// TestForgotten asks for a cancelled order two hours later.
func TestForgotten(t *testing.T) {
	source := events{quoteAt(begin, "49999", "50001"), quoteAt(begin.Add(121*time.Minute), "49999", "50001")}
	b := start(t, config(&source, newStepped(begin)))
	c := b.dial()
	c.subscribe("spot/depth5:BTC-USD")
	b.post(ordersPath, `{"instrument_id":"BTC-USD","side":"buy","price":"40000","size":"0.01","client_oid":"gone"}`)
	c.next(1)
	b.post("/api/spot/v3/cancel_orders/gone", `{"instrument_id":"BTC-USD"}`)
	const target = "/api/spot/v3/orders/gone?instrument_id=BTC-USD"
	if a := b.get(target); a.status != 200 {
		t.Errorf("at once: %s", a.body)
	}
	b.play()
	if a := b.get(target); codeOf(t, a.body) != "33014" {
		t.Errorf("after two hours: got %s, want 33014", a.body)
	}
}
