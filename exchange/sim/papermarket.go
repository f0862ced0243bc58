package sim

import (
	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// stretch takes quotes and trades at once that meet no order.
func (p *Paper) stretch(b *book, ev *engine.Event) {
	if ev.Market.Stretch.Trades > 0 {
		b.print = max(b.print+int64(ev.Market.Stretch.Trades), ev.Trade.ID)
		b.saw(ev.Market.Stretch.Low)
		b.saw(ev.Market.Stretch.High)
		b.saw(ev.Trade.Price)
	}
	if ev.Market.Stretch.Quotes > 0 {
		b.told = true
		p.x.quote(p.now, b, ev.Quote, market.Depth{})
	}
}

// bar makes the market of an instrument of which only bars are known.
func (p *Paper) bar(b *book, bar *market.Bar) {
	if bar.Check() != nil {
		return // nothing can be believed of it
	}
	quarter := share(bar.Volume, "0.25", b.inst.Lot)
	if quarter.Sign() > 0 {
		last := bar.O
		for _, price := range path(bar) {
			p.x.trade(p.now, b, market.Trade{Price: price, Size: quarter, Buyer: !price.Less(last)})
			last = price
		}
	}
	if q, ok := p.around(bar.C, &b.inst); ok {
		q.BidSize = share(bar.Volume, "0.05", b.inst.Lot).Max(ten(b.inst.Min.Max(b.inst.Lot)))
		q.AskSize = q.BidSize
		p.x.quote(p.now, b, q, market.Depth{})
	}
}

// path returns open, nearer extreme, farther extreme, close.
func path(b *market.Bar) [4]num.Price {
	var c num.Calc
	up, down := num.Sub(&c, b.H, b.O), num.Sub(&c, b.O, b.L)
	highFirst := up.Less(down) || up == down && b.C.Less(b.O)
	if c.Err() != nil {
		highFirst = b.C.Less(b.O)
	}
	if highFirst {
		return [4]num.Price{b.O, b.H, b.L, b.C}
	}
	return [4]num.Price{b.O, b.L, b.H, b.C}
}

// around returns the quote price ± half the spread, at least a tick wide.
func (p *Paper) around(price num.Price, inst *market.Instrument) (market.Quote, bool) {
	var c num.Calc
	half := num.Mul(&c, price, p.half)
	low, high := num.Sub(&c, price, half), num.Add(&c, price, half)
	if c.Err() != nil {
		low, high = price, price
	}
	bid, ok := onTick(low, inst.Tick, false)
	ask, fits := onTick(high, inst.Tick, true)
	if ok && fits && !bid.Less(ask) {
		var w num.Calc
		ask = num.Add(&w, bid, inst.Tick)
		fits = w.Err() == nil
	}
	return market.Quote{Bid: bid, Ask: ask}, ok && fits
}

// share returns a part of q rounded down to the lot.
func share(q num.Quantity, part string, lot num.Quantity) num.Quantity {
	var c num.Calc
	r, ok := onLot(num.Mul(&c, q, num.MustRate(part)), lot)
	if c.Err() != nil || !ok {
		return num.Quantity{}
	}
	return r
}

func ten(q num.Quantity) num.Quantity {
	var c num.Calc
	if r := num.Mul(&c, q, num.MustRate("10")); c.Err() == nil {
		return r
	}
	return q
}
