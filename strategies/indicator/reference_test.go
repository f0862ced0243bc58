package indicator_test

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"rulebot/internal/realdata"
	"rulebot/strategies/indicator"
)

// reference says of one column of the reference values how it is made here.
type reference struct {
	file, column string
	made         machine
	how          func(got []answer, i int) float64 // nil: the first output
}

// at is an output of a machine.
func at(out int) func([]answer, int) float64 {
	return func(got []answer, i int) float64 { return got[i][out] }
}

// joined makes one machine of several: the first outputs of each.
func joined(ms ...machine) machine {
	return machine{update: func(b bar) answer {
		var a answer
		for i, m := range ms {
			a[i] = m.update(b)[0]
		}
		return a
	}}
}

// x are indicators of the close alone.
func x(i ofX[float64]) machine { return onX(i, one) }

// variants are the columns that no indicator here gives: those of libraries
// with another seed, each of which the README of the data names as such.
func variants() []string {
	return []string{
		"ema/ema_20_first",                               // seeded with the first value
		"macd/macd_ta", "macd/signal_ta", "macd/hist_ta", // both seeds at bar 25
		"adx/plus_di_14_ta", "adx/minus_di_14_ta", "adx/dx_14_ta", "adx/adx_14_ta", // sums of 13 bars as seed
	}
}

func references() []reference {
	var list []reference
	list = append(list, averageReferences()...)
	list = append(list, rangeReferences()...)
	list = append(list, oscillatorReferences()...)
	list = append(list, statisticReferences()...)
	return append(list, pivotReferences()...)
}

func averageReferences() []reference {
	return []reference{
		{"sma", "sma_5", x(indicator.NewSMA(5)), nil},
		{"sma", "sma_20", x(indicator.NewSMA(20)), nil},
		{"sma", "sma_50", x(indicator.NewSMA(50)), nil},
		{"ema", "ema_10", x(indicator.NewEMA(10)), nil},
		{"ema", "ema_20", x(indicator.NewEMA(20)), nil},
		{"ema", "ema_50", x(indicator.NewEMA(50)), nil},
		{"wma", "wma_10", x(indicator.NewWMA(10)), nil},
		{"wma", "wma_20", x(indicator.NewWMA(20)), nil},
		{"dema", "dema_20", x(indicator.NewDEMA(20)), nil},
		{"tema", "tema_20", x(indicator.NewTEMA(20)), nil},
		{"hma", "hma_9", x(indicator.NewHMA(9)), nil},
		{"hma", "hma_16", x(indicator.NewHMA(16)), nil},
		{"hma", "hma_20", x(indicator.NewHMA(20)), nil},
		{"kama", "kama_10", x(indicator.NewKAMA(10)), nil},
		{"vwma", "vwma_20", onCloseVolume(indicator.NewVWMA(20)), nil},
		{"rma", "rma_14", x(indicator.NewRMA(14)), nil},
		{"rma", "rma_20", x(indicator.NewRMA(20)), nil},
		{"trima", "trima_9", x(indicator.NewTRIMA(9)), nil},
		{"trima", "trima_10", x(indicator.NewTRIMA(10)), nil},
		{"t3", "t3_5_07", x(indicator.NewT3(5, 0.7)), nil},
		{"vwap", "vwap_day", onDayVWAP(indicator.NewDayVWAP()), nil},
		{"vwap", "vwap_20", onBarVolume(indicator.NewVWAP(20)), nil},
	}
}

