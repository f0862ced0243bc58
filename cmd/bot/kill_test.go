//go:build unix

package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
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
	"rulebot/engine/portfolio"
	"rulebot/persist"
)

var (
	kills  = flag.Int("kills", 6, "how often the running bot is killed, on each protocol")
	speaks = flag.String("protocol", "okcoin-v3", "what the exchange of the kill points and of the soak speaks")
)

// churn buys and closes on nearly every bar, so that a kill hits something;
// beside it orders rest, expire and go on at the market, stops wait, and the
// exchange holds some.
const churn = `version: 1
exchange:
  name: %s
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
	for _, protocol := range [...]string{"okcoin-v3", "okx-v5"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			killedAndRestarted(t, bot, protocol)
		})
	}
}

func killedAndRestarted(t *testing.T, bot, protocol string) {
	t.Helper()
	x := startExchange(t, bot, "--speed", "50", "--protocol", protocol)
	config := filepath.Join(t.TempDir(), "churn.yaml")
	if err := os.WriteFile(config, x.fileOf(churn), 0o600); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(t.TempDir(), "state")
	random := rand.New(rand.NewPCG(1, 2))
	args := []string{"run", "--live", "--config", config, "--state", state, "--speed", "50", "--json", "--crashes", "0"}
	for n := range *kills {
		after := 100*time.Millisecond + time.Duration(random.Int64N(int64(1500*time.Millisecond)))
		runAndKill(t, bot, args, after, n%2 == 1)
	}
	runToFlat(t, bot, args, state)
	orders, sent := audit(t, x, state)
	if len(orders) < *kills/2 || sent == 0 {
		t.Errorf("only %d orders in %d lives, %d sent: the kills hit nothing", len(orders), *kills+1, sent)
	}
}

func build(t *testing.T, flags ...string) string {
	t.Helper()
	bot := filepath.Join(t.TempDir(), "bot")
	args := slices.Concat([]string{"build", "-o", bot}, flags, []string{"."})
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bot
}

// ready is the line bot exchange prints when it can be reached.
type ready struct{ Protocol, REST, WS string }

// fileOf names the exchange in a strategies file.
func (x ready) fileOf(format string) []byte {
	name, _, _ := strings.Cut(x.Protocol, "-")
	return fmt.Appendf(nil, format, name, x.REST, x.WS)
}

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

// Of the end: how long everything may take to come to a proven end, and how
// long one life waits for a moment that is good to stop.
const (
	settleWithin = 2 * time.Minute
	waitAtMost   = 10 * time.Second
)

// runToFlat runs the bot until what earlier lives left is proven and the
// strategy whose stops the exchange holds sold, or for a while, and stops it
// cleanly; and again, until that left nothing open, and no stop at the exchange,
// which would trigger while nobody looks. A slow machine needs more lives, but
// ends the same.
func runToFlat(t *testing.T, bot string, args []string, state string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), settleWithin)
	defer cancel()
	left := readBooks(t, state).live()
	for {
		runToProof(ctx, t, bot, args, left)
		b := readBooks(t, state)
		if left = b.live(); len(left) == 0 && len(b.kept) == 0 {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("after %v not proven: %v, held by the exchange: %v", settleWithin, left, b.kept)
		}
	}
}

// runToProof is one of these lives.
func runToProof(ctx context.Context, t *testing.T, bot string, args, left []string) {
	t.Helper()
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
	var once sync.Once
	stop := func() {
		once.Do(func() { _ = cmd.Process.Signal(os.Interrupt) }) // that it ended otherwise is seen below
	}
	defer time.AfterFunc(waitAtMost, stop).Stop()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var line struct{ Order *order.Order }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || line.Order == nil {
			continue
		}
		if o := line.Order; o.State.Terminal() && o.Settled {
			left = slices.DeleteFunc(left, func(id string) bool { return id == o.ClientID })
			if len(left) == 0 && o.Strategy == "held" && o.Side == order.Sell && o.State == order.Filled {
				stop()
			}
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("the last run ended with %v, not proven: %v\n%s", err, left, said.Bytes())
	}
}

// books are what a store holds.
type books struct {
	orders map[string]order.Order
	fills  int
	booked []engine.Change // baselines and fills, in order
	kept   map[string]bool // stops that the exchange may hold
	halt   engine.Halt
}

// live are the orders of which not everything is known.
func (b *books) live() []string {
	var ids []string
	for id, o := range b.orders {
		if !o.State.Terminal() || !o.Settled && o.State != order.Denied {
			ids = append(ids, id)
		}
	}
	return ids
}

// readBooks reads and verifies the newest store; there may be none.
func readBooks(t *testing.T, state string) *books {
	t.Helper()
	b := &books{orders: map[string]order.Order{}, kept: map[string]bool{}}
	dir, err := persist.Newest(state)
	if errors.Is(err, persist.ErrMissing) {
		return b
	}
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
	err = store.Replay(func(c engine.Change) error {
		switch c.Kind {
		case engine.ChangeOrder:
			b.orders[c.Order.ClientID] = c.Order
		case engine.ChangeBalance:
			b.booked = append(b.booked, c)
		case engine.ChangeFill:
			b.booked = append(b.booked, c)
			b.fills++
		case engine.ChangeHeld:
			b.kept[c.Held.ID] = true
			if c.Held.State == engine.HeldOver || c.Held.State == engine.HeldAbsent {
				delete(b.kept, c.Held.ID)
			}
		case engine.ChangeHalt:
			b.halt = c.Halt
		default:
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// audit compares the store with the exchange, and returns its orders and how
// many of them reached the exchange.
func audit(t *testing.T, x ready, state string) (orders map[string]order.Order, sent int) {
	t.Helper()
	b := readBooks(t, state)
	ledger := portfolio.New(nil)
	base := num.Quantity{}
	btc := market.Instrument{ID: "BTC-USD", Base: "BTC", Quote: "USD"}
	for i := range b.booked {
		if c := &b.booked[i]; c.Kind == engine.ChangeBalance {
			ledger.SetBaseline(c.Balance.Currency, c.Balance.Total)
			continue
		}
		f := b.booked[i].Fill
		base = addFill(t, base, &f)
		if err := ledger.Apply("churn", btc, f); err != nil {
			t.Fatal(err)
		}
	}
	sent = auditOrders(t, x, b.orders)
	if got := ledger.Position("churn").Quantity; got != base {
		t.Errorf("position %s, the sum of fills less base fees is %s", got, base)
	}
	for _, held := range x.balances(t) {
		if got := ledger.Balance(held.Currency); got.String() != held.Balance {
			t.Errorf("%s: we count %s, the exchange %s", held.Currency, got, held.Balance)
		}
	}
	rested, ends := 0, map[string]int{}
	for _, o := range b.orders {
		ends[strings.TrimSpace(o.State.String()+" "+o.Code)]++
		if o.Rests() && o.ExchangeID != "" {
			rested++
		}
	}
	t.Logf("%d orders, %d reached the exchange, %d of them to rest; they ended as %v", len(b.orders), sent, rested, ends)
	return b.orders, sent
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
