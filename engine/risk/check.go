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
	BurstHere                   int // created in this instrument within BurstWindow
	Second, Minute, Day         int // created within the last second, minute, day
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
	CodeValue, CodeCollar, CodeShort, CodeFunds, CodePosition, CodeExposure, CodeLiveOrders, CodeThrottle, CodeRepeat,
	CodeRate,
}

// check runs one check: "" approves, a reason denies. It is a switch and no
// table of functions, so that an order that passes costs no memory.
func (l *Limits) check(code Code, o *order.Order, v *View, cost num.Money) string {
	switch code {
	case CodeHalt:
		return v.Halted
	case CodeDailyLoss:
		return checkReduceOnly(o, v)
	case CodeAllow:
		return checkAllow(l, o, v)
	case CodeSession:
		return checkSession(v)
	case CodeUnproven:
		return checkUnproven(o, v)
	case CodeBook:
		return checkBook(v)
	case CodeInputs:
		return checkInputs(v)
	case CodeSteps:
		return checkSteps(o, v)
	case CodeQuantity:
		return checkQuantity(l, o)
	case CodeValue:
		return above(cost, l.MaxOrderValue, "the order's value", "max_order_value")
	case CodeCollar:
		return checkCollar(l, o, v)
	case CodeShort:
		return checkShort(o, v)
	case CodeFunds:
		return checkFunds(l, o, v, cost)
	case CodePosition:
		return checkPosition(l, o, v, cost)
	case CodeExposure:
		return checkExposure(l, o, v, cost)
	case CodeLiveOrders:
		return checkLiveOrders(l, o, v)
	case CodeThrottle:
		return checkThrottle(l, o, v)
	case CodeRepeat:
		return checkRepeat(o, v)
	case CodeRate:
		return checkRate(l, o, v)
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
		if reason := l.check(code, &o, v, cost); reason != "" {
			return Approved{}, &Denial{code, reason}
		}
	}
	return Approved{o}, nil
}

func checkReduceOnly(o *order.Order, v *View) string {
	if o.Reduces {
		return ""
	}
	return v.ReduceOnly
}

func checkAllow(l *Limits, o *order.Order, v *View) string {
	if v.Market.Instrument.ID != o.Instrument {
		return fmt.Sprintf("%s is not listed", o.Instrument)
	}
	if l.Allow == nil {
		return ""
	}
	s := l.Allow[o.Instrument]
	if o.Side == order.Buy && s.Buy || o.Side == order.Sell && s.Sell {
		return ""
	}
	return fmt.Sprintf("%s %s is not in risk.allow", o.Side, o.Instrument)
}

func checkSession(v *View) string {
	if v.Session {
		return ""
	}
	return "not reconciled with the exchange yet"
}

func checkUnproven(o *order.Order, v *View) string {
	if v.Orders.UnprovenHere > unprovenHere {
		return fmt.Sprintf("%d order(s) in %s are not proven", v.Orders.UnprovenHere, o.Instrument)
	}
	if v.Orders.UnprovenTotal > unprovenTotal {
		return fmt.Sprintf("%d orders are not proven, at most %d", v.Orders.UnprovenTotal, unprovenTotal)
	}
	return ""
}

func checkBook(v *View) string {
	switch {
	case !v.Market.BookValid:
		return "the book is not valid"
	case v.Market.Quote.Crossed():
		return fmt.Sprintf("the quote %s / %s is crossed or one-sided", v.Market.Quote.Bid, v.Market.Quote.Ask)
	case v.Market.QuoteAge > bookAgeMax:
		return fmt.Sprintf("the quote is %v old, at most %v", v.Market.QuoteAge, bookAgeMax)
	}
	return ""
}

func checkInputs(v *View) string {
	if v.Market.BarLimit > 0 && v.Market.BarAge > v.Market.BarLimit+barGrace {
		return fmt.Sprintf("the bar closed %v ago, at most %v", v.Market.BarAge, v.Market.BarLimit+barGrace)
	}
	return ""
}

func checkSteps(o *order.Order, v *View) string {
	in := &v.Market.Instrument
	switch {
	case o.Price.Sign() <= 0:
		return fmt.Sprintf("price %s is not positive", o.Price)
	case o.Quantity.Sign() <= 0:
		return fmt.Sprintf("quantity %s is not positive", o.Quantity)
	case !num.IsMultiple(o.Price, in.Tick):
		return fmt.Sprintf("price %s is not a multiple of the tick %s", o.Price, in.Tick)
	case !num.IsMultiple(o.Quantity, in.Lot):
		return fmt.Sprintf("quantity %s is not a multiple of the lot %s", o.Quantity, in.Lot)
	case o.Quantity.Less(in.Min):
		return fmt.Sprintf("quantity %s is below the minimum %s", o.Quantity, in.Min)
	}
	return ""
}

