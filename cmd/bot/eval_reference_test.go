package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"rulebot/internal/realdata"
)

// evalReferences say of a file of reference values how each of its columns is
// written in the language: "column: expression", a line each.
func evalReferences() map[string]string {
	return map[string]string{
		"sma": `sma_5: sma(close, 5)
			sma_20: sma(close, 20)
			sma_50: sma(close, 50)`,
		"ema": `ema_10: ema(close, 10)
			ema_20: ema(close, 20)
			ema_50: ema(close, 50)`,
		"wma": `wma_10: wma(close, 10)
			wma_20: wma(close, 20)`,
		"dema": `dema_20: dema(close, 20)`,
		"tema": `tema_20: tema(close, 20)`,
		"hma": `hma_9: hma(close, 9)
			hma_16: hma(close, 16)
			hma_20: hma(close, 20)`,
		"kama": `kama_10: kama(close, 10)`,
		"vwma": `vwma_20: vwma(close, 20)`,
		"rma": `rma_14: rma(close, 14)
			rma_20: rma(close, 20)`,
		"trima": `trima_9: trima(close, 9)
			trima_10: trima(close, 10)`,
		"t3": `t3_5_07: t3(close, 5, 0.7)`,
		"rsi": `rsi_2: rsi(close, 2)
			rsi_14: rsi(close, 14)`,
		"stoch": `fastk_14: stoch(14, 1, 3).k
			slowk_14_3: stoch(14, 3, 3).k
			slowd_14_3_3: stoch(14, 3, 3).d
			fastk_5: stoch(5, 1, 3).k
			slowk_5_3: stoch(5, 3, 3).k
			slowd_5_3_3: stoch(5, 3, 3).d`,
		"stochrsi": `fastk_14_5: stochrsi(close, 14, 5, 1, 3).k
			fastd_14_5_3: stochrsi(close, 14, 5, 1, 3).d
			stoch_14_14: stochrsi(close, 14, 14, 1, 3).k
			k_14_14_3: stochrsi(close, 14, 14, 3, 3).k
			d_14_14_3_3: stochrsi(close, 14, 14, 3, 3).d`,
		"macd": `macd: macd(close, 12, 26, 9).line
			signal: macd(close, 12, 26, 9).signal
			hist: macd(close, 12, 26, 9).hist`,
		"ppo": `ppo: ppo(close, 12, 26, 9).line
			signal: ppo(close, 12, 26, 9).signal
			hist: ppo(close, 12, 26, 9).hist
			ppo_sma: 100 * (sma(close, 12) - sma(close, 26)) / sma(close, 26)`,
		"roc": `roc_10: roc(close, 10)`,
		"mom": `mom_10: mom(close, 10)`,
		"cci": `cci_14: cci(14)
			cci_20: cci(20)`,
		"willr": `willr_14: willr(14)`,
		"mfi":   `mfi_14: mfi(14)`,
		"obv":   `obv: obv`,
		"adl":   `adl: adl`,
		"adosc": `adosc_3_10: adosc(3, 10)`,
		"cmf":   `cmf_20: cmf(20)`,
		"vwap": `vwap_day: vwap
			vwap_20: vwap(20)`,
		"tr": `tr: tr
			tr_ta: max(high, close[1]) - min(low, close[1])`,
		"atr": `atr_14: atr(14)
			atr_14_ta: rma(max(high, close[1]) - min(low, close[1]), 14)`,
		"natr": `natr_14: natr(14)
			natr_14_ta: 100 * rma(max(high, close[1]) - min(low, close[1]), 14) / close`,
		"adx": `plus_di_14: adx(14).plus_di
			minus_di_14: adx(14).minus_di
			dx_14: adx(14).dx
			adx_14: adx(14).adx`,
		"aroon": `aroon_up_14: aroon(14).up
			aroon_down_14: aroon(14).down
			aroon_osc_14: aroon(14).osc
			aroon_up_25: aroon(25).up
			aroon_down_25: aroon(25).down
			aroon_osc_25: aroon(25).osc`,
		"psar": `psar_002_02: psar(0.02, 0.2)`,
		"supertrend": `supertrend_10_3: supertrend(10, 3).value
			direction: supertrend(10, 3).up ? 1 : -1`,
		"bbands": `upper: bb(close, 20, 2).upper
			middle: bb(close, 20, 2).middle
			lower: bb(close, 20, 2).lower
			percent_b: bb(close, 20, 2).percent_b
			bandwidth: bb(close, 20, 2).width`,
		"keltner": `middle: keltner(20, 2).middle
			upper_ematr: keltner(20, 2).upper
			lower_ematr: keltner(20, 2).lower
			upper_atr10: ema(close, 20) + 2 * atr(10)
			lower_atr10: ema(close, 20) - 2 * atr(10)`,
		"donchian": `upper: donchian(20).upper
			middle: donchian(20).middle
			lower: donchian(20).lower`,
		"ichimoku": `tenkan: ichimoku(9, 26, 52).tenkan
			kijun: ichimoku(9, 26, 52).kijun
			span_a: ichimoku(9, 26, 52).span_a
			span_b: ichimoku(9, 26, 52).span_b
			span_a_shifted_26: ichimoku(9, 26, 52).span_a[26]
			span_b_shifted_26: ichimoku(9, 26, 52).span_b[26]`,
		"stddev": `stddev_20: stdev(close, 20)
			stddev_20_sample: stdev(close, 20) * sqrt(20 / 19)`,
		"variance": `variance_20: variance(close, 20)
			variance_20_sample: variance(close, 20) * 20 / 19`,
		"linreg": `linreg_14: linreg(close, 14)
			slope_14: linreg_slope(close, 14)
			intercept_14: linreg(close, 14) - 13 * linreg_slope(close, 14)
			forecast_14: linreg(close, 14) + linreg_slope(close, 14)`,
		"correl": `correl_30_close_volume: correlation(close, volume, 30)
			correl_30_high_low: correlation(high, low, 30)`,
		"beta": `beta_5_high_low: beta(high, low, 5)
			beta_20_high_low: beta(high, low, 20)`,
		"zscore": `zscore_20: zscore(close, 20)
			zscore_20_sample: zscore(close, 20) * sqrt(19 / 20)`,
		"highest_lowest": `highest_20: highest(close, 20)
			lowest_20: lowest(close, 20)
			bars_since_highest_20: ` + barsSince("highest(close, %d) < highest(close, 20)") + `
			bars_since_lowest_20: ` + barsSince("lowest(close, %d) > lowest(close, 20)"),
		"percentrank": `percentrank_20: percentrank(close, 20)`,
		"ultosc":      `ultosc_7_14_28: ultosc(7, 14, 28)`,
		"trix": `trix_15: trix(close, 15)
			trix_18: trix(close, 18)`,
		"cmo": `cmo_14: cmo(close, 14)
			cmo_14_ta: 2 * rsi(close, 14) - 100`,
		"ao": `ao_5_34: ao(5, 34)`,
		"fisher": `fisher_10: fisher(10).value
			trigger: fisher(10).trigger`,
		"heikin_ashi": `ha_open: ha.open
			ha_high: ha.high
			ha_low: ha.low
			ha_close: ha.close`,
		"pivots": evalPivots,
	}
}