func rangeReferences() []reference {
	adx := func() machine { return onBar(indicator.NewADX(14), directed) }
	keltner := func() machine { return onBar(indicator.NewKeltner(20, 2), channel) }
	donchian := func() machine { return onSpan(indicator.NewDonchian(20), channel) }
	ichimoku := func() machine { return onSpan(indicator.NewIchimoku(9, 26, 52), cloud) }
	trend := func() machine { return onBar(indicator.NewSuperTrend(10, 3), side) }
	atr := func() machine { return joined(x(indicator.NewEMA(20)), onBar(indicator.NewATR(10), one)) }
	aroonOf := func(n int) machine { return onSpan(indicator.NewAroon(n), aroon) }
	shifted := func(out int) func([]answer, int) float64 {
		return func(got []answer, i int) float64 { return before(got, i, 26)[out] }
	}
	return []reference{
		{"tr", "tr", onBar(indicator.NewTR(), one), nil},
		{"tr", "tr_ta", lateTR(), nil},
		{"atr", "atr_14", onBar(indicator.NewATR(14), one), nil},
		{"atr", "atr_14_ta", lateATR(), nil},
		{"natr", "natr_14", onBar(indicator.NewNATR(14), one), nil},
		{"natr", "natr_14_ta", joined(lateATR(), x(indicator.NewLag(0))), func(got []answer, i int) float64 { return 100 * got[i][0] / got[i][1] }},
		{"adx", "adx_14", adx(), nil},
		{"adx", "plus_di_14", adx(), at(1)},
		{"adx", "minus_di_14", adx(), at(2)},
		{"adx", "dx_14", adx(), at(3)},
		{"aroon", "aroon_up_14", aroonOf(14), nil},
		{"aroon", "aroon_down_14", aroonOf(14), at(1)},
		{"aroon", "aroon_osc_14", aroonOf(14), at(2)},
		{"aroon", "aroon_up_25", aroonOf(25), nil},
		{"aroon", "aroon_down_25", aroonOf(25), at(1)},
		{"aroon", "aroon_osc_25", aroonOf(25), at(2)},
		{"psar", "psar_002_02", onSpan(indicator.NewPSAR(0.02, 0.2), one), nil},
		{"supertrend", "supertrend_10_3", trend(), nil},
		{"supertrend", "direction", trend(), func(got []answer, i int) float64 { return 2*got[i][1] - 1 }},
		{"keltner", "middle", keltner(), at(1)},
		{"keltner", "upper_ematr", keltner(), at(0)},
		{"keltner", "lower_ematr", keltner(), at(2)},
		{"keltner", "upper_atr10", atr(), func(got []answer, i int) float64 { return got[i][0] + 2*got[i][1] }},
		{"keltner", "lower_atr10", atr(), func(got []answer, i int) float64 { return got[i][0] - 2*got[i][1] }},
		{"donchian", "upper", donchian(), at(0)},
		{"donchian", "middle", donchian(), at(1)},
		{"donchian", "lower", donchian(), at(2)},
		{"ichimoku", "tenkan", ichimoku(), at(0)},
		{"ichimoku", "kijun", ichimoku(), at(1)},
		{"ichimoku", "span_a", ichimoku(), at(2)},
		{"ichimoku", "span_b", ichimoku(), at(3)},
		{"ichimoku", "span_a_shifted_26", ichimoku(), shifted(2)},
		{"ichimoku", "span_b_shifted_26", ichimoku(), shifted(3)},
		{"heikin_ashi", "ha_open", onHeikinAshi(indicator.NewHeikinAshi()), at(0)},
		{"heikin_ashi", "ha_high", onHeikinAshi(indicator.NewHeikinAshi()), at(1)},
		{"heikin_ashi", "ha_low", onHeikinAshi(indicator.NewHeikinAshi()), at(2)},
		{"heikin_ashi", "ha_close", onHeikinAshi(indicator.NewHeikinAshi()), at(3)},
	}
}

// before is the answer of n bars before.
func before(got []answer, i, n int) answer {
	if i >= n {
		return got[i-n]
	}
	nan := math.NaN()
	return answer{nan, nan, nan, nan, nan, nan, nan}
}

// lateTR is a true range that the first bar has none of.
func lateTR() machine {
	tr, bars := indicator.NewTR(), 0
	return machine{update: func(b bar) answer {
		y := tr.Update(b.high, b.low, b.close)
		if bars++; bars == 1 {
			return answer{math.NaN()}
		}
		return answer{y}
	}}
}