func checkQuantity(l *Limits, o *order.Order) string {
	if most, ok := l.MaxOrderQuantity[o.Instrument]; ok && most.Less(o.Quantity) {
		return fmt.Sprintf("quantity %s is above max_order_quantity %s", o.Quantity, most)
	}
	return ""
}

func checkCollar(l *Limits, o *order.Order, v *View) string {
	var c num.Calc
	ref, err := v.Market.Quote.Mid()
	span := num.Mul(&c, ref, l.Collar)
	high, low := num.Add(&c, ref, span), num.Sub(&c, ref, span)
	switch {
	case err != nil:
		return err.Error()
	case c.Err() != nil:
		return c.Err().Error()
	case o.Side == order.Buy && high.Less(o.Price):
		return fmt.Sprintf("buying at %s is above the collar %s around %s", o.Price, high, ref)
	case o.Side == order.Sell && o.Price.Less(low):
		return fmt.Sprintf("selling at %s is below the collar %s around %s", o.Price, low, ref)
	}
	return ""
}

func checkShort(o *order.Order, v *View) string {
	if o.Side == order.Sell && v.Funds.Sellable.Less(o.Quantity) {
		return fmt.Sprintf("selling %s of %s sellable", o.Quantity, v.Funds.Sellable)
	}
	return ""
}

func checkFunds(l *Limits, o *order.Order, v *View, cost num.Money) string {
	if o.Side != order.Buy {
		return ""
	}
	var c num.Calc
	need := num.Add(&c, cost, feeOf(&c, cost, v.Funds.Fee))
	usable := l.Usable(&c, v.Funds.Available)
	if c.Err() != nil {
		return c.Err().Error()
	}
	if usable.Less(need) {
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

func checkPosition(l *Limits, o *order.Order, v *View, cost num.Money) string {
	if o.Side != order.Buy {
		return ""
	}
	var c num.Calc
	return aboveSum(&c, v.Funds.Position, cost, l.MaxPositionValue, "the position", "max_position_value")
}

func checkExposure(l *Limits, o *order.Order, v *View, cost num.Money) string {
	if o.Side != order.Buy {
		return ""
	}
	var c num.Calc
	return aboveSum(&c, v.Funds.Exposure, cost, l.MaxExposure, "the exposure", "max_exposure")
}

func aboveSum(c *num.Calc, a, b, most num.Money, what, key string) string {
	sum := num.Add(c, a, b)
	if c.Err() != nil {
		return c.Err().Error()
	}
	return above(sum, most, what, key)
}

func above(v, most num.Money, what, key string) string {
	if most.Sign() > 0 && most.Less(v) {
		return fmt.Sprintf("%s of %s is above %s %s", what, v, key, most)
	}
	return ""
}

func checkLiveOrders(l *Limits, o *order.Order, v *View) string {
	switch {
	case v.Orders.LiveHere >= l.MaxOpenOrders.Instrument:
		return fmt.Sprintf("%d live orders in %s, at most %d", v.Orders.LiveHere, o.Instrument, l.MaxOpenOrders.Instrument)
	case v.Orders.LiveTotal >= l.MaxOpenOrders.Total:
		return fmt.Sprintf("%d live orders, at most %d", v.Orders.LiveTotal, l.MaxOpenOrders.Total)
	}
	return ""
}

// checkThrottle does not hold back exits: they protect, and have their own
// bound on repetition.
func checkThrottle(l *Limits, o *order.Order, v *View) string {
	if o.Exit {
		return ""
	}
	f := &v.Fires
	switch {
	case f.Disabled:
		return "the rule was switched off after firing too often"
	case f.Minute >= l.MaxFires.Minute:
		return fmt.Sprintf("fired %d times in a minute, at most %d", f.Minute+1, l.MaxFires.Minute)
	case f.Hour >= l.MaxFires.Hour:
		return fmt.Sprintf("fired %d times in an hour, at most %d", f.Hour+1, l.MaxFires.Hour)
	case f.Day >= l.MaxFires.Day:
		return fmt.Sprintf("fired %d times in a day, at most %d", f.Day+1, l.MaxFires.Day)
	}
	return ""
}

func checkRepeat(o *order.Order, v *View) string {
	if v.Fires.Repeat && !o.Exit {
		return "the rule fired already at this bar"
	}
	return ""
}

func checkRate(l *Limits, o *order.Order, v *View) string {
	n, most := &v.Orders, &l.MaxOrders
	switch {
	case n.BurstHere >= burstOrders:
		return fmt.Sprintf("%d orders in %s within %v, at most %d", n.BurstHere, o.Instrument, BurstWindow, burstOrders)
	case n.Second >= most.Second:
		return fmt.Sprintf("%d orders within a second, at most %d", n.Second, most.Second)
	case n.Minute >= most.Minute:
		return fmt.Sprintf("%d orders within a minute, at most %d", n.Minute, most.Minute)
	case n.Day >= most.Day:
		return fmt.Sprintf("%d orders within a day, at most %d", n.Day, most.Day)
	}
	return ""
}
