package okx_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/okx"
)

// TestPlaces: hosts, streams and the mark of demo trading go together.
func TestPlaces(t *testing.T) {
	for _, c := range []struct{ region, environment, rest, private string }{
		{"global", "live", "https://openapi.okx.com", "wss://ws.okx.com:8443/ws/v5/private"},
		{"global", "demo", "https://openapi.okx.com", "wss://wspap.okx.com:8443/ws/v5/private"},
		{"us", "demo", "https://us.okx.com", "wss://wsuspap.okx.com:8443/ws/v5/private"},
		{"eea", "live", "https://eea.okx.com", "wss://wseea.okx.com:8443/ws/v5/private"},
		{"okcoin", "live", "https://www.okcoin.com", "wss://real.okcoin.com:8443/ws/v5/private"},
	} {
		p, err := okx.PlaceOf(c.region, c.environment)
		if err != nil || p.REST != c.rest || p.Private != c.private || p.Demo != (c.environment == "demo") || p.Check() != nil {
			t.Errorf("%s %s: got %+v, %v, %v", c.region, c.environment, p, err, p.Check())
		}
		for name, mixed := range map[string]func(*okx.Place){
			"another's stream": func(p *okx.Place) { p.Private = "wss://wsother.okx.com:8443/ws/v5/private" },
			"another's host":   func(p *okx.Place) { p.REST = "https://other.okx.com" },
			"another's mark":   func(p *okx.Place) { p.Demo = !p.Demo },
		} {
			q := p
			mixed(&q)
			if q.Check() == nil {
				t.Errorf("%s %s, %s: got no error", c.region, c.environment, name)
			}
		}
	}
	for _, c := range [][2]string{{"mars", "live"}, {"us", "paper"}, {"okcoin", "demo"}} {
		if _, err := okx.PlaceOf(c[0], c[1]); err == nil {
			t.Errorf("%s: got no error", c)
		}
	}
}

// asked is a request as a server saw it.
type asked struct {
	line, body string
	header     http.Header
}

