package okcoin_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"rulebot/exchange/server/okcoin"
)

const (
	pairPath    = "/api/spot/v3/instruments/BTC-USD/"
	pendingPath = "/api/spot/v3/orders_pending"
	cancelPath  = "/api/spot/v3/cancel_orders/"
	batchPath   = "/api/spot/v3/batch_orders"
	cancelsPath = "/api/spot/v3/cancel_batch_orders"
	ofBTC       = "?instrument_id=BTC-USD"
	bodyBTC     = `{"instrument_id":"BTC-USD"}`
)

// asked is a request in one of the ways in which clients wrote it, and what it
// is answered.
type asked struct {
	name   string
	method string
	target string
	body   string
	header string // more headers, one a line
	status int
	has    string // what the body contains
}

// ask sends it, signed, with its headers over the usual ones. The time that
// passes first refills the limits.
func (b *bench) ask(a *asked) answer {
	b.tb.Helper()
	b.clock.pass(time.Second)
	return b.call(a.method, a.target, a.body, func(r *http.Request) {
		maps.Copy(r.Header, headers(a.header))
	})
}

// headers reads one a line.
func headers(text string) http.Header {
	h := http.Header{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		h.Set(name, strings.TrimSpace(value))
	}
	return h
}

func (b *bench) askAll(table []asked) {
	b.tb.Helper()
	for _, a := range table {
		got := b.ask(&a)
		if got.status != a.status || !strings.Contains(got.body, a.has) {
			b.tb.Errorf("%s: %s %s %s\ngot  %d %s\nwant %d with %s", a.name, a.method, a.target, a.body, got.status, got.body, a.status, a.has)
		}
	}
}

