package indicator_test

import (
	"go/ast"
	"maps"
	"slices"
	"strings"
	"testing"

	"rulebot/internal/oracle"
	"rulebot/strategies/indicator"
)

// kind is one indicator. The table of all kinds drives every test, so that a
// new one cannot be forgotten.
type kind struct {
	name  string // of its constructor, without New
	reads string // of a bar: o, h, l, c, v and t, the condition
	make  func(n int) machine
	want  func(m market, n int) []oracle.Series
	scale scale
	calm  bool            // its definition loses digits after a thousandfold jump, whoever computes it
	fades func(n int) int // bars after which the past has no weight; nil: those of the warm-up, the window
}

// scale is what an error is measured against.
type scale int

const (
	self    scale = iota // the value
	nearby               // the greatest of the last values: a difference may be 0
	hundred              // percent
	unit                 // a ratio
)

// forever is for what never forgets.
func forever(int) int { return 1 << 40 }

// emaFades and its like leave less than 1e-20 of what came before.
func emaFades(n int) int  { return 30 * (n + 1) }
func rmaFades(n int) int  { return 60 * n }
func kamaFades(n int) int { return 8_000 + n }

func few(s ...oracle.Series) []oracle.Series { return s }

func half(n int) int { return n/2 + 1 }

func kinds() []kind {
	return slices.Concat(averages(), ranges(), oscillators(), volumes(), statistics(), conditions(), sourceKinds())
}

