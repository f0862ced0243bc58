package risk

// Code names why an order was denied. The codes are stable: they stand in
// the journal and in people's scripts.
type Code string

// The denial codes, in the order in which the checks run.
const (
	CodeHalt       Code = "R01" // a halt is set
	CodeAllow      Code = "R03" // instrument or side is not on the allow-list
	CodeListing    Code = "R04" // the trading rules of the instrument are too old
	CodeSession    Code = "R05" // not reconciled with the exchange
	CodeUnproven   Code = "R06" // orders whose outcome is not proven
	CodeBook       Code = "R07" // book invalid, crossed or too old
	CodeInputs     Code = "R08" // the bar behind the decision is too old
	CodeBalance    Code = "R09" // what the exchange holds for us is not known well enough
	CodeSteps      Code = "R11" // tick, lot or minimum
	CodeQuantity   Code = "R12" // order quantity
	CodeValue      Code = "R13" // order value
	CodeCollar     Code = "R14" // price too far from the market
	CodeSpread     Code = "R16" // spread too wide
	CodeDepth      Code = "R17" // too much of what the book shows
	CodeShort      Code = "R18" // selling more than is held
	CodeFunds      Code = "R19" // not enough funds
	CodePosition   Code = "R20" // position value
	CodeExposure   Code = "R21" // exposure of all instruments
	CodeLiveOrders Code = "R22" // live orders
	CodeDuplicate  Code = "R23" // the same order a moment ago
	CodeOwnCross   Code = "R24" // would trade with an order of our own
	CodeThrottle   Code = "R25" // the rule fired too often and is off
	CodeRepeat     Code = "R26" // the rule fired already at this bar
	CodeRate       Code = "R27" // orders per time
	CodeRejects    Code = "R29" // the exchange refuses one order after the other
	CodeDailyLoss  Code = "R30" // the day's loss
	CodeDrawdown   Code = "R31" // fall from the highest equity
	CodeTraded     Code = "R32" // value traded in a day
	CodeRatio      Code = "R34" // many orders, few fills

	CodeOpposed Code = "OPPOSED"  // the strategy's own action of the same event goes the other way
	CodeSize    Code = "SIZE"     // the size is not a usable number
	CodePrice   Code = "PRICE"    // the price of a limit or stop order is not a usable number
	CodeAge     Code = "AGE"      // later after the event than max_age allows
	CodeNotSent Code = "NOT_SENT" // approved, but nothing could be sent
	CodeRule    Code = "RULE"     // a rule's halt: no denial, but what R01 then names
)

var sentences = [...]struct {
	code Code
	text string
}{
	{CodeHalt, "A halt is set: no new order leaves."},
	{CodeAllow, "The instrument or side is not on the allow-list."},
	{CodeListing, "The instrument's trading rules were not looked up for too long."},
	{CodeSession, "Orders and balances are not reconciled with the exchange."},
	{CodeUnproven, "An earlier order's outcome is not proven yet."},
	{CodeBook, "The order book is invalid, crossed or too old."},
	{CodeInputs, "The bar behind the decision is too old."},
	{CodeBalance, "The exchange has not said for too long what it holds for us."},
	{CodeSteps, "Price or quantity does not fit tick, lot or minimum."},
	{CodeQuantity, "The order is larger than max_order_quantity."},
	{CodeValue, "The order is worth more than max_order_value."},
	{CodeCollar, "The price is outside the collar around the market."},
	{CodeSpread, "Bid and ask are too far apart."},
	{CodeDepth, "The order is too large for what the book shows."},
	{CodeShort, "The order sells more than the strategy holds."},
	{CodeFunds, "The order needs more funds than are available."},
	{CodePosition, "The position would be worth more than max_position_value."},
	{CodeExposure, "All positions and orders would be worth more than max_exposure."},
	{CodeLiveOrders, "There are too many live orders."},
	{CodeDuplicate, "The same order was sent a moment ago."},
	{CodeOwnCross, "The order would trade with a resting order of our own."},
	{CodeThrottle, "The rule fired too often and was switched off."},
	{CodeRepeat, "The rule fired already at this bar."},
	{CodeRate, "Too many orders in a short time."},
	{CodeRejects, "The exchange refused too many orders of the instrument in a short time."},
	{CodeDailyLoss, "The day's loss reached its limit: reducing orders only."},
	{CodeDrawdown, "The drawdown reached its limit."},
	{CodeTraded, "More would be traded in the day than max_daily_traded: reducing orders only."},
	{CodeRatio, "Too many orders for the fills they had in the last hour."},
	{CodeOpposed, "The strategy wants the opposite in the same event."},
	{CodeSize, "The size is not a usable number."},
	{CodePrice, "The price of the order is not a usable number."},
	{CodeAge, "The decision came later after its event than max_age allows."},
	{CodeNotSent, "The order was approved but could not be sent."},
}

// Codes returns every denial code in the order of the checks.
func Codes() []Code {
	codes := make([]Code, 0, len(sentences))
	for _, s := range sentences {
		codes = append(codes, s.code)
	}
	return codes
}

// Sentence says in words what the code means.
func (c Code) Sentence() string {
	for _, s := range sentences {
		if s.code == c {
			return s.text
		}
	}
	return "unknown denial code " + string(c)
}