// TestTolerance is how clients of the time wrote their requests, which differs
// in ways that the exchange took all the same. Rows build on each other: ids
// count up from the first order.
func TestTolerance(t *testing.T) {
	b := startMarket(t, someMinutes(7))
	b.play()
	const (
		limit = `{"type":"limit","side":"buy","instrument_id":"BTC-USD","price":"40000","size":"0.01"`
		ok    = `"error_code":"0","error_message":"","message":"","order_id":"100000000000000`
		form  = "Content-Type: application/x-www-form-urlencoded"
	)
	b.askAll([]asked{
		{"charset", "POST", ordersPath, limit + `}`, "Content-Type: application/json; charset=utf-8", 200, ok + `1","result":true`},
		{"charset without a space, in capitals", "POST", ordersPath, limit + `}`, "Content-Type: application/json;charset=UTF-8", 200, ok + `2"`},
		{"charset left out", "POST", ordersPath, limit + `}`, "Content-Type: application/json;", 200, ok + `3"`},
		{"no content type", "POST", ordersPath, limit + `}`, "Content-Type: ", 200, ok + `4"`},
		{"form", "POST", ordersPath, "instrument_id=BTC-USD", form, 400, `"code":30007`},
		{"cookie", "POST", ordersPath, limit + `}`, "Cookie: locale=en_US\nUser-Agent: okex-api", 200, ok + `5"`},
		{"empty texts", "POST", ordersPath, limit + `,"client_oid":"","notional":"","order_type":"","margin_trading":""}`, "", 200, ok + `6"`},
		{
			"numbers for texts", "POST", ordersPath,
			`{"side":"buy","instrument_id":"BTC-USD","price":40000.5,"size":0.01,"order_type":0,"margin_trading":1}`, "", 200, ok + `7"`,
		},
		{"a float's exponent", "POST", ordersPath, `{"side":"buy","instrument_id":"BTC-USD","price":4e4,"size":1e-02,"client_oid":"x8"}`, "", 200, ok + `8"`},
		{"unknown fields", "POST", ordersPath, limit + `,"funds":null,"product_id":"BTC-USD","leverage":[1],"client_oid":"x9"}`, "", 200, ok + `9"`},
		{"a body with white space", "POST", ordersPath, "\n " + limit + ",\n\t\"order_type\": \"3\"}\r\n", "", 200, `"order_id":"1000000000000010"`},

		{"order by id", "GET", "/api/spot/v3/orders/1000000000000009" + ofBTC, "", "", 200, `"client_oid":"x9"`},
		{"order by client id in the same place", "GET", "/api/spot/v3/orders/x9" + ofBTC, "", "", 200, `"order_id":"1000000000000009"`},
		{"instrument in small letters", "GET", "/api/spot/v3/orders/x9?instrument_id=btc-usd", "", "", 200, `"instrument_id":"BTC-USD"`},
		{"escaped query", "GET", "/api/spot/v3/orders/x9?instrument_id=BTC%2DUSD", "", "", 200, `"x9"`},
		{"unknown query parameters", "GET", pendingPath + ofBTC + "&from=&to=&status=open&t=1614592800", "", "", 200, `"x9"`},
		{"empty query parameters", "GET", pendingPath + ofBTC + "&after=&before=&limit=", "", "", 200, `"x9"`},
		{"no instrument", "GET", pendingPath, "", "", 200, `"x9"`},
		{"empty instrument", "GET", pendingPath + "?instrument_id=", "", "", 200, `"x9"`},
		{"a word for the state", "GET", "/api/spot/v3/orders?status=open&instrument_id=BTC-USD", "", "", 200, `"x9"`},
		{"words, of every instrument", "GET", "/api/spot/v3/orders?status=filled%7Cpart_filled%7Copen", "", "", 200, `"x9"`},
		{"all states", "GET", "/api/spot/v3/orders?status=all&instrument_id=", "", "", 200, `"order_id":"1000000000000010"`},
		{"several states", "GET", "/api/spot/v3/orders?state=0|1&instrument_id=BTC-USD", "", "", 200, `"x9"`},
		{"older names of a page's ends", "GET", pendingPath + ofBTC + "&from=1000000000000007&to=1000000000000009&limit=5", "", "", 200, `[{"client_oid":"x8"`},
		{"question mark alone", "GET", pendingPath + "?", "", "", 200, `"x9"`},
		{"query with a content type", "GET", pendingPath + ofBTC, "", form, 200, `"x9"`},
		{"query with a signed body", "GET", pendingPath + ofBTC, bodyBTC, "", 200, `"x9"`},
		{"query with an empty object", "GET", "/api/spot/v3/accounts", "{}", "", 200, `"currency":"BTC"`},
		{"trailing slash", "GET", "/api/spot/v3/accounts/", "", "", 200, `"currency":"BTC"`},
		{"currency in small letters", "GET", "/api/spot/v3/accounts/usd", "", "", 200, `"currency":"USD"`},

		{
			"a market buy has a size and a price that parse", "POST", ordersPath,
			`{"type":"market","side":"buy","instrument_id":"BTC-USD","notional":"600","client_oid":"m1","size":"","price":""}`, "", 200, `"client_oid":"m1"`,
		},
		{"they are zero", "GET", "/api/spot/v3/orders/m1" + ofBTC, "", "", 200, `"notional":"600","order_id":"1000000000000011","order_type":"0","price":"0",`},

		{"cancel by id", "POST", cancelPath + "1000000000000001", bodyBTC, "", 200, ok + `1","result":true`},
		{"cancel by client id", "POST", cancelPath + "x8", bodyBTC, "", 200, `{"client_oid":"x8","code":"0",` + ok + `8"`},
		{
			"cancel with the ids in the body as well", "POST", cancelPath + "x9",
			`{"instrument_id":"BTC-USD","order_id":"","client_oid":"x9"}`, "", 200, ok + `9"`,
		},
		{"batch with a trailing slash", "POST", batchPath + "/", `[` + limit + `,"client_oid":"b1"},` + limit + `,"client_oid":"b2"}]`, "", 200, `"client_oid":"b2","code":"0"`},
		{"cancels with a trailing slash and numbers", "POST", cancelsPath + "/", `[{"instrument_id":"BTC-USD","order_ids":[1000000000000002,1000000000000003]}]`, "", 200, ok + `3"`},
		{"cancels by client id, the other list empty", "POST", cancelsPath, `[{"instrument_id":"btc-usd","order_ids":[],"client_oids":["b1","b2"]}]`, "", 200, `"client_oid":"b2","code":"0"`},

		{"currencies first", "GET", "/api/account/v3/currencies", "", "", 200, `"currency":"BTC"`},
		{"public call, signed", "GET", pairPath + "ticker", "", "", 200, `"last":`},
		{"public call, signed badly", "GET", pairPath + "ticker", "", "OK-ACCESS-SIGN: none", 200, `"last":`},
		{"public call, not signed", "GET", pairPath + "ticker", "", "OK-ACCESS-KEY: ", 200, `"last":`},
		{"trades beyond the limit", "GET", pairPath + "trades?limit=100", "", "", 200, `"trade_id":`},
		{"candles, newest first, the running one too", "GET", pairPath + "candles?granularity=300", "", "", 200, `[["2021-03-01T10:05:00.000Z",`},
		{
			"candles between times without milliseconds", "GET", pairPath + "candles?granularity=60&start=2021-03-01T10:01:00Z&end=2021-03-01T10:02:59Z", "", "", 200,
			`[["2021-03-01T10:02:00.000Z",`,
		},
		{"candles with an escaped time", "GET", pairPath + "candles?start=2021-03-01T10%3A01%3A00.000Z&end=2021-03-01T10%3A01%3A00.000Z", "", "", 200, `[["2021-03-01T10:01:00.000Z",`},
		{"candles from a start alone are the latest", "GET", pairPath + "candles?granularity=60&start=2021-03-01T10:01:00Z", "", "", 200, `[["2021-03-01T10:07:00.000Z",`},
	})
}

