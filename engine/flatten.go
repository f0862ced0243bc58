package engine

import (
	"errors"
	"slices"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// A halt leaves positions as they are. Where the file says flatten: true, a
// person may have the kill switch sell them: what our strategies hold by our
// own books and nothing else, at the market within the collar, until it is
// sold. The halt holds for everything else. No other halt does that: what
// halts by itself may do so because it is not known what is held.

// ruleFlatten stands for a rule in decisions and orders. No rule can have such
// a name.
const ruleFlatten = "halt --flatten"

// MayFlatten says why the kill switch may not close positions.
func (e *Engine) MayFlatten() error {
	if e.cfg.Flatten {
		return nil
	}
	return errors.New("the file of this run does not say flatten: true, so the kill switch closes no position; sell by hand what has to be sold")
}

// Unsold counts the strategies that hold something which a person had sold.
func (e *Engine) Unsold() int {
	n := 0
	for i := range e.traders {
		n += count(e.session.halt.Flatten && !e.flat(&e.traders[i]))
	}
	return n
}

// haltAndSell halts everything and, where that is configured, begins to sell.
func (e *Engine) haltAndSell(reason string) {
	was := e.session.halt
	if e.cfg.Flatten && !was.Flatten {
		h := was
		if was.Mode != ModeHalt {
			h = Halt{Mode: ModeHalt, Code: codeOperator, Reason: because("halted by hand, and positions are sold", reason)}
		}
		if was.Mode == ModeHalt {
			h.Reason += "; " + because("positions are sold by hand", reason)
		}
		h.Flatten = true
		e.change(Change{Kind: ChangeHalt, Halt: h})
		e.cancelAll(func(*tracked) bool { return true })
		e.over(overHalted, func(*Standing) bool { return true })
		for i := range e.traders {
			e.traders[i].sellTries, e.traders[i].sellAt = 0, 0
		}
		return
	}
	e.halt(Halt{Mode: ModeHalt, Code: codeOperator, Reason: because("halted by hand", reason)})
}

// flatten has what is held sold, while a person wants that and the books are
// believed.
func (e *Engine) flatten() {
	if !e.session.halt.Flatten || e.shutFor(true) {
		return
	}
	for i := range e.traders {
		if t := &e.traders[i]; !e.flat(t) && t.sellAt <= e.latest() && !e.sellingOff(t) {
			e.sellOff(t)
		}
	}
}

// sellingOff reports whether something that sells for the strategy is under
// way.
func (e *Engine) sellingOff(t *trader) bool {
	name := t.strategy.Name
	return slices.ContainsFunc(e.book.live, func(o *tracked) bool { return o.Strategy == name && o.Side == order.Sell }) ||
		slices.ContainsFunc(e.book.standing, func(s Standing) bool { return s.Strategy == name && s.Flatten })
}

// sellOff begins to sell what a strategy holds. What comes to nothing is begun
// again, ever later.
func (e *Engine) sellOff(t *trader) {
	p := e.position(t)
	id := e.decide(t, Decision{Rule: ruleFlatten, Readings: []Reading{{Text: "position.size", Number: p.Quantity.Float()}}})
	e.stand(order.Intent{
		Strategy: t.strategy.Name, Rule: ruleFlatten, Decision: id, Instrument: e.markets[t.market].listing.ID,
		Side: order.Sell, TIF: order.IOC, Reduces: true, Close: true, Flatten: true, Reference: e.markets[t.market].last,
	}, num.Price{})
}

// unsold waits before what came to nothing is begun again.
func (e *Engine) unsold(t *trader) {
	t.sellTries++
	t.sellAt = e.latest().Add(min(exitRetryFirst<<min(t.sellTries-1, 10), exitRetryMax))
}

// flattenWake returns when to sell again; 0 is never.
func (e *Engine) flattenWake() market.Time {
	if !e.session.halt.Flatten {
		return 0
	}
	var at market.Time
	for i := range e.traders {
		if t := &e.traders[i]; t.sellAt > e.latest() && !e.flat(t) {
			at = sooner(at, t.sellAt)
		}
	}
	return at
}
