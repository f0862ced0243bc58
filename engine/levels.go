package engine

import (
	"slices"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// freeze computes the exit prices of an open position once. What is not ready
// yet is tried again at the next bar.
func (e *Engine) freeze(t *trader) {
	x, h := &t.strategy.Exits, &t.hold
	if q := e.position(t).Quantity; h.Largest.Less(q) {
		h.Largest, t.moved = q, true
	}
	if h.frozen(x) {
		return
	}
	v := e.view(t)
	in := &e.markets[t.market].listing
	entry := v.Position.EntryPrice
	if h.Stop.IsZero() && x.StopLoss.Written() {
		h.Stop = e.level(x.StopLoss, v, entry, -1, in)
		t.moved = true
	}
	if len(h.Targets) != len(x.TakeProfit) {
		h.Targets, t.moved = make([]Aim, len(x.TakeProfit)), true
	}
	for i := range x.TakeProfit {
		if h.Targets[i].Price.IsZero() {
			e.aim(t, i, v, entry)
		}
	}
	if x.Trailing.Written() && h.Distance.IsZero() && h.Trail.IsZero() {
		e.freezeTrailing(t, v, entry, in)
	}
}

// frozen reports whether every exit that is written has its price.
func (h *Holding) frozen(x *Exits) bool {
	if h.Stop.IsZero() && x.StopLoss.Written() || len(h.Targets) != len(x.TakeProfit) {
		return false
	}
	for i := range h.Targets {
		if h.Targets[i].Price.IsZero() {
			return false
		}
	}
	return !x.Trailing.Written() || !h.Distance.IsZero() || !h.Trail.IsZero()
}

// renewed reports whether the price of an exit is computed anew at every bar.
func (x *Exits) renewed() bool {
	return x.StopLoss.EveryBar || x.StopLoss.Ratchet || slices.ContainsFunc(x.TakeProfit, func(t Target) bool { return t.EveryBar })
}

// aim computes one take profit: its price, and the share that it sells.
func (e *Engine) aim(t *trader, i int, v *View, entry float64) {
	x, next := t.strategy.Exits.TakeProfit[i], t.hold.Targets[i]
	if p := e.level(x, v, entry, 1, &e.markets[t.market].listing); !p.IsZero() {
		next.Price = p
	}
	if x.SizePct != 0 && next.SizePct.IsZero() {
		pct, cause := e.cfg.Program.Number(x.SizePct, v)
		share, err := num.FromFloatDown(pct, num.MustRate("0.00000001"))
		if cause != Ready || err != nil || share.Sign() <= 0 {
			next.Price = num.Price{} // without its share it is not ready
		}
		next.SizePct = share
	}
	if next != t.hold.Targets[i] {
		t.hold.Targets = slices.Clone(t.hold.Targets) // what was journaled is not changed
		t.hold.Targets[i], t.moved = next, true
	}
}

// thaw forgets the prices that were frozen, because the entry is not complete:
// another fill of it moved its price. A stop that only ever rises stays.
func (e *Engine) thaw(t *trader) {
	h := &t.hold
	if !t.strategy.Exits.StopLoss.Ratchet {
		h.Stop = num.Price{}
	}
	h.Activate, h.Distance, h.Trail = num.Price{}, num.Price{}, num.Rate{}
	h.Targets = slices.Clone(h.Targets)
	for i := range h.Targets {
		h.Targets[i].Price, h.Targets[i].SizePct = num.Price{}, num.Rate{}
	}
}

// renew computes again, at a closed bar, what is not frozen. What is not ready
// stays as it was.
func (e *Engine) renew(t *trader) {
	e.freeze(t)
	x, h := &t.strategy.Exits, &t.hold
	if !x.renewed() {
		return
	}
	v := e.view(t)
	if x.StopLoss.EveryBar && !x.StopLoss.Ratchet {
		if p := e.level(x.StopLoss, v, v.Position.EntryPrice, -1, &e.markets[t.market].listing); !p.IsZero() && p != h.Stop {
			h.Stop, t.moved = p, true
		}
	}
	for i := range x.TakeProfit {
		if x.TakeProfit[i].EveryBar {
			e.aim(t, i, v, v.Position.EntryPrice)
		}
	}
	e.ratchet(t)
}

// ratchet moves a stop that only ever rises, at closed bars and with each buy.
func (e *Engine) ratchet(t *trader) {
	x, h := &t.strategy.Exits.StopLoss, &t.hold
	if !x.Ratchet {
		return
	}
	v := e.view(t)
	if p := e.level(*x, v, v.Position.EntryPrice, -1, &e.markets[t.market].listing); h.Stop.Less(p) {
		h.Stop, t.moved = p, true
	}
}

// level turns a target into a price on the tick, rounded up: a stop or a
// target is reached a tick early rather than late.
func (e *Engine) level(x Target, v *View, entry, sign float64, in *market.Instrument) num.Price {
	expr := max(x.Price, x.Pct)
	n, cause := e.cfg.Program.Number(expr, v)
	if cause != Ready {
		return num.Price{}
	}
	if x.Pct != 0 {
		n = entry * (1 + sign*n/100)
	}
	p, err := num.FromFloatUp(n, in.Tick)
	if err != nil { // a level below zero protects nothing; it stays unset and is shown as such
		return num.Price{}
	}
	return p
}

func (e *Engine) freezeTrailing(t *trader, v *View, entry float64, in *market.Instrument) {
	x, h := &t.strategy.Exits.Trailing, &t.hold
	activate := 0.0
	if x.ActivatePct != 0 {
		pct, cause := e.cfg.Program.Number(x.ActivatePct, v)
		if cause != Ready {
			return
		}
		activate = entry * (1 + pct/100)
	}
	armed, err := num.FromFloatUp(activate, in.Tick)
	if err != nil {
		return
	}
	n, cause := e.cfg.Program.Number(max(x.DistancePct, x.Distance), v)
	if cause != Ready || n <= 0 {
		return
	}
	if x.DistancePct != 0 {
		h.Trail, err = num.FromFloatDown(n/100, num.MustRate("0.00000001"))
	} else {
		h.Distance, err = num.FromFloatUp(n, in.Tick)
	}
	if err == nil {
		h.Activate, t.moved = armed, true
	}
}
