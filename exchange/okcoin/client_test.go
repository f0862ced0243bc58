package okcoin_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
	"rulebot/exchange"
	"rulebot/exchange/okcoin"
)

// fakeREST serves one handler and counts the requests that reach it.
func fakeREST(t *testing.T, handle http.HandlerFunc) (base string, requests *atomic.Int64) {
	t.Helper()
	requests = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		handle(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, requests
}

func newClient(t *testing.T, base string) *okcoin.Client {
	t.Helper()
	c, err := okcoin.NewClient(okcoin.ClientConfig{Base: base, Keys: testKeys(), Now: fixed(noon(t)), Pace: 1000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func testOrder() order.Order {
	return order.Order{
		ClientID: ours,
		Intent: order.Intent{
			Instrument: "BTC-USD", Side: order.Buy, TIF: order.IOC,
			Price: num.MustPrice("62000.10"), Quantity: num.MustQuantity("0.0250"),
		},
	}
}

func reply(t *testing.T, w http.ResponseWriter, status int, body string) {
	t.Helper()
	w.WriteHeader(status)
	if _, err := io.WriteString(w, body); err != nil {
		t.Logf("reply: %v", err) // the client may have left: some tests want that
	}
}

// signed checks a request's signature the way a server does: over the request
// target and body exactly as they came.
func signed(t *testing.T, r *http.Request) (body string) {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Errorf("body: %v", err)
	}
	const stamp = "2024-03-01T12:00:00.000Z"
	want := exchange.NewSecret("test-secret").Sign(stamp + r.Method + r.RequestURI + string(b))
	for name, want := range map[string]string{
		"OK-ACCESS-KEY": "test-key", "OK-ACCESS-SIGN": want, "OK-ACCESS-TIMESTAMP": stamp,
		"OK-ACCESS-PASSPHRASE": "test-pass", "Content-Type": "application/json",
		"Idempotency-Key": "", "X-Idempotency-Key": "",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s %s: header %s: got %q, want %q", r.Method, r.RequestURI, name, got, want)
		}
	}
	return string(b)
}

func TestSubmitRequest(t *testing.T) {
	types := map[order.TimeInForce]string{order.GTC: "0", order.PostOnly: "1", order.FOK: "2", order.IOC: "3"}
	var body string
	base, _ := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.RequestURI != "/api/spot/v3/orders" {
			t.Errorf("got %s %s", r.Method, r.RequestURI)
		}
		body = signed(t, r)
		reply(t, w, 200, `{"client_oid":"rab1c2d3","error_code":"0","order_id":"77","result":true}`)
	})
	c := newClient(t, base)
	for tif, code := range types {
		o := testOrder()
		o.TIF = tif
		if got := okcoin.SubmitOrder(t.Context(), c, o); got.Class != order.Accepted || got.ExchangeID != "77" {
			t.Errorf("%s: got %+v", tif, got)
		}
		want := `{"instrument_id":"BTC-USD","side":"buy","type":"limit","price":"62000.1","size":"0.025","order_type":"` +
			code + `","client_oid":"rab1c2d3"}`
		if diff := cmp.Diff(want, body); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tif, diff)
		}
	}
}

func TestNothingIsSentOfWhatIsNotAnOrder(t *testing.T) {
	base, requests := fakeREST(t, func(http.ResponseWriter, *http.Request) {})
	c := newClient(t, base)
	if got := c.Submit(t.Context(), risk.Approved{}); got.Class != order.NotSent {
		t.Errorf("the zero approval: got %+v, want not sent", got)
	}
	for name, change := range map[string]func(*order.Order){
		"no instrument":    func(o *order.Order) { o.Instrument = "" },
		"no side":          func(o *order.Order) { o.Side = 0 },
		"no tif":           func(o *order.Order) { o.TIF = 0 },
		"no price":         func(o *order.Order) { o.Price = num.Price{} },
		"negative size":    func(o *order.Order) { o.Quantity = o.Quantity.Neg() },
		"id with a hyphen": func(o *order.Order) { o.ClientID = "r-1" },
		"id of digits":     func(o *order.Order) { o.ClientID = "123" },
		"id too long":      func(o *order.Order) { o.ClientID = "r" + strings.Repeat("0", 32) },
	} {
		o := testOrder()
		change(&o)
		if got := okcoin.SubmitOrder(t.Context(), c, o); got.Class != order.NotSent || got.Message == "" {
			t.Errorf("%s: got %+v, want not sent and why", name, got)
		}
	}
	if got := c.Cancel(t.Context(), order.Order{Intent: order.Intent{Instrument: "BTC-USD"}, ExchangeID: "../x"}); got.Class != order.NotSent {
		t.Errorf("cancel of an id with a path in it: got %+v", got)
	}
	if requests.Load() != 0 {
		t.Errorf("got %d requests, want none", requests.Load())
	}
}

