package risk

import (
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// budgetChecks are those that a strategy may have limits of its own for.
var budgetChecks = [...]Code{CodeQuantity, CodeValue, CodePosition, CodeLiveOrders, CodeThrottle, CodeRate}

// Unbudgeted reports whether a strategy's own limits do not hold back an order:
// an exit or a close ends what the strategy holds already.
func Unbudgeted(in *order.Intent) bool { return ends(in) }

// Budget checks an order against the limits of its strategy alone; v counts
// what is the strategy's own. Limits that are not written are not checked:
// those of the account hold, and were checked before. It returns the first
// denial, or nil.
func (l *Limits) Budget(o *order.Order, v *View) *Denial {
	if Unbudgeted(&o.Intent) {
		return nil
	}
	var c num.Calc
	cost := num.Cost(&c, o.Price, o.Quantity)
	if err := c.Err(); err != nil {
		return &Denial{CodeSteps, err.Error()}
	}
	for _, code := range budgetChecks {
		if !l.writes(code) {
			continue
		}
		if reason := l.check(code, o, v, cost, nil); reason != "" {
			return &Denial{code, "of the strategy alone: " + reason}
		}
	}
	return nil
}

// ExplainBudget returns what Budget looks at.
func (l *Limits) ExplainBudget(o *order.Order, v *View) []Verdict {
	if Unbudgeted(&o.Intent) {
		return nil
	}
	var c num.Calc
	cost := num.Cost(&c, o.Price, o.Quantity)
	t := &trace{}
	for _, code := range budgetChecks {
		if t.code = code; l.writes(code) && c.Err() == nil {
			l.check(code, o, v, cost, t)
		}
	}
	for i := range t.list {
		t.list[i].What = "of the strategy alone: " + t.list[i].What
	}
	return t.list
}

// Written reports whether a budget has any limit.
func (l *Limits) Written() bool {
	for _, code := range budgetChecks {
		if l.writes(code) {
			return true
		}
	}
	return false
}

// writes reports whether a limit of a budget is written.
func (l *Limits) writes(code Code) bool {
	switch code {
	case CodeQuantity:
		return len(l.MaxOrderQuantity) > 0
	case CodeValue:
		return !l.MaxOrderValue.IsZero()
	case CodePosition:
		return !l.MaxPositionValue.IsZero()
	case CodeLiveOrders:
		return l.MaxOpenOrders != PerInstrument{}
	case CodeThrottle:
		return l.MaxFires != Fires{}
	case CodeRate:
		return l.MaxOrders != Rates{}
	default:
		return false
	}
}
