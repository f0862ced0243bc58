package okcoin_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/okcoin"
)

// exact compares amounts, which hide what they are made of.
var exact = cmp.Options{
	cmp.Comparer(func(a, b num.Price) bool { return a == b }),
	cmp.Comparer(func(a, b num.Quantity) bool { return a == b }),
	cmp.Comparer(func(a, b num.Money) bool { return a == b }),
	cmp.Comparer(func(a, b num.Rate) bool { return a == b }),
}

func stamp(tb testing.TB, s string) market.Time {
	tb.Helper()
	at, err := okcoin.ParseTime([]byte(s))
	if err != nil {
		tb.Fatal(err)
	}
	return at
}

const (
	tickerText = `{"instrument_id":"BTC-USD","last":"51840.1","last_qty":"0.0006","best_ask":"51846.7","best_ask_size":"0.04177949",` +
		`"best_bid":51846.6,"best_bid_size":"0.00943893","open_24h":"50610.7","high_24h":"52617.9","low_24h":"50522.9",` +
		`"base_volume_24h":"8952.40823458","quote_volume_24h":"461411588.69765782","timestamp":"2021-02-18T07:15:38.435Z"}`
	ledgerText = `{"timestamp":"2019-03-18T07:26:50.000Z","ledger_id":"3995466151","created_at":"2019-03-18T07:26:50.000Z",` +
		`"currency":"BTC","amount":"-0.0009985","balance":"0.0049925","type":"trade",` +
		`"details":{"instrument_id":"BTC-USD","order_id":"2500723297813504","product_id":"BTC-USD"}}`
	statusText = `{"title":"Spot System Optimization","href":"","product_type":"1","status":"2",` +
		`"start_time":"2020-04-10T04:30:00.000Z","end_time":"2020-04-10T04:40:00.000Z"}`
	bookText = `{"asks":[["3993.2","0.41600068","1"],["3993.4","1.24807818",3]],"bids":[["3993","0.15149658","2"],[3992.8,"1.19046818","1"]],` +
		`"timestamp":"2019-03-20T03:55:37.888Z"}`
	feeText     = `{"category":"1","maker":"-0.0008","taker":"0.001","timestamp":"2021-03-14T10:56:06.349Z"}`
	printText   = `{"time":"2021-02-20T12:45:44.566Z","timestamp":"2021-02-20T12:45:44.566Z","trade_id":"7317150","price":"0.056681","size":"569.5578","side":"sell"}`
	accountText = `{"frozen":"0","hold":"1","id":"","currency":"BTC","balance":"3.5","available":"2.5","holds":"1"}`
)

func tickerWanted(tb testing.TB) okcoin.Ticker {
	return okcoin.Ticker{
		Instrument: "BTC-USD", At: stamp(tb, "2021-02-18T07:15:38.435Z"), Last: num.MustPrice("51840.1"),
		Quote: market.Quote{
			Bid: num.MustPrice("51846.6"), Ask: num.MustPrice("51846.7"),
			BidSize: num.MustQuantity("0.00943893"), AskSize: num.MustQuantity("0.04177949"),
		},
		Open: num.MustPrice("50610.7"), High: num.MustPrice("52617.9"), Low: num.MustPrice("50522.9"),
		Volume: num.MustQuantity("8952.40823458"), Turnover: num.MustMoney("461411588.69765782"),
	}
}

