package live_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// TestAudit looks at what an audit asks for while an order of ours rests, and
// what the engine hears of it.
func TestAudit(t *testing.T) {
	outage := errors.New("not now")
	for name, c := range map[string]struct {
		listed  bool  // the order is on the exchange's list
		open    error // of the list
		queries error
		cash    error
		asked   []string // after the order was placed
		told    bool     // the audit was complete
	}{
		"all is well":                 {listed: true, asked: []string{"open", "balances"}, told: true},
		"not listed, so asked for":    {asked: []string{"open", "query", "balances"}, told: true},
		"no list":                     {open: outage, asked: []string{"open"}},
		"part of a list":              {listed: true, open: outage, asked: []string{"open"}},
		"not listed, and no answer":   {queries: outage, asked: []string{"open", "query"}},
		"listed, and no balances":     {listed: true, cash: outage, asked: []string{"open", "balances"}},
		"not listed, and no balances": {cash: outage, asked: []string{"open", "query", "balances"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.engine = newAuditing(t, r.rules, []engine.Strategy{strategy("s", "BTC-USD")}, 61*time.Second)
				r.cfg.Engine = r.engine
				query := r.x.query
				r.x.query = func(o order.Order, asked market.Time) (order.Evidence, error) {
					ev, _ := query(o, asked)
					return ev, c.queries
				}
				r.trading()
				r.rules.enter = true
				r.minute(0)
				placed := r.engine.Unsettled()
				if len(placed) != 1 || placed[0].State != order.Open {
					t.Fatalf("placed %+v, want one open order", placed)
				}
				r.rules.enter = false
				r.x.open = func() ([]order.Evidence, error) {
					if c.listed {
						return []order.Evidence{statement(&placed[0], order.Open, r.clock.Now())}, c.open
					}
					return nil, c.open
				}
				r.x.balances = func() ([]order.Balance, error) {
					return []order.Balance{{Currency: "USD", Total: num.MustMoney("100000")}}, c.cash
				}
				before, heard := len(r.x.names()), len(r.took(engine.KindEvidence))
				r.pass(2 * time.Second) // the audit is due 61 seconds after the start
				diff(t, "asked", r.x.names()[before:], c.asked)
				if c.listed && len(r.took(engine.KindEvidence)) == heard {
					t.Error("the engine did not hear of what the list showed")
				}
				told := r.took(engine.KindReconciled)
				if s := told[len(told)-1].Scan; !s.Audit || s.Complete != c.told || s.Complete != (s.Reason == "") {
					t.Errorf("the engine heard %+v, want an audit, complete: %v", s, c.told)
				}
				r.stopped()
			})
		})
	}
}
