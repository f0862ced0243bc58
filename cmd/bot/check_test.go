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
