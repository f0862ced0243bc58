//go:build unix

package main_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/portfolio"
	"rulebot/persist"
)

var kills = flag.Int("kills", 10, "how often the running bot is killed")

// churn buys and closes on nearly every bar, so that a kill hits something;
// beside it orders rest, expire and go on at the market, stops wait, and the
// exchange holds some.
const churn = `version: 1
exchange:
  name: okcoin
  endpoint: {rest: "%s", ws: "%s"}
account:
  alias: churn
  balances: {USD: 100000}
  fees: {maker_pct: 0.1, taker_pct: 0.2}
risk:
  allow: {BTC-USD: [buy, sell]}
  max_order_quantity: {BTC-USD: 0.5}
  max_order_value: 20000
  max_position_value: 50000
  max_exposure: 60000
  max_daily_loss: {pct: 50}
  max_drawdown_pct: 50
  max_orders: {second: 50, minute: 500, day: 5000}
  max_fires: {minute: 50, hour: 1000, day: 10000}
strategies:
  - name: churn
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - name: in
        for: flat
        when: close > 0
        fire: while_true
        do: {buy: {size: {quote: 1000}, type: market}}
      - name: out
        for: long
        when: close > 0
        fire: while_true
        do: {close: {type: market}}
  - name: rest
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - name: in
        when: orders.open_buys == 0
        fire: while_true
        max_entries: 5
        do: {buy: {size: {quote: 500}, type: limit, price: close * 0.9998, expire: 1 bar, then: market}}
      - name: guard
        for: long
        when: orders.open_sells == 0
        fire: while_true
        do:
          - {reduce: {size: {position_pct: 50}, type: limit, price: close * 1.0003, expire: 90s}}
          - {close: {type: stop, stop_price: close * 0.9995, expire: 3 bars}}
  - name: held
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - {name: in, for: flat, when: close > 0, fire: while_true, do: {buy: {size: {quote: 700}}}}
      - {name: out, for: long, when: bar.index %% 3 == 0, fire: while_true, do: close}
    exits:
      stop_loss: {price: close * 0.9998, ratchet: true, where: exchange}
`

