package okx

import (
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

// The currencies that the size of a market order counts.
const (
	inBase  = "base_ccy"
	inQuote = "quote_ccy"
)

// market makes a market order. The matching engine knows buys that spend and
// sells that give; the two others are made of limit orders that do not rest,
// and of what the book shows.
func (t *trader) market(o *orderTexts, inst *market.Instrument, r *sim.Request, m *mark) (no *fault) {
	target := o.tgtCcy
	if target == "" {
		target = inBase
		if r.Side == order.Buy {
			target = inQuote
		}
	}
	m.sz, m.tgtCcy = o.sz, target
	r.Type = sim.Market
	switch {
	case target != inBase && target != inQuote:
		return invalid("tgtCcy")
	case r.Side == order.Buy && target == inQuote:
		if r.Notional, no = readAmount("sz", o.sz, num.ParseMoney); no == nil && !o.banAmend {
			r.Notional = r.Notional.Min(t.available(inst.Quote))
		}
	case r.Side == order.Buy:
		return t.buyBase(o, inst, r)
	case target == inQuote:
		no = t.sellQuote(o, inst, r)
	default:
		r.Quantity, no = readAmount("sz", o.sz, num.ParseQuantity)
	}
	if no == nil && r.Side == order.Sell && !o.banAmend {
		no = shrink(&r.Quantity, num.AsQuantity(t.available(inst.Base)), inst.Lot)
	}
	if no == nil && r.Quantity.IsZero() && r.Notional.IsZero() {
		return &faultFunds
	}
	return no
}

// shrink cuts a size to what is there.
func shrink(size *num.Quantity, most, lot num.Quantity) *fault {
	if !most.Less(*size) {
		return nil
	}
	cut, err := num.FloorTo(most, lot)
	if err != nil {
		return &faultLarge
	}
	*size = cut
	return nil
}

// available returns what the account has free of a currency.
func (t *trader) available(currency string) num.Money {
	for _, b := range t.state.Balances(t.account) {
		if b.Currency == currency {
			return b.Available
		}
	}
	return num.Money{}
}

// buyBase buys a size, at 5 % above the best price at most, which is also what
// is reserved for it.
func (t *trader) buyBase(o *orderTexts, inst *market.Instrument, r *sim.Request) (no *fault) {
	if r.Quantity, no = readAmount("sz", o.sz, num.ParseQuantity); no != nil {
		return no
	}
	_, asks, _ := t.state.Book(inst.ID)
	if len(asks) == 0 {
		return &faultNoMatch
	}
	var c num.Calc
	price, err := num.FloorTo(num.Mul(&c, asks[0].Price, num.MustRate("1.05")), inst.Tick)
	if err != nil || c.Err() != nil {
		return &faultLarge
	}
	r.Type, r.TIF, r.Price = sim.Limit, order.IOC, price
	if o.banAmend {
		return nil
	}
	free := t.available(inst.Quote)
	need := num.Cost(&c, price, r.Quantity)
	if c.Err() != nil {
		return &faultLarge
	}
	if free.Less(need) {
		if r.Quantity = num.QuantityFor(&c, free, price, inst.Lot); r.Quantity.IsZero() {
			return &faultFunds
		}
	}
	return nil
}

// sellQuote sells what the book shows to be worth the size.
func (t *trader) sellQuote(o *orderTexts, inst *market.Instrument, r *sim.Request) *fault {
	want, no := readAmount("sz", o.sz, num.ParseMoney)
	if no != nil {
		return no
	}
	bids, _, _ := t.state.Book(inst.ID)
	if len(bids) == 0 {
		return &faultNoMatch
	}
	var c num.Calc
	for _, l := range bids {
		part := num.QuantityFor(&c, want, l.Price, inst.Lot).Min(l.Size)
		r.Quantity = num.Add(&c, r.Quantity, part)
		want = num.Sub(&c, want, num.Cost(&c, l.Price, part))
		if part.Less(l.Size) {
			break
		}
	}
	if c.Err() != nil {
		return &faultLarge
	}
	if r.Quantity.IsZero() {
		return &faultMinimum
	}
	return nil
}
