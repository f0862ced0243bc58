package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"rulebot/internal/oracle"
	"rulebot/strategies"
)

// evalBook is generated bars as a file, and as series. Typical prices and
// middles are formed in float64, as the language forms them.
type evalBook struct {
	csv                           string
	open, high, low, last, volume oracle.Series
	middle, typical               oracle.Series
	up                            oracle.Series // close > open
	day                           []int64
}

// generateBars walks from a price in ticks. A quiet bar has no trade.
func generateBars(t *testing.T, seed uint64, start int64, places int, quiet float64) evalBook {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 7))
	var text strings.Builder
	text.WriteString("time,open,high,low,close,volume\n")
	var columns [8][]float64
	var day []int64
	price := start
	for i := range 400 {
		open, high, low, volume := price, price, price, int64(0)
		if r.Float64() >= quiet {
			price = max(1, price+r.Int64N(41)-20)
			high = max(open, price) + r.Int64N(9)
			low = max(1, min(open, price)-r.Int64N(9))
			volume = 1 + r.Int64N(90_000)
		}
		decimal := func(ticks int64) string { return fmt.Sprintf("%de-%d", ticks, places) }
		at := 1737158400000 + int64(i)*3_600_000
		line := []string{decimal(open), decimal(high), decimal(low), decimal(price), fmt.Sprintf("%de-4", volume)}
		fmt.Fprintf(&text, "%d,%s\n", at, strings.Join(line, ","))
		var v [5]float64
		for k := range v {
			v[k] = referenceFloat(t, line[k])
		}
		isUp := 0.0
		if v[3] > v[0] {
			isUp = 1
		}
		for k, x := range []float64{v[0], v[1], v[2], v[3], v[4], (v[1] + v[2]) / 2, (v[1] + v[2] + v[3]) / 3, isUp} {
			columns[k] = append(columns[k], x)
		}
		day = append(day, at/86_400_000)
	}
	of := func(k int) oracle.Series { return oracle.Of(columns[k]) }
	return evalBook{text.String(), of(0), of(1), of(2), of(3), of(4), of(5), of(6), of(7), day}
}

// evalDefinitions are expressions and what they mean, in 400 bits. Every name
// of the vocabulary that computes something over bars is among them.
func evalDefinitions(b evalBook) map[string]oracle.Series {
	all := map[string]oracle.Series{
		"sma(close, 20)": oracle.SMA(b.last, 20), "ema(close, 20)": oracle.EMA(b.last, 20), "rma(close, 20)": oracle.RMA(b.last, 20),
		"wma(close, 20)": oracle.WMA(b.last, 20), "dema(close, 9)": oracle.DEMA(b.last, 9), "tema(close, 9)": oracle.TEMA(b.last, 9),
		"hma(close, 20)": oracle.HMA(b.last, 20), "kama(close, 10)": oracle.KAMA(b.last, 10), "trima(close, 9)": oracle.TRIMA(b.last, 9),
		"t3(close, 5, 0.7)": oracle.T3(b.last, 5, 0.7), "t3(close, 5)": oracle.T3(b.last, 5, 0.7),
		"vwma(close, 20)": oracle.VWMA(b.last, b.volume, 20), "vwap(20)": oracle.VWMA(b.typical, b.volume, 20),
		"vwap": oracle.DayVWAP(b.typical, b.volume, b.day), "sum(volume, 20)": oracle.Sum(b.volume, 20),
		"rsi(close, 20)": oracle.RSI(b.last, 20), "roc(close, 10)": oracle.ROC(b.last, 10), "mom(close, 10)": oracle.Change(b.last, 10),
		"change(close, 20)": oracle.Change(b.last, 20), "close[20]": oracle.Lag(b.last, 20), "cmo(close, 14)": oracle.CMO(b.last, 14),
		"trix(close, 9)": oracle.TRIX(b.last, 9), "stdev(close, 20)": oracle.Stdev(b.last, 20), "variance(close, 20)": oracle.Variance(b.last, 20),
		"zscore(close, 20)": oracle.ZScore(b.last, 20), "percentrank(close, 20)": oracle.PercentRank(b.last, 20),
		"linreg(close, 14)": oracle.LinReg(b.last, 14), "linreg_slope(close, 14)": oracle.Slope(b.last, 14),
		"correlation(close, volume, 30)": oracle.Correlation(b.last, b.volume, 30), "beta(high, low, 20)": oracle.Beta(b.high, b.low, 20),
		"highest(high, 20)": oracle.Highest(b.high, 20), "lowest(low, 20)": oracle.Lowest(b.low, 20),
		"rising(close, 2)": oracle.Rising(b.last, 2), "falling(close, 2)": oracle.Falling(b.last, 2),
		"atr(20)": oracle.ATR(b.high, b.low, b.last, 20), "natr(14)": oracle.NATR(b.high, b.low, b.last, 14), "tr": oracle.TR(b.high, b.low, b.last),
		"cci(20)": oracle.CCI(b.typical, 20), "willr(14)": oracle.WillR(b.high, b.low, b.last, 14), "mfi(14)": oracle.MFI(b.typical, b.volume, 14),
		"cmf(20)": oracle.CMF(b.high, b.low, b.last, b.volume, 20), "obv": oracle.OBV(b.last, b.volume),
		"adl": oracle.ADL(b.high, b.low, b.last, b.volume), "adosc(3, 10)": oracle.ADOsc(b.high, b.low, b.last, b.volume, 3, 10),
		"ultosc(7, 14, 28)": oracle.UltOsc(b.high, b.low, b.last, 7, 14, 28), "ao(5, 34)": oracle.AO(b.middle, 5, 34),
		"psar(0.02, 0.2)":         oracle.PSAR(b.high, b.low, 0.02, 0.2),
		"within(close > open, 3)": oracle.Within(b.up, 3), "always(close > open, 3)": oracle.Always(b.up, 3),
		"count(close > open, 5)": oracle.Count(b.up, 5), "valuewhen(close > open, close)": oracle.ValueWhen(b.up, b.last, 0),
		"valuewhen(close > open, close, 2)": oracle.ValueWhen(b.up, b.last, 2),
	}
	put := func(expr string, fields string, series ...oracle.Series) {
		for i, field := range strings.Fields(fields) {
			all[expr+"."+field] = series[i]
		}
	}
	many(b, put)
	return all
}