// TestCalls states what each call asks for and what it makes of the reply.
func TestCalls(t *testing.T) {
	depth := market.Depth{
		Bids: []market.Level{{Price: num.MustPrice("3993"), Size: num.MustQuantity("0.15149658")}, {Price: num.MustPrice("3992.8"), Size: num.MustQuantity("1.19046818")}},
		Asks: []market.Level{{Price: num.MustPrice("3993.2"), Size: num.MustQuantity("0.41600068")}, {Price: num.MustPrice("3993.4"), Size: num.MustQuantity("1.24807818")}},
	}
	balance := order.Balance{Currency: "BTC", Total: num.MustMoney("3.5"), Available: num.MustMoney("2.5")}
	entry := okcoin.Entry{
		ID: "3995466151", At: stamp(t, "2019-03-18T07:26:50Z"), Currency: "BTC", Kind: "trade",
		Amount: num.MustMoney("-0.0009985"), Balance: num.MustMoney("0.0049925"), ExchangeID: "2500723297813504", Instrument: "BTC-USD",
	}
	told := okcoin.Print{At: stamp(t, "2021-02-20T12:45:44.566Z"), Trade: market.Trade{ID: 7317150, Price: num.MustPrice("0.056681"), Size: num.MustQuantity("569.5578")}}
	open := order.Evidence{
		Source: order.FromList, Instrument: "BTC-USD", ClientID: ours, ExchangeID: "77", State: order.Open, Side: order.Buy,
		Price: num.MustPrice("62000.1"), Quantity: num.MustQuantity("0.025"), Filled: num.MustQuantity("0.01"),
	}
	for _, c := range []struct {
		name, target, reply string
		signed              bool
		call                func(*okcoin.Client) (any, error)
		want                any
	}{
		{"book", "/api/spot/v3/instruments/BTC-USD/book?size=200", bookText, false, func(c *okcoin.Client) (any, error) {
			d, at, err := c.Book(t.Context(), "BTC-USD", 500)
			return okcoin.DepthAt{Depth: d, At: at}, err
		}, okcoin.DepthAt{Depth: depth, At: stamp(t, "2019-03-20T03:55:37.888Z")}},
		{"ticker", "/api/spot/v3/instruments/BTC-USD/ticker", tickerText, false, func(c *okcoin.Client) (any, error) {
			return c.Ticker(t.Context(), "BTC-USD")
		}, tickerWanted(t)},
		{"tickers", "/api/spot/v3/instruments/ticker", "[" + tickerText + "]", false, func(c *okcoin.Client) (any, error) {
			return c.Tickers(t.Context())
		}, []okcoin.Ticker{tickerWanted(t)}},
		{"trades", "/api/spot/v3/instruments/BTC-USD/trades?limit=60", "[" + printText + "]", false, func(c *okcoin.Client) (any, error) {
			return c.Trades(t.Context(), "BTC-USD", 100)
		}, []okcoin.Print{told}},
		{"balance", "/api/spot/v3/accounts/BTC", accountText, true, func(c *okcoin.Client) (any, error) {
			return c.Balance(t.Context(), "BTC")
		}, balance},
		{"wallet", "/api/account/v3/wallet", "[" + accountText + "]", true, func(c *okcoin.Client) (any, error) {
			return c.Wallet(t.Context())
		}, []order.Balance{balance}},
		{"ledger", "/api/spot/v3/accounts/BTC/ledger?after=12&limit=100", "[" + ledgerText + "]", true, func(c *okcoin.Client) (any, error) {
			return c.Ledger(t.Context(), "BTC", okcoin.Page{After: "12"})
		}, []okcoin.Entry{entry}},
		{"ledger, newer", "/api/spot/v3/accounts/BTC/ledger?before=12&limit=5", "[]", true, func(c *okcoin.Client) (any, error) {
			return c.Ledger(t.Context(), "BTC", okcoin.Page{Before: "12", Limit: 5})
		}, []okcoin.Entry(nil)},
		{"fee", "/api/spot/v3/trade_fee?instrument_id=BTC-USD", feeText, true, func(c *okcoin.Client) (any, error) {
			return c.TradeFee(t.Context(), "BTC-USD")
		}, okcoin.Fees{At: stamp(t, "2021-03-14T10:56:06.349Z"), Maker: num.MustRate("-0.0008"), Taker: num.MustRate("0.001")}},
		{"status", "/api/system/v3/status", "[" + statusText + "]", false, func(c *okcoin.Client) (any, error) {
			return c.Status(t.Context())
		}, []okcoin.Maintenance{{
			Title: "Spot System Optimization", Phase: okcoin.Over, Product: 1,
			Start: stamp(t, "2020-04-10T04:30:00Z"), End: stamp(t, "2020-04-10T04:40:00Z"),
		}}},
		{"orders", "/api/spot/v3/orders?after=99&instrument_id=BTC-USD&limit=100&state=6", "[" + orderBody(77, ours, "0") + "]", true, func(c *okcoin.Client) (any, error) {
			return c.Orders(t.Context(), "BTC-USD", okcoin.AllOpen, okcoin.Page{After: "99"})
		}, []order.Evidence{open}},
		{"order by the exchange's id", "/api/spot/v3/orders/77?instrument_id=BTC-USD", orderBody(77, ours, "0"), true, func(c *okcoin.Client) (any, error) {
			ev, err := c.Order(t.Context(), order.Order{ExchangeID: "77", Intent: order.Intent{Instrument: "BTC-USD"}}, 0)
			ev.Source = order.FromList
			return ev, err
		}, open},
		{"time, as a number", "/api/general/v3/time", `{"epoch":1420674445.201}`, false, func(c *okcoin.Client) (any, error) {
			return c.Time(t.Context())
		}, stamp(t, "2015-01-07T23:47:25.201Z")},
	} {
		base, _ := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || r.RequestURI != c.target {
				t.Errorf("%s: got %s %s, want %s", c.name, r.Method, r.RequestURI, c.target)
			}
			if c.signed {
				signed(t, r)
			} else if r.Header.Get("OK-ACCESS-KEY") != "" {
				t.Errorf("%s: a public call shows our key", c.name)
			}
			reply(t, w, 200, c.reply)
		})
		got, err := c.call(newClient(t, base))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, got, exact); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		refuses(t, c.name, c.call)
	}
}

