package strategies_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/strategies"
)

// loaded is a file of one entry with one rule, which must load.
func loaded(t testing.TB, keys, when string) *strategies.File {
	t.Helper()
	src := "version: 1\nexchange: {name: okcoin, endpoint: builtin}\nstrategies:\n  - name: s\n    timeframe: 15m\n" +
		"    " + strings.ReplaceAll(strings.TrimSpace(keys), "\n", "\n    ") + "\n" +
		"    rules:\n      - name: r\n        do: {buy: {size: {quote: 1}}}\n        when: |\n          " + when + "\n"
	f, ds := strategies.Load("test.yaml", []byte(src))
	if len(ds) > 0 {
		t.Fatalf("%s\n%s", src, ds.Render([]byte(src)))
	}
	return f
}

// TestClocks reads the wall of a zone over the changes of its clocks.
func TestClocks(t *testing.T) {
	const newYork = "instrument: BTC-USD\ntimezone: America/New_York"
	for _, c := range []struct {
		when, at string
		want     bool
	}{
		// New York springs forward on 2024-03-10 at 07:00 UTC: 02:00 becomes 03:00.
		{"time.hour == 1 and time.minute == 45", "2024-03-10 06:45", true},
		{"time.hour == 3 and time.minute == 0", "2024-03-10 07:00", true},
		{`session("09:30-16:00")`, "2024-03-08 14:15", false}, // Friday, 09:15 in winter
		{`session("09:30-16:00")`, "2024-03-08 14:30", true},
		{`session("09:30-16:00")`, "2024-03-11 13:15", false}, // Monday, 09:15 in summer
		{`session("09:30-16:00")`, "2024-03-11 13:30", true},
		{`session("09:30-16:00")`, "2024-03-11 19:45", true},
		{`session("09:30-16:00")`, "2024-03-11 20:00", false},
		{`session("02:00-03:00")`, "2024-03-10 06:45", false}, // an hour that this day does not have
		{`session("02:00-03:00")`, "2024-03-10 07:00", false},
		// And falls back on 2024-11-03 at 06:00 UTC: 02:00 becomes 01:00 again.
		{`session("01:00-02:00")`, "2024-11-03 05:30", true}, // an hour that it has twice
		{`session("01:00-02:00")`, "2024-11-03 06:30", true},
		{`session("01:00-02:00")`, "2024-11-03 07:00", false},
		{"time.weekday == 7 and time.day == 3", "2024-11-04 04:59", true},
		{"time.weekday == 1 and time.day == 4", "2024-11-04 05:00", true},
		// A zone of its own: Berlin changes on other days.
		{`session("15:30-22:00", "Europe/Berlin")`, "2024-03-20 14:30", true},  // 15:30 in winter
		{`session("15:30-22:00", "Europe/Berlin")`, "2024-04-02 13:30", true},  // 15:30 in summer
		{`session("15:30-22:00", "Europe/Berlin")`, "2024-03-20 13:30", false}, // 14:30
		{`session("22:00-02:00", "UTC")`, "2024-03-20 01:59", true},
		{`session("22:00-02:00", "UTC")`, "2024-03-20 02:00", false},
		{`session("22:00-02:00", "UTC")`, "2024-03-20 22:00", true},
	} {
		f := loaded(t, newYork, c.when)
		v := flat()
		v.At, v.Opened = at(t, c.at), at(t, c.at)
		got, why := f.Program().Condition(f.Strategies[0].Rules[0].When, v)
		if got == engine.NotReady || (got == engine.True) != c.want {
			t.Errorf("%s at %s got %v (%v), want %v", c.when, c.at, got, why, c.want)
		}
	}
}

// TestDayStart holds where days and long bars begin.
func TestDayStart(t *testing.T) {
	for keys, want := range map[string]string{
		``:                           "UTC 0s, 1d 0s",
		`timezone: America/New_York`: "America/New_York 0s, 1d 0s",
		`day_start: "00:00 UTC"`:     "UTC 0s, 1d 0s",
		`day_start: "17:00 -05:00"`:  "UTC 22h0m0s, 1d 22h0m0s",
		`day_start: "22:00 -05:00"`:  "UTC 3h0m0s, 1d 3h0m0s",
		`day_start: "01:30 +05:30"`:  "UTC 20h0m0s, 1d 20h0m0s",
		"timezone: Asia/Tokyo\nday_start: \"09:00 +09:00\"": "UTC 0s, 1d 0s",
	} {
		f := loaded(t, "instrument: BTC-USD\nfeeds: {d1: {timeframe: 1d}}\n"+keys, "d1.close > close")
		s := f.Strategies[0]
		if got := fmt.Sprintf("%s %s, 1d %s", s.Zone, s.Day, f.Feeds[1].Series.Shift); got != want {
			t.Errorf("%s: got %s, want %s", keys, got, want)
		}
		if f.Feeds[0].Series.Shift != 0 {
			t.Errorf("%s moves bars of 15m", keys)
		}
	}
}

