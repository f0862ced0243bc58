package risk

import (
	"fmt"

	"rulebot/engine/num"
	"rulebot/engine/order"
)

func checkShort(o *order.Order, v *View, t *trace) string {
	if o.Side != order.Sell || holds(t, !v.Funds.Sellable.Less(o.Quantity), "sellable", o.Quantity, v.Funds.Sellable) {
		return ""
	}
	return fmt.Sprintf("selling %s of %s sellable", o.Quantity, v.Funds.Sellable)
}

func checkFunds(l *Limits, o *order.Order, v *View, cost num.Money, t *trace) string {
	if o.Side != order.Buy {
		return ""
	}
	if !holds(t, v.Funds.Short < shortMost, "refused for want of funds", v.Funds.Short, shortMost) {
		return fmt.Sprintf("the exchange refused %d buys for want of funds, and its balance has not changed since", v.Funds.Short)
	}
	var c num.Calc
	need := num.Add(&c, cost, feeOf(&c, cost, v.Funds.Fee))
	usable := l.Usable(&c, v.Funds.Available)
	if c.Err() != nil {
		return c.Err().Error()
	}
	if !holds(t, !usable.Less(need), "funds, with the worst fee", need, usable) {
		return fmt.Sprintf("needs %s with fee, %s usable of %s available", need, usable, v.Funds.Available)
	}
	return ""
}

// Usable returns the part of available funds that may be spent: the buffer
// stays.
func (l *Limits) Usable(c *num.Calc, available num.Money) num.Money {
	return num.MulDown(c, available, num.Sub(c, num.RateOf(1, 0), l.FundsBuffer), valuationScale)
}

// feeOf returns the worst fee on cost. It is counted in quote currency even
// where the exchange takes it in base: funds must cover the worse case.
func feeOf(c *num.Calc, cost num.Money, fee num.Rate) num.Money {
	return num.MulDown(c, cost, fee, valuationScale)
}

func checkPosition(l *Limits, o *order.Order, v *View, cost num.Money, t *trace) string {
	if o.Side != order.Buy {
		return ""
	}
	var c num.Calc
	return aboveSum(&c, v.Funds.Position, cost, l.MaxPositionValue, "the position", "max_position_value", t)
}

func checkExposure(l *Limits, o *order.Order, v *View, cost num.Money, t *trace) string {
	if o.Side != order.Buy {
		return ""
	}
	var c num.Calc
	return aboveSum(&c, v.Funds.Exposure, cost, l.MaxExposure, "the exposure", "max_exposure", t)
}

func aboveSum(c *num.Calc, a, b, most num.Money, what, key string, t *trace) string {
	sum := num.Add(c, a, b)
	if c.Err() != nil {
		return c.Err().Error()
	}
	return above(sum, most, what, key, t)
}

func above(v, most num.Money, what, key string, t *trace) string {
	if most.Sign() <= 0 || holds(t, !most.Less(v), key, v, most) {
		return ""
	}
	return fmt.Sprintf("%s of %s is above %s %s", what, v, key, most)
}

// checkLiveOrders lets pass what reduces and does not rest: it is live for a
// moment only, and many orders that rest must not keep a stop loss back.
func checkLiveOrders(l *Limits, o *order.Order, v *View, t *trace) string {
	if o.Reduces && !o.Rests() {
		return ""
	}
	n, most := &v.Orders, &l.MaxOpenOrders
	switch {
	case !holds(t, n.LiveHere < most.Instrument, "live orders before it, here", n.LiveHere, most.Instrument):
		return fmt.Sprintf("%d live orders in %s, at most %d", n.LiveHere, o.Instrument, most.Instrument)
	case !holds(t, n.LiveTotal < most.Total, "live orders before it", n.LiveTotal, most.Total):
		return fmt.Sprintf("%d live orders, at most %d", n.LiveTotal, most.Total)
	}
	return ""
}

// checkOwnCross is about orders that rest: two that trade at once or end come
// one after the other and never meet.
func checkOwnCross(o *order.Order, v *View, t *trace) string {
	bid, ask := v.Orders.OwnBid, v.Orders.OwnAsk
	switch {
	case o.Side == order.Buy && ask.Sign() > 0 && !holds(t, o.Price.Less(ask), "below our own lowest sell", o.Price, ask):
		return fmt.Sprintf("buying at %s would trade with our own resting sell at %s", o.Price, ask)
	case o.Side == order.Sell && bid.Sign() > 0 && !holds(t, bid.Less(o.Price), "above our own highest buy", o.Price, bid):
		return fmt.Sprintf("selling at %s would trade with our own resting buy at %s", o.Price, bid)
	}
	return ""
}

