package engine

import (
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// What sells what is held is never refused for its size: the caps on a single
// order (R12, R13) are there against a slip, and a position that rose above
// them has to be sold all the same. It is held, and sold in orders that are
// within them.

// oversized reports whether a sale is larger than one order may be.
func (e *Engine) oversized(w *want, in *order.Intent) bool {
	_, rest := e.part(w.trader, in)
	return rest.Sign() > 0 && !e.sellable(w.trader).Less(in.Quantity) // R18 refuses what is not held
}

// part returns how much of a sale its next order is, and what is left after
// it. All or nothing is not divided, and what the caps leave of an order has to
// be one that the exchange takes.
func (e *Engine) part(t *trader, in *order.Intent) (now, rest num.Quantity) {
	listing := &e.markets[t.market].listing
	most, capped, err := e.most(t, in)
	if !in.Reduces || in.TIF == order.FOK || !capped || err != nil || !most.Less(in.Quantity) || most.Less(listing.Min) {
		return in.Quantity, num.Quantity{}
	}
	var c num.Calc
	if rest = num.Sub(&c, in.Quantity, most); rest.Less(listing.Min) {
		if less, err := num.FloorTo(num.Sub(&c, in.Quantity, listing.Min), listing.Lot); err == nil && !less.Less(listing.Min) {
			most = less // else what is left is too little to sell
		}
		rest = num.Sub(&c, in.Quantity, most)
	}
	if c.Err() != nil {
		return in.Quantity, num.Quantity{}
	}
	return most, rest
}

// most is the largest sale that the caps let pass, those of the account and
// those of the strategy alone; not capped is any.
func (e *Engine) most(t *trader, in *order.Intent) (most num.Quantity, capped bool, err error) {
	var c num.Calc
	lot := e.markets[t.market].listing.Lot
	most, capped = e.cfg.Limits.Largest(&c, in, lot)
	if !risk.Unbudgeted(in) {
		if own, ok := t.strategy.Budget.Largest(&c, in, lot); ok && (!capped || own.Less(most)) {
			most, capped = own, true
		}
	}
	if largest := e.markets[t.market].listing.Max; largest.Sign() > 0 && (!capped || largest.Less(most)) {
		most, capped = largest, true
	}
	if err = c.Err(); err == nil && capped {
		most, err = num.FloorTo(most, lot)
	}
	return most, capped, err
}

// apportioned reports whether an order of what is held is under way, so that
// the next has to wait: until it is over, or, when it rests, until it is known.
func (e *Engine) apportioned(s *Standing) bool {
	for _, o := range e.book.live {
		if o.Held == s.ID && (!o.Rests() || o.State == order.Intended || o.State == order.Unproven) {
			return true
		}
	}
	return false
}

// returned gives back to what is still held what one of its orders did not
// sell, and has it wait before the next. It reports whether it is still held:
// what was cancelled or expired takes with it what was not placed yet.
func (e *Engine) returned(o *order.Order) bool {
	for i := range e.book.standing {
		s := e.book.standing[i]
		if o.Held == "" || s.ID != o.Held {
			continue
		}
		if o.CancelWanted {
			s.Over = overCancelled
			e.change(Change{Kind: ChangeStanding, Standing: s})
			return false
		}
		var c num.Calc
		if left := num.Sub(&c, o.Quantity, o.Filled); !s.Close && !o.Exit && c.Err() == nil {
			s.Quantity = num.Add(&c, s.Quantity, left)
		}
		s.TryAt = e.latest().Add(exitRetryFirst)
		if o.Exit {
			s.TryAt = max(s.TryAt, e.trader(o.Strategy).hold.TryAt)
		}
		e.change(Change{Kind: ChangeStanding, Standing: s})
		return true
	}
	return false
}
