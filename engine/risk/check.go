package risk

import (
	"fmt"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// Ages and counts that no configuration changes.
const (
	bookAgeMax     = 2 * time.Second
	barGrace       = 5 * time.Second
	unprovenHere   = 0 // INTENT and UNKNOWN orders of the instrument
	unprovenTotal  = 2
	burstOrders    = 3 // orders of one instrument within burstWindow
	BurstWindow    = 3 * time.Second
	valuationScale = 8
)

// View is everything the checks look at, at one instant: plain values,
// collected by the engine. Money is in quote currency. Sums count every live
// order as if it filled completely.
type View struct {
	Halted     string // why no new order may leave; "" when none
	ReduceOnly string // why only reducing orders may leave; "" when none
	Session    bool   // reconciled with the exchange
	Market     Market
	Orders     Orders
	Funds      Funds
	Fires      FireCount
}

// Market is what is known of the order's instrument.
type Market struct {
	Instrument market.Instrument
	Quote      market.Quote
	BookValid  bool
	QuoteAge   time.Duration // run clock since the quote was seen
	BarAge     time.Duration // run clock since the deciding bar closed; 0 for exits
	BarLimit   time.Duration // one interval of that bar
}

// Orders counts orders.
type Orders struct {
	UnprovenHere, UnprovenTotal int // INTENT and UNKNOWN
	LiveHere, LiveTotal         int
	BurstHere                   int       // created in this instrument within BurstWindow
	Second, Minute, Day         int       // created within the last second, minute, day
	OwnBid, OwnAsk              num.Price // best of our own resting orders in this instrument; zero is none
}

// Funds is what the order may use.
type Funds struct {
	Sellable  num.Quantity // the strategy's, less its live sells
	Available num.Money    // quote currency not held by live buys
	Fee       num.Rate     // worst fee
	Position  num.Money    // worst-case value held in the instrument
	Exposure  num.Money    // worst-case value held in all
}

// FireCount is how often the rule fired, this time not counted.
type FireCount struct {
	Disabled          bool
	Repeat            bool // fired at this bar already
	Minute, Hour, Day int
}

// Denial says why an intent did not become an order.
type Denial struct {
	Code   Code
	Reason string // with the values that led to it
}

// The order is the contract: the first failure names the denial.
var checks = [...]Code{
	CodeHalt, CodeDailyLoss, CodeAllow, CodeSession, CodeUnproven, CodeBook, CodeInputs, CodeSteps, CodeQuantity,
	CodeValue, CodeCollar, CodeShort, CodeFunds, CodePosition, CodeExposure, CodeLiveOrders, CodeOwnCross, CodeThrottle,
	CodeRepeat, CodeRate,
}

// check runs one check: "" approves, a reason denies. It is a switch and no
// table of functions, so that an order that passes costs no memory. What it
// looks at goes into t, when there is one.
func (l *Limits) check(code Code, o *order.Order, v *View, cost num.Money, t *trace) string {
	switch code {
	case CodeHalt:
		return checkHalt(v, t)
	case CodeDailyLoss:
		return checkReduceOnly(o, v, t)
	case CodeAllow:
		return checkAllow(l, o, v, t)
	case CodeSession:
		return checkSession(v, t)
	case CodeUnproven:
		return checkUnproven(o, v, t)
	case CodeBook:
		return checkBook(v, t)
	case CodeInputs:
		return checkInputs(v, t)
	case CodeSteps:
		return checkSteps(o, v, t)
	case CodeQuantity:
		return checkQuantity(l, o, t)
	case CodeValue:
		return above(cost, l.MaxOrderValue, "the order's value", "max_order_value", t)
	case CodeCollar:
		return checkCollar(l, o, v, t)
	case CodeShort:
		return checkShort(o, v, t)
	case CodeFunds:
		return checkFunds(l, o, v, cost, t)
	case CodePosition:
		return checkPosition(l, o, v, cost, t)
	case CodeExposure:
		return checkExposure(l, o, v, cost, t)
	case CodeLiveOrders:
		return checkLiveOrders(l, o, v, t)
	case CodeOwnCross:
		return checkOwnCross(o, v, t)
	case CodeThrottle:
		return checkThrottle(l, o, v, t)
	case CodeRepeat:
		return checkRepeat(o, v, t)
	case CodeRate:
		return checkRate(l, o, v, t)
	default:
		return "the check " + string(code) + " does not exist"
	}
}

// Check runs every check in order. It returns the approved order, or the
// first denial. Effective limits are expected: see Effective.
func (l *Limits) Check(o order.Order, v *View) (Approved, *Denial) {
	var c num.Calc
	cost := num.Cost(&c, o.Price, o.Quantity)
	if err := c.Err(); err != nil {
		return Approved{}, &Denial{CodeSteps, err.Error()}
	}
	for _, code := range checks {
		if reason := l.check(code, &o, v, cost, nil); reason != "" {
			return Approved{}, &Denial{code, reason}
		}
	}
	return Approved{o}, nil
}

func checkHalt(v *View, t *trace) string {
	holds(t, v.Halted == "", "halt", v.Halted, "")
	return v.Halted
}

func checkReduceOnly(o *order.Order, v *View, t *trace) string {
	if holds(t, o.Reduces || v.ReduceOnly == "", "reducing orders only", v.ReduceOnly, "") {
		return ""
	}
	return v.ReduceOnly
}

func checkAllow(l *Limits, o *order.Order, v *View, t *trace) string {
	if !holds(t, v.Market.Instrument.ID == o.Instrument, "instrument", o.Instrument, v.Market.Instrument.ID) {
		return fmt.Sprintf("%s is not listed", o.Instrument)
	}
	if l.Allow == nil {
		return ""
	}
	s := l.Allow[o.Instrument]
	ok := o.Side == order.Buy && s.Buy || o.Side == order.Sell && s.Sell
	if holds(t, ok, "side in risk.allow", o.Side, "") {
		return ""
	}
	return fmt.Sprintf("%s %s is not in risk.allow", o.Side, o.Instrument)
}

func checkSession(v *View, t *trace) string {
	if holds(t, v.Session, "reconciled", v.Session, true) {
		return ""
	}
	return "not reconciled with the exchange yet"
}

func checkUnproven(o *order.Order, v *View, t *trace) string {
	n := &v.Orders
	if !holds(t, n.UnprovenHere <= unprovenHere, "orders not proven, here", n.UnprovenHere, unprovenHere) {
		return fmt.Sprintf("%d order(s) in %s are not proven", n.UnprovenHere, o.Instrument)
	}
	if !holds(t, n.UnprovenTotal <= unprovenTotal, "orders not proven", n.UnprovenTotal, unprovenTotal) {
		return fmt.Sprintf("%d orders are not proven, at most %d", n.UnprovenTotal, unprovenTotal)
	}
	return ""
}

func checkBook(v *View, t *trace) string {
	m := &v.Market
	switch {
	case !holds(t, m.BookValid, "book valid", m.BookValid, true):
		return "the book is not valid"
	case !holds(t, !m.Quote.Crossed(), "bid below ask", m.Quote.Bid, m.Quote.Ask):
		return fmt.Sprintf("the quote %s / %s is crossed or one-sided", m.Quote.Bid, m.Quote.Ask)
	case !holds(t, m.QuoteAge <= bookAgeMax, "age of the quote", m.QuoteAge, bookAgeMax):
		return fmt.Sprintf("the quote is %v old, at most %v", m.QuoteAge, bookAgeMax)
	}
	return ""
}

func checkInputs(v *View, t *trace) string {
	m := &v.Market
	if m.BarLimit <= 0 || holds(t, m.BarAge <= m.BarLimit+barGrace, "since the bar closed", m.BarAge, m.BarLimit+barGrace) {
		return ""
	}
	return fmt.Sprintf("the bar closed %v ago, at most %v", m.BarAge, m.BarLimit+barGrace)
}

func checkSteps(o *order.Order, v *View, t *trace) string {
	in := &v.Market.Instrument
	switch {
	case !holds(t, o.Price.Sign() > 0, "price above", o.Price, 0):
		return fmt.Sprintf("price %s is not positive", o.Price)
	case !holds(t, o.Quantity.Sign() > 0, "quantity above", o.Quantity, 0):
		return fmt.Sprintf("quantity %s is not positive", o.Quantity)
	case !holds(t, num.IsMultiple(o.Price, in.Tick), "price on the tick", o.Price, in.Tick):
		return fmt.Sprintf("price %s is not a multiple of the tick %s", o.Price, in.Tick)
	case !holds(t, num.IsMultiple(o.Quantity, in.Lot), "quantity on the lot", o.Quantity, in.Lot):
		return fmt.Sprintf("quantity %s is not a multiple of the lot %s", o.Quantity, in.Lot)
	case !holds(t, !o.Quantity.Less(in.Min), "quantity at least", o.Quantity, in.Min):
		return fmt.Sprintf("quantity %s is below the minimum %s", o.Quantity, in.Min)
	}
	return ""
}

func checkQuantity(l *Limits, o *order.Order, t *trace) string {
	most, ok := l.MaxOrderQuantity[o.Instrument]
	if !ok || holds(t, !most.Less(o.Quantity), "max_order_quantity", o.Quantity, most) {
		return ""
	}
	return fmt.Sprintf("quantity %s is above max_order_quantity %s", o.Quantity, most)
}

// checkCollar bounds how much worse than the market an order may trade. On the
// passive side there is no bound: a buy far below the market rests there and
// trades at that price or not at all.
func checkCollar(l *Limits, o *order.Order, v *View, t *trace) string {
	var c num.Calc
	ref, err := v.Market.Quote.Mid()
	span := num.Mul(&c, ref, l.Collar)
	high, low := num.Add(&c, ref, span), num.Sub(&c, ref, span)
	switch {
	case err != nil:
		return err.Error()
	case c.Err() != nil:
		return c.Err().Error()
	case o.Side == order.Buy && !holds(t, !high.Less(o.Price), "collar above the market", o.Price, high):
		return fmt.Sprintf("buying at %s is above the collar %s around %s", o.Price, high, ref)
	case o.Side == order.Sell && !holds(t, !o.Price.Less(low), "collar below the market", o.Price, low):
		return fmt.Sprintf("selling at %s is below the collar %s around %s", o.Price, low, ref)
	}
	return ""
}

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
	return num.MulDown(c, available, num.Sub(c, num.MustRate("1"), l.FundsBuffer), valuationScale)
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