// TestFundingIsEmpty: clients look at it, and find nothing that they could
// move.
func TestFundingIsEmpty(t *testing.T) {
	const account = "/api/account/v3/"
	startMarket(t, someMinutes(1)).askAll([]asked{
		{"wallet", "GET", account + "wallet", "", "", 200, `[{"available":"0","balance":"0","currency":"BTC","hold":"0"}`},
		{"one currency", "GET", account + "wallet/btc", "", "", 200, `[{"available":"0"`},
		{"ledger", "GET", account + "ledger?type=2", "", "", 200, `[]`},
		{"came in", "GET", account + "deposit/history", "", "", 200, `[]`},
		{"came in of one", "GET", account + "deposit/history/btc", "", "", 200, `[]`},
		{"went out", "GET", account + "withdrawal/history", "", "", 200, `[]`},
		{"went out of one", "GET", account + "withdrawal/history/btc", "", "", 200, `[]`},
		{"fees", "GET", account + "withdrawal/fee?currency=btc", "", "", 200, `[]`},
		{"where to send", "GET", account + "deposit/address?currency=btc", "", "", 400, `"code":34014`},
		{"move", "POST", account + "transfer", `{"currency":"btc","amount":"1","from":"1","to":"6"}`, "", 400, `"code":34014`},
		{"take out", "POST", account + "withdrawal", `{"currency":"btc","amount":"1","destination":"4"}`, "", 401, `"code":30012`},
	})
}

