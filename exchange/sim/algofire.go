package sim

import (
	"slices"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// leg returns the order that a leg places.
func (r *AlgoRequest) leg(l Leg) (Request, *Refusal) {
	c := Request{Account: r.Account, Instrument: r.Instrument, Side: r.Side, Type: Limit, Price: l.Price}
	if l.Price.IsZero() {
		c.Type = Market
		if r.Side == order.Buy {
			c.Notional = r.Size
			return c, nil
		}
	}
	q, err := num.ParseQuantity(r.Size.String())
	if err != nil {
		return c, refuse(TooLarge, "size %s: %v", r.Size, err)
	}
	c.Quantity = q
	return c, nil
}

// arm settles from where a lone trigger waits, once there is a price.
func (w *waiting) arm(last num.Price) {
	switch {
	case w.Kind != AlgoTrigger || w.side != unarmed || last.IsZero():
	case last.Less(w.Stop.Trigger):
		w.side = fromBelow
	default:
		w.side = fromAbove
	}
}

// reached reports whether trades between low and high reach a leg, and which.
func (w *waiting) reached(low, high num.Price) (l Leg, take, yes bool) {
	if w.Kind == AlgoTrail {
		return Leg{}, false, w.due
	}
	rising, falling := w.side == fromBelow, w.side == fromAbove
	if w.Kind == AlgoPair {
		rising, falling = w.Side == order.Buy, w.Side == order.Sell
	}
	switch {
	case rising && !high.Less(w.Stop.Trigger), falling && !w.Stop.Trigger.Less(low):
		return w.Stop, false, true
	case w.Kind == AlgoPair:
		return w.Take, true, falling && !high.Less(w.Take.Trigger) || rising && !w.Take.Trigger.Less(low)
	}
	return Leg{}, false, false
}

// follow lets a trail see a print: its best price since one reached the
// trigger, and whether this one is back from it by the callback.
func (w *waiting) follow(price num.Price) {
	if w.Kind != AlgoTrail {
		return
	}
	sells := w.Side == order.Sell
	if w.best.IsZero() {
		if sells && price.Less(w.Stop.Trigger) || !sells && w.Stop.Trigger.Less(price) {
			return
		}
		w.best = price
	}
	if sells {
		w.best = w.best.Max(price)
		back, ok := apart(w.best, w.Callback, false)
		w.due = w.due || ok && !back.Less(price)
		return
	}
	w.best = w.best.Min(price)
	back, ok := apart(w.best, w.Callback, true)
	w.due = w.due || ok && !price.Less(back)
}

// apartScale is to how many decimals a price at a distance is known.
const apartScale = 12

// apart returns the price that is a part above or below another, rounded down.
// It reports false when that does not fit.
func apart(p num.Price, part num.Rate, above bool) (num.Price, bool) {
	var c num.Calc
	if !above {
		part = part.Neg()
	}
	q := num.MulDown(&c, p, num.Add(&c, num.MustRate("1"), part), max(apartScale, p.Scale()))
	return q, c.Err() == nil
}

// saw notes the price of a print for the triggers.
func (b *book) saw(price num.Price) {
	b.last = price
	if len(b.algos) == 0 {
		return
	}
	if b.low.IsZero() {
		b.low, b.high = price, price
	}
	b.low, b.high = b.low.Min(price), b.high.Max(price)
	for _, w := range b.algos {
		w.arm(price)
		w.follow(price)
	}
}

// trigger places the orders whose price the prints of this operation reached,
// oldest first. Their own prints may reach more.
func (x *Exchange) trigger(at market.Time, b *book) {
	for len(b.algos) > 0 && !b.low.IsZero() {
		low, high := b.low, b.high
		b.low, b.high = num.Price{}, num.Price{}
		for _, w := range slices.Clone(b.algos) {
			if l, take, yes := w.reached(low, high); yes && w.live() {
				b.drop(w)
				x.fire(at, b, w, l, take)
			}
		}
	}
	b.low, b.high = num.Price{}, num.Price{}
}

// ended is how an algo order ends whose order was refused.
func ended(no *Refusal) (AlgoState, string) {
	if no.Reason == Funds {
		return AlgoCanceled, ByFunds
	}
	return AlgoFailed, no.Reason.String()
}

// fire places a leg's order.
func (x *Exchange) fire(at market.Time, b *book, w *waiting, l Leg, take bool) {
	child, no := w.leg(l)
	if no == nil {
		no = child.settleForm()
	}
	var e *entry
	if no == nil {
		e, no = x.enter(at, b, w.Account, child)
	}
	w.Took, w.Changed = take, at
	if no == nil {
		w.State, w.OrderID = AlgoEffective, e.ID
	} else {
		w.State, w.Reason = ended(no)
	}
	x.tellAlgo(at, w)
	if e != nil {
		x.tell(at, e)
		x.match(at, b, e)
	}
}