// many are the names with fields.
func many(b evalBook, put func(expr, fields string, series ...oracle.Series)) {
	for name, of := range map[string]func(oracle.Series, int, int, int) [3]oracle.Series{"macd": oracle.MACD, "ppo": oracle.PPO} {
		s := of(b.last, 12, 26, 9)
		put(name+"(close, 12, 26, 9)", "line signal hist", s[:]...)
	}
	bb := oracle.BB(b.last, 20, 2)
	put("bb(close, 20, 2)", "upper middle lower width percent_b", bb[:]...)
	stoch := oracle.Stoch(b.high, b.low, b.last, 14, 3, 3)
	put("stoch(14, 3, 3)", "k d", stoch[:]...)
	ofRSI := oracle.StochRSI(b.last, 14, 14, 3, 3)
	put("stochrsi(close, 14, 14, 3, 3)", "k d", ofRSI[:]...)
	adx := oracle.ADX(b.high, b.low, b.last, 14)
	put("adx(14)", "adx plus_di minus_di dx", adx[:]...)
	aroon := oracle.Aroon(b.high, b.low, 14)
	put("aroon(14)", "up down osc", aroon[:]...)
	donchian := oracle.Donchian(b.high, b.low, 20)
	put("donchian(20)", "upper middle lower", donchian[:]...)
	keltner := oracle.Keltner(b.high, b.low, b.last, 20, 2)
	put("keltner(20, 2)", "upper middle lower", keltner[:]...)
	trend := oracle.SuperTrend(b.high, b.low, b.last, 10, 3)
	put("supertrend(10, 3)", "value up", trend[:]...)
	fisher := oracle.Fisher(b.middle, 10)
	put("fisher(10)", "value trigger", fisher[:]...)
	cloud := oracle.Ichimoku(b.high, b.low, 9, 26, 52)
	put("ichimoku(9, 26, 52)", "tenkan kijun span_a span_b", cloud[:]...)
	smooth := oracle.HeikinAshi(b.open, b.high, b.low, b.last)
	put("ha", "open high low close", smooth[:]...)
	pivots := oracle.Pivots(b.high, b.low, b.last, b.day)
	put("pivots", "p r1 r2 r3 s1 s2 s3", pivots[:]...)
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
	for name, b := range markets {
		for expr, want := range evalDefinitions(b) {
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

// TestEvalOracleIsWhole holds that every name is judged, but for those of the
// bar itself and of single values, which other tests compare with expr's own,
// and crossings and ages, which are built of them.
func TestEvalOracleIsWhole(t *testing.T) {
	known := "bar open high low close volume hl2 hlc3 ohlc4 abs ceil clamp floor log max min near round sqrt session cross crossover crossunder barssince "
	for expr := range evalDefinitions(generateBars(t, 1, 600_000, 1, 0)) {
		known += strings.FieldsFunc(expr, func(r rune) bool { return strings.ContainsRune("(.[", r) })[0] + " "
	}
	for _, f := range slices.Concat(strategies.Functions(), strategies.Sources()) {
		if !strings.Contains(" "+known, " "+f.Name+" ") {
			t.Errorf("%s is not judged", f.Name)
		}
	}
}

// againstOracle holds each value within 1e-9 of the greatest of the last
// hundred: a difference may be next to nothing.
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
		w, scale := 0.0, 0.0
		for _, x := range want[max(0, i-100) : i+1] {
			if x != nil {
				w, _ = x.Float64()
				scale = max(scale, math.Abs(w))
			}
		}
		if g := truthFloat(t, got); math.Abs(g-w) > 1e-9*scale {
			t.Fatalf("bar %d: got %v, want %v", i, g, w)
		}
	}
}

// truthFloat reads a number or a condition.
func truthFloat(t *testing.T, s string) float64 {
	t.Helper()
	switch s {
	case "true":
		return 1
	case "false":
		return 0
	}
	return referenceFloat(t, s)
}
