package risk

// Code names why an order was denied. The codes are stable: they stand in
// the journal and in people's scripts.
type Code string

// The denial codes, in the order in which the checks run; then those that come
// from elsewhere.
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
	CodeSignal     Code = "R33" // what it was decided on is too old
	CodeRatio      Code = "R34" // many orders, few fills

	CodeOpposed Code = "OPPOSED"  // the strategy's own action of the same event goes the other way
	CodeSize    Code = "SIZE"     // the size is not a usable number
	CodePrice   Code = "PRICE"    // the price of a limit or stop order is not a usable number
	CodeAge     Code = "AGE"      // later after the event than max_age allows
	CodeNotSent Code = "NOT_SENT" // approved, but nothing could be sent

	// Of alerts, and of halts that R01 then names.
	CodeFillPrice  Code = "FILL_PRICE" // executed at worse than the order was sent with
	CodeFee        Code = "FEE"        // executed for more than was expected
	CodeSender     Code = "SENDER"     // more orders with our mark than we intended
	CodeBalances   Code = "BALANCE"    // what the exchange holds for us is not what we count
	CodeConflict   Code = "CONFLICT"   // what the exchange says of an order cannot be
	CodeLate       Code = "LATE"       // an order that was proven absent showed
	CodeDoubt      Code = "DOUBT"      // something at the exchange could be an order that is not proven
	CodeAuth       Code = "AUTH"       // key, signature or account refused
	CodeInstrument Code = "INSTRUMENT" // trading in the instrument refused
	CodeExact      Code = "EXACT"      // an amount that cannot be computed exactly
	CodeRestored   Code = "RESTORED"   // the store is an older one
	CodeCrashes    Code = "CRASHES"    // run after run did not end well
	CodeRule       Code = "RULE"       // a rule's halt
	CodeOperator   Code = "OPERATOR"   // a person's
)

var sentences = [...]struct {
	code Code
	text string
}{
	{CodeHalt, "A halt is set: no new order leaves."},
	{CodeAllow, "The instrument, side or kind of order is not on the allow-list."},
	{CodeListing, "The exchange does not trade the instrument, or its rules were not looked up for too long."},
	{CodeSession, "Orders and balances are not reconciled with the exchange."},
	{CodeUnproven, "An earlier order's outcome is not proven yet."},
	{CodeBook, "The order book is invalid, crossed or too old."},
	{CodeInputs, "The bar behind the decision is too old."},
	{CodeBalance, "The exchange has not said for too long what it holds for us."},
	{CodeSteps, "Price or quantity does not fit tick, lot, minimum or maximum."},
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
	{CodeSignal, "The event behind the decision waited too long."},
	{CodeRatio, "Too many orders for the fills they had in the last hour."},
	{CodeOpposed, "The strategy wants the opposite in the same event."},
	{CodeSize, "The size is not a usable number."},
	{CodePrice, "The price of the order is not a usable number."},
	{CodeAge, "The decision came later after its event than max_age allows."},
	{CodeNotSent, "The order was approved but could not be sent."},
	{CodeFillPrice, "An order was executed at a worse price than it was sent with."},
	{CodeFee, "An execution cost more than twice the fee that was expected."},
	{CodeSender, "The exchange has orders with our mark that this bot did not send."},
	{CodeBalances, "The exchange holds something else for us than we count."},
	{CodeConflict, "What the exchange says of an order cannot be true of what was sent."},
	{CodeLate, "An order that was proven never accepted showed at the exchange."},
	{CodeDoubt, "Something at the exchange could be an order of ours that is not proven."},
	{CodeAuth, "The exchange refused the key, the signature or the account."},
	{CodeInstrument, "The exchange refused to trade the instrument."},
	{CodeExact, "An amount could not be computed exactly."},
	{CodeRestored, "The store was damaged, and an older backup of it is in its place."},
	{CodeCrashes, "Run after run did not end well, within minutes."},
	{CodeRule, "A rule halted the bot."},
	{CodeOperator, "A person halted the bot."},
}

// after is a code of an alert or a halt, and what it leads to.
type after struct {
	code Code
	acts string
}

// posted is what follows such a code: an alert is told, and a halt waits for
// bot resume.
var posted = [...]after{
	{CodeFillPrice, "an alert; the third within an hour halts everything"},
	{CodeFee, "an alert; no entries in the instrument, and what is held may be sold"},
	{CodeSender, "halts everything"},
	{CodeBalances, "nothing new until they agree; after five more looks halts everything, and `bot resume` takes the exchange's count over"},
	{CodeConflict, "halts the instrument"},
	{CodeLate, "it is booked; halts the instrument"},
	{CodeDoubt, "halts the instrument"},
	{CodeAuth, "halts everything"},
	{CodeInstrument, "halts the instrument"},
	{CodeExact, "halts everything"},
	{CodeRestored, "halts everything"},
	{CodeCrashes, "halts everything"},
	{CodeRule, "halts everything"},
	{CodeOperator, "halts everything"},
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
