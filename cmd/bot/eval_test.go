package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"rulebot/internal/realdata"
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

// TestEvalReference compares the command's own output with values computed in
// 120 digits: within 1e-9 of scale, from the same first bar on.
func TestEvalReference(t *testing.T) {
	columns := []struct{ expr, file, column string }{
		{"ema(close, 10)", "ema", "ema_10"},
		{"ema(close, 20)", "ema", "ema_20"},
		{"ema(close, 50)", "ema", "ema_50"},
		{"sma(close, 5)", "sma", "sma_5"},
		{"sma(close, 20)", "sma", "sma_20"},
		{"sma(close, 50)", "sma", "sma_50"},
		{"rma(close, 14)", "rma", "rma_14"},
		{"rma(close, 20)", "rma", "rma_20"},
		{"rsi(close, 2)", "rsi", "rsi_2"},
		{"rsi(close, 14)", "rsi", "rsi_14"},
		{"atr(14)", "atr", "atr_14"},
		{"100 * atr(14) / close", "natr", "natr_14"},
		{"stdev(close, 20)", "stddev", "stddev_20"},
		{"highest(close, 20)", "highest_lowest", "highest_20"},
		{"lowest(close, 20)", "highest_lowest", "lowest_20"},
		{"highest(high, 20)", "donchian", "upper"},
		{"lowest(low, 20)", "donchian", "lower"},
		{"change(close, 10)", "mom", "mom_10"},
		{"close - close[10]", "mom", "mom_10"},
		{"ema(close, 12) - ema(close, 26)", "macd", "macd"},
		{"ema(ema(ema(close, 12) - ema(close, 26), 9), 1)", "macd", "signal"},
		{"sma(hl2, 5) - sma(hl2, 34)", "ao", "ao_5_34"},
	}
	bars := realdata.Path(t, "data/indicators/bars.csv")
	scale := map[string]string{}
	for _, row := range referenceTable(t, "agreement") {
		scale[row["file"]+" "+row["column"]] = row["scale"]
	}
	for _, c := range columns {
		t.Run(c.expr, func(t *testing.T) {
			var out, errs bytes.Buffer
			if err := runEval(context.Background(), []string{c.expr, "--bars", bars}, nil, &out, &errs); err != nil {
				t.Fatalf("got %v, stderr %s", err, errs.String())
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")[1:]
			within(t, lines, referenceTable(t, c.file), c.column, referenceFloat(t, scale[c.file+" "+c.column]))
		})
	}
}

func within(t *testing.T, lines []string, want []map[string]string, column string, scale float64) {
	t.Helper()
	if len(lines) != len(want) {
		t.Fatalf("got %d lines, want %d", len(lines), len(want))
	}
	worst := 0.0
	for i, line := range lines {
		at, got, _ := strings.Cut(line, ",")
		value := want[i][column]
		if at != want[i]["time"] || (got == "") != (value == "") {
			t.Fatalf("bar %d: got %s, want %s,%s", i, line, want[i]["time"], value)
		}
		if got != "" {
			worst = max(worst, math.Abs(referenceFloat(t, got)-referenceFloat(t, value))/scale)
		}
	}
	t.Logf("worst error %.1e of scale", worst)
	if worst > 1e-9 {
		t.Errorf("got an error of %g of scale, want at most 1e-9", worst)
	}
}

func referenceTable(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(realdata.Path(t, "data/indicators/"+name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, fields := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = fields[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func referenceFloat(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
