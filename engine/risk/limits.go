// Package risk decides whether an order intent may become an order.
//
// Check is the only maker of an Approved, and executors take nothing else, so
// an order that was not checked does not compile. Every refusal carries a
// code of one enumeration and the values that led to it.
package risk

import (
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// Limits are what a person wrote in the risk block. A zero value means "not
// written": a written zero is an error long before it comes here. Money is in
// the account's quote currency.
type Limits struct {
	Allow            map[string]Sides        // R03; nil allows every instrument of the file
	MaxOrderQuantity map[string]num.Quantity // R12
	MaxOrderValue    num.Money               // R13
	Collar           num.Rate                // R14; 0.02 is 2 percent
	MaxSpread        num.Rate                // R16; 0.01 is 1 percent of the middle
	MaxDepth         num.Rate                // R17; share of what the book shows within the collar
	FundsBuffer      num.Rate                // R19
	MaxPositionValue num.Money               // R20
	MaxExposure      num.Money               // R21
	MaxOpenOrders    PerInstrument           // R22
	MaxFires         Fires                   // R25
	MaxOrders        Rates                   // R27
	MaxDailyLoss     Loss                    // R30
	MaxDrawdown      num.Rate                // R31
	MaxDailyTraded   num.Money               // R32
}

// Sides says which orders are allowed in an instrument.
type Sides struct {
	Buy, Sell bool
	Kinds     Kinds
}

// Kinds are the kinds of orders that are allowed; none is every kind. Limit is
// with any time in force, the four after it are limit orders with their own.
type Kinds struct{ Market, Limit, GTC, IOC, FOK, PostOnly bool }

// Permit reports whether an order is of such a kind. It lets pass, whatever is written, what ends a position: a stop loss
// sells at the market.
func (k Kinds) Permit(in *order.Intent) bool {
	switch {
	case k == Kinds{} || ends(in):
		return true
	case !in.Limited:
		return k.Market
	case k.Limit:
		return true
	}
	switch in.TIF {
	case order.GTC:
		return k.GTC
	case order.IOC:
		return k.IOC
	case order.FOK:
		return k.FOK
	case order.PostOnly:
		return k.PostOnly
	}
	return false
}

// PerInstrument bounds a count for one instrument and for all.
type PerInstrument struct{ Instrument, Total int }

// Fires bounds how often one rule may fire.
type Fires struct{ Minute, Hour, Day int }

// Rates bounds how many orders may be sent.
type Rates struct{ Second, Minute, Day int }

// Loss is a loss in a day: the smaller of both counts. Rate is a share of the
// day's first equity.
type Loss struct {
	Rate  num.Rate
	Value num.Money
}

// Default is a limit that was not written and the value it takes.
type Default struct{ Key, Value string }

// Effective returns l with every absent limit at its default for a dry run or
// backtest that starts with this equity, and the list of what was filled in.
func (l Limits) Effective(equity num.Money) (Limits, []Default) {
	var filled []Default
	fill := func(absent bool, key, value string, set func()) {
		if absent {
			set()
			filled = append(filled, Default{key, value})
		}
	}
	fill(l.MaxOrderValue.IsZero(), "max_order_value", equity.String(), func() { l.MaxOrderValue = equity })
	fill(l.MaxPositionValue.IsZero(), "max_position_value", equity.String(), func() { l.MaxPositionValue = equity })
	fill(l.MaxExposure.IsZero(), "max_exposure", equity.String(), func() { l.MaxExposure = equity })
	fill(l.Collar.IsZero(), "collar_pct", "2", func() { l.Collar = num.MustRate("0.02") })
	fill(l.MaxSpread.IsZero(), "max_spread_pct", "1", func() { l.MaxSpread = num.MustRate("0.01") })
	fill(l.MaxDepth.IsZero(), "max_depth_pct", "10", func() { l.MaxDepth = num.MustRate("0.1") })
	fill(l.FundsBuffer.IsZero(), "funds_buffer_pct", "0.5", func() { l.FundsBuffer = num.MustRate("0.005") })
	fill(l.MaxOpenOrders == PerInstrument{}, "max_open_orders", "10 / 20", func() { l.MaxOpenOrders = PerInstrument{10, 20} })
	fill(l.MaxFires == Fires{}, "max_fires", "3 / 20 / 100", func() { l.MaxFires = Fires{3, 20, 100} })
	fill(l.MaxOrders == Rates{}, "max_orders", "5 / 60 / 1000", func() { l.MaxOrders = Rates{5, 60, 1000} })
	fill(l.MaxDailyLoss == Loss{}, "max_daily_loss.pct", "20", func() { l.MaxDailyLoss.Rate = num.MustRate("0.2") })
	fill(l.MaxDrawdown.IsZero(), "max_drawdown_pct", "50", func() { l.MaxDrawdown = num.MustRate("0.5") })
	return l, filled
}

// Missing returns the keys of the limits that live trading must have written
// and that are absent.
func (l *Limits) Missing() []string {
	var keys []string
	for _, k := range [...]struct {
		absent bool
		key    string
	}{
		{l.Allow == nil, "allow"},
		{len(l.MaxOrderQuantity) == 0, "max_order_quantity"},
		{l.MaxOrderValue.IsZero(), "max_order_value"},
		{l.MaxPositionValue.IsZero(), "max_position_value"},
		{l.MaxExposure.IsZero(), "max_exposure"},
		{l.MaxDailyLoss == Loss{}, "max_daily_loss"},
		{l.MaxDrawdown.IsZero(), "max_drawdown_pct"},
	} {
		if k.absent {
			keys = append(keys, k.key)
		}
	}
	return keys
}

// LossLimit returns the loss in quote currency at which R30 acts: the smaller
// of the written share of the day's first equity and the written value.
func (l *Limits) LossLimit(c *num.Calc, dayEquity num.Money) num.Money {
	byRate := num.MulDown(c, dayEquity, l.MaxDailyLoss.Rate, valuationScale)
	switch {
	case l.MaxDailyLoss.Value.IsZero():
		return byRate
	case l.MaxDailyLoss.Rate.IsZero():
		return l.MaxDailyLoss.Value
	}
	return byRate.Min(l.MaxDailyLoss.Value)
}
