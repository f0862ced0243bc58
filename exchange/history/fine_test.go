package history_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/history"
)

// barsFrom writes bars as open high low close volume, a step apart; a dash is
// one that is missing.
func barsFrom(t *testing.T, tf market.Timeframe, rows ...string) *history.Bars {
	t.Helper()
	begin := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	text := "time,open,high,low,close,volume\n"
	for i, row := range rows {
		if row != "-" {
			at := begin.Add(time.Duration(i) * tf.Duration())
			text += at.Format(time.RFC3339) + "," + strings.ReplaceAll(row, " ", ",") + "\n"
		}
	}
	b, err := history.OpenBars("rows", strings.NewReader(text), thin, tf)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var thin = market.Instrument{
	ID: "BTC-USD", Base: "BTC", Quote: "USD",
	Tick: num.MustPrice("1"), Lot: num.MustQuantity("0.01"), Min: num.MustQuantity("0.01"),
}

const fiveMinutes = 5 * market.Minute

// hours is four bars of five minutes: one whose minutes are all there, one
// without its last two, one whose minutes say something else, one without any.
func hours(t *testing.T) *history.Refined {
	t.Helper()
	r, err := barsFrom(t, fiveMinutes, "100 110 90 105 8", "105 107 104 106 4", "106 108 100 101 4", "101 102 100 100 4").Refine(
		barsFrom(t, market.Minute,
			"100 102 100 101 1", "101 101 95 96 2", "96 96 90 92 1", "92 110 92 108 3", "108 108 105 105 1",
			"105 106 104 106 1", "106 107 106 106 1", "106 106 106 106 2", "-", "-",
			"106 109 106 107 1", "107 107 100 101 1", "-", "-", "-",
			"-", "-", "-", "-", "-",
			"100 101 100 101 1"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRefinedBarsGoTheWayOfFinerOnes(t *testing.T) {
	r := hours(t)
	if got := fmt.Sprint(r.Known(), r.Missing, r.Differs, r.Outside, r.First); got != "2 1 1 1 2025-01-01T00:10:00.000Z" {
		t.Errorf("known, missing, differing, outside, first: got %s", got)
	}
	second := r.Bars.Bar(1)
	if got := len(r.Inside(second.Open)); got != 3 {
		t.Errorf("the second bar goes the way of %d finer ones, want 3", got)
	}
	if r.Inside(r.Bars.Bar(2).Open) != nil || r.Inside(1) != nil {
		t.Error("a bar that finer ones contradict, or that there is not, has a way inside")
	}
	source, err := r.Source(history.DefaultSpread())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	prices, id, last := "", int64(0), market.Time(0)
	for ev := range events(t, source) {
		if ev.At < last {
			t.Errorf("%s comes after %s", ev.At, last)
		}
		switch last = ev.At; ev.Kind {
		case engine.KindTrade:
			if id++; ev.Trade.ID != id {
				t.Errorf("trade %d, want %d", ev.Trade.ID, id)
			}
			prices += ev.Trade.Price.String() + " "
		case engine.KindQuote:
			if ev.At == second.Close().Add(-time.Millisecond) {
				prices += "quote "
			}
		case engine.KindBar:
			got = append(got, prices+"| "+ev.Bar.C.String())
			prices = ""
		default:
		}
	}
	want := []string{
		"100 100 102 101 101 101 95 96 96 96 90 92 92 92 110 108 108 108 105 105 | 105",
		"105 104 106 106 106 106 107 106 106 106 106 106 quote | 106",
		"106 108 100 101 | 101",
		"101 102 100 100 | 100",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

// TestRefinedStretches: told at once and taken back, the same events follow.
func TestRefinedStretches(t *testing.T) {
	walk := func(leap bool) string {
		source, err := hours(t).Source(history.DefaultSpread())
		if err != nil {
			t.Fatal(err)
		}
		if leap {
			source.Leap()
		}
		var all strings.Builder
		n := 0
		for ev := range events(t, source) {
			if ev.Kind == engine.KindStretch {
				if n++; n%3 > 0 {
					source.Walk()
					continue
				}
				fmt.Fprintf(&all, "… %d %s\n", ev.Trade.ID, ev.Quote.Bid)
				continue
			}
			fmt.Fprintf(&all, "%d %s %d %s %s\n", ev.Kind, ev.At, ev.Trade.ID, ev.Trade.Price, ev.Quote.Bid)
		}
		return all.String()
	}
	whole := strings.Split(walk(false), "\n")
	for line := range strings.SplitSeq(walk(true), "\n") {
		if strings.HasPrefix(line, "…") {
			var id int64
			var bid string
			if _, err := fmt.Sscanf(line, "… %d %s", &id, &bid); err != nil {
				t.Fatal(err)
			}
			for len(whole) > 0 && !strings.Contains(whole[0], fmt.Sprintf("Z %d ", id)) {
				whole = whole[1:]
			}
			whole = whole[1:]
			continue
		}
		if len(whole) == 0 || line != whole[0] {
			t.Fatalf("after stretches: got %q, want %q", line, whole[0])
		}
		whole = whole[1:]
	}
}

func TestOnlyFinerBarsRefine(t *testing.T) {
	hour := barsFrom(t, fiveMinutes, "1 1 1 1 1")
	for _, tf := range []market.Timeframe{fiveMinutes, 15 * market.Minute, 3 * market.Minute} {
		if _, err := hour.Refine(barsFrom(t, tf, "1 1 1 1 1")); err == nil {
			t.Errorf("bars of %s inside of %s: got no error", tf, hour.Timeframe)
		}
	}
}
