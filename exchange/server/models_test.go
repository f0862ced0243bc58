package server_test

import (
	"slices"
	"testing"
	"time"

	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/server"
	"rulebot/exchange/sim"
)

// TestModels: an exchange that was told to charges who traded enough by their
// tier, and fills orders at rest with a share of what trades.
func TestModels(t *testing.T) {
	day := begin.Add(24 * time.Hour)
	source := events{quote(begin, "99", "101"), trade(begin.Add(time.Second), "97"), quote(day, "99", "101")}
	d := &diary{}
	cfg := config(d, &source, &free{now: begin})
	cfg.Fees = sim.Fees{Maker: num.MustRate("0.001"), Taker: num.MustRate("0.002")}
	low := sim.Fees{Maker: num.MustRate("0.0005"), Taker: num.MustRate("0.001")}
	cfg.Models = server.Models{
		Tiers: []sim.Tier{{Traded: num.MustMoney("40"), Fees: low}},
		Fills: sim.Fills{Queue: sim.ByTrades, Volume: num.MustRate("0.1")},
	}
	x := played(t, cfg, func(x *server.Exchange) {
		x.With(func(s *server.State) {
			if got := s.Fees("main", "USD"); got != cfg.Fees {
				t.Errorf("before any trade: %+v", got)
			}
			_, no := s.Submit(sim.Request{
				Account: "main", ClientID: "r1", Instrument: btc.ID, Side: order.Buy, TIF: order.GTC,
				Price: num.MustPrice("98"), Quantity: num.MustQuantity("2"),
			})
			if no != nil {
				t.Error(no)
			}
		})
	})
	if !slices.Contains(d.lines, "10:00:01.000 fill 98 × 0.5") {
		t.Errorf("a tenth of 5 that traded beyond: %q", d.lines)
	}
	x.With(func(s *server.State) {
		if got := s.Fees("main", "USD"); got != low {
			t.Errorf("the day after 49 were traded: %+v", got)
		}
		if got := s.Fees("nobody", "USD"); got != cfg.Fees {
			t.Errorf("who has no account: %+v", got)
		}
	})
}
