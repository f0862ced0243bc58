package strategies_test

import (
	"testing"

	"rulebot/engine/market"
	"rulebot/strategies"
)

func TestLoadExpression(t *testing.T) {
	series := market.Series{Instrument: "BTC-USD", Timeframe: market.Hour}
	cases := []struct {
		value     string
		condition bool
		warmUp    int
		impure    string
	}{
		{"close", false, 1, ""},
		{"sma(close, 3) * 2", false, 3, ""},
		{"close[1] > 1.5", true, 2, ""},
		{"1 + 2", false, 1, ""},
		{"true or close > sma(close, 3)", true, 3, ""},
		{"close > position.entry_price", true, 1, "position.entry_price"},
	}
	for _, c := range cases {
		s, found := strategies.LoadExpression("expr", c.value, series)
		if len(found) > 0 {
			t.Errorf("%s: got %v", c.value, found)
			continue
		}
		if s.Condition != c.condition || s.Feed.WarmUp != c.warmUp || s.Feed.Series != series || s.Impure != c.impure {
			t.Errorf("%s: got %+v, want %+v", c.value, s, c)
		}
	}
}

func TestLoadExpressionRefuses(t *testing.T) {
	series := market.Series{Instrument: "BTC-USD", Timeframe: market.Hour}
	cases := []struct{ value, want string }{
		{"", "expr:1:1: the expression ends too early; something must follow, or a bracket is open"},
		{"close >\nclsoe", "expr:2:1: unknown name clsoe; did you mean close?"},
		{"clsoe +\topne", "expr:1:1: unknown name clsoe; did you mean close?\nexpr:1:9: unknown name opne; did you mean open?"},
	}
	for _, c := range cases {
		s, found := strategies.LoadExpression("expr", c.value, series)
		if s != nil || found.Error() != c.want {
			t.Errorf("%q: got %v, want %s", c.value, found, c.want)
		}
	}
}
