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
	listedAgeMax   = 15 * time.Minute
	barGrace       = 5 * time.Second
	signalAgeMax   = time.Second - 250*time.Millisecond // the rest of the second is the way to the request
	unprovenHere   = 0                                  // INTENT and UNKNOWN orders of the instrument
	unprovenTotal  = 2
	burstOrders    = 3 // orders of one instrument within burstWindow
	BurstWindow    = 3 * time.Second
	TwinWindow     = 5 * time.Second // the same order again
	rejectsMost    = 4               // refused orders of one instrument within RejectWindow
	RejectWindow   = time.Minute
	shortMost      = 3  // buys refused for want of funds while the balance stays as it is
	ordersPerFill  = 50 // within an hour
	valuationScale = 8
)

// View is everything the checks look at, at one instant: plain values,
// collected by the engine. Money is in quote currency. Sums count every live
// order as if it filled completely.
type View struct {
	Halted     string        // why no new order may leave; "" when none
	ReduceOnly string        // why only reducing orders may leave; "" when none
	Session    bool          // reconciled with the exchange
	Waited     time.Duration // run clock since the event came that it was decided on; 0 for what was decided earlier
	Market     Market
	Orders     Orders
	Funds      Funds
	Fires      FireCount
}

// Market is what is known of the order's instrument.
type Market struct {
	Instrument market.Instrument
	ListedAge  time.Duration // run clock since the exchange last listed it; 0 where it is not looked up
	Quote      market.Quote
	BookValid  bool
	QuoteAge   time.Duration // run clock since the quote was seen
	BarAge     time.Duration // run clock since the deciding bar closed; 0 for exits
	BarLimit   time.Duration // one interval of that bar
	Visible    num.Quantity  // on the other side of the book, within the collar
	Deep       bool          // more of the book is known than its best
}

// Orders counts orders.
type Orders struct {
	UnprovenHere, UnprovenTotal int // INTENT and UNKNOWN
	LiveHere, LiveTotal         int
	BurstHere                   int       // created in this instrument within BurstWindow
	Second, Minute, Day         int       // created within the last second, minute, day
	Twin                        bool      // of the same strategy, instrument, side, price and quantity within TwinWindow
	Rejects                     int       // refused in this instrument within RejectWindow
	Hour, Fills                 int       // created, and executed, within the last hour
	OwnBid, OwnAsk              num.Price // best of our own resting orders in this instrument; zero is none
}

// Funds is what the order may use.
type Funds struct {
	Age       time.Duration // run clock since the exchange was asked what it holds for us
	AgeLimit  time.Duration // 0 where it is not asked
	Sellable  num.Quantity  // the strategy's, less its live sells
	Available num.Money     // quote currency not held by live buys
	Fee       num.Rate      // worst fee
	Short     int           // buys that the exchange refused for want of funds since its balance changed
	Position  num.Money     // worst-case value held in the instrument
	Exposure  num.Money     // worst-case value held in all
	Traded    num.Money     // in the UTC day, live orders included
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
	CodeHalt, CodeDailyLoss, CodeAllow, CodeListing, CodeSession, CodeUnproven, CodeBook, CodeInputs, CodeBalance,
	CodeSteps, CodeQuantity, CodeValue, CodeCollar, CodeSpread, CodeDepth, CodeShort, CodeFunds, CodePosition, CodeExposure, CodeLiveOrders,
	CodeDuplicate, CodeOwnCross, CodeThrottle, CodeRepeat, CodeRate, CodeRejects, CodeTraded, CodeSignal, CodeRatio,
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
	case CodeListing:
		return checkListing(o, v, t)
	case CodeSession:
		return checkSession(v, t)
	case CodeUnproven:
		return checkUnproven(o, v, t)
	case CodeBook:
		return checkBook(v, t)
	case CodeInputs:
		return checkInputs(v, t)
	case CodeBalance:
		return checkBalance(o, v, t)
	case CodeSteps:
		return checkSteps(o, v, cost, t)
	case CodeCollar:
		return checkCollar(l, o, v, t)
	case CodeSpread:
		return checkSpread(l, o, v, t)
	case CodeDepth:
		return checkDepth(l, o, v, t)
	case CodeShort:
		return checkShort(o, v, t)
	case CodeOwnCross:
		return checkOwnCross(o, v, t)
	default:
		return l.checkAmounts(code, o, v, cost, t)
	}
}

// checkAmounts runs the checks of how much and how often.
func (l *Limits) checkAmounts(code Code, o *order.Order, v *View, cost num.Money, t *trace) string {
	switch code {
	case CodeQuantity:
		return checkQuantity(l, o, t)
	case CodeValue:
		return above(cost, l.MaxOrderValue, "the order's value", "max_order_value", t)
	case CodeFunds:
		return checkFunds(l, o, v, cost, t)
	case CodePosition:
		return checkPosition(l, o, v, cost, t)
	case CodeExposure:
		return checkExposure(l, o, v, cost, t)
	case CodeLiveOrders:
		return checkLiveOrders(l, o, v, t)
	case CodeDuplicate:
		return checkDuplicate(o, v, t)
	case CodeThrottle:
		return checkThrottle(l, o, v, t)
	case CodeRepeat:
		return checkRepeat(o, v, t)
	case CodeRate:
		return checkRate(l, o, v, t)
	case CodeRejects:
		return checkRejects(o, v, t)
	case CodeTraded:
		return checkTraded(l, o, v, cost, t)
	case CodeSignal:
		return checkSignal(o, v, t)
	case CodeRatio:
		return checkRatio(o, v, t)
	default:
		return "the check " + string(code) + " does not exist"
	}
}