// TestWriteFaults is what can go wrong on the wire: each fault with its class,
// and never a second request.
func TestWriteFaults(t *testing.T) {
	const full = `{"client_oid":"rab1c2d3","error_code":"0","order_id":"77","result":true}`
	hang := func(w http.ResponseWriter) net.Conn {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
		}
		return conn
	}
	for _, c := range []struct {
		name   string
		handle http.HandlerFunc
	}{
		{"closed after the request", func(w http.ResponseWriter, _ *http.Request) { hang(w).Close() }},
		{"reset after the request", func(w http.ResponseWriter, _ *http.Request) {
			conn := hang(w)
			if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
				t.Error(err)
			}
			conn.Close()
		}},
		{"truncated", func(w http.ResponseWriter, _ *http.Request) {
			conn := hang(w)
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(full)+10, full)
			conn.Close()
		}},
		{"not HTTP", func(w http.ResponseWriter, _ *http.Request) {
			conn := hang(w)
			fmt.Fprint(conn, full)
			conn.Close()
		}},
		{"body too large", func(w http.ResponseWriter, _ *http.Request) {
			reply(t, w, 200, full+strings.Repeat(" ", 1<<20))
		}},
		{"header too large", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Big", strings.Repeat("x", 100<<10))
			reply(t, w, 200, full)
		}},
		{"slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}},
		{"html", func(w http.ResponseWriter, _ *http.Request) { reply(t, w, 200, "<html>") }},
		{"empty", func(w http.ResponseWriter, _ *http.Request) { reply(t, w, 200, "") }},
		{"502", func(w http.ResponseWriter, _ *http.Request) { reply(t, w, 502, full) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, requests := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
				if _, err := io.ReadAll(r.Body); err != nil {
					t.Error(err)
				}
				c.handle(w, r)
			})
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			client := newClient(t, base)
			if got := okcoin.SubmitOrder(ctx, client, testOrder()); got.Class != order.Unknown {
				t.Errorf("submit: got %+v, want unknown", got)
			}
			if requests.Load() != 1 {
				t.Errorf("got %d requests, want exactly one", requests.Load())
			}
		})
	}
}

func TestNoConnectionIsNotSent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + l.Addr().String()
	l.Close()
	c := newClient(t, base)
	if got := okcoin.SubmitOrder(t.Context(), c, testOrder()); got.Class != order.NotSent {
		t.Errorf("submit: got %+v, want not sent", got)
	}
	if got := c.Cancel(t.Context(), testOrder()); got.Class != order.NotSent {
		t.Errorf("cancel: got %+v, want not sent", got)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if got := okcoin.SubmitOrder(gone, c, testOrder()); got.Class != order.NotSent {
		t.Errorf("cancelled context: got %+v, want not sent", got)
	}
}

