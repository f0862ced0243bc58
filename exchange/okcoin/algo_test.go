package okcoin_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
	"rulebot/exchange/okcoin"
)

func price(s string) num.Price       { return num.MustPrice(s) }
func quantity(s string) num.Quantity { return num.MustQuantity(s) }
func rate(s string) num.Rate         { return num.MustRate(s) }

// algoCases are the manual's requests and what asks for them.
func algoCases() map[string]struct {
	side  order.Side
	size  string
	price string // approved
	terms okcoin.Terms
} {
	return map[string]struct {
		side  order.Side
		size  string
		price string
		terms okcoin.Terms
	}{
		"place_request_trigger": {order.Sell, "0.0050", "7500", okcoin.Terms{
			Kind: okcoin.Trigger, Stop: okcoin.Leg{Trigger: price("8000.0"), Price: price("7500.00")},
		}},
		"place_request_trail": {order.Sell, "0.005", "1", okcoin.Terms{
			Kind: okcoin.Trail, Stop: okcoin.Leg{Trigger: price("10700.90"), Market: true}, Callback: rate("0.0100"),
		}},
		"place_request_iceberg": {order.Buy, "10", "10500", okcoin.Terms{
			Kind: okcoin.Iceberg, Variance: rate("0.001"), Part: quantity("1"), Limit: price("10500"),
		}},
		"place_request_twap": {order.Buy, "10", "10800", okcoin.Terms{
			Kind: okcoin.TimeWeighted, Range: rate("0.01"), Ratio: rate("0.5"), Part: quantity("1"), Limit: price("10800"), Interval: 10 * time.Second,
		}},
		"place_request_tpsl_later_versions": {order.Sell, "0.1", "8990", okcoin.Terms{
			Kind: okcoin.Pair,
			Take: okcoin.Leg{Trigger: price("12000"), Price: price("11990")}, Stop: okcoin.Leg{Trigger: price("9000"), Price: price("8990")},
		}},
	}
}

// TestAlgoRequests: each kind asks in the manual's words, and its answer is
// read; and no price leaves that is worse than the approved one.
func TestAlgoRequests(t *testing.T) {
	var manual map[string]map[string]any
	if err := json.Unmarshal(sample(t, "rest/algo.documented.json"), &manual); err != nil {
		t.Fatal(err)
	}
	var got string
	base, requests := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Method + r.RequestURI + signed(t, r)
		reply(t, w, 200, `{"algo_id":329967,"error_message":"","error_code":"0","result":true}`)
	})
	c := newClient(t, base)
	for name, ask := range algoCases() {
		o := order.Order{Intent: order.Intent{Instrument: "BTC-USDT", Side: ask.side, Quantity: quantity(ask.size), Price: price(ask.price)}}
		if r := okcoin.PlaceAlgo(t.Context(), c, o, ask.terms); r != (order.Result{Class: order.Accepted, ExchangeID: "329967"}) {
			t.Errorf("%s: got %+v", name, r)
		}
		body, ours := strings.CutPrefix(got, "POST/api/spot/v3/order_algo")
		var sent map[string]any
		if err := json.Unmarshal([]byte(body), &sent); err != nil || !ours {
			t.Fatalf("%s: sent %s: %v", name, got, err)
		}
		if diff := cmp.Diff(manual[name], sent); diff != "" {
			t.Errorf("%s (-manual +got):\n%s", name, diff)
		}
		before := requests.Load()
		worse := o
		worse.Price = map[order.Side]num.Price{order.Buy: price("10000"), order.Sell: price("20000")}[ask.side]
		r := okcoin.PlaceAlgo(t.Context(), c, worse, ask.terms)
		if ask.terms.Kind != okcoin.Trail && (r.Class != order.NotSent || requests.Load() != before) {
			t.Errorf("%s, approved at %s only: got %+v", name, worse.Price, r)
		}
	}
}