// Check runs every check in order. It returns the approved order, or the
// first denial. Effective limits are expected: see Effective.
func (l *Limits) Check(o order.Order, v *View) (Approved, *Denial) {
	return l.approve(against(&o), o, v)
}

// flattenChecks are those of what a person has the kill switch sell: what is
// held by our own books, at a price that may be believed, in orders that the
// exchange takes. The halt itself is no reason, and what else bars every order
// is.
var flattenChecks = [...]Code{
	CodeHalt, CodeAllow, CodeSession, CodeUnproven, CodeBook, CodeSteps, CodeQuantity, CodeValue, CodeCollar, CodeShort, CodeOwnCross, CodeRate,
}

// against returns the checks that an order has to pass.
func against(o *order.Order) []Code {
	if o.Flatten && o.Reduces && o.Side == order.Sell {
		return flattenChecks[:]
	}
	return checks[:]
}

// heldChecks are those that a stop has to pass which the exchange is to hold.
// It only reduces, and trades later, at a price of its own: what looks at the
// market of now, at funds, and at what may be added, does not fit.
var heldChecks = [...]Code{CodeHalt, CodeAllow, CodeSession, CodeUnproven, CodeSteps, CodeShort, CodeRate}

// CheckHeld is Check for a stop that the exchange is to hold: its price is the
// one it waits for.
func (l *Limits) CheckHeld(o order.Order, v *View) (Approved, *Denial) {
	return l.approve(heldChecks[:], o, v)
}

// approve runs checks in order. It alone makes an Approved.
func (l *Limits) approve(codes []Code, o order.Order, v *View) (Approved, *Denial) {
	var c num.Calc
	cost := num.Cost(&c, o.Price, o.Quantity)
	if err := c.Err(); err != nil {
		return Approved{}, &Denial{CodeSteps, err.Error()}
	}
	for _, code := range codes {
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
	if !holds(t, ok, "side in risk.allow", o.Side, "") {
		return fmt.Sprintf("%s %s is not in risk.allow", o.Side, o.Instrument)
	}
	if holds(t, s.Kinds.Permit(&o.Intent), "kind of order in risk.allow", kind(&o.Intent), "") {
		return ""
	}
	return fmt.Sprintf("a %s order in %s is not in risk.allow", kind(&o.Intent), o.Instrument)
}

// kind is an order's type and time in force as risk.allow names them.
func kind(in *order.Intent) string {
	if !in.Limited {
		return "market"
	}
	return "limit " + in.TIF.String()
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

func checkSteps(o *order.Order, v *View, cost num.Money, t *trace) string {
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
	case in.Max.Sign() > 0 && !holds(t, !in.Max.Less(o.Quantity), "quantity at most", o.Quantity, in.Max):
		return fmt.Sprintf("quantity %s is above the %s that the exchange takes", o.Quantity, in.Max)
	case in.MinValue.Sign() > 0 && !holds(t, !cost.Less(in.MinValue), "worth at least", cost, in.MinValue):
		return fmt.Sprintf("it is worth %s, below the minimum value %s", cost, in.MinValue)
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

// checkSpread does not hold back what ends a position: the collar bounds what
// that may lose by a wide spread.
func checkSpread(l *Limits, o *order.Order, v *View, t *trace) string {
	if l.MaxSpread.Sign() <= 0 || ends(&o.Intent) {
		return ""
	}
	var c num.Calc
	q := &v.Market.Quote
	mid, err := q.Mid()
	wide, most := num.Sub(&c, q.Ask, q.Bid), num.Mul(&c, mid, l.MaxSpread)
	switch {
	case err != nil:
		return err.Error()
	case c.Err() != nil:
		return c.Err().Error()
	case !holds(t, !most.Less(wide), "max_spread_pct", wide, most):
		return fmt.Sprintf("bid %s and ask %s are %s apart, above max_spread_pct %s", q.Bid, q.Ask, wide, most)
	}
	return ""
}

// checkDepth holds an order that takes against what the book shows, where more
// of it is known than the best. What reduces trades what is there.
func checkDepth(l *Limits, o *order.Order, v *View, t *trace) string {
	if l.MaxDepth.Sign() <= 0 || !v.Market.Deep || o.Reduces || o.Limited && o.Rests() {
		return ""
	}
	var c num.Calc
	most := num.MulDown(&c, v.Market.Visible, l.MaxDepth, valuationScale)
	switch {
	case c.Err() != nil:
		return c.Err().Error()
	case !holds(t, !most.Less(o.Quantity), "max_depth_pct", o.Quantity, most):
		return fmt.Sprintf("quantity %s is above max_depth_pct %s of the %s within the collar", o.Quantity, most, v.Market.Visible)
	}
	return ""
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
