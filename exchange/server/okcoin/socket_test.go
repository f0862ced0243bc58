package okcoin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/exchange/server/okcoin"
)

// TestCommands is what the exchange answers to commands that are wrong, late
// or unusual.
func TestCommands(t *testing.T) {
	b := startMarket(t, someMinutes(1))
	c := b.dial()
	channel := func(event, name string) string { return fmt.Sprintf(`{"event":%q,"channel":%q}`, event, name) }
	fails := func(text string, code int) string {
		return fmt.Sprintf(`{"event":"error","message":%q,"errorCode":%d}`, text, code)
	}
	for _, step := range []struct {
		send string
		want []string
	}{
		{`ping`, []string{"pong"}},
		{`hello`, []string{fails("Unrecognized request: not a command", 30039)}},
		{`{"op":"trade","args":[]}`, []string{fails("Unrecognized request: op", 30039)}},
		{`{"op":"subscribe","args":[1]}`, []string{fails("Channel 1 doesn't exist", 30040)}},
		{`{"op":"subscribe","args":["spot/badChannel:BTC-USD"]}`, []string{fails("Channel spot/badChannel:BTC-USD doesn't exist", 30040)}},
		{`{"op":"subscribe","args":["spot/trade:BTC-EUR"]}`, []string{fails("Channel spot/trade:BTC-EUR doesn't exist", 30040)}},
		{`{"op":"subscribe","args":["spot/trade"]}`, []string{fails("Channel spot/trade doesn't exist", 30040)}},
		{`{"op":"subscribe","args":["spot/candle61s:BTC-USD"]}`, []string{fails("Channel spot/candle61s:BTC-USD doesn't exist", 30040)}},
		{`{"op":"subscribe","args":["spot/order:BTC-USD"]}`, []string{fails("User not logged in / User must be logged in", 30041)}},
		{`{"op":"subscribe","args":["spot/trade:BTC-USD","spot/none:X","spot/candle21600:BTC-USD"],"extra":1}`, []string{
			channel("subscribe", "spot/trade:BTC-USD"), fails("Channel spot/none:X doesn't exist", 30040), channel("subscribe", "spot/candle21600:BTC-USD"),
		}},
		{`{"op":"subscribe","args":["spot/trade:BTC-USD"]}`, []string{channel("subscribe", "spot/trade:BTC-USD")}},
		{`{"op":"unsubscribe","args":["spot/trade:BTC-USD","spot/depth:BTC-USD"]}`, []string{
			channel("unsubscribe", "spot/trade:BTC-USD"), channel("unsubscribe", "spot/depth:BTC-USD"),
		}},
		{`{"op":"unsubscribe","args":["spot/x:Y"]}`, []string{fails("Channel spot/x:Y doesn't exist", 30040)}},
		{loginText(keys[0], begin), []string{`{"event":"login","success":true}`}},
		{loginText(keys[0], begin), []string{fails("Already logged in", 30042)}},
		{`{"op":"subscribe","args":["spot/order:BTC-USD","spot/account:EUR"]}`, []string{
			channel("subscribe", "spot/order:BTC-USD"), fails("Channel spot/account:EUR doesn't exist", 30040),
		}},
	} {
		c.send(step.send)
		if diff := cmp.Diff(step.want, c.next(len(step.want))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.send, diff)
		}
	}
}

// TestLoginFails is followed by the end of the connection.
func TestLoginFails(t *testing.T) {
	b := startMarket(t, someMinutes(1))
	good := loginText(keys[0], begin)
	for _, c := range []struct {
		name, send string
		code       int
	}{
		{"nothing", `{"op":"login","args":[]}`, 30001},
		{"no signature", `{"op":"login","args":["k","p","1"]}`, 30002},
		{"other key", strings.Replace(good, "test-key", "none", 1), 30006},
		{"other passphrase", strings.Replace(good, "test-pass", "none", 1), 30015},
		{"other signature", loginText(okcoin.Account{Key: "test-key", Passphrase: "test-pass", Secret: "x"}, begin), 30013},
		{"late", loginText(keys[0], begin.Add(-31*time.Second)), 30008},
		{"ISO", `{"op":"login","args":["test-key","test-pass","2021-03-01T10:00:00Z","` +
			sign("test-secret", "2021-03-01T10:00:00ZGET/users/self/verify") + `"]}`, 30005},
	} {
		conn := b.dial()
		conn.send(c.send)
		frames := conn.ended()
		if want := fmt.Sprintf(`"errorCode":%d}`, c.code); len(frames) != 1 || !strings.HasSuffix(frames[0], want) {
			t.Errorf("%s: got %q, want one frame that ends in %s", c.name, frames, want)
		}
	}
}