func lateATR() machine {
	tr, mean := lateTR(), indicator.NewRMA(14)
	return machine{update: func(b bar) answer { return answer{mean.Update(tr.update(b)[0])} }}
}

func oscillatorReferences() []reference {
	macd := func() machine { return onX(indicator.NewMACD(12, 26, 9), lines) }
	ppo := func() machine { return onX(indicator.NewPPO(12, 26, 9), lines) }
	stoch := func(n, k int) machine { return onBar(indicator.NewStoch(n, k, 3), kd) }
	onRSI := func(m, k int) machine { return onX(indicator.NewStochRSI(14, m, k, 3), kd) }
	means := joined(x(indicator.NewSMA(12)), x(indicator.NewSMA(26)))
	volume := 0.0
	firstVolume := machine{update: func(b bar) answer {
		if volume == 0 {
			volume = b.volume
		}
		return answer{volume}
	}}
	fisher := func() machine { return onSpan(indicator.NewFisher(10), transform) }
	return []reference{
		{"rsi", "rsi_2", x(indicator.NewRSI(2)), nil},
		{"rsi", "rsi_14", x(indicator.NewRSI(14)), nil},
		{"stoch", "fastk_14", stoch(14, 1), nil},
		{"stoch", "slowk_14_3", stoch(14, 3), nil},
		{"stoch", "slowd_14_3_3", stoch(14, 3), at(1)},
		{"stoch", "fastk_5", stoch(5, 1), nil},
		{"stoch", "slowk_5_3", stoch(5, 3), nil},
		{"stoch", "slowd_5_3_3", stoch(5, 3), at(1)},
		{"stochrsi", "fastk_14_5", onRSI(5, 1), nil},
		{"stochrsi", "fastd_14_5_3", onRSI(5, 1), at(1)},
		{"stochrsi", "stoch_14_14", onRSI(14, 1), nil},
		{"stochrsi", "k_14_14_3", onRSI(14, 3), nil},
		{"stochrsi", "d_14_14_3_3", onRSI(14, 3), at(1)},
		{"macd", "macd", macd(), nil},
		{"macd", "signal", macd(), at(1)},
		{"macd", "hist", macd(), at(2)},
		{"ppo", "ppo", ppo(), nil},
		{"ppo", "signal", ppo(), at(1)},
		{"ppo", "hist", ppo(), at(2)},
		{"ppo", "ppo_sma", means, func(got []answer, i int) float64 { return 100 * (got[i][0] - got[i][1]) / got[i][1] }},
		{"roc", "roc_10", x(indicator.NewROC(10)), nil},
		{"mom", "mom_10", x(indicator.NewChange(10)), nil},
		{"cci", "cci_14", onBar(indicator.NewCCI(14), one), nil},
		{"cci", "cci_20", onBar(indicator.NewCCI(20), one), nil},
		{"willr", "willr_14", onBar(indicator.NewWillR(14), one), nil},
		{"mfi", "mfi_14", onBarVolume(indicator.NewMFI(14)), nil},
		{"obv", "obv", onCloseVolume(indicator.NewOBV()), nil},
		{"obv", "obv_ta", joined(onCloseVolume(indicator.NewOBV()), firstVolume), func(got []answer, i int) float64 { return got[i][0] + got[i][1] }},
		{"adl", "adl", onBarVolume(indicator.NewADL()), nil},
		{"adosc", "adosc_3_10", onBarVolume(indicator.NewADOsc(3, 10)), nil},
		{"cmf", "cmf_20", onBarVolume(indicator.NewCMF(20)), nil},
		{"ultosc", "ultosc_7_14_28", onBar(indicator.NewUltOsc(7, 14, 28), one), nil},
		{"trix", "trix_15", x(indicator.NewTRIX(15)), nil},
		{"trix", "trix_18", x(indicator.NewTRIX(18)), nil},
		{"cmo", "cmo_14", x(indicator.NewCMO(14)), nil},
		{"cmo", "cmo_14_ta", x(indicator.NewRSI(14)), func(got []answer, i int) float64 { return 2*got[i][0] - 100 }},
		{"ao", "ao_5_34", onSpan(indicator.NewAO(5, 34), one), nil},
		{"fisher", "fisher_10", fisher(), nil},
		{"fisher", "trigger", fisher(), at(1)},
	}
}