// TestKilledAndRestarted kills a live run at random moments, restarts it each
// time, and holds its books against the exchange's: no intent was sent twice,
// none is unproven, and both count the same.
//
// Faults: PS-01 PR-02.
func TestKilledAndRestarted(t *testing.T) {
	bot := build(t)
	x := startExchange(t, bot, "--speed", "50")
	config := filepath.Join(t.TempDir(), "churn.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, churn, x.REST, x.WS), 0o600); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(t.TempDir(), "state")
	random := rand.New(rand.NewPCG(1, 2))
	args := []string{"run", "--live", "--config", config, "--state", state, "--speed", "50", "--json"}
	for n := range *kills {
		after := 100*time.Millisecond + time.Duration(random.Int64N(int64(1500*time.Millisecond)))
		runAndKill(t, bot, args, after, n%2 == 1)
	}
	runToFlat(t, bot, args)
	audit(t, x, state)
}

func build(t *testing.T) string {
	t.Helper()
	bot := filepath.Join(t.TempDir(), "bot")
	if out, err := exec.Command("go", "build", "-o", bot, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bot
}

// ready is the line bot exchange prints when it can be reached.
type ready struct{ REST, WS string }

func startExchange(t *testing.T, bot string, more ...string) ready {
	t.Helper()
	cmd := exec.Command(bot, append([]string{"exchange", "--speed", "50", "--seed", "3", "--balance", "USD=100000"}, more...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Errorf("stop the exchange: %v", err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the exchange ended with %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("the exchange printed no ready line: %v", err)
	}
	var r ready
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatalf("ready line %s: %v", line, err)
	}
	return r
}

// runAndKill runs the bot and kills it with SIGKILL: after a while, or, so
// that something is under way, when it has just said that an order is durable
// and is about to send it.
func runAndKill(t *testing.T, bot string, args []string, after time.Duration, atOrder bool) {
	t.Helper()
	soon := after % (4 * time.Millisecond) // before, while or after it is sent and answered
	if atOrder {
		after = time.Minute
	}
	ctx, cancel := context.WithTimeout(context.Background(), after)
	defer cancel()
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, bot, args...)
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if atOrder && strings.Contains(lines.Text(), `"state":"INTENT"`) {
			time.AfterFunc(soon, cancel)
		}
	}
	if err := cmd.Wait(); ctx.Err() == nil {
		t.Fatalf("the bot ended by itself: %v\n%s", err, said.Bytes())
	}
}

// runToFlat runs the bot until it sold something and stops it cleanly.
func runToFlat(t *testing.T, bot string, args []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, bot, args...)
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if !stopped && strings.Contains(lines.Text(), `"side":"sell"`) && strings.Contains(lines.Text(), `"settled":true`) {
			stopped = true
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil || !stopped {
		t.Fatalf("the last run ended with %v, sold: %v\n%s", err, stopped, said.Bytes())
	}
}

// audit compares the store with the exchange.
func audit(t *testing.T, x ready, state string) {
	t.Helper()
	dir, err := persist.Newest(state)
	if err != nil {
		t.Fatal(err)
	}
	store, err := persist.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	orders := map[string]order.Order{}
	ledger := portfolio.New(nil)
	base := num.Quantity{}
	btc := market.Instrument{ID: "BTC-USD", Base: "BTC", Quote: "USD"}
	err = store.Replay(func(c engine.Change) error {
		switch c.Kind {
		case engine.ChangeOrder:
			orders[c.Order.ClientID] = c.Order
		case engine.ChangeBalance:
			ledger.SetBaseline(c.Balance.Currency, c.Balance.Total)
		case engine.ChangeFill:
			base = addFill(t, base, &c.Fill)
			return ledger.Apply("churn", btc, c.Fill)
		default:
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sent := auditOrders(t, x, orders)
	if got := ledger.Position("churn").Quantity; got != base {
		t.Errorf("position %s, the sum of fills less base fees is %s", got, base)
	}
	for _, b := range x.balances(t) {
		if got := ledger.Balance(b.Currency); got.String() != b.Balance {
			t.Errorf("%s: we count %s, the exchange %s", b.Currency, got, b.Balance)
		}
	}
	rested, ends := 0, map[string]int{}
	for _, o := range orders {
		ends[strings.TrimSpace(o.State.String()+" "+o.Code)]++
		if o.Rests() && o.ExchangeID != "" {
			rested++
		}
	}
	t.Logf("%d orders, %d reached the exchange, %d of them to rest; they ended as %v", len(orders), sent, rested, ends)
	if len(orders) < *kills/2 || sent == 0 {
		t.Errorf("only %d orders in %d lives, %d sent: the kills hit nothing", len(orders), *kills+1, sent)
	}
}

func addFill(t *testing.T, base num.Quantity, f *order.Fill) num.Quantity {
	t.Helper()
	var c num.Calc
	q := f.Quantity
	if f.Side == order.Sell {
		q = q.Neg()
	}
	base = num.Add(&c, base, q)
	if f.FeeCurrency == "BTC" {
		base = num.Sub(&c, base, num.AsQuantity(f.Fee))
	}
	if c.Err() != nil {
		t.Fatal(c.Err())
	}
	return base
}

// auditOrders holds every order of the store against the exchange's list and
// back, and returns how many reached the exchange.
func auditOrders(t *testing.T, x ready, orders map[string]order.Order) int {
	t.Helper()
	there, became := map[string]int{}, map[string]string{}
	for id, o := range orders {
		if o.Held == id {
			became[o.ExchangeID] = id // what a stop became: the exchange has no id of ours for it
		}
	}
	for _, o := range x.orders(t) {
		if o.ClientID == "" {
			o.ClientID = became[o.ID]
		}
		there[o.ClientID]++
		if _, ok := orders[o.ClientID]; !ok {
			t.Errorf("the exchange has order %s, the store has not", o.ClientID)
		}
	}
	var newest market.Time
	for _, o := range orders {
		newest = max(newest, o.Changed)
	}
	for id, o := range orders {
		if !o.State.Terminal() || !o.Settled && o.State != order.Denied {
			t.Errorf("order %s is %s, settled %v", id, o.State, o.Settled)
		}
		want := 1
		if o.State == order.Denied || o.State == order.NotFound || o.State == order.Refused {
			want = 0
		}
		if there[id] == 0 && o.State == order.Canceled && o.Filled.IsZero() && newest.Sub(o.Changed) > time.Hour {
			want = 0 // the exchange lists it for two hours only
		}
		if there[id] != want {
			t.Errorf("order %s (%s) is %s here and %d times at the exchange, want %d: %s %s", id, o.ExchangeID, o.State, there[id], want, o.Code, o.Reason)
		}
	}
	t.Logf("%d orders were stops that the exchange held", len(became))
	return len(there)
}

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
	for _, kind := range [...]string{"6", "7"} {
		after := ""
		for {
			var page []exchangeOrder
			x.signedGet(t, "/api/spot/v3/orders?instrument_id=BTC-USD&state="+kind+"&limit=100"+after, &page)
			all = append(all, page...)
			if len(page) < 100 {
				break
			}
			after = "&after=" + page[len(page)-1].ID
		}
	}
	return all
}

func (x ready) balances(t *testing.T) []exchangeBalance {
	t.Helper()
	var all []exchangeBalance
	x.signedGet(t, "/api/spot/v3/accounts", &all)
	return all
}

// signedGet calls the exchange as its documentation says, with nothing of the
// adapter's.
func (x ready) signedGet(t *testing.T, target string, into any) {
	t.Helper()
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte("test-secret"))
	mac.Write([]byte(stamp + "GET" + target))
	req, err := http.NewRequest(http.MethodGet, x.REST+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("OK-ACCESS-KEY", "test-key")
	req.Header.Set("OK-ACCESS-PASSPHRASE", "test-pass")
	req.Header.Set("OK-ACCESS-TIMESTAMP", stamp)
	req.Header.Set("OK-ACCESS-SIGN", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
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
