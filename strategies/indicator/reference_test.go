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

// bar is what an indicator may read of a bar.
type bar struct{ high, low, close float64 }

// step is one indicator over bars.
type step func(bar) float64

type single interface {
	Update(float64) float64
	WarmUp() int
	Reset()
}

func ofClose(i single) step { return func(b bar) float64 { return i.Update(b.close) } }
func ofHigh(i single) step  { return func(b bar) float64 { return i.Update(b.high) } }
func ofLow(i single) step   { return func(b bar) float64 { return i.Update(b.low) } }

func ofBar(update func(h, l, c float64) float64) step {
	return func(b bar) float64 { return update(b.high, b.low, b.close) }
}

// TestReference holds every indicator against values that were computed in
// 120 digits and confirmed by independent implementations.
func TestReference(t *testing.T) {
	columns := []struct {
		file, column string
		step         step
	}{
		{"sma", "sma_5", ofClose(indicator.NewSMA(5))},
		{"sma", "sma_20", ofClose(indicator.NewSMA(20))},
		{"sma", "sma_50", ofClose(indicator.NewSMA(50))},
		{"ema", "ema_10", ofClose(indicator.NewEMA(10))},
		{"ema", "ema_20", ofClose(indicator.NewEMA(20))},
		{"ema", "ema_50", ofClose(indicator.NewEMA(50))},
		{"rma", "rma_14", ofClose(indicator.NewRMA(14))},
		{"rma", "rma_20", ofClose(indicator.NewRMA(20))},
		{"rsi", "rsi_2", ofClose(indicator.NewRSI(2))},
		{"rsi", "rsi_14", ofClose(indicator.NewRSI(14))},
		{"tr", "tr", ofBar(indicator.NewTR().Update)},
		{"atr", "atr_14", ofBar(indicator.NewATR(14).Update)},
		{"stddev", "stddev_20", ofClose(indicator.NewStdev(20))},
		{"highest_lowest", "highest_20", ofClose(indicator.NewHighest(20))},
		{"highest_lowest", "lowest_20", ofClose(indicator.NewLowest(20))},
		{"donchian", "upper", ofHigh(indicator.NewHighest(20))},
		{"donchian", "lower", ofLow(indicator.NewLowest(20))},
		{"mom", "mom_10", ofClose(indicator.NewChange(10))},
	}
	bars := readBars(t)
	scales := readScales(t)
	for _, c := range columns {
		t.Run(c.column, func(t *testing.T) {
			want := readColumn(t, c.file, c.column)
			scale, ok := scales[c.file+"/"+c.column]
			if !ok {
				t.Fatalf("no scale for %s", c.column)
			}
			worst := 0.0
			for i, b := range bars {
				got := c.step(b)
				if math.IsNaN(got) != math.IsNaN(want[i]) {
					t.Fatalf("bar %d: got %v, want %v", i, got, want[i])
				}
				if !math.IsNaN(got) {
					worst = max(worst, math.Abs(got-want[i])/scale)
				}
			}
			t.Logf("worst error %.1e of scale", worst)
			if worst > 1e-9 {
				t.Errorf("got an error of %g of scale, want at most 1e-9", worst)
			}
		})
	}
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
	high, low, last := readColumn(t, "bars", "high"), readColumn(t, "bars", "low"), readColumn(t, "bars", "close")
	bars := make([]bar, len(last))
	for i := range bars {
		bars[i] = bar{high[i], low[i], last[i]}
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