// refuses wants a call to be an error when the reply is one, whatever its
// status, and when it is about something else.
func refuses(t *testing.T, name string, call func(*okcoin.Client) (any, error)) {
	t.Helper()
	for status, body := range map[int]string{
		200: `{"code":30032,"message":"The currency pair does not exist"}`, 400: `{"error_code":"30024","error_message":"x","code":30024}`,
		503: `{"message":"name resolution failed"}`, 502: "<html>", 201: "[]", 404: "", 429: "",
	} {
		base, _ := fakeREST(t, func(w http.ResponseWriter, r *http.Request) { reply(t, w, status, body) })
		if got, err := call(newClient(t, base)); err == nil {
			t.Errorf("%s: %d %s: got %+v, want an error", name, status, body, got)
		}
	}
}

func TestRepliesThatAreRefused(t *testing.T) {
	for _, c := range []struct{ kind, good, old, bad string }{
		{"book", bookText, `"3993.2"`, `"3993.5"`},
		{"book", bookText, `"0.15149658"`, `"0"`},
		{"book", bookText, `"3993.2"`, `"1e3"`},
		{"book", bookText, `"asks"`, `"sells"`},
		{"book", bookText, `"timestamp"`, `"time"`},
		{"ticker", tickerText, `"51840.1"`, `""`},
		{"ticker", tickerText, `"51846.7"`, `"-1"`},
		{"ticker", tickerText, `"BTC-USD"`, `null`},
		{"ticker", tickerText, `"8952.40823458"`, `[]`},
		{"trades", "[" + printText + "]", `"sell"`, `"short"`},
		{"trades", "[" + printText + "]", `"569.5578"`, `"0"`},
		{"trades", "[" + printText + "]", `"7317150"`, `"seven"`},
		{"ledger", "[" + ledgerText + "]", `"trade"`, `""`},
		{"ledger", "[" + ledgerText + "]", `{"instrument_id":"BTC-USD","order_id":"2500723297813504","product_id":"BTC-USD"}`, `7`},
		{"fee", feeText, `"0.001"`, `"1.1"`},
		{"fee", feeText, `"-0.0008"`, `"none"`},
		{"status", "[" + statusText + "]", `"status":"2"`, `"status":"3"`},
		{"status", "[" + statusText + "]", `"2020-04-10T04:40:00.000Z"`, `"2020-04-10T04:20:00.000Z"`},
		{"time", `{"iso":"2015-01-07T23:47:25.201Z","epoch":1420674445.201}`, `1420674445`, `1420674447`},
		{"time", `{"iso":"","epoch":"1613638244.924"}`, `"1613638244.924"`, `"1613638244924"`},
	} {
		if _, err := okcoin.Decode(c.kind, []byte(c.good)); err != nil {
			t.Errorf("%s: %v", c.kind, err)
		}
		if !strings.Contains(c.good, c.old) {
			t.Errorf("%s: no %s to replace", c.kind, c.old)
		}
		if got, err := okcoin.Decode(c.kind, []byte(strings.Replace(c.good, c.old, c.bad, 1))); err == nil {
			t.Errorf("%s with %s: got %+v, want an error", c.kind, c.bad, got)
		}
	}
}

