//go:build unix

package main_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// recordable follows three markets.
const recordable = `version: 1
exchange: {name: okcoin, endpoint: {rest: "%s", ws: "%s"}}
account: {alias: rec, balances: {USD: 100000}}
strategies:
  - name: rec
    instruments: [BTC-USD, ETH-USD, SOL-USD]
    timeframe: 1m
    rules:
      - {name: in, for: flat, event: book, fire: while_true, when: book.bid > 0, do: {buy: {size: {quote: 1000}}}}
`

// TestRecord records an exchange in a process of its own, is killed, is
// interrupted, and ends by itself at its bound. All that it wrote down is
// played by a backtest and by the exchange.
//
// Faults: PR-02.
func TestRecord(t *testing.T) {
	t.Parallel()
	bot := build(t)
	x := startExchange(t, bot)
	dir := t.TempDir()
	config := filepath.Join(dir, "rec.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, recordable, x.REST, x.WS), 0o600); err != nil {
		t.Fatal(err)
	}
	args := func(out string, more ...string) []string {
		return append([]string{"record", "--config", config, "--speed", "50", "--out", filepath.Join(dir, out)}, more...)
	}
	for _, c := range []struct {
		out    string
		signal os.Signal
		args   []string
		says   string
		files  int
	}{
		{"killed", os.Kill, args("killed"), "^$", 1},
		{"interrupted", os.Interrupt, args("interrupted"), `^\d+ frames in 1 file, \d+ `, 1},
		{"timed", nil, args("timed", "--for", "4s"), `^\d+ frames in 1 file, \d+ `, 1},
		{"bounded", nil, args("bounded", "--file-bytes", "16384", "--max-bytes", "80000"), "it ended because the recordings in the directory reach --max-bytes\n$", 2},
	} {
		t.Run(c.out, func(t *testing.T) {
			t.Parallel()
			if said := recordUntil(t, bot, c.args, filepath.Join(dir, c.out), c.signal); !regexp.MustCompile(c.says).MatchString(said) {
				t.Errorf("it said %q, want %q", said, c.says)
			}
			names, err := filepath.Glob(filepath.Join(dir, c.out, "*"))
			if err != nil || len(names) < c.files {
				t.Fatalf("files: %v, %v, want %d at least", names, err, c.files)
			}
			for _, name := range names {
				playBack(t, bot, config, name, c.out == "timed")
			}
		})
	}
}

// recordUntil runs the program until it ends, or sends it a signal once it has
// put something on disk.
func recordUntil(t *testing.T, bot string, args []string, out string, signal os.Signal) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, bot, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for tick := time.Tick(10 * time.Millisecond); signal != nil && len(ended) == 0; <-tick {
		names, _ := filepath.Glob(filepath.Join(out, "*"))
		if len(names) == 0 {
			continue
		}
		if info, err := os.Stat(names[0]); err == nil && info.Size() > 0 {
			if err := cmd.Process.Signal(signal); err != nil {
				t.Error(err)
			}
			break
		}
	}
	if err := <-ended; (err != nil) != (signal == os.Kill) || stderr.Len() > 0 {
		t.Fatalf("it ended with %v and said %q", err, stderr.String())
	}
	return stdout.String()
}

// playBack plays a recording in a backtest, where rules on the book fire, and
// serves it.
func playBack(t *testing.T, bot, config, name string, timed bool) {
	t.Helper()
	text, err := exec.Command(bot, "backtest", "--config", config, "--market", name).CombinedOutput()
	if err != nil || !strings.Contains(string(text), " in at ") || timed && !regexp.MustCompile(`of which [1-9]\d* bars`).Match(text) {
		t.Errorf("backtest of %s: %v\n%s", name, err, text)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, bot, "exchange", "--market", name)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 1)
	if _, err := out.Read(line); err != nil || line[0] != '{' {
		t.Errorf("bot exchange --market %s: %q, %v", name, line, err)
	}
	cancel()
	_ = cmd.Wait() // interrupted: it says so
}
