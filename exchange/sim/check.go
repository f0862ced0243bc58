package sim

import (
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// settleForm fills in what zero values mean and refuses what has no meaning.
func (r *Request) settleForm() *Refusal {
	if r.Type == 0 {
		r.Type = Limit
	}
	switch {
	case r.Type == Market:
		r.TIF = order.IOC
	case r.TIF == 0:
		r.TIF = order.GTC
	}
	switch {
	case r.Side != order.Buy && r.Side != order.Sell:
		return refuse(BadOrder, "side %s is neither buy nor sell", r.Side)
	case r.Type > Market || r.TIF > order.PostOnly:
		return refuse(BadOrder, "type %s with time in force %s", r.Type, r.TIF)
	case r.Type == Market && !r.Price.IsZero():
		return refuse(BadPrice, "a market order has no price, got %s", r.Price)
	}
	return nil
}

// check refuses an order that breaks the instrument's rules, and returns what
// it has to hold.
func (b *book) check(r *Request) (num.Money, *Refusal) {
	if r.Type == Market && r.Side == order.Buy {
		return b.checkNotional(r)
	}
	if no := b.checkGrid(r); no != nil {
		return num.Money{}, no
	}
	if r.Type == Market {
		if no := b.checkValue(r); no != nil {
			return num.Money{}, no
		}
	}
	if r.Side == order.Sell {
		return r.Quantity.Money(), nil
	}
	var c num.Calc
	cost := num.Cost(&c, r.Price, r.Quantity)
	if c.Err() != nil {
		return num.Money{}, refuse(TooLarge, "%v", c.Err())
	}
	return cost, nil
}

func (b *book) checkGrid(r *Request) *Refusal {
	i := &b.inst
	switch {
	case !r.Notional.IsZero():
		return refuse(BadNotional, "only a market buy is measured in money, got %s", r.Notional)
	case r.Type == Limit && r.Price.Sign() <= 0:
		return refuse(BadPrice, "price %s is not positive", r.Price)
	case r.Type == Limit && !num.IsMultiple(r.Price, i.Tick):
		return refuse(BadTick, "price %s is not a multiple of %s", r.Price, i.Tick)
	case r.Quantity.Sign() <= 0 || r.Quantity.Less(i.Min):
		return refuse(BelowMinimum, "quantity %s is below %s", r.Quantity, i.Min)
	case !num.IsMultiple(r.Quantity, i.Lot):
		return refuse(BadLot, "quantity %s is not a multiple of %s", r.Quantity, i.Lot)
	}
	return nil
}

// checkNotional asks that the money buys the minimum at the best price, as
// far as there is one.
func (b *book) checkNotional(r *Request) (num.Money, *Refusal) {
	if !r.Quantity.IsZero() || r.Notional.Sign() <= 0 || r.Notional.Scale() > feeScale {
		return num.Money{}, refuse(BadNotional, "a market buy spends money of at most %d decimals, got %s and quantity %s",
			feeScale, r.Notional, r.Quantity)
	}
	if no := b.checkValue(r); no != nil || len(b.asks.levels) == 0 {
		return r.Notional, no
	}
	var c num.Calc
	least := num.Cost(&c, b.asks.levels[0].price, b.inst.Min)
	if c.Err() == nil && r.Notional.Less(least) {
		return num.Money{}, refuse(BelowMinimum, "%s %s buys less than %s", r.Notional, b.inst.Quote, b.inst.Min)
	}
	return r.Notional, nil
}

// checkValue refuses a market order that is worth more than one may be, as far
// as there is a price to tell.
func (b *book) checkValue(r *Request) *Refusal {
	if b.marketMax.IsZero() {
		return nil
	}
	worth := r.Notional
	if r.Side == order.Sell && len(b.bids.levels) > 0 {
		var c num.Calc
		worth = num.Cost(&c, b.bids.levels[0].price, r.Quantity)
		if c.Err() != nil {
			return refuse(TooLarge, "%v", c.Err())
		}
	}
	if b.marketMax.Less(worth) {
		return refuse(TooValuable, "a market order of %s %s is worth more than %s", worth, b.inst.Quote, b.marketMax)
	}
	return nil
}
