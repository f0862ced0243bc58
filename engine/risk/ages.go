package risk

import (
	"fmt"

	"rulebot/engine/order"
)

// checkListing does not hold back what ends a position: rules that changed
// meanwhile are the exchange's to apply.
func checkListing(o *order.Order, v *View, t *trace) string {
	age := v.Market.ListedAge
	if age == 0 || ends(&o.Intent) || holds(t, age <= listedAgeMax, "since the instrument was listed", age, listedAgeMax) {
		return ""
	}
	return fmt.Sprintf("%s was last listed %v ago, at most %v", o.Instrument, age, listedAgeMax)
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
