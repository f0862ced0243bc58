package main

import (
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/server/faults"
	"rulebot/exchange/sim"
)

// TestDrillJudges: what must not be is found, and said of the right order.
func TestDrillJudges(t *testing.T) {
	t.Parallel()
	half := num.MustQuantity("0.5")
	there := func(state order.State, filled num.Quantity) sim.Order { return sim.Order{State: state, Filled: filled} }
	for _, c := range []struct {
		name   string
		states []order.State // a second apart
		booked num.Quantity
		placed []sim.Order
		want   string // "" is nothing wrong
	}{
		{"filled", []order.State{order.Intended, order.Open, order.Filled}, half, []sim.Order{there(order.Filled, half)}, ""},
		{"denied", []order.State{order.Denied}, num.Quantity{}, nil, ""},
		{"never accepted", []order.State{order.Intended, order.Unproven, order.NotFound}, num.Quantity{}, nil, ""},
		{"rests at the end", []order.State{order.Intended, order.Open}, num.Quantity{}, []sim.Order{there(order.Open, num.Quantity{})}, ""},
		{"doubled", []order.State{order.Intended, order.Filled}, half, []sim.Order{there(order.Filled, half), there(order.Open, num.Quantity{})}, "is at the exchange 2 times: doubled"},
		{"lost", []order.State{order.Intended, order.Open, order.Canceled}, num.Quantity{}, nil, "is CANCELED, and the exchange does not have it: lost"},
		{"given up", []order.State{order.Intended, order.Unproven, order.NotFound}, num.Quantity{}, []sim.Order{there(order.Open, num.Quantity{})}, "is NOT_FOUND, and the exchange has it, OPEN: lost"},
		{"in doubt", []order.State{order.Intended, order.Unproven}, num.Quantity{}, nil, "is UNKNOWN at the end, after 8s"},
		{"a fill missed", []order.State{order.Intended, order.Filled}, num.Quantity{}, []sim.Order{there(order.Filled, half)}, "0 of it are booked, the exchange says 0.5"},
	} {
		d := newDrilled()
		for i, s := range c.states {
			change := engine.Change{Kind: engine.ChangeOrder, At: market.Time(int64(i+1) * int64(time.Second))}
			change.Order = order.Order{ClientID: "a", State: s, Booked: c.booked}
			d.See(&engine.Outcome{Changes: []engine.Change{change}})
		}
		d.end = market.Time(10 * int64(time.Second))
		d.placed = map[string][]sim.Order{"a": c.placed}
		if c.placed == nil {
			d.placed = nil
		}
		r := d.report("x", faults.Scenario{}, nil)
		if got := strings.Join(r.Wrong, "; "); strings.TrimPrefix(got, "a ") != c.want || r.Passed != (c.want == "") {
			t.Errorf("%s: got %q, passed %v, want %q", c.name, got, r.Passed, c.want)
		}
	}
}

// TestDrillKnowsStrangers: an order at the exchange that is in no book of ours.
func TestDrillKnowsStrangers(t *testing.T) {
	t.Parallel()
	d := newDrilled()
	d.placed = map[string][]sim.Order{"b": {{}}}
	d.balances = []order.Balance{{Currency: "USD", Total: num.MustMoney("3")}}
	d.ledger.SetBaseline("USD", num.MustMoney("2"))
	r := d.report("x", faults.Scenario{}, nil)
	want := "the exchange has order b, which we do not know; USD: we count 2, the exchange 3"
	if got := strings.Join(r.Wrong, "; "); got != want || r.Passed {
		t.Errorf("got %q, want %q", got, want)
	}
}
