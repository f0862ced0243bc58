package synth

import (
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// The parameters of the model, fitted to one-minute bars of BTC-USD. Standard
// deviations are of the logarithm of volatility.
const (
	daysSD, daysMinutes   = 0.32, 2880.0
	hoursSD, hoursMinutes = 0.45, 300.0
	fastSD, fastMinutes   = 0.36, 25.0
	whiteSD               = 0.33
	volatility            = 4.7e-4 // of a BTC-USD minute, median

	stepMax = 0.05 // of the price, from point to point

	pullBack = 1.0 / (90 * minutesADay) // of the distance to the first price, a minute

	idleShare, idleHeat = 0.012, -1.5 // minutes without a trade
	idleCalm            = 0.3         // how much such a minute moves
	pointsMin           = 3
	pointsMax           = 8
	quietShare          = 0.15 // points without a trade

	sizeMedian, sizeSD = 0.0019, 1.9
	sizeHeat, sizeMove = 1.0, 0.6 // how sizes rise with volatility and with the minute's move
	withMove           = 0.8      // share of trades in the direction of the move

	wideShare, wideMedian, wideSD = 0.05, 0.10e-4, 0.9 // spreads above one tick, as a share of the price

	touchMedian, touchSD, touchMemory = 1.35, 0.55, 3.0 // BTC at the best price; memory in points
)

// kind is an instrument and how it differs from BTC-USD.
type kind struct {
	market.Instrument
	price    float64 // at the start
	wildness float64 // volatility, BTC-USD is 1
	likeness float64 // correlation of its minutes with the market's direction
	worth    float64 // sizes, BTC-USD is 1
	spread   float64 // share of points with a spread above one tick
}

// kinds lists what can be generated.
func kinds() []kind {
	return []kind{
		{listing("BTC", "0.0001", "0.0001"), 95_000, 1, 0.92, 1, wideShare},
		{listing("ETH", "0.0001", "0.001"), 3_300, 1.25, 0.85, 12, 0.5},
		{listing("LTC", "0.0001", "0.01"), 110, 1.35, 0.7, 150, 0.6},
		{listing("SOL", "0.001", "0.01"), 190, 1.5, 0.78, 120, 0.6},
	}
}

func listing(base, lot, least string) market.Instrument {
	return market.Instrument{
		ID: base + "-USD", Base: base, Quote: "USD",
		Tick: num.MustPrice("0.01"), Lot: num.MustQuantity(lot), Min: num.MustQuantity(least),
	}
}
