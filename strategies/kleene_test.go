package strategies_test

import (
	"math"
	"strings"
	"testing"

	"rulebot/engine"
	"rulebot/strategies"
)

// TestKleene holds the tables of three-valued logic.
func TestKleene(t *testing.T) {
	const (
		f, n, y = engine.False, engine.NotReady, engine.True
	)
	words := map[engine.Truth]string{f: "close < 0", n: "sma(close, 50) > 0", y: "close > 0"}
	tables := []struct {
		form string // A and B are replaced
		want [3][3]engine.Truth
	}{
		{"A && B", [3][3]engine.Truth{{f, f, f}, {f, n, n}, {f, n, y}}},
		{"A and B", [3][3]engine.Truth{{f, f, f}, {f, n, n}, {f, n, y}}},
		{"A || B", [3][3]engine.Truth{{f, n, y}, {n, n, y}, {y, y, y}}},
		{"A or B", [3][3]engine.Truth{{f, n, y}, {n, n, y}, {y, y, y}}},
		{"(A) == (B)", [3][3]engine.Truth{{y, n, f}, {n, n, n}, {f, n, y}}},
		{"(A) != (B)", [3][3]engine.Truth{{f, n, y}, {n, n, n}, {y, n, f}}},
		{"(A) ? (B) : false", [3][3]engine.Truth{{f, f, f}, {n, n, n}, {f, n, y}}},
		{"(A) ? 1 == 1 : (B)", [3][3]engine.Truth{{f, n, y}, {n, n, n}, {y, y, y}}},
		{"not (A) && (B)", [3][3]engine.Truth{{f, n, y}, {f, n, n}, {f, f, f}}},
		{"!(A) || (B)", [3][3]engine.Truth{{y, y, y}, {n, n, y}, {f, n, y}}},
		{"((A) ? 1 : 2) < ((B) ? 2 : 1)", [3][3]engine.Truth{{f, n, f}, {n, n, n}, {f, n, y}}},
	}
	order := []engine.Truth{f, n, y}
	for _, table := range tables {
		for i, a := range order {
			for j, b := range order {
				value := strings.NewReplacer("A", words[a], "B", words[b]).Replace(table.form)
				s := single(t, value)
				got, why := fed(s, 3).Condition(s.Expr, flat())
				if got != table.want[i][j] {
					t.Errorf("%s with %v, %v: got %v, want %v", table.form, a, b, got, table.want[i][j])
				}
				if (got == n) != (why == engine.CauseWarmUp) {
					t.Errorf("%s with %v, %v: got %v because %v", table.form, a, b, got, why)
				}
			}
		}
	}
}

