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
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	logtest "github.com/sirupsen/logrus/hooks/test"

	bot "rulebot/cmd/bot"
)

// resting has one order far below the market, and leaves it at a clean end.
const resting = `version: 1
on_exit: leave
exchange:
  name: %s
  cancel_after: 40s
  endpoint: {rest: "%s", ws: "%s"}
account:
  alias: resting
  balances: {USD: 100000}
risk:
  allow: {BTC-USD: [buy, sell]}
  max_order_quantity: {BTC-USD: 0.5}
  max_order_value: 20000
  max_position_value: 50000
  max_exposure: 60000
  collar_pct: 60
  max_daily_loss: {pct: 50}
  max_drawdown_pct: 50
strategies:
  - name: deep
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - name: in
        when: orders.open_buys == 0
        fire: while_true
        do: {buy: {size: {quote: 1000}, type: limit, price: close * 0.5}}
      - {name: out, for: long, when: close < 0, do: close}
`

// TestDeadMansSwitch: a killed bot's order at rest is cancelled by the exchange
// when the time is over; what a clean stop leaves stays.
func TestDeadMansSwitch(t *testing.T) {
	t.Parallel()
	bot := build(t)
	x := startExchange(t, bot, "--speed", "50", "--protocol", "okx-v5")
	dir := t.TempDir()
	config := filepath.Join(dir, "resting.yaml")
	if err := os.WriteFile(config, x.fileOf(resting), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "--live", "--config", config, "--state", filepath.Join(dir, "state"), "--speed", "50", "--json"}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	killed := x.restAndSignal(ctx, t, bot, args, os.Kill)
	x.gone(ctx, t, killed)

	stayed := x.restAndSignal(ctx, t, bot, args, os.Interrupt)
	x.signedPost(t, "/api/v5/trade/order", `{"instId":"BTC-USD","tdMode":"cash","side":"buy","ordType":"limit","px":"9","sz":"0.01","clOrdId":"probe","tag":"probe"}`)
	x.signedPost(t, "/api/v5/trade/cancel-all-after", `{"timeOut":"40","tag":"probe"}`)
	x.gone(ctx, t, "probe") // its switch was armed last: by now any earlier one has gone off
	if o := x.resting(t, stayed); o.State != "live" {
		t.Errorf("after a clean stop the order is %+v, want it left", o)
	}
}

// TestDeadMansSwitchFails: what is said of a switch that is not armed, not
// renewed, or not taken away.
func TestDeadMansSwitchFails(t *testing.T) {
	t.Parallel()
	refusals := 0
	for name, c := range map[string]struct {
		fails func(call int, within time.Duration) bool
		clean bool
		want  []string
	}{
		"never armed": {
			func(int, time.Duration) bool { return true }, true,
			[]string{"is not armed", "could not be taken away"},
		},
		"not renewed": {
			func(call int, within time.Duration) bool { return call == 2 && within > 0 }, true,
			[]string{"was not renewed"},
		},
		"armed later": {func(call int, _ time.Duration) bool { return call == 1 }, true, []string{"is not armed", "is armed again"}},
		"taken away at the third try": {func(_ int, within time.Duration) bool {
			refusals += map[bool]int{true: 1}[within == 0]
			return within == 0 && refusals < 3
		}, true, nil},
		"well":          {func(int, time.Duration) bool { return false }, true, nil},
		"no clean stop": {func(int, time.Duration) bool { return false }, false, []string{"stays armed"}},
	} {
		log, said := logtest.NewNullLogger()
		renewed := make(chan struct{})
		calls, last := 0, time.Duration(-1)
		arm := func(_ context.Context, within time.Duration) error {
			calls++
			if last = within; calls == 2 {
				close(renewed)
			}
			if c.fails(calls, within) {
				return errors.New("down")
			}
			return nil
		}
		bot.Deadman(t.Context(), arm, renewed, c.clean, log)
		var got []string
		for _, e := range said.AllEntries() {
			got = append(got, e.Message)
		}
		for _, want := range c.want {
			if !strings.Contains(strings.Join(got, "\n"), want) {
				t.Errorf("%s: said %q, want %q among it", name, got, want)
			}
		}
		if len(c.want) == 0 && len(got) > 0 || c.clean != (last == 0) {
			t.Errorf("%s: said %q, last asked for %v", name, got, last)
		}
	}
}

// restAndSignal runs the bot until it says that an order rests, and ends it.
func (x ready) restAndSignal(ctx context.Context, t *testing.T, bot string, args []string, by os.Signal) (clientID string) {
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
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var line struct {
			Order *struct {
				ClientID string `json:"client_order_id"`
				State    string
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || line.Order == nil || line.Order.State != "OPEN" || clientID != "" {
			continue
		}
		clientID = line.Order.ClientID
		if err := cmd.Process.Signal(by); err != nil {
			t.Fatal(err)
		}
	}
	err = cmd.Wait()
	if clientID == "" || by == os.Interrupt && err != nil {
		t.Fatalf("order %q, %v\n%s", clientID, err, said.Bytes())
	}
	if strings.Contains(said.String(), "dead man") {
		t.Errorf("the switch was not well: %s", said.Bytes())
	}
	return clientID
}

// atExchange is an order as the exchange tells it.
type atExchange struct{ ClOrdID, Tag, State, CancelSource string }

// resting is an order of ours.
func (x ready) resting(t *testing.T, clientID string) atExchange {
	t.Helper()
	var answer struct{ Data []atExchange }
	x.signedGet(t, "/api/v5/trade/order?clOrdId="+clientID+"&instId=BTC-USD", &answer)
	if len(answer.Data) != 1 {
		t.Fatalf("order %s is not at the exchange", clientID)
	}
	return answer.Data[0]
}

// gone waits until a switch has cancelled an order.
func (x ready) gone(ctx context.Context, t *testing.T, clientID string) {
	t.Helper()
	look := time.NewTicker(100 * time.Millisecond) // the exchange counts how often it is asked
	defer look.Stop()
	for range look.C {
		o := x.resting(t, clientID)
		if o.State == "live" && ctx.Err() == nil {
			continue
		}
		if o.State != "canceled" || o.CancelSource != "20" || o.Tag == "" {
			t.Errorf("got %+v, want it cancelled by the switch of its tag", o)
		}
		return
	}
}

// signedPost is a call that must succeed.
func (x ready) signedPost(t *testing.T, target, body string) {
	t.Helper()
	stamp := x.stamp(t)
	mac := hmac.New(sha256.New, []byte("test-secret"))
	mac.Write([]byte(stamp + "POST" + target + body))
	req, err := http.NewRequest(http.MethodPost, x.REST+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"OK-ACCESS-KEY": "test-key", "OK-ACCESS-PASSPHRASE": "test-pass", "OK-ACCESS-TIMESTAMP": stamp,
		"OK-ACCESS-SIGN": base64.StdEncoding.EncodeToString(mac.Sum(nil)), "X-Simulated-Trading": "1", "Content-Type": "application/json",
	} {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.Contains(text, []byte(`"code":"0"`)) {
		t.Fatalf("POST %s: %s, %v", target, text, err)
	}
}
