package okcoin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/okcoin"
)

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

// TestOpenOrdersReadsEveryPage, faults: OU-20.
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

// fillRow is row id of a ledger in which 2k and 2k+1 are the halves of trade k.
func fillRow(id int) string { return halfRow(id, id/2, id%2 == 0, id/2) }

// halfRow is a row of a ledger: what was received or what was given in a trade.
func halfRow(id, trade int, given bool, second int) string {
	currency, size, side, fee := "BTC", "0.5", "buy", "-0.0005"
	if given {
		currency, size, side, fee = "USD", "31000", "sell", "0"
	}
	return fmt.Sprintf(`{"currency":%q,"exec_type":"M","fee":%q,"instrument_id":"BTC-USD","ledger_id":"%d",`+
		`"order_id":"77","price":"62000","side":%q,"size":%q,"timestamp":%q,"trade_id":"%d"}`,
		currency, fee, id, side, size, stampOf(second), trade)
}

func stampOf(second int) string {
	return okcoin.FormatTime(market.Milli(1709294400000 + int64(second)*1000))
}

// TestFillsPairOverPages, faults: OU-11.
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

// sweepRow is row id of the ledger of an order that took n resting orders in
// one millisecond: the halves of its fills interleave, so that every page but
// the last ends between the halves of one.
func sweepRow(id, n int) string {
	switch {
	case id == 2*n:
		return halfRow(id, n, false, 7)
	case id == 1:
		return halfRow(id, 1, true, 7)
	case id%2 == 1:
		return halfRow(id, id/2, false, 7)
	}
	return halfRow(id, id/2+1, true, 7)
}

// TestFillsWhoseHalvesPagesPart: the rows of all pages are put together before
// they are paired, so every fill comes once, whatever page its halves are on.
//
// Faults: OU-11.
func TestFillsWhoseHalvesPagesPart(t *testing.T) {
	for _, n := range []int{1, 49, 50, 51, 100, 101, 151} {
		base, requests := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
			reply(t, w, 200, page(r, 2*n, 1, func(id int) string { return sweepRow(id, n) }))
		})
		at := market.Milli(1709294400000 + 7000)
		fills, err := newClient(t, base).Fills(t.Context(), "BTC-USD", "77", at)
		if err != nil {
			t.Errorf("%d fills: %v", n, err)
			continue
		}
		times := make(map[string]int)
		for i := range fills {
			f := &fills[i]
			times[f.ID]++
			if f.At != at || f.Side != order.Buy || f.Quantity != num.MustQuantity("0.5") || f.Fee != num.MustMoney("0.0005") || f.FeeCurrency != "BTC" {
				t.Errorf("%d fills: got %+v", n, f)
			}
		}
		for id := 1; id <= n; id++ {
			if got := times[strconv.Itoa(id)]; got != 1 || len(fills) != n {
				t.Fatalf("%d fills: got %d, number %d of them %d times", n, len(fills), id, got)
			}
		}
		if want := int64(2*n/100 + 1); requests.Load() != want {
			t.Errorf("%d fills: got %d requests, want %d", n, requests.Load(), want)
		}
	}
}

// TestListsInPart: what was read before an error comes with it, and nothing
// that is not whole.
//
// Faults: OU-11, OU-20.
func TestListsInPart(t *testing.T) {
	const last = 151
	base, _ := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
		row := func(id int) string { return sweepRow(id, last) }
		if strings.HasSuffix(r.URL.Path, "orders_pending") {
			row = func(id int) string { return orderBody(id, "", "0") }
		}
		body := page(r, 2*last, 1, row)
		if r.URL.Query().Get("after") != "" {
			body = strings.Replace(body, `"BTC-USD"`, `"ETH-USD"`, 99) // all but the last row
		}
		reply(t, w, 200, body)
	})
	c := newClient(t, base)
	if list, err := c.OpenOrders(t.Context(), "BTC-USD"); err == nil || len(list) != 100 {
		t.Errorf("open orders: got %d, %v; want those of the first page and an error", len(list), err)
	}
	fills, err := c.Fills(t.Context(), "BTC-USD", "77", 0)
	if err == nil || len(fills) != 49 || fills[0].ID != "151" || fills[48].ID != "103" {
		t.Errorf("fills: got %d, %v; want those whose halves are both on the first page and an error", len(fills), err)
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
	fills, err := okcoin.PairFills([]byte("["+fillRow(23)+","+a+","+fillRow(22)+"]"), "BTC-USD", 0)
	if err == nil || len(fills) != 1 || fills[0].ID != "11" {
		t.Errorf("a half beside a whole one: got %+v, %v", fills, err)
	}
	rebate := strings.NewReplacer(`"-0.0005"`, `"0.0001"`).Replace(a)
	fills, err = okcoin.PairFills([]byte("["+b+","+rebate+"]"), "BTC-USD", 0)
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
		case "/api/spot/v3/accounts/BTC":
			reply(t, w, 200, `{"frozen":"0","hold":"0","id":"","currency":"BTC","balance":"0","available":"0","holds":"0"}`)
		case "/api/spot/v3/accounts/XYZ":
			reply(t, w, 400, `{"code":30031,"message":"The currency does not exist"}`)
		case "/api/spot/v3/accounts/ETH":
			reply(t, w, 503, "")
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
	// What the list leaves out is asked for.
	//
	// Faults: AC-07.
	balances, err = c.Balances(t.Context(), "USD", "BTC", "XYZ")
	if diff := cmp.Diff([]order.Balance{wantBalance, {Currency: "BTC"}}, balances, exact); diff != "" || err != nil {
		t.Errorf("balances with what is zero: %v (-want +got):\n%s", err, diff)
	}
	if balances, err = c.Balances(t.Context(), "ETH"); len(balances) != 1 || err == nil {
		t.Errorf("balances of which one is not answered: got %+v, %v", balances, err)
	}
	if _, err := c.Time(t.Context()); err == nil || !strings.Contains(err.Error(), "30032") {
		t.Errorf("time: got %v, want the exchange's error", err)
	}
}

// TestBarPageBounds states what one call may ask for.
func TestBarPageBounds(t *testing.T) {
	base, _ := fakeREST(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "[]") })
	c := newClient(t, base)
	for _, b := range []struct {
		tf   market.Timeframe
		last time.Duration
		ok   bool
	}{
		{market.Minute, 0, true},
		{market.Minute, (okcoin.BarPageMax - 1) * time.Minute, true},
		{market.Minute, okcoin.BarPageMax * time.Minute, false},
		{market.Minute, -time.Minute, false},
		{7 * market.Minute, 0, false},
	} {
		_, err := c.BarPage(t.Context(), market.Series{Instrument: "BTC-USD", Timeframe: b.tf}, 0, market.Time(b.last))
		if (err == nil) != b.ok {
			t.Errorf("%s, last after %s: got %v, want ok %v", b.tf, b.last, err, b.ok)
		}
	}
}
