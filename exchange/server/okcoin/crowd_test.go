package okcoin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"rulebot/engine/num"
	"rulebot/exchange/server"
	"rulebot/exchange/server/okcoin"
)

// startCrowd runs an exchange on which so many accounts have 1000 USD each.
func startCrowd(t *testing.T, n int) (b *bench, members []okcoin.Account) {
	t.Helper()
	source := someMinutes(1)
	cfg := config(&source, newStepped(begin))
	cfg.Accounts = nil
	for i := range n {
		name := fmt.Sprintf("a%d", i)
		members = append(members, okcoin.Account{Key: "key" + name, Secret: "secret" + name, Passphrase: "pass", Name: name})
		cfg.Accounts = append(cfg.Accounts, server.Account{Name: name, Balances: map[string]num.Money{"USD": num.MustMoney("1000")}})
	}
	cfg.Front = okcoin.New(okcoin.Options{Accounts: members})
	return start(t, cfg), members
}

// as signs a request with the keys of an account.
func (b *bench) as(k okcoin.Account, method, target, body string) answer {
	b.tb.Helper()
	return b.call(method, target, body, func(r *http.Request) {
		stamp := r.Header.Get("OK-ACCESS-TIMESTAMP")
		r.Header.Set("OK-ACCESS-KEY", k.Key)
		r.Header.Set("OK-ACCESS-PASSPHRASE", k.Passphrase)
		r.Header.Set("OK-ACCESS-SIGN", sign(k.Secret, stamp+method+target+body))
	})
}

// TestCrowd lets many accounts trade at once, each on two connections: both
// see the account's own pushes, those of an order in order, and nobody
// another's.
func TestCrowd(t *testing.T) {
	const accounts, orders = 12, 5
	b, members := startCrowd(t, accounts)
	var own []*client // two for each account
	for _, k := range members {
		for range 2 {
			c := b.dial()
			c.send(loginText(k, b.x.Now()))
			c.next(1)
			c.subscribe("spot/order:BTC-USD", "spot/account:USD")
			c.next(1)
			own = append(own, c)
		}
	}
	var group sync.WaitGroup
	for i, k := range members {
		group.Go(func() {
			for j := range orders {
				id := fmt.Sprintf("%so%d", k.Name, j)
				body := fmt.Sprintf(`{"instrument_id":"BTC-USD","side":"buy","price":"%d","size":"0.001","client_oid":%q}`, 40000+i, id)
				if a := b.as(k, "POST", ordersPath, body); !strings.Contains(a.body, `"result":true`) {
					t.Errorf("%s: %s", id, a.body)
				}
				if a := b.as(k, "POST", cancelPath+id, bodyBTC); !strings.Contains(a.body, `"result":true`) {
					t.Errorf("cancel of %s: %s", id, a.body)
				}
			}
		})
	}
	group.Wait()
	b.play()
	for i, c := range own {
		k := members[i/2]
		var want []string
		for j := range orders {
			want = append(want, fmt.Sprintf("%so%d 0", k.Name, j), fmt.Sprintf("%so%d -1", k.Name, j))
		}
		got, pushes := ordersOf(t, c.rest())
		if !slices.Equal(got, want) {
			t.Errorf("connection %d: got %q, want %q", i, got, want)
		}
		if pushes != 2*orders {
			t.Errorf("connection %d: %d pushes of the balance, want %d", i, pushes, 2*orders)
		}
	}
	if a := b.as(members[0], "GET", "/api/spot/v3/orders/a1o0"+ofBTC, ""); codeOf(t, a.body) != "33014" {
		t.Errorf("another's order: %s", a.body)
	}
	b.as(members[1], "POST", ordersPath, `{"instrument_id":"BTC-USD","side":"buy","price":"40000","size":"0.001","client_oid":"kept"}`)
	if a := b.as(members[0], "POST", cancelPath+"kept", bodyBTC); !strings.Contains(a.body, `"33014"`) {
		t.Errorf("cancel of another's order: %s", a.body)
	}
}

// ordersOf returns the pushes of orders as client id and state, and how many of
// balances there are.
func ordersOf(t *testing.T, frames []string) (orders []string, balances int) {
	t.Helper()
	for _, f := range frames {
		var push struct {
			Table string `json:"table"`
			Data  []struct {
				ClientOID string `json:"client_oid"`
				State     string `json:"state"`
			} `json:"data"`
		}
		if err := json.Unmarshal([]byte(f), &push); err != nil {
			t.Fatalf("%v in %s", err, f)
		}
		switch push.Table {
		case "spot/order":
			orders = append(orders, push.Data[0].ClientOID+" "+push.Data[0].State)
		case "spot/account":
			balances++
		}
	}
	return orders, balances
}

// TestConnectsAreCounted opens connections faster than one a second.
func TestConnectsAreCounted(t *testing.T) {
	b := startMarket(t, someMinutes(1))
	refused := 0
	for range 70 { // none of them is a handshake, which costs the client nothing and counts all the same
		if a := b.get("/ws/v3"); a.status == http.StatusTooManyRequests && codeOf(t, a.body) == "30026" {
			refused++
		}
	}
	if refused < 5 || refused > 10 {
		t.Errorf("of 70 connections %d were refused, want 10: sixty at once, and what the time admits", refused)
	}
	b.clock.pass(10 * time.Second)
	c := b.dial()
	c.send("ping")
	c.next(1)
}

// TestSlowReaderIsCut lets a client stop reading while the market goes on for
// more frames than may wait for it. The market does not wait either.
func TestSlowReaderIsCut(t *testing.T) {
	t.Parallel()
	const quotes = 12_000
	clock, err := server.NewWall(100)
	if err != nil {
		t.Fatal(err)
	}
	from := clock.Now().Add(100 * time.Second) // a second, in which the client comes
	source := make(events, 0, quotes)
	for i := range quotes {
		cents := num.PriceOf(int64(4_999_000+i%7*50), 2)
		source = append(source, quoteAt(from.Add(time.Duration(i)*time.Millisecond), cents.String(), "50001"))
	}
	b := start(t, config(&source, clock))
	dialer := websocket.Dialer{NetDialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err == nil {
			err = c.(*net.TCPConn).SetReadBuffer(4096)
		}
		return c, err
	}}
	ws, res, err := dialer.DialContext(t.Context(), "ws://"+b.x.Addr()+"/ws/v3", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	defer ws.Close()
	topics := `{"op":"subscribe","args":["spot/depth_l2_tbt:BTC-USD","spot/depth:BTC-USD","spot/depth5:BTC-USD"]}`
	if err := ws.WriteMessage(websocket.TextMessage, []byte(topics)); err != nil {
		t.Fatal(err)
	}
	<-b.x.Done()
	if a := b.post(ordersPath, oneOrder); a.status != http.StatusOK {
		t.Errorf("an order after it: %d %s", a.status, a.body)
	}
	if err := ws.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		err = ws.WriteMessage(websocket.TextMessage, []byte("ping")) // until the other end is known to be gone
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the connection is still there; the client was to be cut off")
	}
}
