package okcoin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine/order"
	"rulebot/exchange/okcoin"
)

// batchOf makes orders ra, rb, ... of these instruments.
func batchOf(instruments ...string) []order.Order {
	list := make([]order.Order, 0, len(instruments))
	for i, id := range instruments {
		o := testOrder()
		o.Instrument, o.ClientID = id, "r"+string(rune('a'+i))
		list = append(list, o)
	}
	return list
}

func TestBatchRequest(t *testing.T) {
	var got string
	base, _ := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.RequestURI + " " + signed(t, r)
		reply(t, w, 200, `{"btc_usd":[{"client_oid":"ra","error_code":"0","order_id":"7","result":true}],`+
			`"eth-usd":[{"client_oid":"rb","error_code":"","order_id":"8","result":true}]}`)
	})
	c := newClient(t, base)
	orders := batchOf("BTC-USD", "ETH-USD")
	results := okcoin.SubmitBatch(t.Context(), c, orders)
	want := []order.Result{{Class: order.Accepted, ExchangeID: "7"}, {Class: order.Accepted, ExchangeID: "8"}}
	if diff := cmp.Diff(want, results); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	row := func(instrument, id string) string {
		return `{"instrument_id":"` + instrument + `","side":"buy","type":"limit","price":"62000.1","size":"0.025","order_type":"3","client_oid":"` + id + `"}`
	}
	if diff := cmp.Diff("/api/spot/v3/batch_orders ["+row("BTC-USD", "ra")+","+row("ETH-USD", "rb")+"]", got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	c.CancelBatch(t.Context(), orders)
	if want := `/api/spot/v3/cancel_batch_orders [{"instrument_id":"BTC-USD","client_oids":["ra"]},{"instrument_id":"ETH-USD","client_oids":["rb"]}]`; got != want {
		t.Errorf("cancel by our ids: got %s", got)
	}
	orders[0].ExchangeID, orders[1].ExchangeID = "7", "8"
	for i, r := range c.CancelBatch(t.Context(), orders) {
		if r.Class != order.Accepted {
			t.Errorf("cancel %d: got %+v, want it accepted", i, r)
		}
	}
	if want := `/api/spot/v3/cancel_batch_orders [{"instrument_id":"BTC-USD","order_ids":["7"]},{"instrument_id":"ETH-USD","order_ids":["8"]}]`; got != want {
		t.Errorf("cancel by the exchange's ids: got %s", got)
	}
}

// TestBatchesThatAreNotSent: what the exchange would refuse as a whole, or
// whose answer could not be told apart, costs no request.
func TestBatchesThatAreNotSent(t *testing.T) {
	base, requests := fakeREST(t, func(w http.ResponseWriter, _ *http.Request) { reply(t, w, 200, "{}") })
	c := newClient(t, base)
	twice := batchOf("BTC-USD", "BTC-USD")
	twice[1].ClientID = twice[0].ClientID
	nameless := batchOf("BTC-USD")
	nameless[0].ClientID = ""
	var many []string
	for range 11 {
		many = append(many, "BTC-USD")
	}
	for name, orders := range map[string][]order.Order{
		"empty": {}, "twice": twice, "no id": nameless, "eleven of one": batchOf(many...), "five instruments": batchOf("A-B", "B-C", "C-D", "D-E", "E-F"),
	} {
		for _, r := range append(okcoin.SubmitBatch(t.Context(), c, orders), c.CancelBatch(t.Context(), orders)...) {
			if r.Class != order.NotSent {
				t.Errorf("%s: got %+v, want it not sent", name, r)
			}
		}
	}
	if requests.Load() != 0 {
		t.Errorf("got %d requests, want none", requests.Load())
	}
}

