package engine_test

import (
	"fmt"
	"slices"
	"strings"

	"rulebot/engine"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// heldAtBazaar is a stop that the exchange holds. It knows no id of ours.
type heldAtBazaar struct {
	row      engine.HeldRow
	quantity num.Quantity
	live     bool
}

// becameMark is what the bazaar's own ids begin with, of orders that stops
// became.
const becameMark = "~"

// known is what the bazaar calls one of our orders.
func (b *bazaar) known(o *order.Order) string {
	if id, found := strings.CutPrefix(o.ExchangeID, "X"+becameMark); found {
		return becameMark + id
	}
	return o.ClientID
}

// hold takes a stop, and judges it like a sale: nothing may be offered twice.
func (b *bazaar) hold(c *engine.Command) {
	answer := engine.Event{Kind: engine.KindHeld, Instrument: "BTC-USD", Account: engine.AccountNews{Held: engine.HeldNews{ID: c.Held.ID}}}
	r := &answer.Account.Held.Result
	if !b.calm && b.rng.IntN(10) == 0 {
		r.Class = order.NotSent
		b.tell(answer)
		return
	}
	o := c.Approved.Order()
	resting := o
	resting.Price = num.MustPrice("100000") // no other order of ours trades with it
	b.judge(&resting)
	s := &heldAtBazaar{quantity: o.Quantity, live: true, row: engine.HeldRow{
		ExchangeID: fmt.Sprint("S", len(b.stops)), Side: order.Sell, Quantity: o.Quantity, Trigger: o.Price, State: engine.HeldLive, At: b.now,
	}}
	b.stops = append(b.stops, s)
	b.seen["stops"]++
	if b.calm || b.rng.IntN(5) > 0 {
		*r = order.Result{Class: order.Accepted, ExchangeID: s.row.ExchangeID}
	} else {
		*r = order.Result{Class: order.Unknown}
		b.seen["stops whose answer was lost"]++
	}
	b.tell(answer)
}

func (b *bazaar) release(h *engine.HeldStop) {
	for _, s := range b.stops {
		if s.row.ExchangeID == h.ExchangeID && s.live && (b.calm || b.rng.IntN(3) > 0) {
			s.live, s.row.State, s.row.Why = false, engine.HeldOver, "released"
			b.seen["stops released"]++
		}
	}
	b.tell(engine.Event{Kind: engine.KindHeld, Instrument: "BTC-USD", Account: engine.AccountNews{Held: engine.HeldNews{
		ID: h.ID, Released: true, Result: order.Result{Class: order.Unknown},
	}}})
}

// list tells all stops there ever were.
func (b *bazaar) list() {
	news := engine.HeldNews{Listed: true, Asked: b.now}
	for _, s := range b.stops {
		news.Rows = append(news.Rows, s.row)
	}
	b.tell(engine.Event{Kind: engine.KindHeld, Instrument: "BTC-USD", Account: engine.AccountNews{Held: news}})
}

// reach makes orders of the stops whose price the market reached. The push of
// it may be lost; the fills never know an id of ours.
func (b *bazaar) reach() {
	for i, s := range b.stops {
		if !s.live || s.row.Trigger.Less(num.PriceOf(b.price, 1)) {
			continue
		}
		id := fmt.Sprint(becameMark, i)
		o := &order.Order{ClientID: id, State: order.Open, Intent: order.Intent{
			Strategy: "c", Instrument: "BTC-USD", Side: order.Sell, TIF: order.IOC, Price: num.PriceOf(b.price-1, 1), Quantity: s.quantity,
		}}
		s.live, s.row.State, s.row.OrderID = false, engine.HeldOver, "X"+id
		b.orders, b.byID[id], b.owner[id] = append(b.orders, o), o, "c"
		b.seen["stops reached"]++
		if b.calm || b.rng.IntN(2) == 0 {
			b.tell(engine.Event{Kind: engine.KindHeld, Instrument: "BTC-USD", Account: engine.AccountNews{Held: engine.HeldNews{Rows: []engine.HeldRow{s.row}}}})
		}
		b.fill(o)
		b.end(o)
	}
}

// protected holds, once everything is calm, that the exchange holds one stop
// for all that the strategy has, and none for anybody else.
func (b *bazaar) protected(snap *engine.Snapshot) {
	b.t.Helper()
	var live []*heldAtBazaar
	for _, s := range b.stops {
		if s.live {
			live = append(live, s)
		}
	}
	i := slices.IndexFunc(snap.Positions, func(p engine.Held) bool { return p.Strategy == "c" })
	p := &snap.Positions[i]
	floor, err := num.FloorTo(p.Quantity, num.MustQuantity("0.0001"))
	switch {
	case err != nil:
		b.t.Error(err)
	case p.Flat && len(live) > 0:
		b.t.Errorf("nothing is held, and the exchange holds a stop for %s", live[0].quantity)
	case !p.Flat && len(live) != 1, !p.Flat && live[0].quantity.Less(floor) && live[0].quantity != floor:
		b.t.Errorf("%s is held, and the exchange holds %d stops", p.Quantity, len(live))
	}
}
