package sim

import (
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// strays reports whether the order would take at a price that is further from
// the best one than the guard allows. It takes nothing.
func (b *book) strays(e *entry, far *side) bool {
	if b.guard.IsZero() || !far.within(e) {
		return false
	}
	bound, ok := apart(far.levels[0].price, b.guard, e.Side == order.Buy)
	left, money := e.Remaining(), e.held
	for i := range far.levels {
		l := &far.levels[i]
		there, own := l.foreign(e.acct)
		if e.byNotional() {
			left = buys(money, l.price, b.inst.Lot)
		}
		switch {
		case !ok || left.IsZero() || own && there.IsZero(),
			e.Type == Limit && far.better(e.Price, l.price):
			return false
		case far.better(bound, l.price):
			return true
		}
		q := left.Min(there)
		left = less(left, q)
		var c num.Calc
		money = num.Sub(&c, money, num.Cost(&c, l.price, q))
		if own || c.Err() != nil {
			return false
		}
	}
	return false
}

// foreign returns what of a level an account can take before it would meet its
// own order, and whether it would.
func (l *level) foreign(a *account) (q num.Quantity, own bool) {
	var c num.Calc
	var used num.Quantity // of the market's quantity
	for _, o := range l.orders {
		q = num.Add(&c, q, less(l.before(o), used))
		used = l.before(o)
		if o.acct == a {
			return q, true
		}
		q = num.Add(&c, q, o.Remaining())
	}
	return num.Add(&c, q, less(l.shown, used)), false
}