// TestRecordedReplies reads every recorded or documented reply there is.
func TestRecordedReplies(t *testing.T) {
	for name, kind := range map[string]string{
		"book.documented": "book", "ticker.okex-2021.recorded": "ticker", "tickers.okex-2019.recorded": "tickers",
		"trades.okex-2021.recorded": "trades", "ledger.documented": "ledger", "system-status.documented": "status",
		"account-by-currency.documented": "balance",
	} {
		if _, err := okcoin.Decode(kind, sample(t, "rest/"+name+".json")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, kind := range map[string]string{"general-time": "time", "trade-fee": "fee"} {
		var variants map[string]json.RawMessage
		if err := json.Unmarshal(sample(t, "rest/"+name+".json"), &variants); err != nil || len(variants) != 2 {
			t.Fatalf("%s: %d variants, %v", name, len(variants), err)
		}
		for variant, text := range variants {
			if _, err := okcoin.Decode(kind, text); err != nil {
				t.Errorf("%s %s: %v", name, variant, err)
			}
		}
	}
}

// FuzzReplies: a reply is decoded or refused, and what is decoded keeps to the
// ranges that its type promises.
func FuzzReplies(f *testing.F) {
	kinds := []string{"book", "ticker", "tickers", "trades", "ledger", "fee", "status", "time", "balance"}
	for i, s := range []string{bookText, tickerText, "[" + tickerText + "]", "[" + printText + "]", "[" + ledgerText + "]", feeText, "[" + statusText + "]", `{"iso":"2015-01-07T23:47:25.201Z","epoch":1420674445.201}`, accountText} {
		f.Add(i, []byte(s))
	}
	f.Fuzz(func(t *testing.T, i int, text []byte) {
		got, err := okcoin.Decode(kinds[uint(i)%uint(len(kinds))], text)
		if err != nil {
			return
		}
		switch got := got.(type) {
		case okcoin.DepthAt:
			for i := range got.Depth.Bids[:max(0, len(got.Depth.Bids)-1)] {
				if got.Depth.Bids[i].Price.Cmp(got.Depth.Bids[i+1].Price) <= 0 {
					t.Errorf("bids %v", got.Depth.Bids)
				}
			}
		case okcoin.Ticker:
			if got.Last.Sign() < 0 || got.Instrument == "" {
				t.Errorf("got %+v", got)
			}
		case []okcoin.Print:
			for _, p := range got {
				if p.Trade.Price.Sign() <= 0 || p.Trade.Size.Sign() <= 0 {
					t.Errorf("got %+v", p)
				}
			}
		case []okcoin.Entry:
			for _, e := range got {
				if e.ID == "" || e.Currency == "" {
					t.Errorf("got %+v", e)
				}
			}
		}
	})
}