// checkThrottle does not hold back what ends a position: it cannot go on for
// longer than there is something to sell, and a position must not lose the rule
// that closes it.
func checkThrottle(l *Limits, o *order.Order, v *View, t *trace) string {
	if ends(&o.Intent) {
		return ""
	}
	f, most := &v.Fires, &l.MaxFires
	switch {
	case !holds(t, !f.Disabled, "rule switched off", f.Disabled, false):
		return "the rule was switched off after firing too often"
	case !holds(t, f.Minute < most.Minute, "fired in a minute", f.Minute+1, most.Minute):
		return fmt.Sprintf("fired %d times in a minute, at most %d", f.Minute+1, most.Minute)
	case !holds(t, f.Hour < most.Hour, "fired in an hour", f.Hour+1, most.Hour):
		return fmt.Sprintf("fired %d times in an hour, at most %d", f.Hour+1, most.Hour)
	case !holds(t, f.Day < most.Day, "fired in a day", f.Day+1, most.Day):
		return fmt.Sprintf("fired %d times in a day, at most %d", f.Day+1, most.Day)
	}
	return ""
}

func checkRepeat(o *order.Order, v *View, t *trace) string {
	if o.Exit || holds(t, !v.Fires.Repeat, "fired at this bar before", v.Fires.Repeat, false) {
		return ""
	}
	return "the rule fired already at this bar"
}

// checkRate counts every order, and has a fifth more for what ends a position.
func checkRate(l *Limits, o *order.Order, v *View, t *trace) string {
	n, most, burst := &v.Orders, l.MaxOrders, burstOrders
	if ends(&o.Intent) {
		burst, most = reserved(burst), Rates{reserved(most.Second), reserved(most.Minute), reserved(most.Day)}
	}
	switch {
	case !holds(t, n.BurstHere < burst, "orders before it within 3s, here", n.BurstHere, burst):
		return fmt.Sprintf("%d orders in %s within %v, at most %d", n.BurstHere, o.Instrument, BurstWindow, burst)
	case !holds(t, n.Second < most.Second, "orders before it within a second", n.Second, most.Second):
		return fmt.Sprintf("%d orders within a second, at most %d", n.Second, most.Second)
	case !holds(t, n.Minute < most.Minute, "orders before it within a minute", n.Minute, most.Minute):
		return fmt.Sprintf("%d orders within a minute, at most %d", n.Minute, most.Minute)
	case !holds(t, n.Day < most.Day, "orders before it within a day", n.Day, most.Day):
		return fmt.Sprintf("%d orders within a day, at most %d", n.Day, most.Day)
	}
	return ""
}

// reserved is a count with the reserve for what ends a position.
func reserved(most int) int { return most + max(1, most/5) }

// ends reports whether an order sells what the strategy holds because the
// position is to end: an exit, or a close.
func ends(in *order.Intent) bool { return in.Exit || in.Close }

// Largest returns the largest quantity of an order at this price that the caps
// on a single order let pass; not ok is any.
func (l *Limits) Largest(c *num.Calc, in *order.Intent, lot num.Quantity) (most num.Quantity, ok bool) {
	most, ok = l.MaxOrderQuantity[in.Instrument]
	if l.MaxOrderValue.Sign() > 0 && in.Price.Sign() > 0 {
		worth := num.QuantityFor(c, l.MaxOrderValue, in.Price, lot)
		if !ok || worth.Less(most) {
			most, ok = worth, true
		}
	}
	return most, ok
}

// checkDuplicate refuses the same order twice within a moment. What ends a
// position is issued again when it found nobody, and what is divided may have
// equal parts.
func checkDuplicate(o *order.Order, v *View, t *trace) string {
	if ends(&o.Intent) || o.Held != "" || holds(t, !v.Orders.Twin, "the same order within 5s", v.Orders.Twin, false) {
		return ""
	}
	return fmt.Sprintf("%s %s %s at %s was sent within %v already", o.Side, o.Quantity, o.Instrument, o.Price, TwinWindow)
}

// checkRejects gives an instrument a rest in which the exchange refuses one
// order after the other. What ends a position has pauses of its own.
func checkRejects(o *order.Order, v *View, t *trace) string {
	n := v.Orders.Rejects
	if ends(&o.Intent) || holds(t, n <= rejectsMost, "refused by the exchange within a minute", n, rejectsMost) {
		return ""
	}
	return fmt.Sprintf("the exchange refused %d orders in %s within %v, at most %d", n, o.Instrument, RejectWindow, rejectsMost)
}

// checkTraded counts what was bought and sold in the day, and what may still be.
func checkTraded(l *Limits, o *order.Order, v *View, cost num.Money, t *trace) string {
	if o.Reduces {
		return ""
	}
	var c num.Calc
	return aboveSum(&c, v.Funds.Traded, cost, l.MaxDailyTraded, "the value traded today", "max_daily_traded", t)
}

// checkRatio is about orders that come and go and never trade.
func checkRatio(o *order.Order, v *View, t *trace) string {
	n := &v.Orders
	gone, most := n.Hour-n.LiveTotal, ordersPerFill*max(1, n.Fills)
	if ends(&o.Intent) || holds(t, gone < most, "orders within an hour that are over, for its fills", gone, most) {
		return ""
	}
	return fmt.Sprintf("%d orders that are over and %d fills within an hour, at most %d orders a fill", gone, n.Fills, ordersPerFill)
}
