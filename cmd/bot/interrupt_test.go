//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// protected buys at once and protects what it bought.
const protected = `version: 1
exchange: {name: okcoin, endpoint: builtin, market: {seed: 1, days: 1}}
account: {balances: {USD: 10000}}
strategies:
  - name: holder
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - {name: in, for: flat, when: close > 0, fire: while_true, do: {buy: {size: {quote: 1000}}}}
    exits:
      stop_loss: {pct: 50}
      take_profit: {pct: 50}
`

// TestInterrupted stops a real process in the middle of a run with Ctrl-C: it
// ends well, with a summary, and names what nobody watches now. While it runs,
// nobody else may have its store.
//
// Faults: PR-11.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "holder.yaml"), []byte(protected), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "--config", "holder.yaml", "--speed", "60"}
	stdout, stderr := interrupted(t, dir, args, func(line string) bool {
		if !strings.Contains(line, " fill ") {
			return false
		}
		wantInUse(t, dir, args)
		return true
	})
	for _, want := range []string{"bought ", "\n  decisions         1; 1 intent, 0 denied, 1 order, 1 fill\n", "\n  equity            10000.00 USD at the start"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("stdout has no %q:\n%s", want, stdout)
		}
	}
	for _, want := range []string{"open position: holder holds 0.0", "  nobody watches its stop_loss at ", "  nobody watches its take_profit at "} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr has no %q:\n%s", want, stderr)
		}
	}
}

// TestContinued stops a dry run against an exchange of its own and starts it
// again: it goes on with the position it had.
func TestContinued(t *testing.T) {
	x := served(t, "--speed", "100", "--seed", "3")
	dir := t.TempDir()
	elsewhere := fmt.Sprintf("endpoint: {rest: %q, ws: %q}}", x.REST, x.WS)
	config := strings.Replace(protected, "endpoint: builtin, market: {seed: 1, days: 1}}", elsewhere, 1)
	if err := os.WriteFile(filepath.Join(dir, "holder.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "--config", "holder.yaml", "--speed", "100"}
	_, stderr := interrupted(t, dir, args, func(line string) bool { return strings.Contains(line, " fill ") })
	if strings.Contains(stderr, "continued") {
		t.Errorf("the first run goes on with something:\n%s", stderr)
	}
	_, held, _ := strings.Cut(stderr, "open position: ")
	held, _, _ = strings.Cut(held, ", now ")
	stdout, stderr := interrupted(t, dir, args, func(string) bool { return true })
	for _, want := range []string{", continued\n", "open position: " + held, "nobody watches its stop_loss"} {
		if held == "" || !strings.Contains(stderr, want) {
			t.Errorf("stderr has no %q:\n%s\nstdout\n%s", want, stderr, stdout)
		}
	}
	wantExplained(t, filepath.Join(dir, "state"))
}

// wantExplained wants what the first run decided to be explained after the
// second, and how the rule stood counted over both.
func wantExplained(t *testing.T, state string) {
	t.Helper()
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"explain", "holder-1", "--state", state}, []string{"holder/in  TRUE  (decision holder-1 at ", "  close > 0  TRUE  close ", "\n  R14  collar above the market  ", "  FILLED  ", "\nfills\n"}},
		{[]string{"why", "--strategy", "holder", "--state", state}, []string{"holder/in  ", "fired once\n", "\n  for: flat  "}},
	} {
		var stdout, stderr bytes.Buffer
		if code := start(t.Context(), c.args, nil, &stdout, &stderr); code != exitDone {
			t.Errorf("bot %v: exit code %d: %s", c.args, code, stderr.String())
		}
		for _, want := range c.want {
			if !strings.Contains(stdout.String(), want) {
				t.Errorf("bot %v does not say %q:\n%s", c.args, want, stdout.String())
			}
		}
	}
}

// wantInUse wants a second run on the same store to be turned away.
func wantInUse(t *testing.T, dir string, args []string) {
	t.Helper()
	cmd, err := self(t.Context(), dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	failed, ok := errors.AsType[*exec.ExitError](err)
	if !ok || failed.ExitCode() != exitInUse || !strings.Contains(string(out), "in use") {
		t.Errorf("a second run on the store: got %v, want exit code %d:\n%s", err, exitInUse, out)
	}
}

// TestExchangeProcess prints one ready line and ends well on Ctrl-C.
func TestExchangeProcess(t *testing.T) {
	stdout, stderr := interrupted(t, t.TempDir(), []string{"exchange", "--days", "1"}, func(string) bool { return true })
	var line map[string]any
	if err := json.Unmarshal([]byte(stdout), &line); err != nil {
		t.Fatalf("want one line of JSON, got %v:\n%s", err, stdout)
	}
	for _, key := range []string{"protocol", "rest", "ws", "market", "time"} {
		if _, ok := line[key]; !ok {
			t.Errorf("no %q in the ready line %s", key, stdout)
		}
	}
	if stderr != "" {
		t.Errorf("stderr got %q, want nothing", stderr)
	}
}

// interrupted runs bot and sends it an interrupt once a line of its stdout is
// enough. It wants exit code 0.
func interrupted(t *testing.T, dir string, args []string, enough func(line string) bool) (stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd, err := self(ctx, dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	var errs bytes.Buffer
	cmd.Stderr = &errs
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	sent := false
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		out.WriteString(lines.Text() + "\n")
		if !sent && enough(lines.Text()) {
			sent = true
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil || !sent {
		t.Fatalf("bot %s: got %v, interrupted %v\nstdout\n%s\nstderr\n%s", strings.Join(args, " "), err, sent, out.String(), errs.String())
	}
	return out.String(), errs.String()
}