func statisticReferences() []reference {
	bb := func() machine { return onX(indicator.NewBB(20, 2), bands) }
	line := func() machine { return joined(x(indicator.NewLinReg(14)), x(indicator.NewSlope(14))) }
	along := func(bars float64) func([]answer, int) float64 {
		return func(got []answer, i int) float64 { return got[i][0] + bars*got[i][1] }
	}
	times := func(factor float64) func([]answer, int) float64 {
		return func(got []answer, i int) float64 { return factor * got[i][0] }
	}
	fresh := onX(closeTwice{indicator.NewAroon(19)}, aroon)
	age := func(out int) func([]answer, int) float64 {
		return func(got []answer, i int) float64 { return 19 - 19*got[i][out]/100 }
	}
	const n = 20.0
	sample := math.Sqrt(n / (n - 1))
	return []reference{
		{"stddev", "stddev_20", x(indicator.NewStdev(20)), nil},
		{"stddev", "stddev_20_sample", x(indicator.NewStdev(20)), times(sample)},
		{"variance", "variance_20", x(indicator.NewVariance(20)), nil},
		{"variance", "variance_20_sample", x(indicator.NewVariance(20)), times(n / (n - 1))},
		{"zscore", "zscore_20", x(indicator.NewZScore(20)), nil},
		{"zscore", "zscore_20_sample", x(indicator.NewZScore(20)), times(1 / sample)},
		{"bbands", "upper", bb(), at(0)},
		{"bbands", "middle", bb(), at(1)},
		{"bbands", "lower", bb(), at(2)},
		{"bbands", "bandwidth", bb(), at(3)},
		{"bbands", "percent_b", bb(), at(4)},
		{"linreg", "linreg_14", line(), nil},
		{"linreg", "slope_14", line(), at(1)},
		{"linreg", "intercept_14", line(), along(-13)},
		{"linreg", "forecast_14", line(), along(1)},
		{"correl", "correl_30_close_volume", onCloseVolume(indicator.NewCorrelation(30)), nil},
		{"correl", "correl_30_high_low", onSpan(indicator.NewCorrelation(30), one), nil},
		{"beta", "beta_5_high_low", onSpan(indicator.NewBeta(5), one), nil},
		{"beta", "beta_20_high_low", onSpan(indicator.NewBeta(20), one), nil},
		{"highest_lowest", "highest_20", x(indicator.NewHighest(20)), nil},
		{"highest_lowest", "lowest_20", x(indicator.NewLowest(20)), nil},
		{"highest_lowest", "bars_since_highest_20", fresh, age(0)},
		{"highest_lowest", "bars_since_lowest_20", onX(closeTwice{indicator.NewAroon(19)}, aroon), age(1)},
		{"percentrank", "percentrank_20", x(indicator.NewPercentRank(20)), nil},
	}
}

// closeTwice is an Aroon of the close.
type closeTwice struct{ *indicator.Aroon }

func (c closeTwice) Update(x float64) indicator.AroonLines { return c.Aroon.Update(x, x) }
func (c closeTwice) Peek(x float64) indicator.AroonLines   { return c.Aroon.Peek(x, x) }

