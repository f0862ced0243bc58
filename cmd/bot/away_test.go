package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

// awayAt is when the bot of the tests was gone, awayFor for how long.
const (
	awayAt  = market.Time(1735689600e9 + 30e9) // in the middle of a minute
	awayFor = 4*time.Minute + 45*time.Second
)

// remembered is an exchange that remembers some bars.
type remembered struct {
	bars []market.Bar
	err  error
}

func (r remembered) Bars(_ context.Context, s market.Series, n int, until market.Time) ([]market.Bar, error) {
	if s.Instrument != "BTC-USD" || n != 4 || until != awayAt.Add(-30*time.Second+5*time.Minute) {
		return nil, fmt.Errorf("asked for %d bars of %s until %s", n, s, until)
	}
	return r.bars, r.err
}

// dipping is a minute that opens and closes at 100, with a low.
func dipping(minute int, low string) market.Bar {
	p := num.MustPrice
	return market.Bar{
		Open: awayAt.Add(-30*time.Second + time.Duration(minute)*time.Minute), Timeframe: market.Minute,
		O: p("100"), H: p("101"), L: p(low), C: p("100"), Volume: num.MustQuantity("40"),
	}
}

// leftBehind is a dry run that was away, with a buy of 1 at 97 at rest.
func leftBehind(t *testing.T) *runner {
	t.Helper()
	f, err := load(written(t, "rest.yaml", dipRules("builtin")))
	if err != nil {
		t.Fatal(err)
	}
	inst := market.Instrument{
		ID: "BTC-USD", Base: "BTC", Quote: "USD", Tick: num.MustPrice("0.01"), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("0.0001"),
	}
	r := &runner{file: f, conn: &connection{
		clock: live.NewReal(awayAt.Add(awayFor), 1), base: market.Minute,
	}}
	if r.set, err = newSetup(f, []market.Instrument{inst}, r.conn.base, startEquity(f)); err != nil {
		t.Fatal(err)
	}
	if r.paper, err = r.set.paper(); err != nil {
		t.Fatal(err)
	}
	err = r.paper.Restore(sim.PaperState{
		At:    awayAt,
		Owned: []sim.CurrencyBook{{Currency: "USD", Opened: num.MustMoney("10000"), Total: num.MustMoney("10000")}},
		Orders: []sim.StoredOrder{{Order: sim.Order{
			Request: sim.Request{
				Account: "paper", ClientID: "c1", Instrument: "BTC-USD", Side: order.Buy, Type: sim.Limit,
				TIF: order.GTC, Price: num.MustPrice("97"), Quantity: num.MustQuantity("1"),
			},
			ID: "1000000000000001", State: order.Open, Created: awayAt, Changed: awayAt,
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestAway: what became of an order at rest while the bot was away is what the
// bars of that time say, and of what they do not say the person is told.
func TestAway(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		bars []market.Bar
		want []string
		open bool
	}{
		{
			"through",
			[]market.Bar{dipping(1, "99"), dipping(2, "96"), dipping(3, "99"), dipping(4, "99")},
			[]string{"AWAY from 2025-01-01 00:00:30 to 2025-01-01 00:05:15, 4m45s:", "BTC-USD +4 1m bars\n", "filled +bought 1 BTC-USD at 97, 2025-01-01 00:02:"},
			false,
		},
		{
			"not through",
			[]market.Bar{dipping(1, "99"), dipping(2, "97.5"), dipping(3, "99"), dipping(4, "99")},
			[]string{"4 1m bars\n", "rests +buy 1 BTC-USD, limit 97"},
			true,
		},
		{
			"before and after",
			[]market.Bar{dipping(0, "90"), dipping(1, "99"), dipping(2, "99"), dipping(3, "99"), dipping(4, "99"), dipping(5, "90")},
			[]string{"4 1m bars\n", "rests"},
			true,
		},
		{
			"part of it",
			[]market.Bar{dipping(3, "98"), dipping(4, "99")},
			[]string{"2 of 4 1m bars; in the others an order is taken to have rested", "rests"},
			true,
		},
		{"nothing", nil, []string{"no data: the exchange has none of the 4 1m bars, an order is taken to have rested", "rests"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := leftBehind(t)
			a, err := r.comeBack(t.Context(), remembered{bars: c.bars})
			if err != nil {
				t.Fatal(err)
			}
			var said bytes.Buffer
			a.report(&said)
			for _, want := range c.want {
				wantMatch(t, said.String(), want)
			}
			if r.paper.Waits() != c.open {
				t.Errorf("rests %v, want %v:\n%s", r.paper.Waits(), c.open, said.String())
			}
		})
	}
	r := leftBehind(t)
	if _, err := r.comeBack(t.Context(), remembered{err: io.ErrUnexpectedEOF}); err == nil || !strings.Contains(err.Error(), "orders at rest since 2025-01-01 00:00:30") {
		t.Errorf("an exchange that does not answer: %v", err)
	}
}

// dipRules is a dry run that leaves two orders after each dip.
func dipRules(endpoint string) string {
	return `version: 1
record: true
on_exit: leave
exchange: {name: okcoin, endpoint: ` + endpoint + `}
account: {balances: {USD: 10000}, latency: 0s}
strategies:
  - name: near
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - {name: rest, for: flat, when: low < 96, fire: while_true, do: {buy: {size: {base: 1}, type: limit, price: 97}}}
  - name: far
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - {name: rest, for: flat, when: low < 96, fire: while_true, do: {buy: {size: {base: 1}, type: limit, price: 90}}}
`
}

// TestAwayContinued stops a dry run with two orders at rest and goes on after
// the market went through the price of one. Both starts can be verified.
func TestAwayContinued(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("time,open,high,low,close,volume\n")
	for i := range 2000 {
		low := "99"
		if i%3 == 0 {
			low = "95"
		}
		fmt.Fprintf(&b, "%d,100,101,%s,100,40\n", 1735689600000+int64(i)*60000, low)
	}
	x := served(t, "--speed", "100", "--market", written(t, "dips.csv", b.String()))
	dir := t.TempDir()
	config := dipRules("{rest: \"" + x.REST + "\", ws: \"" + x.WS + "\"}")
	if err := os.WriteFile(filepath.Join(dir, "rest.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "--config", "rest.yaml", "--speed", "100"}
	orders := 0
	interrupted(t, dir, args, func(line string) bool {
		if strings.Contains(line, " order ") {
			orders++
		}
		return orders == 2
	})
	awaitBars(t, x.REST, 4)
	stdout, stderr := interrupted(t, dir, args, func(line string) bool { return strings.Contains(line, " position ") })
	wantMatch(t, stderr, `filled +bought 1 BTC-USD at 97, `)
	wantMatch(t, stderr, `rests +buy 1 BTC-USD, limit 90\n`)
	wantMatch(t, stdout, `fill +bought 1 BTC-USD at 97, fee `)
	wantMatch(t, stdout, `near .*holds 0.99`)
	if code, said := verified(t, "--state", filepath.Join(dir, "state")); code != exitDone || strings.Count(said, "VERIFIED") != 2 {
		t.Errorf("exit code %d:\n%s", code, said)
	}
}

// awaitBars waits until an exchange has closed so many more bars.
func awaitBars(t *testing.T, rest string, n int) {
	t.Helper()
	newest := func() string {
		r, err := http.Get(rest + "/api/spot/v3/instruments/BTC-USD/candles?granularity=60")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text[:min(len(text), 30)])
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for before := newest(); n > 0; <-tick.C {
		if now := newest(); now != before {
			before = now
			n--
		}
	}
}

func wantMatch(t *testing.T, text, pattern string) {
	t.Helper()
	if !regexp.MustCompile(pattern).MatchString(text) {
		t.Errorf("no %q in\n%s", pattern, text)
	}
}
