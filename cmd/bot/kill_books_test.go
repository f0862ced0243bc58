//go:build unix

package main_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// exchangeOrder and exchangeBalance are what the exchange says, asked for by
// hand: with nothing of the adapter's.
type exchangeOrder struct {
	ClientID string `json:"client_oid"`
	ID       string `json:"order_id"`
}

type exchangeBalance struct {
	Currency string `json:"currency"`
	Balance  string `json:"balance"`
}

// orders reads every completed and open order, all pages.
func (x ready) orders(t *testing.T) []exchangeOrder {
	t.Helper()
	var all []exchangeOrder
	for _, list := range x.lists() {
		after := ""
		for {
			page := x.page(t, list+after)
			all = append(all, page...)
			if len(page) < 100 {
				break
			}
			after = "&after=" + page[len(page)-1].ID
		}
	}
	return all
}

func (x ready) lists() []string {
	if x.Protocol == "okx-v5" {
		const of = "?instType=SPOT&instId=BTC-USD&limit=100"
		return []string{"/api/v5/trade/orders-pending" + of, "/api/v5/trade/orders-history" + of}
	}
	const of = "/api/spot/v3/orders?instrument_id=BTC-USD&limit=100&state="
	return []string{of + "6", of + "7"}
}

func (x ready) page(t *testing.T, target string) []exchangeOrder {
	t.Helper()
	var page []exchangeOrder
	if x.Protocol != "okx-v5" {
		x.signedGet(t, target, &page)
		return page
	}
	var answer struct {
		Data []struct{ ClOrdID, OrdID string }
	}
	x.signedGet(t, target, &answer)
	for _, o := range answer.Data {
		page = append(page, exchangeOrder{o.ClOrdID, o.OrdID})
	}
	return page
}

func (x ready) balances(t *testing.T) []exchangeBalance {
	t.Helper()
	var all []exchangeBalance
	if x.Protocol != "okx-v5" {
		x.signedGet(t, "/api/spot/v3/accounts", &all)
		return all
	}
	var answer struct {
		Data []struct {
			Details []struct{ Ccy, CashBal string }
		}
	}
	x.signedGet(t, "/api/v5/account/balance", &answer)
	for _, account := range answer.Data {
		for _, held := range account.Details {
			all = append(all, exchangeBalance{held.Ccy, held.CashBal})
		}
	}
	return all
}

// signedGet calls the exchange as its documentation says.
func (x ready) signedGet(t *testing.T, target string, into any) {
	t.Helper()
	stamp := x.stamp(t)
	mac := hmac.New(sha256.New, []byte("test-secret"))
	mac.Write([]byte(stamp + "GET" + target))
	x.get(t, target, map[string]string{
		"OK-ACCESS-KEY": "test-key", "OK-ACCESS-PASSPHRASE": "test-pass", "OK-ACCESS-TIMESTAMP": stamp,
		"OK-ACCESS-SIGN": base64.StdEncoding.EncodeToString(mac.Sum(nil)),
	}, into)
}

// stamp is the time that a request is signed with, in the protocol's form.
func (x ready) stamp(t *testing.T) string {
	t.Helper()
	if x.Protocol != "okx-v5" {
		return strconv.FormatInt(time.Now().Unix(), 10)
	}
	var answer struct {
		Data []struct{ TS string }
	}
	x.get(t, "/api/v5/public/time", nil, &answer)
	ms, err := strconv.ParseInt(answer.Data[0].TS, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}

func (x ready) get(t *testing.T, target string, headers map[string]string, into any) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, x.REST+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	if x.Protocol == "okx-v5" {
		req.Header.Set("X-Simulated-Trading", "1")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("GET %s: %s: %v", target, body, err)
	}
}