// pivotReferences has the levels of Fibonacci and Camarilla too: they follow
// from the others, since R2 - P is the day's range and R1 + S1 - P its close.
func pivotReferences() []reference {
	var list []reference
	put := func(column string, how func(p, r1, r2, r3, s1, s2, s3 float64) float64) {
		list = append(list, reference{"pivots", column, onPivots(indicator.NewPivots()), func(got []answer, i int) float64 {
			l := got[i]
			return how(l[0], l[1], l[2], l[3], l[4], l[5], l[6])
		}})
	}
	for out, column := range []string{"p", "r1", "r2", "r3", "s1", "s2", "s3"} {
		list = append(list, reference{"pivots", column, onPivots(indicator.NewPivots()), at(out)})
	}
	for name, part := range map[string]float64{"1": 0.382, "2": 0.618, "3": 1} {
		put("fib_r"+name, func(p, _, r2, _, _, _, _ float64) float64 { return p + part*(r2-p) })
		put("fib_s"+name, func(p, _, r2, _, _, _, _ float64) float64 { return p - part*(r2-p) })
	}
	for name, part := range map[string]float64{"3": 1.1 / 4, "4": 1.1 / 2} {
		put("cam_r"+name, func(p, r1, r2, _, s1, _, _ float64) float64 { return r1 + s1 - p + part*(r2-p) })
		put("cam_s"+name, func(p, r1, r2, _, s1, _, _ float64) float64 { return r1 + s1 - p - part*(r2-p) })
	}
	return list
}

// TestReference holds every indicator against values that were computed in 120
// digits and confirmed by independent implementations: within 1e-9 of scale,
// from the same first bar on, and no column is left out but the variants.
func TestReference(t *testing.T) {
	bars, scales := readBars(t), readScales(t)
	for _, name := range variants() {
		if _, ok := scales[name]; !ok {
			t.Errorf("there is no column %s", name)
		}
		delete(scales, name)
	}
	overall := 0.0
	for _, c := range references() {
		t.Run(c.file+"/"+c.column, func(t *testing.T) {
			scale, ok := scales[c.file+"/"+c.column]
			if !ok {
				t.Fatal("there is no such column, or it was here before")
			}
			delete(scales, c.file+"/"+c.column)
			worst := compare(t, c, bars, scale)
			overall = max(overall, worst)
			if worst > 1e-9 {
				t.Errorf("got an error of %g of scale, want at most 1e-9", worst)
			}
		})
	}
	for name := range scales {
		t.Errorf("%s is not compared", name)
	}
	t.Logf("%d columns; worst error %.1e of scale", len(references()), overall)
}

func compare(t *testing.T, c reference, bars []bar, scale float64) float64 {
	t.Helper()
	want, worst := readColumn(t, c.file, c.column), 0.0
	var got []answer
	for i, b := range bars {
		got = append(got, c.made.update(b))
		y := got[i][0]
		if c.how != nil {
			y = c.how(got, i)
		}
		if math.IsNaN(y) != math.IsNaN(want[i]) {
			t.Fatalf("bar %d: got %v, want %v", i, y, want[i])
		}
		if !math.IsNaN(y) {
			worst = max(worst, math.Abs(y-want[i])/scale)
		}
	}
	return worst
}

func readTable(t *testing.T, name string) (columns map[string]int, rows [][]string) {
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
	columns = map[string]int{}
	for i, c := range all[0] {
		columns[c] = i
	}
	return columns, all[1:]
}

func readColumn(t *testing.T, file, column string) []float64 {
	t.Helper()
	columns, rows := readTable(t, file)
	at, ok := columns[column]
	if !ok {
		t.Fatalf("%s has no column %s", file, column)
	}
	values := make([]float64, len(rows))
	for i, row := range rows {
		values[i] = math.NaN()
		if row[at] != "" {
			values[i] = parse(t, row[at])
		}
	}
	return values
}

func readBars(t *testing.T) []bar {
	t.Helper()
	columns, rows := readTable(t, "bars")
	bars := make([]bar, len(rows))
	for i, row := range rows {
		of := func(name string) float64 { return parse(t, row[columns[name]]) }
		bars[i] = bar{of("open"), of("high"), of("low"), of("close"), of("volume"), 0, int64(of("time")) / 86_400_000}
	}
	return bars
}

func readScales(t *testing.T) map[string]float64 {
	t.Helper()
	columns, rows := readTable(t, "agreement")
	scales := map[string]float64{}
	for _, row := range rows {
		scales[row[columns["file"]]+"/"+row[columns["column"]]] = parse(t, row[columns["scale"]])
	}
	return scales
}

func parse(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