func TestAlgosThatAreNotSent(t *testing.T) {
	base, requests := fakeREST(t, func(w http.ResponseWriter, _ *http.Request) { reply(t, w, 200, "{}") })
	c := newClient(t, base)
	if r := c.PlaceAlgo(t.Context(), risk.Approved{}, okcoin.Terms{}); r.Class != order.NotSent {
		t.Errorf("the zero approval: got %+v", r)
	}
	sell := order.Order{Intent: order.Intent{Instrument: "BTC-USD", Side: order.Sell, Quantity: quantity("1"), Price: price("1")}}
	buy := sell
	buy.Side = order.Buy
	leg, market := okcoin.Leg{Trigger: price("10"), Price: price("9")}, okcoin.Leg{Trigger: price("10"), Market: true}
	for name, ask := range map[string]struct {
		o order.Order
		t okcoin.Terms
	}{
		"no kind":              {sell, okcoin.Terms{Stop: leg}},
		"an unknown kind":      {sell, okcoin.Terms{Kind: 6, Stop: leg}},
		"no trigger":           {sell, okcoin.Terms{Kind: okcoin.Trigger, Stop: okcoin.Leg{Price: price("9")}}},
		"no price":             {sell, okcoin.Terms{Kind: okcoin.Trigger, Stop: okcoin.Leg{Trigger: price("9")}}},
		"half a pair":          {sell, okcoin.Terms{Kind: okcoin.Pair, Stop: leg}},
		"no callback":          {sell, okcoin.Terms{Kind: okcoin.Trail, Stop: market}},
		"no limit":             {sell, okcoin.Terms{Kind: okcoin.Iceberg, Variance: rate("0.1"), Part: quantity("1")}},
		"half a second":        {sell, okcoin.Terms{Kind: okcoin.TimeWeighted, Range: rate("0.1"), Ratio: rate("1"), Part: quantity("1"), Limit: price("9"), Interval: 1500 * time.Millisecond}},
		"a buy at the market":  {buy, okcoin.Terms{Kind: okcoin.Trigger, Stop: market}},
		"a pair of both sorts": {buy, okcoin.Terms{Kind: okcoin.Pair, Stop: leg, Take: market}},
		"a trailing buy":       {buy, okcoin.Terms{Kind: okcoin.Trail, Stop: market, Callback: rate("0.01")}},
	} {
		if r := okcoin.PlaceAlgo(t.Context(), c, ask.o, ask.t); r.Class != order.NotSent || r.Message == "" {
			t.Errorf("%s: got %+v, want it not sent", name, r)
		}
	}
	var seven []string
	for i := range 7 {
		seven = append(seven, fmt.Sprint(100+i))
	}
	for name, results := range map[string][]order.Result{
		"no id":             c.CancelAlgos(t.Context(), "BTC-USD", okcoin.Trigger, []string{""}),
		"a client id":       c.CancelAlgos(t.Context(), "BTC-USD", okcoin.Trigger, []string{ours}),
		"twice":             c.CancelAlgos(t.Context(), "BTC-USD", okcoin.Trigger, []string{"1", "1"}),
		"no instrument":     c.CancelAlgos(t.Context(), "", okcoin.Trigger, []string{"1"}),
		"too many icebergs": c.CancelAlgos(t.Context(), "BTC-USD", okcoin.Iceberg, seven),
		"eleven":            c.CancelAlgos(t.Context(), "BTC-USD", okcoin.Trigger, append(seven, "1", "2", "3", "4")),
	} {
		for _, r := range results {
			if r.Class != order.NotSent {
				t.Errorf("cancel, %s: got %+v", name, r)
			}
		}
	}
	if requests.Load() != 0 {
		t.Errorf("got %d requests, want none", requests.Load())
	}
}

// TestAlgoAnswers: what an answer proves about an algo order.
func TestAlgoAnswers(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   order.Class
	}{
		{"accepted", 200, `{"result":true,"algo_id":"7","error_code":"0"}`, order.Accepted},
		{"accepted, in older words", 200, `{"result":"true","algo_id":7}`, order.Accepted},
		{"accepted without an id", 200, `{"result":true,"algo_id":"-1"}`, order.Unknown},
		{"accepted under 500", 500, `{"result":true,"algo_id":"7"}`, order.Unknown},
		{"no result", 200, `{"algo_id":"7"}`, order.Unknown},
		{"refused", 200, `{"result":false,"algo_id":"-1","error_code":"33017","error_message":"x"}`, order.Rejected},
		{"refused, 400", 400, `{"code":33041,"message":"x"}`, order.Rejected},
		{"refused, and yet an id", 200, `{"result":false,"algo_id":"7","error_code":"33017"}`, order.Unknown},
		{"a code nobody knows", 200, `{"result":false,"algo_id":"-1","error_code":"33099"}`, order.Unknown},
		{"perhaps", 200, `{"result":false,"algo_id":"-1","error_code":"33013"}`, order.Unknown},
		{"upgrading", 400, `{"result":false,"algo_id":"-1","error_code":"30038"}`, order.Unknown},
		{"the gateway", 503, `{"message":"name resolution failed"}`, order.Unknown},
		{"an id of another type", 200, `{"result":true,"algo_id":["7"]}`, order.Unknown},
		{"an array", 200, `[]`, order.Unknown},
		{"not JSON", 200, `<html>`, order.Unknown},
	} {
		if got := okcoin.ClassifyAlgo(c.status, []byte(c.body)); got.Class != c.want {
			t.Errorf("%s: got %+v, want %s", c.name, got, c.want)
		}
	}
}

