package okcoin

import (
	"rulebot/engine/num"
	"rulebot/exchange/sim"
)

// Rules are the exchange's bounds on one order: no order that takes goes more
// than 5 % beyond the best price, and no market order is worth more than
// 100,000 USD. Of what is quoted in other currencies only the dollar's coins
// are valued, as a dollar each.
func Rules() sim.Rules {
	most := num.MustMoney("100000")
	return sim.Rules{
		Guard:     num.MustRate("0.05"),
		MarketMax: map[string]num.Money{"USD": most, "USDT": most, "USDC": most, "USDK": most},
	}
}