// TestBatchAnswers: each order is judged by its own row.
//
// Faults: OE-25.
func TestBatchAnswers(t *testing.T) {
	const yes = `{"client_oid":%q,"code":"0","error_code":"0","order_id":"7","result":true}`
	ok := func(id string) string { return fmt.Sprintf(yes, id) }
	const poor = `{"client_oid":"","error_code":"33017","error_message":"x","order_id":"-1","result":false}`
	const busy = `{"client_oid":"","error_code":"30038","error_message":"x","order_id":"-1","result":false}`
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   string // a ccepted, r ejected, u nknown
	}{
		{"all", 200, `{"btc_usd":[` + ok("ra") + `,` + ok("rb") + `,` + ok("rc") + `]}`, "aaa"},
		{"in another order", 200, `{"btc_usd":[` + ok("rc") + `,` + ok("ra") + `,` + ok("rb") + `]}`, "aaa"},
		{"one is refused, under 400", 400, `{"btc_usd":[` + ok("ra") + `,` + poor + `,` + ok("rc") + `]}`, "ara"},
		{"one is refused, elsewhere", 200, `{"btc_usd":[` + ok("ra") + `,` + ok("rc") + `,` + poor + `]}`, "ara"},
		{"two are refused", 200, `{"btc_usd":[` + poor + `,` + poor + `,` + ok("rb") + `]}`, "rar"},
		{"one is refused, one unclear", 200, `{"btc_usd":[` + poor + `,` + busy + `,` + ok("rb") + `]}`, "uau"},
		{"a refusal that names its order", 200, `{"btc_usd":[` + strings.Replace(poor, `""`, `"rb"`, 1) + `,` + busy + `,` + ok("ra") + `]}`, "aru"},
		{"a row is missing", 200, `{"btc_usd":[` + ok("ra") + `,` + poor + `]}`, "auu"},
		{"a row too many", 200, `{"btc_usd":[` + ok("ra") + `,` + poor + `,` + poor + `,` + poor + `]}`, "auu"},
		{"a row twice", 200, `{"btc_usd":[` + ok("ra") + `,` + ok("ra") + `,` + ok("rc") + `]}`, "uua"},
		{"another's row", 200, `{"btc_usd":[` + ok("ra") + `,` + ok("other") + `,` + ok("rc") + `]}`, "aua"},
		{"another instrument", 200, `{"eth_usd":[` + ok("ra") + `,` + ok("rb") + `,` + ok("rc") + `]}`, "uuu"},
		{"refused as a whole", 400, `{"code":30024,"message":"bad"}`, "uuu"},
		{"refused as a whole, 200", 200, `{"code":30024,"message":"bad"}`, "uuu"},
		{"rows under 500", 500, `{"btc_usd":[` + ok("ra") + `,` + ok("rb") + `,` + ok("rc") + `]}`, "uuu"},
		{"no rows", 200, `{}`, "uuu"},
		{"not an object", 200, `[]`, "uuu"},
		{"rows of numbers", 200, `{"btc_usd":[1,2,3]}`, "uuu"},
		{"not JSON", 200, `<html>`, "uuu"},
		{"nothing", 429, ``, "uuu"},
	} {
		letters := map[order.Class]string{order.Accepted: "a", order.Rejected: "r", order.Unknown: "u"}
		got := ""
		for _, r := range okcoin.JudgeBatch(c.status, []byte(c.body), batchOf("BTC-USD", "BTC-USD", "BTC-USD")) {
			got += letters[r.Class]
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// TestRecordedBatches reads the manual's answers.
func TestRecordedBatches(t *testing.T) {
	var s struct{ Response json.RawMessage }
	if err := json.Unmarshal(sample(t, "rest/batch-orders.documented.json"), &s); err != nil {
		t.Fatal(err)
	}
	orders := batchOf("BTC-USDT", "BTC-USDT")
	orders[0].ClientID, orders[1].ClientID = "oktspot80", "oktspot81"
	for i, r := range okcoin.JudgeBatch(200, s.Response, orders) {
		if r.Class != order.Accepted || r.ExchangeID == "" {
			t.Errorf("order %d: got %+v", i, r)
		}
	}
}

func TestAmendRequest(t *testing.T) {
	var got, answer string
	base, _ := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.RequestURI + " " + signed(t, r)
		reply(t, w, 200, answer)
	})
	c := newClient(t, base)
	o := testOrder()
	answer = `{"client_oid":"","code":"0","error_code":"0","order_id":"77","request_id":"","result":true}`
	if r := okcoin.AmendOrder(t.Context(), c, o); r.Class != order.Unknown {
		t.Errorf("an answer that does not name the order: got %+v", r)
	}
	if want := `/api/spot/v3/amend_order/BTC-USD {"client_oid":"rab1c2d3","new_price":"62000.1","new_size":"0.025","cancel_on_fail":"0"}`; got != want {
		t.Errorf("by our id: got %s", got)
	}
	o.ExchangeID = "77"
	if r := okcoin.AmendOrder(t.Context(), c, o); r.Class != order.Accepted || r.ExchangeID != "77" {
		t.Errorf("got %+v, want it accepted", r)
	}
	if want := `/api/spot/v3/amend_order/BTC-USD {"order_id":"77","new_price":"62000.1","new_size":"0.025","cancel_on_fail":"0"}`; got != want {
		t.Errorf("by the exchange's id: got %s", got)
	}
	answer = `{"client_oid":"","error_code":"33026","order_id":"77","result":false}`
	if r := okcoin.AmendOrder(t.Context(), c, o); r.Class != order.Gone {
		t.Errorf("a filled order: got %+v, want it gone", r)
	}
	o.Instrument = "../../account"
	if r := okcoin.AmendOrder(t.Context(), c, o); r.Class != order.NotSent {
		t.Errorf("a path in the instrument: got %+v, want it not sent", r)
	}
}

