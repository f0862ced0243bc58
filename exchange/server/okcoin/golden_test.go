package okcoin_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden conversations")

// golden compares a conversation with its file.
func golden(t *testing.T, name string, lines []string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// TestMarketConversation is what a client of every public topic sees of two
// minutes.
func TestMarketConversation(t *testing.T) {
	b := startMarket(t, someMinutes(2))
	c := b.dial()
	c.subscribe("spot/ticker:BTC-USD", "spot/trade:BTC-USD", "spot/depth_l2_tbt:BTC-USD", "spot/candle60s:BTC-USD",
		"spot/candle180s:BTC-USD", "spot/depth5:BTC-USD")
	b.play()
	lines := c.rest()
	for i, l := range lines {
		if len(l) > 600 {
			lines[i] = fmt.Sprintf("%s ... %d more characters ... %s", l[:300], len(l)-500, l[len(l)-200:])
		}
	}
	golden(t, "market.golden", lines)
}

// TestPulse is what a client of candles and the ticker sees of a minute in
// which trades come each 15 s, when the exchange tells them twice a minute.
func TestPulse(t *testing.T) {
	source := someMinutes(2)
	cfg := config(&source, newStepped(begin))
	cfg.Manner.Pulse = 30 * time.Second
	b := start(t, cfg)
	c := b.dial()
	c.subscribe("spot/candle60s:BTC-USD", "spot/candle180s:BTC-USD", "spot/ticker:BTC-USD")
	b.play()
	lines := c.rest()
	for i, l := range lines {
		lines[i] = l[:min(len(l), 160)]
	}
	golden(t, "pulse.golden", lines)
}

// TestOrderConversation is an account's own stream: rests, takes, cancels.
func TestOrderConversation(t *testing.T) {
	b := startMarket(t, someMinutes(1))
	c := b.dial()
	c.login()
	c.subscribe("spot/order:BTC-USD", "spot/account:USD", "spot/account:BTC", "spot/trade:BTC-USD", "spot/depth_l2_tbt:BTC-USD")
	lines := c.next(3) // balances and the empty book
	other := b.dial()
	other.send(loginText(keys[1], b.x.Now()))
	other.next(1)
	other.subscribe("spot/order:BTC-USD", "spot/account:USD")
	other.next(1)

	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	do := func(target, body string, frames int) {
		t.Helper()
		a := b.post(target, body)
		say("> POST %s %s\n< %d %s", target, body, a.status, a.body)
		lines = append(lines, c.next(frames)...)
	}
	do("/api/spot/v3/orders", `{"instrument_id":"BTC-USD","side":"buy","type":"limit","price":"49000","size":"0.1","client_oid":"r1"}`, 3)
	b.clock.End()
	<-b.x.Done()
	b.clock.Begin()
	c.rest()
	do("/api/spot/v3/orders", `{"instrument_id":"btc-usd","side":"sell","price":"49995","size":"0.6","order_type":"3","client_oid":"r2"}`, 7)
	do("/api/spot/v3/cancel_orders/r1", `{"instrument_id":"BTC-USD"}`, 3)
	do("/api/spot/v3/cancel_orders/r1", `{"instrument_id":"BTC-USD"}`, 0)
	do("/api/spot/v3/orders", `{"instrument_id":"BTC-USD","side":"buy","price":"60000","size":"0.1","order_type":"1","client_oid":"r3"}`, 3)
	b.clock.End()
	for _, l := range other.rest() {
		t.Errorf("another account got %s", l)
	}
	golden(t, "orders.golden", lines)
}
