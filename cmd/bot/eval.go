package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/exchange/history"
	"rulebot/strategies"
)

// evalFlags are what bot eval was asked for.
type evalFlags struct {
	expr      string
	bars      string
	timeframe market.Timeframe // 0: what the file says
	json      bool
}

// runEval prints the value of an expression after each bar of a file: CSV with
// the bar's opening time in Unix milliseconds, or one JSON object a line. The
// file's rows are counted as they are: what is missing there is no bar.
func runEval(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	asked, help, err := parseEval(args, stderr)
	if err != nil || help {
		return err
	}
	bars, err := evalBars(asked, stdin)
	if err != nil {
		return err
	}
	series := market.Series{Instrument: "bars", Timeframe: bars.Timeframe}
	single, found := strategies.LoadExpression("EXPR", asked.expr, series)
	if len(found) > 0 {
		_, err := fmt.Fprint(stderr, found.Render([]byte(asked.expr)))
		return errors.Join(coded{exitFailed, errors.New("")}, err) // the mistakes are the message
	}
	if single.Impure != "" {
		return fmt.Errorf("%s has no value here: there are bars only", single.Impure)
	}
	out := bufio.NewWriter(stdout)
	e := evaluation{single: single, program: single.Program(), json: asked.json}
	err = e.print(ctx, bars.All(), out)
	return errors.Join(err, out.Flush())
}

// parseEval reads the arguments; the expression may stand before or behind the
// flags.
func parseEval(args []string, stderr io.Writer) (asked evalFlags, help bool, err error) {
	fs := newFlags("eval", "eval EXPR --bars FILE [--timeframe 1m] [--json]",
		"Print the value of an expression after each bar: time,value. The value is empty while it is not ready.")
	fs.StringVar(&asked.bars, "bars", "", "`FILE` of bars, CSV or gzip; - is the standard input")
	timeframe := fs.String("timeframe", "", "length of the file's bars, like `1m`; told from the file when absent")
	fs.BoolVar(&asked.json, "json", false, "print one JSON object a line instead of CSV")
	exprs, help, err := parseMixed(fs, args, stderr)
	switch {
	case help || err != nil:
		return asked, help, err
	case len(exprs) != 1:
		return asked, false, misused("want one expression, got %d", len(exprs))
	}
	asked.expr = exprs[0]
	if asked.bars == "" {
		return asked, false, misused("which bars? add --bars FILE")
	}
	if *timeframe != "" {
		if asked.timeframe, err = market.ParseTimeframe(*timeframe); err != nil {
			return asked, false, misused("--timeframe: %v", err)
		}
	}
	return asked, false, nil
}

// evalBars reads the bars. They have no instrument, so prices stay as written.
func evalBars(asked evalFlags, stdin io.Reader) (*history.Bars, error) {
	if asked.bars == "-" {
		return history.OpenBars("stdin", stdin, market.Instrument{}, asked.timeframe)
	}
	f, err := os.Open(asked.bars)
	if err != nil {
		return nil, fmt.Errorf("bars: %w", err)
	}
	bars, err := history.OpenBars(asked.bars, f, market.Instrument{}, asked.timeframe)
	return bars, errors.Join(err, f.Close())
}

// evaluation prints an expression bar by bar.
type evaluation struct {
	single  *strategies.Single
	program engine.Program
	json    bool
	line    []byte
}

// evalLine is one line of --json. The value is a number, true or false, or
// null while it is not ready, for the cause given.
type evalLine struct {
	Time  int64  `json:"time"`
	Value any    `json:"value"`
	Cause string `json:"cause,omitempty"`
}

// stepsBetweenChecks is how many bars pass before Ctrl-C is looked at.
const stepsBetweenChecks = 4096

func (e *evaluation) print(ctx context.Context, rows []market.Bar, out *bufio.Writer) error {
	if !e.json {
		if _, err := out.WriteString("time,value\n"); err != nil {
			return err
		}
	}
	for i := range rows {
		if i%stepsBetweenChecks == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		e.program.Update(0, &rows[i])
		if err := e.write(&rows[i], out); err != nil {
			return err
		}
	}
	return nil
}

func (e *evaluation) write(bar *market.Bar, out *bufio.Writer) (err error) {
	line := evalLine{Time: bar.Open.Milli()}
	e.line = append(strconv.AppendInt(e.line[:0], line.Time, 10), ',')
	if truth, number, cause := e.value(bar); cause != engine.Ready {
		line.Cause = cause.String()
	} else if e.single.Condition {
		line.Value = truth == engine.True
		e.line = strconv.AppendBool(e.line, truth == engine.True)
	} else {
		line.Value = number
		e.line = appendShortest(e.line, number)
	}
	if e.json {
		if e.line, err = json.Marshal(&line); err != nil {
			return fmt.Errorf("bar %s: %w", bar.Open, err)
		}
	}
	e.line = append(e.line, '\n')
	_, err = out.Write(e.line)
	return err
}

// value evaluates at the close of a bar.
func (e *evaluation) value(bar *market.Bar) (truth engine.Truth, number float64, cause engine.Cause) {
	view := engine.View{At: bar.Close()}
	if e.single.Condition {
		truth, cause = e.program.Condition(e.single.Expr, &view)
		return truth, 0, cause
	}
	number, cause = e.program.Number(e.single.Expr, &view)
	return engine.NotReady, number, cause
}

// appendShortest writes the shortest text that reads back to the same float64,
// with an exponent only where there would be many zeros, as in JSON.
func appendShortest(dst []byte, x float64) []byte {
	form := byte('f')
	if size := max(x, -x); size != 0 && (size < 1e-6 || size >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(dst, x, form, -1, 64)
}
