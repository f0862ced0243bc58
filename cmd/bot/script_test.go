package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary the program: a script's "bot" enters where
// main does.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"bot": program, "starved": starved})
}

func program() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := start(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	tellPeak()
	os.Exit(code)
}

var update = flag.Bool("update", false, "write what the commands print into the scripts that compare it")

// TestScripts plays the command line as people use it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Setup: func(e *testscript.Env) error {
			return os.WriteFile(e.WorkDir+"/bars.csv", barsFile(36*60), 0o600)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":  exits,
			"stream": checkStream,
			"keys":   checkKeys,
			"chain":  keepChain,
		},
	})
}

// exits runs a command and wants an exit code: exits CODE COMMAND...
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%v: got exit code %d, want %d", args[1:], got, want)
	}
}

// summaryKeys are what every summary has.
func summaryKeys() []string {
	return []string{
		"events", "bars", "decisions", "intents", "denied", "orders", "fills", "realised_pnl", "unrealised_pnl",
		"fees", "equity_start", "equity_end", "max_drawdown_pct",
	}
}

// checkStream wants the last stdout to be the stream of a run: one object a
// line, decisions, orders and fills, then the summary, which counts them.
func checkStream(ts *testscript.TestScript, _ bool, _ []string) {
	lines := strings.Split(strings.TrimSpace(ts.ReadFile("stdout")), "\n")
	counts := map[string]int64{}
	var summary map[string]json.RawMessage
	for i, text := range lines {
		var object map[string]json.RawMessage
		ts.Check(json.Unmarshal([]byte(text), &object))
		if len(object) != 1 {
			ts.Fatalf("line %d has %d members, want 1: %s", i+1, len(object), text)
		}
		for kind, value := range object {
			counts[kind]++
			if kind == "summary" {
				ts.Check(json.Unmarshal(value, &summary))
			}
		}
		if summary != nil && i != len(lines)-1 {
			ts.Fatalf("the summary is line %d of %d", i+1, len(lines))
		}
	}
	wantKeys(ts, summary, summaryKeys())
	for kind, key := range map[string]string{"decision": "decisions", "fill": "fills"} {
		if got := string(summary[key]); got != strconv.FormatInt(counts[kind], 10) || counts[kind] == 0 {
			ts.Fatalf("the summary says %s %s, the stream has %d", got, key, counts[kind])
		}
	}
	if counts["order"] < counts["fill"] {
		ts.Fatalf("%d order lines for %d fills", counts["order"], counts["fill"])
	}
}

// checkKeys wants the last stdout to be one object with a summary that has the
// usual keys and those given.
func checkKeys(ts *testscript.TestScript, _ bool, args []string) {
	var got struct{ Summary map[string]json.RawMessage }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &got))
	wantKeys(ts, got.Summary, append(summaryKeys(), args...))
}

// keepChain puts the hash of the decisions in the last stdout into $CHAIN.
func keepChain(ts *testscript.TestScript, _ bool, _ []string) {
	_, chain, found := strings.Cut(ts.ReadFile("stdout"), `"decision_chain":"`)
	chain, _, _ = strings.Cut(chain, `"`)
	if !found || chain == "" {
		ts.Fatalf("no decision_chain in %s", ts.ReadFile("stdout"))
	}
	ts.Setenv("CHAIN", chain)
}

func wantKeys(ts *testscript.TestScript, object map[string]json.RawMessage, want []string) {
	for _, key := range want {
		if _, ok := object[key]; !ok {
			ts.Fatalf("no %q in the summary, which has %v", key, sortedKeys(object))
		}
	}
}

// barsFile is a file of one-minute bars that rise and fall in waves of two
// hours.
func barsFile(n int) []byte {
	var b bytes.Buffer
	b.WriteString("time,open,high,low,close,volume\n")
	const start = 1735689600000 // 2025-01-01
	last := 0
	for i := range n {
		step := i % 120
		if step >= 60 {
			step = 120 - step
		}
		now := step * 15
		high, low := max(last, now), min(last, now)
		fmt.Fprintf(&b, "%d,%d,%d,%d,%d,1.5\n", start+i*60000, 90000+last, 90000+high+2, 90000+low-2, 90000+now)
		last = now
	}
	return b.Bytes()
}

// self returns a command that runs this test binary as bot.
func self(ctx context.Context, dir string, args ...string) (*exec.Cmd, error) {
	name, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, name)
	cmd.Args = slices.Concat([]string{"bot"}, args)
	cmd.Dir = dir
	return cmd, nil
}
