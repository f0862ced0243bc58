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

// holding buys and does not sell.
const holding = `version: 1
exchange: {name: okcoin, endpoint: {rest: %q, ws: %q}}
account: {balances: {USD: 10000}}
flatten: %v
strategies:
  - name: holder
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - {name: in, for: flat, when: close > 0, fire: while_true, do: {buy: {size: {quote: 500}}}}
`

// TestFlattened has the kill switch sell what a run holds: where its file says
// that it may, and else not.
func TestFlattened(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		may        bool
		text, said string
	}{
		{true, "halted, none of our orders is live, and no strategy holds anything that can be sold", "HALTED: none of our orders is live any more, and no strategy holds anything that can be sold, the exchange says"},
		{false, "halted, and none of our orders is live; NOTHING WAS SOLD: the file of this run does not say flatten: true, so the kill switch closes no position; sell by hand what has to be sold", "no order leaves, and none of ours is live. Next"},
	} {
		t.Run(fmt.Sprint(c.may), func(t *testing.T) {
			t.Parallel()
			x, dir := served(t, "--speed", "100", "--seed", "3"), t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "resting.yaml"), fmt.Appendf(nil, holding, x.REST, x.WS, c.may), 0o600); err != nil {
				t.Fatal(err)
			}
			asked := false
			said := startLive(t, dir, "HALT ", func(line string, _ *os.Process) {
				if asked || !strings.Contains(line, "  position  ") {
					return
				}
				asked = true
				var stdout, stderr bytes.Buffer
				code := start(t.Context(), []string{"halt", "--state", filepath.Join(dir, "state"), "--flatten", "--json"}, nil, &stdout, &stderr)
				var a answerOf
				if err := json.Unmarshal(stdout.Bytes(), &a); err != nil || (code == exitDone) != c.may || !a.Running || a.OK != c.may || a.Text != c.text {
					t.Errorf("bot halt --flatten: exit code %d, %s%s", code, stdout.String(), stderr.String())
				}
			})
			if !strings.Contains(said, c.said) {
				t.Errorf("stderr has no %q:\n%s", c.said, said)
			}
			got := botSays(t, "positions", "--state", filepath.Join(dir, "state"))
			if dust := strings.Contains(got, "BTC-USD     0.0000"); dust != c.may {
				t.Errorf("bot positions:\n%s", got)
			}
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
	return startProgram(t, "", dir, last, see)
}

// startProgram is startLive of another program; "" is this one.
func startProgram(t *testing.T, program, dir, last string, see func(line string, bot *os.Process)) (stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd, err := self(ctx, dir, "run", "--live", "--config", "resting.yaml", "--speed", "100")
	if err != nil {
		t.Fatal(err)
	}
	if program != "" {
		cmd.Path = program
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
