package live_test

import (
	"testing"
	"testing/synctest"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// TestExecutionsOfNobody: for an order that nobody knows the executions since
// it was decided are read, and those of a day where that is in the future,
// because a clock was ahead.
func TestExecutionsOfNobody(t *testing.T) {
	for name, c := range map[string]struct {
		decided time.Duration // after the start
		heard   bool
	}{
		"before the start":      {-time.Second, false},
		"by clocks that differ": {30 * time.Second, false},
		"by one that was ahead": {30 * time.Minute, true},
		"long before":           {-time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				o := order.Order{
					Intent: order.Intent{
						Strategy: "s", Rule: "in", Instrument: "BTC-USD", Side: order.Buy, TIF: order.IOC,
						Price: num.MustPrice("100"), Quantity: num.MustQuantity("1"),
					},
					ClientID: order.IDs{Tag: order.Tag("main", "test"), Boot: 1}.New(7), State: order.Unproven, Created: opening.Add(c.decided),
				}
				if err := r.engine.Restore(&engine.Change{Kind: engine.ChangeOrder, At: o.Created, Order: o}); err != nil {
					t.Fatal(err)
				}
				r.engine.Restored()
				r.x.query = func(o order.Order, asked market.Time) (order.Evidence, error) {
					ev := statement(&o, order.Open, asked)
					ev.Missing, ev.ExchangeID = true, ""
					return ev, nil
				}
				r.x.fills = func(string) ([]order.Fill, error) {
					return []order.Fill{{Instrument: "BTC-USD", ExchangeID: "9", ID: "1", At: opening.Add(-5 * time.Minute), Side: order.Buy, Price: o.Price, Quantity: o.Quantity}}, nil
				}
				r.run()
				r.up()
				if heard := len(r.took(engine.KindFill)) > 0; heard != c.heard {
					t.Errorf("an execution of five minutes ago was heard of: %v, want %v", heard, c.heard)
				}
				r.stopped()
			})
		})
	}
}