// TestCancelsHaveAReserve: orders of one instrument do not use up those of
// another, nor cancels; and cancels beyond their own limit take the call for
// several orders.
func TestCancelsHaveAReserve(t *testing.T) {
	paths := map[string]int{}
	base, _ := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
		paths[strings.Join(strings.Split(r.URL.Path, "/")[:5], "/")]++
		body := `{"client_oid":"rab1c2d3","error_code":"0","order_id":"77","result":true}`
		if strings.HasSuffix(r.URL.Path, "cancel_batch_orders") {
			body = `{"btc-usd":[` + body + `]}`
		}
		reply(t, w, 200, body)
	})
	c, err := okcoin.NewClient(okcoin.ClientConfig{Base: base, Keys: testKeys(), Now: fixed(noon(t))})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Drain("BTC-USD")
	if r := okcoin.SubmitOrder(t.Context(), c, testOrder()); r.Class != order.NotSent {
		t.Errorf("order beyond the limit: got %+v, want it not sent", r)
	}
	okcoin.SubmitOrder(t.Context(), c, batchOf("ETH-USD")[0])
	if paths["/api/spot/v3/orders"] != 1 {
		t.Errorf("order of another instrument: got %v, want it sent", paths)
	}
	if r := c.Cancel(t.Context(), testOrder()); r.Class != order.Accepted || paths["/api/spot/v3/cancel_orders"] != 1 {
		t.Errorf("cancel when orders are used up: got %+v, %v", r, paths)
	}
	c.DrainCancels("BTC-USD")
	if r := c.Cancel(t.Context(), testOrder()); r.Class != order.Accepted || paths["/api/spot/v3/cancel_batch_orders"] != 1 {
		t.Errorf("cancel when cancels are used up: got %+v, %v", r, paths)
	}
}

// FuzzBatch: whatever comes back, an order is accepted only by a row that
// names it.
func FuzzBatch(f *testing.F) {
	f.Add(200, []byte(`{"btc_usd":[{"client_oid":"ra","error_code":"0","order_id":"7","result":true},{"client_oid":"","error_code":"33017","order_id":"-1","result":false}]}`))
	f.Add(400, []byte(`{"code":30024,"message":"bad"}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		for i, r := range okcoin.JudgeBatch(status, body, batchOf("BTC-USD", "BTC-USD")) {
			switch r.Class {
			case order.Accepted:
				if r.ExchangeID == "" || status != 200 && status != 400 {
					t.Errorf("order %d, %d %q: got %+v", i, status, body, r)
				}
			case order.Rejected:
				if r.Code == "" {
					t.Errorf("order %d, %d %q: got %+v", i, status, body, r)
				}
			case order.Unknown:
			default:
				t.Errorf("order %d, %d %q: got %+v", i, status, body, r)
			}
		}
	})
}
