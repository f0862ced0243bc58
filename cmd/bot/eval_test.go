package main

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

const evalRows = "time,open,high,low,close,volume\n" +
	"2025-01-18T00:00:00Z,1,2,1,1.5,1\n" +
	"2025-01-18T01:00:00Z,1,3,1,2.5,1\n" +
	"2025-01-18T03:00:00Z,1,4,1,3.25,0.0000001\n"

// eval runs the command on the rows above, as standard input.
func eval(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	err = runEval(context.Background(), args, strings.NewReader(evalRows), &out, &errs)
	return out.String(), errs.String(), err
}

func TestEvalPrints(t *testing.T) {
	cases := []struct {
		args []string
		want string
	}{
		{
			[]string{"sma(close, 2)", "--bars", "-"},
			"time,value\n1737158400000,\n1737162000000,2\n1737169200000,2.875\n",
		},
		{
			[]string{"--bars", "-", "--timeframe", "1h", "close > 2"},
			"time,value\n1737158400000,false\n1737162000000,true\n1737169200000,true\n",
		},
		{
			[]string{"--bars=-", "--", "-volume"},
			"time,value\n1737158400000,-1\n1737162000000,-1\n1737169200000,-1e-07\n",
		},
		{
			[]string{"close[1] > 2", "--json", "--bars", "-"},
			`{"time":1737158400000,"value":null,"cause":"warming up"}` + "\n" +
				`{"time":1737162000000,"value":false}` + "\n" +
				`{"time":1737169200000,"value":true}` + "\n",
		},
		{
			[]string{"close / (high - 2)", "--json", "--bars", "-"},
			`{"time":1737158400000,"value":null,"cause":"infinite"}` + "\n" +
				`{"time":1737162000000,"value":2.5}` + "\n" +
				`{"time":1737169200000,"value":1.625}` + "\n",
		},
	}
	for _, c := range cases {
		got, stderr, err := eval(t, c.args...)
		if err != nil || stderr != "" || got != c.want {
			t.Errorf("%q: got %v, stderr %q, stdout\n%s\nwant\n%s", c.args, err, stderr, got, c.want)
		}
	}
}

func TestEvalRefuses(t *testing.T) {
	cases := []struct {
		args []string
		code int
		err  string // begins the error
		text string // is in stderr
	}{
		{[]string{"--bars", "-"}, exitMisused, "want one expression, got 0", ""},
		{[]string{"close", "--bars", "-", "open"}, exitMisused, "want one expression, got 2", ""},
		{[]string{"close"}, exitMisused, "which bars? add --bars FILE", ""},
		{[]string{"close", "--bars", "-", "--timeframe", "7m"}, exitMisused, "--timeframe: market: timeframe \"7m\" is not one of", ""},
		{[]string{"close", "--bars", "-", "--timeframe", "1d"}, exitFailed, "stdin:3: time 2025-01-18T01:00:00.000Z is not where a bar of 1d starts", ""},
		{[]string{"close", "--bras", "-"}, exitMisused, "there is no flag --bras; did you mean --bars?", ""},
		{[]string{"clsoe", "--bars", "-"}, exitFailed, "", "EXPR:1:1: unknown name clsoe\n    | clsoe\n    | ^\n    = did you mean close?"},
		{[]string{"position.qty", "--bars", "-"}, exitFailed, "position.qty has no value here", ""},
		{[]string{"close", "--bars", filepath.Join("testdata", "absent.csv")}, exitFailed, "bars: open ", ""},
	}
	for _, c := range cases {
		stdout, stderr, err := eval(t, c.args...)
		if err == nil || !strings.HasPrefix(err.Error(), c.err) || !strings.Contains(stderr, c.text) || stdout != "" {
			t.Errorf("%q: got %v, stderr %q, stdout %q, want %s and %q", c.args, err, stderr, stdout, c.err, c.text)
			continue
		}
		code := exitFailed
		if known, ok := errors.AsType[coded](err); ok {
			code = known.ExitCode()
		}
		if code != c.code {
			t.Errorf("%q: got exit code %d, want %d", c.args, code, c.code)
		}
	}
	if _, stderr, err := eval(t, "-h"); err != nil || !strings.HasPrefix(stderr, "usage: bot eval EXPR --bars FILE") {
		t.Errorf("-h: got %v, stderr %q", err, stderr)
	}
}

func TestEvalStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	if err := runEval(ctx, []string{"close", "--bars", "-"}, strings.NewReader(evalRows), &out, &errs); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