// TestStaleConnection lets the server drop a kept connection: whatever the
// transport makes of it, the order may arrive once at most, and an order that
// did not arrive is unknown, never silently sent again.
func TestStaleConnection(t *testing.T) {
	orders := new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		orders.Add(1)
		reply(t, w, 200, `{"client_oid":"rab1c2d3","error_code":"0","order_id":"77","result":true}`)
	}))
	t.Cleanup(server.Close)
	c := newClient(t, server.URL)
	for i := range 20 {
		server.CloseClientConnections()
		before := orders.Load()
		got := okcoin.SubmitOrder(t.Context(), c, testOrder())
		arrived := orders.Load() - before
		if arrived > 1 || arrived == 1 && got.Class != order.Accepted && got.Class != order.Unknown || arrived == 0 && got.Class == order.Accepted {
			t.Errorf("round %d: %d orders arrived, got %s", i, arrived, got.Class)
		}
	}
}

func TestRateComplaintClosesTheCall(t *testing.T) {
	base, requests := fakeREST(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		reply(t, w, 429, `{"code":30014,"message":"Too Many Requests"}`)
	})
	c := newClient(t, base)
	if got := okcoin.SubmitOrder(t.Context(), c, testOrder()); got.Class != order.Unknown || got.Code != "30014" {
		t.Errorf("first: got %+v, want unknown with its code", got)
	}
	if got := okcoin.SubmitOrder(t.Context(), c, testOrder()); got.Class != order.NotSent {
		t.Errorf("second: got %+v, want not sent", got)
	}
	if requests.Load() != 1 {
		t.Errorf("got %d requests, want 1", requests.Load())
	}
}

