package engine

import (
	"slices"
	"time"

	"rulebot/engine/num"
	"rulebot/engine/order"
)

// The names of the exits, in the order in which they are looked at.
const (
	exitStopLoss   = "stop_loss"
	exitTakeProfit = "take_profit"
	exitTrailing   = "trailing_stop"
	exitTime       = "time_stop"
)

// protect looks at the exits of every strategy that holds the instrument,
// with the price that was just traded.
func (e *Engine) protect(m *marketState) {
	held := e.shut()
	last := m.last
	for _, i := range m.traders {
		t := &e.traders[i]
		if e.flat(t) {
			continue
		}
		e.stretch(t, last)
		if held || e.at < t.hold.TryAt || e.reducing(t.strategy.Name) {
			continue // an exit is under way, or was just refused
		}
		if x := e.triggered(t, last); x.name != "" && (x.name != exitStopLoss || !e.guards(t, last)) {
			e.exit(t, &x)
		}
	}
}

// stretch keeps the highest and lowest price since the entry.
func (e *Engine) stretch(t *trader, last num.Price) {
	h := &t.hold
	if h.Max.Less(last) {
		h.Max, t.moved = last, true
	}
	if h.Min.IsZero() || last.Less(h.Min) {
		h.Min, t.moved = last, true
	}
}

// trigger is an exit whose condition holds.
type trigger struct {
	name     string
	level    num.Price
	quantity num.Quantity // zero is everything
	target   int          // which take profit, from 1
}

// triggered returns the first exit whose condition holds.
func (e *Engine) triggered(t *trader, last num.Price) trigger {
	h := &t.hold
	if h.Stop.Sign() > 0 && !h.Stop.Less(last) {
		return trigger{name: exitStopLoss, level: h.Stop}
	}
	if x := e.gained(t, last); x.name != "" {
		return x
	}
	if level, armed := trailingLevel(h); armed && !level.Less(last) {
		return trigger{name: exitTrailing, level: level}
	}
	if ts := t.strategy.Exits.Time; ts.Bars > 0 && h.Bars >= int64(ts.Bars) || ts.Age > 0 && e.at.Sub(h.Opened) >= ts.Age {
		return trigger{name: exitTime, level: last}
	}
	return trigger{}
}

// gained returns the first take profit that the price reached and that has
// something left to sell.
func (e *Engine) gained(t *trader, last num.Price) trigger {
	for i := range t.hold.Targets {
		x := &t.hold.Targets[i]
		if x.Done || x.Price.Sign() <= 0 || last.Less(x.Price) {
			continue
		}
		if x.SizePct.IsZero() {
			return trigger{name: exitTakeProfit, level: x.Price, target: i + 1}
		}
		if left := e.share(t, x); left.Sign() > 0 {
			return trigger{name: exitTakeProfit, level: x.Price, quantity: left, target: i + 1}
		}
	}
	return trigger{}
}

// share is what a take profit has left to sell of its share of the largest
// quantity the position had. Less than the exchange takes is nothing.
func (e *Engine) share(t *trader, x *Aim) num.Quantity {
	in := &e.markets[t.market].listing
	var c num.Calc
	part := num.MulDivDown(&c, t.hold.Largest, x.SizePct, num.MustRate("100"), max(t.hold.Largest.Scale(), in.Lot.Scale()))
	part, err := num.FloorTo(part, in.Lot)
	left := num.Sub(&c, part, x.Sold).Min(e.ledger.Position(t.strategy.Name).Quantity)
	if err != nil || c.Err() != nil || left.Less(in.Min) {
		return num.Quantity{}
	}
	if left, err = num.FloorTo(left, in.Lot); err != nil {
		return num.Quantity{}
	}
	return left
}

// trailingLevel is the price at which the trailing stop sells now, once the
// position gained enough to arm it.
func trailingLevel(h *Holding) (num.Price, bool) {
	if h.Distance.IsZero() && h.Trail.IsZero() || h.Max.Less(h.Activate) {
		return num.Price{}, false
	}
	var c num.Calc
	down := h.Distance
	if down.IsZero() {
		down = num.MulDown(&c, h.Max, h.Trail, h.Max.Scale()+moneyScale)
	}
	level := num.Sub(&c, h.Max, down)
	return level, c.Err() == nil
}

func (e *Engine) exit(t *trader, x *trigger) {
	readings := []Reading{{Text: x.name, Number: x.level.Float()}, {Text: "position.entry_price", Number: e.ledger.Position(t.strategy.Name).Entry().Float()}}
	id := e.decide(t, Decision{Rule: x.name, Readings: readings})
	e.wants = append(e.wants, want{
		trader: t, action: Action{Kind: ActionClose}, decision: id, name: x.name, quantity: x.quantity, target: x.target,
	})
}

// remember journals what moved in the holdings of an instrument, once a bar.
func (e *Engine) remember(m *marketState) {
	for _, i := range m.traders {
		if t := &e.traders[i]; t.moved {
			e.saveHolding(t)
		}
	}
}

func (e *Engine) saveHolding(t *trader) {
	t.moved = false
	e.fact(ChangeHolding).Holding = t.hold // which is what applying it would make true
}

// opened takes note of a buy: the first one since flat starts a new holding,
// and further fills of the same order move its entry and so its exits.
func (e *Engine) opened(t *trader, wasFlat bool, f *order.Fill) {
	h := &t.hold
	switch {
	case wasFlat:
		*h = Holding{Strategy: t.strategy.Name, Opened: f.At, Entries: 1, Entry: f.ClientID, Max: f.Price, Min: f.Price}
	case h.Entry != f.ClientID:
		h.Entries++
		h.Entry = f.ClientID
	case h.Entries == 1:
		e.thaw(t)
	}
	e.freeze(t)
	e.ratchet(t)
	e.saveHolding(t)
}

// sold takes note of what a take profit sold.
func (e *Engine) sold(t *trader, o *order.Order, f *order.Fill) {
	i := o.Target - 1
	if i < 0 || i >= len(t.hold.Targets) || t.hold.Targets[i].SizePct.IsZero() {
		return
	}
	var c num.Calc
	t.hold.Targets = slices.Clone(t.hold.Targets)
	x := &t.hold.Targets[i]
	x.Sold = num.Add(&c, x.Sold, f.Quantity)
	x.Done = e.share(t, x).IsZero()
	e.saveHolding(t)
}

// closed forgets the holding of a position that became flat.
func (e *Engine) closed(t *trader) {
	t.hold = Holding{Strategy: t.strategy.Name}
	e.saveHolding(t)
}

// Exits that did not work are issued again, ever more slowly: a position must
// not lose its protection, and a refusal must not become a storm.
const (
	exitRetryFirst = time.Second
	exitRetryMax   = time.Minute
)

// exitFailed schedules the next try after an exit that was denied, refused or
// ended without a fill.
func (e *Engine) exitFailed(t *trader) {
	h := &t.hold
	h.Tries++
	h.TryAt = e.at.Add(min(exitRetryFirst<<min(h.Tries-1, 10), exitRetryMax))
	e.saveHolding(t)
}
