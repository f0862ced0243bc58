package exchange

import (
	"rulebot/engine/market"
	"rulebot/engine/order"
)

// Abilities are what an exchange does of what a strategy may want, as data: for
// those who compare exchanges before anything runs.
type Abilities struct {
	Candles []market.Timeframe  // of which it keeps closed ones, days and weeks from midnight UTC; shortest first
	Kept    int                 // how many of each it is sure to keep; 0 is years of them
	InForce []order.TimeInForce // of the orders that it takes
	Stops   bool                // it keeps a stop and places it by itself
	Orders  Limit               // new orders, as we send them
}
