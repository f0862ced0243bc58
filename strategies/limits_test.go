package strategies_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"rulebot/strategies"
)

// TestSpelling holds that an expression, printed and read again, is the same:
// what explanations show is what runs.
func TestSpelling(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	w := writer{next: r.IntN}
	for range 500 {
		value := w.condition(1 + w.next(4)).ours
		if len(value) > 1500 {
			continue
		}
		once := strategies.Spelling(value, minutes)
		if twice := strategies.Spelling(once, minutes); twice != once {
			t.Fatalf("%s\n prints as %s\n and then  %s", value, once, twice)
		}
		a, b := single(t, value), single(t, once)
		x, _ := fed(a, oracleBars).Condition(a.Expr, long())
		if y, _ := fed(b, oracleBars).Condition(b.Expr, long()); x != y {
			t.Fatalf("%s is %v\n%s is %v", value, x, once, y)
		}
	}
}

func TestSpellingIsPlain(t *testing.T) {
	for value, want := range map[string]string{
		"( ( close ) )>1":                     "close > 1",
		"!(close>open)and(1<2)":               "not (close > open) && 1 < 2",
		"-close**2":                           "-close ** 2",
		"(-close)**2":                         "(-close) ** 2",
		"(close-open)-(high-low)":             "close - open - (high - low)",
		"1<close<=2":                          "1 < close && close <= 2",
		"ema( close,3 )[ 1 ]":                 "ema(close, 3)[1]",
		"(close > 1 or open > 1) && high > 1": "(close > 1 || open > 1) && high > 1",
		"close > 1 ? 0.50 : 1e-7":             "close > 1 ? 0.5 : 1e-07",
	} {
		if got := strategies.Spelling(value, minutes); got != want {
			t.Errorf("%s: got %s, want %s", value, got, want)
		}
	}
}

// TestExpressionLimits holds each limit at its edge: the largest expression
// that is allowed, and the next one, which is refused by name.
//
// Faults: RK-06.
func TestExpressionLimits(t *testing.T) {
	sum := func(n int, part func(i int) string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = part(i)
		}
		for len(parts) > 1 { // in pairs, so that it stays shallow
			for i := range len(parts) / 2 {
				parts[i] = "(" + parts[2*i] + "+" + parts[2*i+1] + ")"
			}
			if odd := len(parts) % 2; odd == 1 {
				parts[len(parts)/2] = parts[len(parts)-1]
			}
			parts = parts[:(len(parts)+1)/2]
		}
		return parts[0]
	}
	ones := func(n int) string { return sum(n, func(int) string { return "1" }) }
	series := func(n int) string { return sum(n, func(i int) string { return fmt.Sprintf("open[%d]", i) }) }
	nested := func(n int) string { return strings.Repeat("abs(", n) + "1" + strings.Repeat(")", n) }
	for name, tt := range map[string]struct {
		fits, refused string
		because       string
	}{
		"length": {strings.Repeat(" ", 2047) + "1", strings.Repeat(" ", 2048) + "1", "has 2049 bytes; at most 2048"},
		"parts":  {ones(250), ones(251), "more than 500 parts"},
		"nested": {nested(100), nested(101), "too large"},
		"series": {series(99), series(100), "reads 101 series; at most 100"},
		"window": {"sma(close, 10000)", "sma(close, 10001)", "may be 10000 at most, got 10001"},
		"index":  {"close[10000]", "close[10001]", "may be 10000 at most, got 10001"},
	} {
		if _, ds := strategies.LoadExpression(name, tt.fits, minutes); len(ds) > 0 {
			t.Errorf("%s: refused: %v", name, ds[0])
		}
		_, ds := strategies.LoadExpression(name, tt.refused, minutes)
		if len(ds) != 1 || ds[0].Code != strategies.CodeLimit || !strings.Contains(ds[0].Message, tt.because) {
			t.Errorf("%s: got %v, want one diagnostic that says %q", name, ds, tt.because)
		}
	}
}

// TestTooMuch holds that no expression is too much to bear.
//
// Faults: RK-06.
func TestTooMuch(t *testing.T) {
	for name, value := range map[string]string{
		"long":  strings.Repeat("close + ", 300) + "close",
		"open":  strings.Repeat("(", 2000),
		"minus": strings.Repeat("-", 1500) + "1",
	} {
		if _, ds := strategies.LoadExpression(name, value, minutes); len(ds) == 0 {
			t.Errorf("%s: no diagnostic", name)
		}
	}
}

// TestLetsDoNotExplode holds that lets that double each other are refused
// before they fill the memory.
func TestLetsDoNotExplode(t *testing.T) {
	var b strings.Builder
	b.WriteString("version: 1\nexchange: {name: okcoin}\nstrategies:\n  - name: a\n    instrument: BTC-USD\n    timeframe: 1m\n    let:\n      x0: close\n")
	for i := range 60 {
		fmt.Fprintf(&b, "      x%d: x%d + x%d * x%d\n", i+1, i, i, i)
	}
	b.WriteString("    rules: [{name: r, when: x60 > 1, do: close}]\n")
	_, ds := strategies.Load("explode.yaml", []byte(b.String()))
	if len(ds) != 1 || ds[0].Code != strategies.CodeLimit {
		t.Errorf("got %v, want one diagnostic about size", ds)
	}
}

// TestFileLimits holds that no file is too much to bear, nor one byte that is
// not text.
//
// Faults: CF-10.
func TestFileLimits(t *testing.T) {
	deep := "a: " + strings.Repeat("[", 30) + strings.Repeat("]", 30)
	for name, src := range map[string]string{
		"size":    strings.Repeat("# comment\n", 1<<17),
		"deep":    deep,
		"deeper":  strings.Repeat("[", 1<<19),
		"maps":    strings.Repeat("{a: ", 1<<17),
		"indent":  strings.Repeat("- ", 1<<18),
		"bytes":   "version: 1\nmode: \xff\n",
		"zero":    "version: 1\nmode: \x00\n",
		"errors":  strings.Repeat("a: b: c\n", 5000),
		"quotes":  strings.Repeat("a: \"\n", 5000),
		"anchors": "a: &a [1]\n" + strings.Repeat("b: *a\n", 5000),
		"newline": "\r\r\n\n\u2028\u0085a: b: c",
	} {
		_, ds := strategies.Load(name, []byte(src))
		if len(ds) == 0 {
			t.Errorf("%s: no diagnostic", name)
			continue
		}
		ds.Render([]byte(src))
	}
}

// TestByteOrderMark holds that a byte order mark shifts no column.
func TestByteOrderMark(t *testing.T) {
	_, ds := strategies.Load("bom", []byte("\uFEFFversoin: 1\n"))
	if len(ds) == 0 || ds[0].Line != 1 || ds[0].Col != 1 {
		t.Errorf("got %v, want the first at 1:1", ds)
	}
}
