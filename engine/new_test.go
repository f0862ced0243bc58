package engine_test

import (
	"strings"
	"testing"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
)

func TestNewRefusesWhatCannotBeTraded(t *testing.T) {
	for _, c := range []struct {
		name  string
		alter func(*engine.Config)
		want  string
	}{
		{"no tick", func(c *engine.Config) { c.Instruments[0].Tick = num.Price{} }, "must be positive"},
		{"no lot", func(c *engine.Config) { c.Instruments[0].Lot = num.Quantity{} }, "must be positive"},
		{"no minimum", func(c *engine.Config) { c.Instruments[0].Min = num.Quantity{} }, "must be positive"},
		{"beyond 19 digits", func(c *engine.Config) {
			c.Instruments[0].Tick, c.Instruments[0].Lot = num.MustPrice("0.000001"), num.MustQuantity("0.00001")
		}, "cannot be traded exactly"},
		{"instrument not listed", func(c *engine.Config) { c.Feeds[0].Series.Instrument = "ETH-USD" }, "does not list ETH-USD"},
		{"bars too long", func(c *engine.Config) { c.Base = 5 * market.Minute }, "cannot be built from 5m bars"},
		{"no base", func(c *engine.Config) { c.Base = 0 }, "cannot be built"},
		{"no feed", func(c *engine.Config) { c.Strategies[0].Series.Timeframe = market.Hour }, "no feed for BTC-USD 1h"},
	} {
		s := newScene()
		for _, l := range []string{"instrument BTC-USD", "strategy s BTC-USD 1m"} {
			if err := s.line(strings.Fields(l)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := engine.New(s.cfg); err != nil {
			t.Fatalf("before anything was altered: %v", err)
		}
		c.alter(&s.cfg)
		if _, err := engine.New(s.cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}
