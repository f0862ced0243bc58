package okcoin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"rulebot/engine/num"
	"rulebot/exchange/server/okcoin"
)

// talk posts bodies one after the other and returns the conversation.
func (b *bench) talk(posts [][2]string) (lines []string) {
	b.tb.Helper()
	for _, p := range posts {
		a := b.post(p[0], p[1])
		lines = append(lines, "> POST "+p[0]+" "+p[1], fmt.Sprintf("< %d %s", a.status, a.body))
	}
	return lines
}

// TestBatches is what batches are answered, row by row and as a whole.
func TestBatches(t *testing.T) {
	b := startMarket(t, someMinutes(1))
	const place, cancel = "/api/spot/v3/batch_orders", "/api/spot/v3/cancel_batch_orders"
	row := func(id, size string) string {
		return `{"client_oid":"` + id + `","instrument_id":"btc-usd","side":"buy","type":"limit","size":"` + size + `","price":"40000","margin_trading":"1"}`
	}
	var eleven []string
	for i := range 11 {
		eleven = append(eleven, row(fmt.Sprintf("e%d", i), "0.001"))
	}
	golden(t, "batch.golden", b.talk([][2]string{
		{place, "[" + row("a1", "0.01") + "," + row("a2", "0.00011") + "," + row("a3", "0.02") + "]"},
		{place, "[" + row("b1", "0.01") + "," + row("b2", "100") + "]"},
		{place, `[{"client_oid":"c1","instrument_id":"BTC-USD","side":"up"},{"client_oid":"c2","instrument_id":"BTC-EUR","side":"buy","price":"1","size":"1"}]`},
		{place, "[" + strings.Join(eleven, ",") + "]"},
		{place, `[{"instrument_id":"A-B"},{"instrument_id":"B-C"},{"instrument_id":"C-D"},{"instrument_id":"D-E"},{"instrument_id":"E-F"}]`},
		{place, "[]"},
		{place, row("d1", "0.01")},
		{place, `[{"side":"buy"}]`},
		{cancel, `[{"instrument_id":"BTC-USD","order_ids":["1000000000000001",1000000000000002,"77"]}]`},
		{cancel + "/", `[{"instrument_id":"btc-usd","client_oids":["b1","a1","none"]}]`},
		{cancel, `[{"instrument_id":"BTC-USD","order_ids":["1"],"client_oids":["a"]}]`},
		{cancel, `[{"instrument_id":"BTC-USD"}]`},
		{cancel, `[{"instrument_id":"BTC-USD","order_ids":"1"}]`},
		{cancel, `[{"instrument_id":"BTC-EUR","order_ids":["1"]}]`},
	}))
}

// TestReadOnly lets a key that may only read ask everything and do nothing.
func TestReadOnly(t *testing.T) {
	source := someMinutes(1)
	cfg := config(&source, newStepped(begin))
	reader := keys[0]
	reader.ReadOnly = true
	cfg.Front = okcoin.New(okcoin.Options{Accounts: []okcoin.Account{reader}})
	b := start(t, cfg)
	if a := b.get("/api/spot/v3/accounts"); a.status != http.StatusOK {
		t.Errorf("accounts: got %d %s, want 200", a.status, a.body)
	}
	for _, path := range []string{ordersPath, "/api/spot/v3/batch_orders", "/api/spot/v3/cancel_orders/a1"} {
		if a := b.post(path, `{"instrument_id":"BTC-USD"}`); a.status != http.StatusUnauthorized || codeOf(t, a.body) != "30012" {
			t.Errorf("%s: got %d %s, want 401 30012", path, a.status, a.body)
		}
	}
}

// TestLedgerSums holds the ledger to its own arithmetic: each row's balance is
// the one before it and the amount, the newest is the account's.
func TestLedgerSums(t *testing.T) {
	b := startMarket(t, someMinutes(1))
	b.play()
	for _, body := range []string{
		`{"instrument_id":"BTC-USD","side":"buy","price":"50100","size":"0.6001","order_type":"3"}`,
		`{"instrument_id":"BTC-USD","side":"sell","price":"49900","size":"0.7003","order_type":"3"}`,
	} {
		b.post(ordersPath, body)
	}
	began := map[string]string{"USD": "100000", "BTC": "1"}
	for currency, first := range began {
		var rows []struct{ Amount, Balance string }
		b.get("/api/spot/v3/accounts/"+currency+"/ledger").into(t, &rows)
		var have struct{ Balance json.Number }
		b.get("/api/spot/v3/accounts/"+currency).into(t, &have)
		if len(rows) < 2 || rows[0].Balance != have.Balance.String() {
			t.Fatalf("%s: %d rows, the newest %+v; the balance is %s", currency, len(rows), rows, have.Balance)
		}
		sum := num.MustMoney(first)
		for i, row := range slices.Backward(rows) {
			var c num.Calc
			sum = num.Add(&c, sum, num.MustMoney(row.Amount))
			if sum.String() != row.Balance {
				t.Errorf("%s: row %d says %s, the sum is %s", currency, i, row.Balance, sum)
			}
		}
	}
}

// TestAmend is what amendments are answered, and what is pushed of them.
func TestAmend(t *testing.T) {
	b := startMarket(t, someMinutes(1))
	c := b.dial()
	c.login()
	c.subscribe("spot/order:BTC-USD")
	const one, many = "/api/spot/v3/amend_order/btc-usd", "/api/spot/v3/amend_batch_orders"
	lines := b.talk([][2]string{
		{ordersPath, `{"client_oid":"a1","instrument_id":"BTC-USD","side":"buy","size":"0.1","price":"40000","order_type":"1"}`},
		{one, `{"client_oid":"a1","new_price":"41000","new_size":"0.2","cancel_on_fail":"0","request_id":"r1"}`},
		{one, `{"order_id":"1000000000000001","new_size":0.05,"request_id":"r2"}`},
		{one, `{"order_id":"1000000000000001","new_size":"100","request_id":"r3"}`},
		{one, `{"order_id":"1000000000000001","new_price":"0.001","request_id":"r4"}`},
		{one, `{"order_id":"1000000000000001","client_oid":"a1","new_price":"1"}`},
		{one, `{"new_price":"1"}`},
		{one, `{"client_oid":"a1"}`},
		{one, `{"client_oid":"a1","new_price":"1","cancel_on_fail":"2"}`},
		{one, `{"client_oid":"none","new_price":"1"}`},
		{"/api/spot/v3/amend_order/BTC-EUR", `{"client_oid":"a1","new_price":"1"}`},
		{many, `[{"instrument_id":"BTC-USD","client_oid":"a1","new_size":"0.06"},{"instrument_id":"BTC-USD","client_oid":"a2","new_size":"0.06","request_id":"x"},{"instrument_id":"BTC-EUR","client_oid":"a1","new_size":"1"}]`},
		{one, `{"order_id":"1000000000000001","new_size":"100","cancel_on_fail":"1","request_id":"r5"}`},
		{one, `{"order_id":"1000000000000001","new_size":"1"}`},
	})
	lines = append(lines, c.next(6)...)
	golden(t, "amend.golden", lines)
}
