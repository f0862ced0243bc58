package okcoin_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

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
//
// Faults: OE-05 OE-07 OE-17 NW-07 NW-08.
func TestWriteFaults(t *testing.T) {
	const full = `{"client_oid":"rab1c2d3","error_code":"0","order_id":"77","result":true}`
	hang := func(w http.ResponseWriter) net.Conn {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
		}
		return conn
	}
	var giveUp context.CancelFunc
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
		{"slow", func(_ http.ResponseWriter, r *http.Request) {
			giveUp() // as a deadline does
			<-r.Context().Done()
		}},
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
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			giveUp = cancel
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

// TestNoConnectionIsNotSent, faults: NW-04.
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
//
// Faults: OE-06.
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

// TestRateComplaintClosesTheCall, faults: OE-12.
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

// TestBannedAddressAsksNothing: a page of the gateway instead of an answer
// closes every call, those of instruments that were not traded yet as well.
//
// Faults: OE-13.
func TestBannedAddressAsksNothing(t *testing.T) {
	for name, status := range map[string]int{"forbidden": 403, "teapot": 418} {
		t.Run(name, func(t *testing.T) {
			base, requests := fakeREST(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "600")
				reply(t, w, status, "<html>Access denied</html>")
			})
			c := newClient(t, base)
			if got := okcoin.SubmitOrder(t.Context(), c, testOrder()); got.Class != order.Unknown {
				t.Errorf("first: got %+v, want unknown", got)
			}
			other := testOrder()
			other.Instrument = "ETH-USD"
			for _, o := range []order.Order{testOrder(), other} {
				if got := okcoin.SubmitOrder(t.Context(), c, o); got.Class != order.NotSent || !strings.Contains(got.Message, "free in 10m") && !strings.Contains(got.Message, "free in 9m") {
					t.Errorf("submit in %s: got %+v, want not sent and why", o.Instrument, got)
				}
				if got := c.Cancel(t.Context(), o); got.Class != order.NotSent {
					t.Errorf("cancel in %s: got %+v, want not sent", o.Instrument, got)
				}
			}
			if _, err := c.Instruments(t.Context()); !errors.Is(err, exchange.ErrRate) {
				t.Errorf("a question: got %v", err)
			}
			if requests.Load() != 1 {
				t.Errorf("got %d requests, want 1", requests.Load())
			}
		})
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
