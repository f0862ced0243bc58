package main

import (
	"fmt"
	"strings"
	"testing"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/strategies"
)

// TestSizes: what a size can be, held against what an exchange takes.
func TestSizes(t *testing.T) {
	small := market.Instrument{ID: "BTC-USD", Base: "BTC", Quote: "USD", Tick: num.MustPrice("0.1"), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("0.001")}
	worth, large := small, small
	worth.MinValue = num.MustMoney("60")
	large.Max = num.MustQuantity("0.5")
	for _, c := range []struct {
		do      string
		is      market.Instrument
		last    string // "" is not known
		want    string // "" is nothing
		depends bool   // on what the file does not say
	}{
		{"buy: {size: {base: 0.002}}", small, "", "", false},
		{"buy: {size: {base: 0.0009}}", small, "", "error: x: r orders 0.0009 BTC, and it takes 0.001 BTC at least; write {base: 0.0011} or more", false},
		{"buy: {size: {base: 0.00001}}", small, "", "error: x: r orders less than one lot, and it takes 0.001 BTC at least", false},
		{"buy: {size: {base: 0.001}}", small, "", "warning: x: r may buy 0.001 BTC, which is below the minimum of 0.001 BTC once the fee was taken from it: it could not be sold; write {base: 0.0011} or more", false},
		{"sell: {size: {base: 0.001}}", small, "", "", false},
		{"buy: {size: {quote: 40}}", small, "", "", true},
		{"buy: {size: {quote: 40}}", small, "50000", "error: x: r orders 0.0008 BTC at the last price, 50000, and it takes 0.001 BTC at least; 61 USD are enough, and leave room for the price to rise by a tenth", false},
		{"buy: {size: {quote: 51}}", small, "50000", "warning: x: r may buy 0.001 BTC", false},
		{"buy: {size: {quote: 60}}", small, "50000", "", false},
		{"buy: {size: {quote: 56}}", worth, "50000", "error: x: r orders 0.0011 BTC at the last price, 50000, worth 55 USD, and it takes 60 at least; 72 USD are enough", false},
		{"buy: {size: {base: 0.6}}", large, "", "error: x: r orders 0.6 BTC, and it takes 0.5 BTC at most", false},
		{"buy: {size: {base: 'clamp(close, 0.01, 0.6)'}}", large, "", "warning: x: r may order 0.6 BTC, and it takes 0.5 BTC at most", false},
		{"buy: {size: {base: 'clamp(close, 0.0001, 0.6)'}}", small, "", "warning: x: r may order 0.0001 BTC, and it takes 0.001 BTC at least", false},
		{"buy: {size: {base: 'close / 1000'}}", small, "50000", "", true},
		{"buy: {size: {equity_pct: 2}}", small, "50000", "error: x: r orders 0.0004 BTC at the last price, 50000, and it takes 0.001 BTC at least", false},
		{"buy: {size: {equity_pct: 50}}", small, "50000", "", false},
		{"sell: {size: {position_pct: 1}}", small, "50000", "", true},
		{"close: {}", small, "50000", "", false},
	} {
		f, found := strategies.Load("s.yaml", fmt.Appendf(nil, `version: 1
exchange: {name: okcoin, endpoint: builtin}
account: {balances: {USD: 1000}}
strategies:
  - {name: a, instrument: BTC-USD, timeframe: 1m, rules: [{name: r, when: close > 0, do: {%s}}]}
`, c.do))
		if len(found) > 0 {
			t.Errorf("%s: %v", c.do, found)
			continue
		}
		var last num.Price
		if c.last != "" {
			last = num.MustPrice(c.last)
		}
		m := fitting{file: f, name: "x"}
		m.sizes(0, &c.is, last)
		said := make([]string, 0, 1)
		for _, d := range m.found {
			said = append(said, map[bool]string{true: "warning: ", false: "error: "}[d.Warning]+d.Message+"; "+d.Hint)
		}
		if depends := len(m.open) > 0; depends != c.depends {
			t.Errorf("%s at %q: not compared %q, want some: %v", c.do, c.last, m.open, c.depends)
		}
		if c.want == "" && len(said) > 0 || c.want != "" && (len(said) != 1 || !strings.HasPrefix(said[0], c.want)) {
			t.Errorf("%s at %q: got %q, want %q", c.do, c.last, said, c.want)
		}
	}
}