// TestTableIsWhole holds that each exported constructor has a row, and that
// each row has every part.
func TestTableIsWhole(t *testing.T) {
	_, files := sources(t)
	want := map[string]bool{}
	for _, file := range files {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "New") {
				want[f.Name.Name[len("New"):]] = true
			}
		}
	}
	got := map[string]bool{}
	for _, k := range kinds() {
		if got[k.name] || k.reads == "" || k.want == nil || len(k.make(5).ready) == 0 {
			t.Errorf("%s: twice in the table, or not whole", k.name)
		}
		got[k.name] = true
	}
	if !maps.Equal(got, want) {
		t.Errorf("got kinds %v\nwant %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

func averages() []kind {
	mean := func(name string, f func(n int) machine, want func(x oracle.Series, n int) oracle.Series, fades func(int) int) kind {
		return kind{
			name: name, reads: "c", make: f, fades: fades,
			want: func(m market, n int) []oracle.Series { return few(want(m.last, n)) },
		}
	}
	return []kind{
		mean("SMA", func(n int) machine { return onX(indicator.NewSMA(n), one, n) }, oracle.SMA, nil),
		mean("EMA", func(n int) machine { return onX(indicator.NewEMA(n), one, n) }, oracle.EMA, emaFades),
		mean("RMA", func(n int) machine { return onX(indicator.NewRMA(n), one, n) }, oracle.RMA, rmaFades),
		mean("WMA", func(n int) machine { return onX(indicator.NewWMA(n), one, n) }, oracle.WMA, nil),
		mean("DEMA", func(n int) machine { return onX(indicator.NewDEMA(n), one, 2*n-1) }, oracle.DEMA, emaFades),
		mean("TEMA", func(n int) machine { return onX(indicator.NewTEMA(n), one, 3*n-2) }, oracle.TEMA, emaFades),
		mean("T3", func(n int) machine { return onX(indicator.NewT3(n, 0.7), one, 6*n-5) },
			func(x oracle.Series, n int) oracle.Series { return oracle.T3(x, n, 0.7) }, emaFades),
		mean("HMA", func(n int) machine {
			root := 1
			for n > 1 && (root+1)*(root+1) <= n {
				root++
			}
			return onX(indicator.NewHMA(n), one, n+root-1)
		}, oracle.HMA, nil),
		mean("KAMA", func(n int) machine { return onX(indicator.NewKAMA(n), one, n+1) }, oracle.KAMA, kamaFades),
		mean("TRIMA", func(n int) machine { return onX(indicator.NewTRIMA(n), one, n) }, oracle.TRIMA, nil),
		mean("Sum", func(n int) machine { return onX(indicator.NewSum(n), one, n) }, oracle.Sum, nil),
		{
			name: "VWMA", reads: "cv",
			make: func(n int) machine { return onCloseVolume(indicator.NewVWMA(n), n) },
			want: func(m market, n int) []oracle.Series { return few(oracle.VWMA(m.last, m.volume, n)) },
		},
		{
			name: "VWAP", reads: "hlcv",
			make: func(n int) machine { return onBarVolume(indicator.NewVWAP(n), n) },
			want: func(m market, n int) []oracle.Series { return few(oracle.VWMA(m.typical, m.volume, n)) },
		},
		{
			name: "DayVWAP", reads: "hlcv", fades: forever,
			make: func(int) machine { return onDayVWAP(indicator.NewDayVWAP()) },
			want: func(m market, _ int) []oracle.Series { return few(oracle.DayVWAP(m.typical, m.volume, m.day)) },
		},
	}
}

func ranges() []kind {
	return []kind{
		{
			name: "TR", reads: "hlc", fades: func(int) int { return 1 },
			make: func(int) machine { return onBar(indicator.NewTR(), one, 1) },
			want: func(m market, _ int) []oracle.Series { return few(oracle.TR(m.high, m.low, m.last)) },
		},
		{
			name: "ATR", reads: "hlc", fades: rmaFades,
			make: func(n int) machine { return onBar(indicator.NewATR(n), one, n) },
			want: func(m market, n int) []oracle.Series { return few(oracle.ATR(m.high, m.low, m.last, n)) },
		},
		{
			name: "NATR", reads: "hlc", fades: rmaFades,
			make: func(n int) machine { return onBar(indicator.NewNATR(n), one, n) },
			want: func(m market, n int) []oracle.Series { return few(oracle.NATR(m.high, m.low, m.last, n)) },
		},
		{
			name: "ADX", reads: "hlc", fades: rmaFades, scale: hundred,
			make: func(n int) machine {
				i := indicator.NewADX(n)
				di := i.DIWarmUp()
				return onBar(i, directed, 2*n, di, di, di)
			},
			want: func(m market, n int) []oracle.Series {
				a := oracle.ADX(m.high, m.low, m.last, n)
				return a[:]
			},
		},
		{
			name: "Aroon", reads: "hl", scale: hundred,
			make: func(n int) machine { return onSpan(indicator.NewAroon(n), aroon, n+1, n+1, n+1) },
			want: func(m market, n int) []oracle.Series {
				a := oracle.Aroon(m.high, m.low, n)
				return a[:]
			},
		},
		{
			// A common turn makes any two the same; a tie in decimals is none in
			// floats, and may part them for a while.
			name: "PSAR", reads: "hl", fades: func(int) int { return 5000 },
			make: func(int) machine { return onSpan(indicator.NewPSAR(0.02, 0.2), one, 2) },
			want: func(m market, _ int) []oracle.Series { return few(oracle.PSAR(m.high, m.low, 0.02, 0.2)) },
		},
		{
			name: "SuperTrend", reads: "hlc", fades: forever,
			make: func(n int) machine { return onBar(indicator.NewSuperTrend(n, 3), side, n, n) },
			want: func(m market, n int) []oracle.Series {
				s := oracle.SuperTrend(m.high, m.low, m.last, n, 3)
				return s[:]
			},
		},
		{
			name: "Keltner", reads: "hlc", fades: emaFades,
			make: func(n int) machine { return onBar(indicator.NewKeltner(n, 2), channel, n, n, n) },
			want: func(m market, n int) []oracle.Series {
				k := oracle.Keltner(m.high, m.low, m.last, n, 2)
				return k[:]
			},
		},
		{
			name: "Donchian", reads: "hl",
			make: func(n int) machine { return onSpan(indicator.NewDonchian(n), channel, n, n, n) },
			want: func(m market, n int) []oracle.Series {
				d := oracle.Donchian(m.high, m.low, n)
				return d[:]
			},
		},
		{
			name: "Ichimoku", reads: "hl",
			make: func(n int) machine {
				i := indicator.NewIchimoku(n, 2*n, 4*n)
				return onSpan(i, cloud, i.TenkanWarmUp(), i.KijunWarmUp(), i.SpanAWarmUp(), i.SpanBWarmUp())
			},
			want: func(m market, n int) []oracle.Series {
				c := oracle.Ichimoku(m.high, m.low, n, 2*n, 4*n)
				return c[:]
			},
		},
	}
}
