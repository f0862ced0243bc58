package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rulebot/strategies"
)

func check(t *testing.T, stdin string, args ...string) (stdout string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	err := runCheck(context.Background(), args, strings.NewReader(stdin), &out, &errs)
	var c interface{ ExitCode() int }
	switch {
	case err == nil:
	case errors.As(err, &c):
		code = c.ExitCode()
	default:
		code = exitFailed
	}
	return out.String(), code
}

func TestCheckExample(t *testing.T) {
	out, code := check(t, "", "../../strategies.example.yaml")
	if code != exitDone {
		t.Fatalf("exit code got %d, want 0:\n%s", code, out)
	}
	for _, want := range []string{"ok, mode dry-run", "ema-cross", "BTC-USD 15m", "ready after", "max_drawdown_pct", "allow.BTC-USD"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "warning") {
		t.Errorf("the example has warnings:\n%s", out)
	}
	if strings.Contains(out, "not written") {
		t.Errorf("the example leaves a limit to its default:\n%s", out)
	}
}

const small = `version: 1
exchange: {name: okcoin}
account: {balances: {USD: 5000}}
strategies:
  - name: a
    instrument: BTC-USD
    timeframe: 1h
    rules: [{name: r, when: 'close > sma(close, 72)', do: close}]
`

func TestCheckDefaults(t *testing.T) {
	out, code := check(t, small, "-", "--json")
	if code != exitDone {
		t.Fatalf("exit code got %d, want 0:\n%s", code, out)
	}
	var c checked
	if err := json.Unmarshal([]byte(out), &c); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, l := range c.Limits {
		if l.Default {
			got[l.Key] = l.Value
		}
	}
	for key, want := range map[string]string{
		"max_order_value": "5000", "max_position_value": "5000", "max_exposure": "5000",
		"max_daily_loss": "20 %", "max_drawdown_pct": "50",
	} {
		if got[key] != want {
			t.Errorf("default of %s: got %q, want %q", key, got[key], want)
		}
	}
	if f := c.Feeds[0]; f.WarmUp != 72 || f.Time != "3 days" {
		t.Errorf("feed: got %+v, want 72 bars, 3 days", f)
	}
}