// TestCauses holds why a condition is not ready.
func TestCauses(t *testing.T) {
	tests := []struct {
		value string
		truth engine.Truth
		cause engine.Cause
	}{
		{"close > 0", engine.True, engine.Ready},
		{"ema(close, 20) > 0", engine.NotReady, engine.CauseWarmUp},
		{"not (ema(close, 20) > 0)", engine.NotReady, engine.CauseWarmUp},
		{"1 / (close - close) > 0", engine.NotReady, engine.CauseInf},
		{"not (1 / (close - close) > 0)", engine.NotReady, engine.CauseInf},
		{"0 / (close - close) == 0", engine.NotReady, engine.CauseNaN},
		{"(0 - 1) ** 0.5 < 0", engine.NotReady, engine.CauseNaN},
		{"close % 0 < 1", engine.NotReady, engine.CauseNaN},
		{"(0 / 0) ** 0 == 1", engine.NotReady, engine.CauseNaN},
		{"position.entry_price > 0", engine.NotReady, engine.CauseFlat},
		{"abs(position.entry_price) > 0 || close > 0", engine.True, engine.Ready},
		{"position.qty == 0 && position.pnl_pct == 0 && position.bars == 0", engine.True, engine.Ready},
		{"position.is_flat && not position.is_long", engine.True, engine.Ready},
		{"1 / 0 > 1 && false || ema(close, 20) > 1", engine.NotReady, engine.CauseWarmUp},
		{"ema(close, 20) > 1 && 1 / 0 > 1", engine.NotReady, engine.CauseWarmUp},
		{"ema(close, 20) + (close > 0 ? 1 : 2) > 0", engine.NotReady, engine.CauseWarmUp},
		{"position.entry_price + (ema(close, 20) > 0 ? 1 : 2) > 0", engine.NotReady, engine.CauseFlat},
		{"sma(1 / (close - close), 2) > 0", engine.NotReady, engine.CauseInf},
		{"max(1, 0 / 0) > 0", engine.NotReady, engine.CauseNaN},
		{"max(0 / 0, 1) > 0", engine.NotReady, engine.CauseNaN},
		{"min(1, 0 / 0) > 0 or clamp(0 / 0, 1, 2) > 0 or clamp(1, 0 / 0, 2) > 0", engine.NotReady, engine.CauseNaN},
		{"close[9] > 0", engine.NotReady, engine.CauseWarmUp},
		{"20 < close < 200", engine.True, engine.Ready},
		{"20 < close < 30", engine.False, engine.Ready},
		{"-2 ** 2 == -4", engine.True, engine.Ready},
		{"2 ** 3 ** 2 == 512 and 7 % 3 == 1 and 1 / 4 == 0.25", engine.True, engine.Ready},
		{"clamp(5, 1, 3) == 3 and clamp(-5, 1, 3) == 1 and abs(-2) == 2", engine.True, engine.Ready},
		{"(close > 0)[1]", engine.True, engine.Ready},
		{"(close > close[1])[1] == (close[1] > close[2])", engine.True, engine.Ready},
	}
	for _, tt := range tests {
		s := single(t, tt.value)
		got, why := fed(s, 3).Condition(s.Expr, flat())
		if got != tt.truth || why != tt.cause {
			t.Errorf("%s: got %v (%v), want %v (%v)", tt.value, got, why, tt.truth, tt.cause)
		}
	}
}

// TestNoData holds that nothing is true before the first bar.
func TestNoData(t *testing.T) {
	s := single(t, "close > 0")
	if got, why := s.Program().Condition(s.Expr, flat()); got != engine.NotReady || why != engine.CauseNoData {
		t.Errorf("got %v (%v), want not-ready (no data yet)", got, why)
	}
}

// TestNumber holds that a number is finite when it is ready.
//
// Faults: RK-04 RK-05.
func TestNumber(t *testing.T) {
	for value, want := range map[string]float64{
		"hl2 - (high + low) / 2":                        0,
		"hlc3 - (high + low + close) / 3":               0,
		"ohlc4 - (open + high + low + close) / 4":       0,
		"position.entry_price * 2":                      196,
		"account.equity - account.cash":                 50,
		"account.drawdown_pct * 100":                    25,
		"position.max_price - position.min_price":       6,
		"change(close, 2) - (close - close[2])":         0,
		"change(close) - (close - close[1])":            0,
		"volume * 10":                                   1 + 2,
		"highest(high, 3) - lowest(low, 3) > 0 ? 1 : 0": 1,
	} {
		s := single(t, value)
		got, why := fed(s, 3).Number(s.Expr, long())
		if math.Abs(got-want) > 1e-9 || why != engine.Ready {
			t.Errorf("%s: got %v (%v), want %v", value, got, why, want)
		}
	}
}

// TestGap holds that every series starts anew after a gap, says so, and is
// warm again after as many bars as at first.
func TestGap(t *testing.T) {
	s := single(t, "crossover(close, ema(close, 4)) || close > 0 && rsi(close, 3) > 0 && atr(3) > 0 && close[3] > 0")
	p := s.Program()
	for i := range 20 {
		b := bar(i, wave(i))
		b.Gap = i == 10
		p.Update(0, &b)
		got, why := p.Condition(s.Expr, flat())
		since, cause := i, engine.CauseWarmUp
		if i >= 10 {
			since, cause = i-10, engine.CauseGap
		}
		if since+1 < s.Feed.WarmUp {
			if got == engine.True && since < 3 {
				t.Errorf("bar %d: true while cold", i)
			}
			if got == engine.NotReady && why != cause {
				t.Errorf("bar %d: got cause %v, want %v", i, why, cause)
			}
		} else if got == engine.NotReady {
			t.Errorf("bar %d: not ready (%v), want warm after %d bars", i, why, s.Feed.WarmUp)
		}
	}
}