// TestSocketTolerance is how clients open a connection and write commands.
func TestSocketTolerance(t *testing.T) {
	b := startMarket(t, someMinutes(1))
	for _, c := range []struct {
		name, target, header string
		deflate              bool
	}{
		{"plain", "/ws/v3", "", false},
		{"compress in the query", "/ws/v3?compress=true", "", false},
		{"trailing slash", "/ws/v3/", "", false},
		{"from the exchange's page", "/ws/v3", "Origin: https://www.okcoin.com\nCookie: locale=en_US", false},
		{"offers to compress messages", "/ws/v3", "", true},
	} {
		dialer := websocket.Dialer{EnableCompression: c.deflate}
		conn := b.dialWith(&dialer, c.target, headers(c.header))
		conn.send("ping")
		if got := conn.next(1)[0]; got != "pong" {
			t.Errorf("%s: got %q, want pong", c.name, got)
		}
	}
	conn := b.dial()
	const stamp = "1614592800.5"
	for _, c := range []struct{ send, want string }{
		{"ping\n", "pong"},
		{"{\"op\":\"subscribe\",\"args\":[\"spot/order_algo:BTC-USD\"]}\r\n", `{"event":"error","message":"User not logged in / User must be logged in","errorCode":30041}`},
		{fmt.Sprintf("{\"op\": \"login\", \"args\": [%q, %q, %s, %q]}\n", keys[0].Key, keys[0].Passphrase, stamp,
			sign(keys[0].Secret, stamp+"GET/users/self/verify")), `{"event":"login","success":true}`},
		{`{"args":["spot/order:btc-usd"],"op":"subscribe","id":1}`, `{"event":"subscribe","channel":"spot/order:btc-usd"}`},
		{`{"op":"subscribe","args":["spot/order:BTC-USD","spot/order:BTC-USD"]}`, `{"event":"subscribe","channel":"spot/order:BTC-USD"}`},
	} {
		conn.send(c.send)
		if got := conn.next(1)[0]; got != c.want {
			t.Errorf("%q: got %s, want %s", c.send, got, c.want)
		}
	}
}

