package market_test

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

func at(t testing.TB, s string) market.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return market.TimeOf(v)
}

func TestOpen(t *testing.T) {
	tests := []struct{ timeframe, in, want string }{
		{"1m", "2025-01-01T12:34:56.789Z", "2025-01-01T12:34:00Z"},
		{"1m", "2025-01-01T12:34:00Z", "2025-01-01T12:34:00Z"},
		{"15m", "2025-01-01T12:59:59.999999999Z", "2025-01-01T12:45:00Z"},
		{"4h", "2025-01-01T23:59:00Z", "2025-01-01T20:00:00Z"},
		{"1d", "2025-01-01T23:59:00Z", "2025-01-01T00:00:00Z"},
		{"1w", "2025-01-01T23:59:00Z", "2024-12-30T00:00:00Z"}, // Wednesday: opened on Monday
		{"1w", "2024-12-30T00:00:00Z", "2024-12-30T00:00:00Z"},
		{"1w", "2024-12-29T23:59:59Z", "2024-12-23T00:00:00Z"},
		{"1w", "1970-01-02T00:00:00Z", "1969-12-29T00:00:00Z"},
		{"1d", "1969-12-31T23:59:00Z", "1969-12-31T00:00:00Z"},
	}
	for _, tt := range tests {
		tf, err := market.ParseTimeframe(tt.timeframe)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := tf.Open(at(t, tt.in)), at(t, tt.want); got != want {
			t.Errorf("%s at %s: got %s, want %s", tt.timeframe, tt.in, got.Std(), want.Std())
		}
	}
}

// TestOpenProperty: a bar opens at or before what falls into it, less than its
// length ago, and its opening falls into itself; weeks open on Mondays.
func TestOpenProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tf, err := market.ParseTimeframe(rapid.SampledFrom(market.TimeframeNames()).Draw(t, "timeframe"))
		if err != nil {
			t.Fatal(err)
		}
		when := market.Time(rapid.Int64Range(-4e18, 8e18).Draw(t, "time"))
		open := tf.Open(when)
		if open > when || when.Sub(open) >= tf.Duration() || tf.Open(open) != open || tf.Open(open.Add(tf.Duration())) != open.Add(tf.Duration()) {
			t.Fatalf("%s at %s: opened %s", tf, when, open)
		}
		if day := open.Std().Weekday(); tf == market.Week && day != time.Monday {
			t.Fatalf("the week of %s opens on %s", when, day)
		}
	})
}

func TestTimeframeNames(t *testing.T) {
	last := market.Timeframe(0)
	for _, n := range market.TimeframeNames() {
		tf, err := market.ParseTimeframe(n)
		if err != nil || tf.String() != n || tf <= last {
			t.Errorf("%s: got %s and error %v", n, tf, err)
		}
		last = tf
	}
	for _, bad := range []string{"", "1M", "7m", "60m", "1h "} {
		if tf, err := market.ParseTimeframe(bad); err == nil {
			t.Errorf("%q: got %s and no error", bad, tf)
		}
	}
	if got := (market.Series{Instrument: "BTC-USD", Timeframe: 7 * market.Minute}).String(); got != "BTC-USD 7m0s" {
		t.Errorf("got %q", got)
	}
}

func TestTimeText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		when := market.Time(rapid.Int64().Draw(t, "time"))
		text, err := when.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back market.Time
		if err := back.UnmarshalText(text); err != nil || back != when {
			t.Fatalf("%s: got %d and error %v, want %d", text, back, err, when)
		}
		if market.TimeOf(when.Std()) != when && when != 0 {
			t.Fatalf("%d goes through time.Time as %d", when, market.TimeOf(when.Std()))
		}
		ms := when.Milli()
		if low := market.Milli(ms); ms > -9e12 && (low > when || when.Sub(low) >= time.Millisecond) {
			t.Fatalf("%d is %d ms", when, ms)
		}
	})
}

