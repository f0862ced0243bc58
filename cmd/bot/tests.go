package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"rulebot/strategies"
)

// runTests plays the tests that stand beside the rules: each strategy alone,
// over the bars of the test, through the same engine, risk checks and
// simulated exchange as a backtest, with answers that come at once.
func runTests(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	fs := newFlags("test", "test FILE... [--cover] [--run TEXT] [--json]",
		"Play the tests that stand beside the rules, and say of each whether what it expects came true. Files that a\ntest names are looked for beside the strategies file. Exit code 1 when one fails.")
	cover := fs.Bool("cover", false, "say of each clause whether it was seen true, seen false, and ever decided")
	only := fs.String("run", "", "only tests whose name, or whose strategy's, contains `TEXT`")
	asJSON := fs.Bool("json", false, "print one JSON object a test")
	names, help, err := parseMixed(fs, args, stderr)
	if help || err != nil {
		return err
	}
	if len(names) == 0 {
		return misused("which file? usage: bot test FILE... [--cover]")
	}
	failed := 0
	for _, name := range names {
		t := session{name: name, only: *only, json: *asJSON, out: stdout}
		if err := t.run(ctx); err != nil {
			return err
		}
		if *cover {
			t.showCover()
		}
		failed += t.failed
	}
	if failed > 0 {
		return coded{exitFailed, errors.New("")} // what failed stands on stdout
	}
	return nil
}

// session is the playing of one file's tests.
type session struct {
	name   string
	only   string
	json   bool
	out    io.Writer
	src    []byte
	file   *strategies.File
	cover  coverage
	failed int
}

// verdict is what came of one test.
type verdict struct {
	Strategy string                 `json:"strategy"`
	Test     string                 `json:"test"`
	OK       bool                   `json:"ok"`
	Failures strategies.Diagnostics `json:"failures,omitempty"`
}

func (t *session) run(ctx context.Context) error {
	var err error
	if t.src, err = os.ReadFile(t.name); err != nil {
		return coded{exitMisused, err}
	}
	if t.file, err = load(t.name); err != nil {
		return err
	}
	t.cover = newCoverage(t.file)
	var verdicts []verdict
	for _, one := range t.file.Tests() {
		st := t.file.Strategies[one.Strategy].Name
		if !strings.Contains(one.Name, t.only) && !strings.Contains(st, t.only) {
			continue
		}
		v, err := t.play(ctx, &one)
		if err != nil {
			return fmt.Errorf("%s:%d: test %s: %w", one.In, one.Place.Line, one.Name, err)
		}
		verdicts = append(verdicts, v)
	}
	return t.show(verdicts)
}

func (t *session) play(ctx context.Context, one *strategies.Test) (verdict, error) {
	v := verdict{Strategy: t.file.Strategies[one.Strategy].Name, Test: one.Name}
	p, err := newTrial(t.file, one, &t.cover)
	if err != nil {
		return v, err
	}
	if err := p.run(ctx); err != nil {
		return v, err
	}
	v.Failures = p.judge()
	v.OK = len(v.Failures) == 0
	if !v.OK {
		t.failed++
	}
	return v, nil
}

func (t *session) show(verdicts []verdict) error {
	if t.json {
		enc := json.NewEncoder(t.out)
		for _, v := range verdicts {
			if err := enc.Encode(v); err != nil {
				return err
			}
		}
		return nil
	}
	var b strings.Builder
	for _, v := range verdicts {
		word := "ok  "
		if !v.OK {
			word = "FAIL"
		}
		fmt.Fprintf(&b, "%s  %s: %s\n", word, v.Strategy, v.Test)
		if !v.OK {
			b.WriteString(indented(v.Failures.Render(t.src)))
		}
	}
	switch {
	case len(verdicts) == 0:
		fmt.Fprintf(&b, "%s: no tests\n", t.name)
	case t.failed == 0:
		fmt.Fprintf(&b, "%s: %s, all as expected\n", t.name, counted(len(verdicts), "test"))
	default:
		fmt.Fprintf(&b, "%s: %d of %s failed\n", t.name, t.failed, counted(len(verdicts), "test"))
	}
	_, err := io.WriteString(t.out, b.String())
	return err
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// indented moves lines to the right of a verdict.
func indented(s string) string {
	var b strings.Builder
	for l := range strings.Lines(s) {
		if strings.TrimSpace(l) != "" {
			l = "      " + l
		}
		b.WriteString(l)
	}
	return b.String()
}
