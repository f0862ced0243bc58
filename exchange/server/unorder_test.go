package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/server"
	"rulebot/exchange/sim"
)

// TestUnordered: between orders and the balances that they move there is no
// order, as on the real exchange. No notice is lost, and those of one kind keep
// theirs.
func TestUnordered(t *testing.T) {
	told := func(unordered bool) (lines []string) {
		source := events{quote(begin, "99", "101"), quote(begin.Add(time.Second), "99", "101")}
		d := &diary{}
		cfg := config(d, &source, &free{now: begin})
		cfg.Manner.Unordered = unordered
		x := played(t, cfg, nil)
		for _, id := range []string{"a", "b", "c"} {
			x.With(func(s *server.State) {
				_, no := s.Submit(sim.Request{
					Account: "main", ClientID: id, Instrument: btc.ID, Side: order.Buy, TIF: order.IOC,
					Price: num.MustPrice("101"), Quantity: num.MustQuantity("0.1"),
				})
				if no != nil {
					t.Error(no)
				}
			})
		}
		for _, l := range d.lines {
			if _, what, _ := strings.Cut(l, " "); strings.HasPrefix(what, "order") || strings.HasPrefix(what, "balance") {
				lines = append(lines, what)
			}
		}
		return lines
	}
	if diff := cmp.Diff([]string{
		"order a OPEN", "order a FILLED", "balance USD 9989.9", "balance BTC 1.1",
		"order b OPEN", "order b FILLED", "balance USD 9979.8", "balance BTC 1.2",
		"order c OPEN", "order c FILLED", "balance USD 9969.7", "balance BTC 1.3",
	}, told(false)); diff != "" {
		t.Errorf("ordered (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"order a OPEN", "balance USD 9989.9", "order a FILLED", "balance BTC 1.1",
		"order b OPEN", "order b FILLED", "balance USD 9979.8", "balance BTC 1.2",
		"order c OPEN", "balance USD 9969.7", "order c FILLED", "balance BTC 1.3",
	}, told(true)); diff != "" {
		t.Errorf("unordered (-want +got):\n%s", diff)
	}
}
