package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
	"rulebot/exchange"
	"rulebot/exchange/okcoin"
	"rulebot/exchange/server"
	front "rulebot/exchange/server/okcoin"
)

// certified writes a certificate for this machine and its key, and returns the
// names of the files.
func certified(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// overheard is a front that notes which protocol each kind of request came by.
type overheard struct {
	server.Front
	mu     sync.Mutex
	protos map[string]string // by method, and path without ids
}

func (o *overheard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	what := r.Method + " " + r.URL.Path
	if strings.Contains(what, "/orders/") || strings.Contains(what, "/cancel_orders/") {
		what = what[:strings.LastIndexByte(what, '/')]
	}
	o.mu.Lock()
	o.protos[what] = r.Proto
	o.mu.Unlock()
	o.Front.ServeHTTP(w, r)
}

// only returns what was heard since it was last asked.
func (o *overheard) only() map[string]string {
	o.mu.Lock()
	defer o.mu.Unlock()
	got := o.protos
	o.protos = map[string]string{}
	return got
}

// secured runs a built-in exchange over TLS and returns where it is, beside a
// second door to it that knows no HTTP/2.
func secured(t *testing.T, cert, key string) (heard *overheard, both, old string) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	clock, err := server.NewWall(100)
	if err != nil {
		t.Fatal(err)
	}
	m := generated(1, 1, nil, 60)
	heard = &overheard{protos: map[string]string{}}
	x, err := server.New(server.Config{
		Instruments: m.instruments, Source: m.source, History: m.history, Clock: clock, StartNow: true,
		Accounts: []server.Account{{Name: tradingAccount, Balances: map[string]num.Money{"USD": num.MustMoney("1000")}}},
		Fees:     builtinFees(), Rules: front.Rules(),
		TLS: &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
		Front: func(x *server.Exchange) (server.Front, error) {
			f, err := front.New(front.Options{Accounts: builtinKeys(), Speed: 100})(x)
			heard.Front = f
			return heard, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	door := httptest.NewUnstartedServer(heard)
	door.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	door.StartTLS()
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
		door.Close()
	})
	return heard, x.Addr(), strings.TrimPrefix(door.URL, "https://")
}

func trusted(t *testing.T, cert string) *tls.Config {
	t.Helper()
	text, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

// TestProtocols: queries and market data come by HTTP/2 where it is offered and
// by HTTP/1.1 where not; what changes anything comes by HTTP/1.1 always, and so
// do the streams, all through one listener.
func TestProtocols(t *testing.T) {
	t.Parallel()
	cert, key := certified(t)
	heard, both, old := secured(t, cert, key)
	for address, query := range map[string]string{both: "HTTP/2.0", old: "HTTP/1.1"} {
		for name, want := range map[string]string{"queries": query, "orders": "HTTP/1.1"} {
			caller, err := exchange.NewQueryCaller(trusted(t, cert))
			if name == "orders" {
				caller, err = exchange.NewOrderCaller(trusted(t, cert))
			}
			if err != nil {
				t.Fatal(err)
			}
			resp, err := caller.Do(t.Context(), exchange.Call{Method: http.MethodGet, URL: "https://" + address + "/api/general/v3/time"})
			if err != nil || resp.Proto != want || resp.Status != http.StatusOK {
				t.Errorf("%s: got %d over %s, %v, want %s", name, resp.Status, resp.Proto, err, want)
			}
			caller.CloseIdle()
		}
		heard.only()
		talk(t, address, trusted(t, cert))
		want := map[string]string{
			"GET /api/spot/v3/instruments":    query,
			"GET /api/spot/v3/accounts":       query,
			"GET /api/spot/v3/orders":         query,
			"POST /api/spot/v3/orders":        "HTTP/1.1",
			"POST /api/spot/v3/cancel_orders": "HTTP/1.1",
			"GET /ws/v3":                      "HTTP/1.1",
		}
		if got := heard.only(); !maps.Equal(got, want) {
			t.Errorf("heard %v, want %v", got, want)
		}
	}
}

// talk has the adapter ask, place, cancel and listen.
func talk(t *testing.T, address string, conf *tls.Config) {
	t.Helper()
	ctx := t.Context()
	now := func() market.Time { return market.TimeOf(time.Now()) }
	keys := okcoin.Keys{Key: exchange.NewSecret("test-key"), Secret: exchange.NewSecret("test-secret"), Passphrase: exchange.NewSecret("test-pass")}
	client, err := okcoin.NewClient(okcoin.ClientConfig{Base: "https://" + address, TLS: conf, Keys: keys, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Instruments(ctx); err != nil {
		t.Error(err)
	}
	if _, err := client.Balances(ctx); err != nil {
		t.Error(err)
	}
	a := restsFar(t)
	r := client.Submit(ctx, a)
	if r.Class != order.Accepted {
		t.Fatalf("submit: got %+v", r)
	}
	o := a.Order()
	o.ExchangeID = r.ExchangeID
	if ev, err := client.Order(ctx, o, now()); err != nil || ev.State != order.Open {
		t.Errorf("order: got %+v, %v", ev, err)
	}
	if r := client.Cancel(ctx, o); r.Class != order.Accepted {
		t.Errorf("cancel: got %+v", r)
	}
	stream := okcoin.StreamConfig{Session: exchange.SessionConfig{URL: "wss://" + address + front.Path, TLS: conf}, Now: now}
	hears(t, okcoin.NewFeed(okcoin.FeedConfig{StreamConfig: stream, Instruments: []string{"BTC-USD"}}).Run)
	hears(t, okcoin.NewPrivate(okcoin.PrivateConfig{StreamConfig: stream, Keys: keys, Instruments: []string{"BTC-USD"}}).Run)
}

// restsFar is an order that nothing will reach.
func restsFar(t *testing.T) risk.Approved {
	t.Helper()
	o := order.Order{
		Intent: order.Intent{
			Strategy: "test", Rule: "test", Instrument: "BTC-USD", Side: order.Buy, TIF: order.GTC,
			Price: num.MustPrice("100"), Reference: num.MustPrice("100"), Quantity: num.MustQuantity("1"),
		},
		ClientID: order.IDs{Tag: order.Tag("test", "test"), Boot: uint64(time.Now().UnixNano()) & (1<<40 - 1)}.New(1),
	}
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
			Quote:      market.Quote{Bid: o.Price, Ask: num.MustPrice("101")}, BookValid: true,
		},
		Funds: risk.Funds{Available: num.MustMoney("1000")},
	})
	if no != nil {
		t.Fatalf("denied: %+v", no)
	}
	return a
}

// hears runs a stream until its link is up.
func hears(t *testing.T, run func(context.Context, func([]engine.Event)) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	up := false
	_ = run(ctx, func(events []engine.Event) { // the context's error
		if slices.ContainsFunc(events, func(ev engine.Event) bool { return ev.Kind == engine.KindLink && ev.Link.Up }) {
			up = true
			cancel()
		}
	})
	if !up {
		t.Error("the stream never came up")
	}
}

// TestRunOverTLS has a run find an exchange of its own program by its
// certificate, and refuse it without.
//
// Faults: NW-05.
func TestRunOverTLS(t *testing.T) {
	t.Parallel()
	cert, key := certified(t)
	line := served(t, "--tls-cert", cert, "--tls-key", key, "--speed", "100", "--seed", "3")
	if !strings.HasPrefix(line.REST, "https://") || !strings.HasPrefix(line.WS, "wss://") {
		t.Fatalf("ready line is %+v", line)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "secure.yaml")
	write := func(more string) {
		text := fmt.Sprintf(`version: 1
exchange:
  name: okcoin
  endpoint: {rest: "%s", ws: "%s"%s}
account: {alias: secure, balances: {USD: 100000}}
strategies:
  - name: once
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - {name: in, for: flat, when: close > 0, fire: while_true, do: {buy: {size: {quote: 1000}, type: market}}}
`, line.REST, line.WS, more)
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func() (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		var stderr bytes.Buffer
		stdout := &stopsAt{text: []byte(`"fill"`), stop: cancel}
		err := runRun(ctx, []string{"--live", "--json", "--speed", "100", "--config", config, "--state", filepath.Join(dir, "state")}, nil, stdout, &stderr)
		return stdout.all.String() + stderr.String(), err
	}
	write("")
	if said, err := run(); err == nil || !strings.Contains(err.Error(), "certificate signed by unknown authority") {
		t.Errorf("a stranger's certificate: got %v\n%s", err, said)
	}
	write(", ca: none.pem")
	if _, err := run(); err == nil || !strings.Contains(err.Error(), "exchange.endpoint.ca: ") {
		t.Errorf("no such file: got %v", err)
	}
	write(", ca: " + cert)
	if said, err := run(); err != nil || !strings.Contains(said, `"fill"`) {
		t.Errorf("got %v\n%s", err, said)
	}
}

// stopsAt is a writer that stops a run when a text was written.
type stopsAt struct {
	text []byte
	stop func()
	all  bytes.Buffer
}

func (s *stopsAt) Write(p []byte) (int, error) {
	if bytes.Contains(p, s.text) {
		s.stop()
	}
	return s.all.Write(p)
}