// TestWarmUp holds that the warm-up that the graph states is exact: the bar
// before is not ready, the bar itself is.
//
// Faults: MD-17.
func TestWarmUp(t *testing.T) {
	for value, want := range map[string]int{
		"close":                 1,
		"close[5]":              6,
		"sma(close, 7)":         7,
		"ema(close, 7)":         7,
		"rma(close, 7)":         7,
		"rsi(close, 7)":         8,
		"stdev(close, 7)":       7,
		"highest(high, 7)[2]":   9,
		"lowest(low, 7)":        7,
		"change(close)":         2,
		"change(close, 7)":      8,
		"atr(7)":                7,
		"ema(rsi(close, 7), 3)": 10,
		"crossover(close, sma(close, 7)) ? 1 : 2": 8,
		"crossunder(close, 100) ? 1 : 2":          2,
		"sma(change(ema(close, 4), 3), 2)[1]":     9,
		"5":                                       1,
	} {
		s := single(t, value)
		if s.Feed.WarmUp != want {
			t.Errorf("%s: warm-up got %d, want %d", value, s.Feed.WarmUp, want)
		}
		p := s.Program()
		for i := range want {
			b := bar(i, wave(i))
			p.Update(0, &b)
			_, why := p.Number(s.Expr, flat())
			if ready := i == want-1; (why == engine.Ready) != ready && value != "5" {
				t.Errorf("%s: bar %d of %d: %v", value, i+1, want, why)
			}
		}
	}
}

// TestHoisting holds that a series is one slot whoever asks, and that && and
// || starve none: the right side knows bars that the left side kept from it.
func TestHoisting(t *testing.T) {
	f, ds := strategies.Load("hoist.yaml", read(t, "testdata/turtle.good.yaml"))
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	want := []string{"close", "high", "highest(high, 20)", "highest(high, 20)[1]", "atr(20)", "low", "lowest(low, 10)", "lowest(low, 10)[1]"}
	if got := f.Slots(); strings.Join(got, "; ") != strings.Join(want, "; ") {
		t.Errorf("slots: got %q, want %q", got, want)
	}

	both, alone := single(t, "close < 0 && crossover(close, 100) || crossover(close, 100)"), single(t, "crossover(close, 100)")
	p, q := both.Program(), alone.Program()
	fired := 0
	for i := range 60 {
		b := bar(i, wave(i))
		p.Update(0, &b)
		q.Update(0, &b)
		got, _ := p.Condition(both.Expr, flat())
		want, _ := q.Condition(alone.Expr, flat())
		if got != want {
			t.Errorf("bar %d: got %v, want %v", i, got, want)
		}
		if got == engine.True {
			fired++
		}
	}
	if fired == 0 {
		t.Error("the wave never crossed: nothing was tested")
	}
}

// TestProgramsAreApart holds that two programs of one file share no state.
func TestProgramsAreApart(t *testing.T) {
	s := single(t, "ema(close, 3)")
	a := fed(s, 9)
	x, _ := a.Number(s.Expr, flat())
	fed(s, 20)
	if y, _ := a.Number(s.Expr, flat()); x != y {
		t.Errorf("another program's bars moved this one: got %v, want %v", y, x)
	}
}

// TestNoFusing holds that a product is rounded before it is summed. The
// factors are chosen so that a fused operation gives another result.
func TestNoFusing(t *testing.T) {
	x, y := 1.0000001, 1.0000002
	z := -float64(x * y)
	if math.FMA(x, y, z) == 0 {
		t.Fatal("the factors show nothing: choose others")
	}
	s := single(t, "1.0000001 * 1.0000002 + (0 - 1.0000001 * 1.0000002)")
	if got, _ := fed(s, 1).Number(s.Expr, flat()); got != 0 {
		t.Errorf("got %v, want 0: a product was fused with a sum", got)
	}
	in := single(t, "close * 1.0000002 + (0 - close * 1.0000002)")
	if got, _ := fed(in, 1).Number(in.Expr, flat()); got != 0 {
		t.Errorf("got %v, want 0: a product was fused with a sum", got)
	}
}
