package synth_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
	"rulebot/exchange/synth"
	"rulebot/internal/realdata"
)

var update = flag.Bool("update", false, "rewrite docs/market.md, and testdata/real.csv where there is real data")

const (
	page     = "../../docs/market.md"
	facts    = "testdata/real.csv"
	slack    = 1.5 // how far a generated figure may be outside the real range, as a factor
	seeds    = 10
	seedDays = 30
)

// span is the lowest and highest of several measurements; the zero value is
// none.
type span struct {
	low, high float64
	count     int
}

func (s *span) add(v float64) {
	if math.IsNaN(v) {
		return
	}
	if s.count == 0 {
		s.low, s.high = v, v
	}
	s.low, s.high, s.count = min(s.low, v), max(s.high, v), s.count+1
}

// short rounds to three digits and to five places after the point, so that facts compare by what is written.
func short(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e5)/1e5, 'g', 3, 64)
}

func spans(list []measured) (all [figures]span) {
	for i := range list {
		for f := range figures {
			all[f].add(list[i][f])
		}
	}
	return all
}

// fact is what real data says of a figure: the range that the generated market
// is held to, and for bars the months of another exchange and year beside it.
type fact struct{ low, high, otherLow, otherHigh string }

// measureReal computes all facts from the recorded files.
func measureReal(tb testing.TB) []fact {
	tb.Helper()
	held := spans(slices.Concat(bitstamp(tb), books(tb), pair(tb)))
	other := spans(bitfinex(tb))
	list := make([]fact, figures)
	for f := range figures {
		list[f] = fact{low: short(held[f].low), high: short(held[f].high)}
		if other[f].count > 0 {
			list[f].otherLow, list[f].otherHigh = short(other[f].low), short(other[f].high)
		}
	}
	return list
}

// TestRealFacts holds testdata/real.csv to the recorded files.
func TestRealFacts(t *testing.T) {
	realdata.Path(t, bitstampBars)
	got := measureReal(t)
	if *update {
		writeFacts(t, got)
	}
	if diff := cmp.Diff(readFacts(t), got, cmp.AllowUnexported(fact{})); diff != "" {
		t.Errorf("%s is not what the recorded files say (-file +files):\n%s", facts, diff)
	}
}

func writeFacts(tb testing.TB, list []fact) {
	tb.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	records := [][]string{{"figure", "low", "high", "other_low", "other_high"}}
	for f := range figures {
		x := list[f]
		records = append(records, []string{f.String(), x.low, x.high, x.otherLow, x.otherHigh})
	}
	if err := w.WriteAll(records); err != nil {
		tb.Fatal(err)
	}
	write(tb, facts, b.Bytes())
}

func write(tb testing.TB, name string, b []byte) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o644); err != nil {
		tb.Fatal(err)
	}
}

func readFacts(tb testing.TB) []fact {
	tb.Helper()
	b, err := os.ReadFile(facts)
	if err != nil {
		tb.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil || len(records) != int(figures)+1 {
		tb.Fatalf("%s: got %d lines, %v, want %d", facts, len(records), err, figures+1)
	}
	list := make([]fact, figures)
	for f := range figures {
		r := records[f+1]
		if r[0] != f.String() {
			tb.Fatalf("%s: line %d: got %q, want %q", facts, f+2, r[0], f)
		}
		list[f] = fact{r[1], r[2], r[3], r[4]}
	}
	return list
}

// allowed returns the bounds of a figure.
func (x *fact) allowed(tb testing.TB) (low, high float64) {
	tb.Helper()
	return float(tb, x.low) / slack, float(tb, x.high) * slack
}

// TestMarketPage measures every seed, holds each figure of each to the real
// range, and holds docs/market.md to what was measured.
func TestMarketPage(t *testing.T) {
	list := make([]measured, seeds)
	known := readFacts(t)
	for i := range list {
		list[i] = generated(t, uint64(i+1), seedDays)
		for f := range figures {
			low, high := known[f].allowed(t)
			if got := list[i][f]; !(got >= low && got <= high) {
				t.Errorf("seed %d: %s: got %.4g, want %.4g to %.4g", i+1, f, got, low, high)
			}
		}
	}
	want := render(t, known, list)
	if *update {
		write(t, page, []byte(want))
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), want); diff != "" {
		t.Errorf("docs/market.md is stale, run go test ./exchange/synth -update (-page +measured):\n%s", diff)
	}
}

func render(tb testing.TB, known []fact, list []measured) string {
	tb.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, intro, seeds, seedDays, slack)
	b.WriteString("| figure | real | allowed | generated: lowest | median | highest |\n|---|---|---|---|---|---|\n")
	for f := range figures {
		low, high := known[f].allowed(tb)
		values := make([]float64, 0, len(list))
		for i := range list {
			values = append(values, list[i][f])
		}
		slices.Sort(values)
		fmt.Fprintf(&b, "| %s | %s to %s | %s to %s | %s | %s | %s |\n", f, known[f].low, known[f].high,
			short(low), short(high), short(values[0]), short(quantile(values, 0.5)), short(values[len(values)-1]))
	}
	b.WriteString(sources)
	b.WriteString("| figure | Bitfinex BTC/USD, months of 2019 |\n|---|---|\n")
	for f := range figures {
		if known[f].otherLow != "" {
			fmt.Fprintf(&b, "| %s | %s to %s |\n", f, known[f].otherLow, known[f].otherHigh)
		}
	}
	b.WriteString(limits)
	b.WriteString("| seed | change, % | lowest, % | highest, % | standard deviation of a minute, bps |\n|---|---|---|---|---|\n")
	for seed := range uint64(seeds) {
		b.WriteString(fourDays(tb, seed+1))
	}
	return b.String()
}

// fourDays is the line of a seed: how its first four days go.
func fourDays(tb testing.TB, seed uint64) string {
	tb.Helper()
	m := synth.New(synth.Config{Seed: seed, Days: 4, Instruments: []string{"BTC-USD"}})
	var first, last, low, high float64
	var returns []float64
	var ev engine.Event
	for {
		more, err := m.Next(&ev)
		if err != nil {
			tb.Fatal(err)
		}
		if !more {
			break
		}
		if ev.Kind != engine.KindBar {
			continue
		}
		b := &ev.Bar
		if first == 0 {
			first, last, low = b.O.Float(), b.O.Float(), b.L.Float()
		}
		returns = append(returns, 1e4*math.Log(b.C.Float()/last))
		last, low, high = b.C.Float(), min(low, b.L.Float()), max(high, b.H.Float())
	}
	sd, _ := moments(returns)
	percent := func(p float64) float64 { return 100 * (p/first - 1) }
	return fmt.Sprintf("| %d | %+.1f | %+.1f | %+.1f | %.1f |\n", seed, percent(last), percent(low), percent(high), sd)
}
