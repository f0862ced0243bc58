package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rulebot/engine/report"
)

const guideFolder = "../../docs/guide"

// guide names the strategies of the guide.
func guide(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(guideFolder + "/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no strategies in %s: %v", guideFolder, err)
	}
	return names
}

// said runs a command of the program that has to end well, and returns what it
// printed.
func said(t *testing.T, args ...string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	if code := start(t.Context(), args, strings.NewReader(""), &out, &errs); code != exitDone {
		t.Fatalf("bot %s: got exit code %d, want 0\n%s%s", strings.Join(args, " "), code, out.Bytes(), errs.Bytes())
	}
	return out.Bytes()
}

// TestGuideChecks holds that nothing in the guide is wrong or, as far as check
// can tell, not meant.
func TestGuideChecks(t *testing.T) {
	for _, name := range guide(t) {
		var c checked
		if err := json.Unmarshal(said(t, "check", name, "--json"), &c); err != nil {
			t.Fatal(err)
		}
		for _, w := range c.Warnings {
			t.Errorf("%s: %v", name, w)
		}
	}
}

var seenBoth = regexp.MustCompile(`(?m)^(\d+) of (\d+) clauses? seen both true and false$`)

// TestGuideTests plays the tests that stand beside the rules. They see every
// clause of the guide true and false.
func TestGuideTests(t *testing.T) {
	for _, name := range guide(t) {
		out := said(t, "test", name, "--cover")
		if n := bytes.Count(out, []byte("ok    ")); n < 2 {
			t.Errorf("%s: %d tests, want two or three", name, n)
		}
		if m := seenBoth.FindSubmatch(out); m == nil || !bytes.Equal(m[1], m[2]) {
			t.Errorf("%s: a clause was not seen both true and false\n%s", name, out)
		}
	}
}

// playedLine is where a file of the guide says what came of it.
var playedLine = regexp.MustCompile(`(?m)^# Played: .*\n`)

// TestGuideBacktests plays each file over the market that it names. It trades,
// denies nothing, halts nothing, and what came out is what the file says; with
// -update that is written into it.
func TestGuideBacktests(t *testing.T) {
	for _, name := range guide(t) {
		var ran struct {
			Summary struct {
				report.Summary
				Trades int `json:"trades"`
			} `json:"summary"`
		}
		if err := json.Unmarshal(said(t, "backtest", "--config", name, "--json"), &ran); err != nil {
			t.Fatal(err)
		}
		s := &ran.Summary
		if s.Trades < 3 || s.Denied > 0 || s.Halt != "" {
			t.Errorf("%s: got %d sales, %d denied %v, halt %q; want a few sales, nothing denied, no halt", name, s.Trades, s.Denied, s.Denials, s.Halt)
		}
		holdLine(t, name, fmt.Sprintf("# Played: %d sales, %s USD of realised profit after fees, equity %s to %s, deepest fall %.2f %%.\n",
			s.Trades, cents(s.Realised), s.EquityStart, cents(s.EquityEnd), s.MaxDrawdown))
	}
}

// holdLine fails when the line of a file that says what came out is another.
func holdLine(t *testing.T, name, want string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	switch got := playedLine.Find(text); {
	case string(got) == want:
	case got == nil:
		t.Errorf("%s says nothing of what came out; write a line '# Played:' and run with -update", name)
	case !*update:
		t.Errorf("%s says what does not come out (run with -update)\ngot  %swant %s", name, got, want)
	default:
		if err := os.WriteFile(name, playedLine.ReplaceAllLiteral(text, []byte(want)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// marketDays is how long the market of a file is.
var marketDays = regexp.MustCompile(`days: \d+}`)

// TestGuideParity holds, of those that use most of the language, that a dry run
// over real sockets decides what the backtest did.
func TestGuideParity(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"rsi-reversion", "donchian"} {
		text, err := os.ReadFile(filepath.Join(guideFolder, name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		days := "days: 2}"
		if testing.Short() {
			days = "days: 1}"
		}
		config := written(t, name+".yaml", marketDays.ReplaceAllLiteralString(string(text), days))
		same(t, runCourse(t, "--config", config), backtestCourse(t, config), name+": dry run", "backtest")
	}
}