// TestIdle closes a connection without a subscription, and one that nothing
// is pushed to. Only the second has to act within the time.
func TestIdle(t *testing.T) {
	t.Parallel()
	idle := func(d time.Duration) *client {
		source := someMinutes(1)
		cfg := config(&source, newStepped(begin))
		cfg.Front = okcoin.New(okcoin.Options{Accounts: keys, Idle: d})
		return start(t, cfg).dial()
	}
	if got := idle(time.Millisecond).ended(); len(got) != 0 {
		t.Errorf("without a subscription: got %q before the end", got)
	}
	c := idle(time.Second)
	c.subscribe("spot/trade:BTC-USD")
	if got := c.ended(); len(got) != 0 {
		t.Errorf("silent: got %q before the end", got)
	}
}

// TestTopicsAreBounded fills a connection with topics.
func TestTopicsAreBounded(t *testing.T) {
	source := someMinutes(1)
	cfg := config(&source, newStepped(begin))
	for i := range 400 {
		in := btc
		in.ID, in.Base = fmt.Sprintf("C%03d-USD", i), fmt.Sprintf("C%03d", i)
		cfg.Instruments = append(cfg.Instruments, in)
	}
	b := start(t, cfg)
	c := b.dial()
	refused := 0
	for i := range 400 {
		c.send(fmt.Sprintf(`{"op":"subscribe","args":["spot/trade:C%03d-USD"]}`, i%200))
		b.clock.pass(20 * time.Millisecond)
		if strings.Contains(c.next(1)[0], "30026") {
			refused++
		}
	}
	if refused != 160 {
		t.Errorf("of 400 commands %d were refused, want 160: 240 an hour are admitted", refused)
	}
	args := make([]string, 400)
	for i := range args {
		args[i] = fmt.Sprintf("spot/trade:C%03d-USD", i)
	}
	d := b.dial()
	d.send(`{"op":"subscribe","args":["` + strings.Join(args, `","`) + `"]}`)
	admitted := 0
	for _, f := range d.next(400) {
		if strings.Contains(f, `"event":"subscribe"`) {
			admitted++
		}
	}
	if want := 4096 / len("spot/trade:C000-USD"); admitted != want {
		t.Errorf("%d topics were admitted, want %d: 4096 bytes", admitted, want)
	}
}

// TestDeterminism runs the same market with the same client twice: the frames
// must be the same, byte for byte.
func TestDeterminism(t *testing.T) {
	run := func() []string {
		b := startMarket(t, someMinutes(5))
		c := b.dial()
		c.login()
		c.subscribe("spot/ticker:BTC-USD", "spot/trade:BTC-USD", "spot/depth_l2_tbt:BTC-USD", "spot/depth:BTC-USD",
			"spot/candle60s:BTC-USD", "spot/order:BTC-USD", "spot/account:USD", "spot/account:BTC")
		for i := range 20 {
			b.post(ordersPath, fmt.Sprintf(`{"instrument_id":"BTC-USD","side":"buy","price":"%d","size":"0.01","client_oid":"o%d"}`, 49990+i, i))
			b.post(ordersPath, fmt.Sprintf(`{"instrument_id":"BTC-USD","side":"sell","price":"%d","size":"0.01"}`, 50015+i))
		}
		b.play()
		return c.rest()
	}
	first, second := run(), run()
	if len(first) < 150 {
		t.Errorf("only %d frames came", len(first))
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
}
