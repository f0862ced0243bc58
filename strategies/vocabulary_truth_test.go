package strategies_test

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/strategies"
)

// closing makes a flat bar of a volume of 1.
func closing(i int, last string) market.Bar {
	price, err := num.ParsePrice(last)
	if err != nil {
		panic(err)
	}
	return market.Bar{
		Open: market.Time(int64(i) * int64(market.Minute)), Timeframe: market.Minute,
		O: price, H: price, L: price, C: price, Volume: num.QuantityOf(1, 0),
	}
}

// shown writes a value as the tables below do: a number, yes, no, or why there
// is none.
func shown(s *strategies.Single, p engine.Program) string {
	words := map[engine.Cause]string{
		engine.CauseWarmUp: "warm", engine.CauseGap: "gap", engine.CauseNaN: "nan", engine.CauseInf: "inf",
		engine.CauseNever: "never", engine.CauseNoData: "nodata", engine.CauseStale: "stale",
	}
	x, cause := evaluated(s, p)
	switch {
	case cause != engine.Ready:
		return words[cause]
	case s.Condition:
		return map[float64]string{0: "no", 1: "yes"}[x]
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}

// TestHistories holds what functions of the past say, bar by bar. A | is a gap
// before the next bar.
func TestHistories(t *testing.T) {
	const closes = "1 2 3 2 1 2 3"
	for _, row := range []struct{ closes, value, want string }{
		{closes, "barssince(close > 2)", "inf inf 0 1 2 3 0"},
		{closes, "barssince(close > 2) > 1", "yes yes no no yes yes no"},
		{closes, "barssince(close > 2) < 2", "no no yes yes no no yes"},
		{closes, "barssince(close > 2) + 1 > 1", "inf inf no yes yes yes no"},
		{closes, "abs(barssince(close > 2)) > 1", "inf inf no no yes yes no"},
		{closes, "-barssince(close > 2) < 0", "inf inf no yes yes yes no"},
		{closes, "min(barssince(close > 2), 9)", "9 9 0 1 2 3 0"},
		{closes, "barssince(close > 2)[1] > 1", "warm yes yes no no yes yes"},
		{closes, "sma(barssince(close > 2), 2)", "inf inf warm 0.5 1.5 2.5 1.5"},
		{closes, "crossunder(barssince(close > 2), 2)", "warm no yes no no no yes"},
		{closes, "barssince(sma(close, 3) > 2)", "warm warm inf 0 1 2 3"},
		{closes, "valuewhen(close > 2, high)", "never never 3 3 3 3 3"},
		{closes, "valuewhen(close < 2, barssince(close > 2))", "inf inf never never 2 2 2"},
		{closes, "valuewhen(close < 3, close, 1)", "warm 1 1 2 2 1 1"},
		{closes, "valuewhen(close < 3, close, 1) > 0", "warm yes yes yes yes yes yes"},
		{closes, "within(close > 2, 2)", "warm no yes yes no no yes"},
		{closes, "within(close > 2, 3)", "warm warm yes yes yes no yes"},
		{closes, "within(close < 2, 3)", "yes yes yes no yes yes yes"},
		{closes, "always(close > 1, 2)", "no no yes yes no no yes"},
		{closes, "always(close < 3, 3)", "warm warm no no no yes no"},
		{closes, "count(close > 1, 3)", "warm warm 2 3 2 2 2"},
		{closes, "within(1 / (close - 2) > 5, 2)", "warm inf inf inf inf inf inf"},
		{closes, "within(1 / (close - 2) > 0, 2)", "warm inf yes yes inf inf yes"},
		{closes, "always(1 / (close - 2) > 0, 2)", "no no inf inf no no inf"},
		{closes, "count(1 / (close - 2) > 0, 2)", "warm inf inf inf inf inf inf"},
		{closes, "within(false, 2) or always(true, 1)", "yes yes yes yes yes yes yes"},
		{closes, "cross(close, 2.5)", "warm no yes yes no no yes"},
		{closes, "cross(close, 2)", "warm no yes no yes no yes"},
		{closes, "crossover(close, 2)", "warm no yes no no no yes"},
		{closes, "rising(close, 2)", "warm warm yes no no no yes"},
		{closes, "falling(close, 1)", "warm no no yes yes no no"},
		{closes, "change(close)", "warm 1 1 -1 -1 1 1"},
		{closes, "change(close, 2)", "warm warm 2 0 -2 0 2"},
		{closes, "mom(close, 2) == change(close, 2)", "warm warm yes yes yes yes yes"},
		{closes, "sum(close, 2)", "warm 3 5 5 3 3 5"},
		{closes, "near(close, 2, 0.5)", "no yes no yes no yes no"},
		{closes, "sqrt(close - 2)", "nan 0 1 0 nan 0 1"},
		{closes, "log(close - 1)", "inf 0 0.693147 0 inf 0 0.693147"},
		{closes, "round(close / 2) + floor(close / 2) * 10 + ceil(0 - close / 2) * 100", "1 -89 -88 -89 1 -89 -88"},
		{"2 2 2 3", "bb(close, 2, 2).percent_b", "warm nan nan 0.75"},
		{"2 2 2 3", "bb(close, 2, 2).width", "warm 0 0 0.8"},
		{"2 2 2 3", "obv", "0 0 0 1"},
		{"1 2 | 3 4 1", "sma(close, 2)", "warm 1.5 gap 3.5 2.5"},
		{"1 2 | 3 4 1", "barssince(close < 2)", "0 1 inf inf 0"},
		{"1 2 | 3 4 1", "valuewhen(close < 2, close)", "1 1 never never 1"},
		{"1 2 | 3 4 1", "within(close < 2, 2)", "yes yes gap no yes"},
		{"1 2 | 3 4 1", "macd(close, 1, 2, 1).line", "warm 0.5 gap 0.5 -0.833333"},
		{"1 2 | 3 4 1", "macd(close, 1, 2, 2).signal > 0 or macd(close, 1, 2, 2).line > 0", "warm yes gap yes no"},
		{"1 2 | 3 4 1", "ema(sma(close, 2), 2)", "warm warm gap gap 3"},
		{"1 2 | 3 4 1", "bar.index", "0 1 2 3 4"},
	} {
		s := single(t, row.value)
		p, gap, got, i := s.Program(), false, []string(nil), 0
		for text := range strings.FieldsSeq(row.closes) {
			if text == "|" {
				gap = true
				continue
			}
			b := closing(i, text)
			b.Gap = gap
			p.Update(0, &b)
			got, gap = append(got, shown(s, p)), false
			i++
		}
		if g := strings.Join(got, " "); g != row.want {
			t.Errorf("%s over %s\n got %s\nwant %s", row.value, row.closes, g, row.want)
		}
	}
}

const daily = `version: 1
exchange: {name: okcoin, endpoint: builtin}
strategies:
  - {name: a, instrument: BTC-USD, timeframe: 6h, rules: [{name: r, for: flat, when: "WHEN", do: {buy: {size: {base: 1}}}}]}
  - {name: b, instrument: BTC-USD, timeframe: 6h, timezone: Asia/Tokyo, rules: [{name: r, for: flat, when: "WHEN", do: {buy: {size: {base: 1}}}}]}
  - {name: c, instrument: BTC-USD, timeframe: 6h, day_start: "06:00 UTC", rules: [{name: r, for: flat, when: "WHEN", do: {buy: {size: {base: 1}}}}]}
  - {name: d, instrument: BTC-USD, timeframe: 6h, timezone: UTC, rules: [{name: r, for: flat, when: "WHEN", do: {buy: {size: {base: 1}}}}]}
`

// TestDays holds that what counts from the day's first bar counts from that of
// the strategy, and that strategies of another day share none of it.
func TestDays(t *testing.T) {
	for _, row := range []struct {
		when string
		want [3]string // of a, b, c; d has the day of a
	}{
		{"bar.new_day", [3]string{"yes no no no yes no no no yes no", "no no no yes no no no yes no no", "no yes no no no yes no no no yes"}},
		{"vwap > hlc3", [3]string{"no no no no no no no no no no", "warm warm warm no no no no no no no", "warm no no no no no no no no no"}},
		{"pivots.p > 0", [3]string{"warm warm warm warm yes yes yes yes yes yes", "warm warm warm warm warm warm warm yes yes yes", "warm warm warm warm warm yes yes yes yes yes"}},
		{"(vwap > hlc3 - 1.2)[1]", [3]string{"warm yes yes yes no yes yes yes no yes", "warm warm warm warm yes yes yes no yes yes", "warm warm yes yes yes no yes yes yes no"}},
	} {
		f, ds := strategies.Load("days.yaml", []byte(strings.ReplaceAll(daily, "WHEN", row.when)))
		if len(ds) > 0 {
			t.Fatal(ds)
		}
		p, got := f.Program(), make([][]string, len(f.Strategies))
		for i := range 10 {
			b := closing(0, strconv.Itoa(10+i))
			b.Timeframe = 6 * 60 * market.Minute
			b.Open = market.Time(i) * market.Time(b.Timeframe)
			p.Update(0, &b)
			for k := range f.Strategies {
				truth, cause := p.Condition(f.Strategies[k].Rules[0].When, flat())
				word := map[engine.Truth]string{engine.True: "yes", engine.False: "no"}[truth]
				if cause == engine.CauseWarmUp {
					word = "warm"
				}
				got[k] = append(got[k], word)
			}
		}
		want := append(row.want[:], row.want[0])
		for k, words := range got {
			if g := strings.Join(words, " "); g != want[k] {
				t.Errorf("%s of %s\n got %s\nwant %s", row.when, f.Strategies[k].Name, g, want[k])
			}
		}
		if numbers := slices.DeleteFunc(f.Slots(), func(s string) bool { return !strings.HasSuffix(s, ".number") }); len(numbers) != 3 {
			t.Errorf("%s: got the days %v, want three: one is shared", row.when, numbers)
		}
	}
}

// TestNewDayAfterGap holds that the first bar after a gap is the first of its
// day when the bar before was of another, and is not otherwise.
func TestNewDayAfterGap(t *testing.T) {
	s := hourly(t, "bar.new_day")
	p := s.Program()
	var got []string
	for _, at := range []struct {
		hour int
		gap  bool
	}{{5, false}, {6, false}, {9, true}, {29, true}, {30, false}, {47, true}, {48, false}} {
		b := hour(at.hour)
		b.Gap = at.gap
		p.Update(0, &b)
		got = append(got, shown(s, p))
	}
	if g := strings.Join(got, " "); g != "no no no yes no no yes" {
		t.Errorf("got %s", g)
	}
}

// TestDayOf25Hours holds that the warm-up of what counts from the day's first
// bar is that of the longest day.
func TestDayOf25Hours(t *testing.T) {
	src := strings.ReplaceAll(strings.ReplaceAll(daily, "WHEN", "close > vwap"), "6h", "1h")
	f, ds := strategies.Load("days.yaml", []byte(src))
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	if f.Feeds[0].WarmUp != 25 {
		t.Errorf("got a warm-up of %d bars, want 25", f.Feeds[0].WarmUp)
	}
}

// TestRanges holds that no value of the vocabulary leaves the range that its
// row computes, over bars that move, stand still, and have no volume.
func TestRanges(t *testing.T) {
	for _, f := range slices.Concat(strategies.Functions(), strategies.Sources()) {
		for _, o := range f.Outputs {
			value := written(&f)
			if o.Field != "" {
				value += "." + o.Field
			}
			s := hourly(t, value)
			p := s.Program()
			for i := range 300 {
				b := hour(i)
				if i%50 > 30 {
					b = closing(i, "104.2")
					b.Open, b.Timeframe, b.Volume = hour(i).Open, hour(i).Timeframe, num.Quantity{}
				}
				p.Update(0, &b)
				x, cause := evaluated(s, p)
				if cause != engine.Ready {
					continue
				}
				if s.Condition {
					if hold, fail := s.Verdict(engine.ForAny); x == 1 && !hold || x == 0 && !fail {
						t.Fatalf("%s is %v at bar %d, and was ruled out", value, x, i)
					}
				} else if lo, hi := s.Span(engine.ForAny); !(lo <= x && x <= hi) {
					t.Fatalf("%s is %v at bar %d, outside %v to %v", value, x, i, lo, hi)
				}
			}
		}
	}
}

// TestLogarithm holds log against that of package math, whose last bit depends
// on the machine.
func TestLogarithm(t *testing.T) {
	for _, x := range []float64{1e-300, 1e-9, 0.2, 0.5, 0.7071, 0.7072, 0.999999, 1, 1.000001, 1.4142, 1.4143, 2, math.E, 100, 61_234.5, 1e19, 1e300, math.MaxFloat64} {
		got, want := strategies.Logarithm(x), math.Log(x)
		if math.Abs(got-want) > 4e-16*math.Abs(want) {
			t.Errorf("log(%v): got %v, want %v", x, got, want)
		}
	}
	if x := strategies.Logarithm(-1); x == x || !math.IsInf(strategies.Logarithm(0), -1) {
		t.Error("log must have no value at 0 and below")
	}
}
