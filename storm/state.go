package storm

import (
	"fmt"
	"strings"

	"rulebot/engine"
	"rulebot/engine/order"
)

// state writes what of an engine must come out of its journal again.
func state(e *engine.Engine) string {
	var b strings.Builder
	s := e.Snapshot()
	fmt.Fprintf(&b, "chain %s\nhalt %d %s\n", s.Chain, s.Halt.Mode, s.Halt.Code)
	for i := range s.Positions {
		p := &s.Positions[i]
		fmt.Fprintf(&b, "%s %s cost %s realised %s fees %s, %d buys, %d sells\n", p.Strategy, p.Quantity, p.Cost, p.Realised, p.Fees, p.Buys, p.Sells)
	}
	for i := range s.Live {
		o := s.Live[i]
		if o.State == order.Intended {
			o.State = order.Unproven // a start reads it so
		}
		fmt.Fprintf(&b, "live %+v\n", o)
	}
	for i := range s.Standing {
		fmt.Fprintf(&b, "standing %+v\n", s.Standing[i])
	}
	for _, c := range e.Balances() {
		fmt.Fprintf(&b, "%s %s\n", c.Currency, c.Total)
	}
	return b.String()
}