func TestCheckFindings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(path, []byte(strings.Replace(small, "close > sma", "clsoe > smma", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, code := check(t, small, path, "-")
	if code != exitFailed {
		t.Errorf("exit code got %d, want 1", code)
	}
	for _, want := range []string{"bad.yaml:8:30: unknown name clsoe", "did you mean close?", "bad.yaml:8:38: unknown function smma", "2 mistakes", "stdin: ok"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	out, code = check(t, "", path, "--json")
	var c checked
	if err := json.Unmarshal([]byte(out), &c); err != nil || code != exitFailed {
		t.Fatalf("got code %d, %v:\n%s", code, err, out)
	}
	if c.OK || len(c.Diagnostics) != 2 || c.Diagnostics[0].Line != 8 || c.Diagnostics[0].Col != 30 {
		t.Errorf("got %+v", c)
	}
}

// TestCheckOrigins holds that each limit says where it comes from.
func TestCheckOrigins(t *testing.T) {
	src := strings.Replace(small, "strategies:", "risk:\n  max_exposure: 900\n  allow: {BTC-USD: [sell]}\n  max_orders: {second: 2}\nstrategies:", 1)
	out, _ := check(t, src, "-", "--json")
	var c checked
	if err := json.Unmarshal([]byte(out), &c); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, l := range c.Limits {
		got[l.Key] = l.From
	}
	for key, want := range map[string]string{
		"max_exposure": "stdin:5", "allow.BTC-USD": "stdin:6", "max_orders": "stdin:7", "collar_pct": "default of a dry run", "max_daily_loss": "default of a dry run",
	} {
		if got[key] != want {
			t.Errorf("%s: got from %q, want %q", key, got[key], want)
		}
	}
}

// TestCheckWorst holds the worst case of files, computed by hand.
func TestCheckWorst(t *testing.T) {
	const file = `version: 1
exchange: {name: okcoin, endpoint: builtin}
account: {balances: {USD: 5000}}
risk: {max_order_value: 800, max_position_value: 2000, max_exposure: 2300, max_open_orders: {instrument: 3, total: 5}}
strategies:
  - name: sized
    instrument: BTC-USD
    timeframe: 1h
    rules:
      - {name: a, for: flat, when: close > open, do: {buy: {size: {quote: 100}}}}
      - {name: b, for: flat, when: "close < open[1]", do: {buy: {size: {equity_pct: 10}}}}
      - {name: c, for: long, when: close < open, do: close}
  - name: limited
    instrument: BTC-USD
    timeframe: 1h
    rules:
      - {name: a, for: flat, when: close > open, do: [{buy: {size: {base: 1}}}, {buy: {size: {quote: "min(300, volume)"}}}]}
    exits: {stop_loss: {pct: 2}}
  - name: pyramid
    instrument: ETH-USD
    timeframe: 1h
    rules:
      - {name: a, when: close > open, do: {buy: {size: {quote: 100}}}}
  - name: units
    instruments: [SOL-USD, ADA-USD]
    timeframe: 1h
    rules:
      - {name: first, for: flat, when: close > open, do: {buy: {size: {quote: 100}}}}
      - {name: more, for: long, max_entries: 4, when: "close > close[1]", do: {buy: {size: {quote: 50}}}}
  - name: maker
    instrument: XRP-USD
    timeframe: 1h
    rules:
      - {name: rest, for: flat, when: close > open, do: {buy: {size: {quote: 10}, type: limit, price: low, expire: 1 bar}}}
      - {name: once, for: flat, once_per: position, when: "close > close[1]", do: {buy: {size: {quote: 10}, type: limit, price: low}}}
    exits: {stop_loss: {pct: 2}}
  - name: careful
    instrument: DOT-USD
    timeframe: 1h
    rules:
      - {name: rest, when: close > open, do: {buy: {size: {quote: 700}, type: limit, price: low}}}
    risk: {max_position_value: 900, max_open_orders: 2}
`
	out, code := check(t, file, "-", "--json")
	var c checked
	if err := json.Unmarshal([]byte(out), &c); err != nil || code != exitDone {
		t.Fatalf("got code %d, %v:\n%s", code, err, out)
	}
	want := []strategies.Worst{
		{Strategy: "sized", Instrument: "BTC-USD", Capital: 600, By: "sizes", Orders: 2, Live: "rules"},
		{Strategy: "limited", Instrument: "BTC-USD", Capital: 1100, By: "max_order_value", Orders: 2, Live: "rules"},
		{Strategy: "pyramid", Instrument: "ETH-USD", Capital: 2000, By: "max_position_value", Orders: 1, Live: "rules"},
		{Strategy: "units-sol-usd", Instrument: "SOL-USD", Capital: 300, By: "sizes", Orders: 1, Live: "rules"},
		{Strategy: "units-ada-usd", Instrument: "ADA-USD", Capital: 300, By: "sizes", Orders: 1, Live: "rules"},
		{Strategy: "maker", Instrument: "XRP-USD", Capital: 20, By: "sizes", Orders: 3, Live: "rules"},
		{Strategy: "careful", Instrument: "DOT-USD", Capital: 900, By: "max_position_value of the strategy", Orders: 2, Live: "max_open_orders of the strategy"},
	}
	if d := cmp.Diff(want, c.Worst); d != "" {
		t.Errorf("worst case (-want +got):\n%s", d)
	}
	if d := cmp.Diff(&strategies.Worst{Capital: 2300, By: "max_exposure", Orders: 5, Live: "max_open_orders"}, c.All); d != "" {
		t.Errorf("of all (-want +got):\n%s", d)
	}
	out, _ = check(t, strings.Replace(file, "account: {balances: {USD: 5000}}\nrisk: {max_order_value: 800, max_position_value: 2000, max_exposure: 2300, max_open_orders: {instrument: 3, total: 5}}\n", "", 1), "-")
	if !strings.Contains(out, "pyramid              holds the starting equity at most") || !strings.Contains(out, "the account          holds the starting equity at most") {
		t.Errorf("nothing bounds it, and it says\n%s", out)
	}
}

// TestCheckData holds what is said of data that a mode cannot give.
func TestCheckData(t *testing.T) {
	generated := strings.NewReplacer("okcoin}", "okcoin, endpoint: builtin}", "BTC-USD", "XYZ-USD").Replace(small)
	for name, tt := range map[string]struct{ src, want string }{
		"no such instrument": {generated, "has no XYZ-USD [data]"},
		"too long":           {strings.Replace(small, "close, 72", "close, 1500", 1), "keep 1440 only: a run may decide nothing for its first 2.5 days [data]"},
		"quotes":             {strings.Replace(small, "close, 72)", "close, 72) and book.ask < 9", 1), "book.ask needs top of book: a backtest over bars uses close plus and minus half of spread_bps, here 2 [data]"},
		"levels":             {strings.Replace(small, "close, 72)", "close, 72) and book.imbalance(5) > 0.6", 1), "book.imbalance(5) needs levels of the book: bars have none, so a backtest over bars reads the levels that the built-in exchange draws around their quotes [data]"},
		"own days":           {strings.NewReplacer("1h", "1d\n    day_start: \"17:00 -05:00\"").Replace(small), "BTC-USD 1d from 22:00: an exchange keeps days from 00:00 UTC only"},
		"a feed elsewhere":   {strings.NewReplacer("XYZ-USD", "BTC-USD\n    feeds: {x: {instrument: XYZ-USD}}", "close > sma", "x.close > sma").Replace(generated), "has no XYZ-USD [data]"},
		"denied":             {strings.NewReplacer("strategies:", "risk: {max_order_value: 10}\nstrategies:", "do: close", "do: {buy: {size: {quote: 11}}}").Replace(small), "above risk.max_order_value of 10: every such order will be denied [denied]"},
	} {
		out, code := check(t, tt.src, "-")
		if code != exitDone || !strings.Contains(out, tt.want) {
			t.Errorf("%s: code %d, no %q in\n%s", name, code, tt.want, out)
		}
	}
}

// TestCheckLive, faults: CF-04.
func TestCheckLive(t *testing.T) {
	out, code := check(t, "mode: live\n"+small, "-")
	if code != exitFailed || !strings.Contains(out, "max_order_quantity") {
		t.Errorf("got code %d:\n%s", code, out)
	}
}

func TestCheckMisuse(t *testing.T) {
	for _, args := range [][]string{{}, {"--wrong"}, {"no-such-file.yaml"}} {
		if out, code := check(t, "", args...); code != exitMisused {
			t.Errorf("%q: exit code got %d, want 2:\n%s", args, code, out)
		}
	}
}