// client returns a client in demo trading, and what its exchange is asked.
func client(t *testing.T, answers map[string]string) (*okx.Client, *[]asked) {
	t.Helper()
	var seen []asked
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		seen = append(seen, asked{r.Method + " " + r.URL.String(), string(body), r.Header})
		if _, err := io.WriteString(w, answers[r.URL.Path]); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	place, err := okx.At("demo", s.URL, "ws://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	at := market.TimeOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	c, err := okx.NewClient(okx.ClientConfig{Place: place, Keys: documented(), Tag: "bot1", Now: func() market.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, &seen
}

func TestCancelNamesItsOrder(t *testing.T) {
	c, seen := client(t, map[string]string{
		"/api/v5/trade/cancel-order": `{"code":"0","msg":"","data":[{"ordId":"7","clOrdId":"ra","sCode":"0","sMsg":""}]}`,
	})
	got := c.Cancel(t.Context(), order.Order{Intent: order.Intent{Instrument: "BTC-USDT"}, ClientID: "ra", ExchangeID: "7"})
	if got.Class != order.Accepted {
		t.Errorf("got %+v", got)
	}
	if a := (*seen)[0]; a.body != `{"instId":"BTC-USDT","ordId":"7"}` || a.header.Get("X-Simulated-Trading") != "1" {
		t.Errorf("asked %+v", a)
	}
}

// TestSubmit: an order has a limit, and expires five seconds after it left.
func TestSubmit(t *testing.T) {
	c, seen := client(t, map[string]string{
		"/api/v5/trade/order": `{"code":"0","msg":"","data":[{"ordId":"7","clOrdId":"ra","sCode":"0","sMsg":""}]}`,
	})
	o := order.Order{ClientID: "ra", Intent: order.Intent{
		Instrument: "BTC-USDT", Side: order.Buy, TIF: order.PostOnly, Price: num.MustPrice("100.5"), Quantity: num.MustQuantity("0.01"),
	}}
	if got := c.SubmitAny(t.Context(), o); got.Class != order.Accepted || got.ExchangeID != "7" {
		t.Errorf("got %+v", got)
	}
	a := (*seen)[0]
	const want = `{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"post_only","px":"100.5","sz":"0.01",` +
		`"clOrdId":"ra","tag":"bot1"}`
	if a.body != want || a.header.Get("Exptime") != "1767225605000" || a.header.Get("X-Simulated-Trading") != "1" {
		t.Errorf("asked %+v, want %s", a, want)
	}
	for name, spoil := range map[string]func(*order.Order){
		"id with a dash": func(o *order.Order) { o.ClientID = "a-b" },
		"id of digits":   func(o *order.Order) { o.ClientID = "12" },
		"no price":       func(o *order.Order) { o.Price = num.Price{} },
		"no time":        func(o *order.Order) { o.TIF = 0 },
	} {
		bad := o
		spoil(&bad)
		if got := c.SubmitAny(t.Context(), bad); got.Class != order.NotSent || len(*seen) != 1 {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestMissingOrder(t *testing.T) {
	c, _ := client(t, map[string]string{"/api/v5/trade/order": `{"code":"51603","msg":"Order does not exist","data":[]}`})
	ev, err := c.Order(t.Context(), order.Order{Intent: order.Intent{Instrument: "BTC-USDT"}, ClientID: "ra"}, 5)
	if err != nil || !ev.Missing || ev.Asked != 5 {
		t.Errorf("got %+v, %v", ev, err)
	}
}

func TestBarsAreClosed(t *testing.T) {
	c, seen := client(t, map[string]string{"/api/v5/market/candles": `{"code":"0","msg":"","data":[` +
		`["1767225540000","3","4","2","3","7","1","1","0"],["1767225480000","3","4","2","3","8","1","1","1"]]}`})
	until := market.TimeOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	bars, err := c.Bars(context.Background(), market.Series{Instrument: "BTC-USDT", Timeframe: market.Minute}, 1, until)
	if err != nil || len(bars) != 1 || bars[0].Volume.String() != "8" {
		t.Errorf("got %+v, %v", bars, err)
	}
	if line := (*seen)[0].line; !strings.Contains(line, "bar=1m") || !strings.Contains(line, "after=1767225540001") {
		t.Errorf("asked %s", line)
	}
}

// TestAccountIsSafe: which keys and accounts are refused.
func TestAccountIsSafe(t *testing.T) {
	for name, c := range map[string]struct {
		perm, mode, loan string
		refused          bool
	}{
		"trades":         {"read_only,trade", "1", "false", false},
		"futures mode":   {"read_only, trade", "2", "false", false},
		"takes money":    {"read_only,withdraw,trade", "1", "false", true},
		"reads only":     {"read_only", "1", "false", true},
		"margin":         {"trade", "3", "false", true},
		"borrows itself": {"trade", "1", "true", true},
	} {
		v, err := okx.Reply("account", []byte(`{"code":"0","msg":"","data":[{"acctLv":"`+c.mode+`","autoLoan":`+c.loan+
			`,"enableSpotBorrow":false,"feeType":"0","level":"Lv1","ip":"","perm":"`+c.perm+`"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		a, _ := v.(okx.Account)
		warnings, err := a.Check(false)
		if (err != nil) != c.refused || len(warnings) != 1 {
			t.Errorf("%s: got %v, %q", name, err, warnings)
		}
		if warnings, err := a.Check(true); name == "takes money" && (err != nil || len(warnings) != 2) {
			t.Errorf("%s, by a person's own word: got %v, %q", name, err, warnings)
		}
	}
}

// TestDocumented: each documented answer is read, or refused for what it is.
func TestDocumented(t *testing.T) {
	for file, c := range map[string]struct{ kind, refused string }{
		"system-time": {kind: "time"}, "account-config": {kind: "account"}, "balance": {kind: "balance"},
		"trade-fee": {kind: "fee"}, "system-status": {kind: "status"}, "fills": {kind: "fills"},
		"order-details": {kind: "orders"}, "orders-pending": {kind: "orders"}, "orders-history": {kind: "orders"},
		"algo-pending": {kind: "stops"}, "account-instruments": {kind: "instruments"}, "books": {kind: "book"},
	} {
		var list []struct {
			Label string
			JSON  json.RawMessage
		}
		if err := json.Unmarshal(sample(t, "documented/"+file+".json"), &list); err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			if strings.HasPrefix(s.Label, "Request") {
				continue
			}
			if _, err := okx.Reply(c.kind, s.JSON); err != nil && (c.refused == "" || !strings.Contains(err.Error(), c.refused)) {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	for _, name := range []string{"okx-instruments-spot-2022-05", "okcoin-v5-instruments-spot-2023-05"} {
		v, err := okx.Reply("instruments", sample(t, "recorded/"+name+".json"))
		if list, _ := v.([]market.Instrument); err != nil || len(list) == 0 {
			t.Errorf("%s: %d instruments, %v", name, len(list), err)
		}
	}
}