// TestAlgoCancelAnswers: each id is judged by what the answer says of it, and
// by nothing that may be about another.
func TestAlgoCancelAnswers(t *testing.T) {
	letters := map[order.Class]string{order.Accepted: "a", order.Rejected: "r", order.Unknown: "u", order.Gone: "g"}
	for _, c := range []struct {
		name   string
		status int
		body   string
		ids    string
		want   string
	}{
		{"both begun", 200, `{"result":true,"error_code":"0","algo_ids":["7",8]}`, "7 8", "aa"},
		{"one begun", 200, `{"result":true,"error_code":"0","algo_ids":["8"]}`, "7 8", "ua"},
		{"another's", 200, `{"result":true,"algo_ids":["9"]}`, "7", "u"},
		{"no ids", 200, `{"result":true}`, "7", "u"},
		{"not there", 200, `{"result":false,"error_code":"33014","algo_ids":[]}`, "7", "g"},
		{"not there, of two", 200, `{"result":false,"error_code":"33014","algo_ids":[]}`, "7 8", "uu"},
		{"already cancelled", 400, `{"code":33027,"message":"x"}`, "7", "g"},
		{"refused", 400, `{"code":30024,"message":"x"}`, "7 8", "rr"},
		{"refused, and yet begun", 400, `{"result":false,"error_code":"33014","algo_ids":["7"]}`, "7", "u"},
		{"failed", 400, `{"code":33012,"message":"x"}`, "7", "u"},
		{"the gateway", 502, ``, "7", "u"},
		{"an id for a list", 200, `{"result":true,"algo_ids":"7"}`, "7", "u"},
	} {
		got := ""
		for _, r := range okcoin.ClassifyAlgoCancel(c.status, []byte(c.body), strings.Fields(c.ids)...) {
			got += letters[r.Class]
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	var manual struct {
		Response json.RawMessage `json:"cancel_response"`
	}
	if err := json.Unmarshal(sample(t, "rest/algo.documented.json"), &manual); err != nil {
		t.Fatal(err)
	}
	if r := okcoin.ClassifyAlgoCancel(200, manual.Response, "329967"); r[0].Class != order.Accepted {
		t.Errorf("the manual's: got %+v", r)
	}
}

func algoRow(id int, fields string) string {
	return fmt.Sprintf(`{"algo_id":"%d","instrument_id":"btc_usd","mode":"1","order_id":"","rejected_at":"","side":"sell",`+
		`"size":"0.5","timestamp":"2024-03-01T11:00:00.000Z",%s}`, id, fields)
}

// TestAlgoLists reads every kind, every page of them and the manual's.
func TestAlgoLists(t *testing.T) {
	var targets []string
	base, _ := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
		signed(t, r)
		targets = append(targets, r.RequestURI)
		reply(t, w, 200, `{"btc_usd":`+page(r, 250, 1, func(id int) string {
			return algoRow(id, `"order_type":"1","status":"1","trigger_price":"8000","algo_price":"7500","algo_type":"1"`)
		})+`}`)
	})
	c := newClient(t, base)
	if list, err := c.WaitingAlgos(t.Context(), "BTC-USD", okcoin.Trigger); err != nil || len(list) != 250 || list[0].ID != "250" || list[249].ID != "1" {
		t.Errorf("got %d, %v", len(list), err)
	}
	list, err := c.Algos(t.Context(), "BTC-USD", okcoin.Trigger, okcoin.Waiting, okcoin.Page{After: "9", Before: "2", Limit: 3})
	if err != nil || len(list) != 3 || list[0].ID != "8" {
		t.Errorf("a page: got %+v, %v", list, err)
	}
	if diff := cmp.Diff([]string{
		"/api/spot/v3/algo?instrument_id=BTC-USD&limit=100&order_type=1&status=1",
		"/api/spot/v3/algo?after=151&instrument_id=BTC-USD&limit=100&order_type=1&status=1",
		"/api/spot/v3/algo?after=51&instrument_id=BTC-USD&limit=100&order_type=1&status=1",
		"/api/spot/v3/algo?after=9&before=2&instrument_id=BTC-USD&limit=3&order_type=1&status=1",
	}, targets); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if _, err := c.Algos(t.Context(), "BTC-USD", okcoin.Trigger, okcoin.Paused, okcoin.Page{}); err == nil {
		t.Error("rows in another state than asked for: got no error")
	}
	if _, err := c.Algos(t.Context(), "BTC-USD", okcoin.Trail, okcoin.Waiting, okcoin.Page{}); err == nil {
		t.Error("rows of another kind than asked for: got no error")
	}
	if _, _, err := c.Algo(t.Context(), "BTC-USD", okcoin.Trigger, "7"); err == nil {
		t.Error("rows of other orders than asked for: got no error")
	}
}