// TestInstruments holds that an entry over several instruments is a strategy
// for each, which share text, rules and place, and nothing else.
func TestInstruments(t *testing.T) {
	f := loaded(t, "instruments: [BTC-USD, ETH-USD]\nstate: {armed: true}\nfeeds: {btc: {instrument: BTC-USD, align: wait 20s}}", "close > btc.close and state.armed")
	var got []string
	for i, s := range f.Strategies {
		got = append(got, fmt.Sprintf("%s %s entry %d state %v await %v", s.Name, s.Series, f.Sources[i].Entry, s.State, s.Await))
	}
	want := []string{
		"s-btc-usd BTC-USD 15m entry 0 state [{armed 1 true}] await []",
		"s-eth-usd ETH-USD 15m entry 0 state [{armed 1 true}] await [{0 20s}]",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if n := len(f.Notes); n != 1 { // nothing sets armed
		t.Errorf("got %d notes, want each once:\n%v", n, f.Notes)
	}
	p, v := f.Program(), flat()
	v.State = []float64{1}
	feed := func(feed int, cents int64) {
		b := bar(0, cents)
		p.Update(feed, &b)
	}
	feed(0, 100_00)
	if got, why := p.Condition(f.Strategies[1].Rules[0].When, v); got != engine.NotReady || why != engine.CauseNoData {
		t.Errorf("before the first bar of ETH-USD: got %v (%v), want not-ready", got, why)
	}
	feed(1, 101_00)
	for i, want := range []engine.Truth{engine.False, engine.True} {
		if got, _ := p.Condition(f.Strategies[i].Rules[0].When, v); got != want {
			t.Errorf("%s: got %v, want %v", f.Strategies[i].Name, got, want)
		}
	}
	v.State[0] = 0
	if got, _ := p.Condition(f.Strategies[1].Rules[0].When, v); got != engine.False {
		t.Errorf("not armed: got %v, want false", got)
	}
}

// TestJoined holds that a value of a longer feed is that of its last closed
// bar, and that gaps of one feed leave the others alone.
func TestJoined(t *testing.T) {
	f := loaded(t, "instrument: BTC-USD\nfeeds: {h4: {timeframe: 4h}}", "close > sma(h4.close, 2)")
	p, when := f.Program(), f.Strategies[0].Rules[0].When
	closed := func(feed int, cents int64, gap bool) {
		b := market.Bar{O: num.PriceOf(cents, 2), H: num.PriceOf(cents, 2), L: num.PriceOf(cents, 2), C: num.PriceOf(cents, 2), Gap: gap}
		p.Update(feed, &b)
	}
	expect := func(want engine.Truth, why engine.Cause) {
		t.Helper()
		if got, cause := p.Condition(when, flat()); got != want || cause != why {
			t.Errorf("got %v (%v), want %v (%v)", got, cause, want, why)
		}
	}
	expect(engine.NotReady, engine.CauseNoData)
	closed(0, 100_00, false)
	closed(1, 90_00, false)
	expect(engine.NotReady, engine.CauseWarmUp)
	closed(1, 120_00, false)
	expect(engine.False, engine.Ready) // 100 against 105
	closed(0, 106_00, false)
	expect(engine.True, engine.Ready) // the same 105
	closed(0, 107_00, true)
	expect(engine.True, engine.Ready) // a gap in bars of 15m
	closed(1, 130_00, true)
	expect(engine.NotReady, engine.CauseGap)
}

// TestNeeds holds what is told of the market data that a strategy reads.
func TestNeeds(t *testing.T) {
	for when, want := range map[string]string{
		"close > 1":                                          " | 0",
		"ticker.last > 1":                                    " | 0",
		"book.ask > 1 and book.bid > 1":                      "book.ask | 0",
		"book.imbalance(1) > 0.5":                            "book.imbalance(1) | 0",
		"book.imbalance(5) > 0.5":                            " book.imbalance(5) 5",
		"close > book.mid or book.imbalance(5) > 0.5":        "book.mid book.imbalance(5) 5",
		"book.bid_depth(10) > 1 and book.imbalance(2) > 0.5": " book.bid_depth(10) 25",
	} {
		f := loaded(t, "instrument: BTC-USD", when)
		n := f.Need(0)
		got := fmt.Sprintf("%s %s %d", n.Quotes.Text, n.Levels.Text, n.Depth)
		if !n.Levels.Any() {
			got = fmt.Sprintf("%s | %d", n.Quotes.Text, n.Depth)
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", when, got, want)
		}
		if f.Levels("BTC-USD") != n.Depth || f.Levels("ETH-USD") != 0 {
			t.Errorf("%s: levels of the file are not those of its strategy", when)
		}
	}
}

// BenchmarkLoadHundredOverTwenty loads a hundred rules over twenty
// instruments.
func BenchmarkLoadHundredOverTwenty(b *testing.B) {
	var src strings.Builder
	src.WriteString("version: 1\nexchange: {name: okcoin, endpoint: builtin}\nstrategies:\n  - name: s\n    timeframe: 15m\n    instruments: [")
	for i := range 20 {
		fmt.Fprintf(&src, "A%c%c-USD, ", 'A'+i/5, 'A'+i%5)
	}
	src.WriteString("]\n    feeds: {h4: {timeframe: 4h}}\n    rules:\n")
	for i := range 100 {
		fmt.Fprintf(&src, "      - name: r%d\n        when: crossover(ema(close, %d), sma(close, 26)) and rsi(close, 14) < %d and h4.close > ema(h4.close, 50) and volume > %d\n        do: {buy: {size: {quote: 1}}}\n", i, 2+i, 30+i%40, i)
	}
	b.ReportAllocs()
	for b.Loop() {
		if f, ds := strategies.Load("bench.yaml", []byte(src.String())); len(ds) > 0 || len(f.Strategies) != 20 {
			b.Fatal(ds)
		}
	}
}

// TestDeclaredLimits holds that an entry cannot ask for more than is borne.
func TestDeclaredLimits(t *testing.T) {
	list := func(n int, form string) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(form, 'A'+i/26, 'A'+i%26))
		}
		return strings.Join(all, ", ")
	}
	entry := func(keys string, rules int) string {
		var b strings.Builder
		b.WriteString("version: 1\nexchange: {name: okcoin, endpoint: builtin}\nstrategies:\n  - name: s\n    timeframe: 15m\n    " + keys + "\n    rules:\n")
		for i := range rules {
			fmt.Fprintf(&b, "      - {name: r%d, when: close > %d, do: close}\n", i, i)
		}
		return b.String()
	}
	lower := strings.ToLower
	for src, want := range map[string]string{
		entry("instruments: ["+list(101, "%c%c-USD")+"]", 1):                                        "instruments has 101 entries; at most 100 are read",
		entry("instrument: BTC-USD\n    feeds: {"+lower(list(51, "F%c%c: {TIMEFRAME: 4H}"))+"}", 1): "feeds has 51 entries; at most 50 are read",
		entry("instrument: BTC-USD\n    state: {"+lower(list(101, "S%c%c: 1"))+"}", 1):              "state has 101 entries; at most 100 are read",
		entry("instruments: ["+list(100, "%c%c-USD")+"]", 600):                                      "the file has more than 50000 expressions, counted for each instrument",
	} {
		_, ds := strategies.Load("limits.yaml", []byte(src))
		if len(ds) != 1 || ds[0].Code != strategies.CodeLimit || !strings.Contains(ds[0].Message, want) {
			t.Errorf("got %v, want %s", ds, want)
		}
	}
}

// TestDayNumber holds that a day begins at its hour of the wall, and has 23 or
// 25 hours where the clocks change.
func TestDayNumber(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		zone  *time.Location
		after time.Duration
		begin string // of a day
		hours int
	}{
		{time.UTC, 0, "2024-05-01 00:00", 24},
		{time.UTC, 22 * time.Hour, "2024-05-01 22:00", 24},
		{newYork, 0, "2024-01-15 05:00", 24},
		{newYork, 0, "2024-03-10 05:00", 23},
		{newYork, 0, "2024-03-11 04:00", 24},
		{newYork, 0, "2024-11-03 04:00", 25},
		{time.UTC, 0, "1969-12-31 00:00", 24},
	} {
		begin := at(t, c.begin)
		number := func(at market.Time) int64 { return strategies.DayNumber(c.zone, c.after, at) }
		end := begin.Add(time.Duration(c.hours) * time.Hour)
		first := number(begin)
		if number(begin-1) != first-1 || number(end-1) != first || number(end) != first+1 {
			t.Errorf("%s from %s in %s: %d %d %d %d", c.begin, c.after, c.zone, number(begin-1), first, number(end-1), number(end))
		}
	}
}
