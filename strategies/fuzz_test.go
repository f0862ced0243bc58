package strategies_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"rulebot/strategies"
)

// FuzzLoad holds that any text gives a file or diagnostics with places that
// can be shown, and never a panic.
func FuzzLoad(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		file, ds := strategies.Load("fuzz.yaml", src)
		if (file == nil) != (len(ds) > 0) {
			t.Fatalf("file %v with %d diagnostics", file, len(ds))
		}
		for _, d := range ds {
			if d.Line < 1 || d.Col < 1 || d.Message == "" || d.Code == "" {
				t.Fatalf("a diagnostic without its place: %+v", d)
			}
		}
		ds.Render(src)
		if file != nil {
			b := bar(0, 100)
			file.Program().Update(0, &b)
		}
	})
}

// FuzzExpression does the same for a lone expression, and evaluates it.
func FuzzExpression(f *testing.F) {
	for _, s := range append(append(series, crosses...), "a = 3", "close > 1 AND x", "close 2%", "position.qty ? 1 : 2", "`", "'\\", "x |  y", "-2 ** 2", "(((",
		`session("22:00-02:00", "Europe/Berlin") and time.weekday < 6`, `session("`, "book.imbalance(5) > book.bid_depth(10)", "h4.close", "state.x", "trades.bars_since_exit > 1") {
		f.Add(s)
	}
	for _, word := range slices.Concat(strategies.Functions(), strategies.Sources()) {
		f.Add(word.Example)
	}
	f.Fuzz(func(t *testing.T, value string) {
		s, ds := strategies.LoadExpression("fuzz", value, minutes)
		if (s == nil) != (len(ds) > 0) {
			t.Fatalf("expression %v with %d diagnostics", s, len(ds))
		}
		ds.Render([]byte(value))
		if s == nil {
			return
		}
		p := fed(s, 3)
		p.Condition(s.Expr, flat())
		if x, why := p.Number(s.Expr, flat()); !s.Condition && (x-x == 0) != (why == 0) {
			t.Fatalf("%q: %v with cause %v", value, x, why)
		}
		p.Explain(s.Expr, flat(), nil)
	})
}