// TestHeldInPart: what a list shows is handed on when another part of it fails.
func TestHeldInPart(t *testing.T) {
	base, _ := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
		switch state := r.URL.Query().Get("status"); {
		case state == "2":
			reply(t, w, 503, "")
		case r.URL.Query().Get("after") != "":
			reply(t, w, 200, "{")
		default:
			rows := make([]string, 0, 100)
			for id := range 100 {
				rows = append(rows, algoRow(200-id, `"order_type":"1","status":"1","trigger_price":"8000","algo_type":"2"`))
			}
			count := 100
			if r.URL.Query().Get("instrument_id") == "ETH-USD" {
				count = 1
			}
			reply(t, w, 200, strings.ReplaceAll(`{"btc_usd":[`+strings.Join(rows[:count], ",")+`]}`, "btc_usd", strings.ToLower(strings.ReplaceAll(r.URL.Query().Get("instrument_id"), "-", "_"))))
		}
	})
	c := newClient(t, base)
	for instrument, want := range map[string]int{"ETH-USD": 1, "BTC-USD": 100} { // the states after it, and the pages
		rows, err := c.Held(t.Context(), engine.HeldStop{Instrument: instrument})
		if err == nil || len(rows) != want || rows[0].ExchangeID != "200" || rows[0].State != engine.HeldLive {
			t.Errorf("%s: got %d rows, %v; want %d and an error", instrument, len(rows), err, want)
		}
	}
}