// TestErrorTable gives every code that the exchange can answer a request with,
// once, with its status and the shape of its body.
func TestErrorTable(t *testing.T) {
	source := someMinutes(1)
	cfg := config(&source, newStepped(begin))
	reader := okcoin.Account{Key: "reader", Secret: "secret", Passphrase: "pass", Name: "main", ReadOnly: true}
	cfg.Front = okcoin.New(okcoin.Options{Accounts: append(slices.Clip(keys), reader)})
	b := start(t, cfg)
	b.play()
	order := func(more string) string {
		return `{"instrument_id":"BTC-USD","side":"buy","price":"40000","size":"0.01",` + more + `}`
	}
	b.post(ordersPath, order(`"client_oid":"done","order_type":"3","price":"60000"`))
	b.post(ordersPath, order(`"client_oid":"gone"`))
	b.post(cancelPath+"gone", bodyBTC)
	stamp := b.x.Now().Add(time.Second).Std().Format("2006-01-02T15:04:05.000Z")
	asReader := "OK-ACCESS-KEY: reader\nOK-ACCESS-PASSPHRASE: pass\nOK-ACCESS-TIMESTAMP: " + stamp +
		"\nOK-ACCESS-SIGN: " + sign("secret", stamp+"POST"+ordersPath+"{}")
	b.clock.pass(-time.Second)
	plain, result := false, true
	for _, c := range []struct {
		code   int
		asked  asked
		result bool // the body is an order's
	}{
		{30012, asked{"", "POST", ordersPath, "{}", asReader, 401, ""}, plain},
		{1, asked{"", "GET", "/api/spot/v3/none", "", "", 404, ""}, plain},
		{30001, asked{"", "GET", pendingPath, "", "OK-ACCESS-KEY: ", 400, ""}, plain},
		{30002, asked{"", "GET", pendingPath, "", "OK-ACCESS-SIGN: ", 400, ""}, plain},
		{30003, asked{"", "GET", pendingPath, "", "OK-ACCESS-TIMESTAMP: ", 400, ""}, plain},
		{30004, asked{"", "GET", pendingPath, "", "OK-ACCESS-PASSPHRASE: ", 400, ""}, plain},
		{30005, asked{"", "GET", pendingPath, "", "OK-ACCESS-TIMESTAMP: now", 400, ""}, plain},
		{30006, asked{"", "GET", pendingPath, "", "OK-ACCESS-KEY: none", 400, ""}, plain},
		{30007, asked{"", "POST", ordersPath, order(`"x":1`), "Content-Type: text/plain", 400, ""}, plain},
		{30008, asked{"", "GET", pendingPath, "", "OK-ACCESS-TIMESTAMP: 1614500000", 400, ""}, plain},
		{30013, asked{"", "GET", pendingPath, "", "OK-ACCESS-SIGN: none", 401, ""}, plain},
		{30015, asked{"", "GET", pendingPath, "", "OK-ACCESS-PASSPHRASE: none", 400, ""}, plain},
		{30020, asked{"", "POST", ordersPath, "", "", 400, ""}, plain},
		{30021, asked{"", "POST", ordersPath, "{", "", 400, ""}, plain},
		{30023, asked{"", "POST", ordersPath, "{}", "", 400, ""}, plain},
		{30024, asked{"", "POST", ordersPath, order(`"order_type":"9"`), "", 400, ""}, plain},
		{30025, asked{"", "POST", ordersPath, order(`"side":{}`), "", 400, ""}, plain},
		{30031, asked{"", "GET", "/api/spot/v3/accounts/XYZ", "", "", 400, ""}, plain},
		{30032, asked{"", "GET", "/api/spot/v3/instruments/A-B/ticker", "", "", 400, ""}, plain},
		{33014, asked{"", "GET", "/api/spot/v3/orders/none" + ofBTC, "", "", 400, ""}, plain},
		{33014, asked{"", "POST", cancelPath + "none", bodyBTC, "", 200, `"order_id":"none"`}, result},
		{33015, asked{"", "POST", batchPath, "[" + strings.Repeat(order(`"x":1`)+",", 10) + order(`"x":1`) + "]", "", 400, ""}, plain},
		{33017, asked{"", "POST", ordersPath, order(`"size":"100"`), "", 200, `"order_id":"-1"`}, result},
		{33024, asked{"", "POST", ordersPath, order(`"size":"0.0001"`), "", 200, `"order_id":"-1"`}, result},
		{33026, asked{"", "POST", cancelPath + "done", bodyBTC, "", 200, ""}, result},
		{33027, asked{"", "POST", cancelPath + "gone", bodyBTC, "", 200, ""}, result},
		{33028, asked{"", "POST", ordersPath, order(`"price":"40000.001"`), "", 200, `"order_id":"-1"`}, result},
		{33029, asked{"", "POST", ordersPath, order(`"size":"0.01001"`), "", 200, `"order_id":"-1"`}, result},
		{33059, asked{"", "POST", strings.TrimSuffix(cancelPath, "/"), bodyBTC, "", 400, ""}, plain},
		{33060, asked{"", "POST", cancelsPath, `[{"instrument_id":"BTC-USD","order_ids":["1"],"client_oids":["a"]}]`, "", 400, ""}, plain},
		{33061, asked{"", "POST", ordersPath, order(`"type":"market","notional":"100001"`), "", 200, `"order_id":"-1"`}, result},
	} {
		got := b.ask(&c.asked)
		if want := shape(c.code, c.result); shapeOf(t, got.body) != want || got.status != c.asked.status || !strings.Contains(got.body, c.asked.has) {
			t.Errorf("%d: got %d %s, want %d with %s and %s", c.code, got.status, got.body, c.asked.status, c.asked.has, want)
		}
	}
}

// shape is what the body of an error shows: the code in both spellings, a
// message twice and whether it is the answer to an order.
func shape(code int, result bool) string {
	if result {
		return fmt.Sprintf(`code "%d" "%[1]d", result false`, code)
	}
	return fmt.Sprintf(`code %d "%[1]d"`, code)
}

func shapeOf(t *testing.T, body string) string {
	t.Helper()
	var e struct {
		Code         json.RawMessage `json:"code"`
		ErrorCode    json.RawMessage `json:"error_code"`
		Message      string          `json:"message"`
		ErrorMessage string          `json:"error_message"`
		Result       *bool           `json:"result"`
	}
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
	if e.Message == "" || e.Message != e.ErrorMessage {
		t.Errorf("messages differ or are empty: %s", body)
	}
	text := fmt.Sprintf("code %s %s", e.Code, e.ErrorCode)
	if e.Result != nil {
		text += fmt.Sprintf(", result %v", *e.Result)
	}
	return text
}
