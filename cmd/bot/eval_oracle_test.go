package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"rulebot/internal/oracle"
)

// evalBook is generated bars as a file, and as series.
type evalBook struct {
	csv             string
	high, low, last oracle.Series
}

// generateBars walks from a price in ticks. A quiet bar has no trade.
func generateBars(t *testing.T, seed uint64, start int64, places int, quiet float64) evalBook {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 7))
	var text strings.Builder
	text.WriteString("time,open,high,low,close,volume\n")
	var highs, lows, closes []float64
	price := start
	for i := range 400 {
		open, high, low := price, price, price
		if r.Float64() >= quiet {
			price = max(1, price+r.Int64N(41)-20)
			high = max(open, price) + r.Int64N(9)
			low = max(1, min(open, price)-r.Int64N(9))
		}
		decimal := func(ticks int64) string { return fmt.Sprintf("%de-%d", ticks, places) }
		fmt.Fprintf(&text, "%d,%s,%s,%s,%s,0.5\n", 1737158400000+int64(i)*60_000, decimal(open), decimal(high), decimal(low), decimal(price))
		highs = append(highs, referenceFloat(t, decimal(high)))
		lows = append(lows, referenceFloat(t, decimal(low)))
		closes = append(closes, referenceFloat(t, decimal(price)))
	}
	return evalBook{text.String(), oracle.Of(highs), oracle.Of(lows), oracle.Of(closes)}
}

// TestEvalOracle compares the command's output with 400-bit arithmetic from
// scratch, over ordinary, thin, tiny and ill-conditioned prices.
func TestEvalOracle(t *testing.T) {
	markets := map[string]evalBook{
		"ordinary":          generateBars(t, 1, 600_000, 1, 0),
		"large, tiny moves": generateBars(t, 2, 100_000_000, 3, 0.2),
		"thin":              generateBars(t, 3, 200, 3, 0.95),
		"tiny":              generateBars(t, 4, 40, 9, 0.5),
		"flat":              generateBars(t, 5, 2000, 4, 1),
	}
	const n = 20
	for name, b := range markets {
		for expr, want := range map[string]oracle.Series{
			"sma(close, 20)":    oracle.SMA(b.last, n),
			"ema(close, 20)":    oracle.EMA(b.last, n),
			"rma(close, 20)":    oracle.RMA(b.last, n),
			"rsi(close, 20)":    oracle.RSI(b.last, n),
			"atr(20)":           oracle.ATR(b.high, b.low, b.last, n),
			"stdev(close, 20)":  oracle.Stdev(b.last, n),
			"highest(high, 20)": oracle.Highest(b.high, n),
			"lowest(low, 20)":   oracle.Lowest(b.low, n),
			"change(close, 20)": oracle.Change(b.last, n),
			"close[20]":         oracle.Lag(b.last, n),
		} {
			t.Run(name+"/"+expr, func(t *testing.T) {
				var out, errs bytes.Buffer
				err := runEval(context.Background(), []string{expr, "--bars", "-"}, strings.NewReader(b.csv), &out, &errs)
				if err != nil {
					t.Fatalf("got %v, stderr %s", err, errs.String())
				}
				lines := strings.Split(strings.TrimSpace(out.String()), "\n")[1:]
				againstOracle(t, lines, want)
			})
		}
	}
}

func againstOracle(t *testing.T, lines []string, want oracle.Series) {
	t.Helper()
	for i := range want {
		_, got, _ := strings.Cut(lines[i], ",")
		if (got == "") != (want[i] == nil) {
			t.Fatalf("bar %d: got %q, want %v", i, got, want[i])
		}
		if got == "" {
			continue
		}
		w, _ := want[i].Float64()
		if g := referenceFloat(t, got); math.Abs(g-w) > 1e-9*math.Abs(w) {
			t.Fatalf("bar %d: got %v, want %v", i, g, w)
		}
	}
}
