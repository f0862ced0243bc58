package risk

import (
	"fmt"

	"rulebot/engine/order"
)

// checkListing does not hold back for its age what ends a position: rules that
// changed meanwhile are the exchange's to apply. What is not traded is not sold
// either.
func checkListing(o *order.Order, v *View, t *trace) string {
	if state := v.Market.Instrument.State; !holds(t, state == "", "the exchange trades it", state == "", true) {
		return fmt.Sprintf("the exchange does not trade %s: %s", o.Instrument, state)
	}
	age := v.Market.ListedAge
	if age == 0 || ends(&o.Intent) || holds(t, age <= listedAgeMax, "since the instrument was listed", age, listedAgeMax) {
		return ""
	}
	return fmt.Sprintf("%s was last listed %v ago, at most %v", o.Instrument, age, listedAgeMax)
}

// checkSignal holds back what was decided on an event that waited: the market
// has moved on. What ends a position goes all the same, at the price of now.
func checkSignal(o *order.Order, v *View, t *trace) string {
	if ends(&o.Intent) || holds(t, v.Waited <= signalAgeMax, "since the event came", v.Waited, signalAgeMax) {
		return ""
	}
	return fmt.Sprintf("what it was decided on came %v ago, at most %v", v.Waited, signalAgeMax)
}

// checkBalance holds back what adds. What sells is bounded by what its
// strategy bought.
func checkBalance(o *order.Order, v *View, t *trace) string {
	f := &v.Funds
	if o.Side == order.Sell || f.AgeLimit <= 0 || holds(t, f.Age <= f.AgeLimit, "since the balances were told", f.Age, f.AgeLimit) {
		return ""
	}
	return fmt.Sprintf("the exchange told its balances %v ago, at most %v", f.Age, f.AgeLimit)
}