// evalPivots has what is not a name of the language from what is: R2 - P is
// the range of the day before, R1 + S1 - P its close.
const evalPivots = `p: pivots.p
	r1: pivots.r1
	s1: pivots.s1
	r2: pivots.r2
	s2: pivots.s2
	r3: pivots.r3
	s3: pivots.s3
	fib_r1: pivots.p + 0.382 * (pivots.r2 - pivots.p)
	fib_s1: pivots.p - 0.382 * (pivots.r2 - pivots.p)
	fib_r2: pivots.p + 0.618 * (pivots.r2 - pivots.p)
	fib_s2: pivots.p - 0.618 * (pivots.r2 - pivots.p)
	fib_r3: pivots.p + (pivots.r2 - pivots.p)
	fib_s3: pivots.p - (pivots.r2 - pivots.p)
	cam_r3: pivots.r1 + pivots.s1 - pivots.p + 1.1 * (pivots.r2 - pivots.p) / 4
	cam_s3: pivots.r1 + pivots.s1 - pivots.p - 1.1 * (pivots.r2 - pivots.p) / 4
	cam_r4: pivots.r1 + pivots.s1 - pivots.p + 1.1 * (pivots.r2 - pivots.p) / 2
	cam_s4: pivots.r1 + pivots.s1 - pivots.p - 1.1 * (pivots.r2 - pivots.p) / 2`

// barsSince counts the newest windows that do not reach back to an extreme.
func barsSince(misses string) string {
	var terms []string
	for n := 1; n < 20; n++ {
		terms = append(terms, fmt.Sprintf("("+misses+" ? 1 : 0)", n))
	}
	return strings.Join(terms, " + ")
}

// evalVariants are the columns that the language has no word for: other
// libraries' seeds, and an obv that starts with the first bar's volume.
func evalVariants() []string {
	return []string{
		"ema ema_20_first", "macd macd_ta", "macd signal_ta", "macd hist_ta", "obv obv_ta",
		"adx plus_di_14_ta", "adx minus_di_14_ta", "adx dx_14_ta", "adx adx_14_ta",
	}
}

// TestEvalReference compares the command's own output with values computed in
// 120 digits: within 1e-9 of scale, from the same first bar on, and every
// column but the variants.
func TestEvalReference(t *testing.T) {
	bars := realdata.Path(t, "data/indicators/bars.csv")
	scale := map[string]string{}
	for _, row := range referenceTable(t, "agreement") {
		scale[row["file"]+" "+row["column"]] = row["scale"]
	}
	for _, name := range evalVariants() {
		if scale[name] == "" {
			t.Errorf("there is no column %s", name)
		}
		delete(scale, name)
	}
	for file, columns := range evalReferences() {
		want := referenceTable(t, file)
		for line := range strings.Lines(columns) {
			column, expr, _ := strings.Cut(strings.TrimSpace(line), ": ")
			t.Run(file+"/"+column, func(t *testing.T) {
				var out, errs bytes.Buffer
				if err := runEval(context.Background(), []string{expr, "--bars", bars}, nil, &out, &errs); err != nil {
					t.Fatalf("%s: got %v, stderr %s", expr, err, errs.String())
				}
				lines := strings.Split(strings.TrimSpace(out.String()), "\n")[1:]
				within(t, lines, want, column, referenceFloat(t, scale[file+" "+column]))
				delete(scale, file+" "+column)
			})
		}
	}
	for name := range scale {
		t.Errorf("%s is not compared", name)
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
