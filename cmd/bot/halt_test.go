//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// resting has one order far from the market at any time.
const resting = `version: 1
exchange: {name: okcoin, endpoint: {rest: %q, ws: %q}}
account: {balances: {USD: 10000}}
strategies:
  - name: patient
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - {name: in, when: orders.open_buys == 0, fire: while_true, do: {buy: {size: {quote: 500}, type: limit, price: close * 0.95}}}
`

// TestHaltedRun halts a process in the middle of a live run by each of the
// ways there are. The order that rests is cancelled, which the exchange
// confirms; killed and started again it is still halted; resumed it trades.
func TestHaltedRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		halt func(t *testing.T, dir string, bot *os.Process)
		want string
	}{
		{"command", func(t *testing.T, dir string, _ *os.Process) {
			got := botSays(t, "halt", "--state", filepath.Join(dir, "state"), "--reason", "test", "--json")
			var a answerOf
			if err := json.Unmarshal([]byte(got), &a); err != nil || !a.Running || !a.OK || a.Live != 0 {
				t.Errorf("bot halt: got %s, %v; want the running bot's last word", got, err)
			}
		}, "file HALT: test"},
		{"file", func(t *testing.T, dir string, _ *os.Process) {
			if err := os.WriteFile(filepath.Join(dir, "state", "HALT"), nil, 0o600); err != nil {
				t.Error(err)
			}
		}, "file HALT"},
		{"signal", func(t *testing.T, _ string, bot *os.Process) {
			if err := bot.Signal(syscall.SIGUSR1); err != nil {
				t.Error(err)
			}
		}, "SIGUSR1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x, dir := served(t, "--speed", "100", "--seed", "3"), t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "resting.yaml"), fmt.Appendf(nil, resting, x.REST, x.WS), 0o600); err != nil {
				t.Fatal(err)
			}
			said := startLive(t, dir, "ended ", func(line string, bot *os.Process) {
				if strings.Contains(line, "nearest patient/in") { // said while nothing happens: it rests
					c.halt(t, dir, bot)
				}
			})
			if want := "HALTED, OPERATOR: halted by hand: " + c.want + "; no order leaves, and the one of ours"; !strings.Contains(said, want) {
				t.Errorf("stderr has no %q:\n%s", want, said)
			}
			said = startLive(t, dir, "", func(string, *os.Process) {})
			if want := "it is HALTED, OPERATOR: halted by hand: " + c.want + "\n"; !strings.Contains(said, want) {
				t.Errorf("after kill -9 stderr has no %q:\n%s", want, said)
			}
			botSays(t, "resume", "--state", filepath.Join(dir, "state"), "--reason", "test")
			startLive(t, dir, "  order ", func(string, *os.Process) {})
		})
	}
}

func botSays(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := start(t.Context(), args, nil, &stdout, &stderr); code != exitDone {
		t.Errorf("bot %v: exit code %d\n%s%s", args, code, stdout.String(), stderr.String())
	}
	return stdout.String()
}

// startLive runs bot until a line of its stdout has the last word, or, where
// that is "", until its head was printed, and kills it.
func startLive(t *testing.T, dir, last string, see func(line string, bot *os.Process)) (stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd, err := self(ctx, dir, "run", "--live", "--config", "resting.yaml", "--speed", "100")
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	seen, printed := false, ""
	for lines := bufio.NewScanner(pipe); !seen && lines.Scan(); {
		printed += lines.Text() + "\n"
		see(lines.Text(), cmd.Process)
		seen = strings.Contains(lines.Text(), last)
	}
	cancel() // kills it
	if err := cmd.Wait(); err == nil || !seen {
		t.Fatalf("the bot ended with %v and never said %q\n%s%s", err, last, printed, said.String())
	}
	return said.String()
}