func TestAlgoRows(t *testing.T) {
	for fields, want := range map[string]okcoin.Terms{
		`"order_type":"2","status":"1","callback_rate":"0.01","trigger_price":"10700.9"`: {
			Kind: okcoin.Trail, Stop: okcoin.Leg{Trigger: price("10700.9"), Market: true}, Callback: rate("0.01"),
		},
		`"order_type":"3","status":"4","algo_variance":"0.001","avg_amount":"1","limit_price":"10500","deal_value":"0.25"`: {
			Kind: okcoin.Iceberg, Variance: rate("0.001"), Part: quantity("1"), Limit: price("10500"),
		},
		`"order_type":"4","status":"5","sweep_range":0.01,"sweep_ratio":"0.5","single_limit":"1","limit_price":"10800","time_interval":"10","deal_value":""`: {
			Kind: okcoin.TimeWeighted, Range: rate("0.01"), Ratio: rate("0.5"), Part: quantity("1"), Limit: price("10800"), Interval: 10 * time.Second,
		},
		`"order_type":"5","status":"2","tp_trigger_price":"12000","tp_price":"11990","tp_trigger_type":"1","sl_trigger_price":"9000","sl_price":"","sl_trigger_type":"2"`: {
			Kind: okcoin.Pair, Take: okcoin.Leg{Trigger: price("12000"), Price: price("11990")}, Stop: okcoin.Leg{Trigger: price("9000"), Market: true},
		},
	} {
		list, err := okcoin.DecodeAlgos([]byte(`{"BTC-USD":[`+algoRow(7, fields)+`]}`), "BTC-USD", want.Kind)
		if err != nil || len(list) != 1 {
			t.Errorf("%s: got %+v, %v", fields, list, err)
			continue
		}
		if diff := cmp.Diff(want, list[0].Terms, exact); diff != "" {
			t.Errorf("%s (-want +got):\n%s", fields, diff)
		}
	}
	good := algoRow(7, `"order_type":"1","status":"1","trigger_price":"8000","algo_price":"7500","algo_type":"1"`)
	for _, bad := range []string{
		`[{}]`, `{"eth_usd":[` + good + `]}`, `{"btc_usd":[` + good + `,` + good + `]}`, `{"btc_usd":[7]}`,
		`{"btc_usd":[` + strings.Replace(good, `"algo_type":"1"`, `"algo_type":"3"`, 1) + `]}`,
		`{"btc_usd":[` + strings.Replace(good, `"8000"`, `"-8000"`, 1) + `]}`,
		`{"btc_usd":[` + strings.Replace(good, `"7"`, `"-1"`, 1) + `]}`,
	} {
		if list, err := okcoin.DecodeAlgos([]byte(bad), "BTC-USD", okcoin.Trigger); err == nil {
			t.Errorf("%s: got %+v and no error", bad, list)
		}
	}
	for _, none := range []string{`{}`, `[]`, `{"btc_usd":[]}`} {
		if list, err := okcoin.DecodeAlgos([]byte(none), "BTC-USD", okcoin.Trigger); err != nil || len(list) != 0 {
			t.Errorf("%s: got %+v, %v", none, list, err)
		}
	}
	var manual struct {
		List json.RawMessage `json:"list_response"`
	}
	if err := json.Unmarshal(sample(t, "rest/algo.documented.json"), &manual); err != nil {
		t.Fatal(err)
	}
	list, err := okcoin.DecodeAlgos(manual.List, "BTC-USDT", okcoin.Trigger)
	if err != nil || len(list) != 1 || list[0].ID != "329967" || list[0].State != okcoin.AlgoCanceled || list[0].Stop.Price != price("7500") {
		t.Errorf("the manual's: got %+v, %v", list, err)
	}
}

// FuzzAlgoReply: whatever comes back, nothing counts as kept without an id, as
// refused without a code, or as cancelled without being named.
func FuzzAlgoReply(f *testing.F) {
	f.Add(200, []byte(`{"result":true,"algo_id":7,"error_code":"0"}`))
	f.Add(200, []byte(`{"result":true,"algo_ids":["7","8"],"error_code":"0"}`))
	f.Add(400, []byte(`{"code":33014,"message":"x"}`))
	f.Add(200, []byte(`{"btc_usd":[`+algoRow(7, `"order_type":"4","status":"5","sweep_range":0.01,"time_interval":"10"`)+`]}`))
	classes := map[order.Class]bool{order.Accepted: true, order.Rejected: true, order.Unknown: true, order.Gone: true}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		results := append(okcoin.ClassifyAlgoCancel(status, body, "7", "8"), okcoin.ClassifyAlgo(status, body))
		for i, r := range results {
			if !classes[r.Class] || r.Class == order.Accepted && (status != 200 || r.ExchangeID == "") || r.Class == order.Rejected && r.Code == "" || r.Class == order.Gone {
				t.Errorf("%d, %d %q: got %+v", i, status, body, r)
			}
		}
		for _, kind := range []okcoin.AlgoKind{okcoin.Trigger, okcoin.Trail, okcoin.Iceberg, okcoin.TimeWeighted, okcoin.Pair} {
			list, err := okcoin.DecodeAlgos(body, "BTC-USD", kind)
			ids := map[string]bool{}
			for _, a := range list {
				ids[a.ID] = true
				if err != nil || a.Kind != kind || a.State < okcoin.Waiting || a.State > okcoin.AlgoFailed || a.Quantity.Sign() <= 0 || a.Interval < 0 {
					t.Errorf("%q: got %+v, %v", body, a, err)
				}
			}
			if len(ids) != len(list) {
				t.Errorf("%q: an order twice in %+v", body, maps.Collect(maps.All(ids)))
			}
		}
	})
}