func TestCancelRequest(t *testing.T) {
	var got []string
	base, _ := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.RequestURI+" "+signed(t, r))
		reply(t, w, 200, `{"client_oid":"rab1c2d3","error_code":"0","order_id":"77","result":true}`)
	})
	c := newClient(t, base)
	o := testOrder()
	for _, id := range []string{"", "77"} {
		o.ExchangeID = id
		if r := c.Cancel(t.Context(), o); r.Class != order.Accepted {
			t.Errorf("cancel %q: got %+v", id, r)
		}
	}
	want := []string{
		`POST /api/spot/v3/cancel_orders/rab1c2d3 {"instrument_id":"BTC-USD"}`,
		`POST /api/spot/v3/cancel_orders/77 {"instrument_id":"BTC-USD"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestProtocols(t *testing.T) {
	var seen []string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Proto)
		if r.Method == http.MethodPost {
			reply(t, w, 200, `{"client_oid":"rab1c2d3","error_code":"0","order_id":"77","result":true}`)
			return
		}
		reply(t, w, 200, `{"iso":"2024-03-01T12:00:00.123Z","epoch":"1709294400.123"}`)
	}))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // a refused certificate is part of the test
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	c, err := okcoin.NewClient(okcoin.ClientConfig{
		Base: server.URL, TLS: &tls.Config{RootCAs: roots}, Keys: testKeys(), Now: fixed(noon(t)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	at, err := c.Time(t.Context())
	if err != nil || okcoin.FormatTime(at) != "2024-03-01T12:00:00.123Z" {
		t.Errorf("time: got %s, %v", at, err)
	}
	if got := okcoin.SubmitOrder(t.Context(), c, testOrder()); got.Class != order.Accepted {
		t.Errorf("submit: got %+v", got)
	}
	if diff := cmp.Diff([]string{"HTTP/2.0", "HTTP/1.1"}, seen); diff != "" {
		t.Errorf("protocols (-want +got):\n%s", diff)
	}
	untrusting := newClient(t, server.URL)
	if got := okcoin.SubmitOrder(t.Context(), untrusting, testOrder()); got.Class != order.NotSent {
		t.Errorf("unknown certificate: got %+v, want not sent", got)
	}
	bad := okcoin.ClientConfig{Base: server.URL, TLS: &tls.Config{InsecureSkipVerify: true}, Now: fixed(0)}
	if _, err := okcoin.NewClient(bad); err == nil {
		t.Error("a client that verifies no certificate: got no error")
	}
}

func orderBody(id int, client, state string) string {
	return fmt.Sprintf(`{"client_oid":%q,"created_at":"2024-03-01T11:00:00.000Z","fee":"","fee_currency":"",`+
		`"filled_notional":"0","filled_size":"0.01","instrument_id":"BTC-USD","notional":"","order_id":"%d","order_type":"0",`+
		`"price":"62000.1","price_avg":"","side":"buy","size":"0.025","state":%q,"status":"whatever",`+
		`"timestamp":"2024-03-01T11:00:00.000Z","type":"limit"}`, client, id, state)
}

func TestOrderQuery(t *testing.T) {
	for _, c := range []struct {
		name    string
		status  int
		body    string
		missing bool
		fails   bool
	}{
		{"found", 200, orderBody(77, ours, "1"), false, false},
		{"not there", 400, `{"code":33014,"message":"Order does not exist"}`, true, false},
		{"not there, 200", 200, `{"code":"33014","error_code":"33014","message":"Order does not exist","result":false}`, true, false},
		{"not there, 404", 404, `{"code":33014,"message":"Order does not exist"}`, true, false},
		{"404 with an unlisted code", 404, `{"code":39999,"message":"nothing here"}`, true, false},
		{"404 of a key", 404, `{"code":30006,"message":"x"}`, false, true},
		{"404 of the gateway", 404, `{"message":"no Route matched with those values"}`, false, true},
		{"404 html", 404, `<html>`, false, true},
		{"404 empty", 404, ``, false, true},
		{"a code under 502", 502, `{"code":33014,"message":"x"}`, false, true},
		{"no data", 400, `{"code":30036,"message":"x"}`, false, true},
		{"system error", 500, `{"code":30009,"message":"x"}`, false, true},
		{"another order", 200, orderBody(77, "rother", "1"), false, true},
		{"another instrument", 200, strings.Replace(orderBody(77, ours, "1"), "BTC-USD", "BTC-EUR", 1), false, true},
		{"a filter as state", 200, orderBody(77, ours, "6"), false, true},
		{"an array", 200, `[]`, false, true},
		{"empty", 200, ``, false, true},
	} {
		base, _ := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
			if want := "/api/spot/v3/orders/rab1c2d3?instrument_id=BTC-USD"; r.RequestURI != want {
				t.Errorf("got %s, want %s", r.RequestURI, want)
			}
			signed(t, r)
			reply(t, w, c.status, c.body)
		})
		ev, err := newClient(t, base).Order(t.Context(), testOrder(), 42)
		if (err != nil) != c.fails || ev.Missing != c.missing {
			t.Errorf("%s: got missing %t, error %v", c.name, ev.Missing, err)
			continue
		}
		if err == nil && (ev.Asked != 42 || ev.Source != order.FromQuery || ev.ClientID != ours) {
			t.Errorf("%s: got %+v", c.name, ev)
		}
		if err == nil && !ev.Missing && (ev.State != order.Partial || ev.Filled != num.MustQuantity("0.01") || ev.ExchangeID != "77") {
			t.Errorf("%s: got %+v", c.name, ev)
		}
	}
}

// page returns rows newest first: those below after, at most limit.
func page(r *http.Request, newest, oldest int, row func(id int) string) string {
	q := r.URL.Query()
	if after, err := strconv.Atoi(q.Get("after")); err == nil {
		newest = min(newest, after-1)
	}
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil {
		limit = 100
	}
	var rows []string
	for id := newest; id >= oldest && len(rows) < limit; id-- {
		rows = append(rows, row(id))
	}
	return "[" + strings.Join(rows, ",") + "]"
}

func TestOpenOrdersReadsEveryPage(t *testing.T) {
	for _, total := range []int{0, 1, 99, 100, 101, 250} {
		base, requests := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
			signed(t, r)
			reply(t, w, 200, page(r, total, 1, func(id int) string { return orderBody(id, "", "0") }))
		})
		list, err := newClient(t, base).OpenOrders(t.Context(), "BTC-USD")
		if err != nil || len(list) != total {
			t.Errorf("%d orders: got %d, %v", total, len(list), err)
		}
		if want := int64(total/100 + 1); requests.Load() != want {
			t.Errorf("%d orders: got %d requests, want %d", total, requests.Load(), want)
		}
	}
	base, _ := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
		r.URL.RawQuery = "limit=100" // whatever is asked for
		reply(t, w, 200, page(r, 250, 1, func(id int) string { return orderBody(id, "", "0") }))
	})
	if _, err := newClient(t, base).OpenOrders(t.Context(), "BTC-USD"); err == nil {
		t.Error("pages that never end: got no error")
	}
}

// fillRow is row id of a ledger in which 2k is the received half of trade k.
// The newest id is odd, so that halves fall on different pages.
func fillRow(id int) string {
	currency, size, side, fee := "BTC", "0.5", "buy", "-0.0005"
	if id%2 == 0 {
		currency, size, side, fee = "USD", "31000", "sell", "0"
	}
	return fmt.Sprintf(`{"currency":%q,"exec_type":"M","fee":%q,"instrument_id":"BTC-USD","ledger_id":"%d",`+
		`"order_id":"77","price":"62000","side":%q,"size":%q,"timestamp":%q,"trade_id":"%d"}`,
		currency, fee, id, side, size, stampOf(id/2), id/2)
}

func stampOf(second int) string {
	return okcoin.FormatTime(market.Milli(1709294400000 + int64(second)*1000))
}

func TestFillsPairOverPages(t *testing.T) {
	base, _ := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
		signed(t, r)
		if got := r.URL.Query().Get("order_id"); got != "77" {
			t.Errorf("order_id: got %q", got)
		}
		reply(t, w, 200, page(r, 303, 2, fillRow))
	})
	c := newClient(t, base)
	fills, err := c.Fills(t.Context(), "BTC-USD", "77", 0)
	if err != nil || len(fills) != 151 {
		t.Fatalf("fills: got %d, %v, want 151", len(fills), err)
	}
	want := order.Fill{
		Instrument: "BTC-USD", ExchangeID: "77", ID: "151", Side: order.Buy, Maker: true,
		At: market.Milli(1709294551000), Price: num.MustPrice("62000"), Quantity: num.MustQuantity("0.5"),
		Fee: num.MustMoney("0.0005"), FeeCurrency: "BTC",
	}
	if fills[0] != want {
		t.Errorf("newest: got %+v, want %+v", fills[0], want)
	}
	since := market.Milli(1709294400000 + 120_000)
	fills, err = c.Fills(t.Context(), "BTC-USD", "77", since)
	if err != nil || len(fills) != 32 || fills[31].At != since {
		t.Errorf("since: got %d fills, %v, want 32", len(fills), err)
	}
}

func TestFillRowsThatDoNotPair(t *testing.T) {
	a, b := fillRow(21), fillRow(20)
	for name, rows := range map[string][]string{
		"half":               {a},
		"same currency":      {a, a},
		"same label":         {a, strings.Replace(b, `"sell"`, `"buy"`, 1)},
		"two prices":         {a, strings.Replace(b, `"62000"`, `"62001"`, 1)},
		"made and taken":     {a, strings.Replace(b, `"M"`, `"T"`, 1)},
		"fee on what we pay": {a, strings.Replace(b, `"fee":"0"`, `"fee":"-1"`, 1)},
		"third currency":     {a, strings.Replace(b, `"USD"`, `"EUR"`, 1)},
		"unknown liquidity":  {strings.Replace(a, `"M"`, `"X"`, 1), b},
		"no trade id":        {strings.Replace(a, `"trade_id":"10"`, `"trade_id":""`, 1), b},
		"other instrument":   {strings.Replace(a, "BTC-USD", "BTC-EUR", 1), b},
		"not rows":           {"7"},
	} {
		if fills, err := okcoin.PairFills([]byte("["+strings.Join(rows, ",")+"]"), "BTC-USD", 0); err == nil {
			t.Errorf("%s: got %+v, want an error", name, fills)
		}
	}
	rebate := strings.NewReplacer(`"-0.0005"`, `"0.0001"`).Replace(a)
	fills, err := okcoin.PairFills([]byte("["+b+","+rebate+"]"), "BTC-USD", 0)
	if err != nil || len(fills) != 1 || fills[0].Fee != num.MustMoney("-0.0001") {
		t.Errorf("rebate, given half first: got %+v, %v", fills, err)
	}
}

func TestBars(t *testing.T) {
	open := noon(t) // the candle that is not closed
	var windows []string
	base, _ := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		windows = append(windows, q.Get("start")[11:16]+" "+q.Get("end")[11:16]+" "+q.Get("granularity"))
		first, err1 := okcoin.ParseTime([]byte(q.Get("start")))
		last, err2 := okcoin.ParseTime([]byte(q.Get("end")))
		if err1 != nil || err2 != nil {
			t.Errorf("window %s: %v, %v", r.RequestURI, err1, err2)
		}
		oldest := open.Add(-300 * time.Minute) // the exchange keeps 300
		rows := []string{candleText(open)}     // and always adds the open one
		for at := last; at >= max(first, oldest); at = at.Add(-time.Minute) {
			rows = append(rows, candleText(at))
		}
		reply(t, w, 200, "["+strings.Join(rows, ",")+"]")
	})
	c := newClient(t, base)
	bars, err := c.Bars(t.Context(), market.Series{Instrument: "BTC-USD", Timeframe: market.Minute}, 250, open.Add(30*time.Second))
	if err != nil || len(bars) != 250 {
		t.Fatalf("bars: got %d, %v, want 250", len(bars), err)
	}
	for i, b := range bars {
		if want := open.Add(time.Duration(i-250) * time.Minute); b.Open != want {
			t.Fatalf("bar %d: got %s, want %s", i, b.Open, want)
		}
	}
	if diff := cmp.Diff([]string{"08:40 11:59 60", "07:50 08:39 60"}, windows); diff != "" {
		t.Errorf("windows (-want +got):\n%s", diff)
	}
	bars, err = c.Bars(t.Context(), market.Series{Instrument: "BTC-USD", Timeframe: market.Minute}, 1000, open)
	if err != nil || len(bars) != 300 {
		t.Errorf("more than is kept: got %d bars, %v, want 300", len(bars), err)
	}
	odd := market.Series{Instrument: "BTC-USD", Timeframe: 7 * market.Minute}
	if _, err := c.Bars(t.Context(), odd, 1, open); err == nil {
		t.Error("seven minutes: got no error")
	}
}

func candleText(at market.Time) string {
	b, err := json.Marshal([]string{okcoin.FormatTime(at), "100", "101.5", "99", "100.5", "3.25"})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestListsAndBalances(t *testing.T) {
	base, _ := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/spot/v3/instruments":
			reply(t, w, 200, `[{"base_currency":"BTC","quote_currency":"USD","instrument_id":"BTC-USD",`+
				`"min_size":"0.001","size_increment":"0.0001","tick_size":"0.01","category":"1"}]`)
		case "/api/spot/v3/accounts":
			signed(t, r)
			reply(t, w, 200, `[{"frozen":"1","hold":"1","id":"","currency":"USD","balance":"10.5","available":"9.5","holds":"1"}]`)
		default:
			reply(t, w, 400, `{"code":30032,"message":"The currency pair does not exist"}`)
		}
	})
	c := newClient(t, base)
	list, err := c.Instruments(t.Context())
	want := []market.Instrument{{
		ID: "BTC-USD", Base: "BTC", Quote: "USD",
		Tick: num.MustPrice("0.01"), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("0.001"),
	}}
	if len(list) != 1 || list[0] != want[0] || err != nil {
		t.Errorf("instruments: got %+v, %v, want %+v", list, err, want)
	}
	balances, err := c.Balances(t.Context())
	wantBalance := order.Balance{Currency: "USD", Total: num.MustMoney("10.5"), Available: num.MustMoney("9.5")}
	if len(balances) != 1 || balances[0] != wantBalance || err != nil {
		t.Errorf("balances: got %+v, %v, want %+v", balances, err, wantBalance)
	}
	if _, err := c.Time(t.Context()); err == nil || !strings.Contains(err.Error(), "30032") {
		t.Errorf("time: got %v, want the exchange's error", err)
	}
}