func TestTimeTextCases(t *testing.T) {
	var never market.Time
	if text, err := never.MarshalText(); err != nil || len(text) != 0 || never.String() != "never" || !never.Std().Equal(time.Unix(0, 0)) {
		t.Errorf("never: got %q, %q and error %v", text, never, err)
	}
	if got := market.TimeOf(time.Time{}); got != 0 {
		t.Errorf("no time: got %d, want 0", got)
	}
	got := market.Time(1)
	if err := got.UnmarshalText(nil); err != nil || got != 0 {
		t.Errorf("empty: got %d and error %v, want never", got, err)
	}
	if s := at(t, "2025-01-01T12:34:56.7891Z").String(); s != "2025-01-01T12:34:56.789Z" {
		t.Errorf("got %s", s)
	}
	for _, bad := range []string{"now", "2025-01-01", "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "1735732800000"} {
		var v market.Time
		if err := v.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%s: got %s and no error", bad, v)
		}
	}
}

func TestMid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) num.Price {
			return num.PriceOf(rapid.Int64Range(1, 1e15).Draw(t, label), rapid.IntRange(0, 12).Draw(t, label+" scale"))
		}
		q := market.Quote{Bid: draw("bid"), Ask: draw("ask")}
		mid, err := q.Mid()
		if err != nil {
			return // more than 19 digits: refused
		}
		b, _ := new(big.Rat).SetString(q.Bid.String())
		a, _ := new(big.Rat).SetString(q.Ask.String())
		got, _ := new(big.Rat).SetString(mid.String())
		if want := a.Add(a, b).Mul(a, big.NewRat(1, 2)); got.Cmp(want) != 0 {
			t.Fatalf("middle of %s and %s: got %s, want %s", q.Bid, q.Ask, mid, want.FloatString(15))
		}
	})
}

func TestCrossed(t *testing.T) {
	tests := []struct {
		bid, ask string
		want     bool
	}{
		{"100", "100.01", false}, {"100", "100", true}, {"100.01", "100", true}, {"0", "100", true}, {"100", "0", true}, {"-1", "1", true},
	}
	for _, tt := range tests {
		q := market.Quote{Bid: num.MustPrice(tt.bid), Ask: num.MustPrice(tt.ask)}
		if got := q.Crossed(); got != tt.want {
			t.Errorf("%s to %s: got crossed %v, want %v", tt.bid, tt.ask, got, tt.want)
		}
	}
}

func TestBarCheck(t *testing.T) {
	tests := []struct {
		name               string
		o, h, l, c, volume string
		ok                 bool
	}{
		{"usual", "100", "110", "90", "105", "3", true},
		{"flat and empty", "100", "100", "100", "100", "0", true},
		{"high below open", "100", "99", "90", "95", "3", false},
		{"high below close", "100", "104", "90", "105", "3", false},
		{"low above open", "100", "110", "101", "105", "3", false},
		{"low above close", "100", "110", "100", "99", "3", false},
		{"low of zero", "100", "110", "0", "105", "3", false},
		{"negative low", "100", "110", "-1", "105", "3", false},
		{"negative volume", "100", "110", "90", "105", "-3", false},
	}
	for _, tt := range tests {
		b := market.Bar{
			Open: at(t, "2025-01-01T00:00:00Z"), Timeframe: market.Hour,
			O: num.MustPrice(tt.o), H: num.MustPrice(tt.h), L: num.MustPrice(tt.l), C: num.MustPrice(tt.c),
			Volume: num.MustQuantity(tt.volume),
		}
		if err := b.Check(); (err == nil) != tt.ok {
			t.Errorf("%s: got error %v, want good %v", tt.name, err, tt.ok)
		}
		if got, want := b.Close(), at(t, "2025-01-01T01:00:00Z"); got != want {
			t.Errorf("%s: closes at %s, want %s", tt.name, got, want)
		}
	}
}
