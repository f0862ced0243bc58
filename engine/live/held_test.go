package live_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"rulebot/engine"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// lister is an exchange that is asked for stops alone.
type lister func() ([]engine.HeldRow, error)

func (lister) Hold(context.Context, risk.Approved) order.Result      { return order.Result{} }
func (lister) Release(context.Context, engine.HeldStop) order.Result { return order.Result{} }

func (f lister) Held(context.Context, engine.HeldStop) ([]engine.HeldRow, error) { return f() }

// TestListOfStopsInPart: what a list showed before it failed is handed on, and
// not as a list of all; one that showed nothing is no news.
func TestListOfStopsInPart(t *testing.T) {
	outage := errors.New("not now")
	row := engine.HeldRow{ExchangeID: "7", Side: order.Sell, Quantity: num.MustQuantity("2"), Trigger: num.MustPrice("9"), State: engine.HeldLive}
	for name, c := range map[string]struct {
		rows   []engine.HeldRow
		err    error
		news   bool
		listed bool
	}{
		"all":     {rows: []engine.HeldRow{row}, news: true, listed: true},
		"part":    {rows: []engine.HeldRow{row}, err: outage, news: true},
		"none":    {news: true, listed: true},
		"no list": {err: outage},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				id := order.IDs{Tag: order.Tag("main", "test"), Boot: 1}.New(7)
				stop := engine.HeldStop{
					ID: id, Strategy: "s", Instrument: "BTC-USD", Quantity: num.MustQuantity("1"), Trigger: num.MustPrice("9"),
					State: engine.HeldLive, ExchangeID: "5", Created: opening,
				}
				if err := r.engine.Restore(&engine.Change{Kind: engine.ChangeHeld, At: opening, Held: stop}); err != nil {
					t.Fatal(err)
				}
				r.engine.Restored()
				r.cfg.Exchange.Keeper = lister(func() ([]engine.HeldRow, error) { return c.rows, c.err })
				r.run()
				r.up()
				r.pass(time.Second)
				heard := slices.DeleteFunc(r.took(engine.KindHeld), func(ev engine.Event) bool { return ev.Account.Held.Released })
				if (len(heard) > 0) != c.news {
					t.Fatalf("the engine heard %+v, want news: %v", heard, c.news)
				}
				for i := range heard {
					if n := &heard[i].Account.Held; n.Listed != c.listed || len(n.Rows) != len(c.rows) {
						t.Errorf("the engine heard %+v, want %d rows, of all: %v", n, len(c.rows), c.listed)
					}
				}
				r.stopped()
			})
		})
	}
}
