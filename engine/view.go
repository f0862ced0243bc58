package engine

import (
	"math"

	"rulebot/engine/order"
)

// view collects what the strategy's expressions may read. It is valid until
// the next view: one place is used again and again.
func (e *Engine) view(t *trader) *View { return e.glance(t).Whole() }

// glance is a view that collects only what the guards of rules look at. The
// rest, which the conditions of most rules never read, is collected when it is
// asked for: nothing that it tells moves while rules are read.
func (e *Engine) glance(t *trader) *View {
	v := &e.seen
	v.At, v.Opened, v.State = e.at, e.at, t.state
	v.engine, v.trader = e, t
	v.Position.Long, v.Position.Entries = !e.flat(t), 0
	if v.Position.Long {
		v.Position.Entries = float64(t.hold.Entries)
	}
	v.Orders, v.entering, v.opening = OrdersView{}, 0, false
	e.countOrders(t, v)
	return v
}

// Whole returns v with everything in it that an expression may read. A Program
// calls it before it reads any field but the times.
func (v *View) Whole() *View {
	if v.trader != nil {
		v.complete()
	}
	return v
}

func (v *View) complete() {
	e, t := v.engine, v.trader
	v.engine, v.trader = nil, nil
	v.Account, v.Market = *e.account.view(), *e.markets[t.market].look()
	v.Trades, v.LastFill = t.tradesView(e.at), t.trips.lastFill()
	p := e.position(t)
	pos := &v.Position
	*pos = PositionView{EntryPrice: math.NaN(), MaxPrice: math.NaN(), MinPrice: math.NaN(), Long: pos.Long, Entries: pos.Entries}
	if !pos.Long {
		return
	}
	cost := p.Cost.Float()
	pos.Qty = p.Quantity.Float()
	pos.Value = float64(pos.Qty * v.Market.Last)
	pos.EntryPrice = p.Entry().Float()
	pos.PnL = pos.Value - cost
	if cost > 0 {
		pos.PnLPct = 100 * pos.PnL / cost
	}
	pos.Bars = float64(t.hold.Bars)
	pos.MaxPrice, pos.MinPrice = t.hold.Max.Float(), t.hold.Min.Float()
}

// countOrders counts the strategy's live orders, and the stops that wait. What
// is over and not booked yet is on its way all the same.
func (e *Engine) countOrders(t *trader, v *View) {
	for _, o := range e.book.live {
		if o.Strategy != t.strategy.Name {
			continue
		}
		if o.Side == order.Buy {
			v.opening = true
			v.entering += count(o.Booked.IsZero())
		}
		if !o.State.Live() {
			continue
		}
		v.Orders.Open++
		if o.Side == order.Sell {
			v.Orders.Sells++
			continue
		}
		v.Orders.Buys++
	}
	for i := range e.book.standing {
		s := &e.book.standing[i]
		if s.Strategy != t.strategy.Name {
			continue
		}
		if s.Side == order.Buy {
			v.opening = true
			v.entering++
		}
		if !s.stop() {
			continue
		}
		v.Orders.Open++
		if s.Side == order.Sell {
			v.Orders.Sells++
		} else {
			v.Orders.Buys++
		}
	}
}

// look returns the market as rules read it, computed once for each of its
// moves that somebody looks at.
func (m *marketState) look() *MarketView {
	x := &m.floats
	if m.looked {
		return x
	}
	m.looked = true
	*x = MarketView{Last: m.last.Float(), Bid: math.NaN(), Ask: math.NaN(), BidSize: math.NaN(), AskSize: math.NaN()}
	if m.last.IsZero() {
		x.Last = math.NaN()
	}
	switch {
	case m.quoteAt == 0:
		x.Why = CauseNoData
	case !m.valid || m.quote.Crossed():
		x.Why = CauseStale
	default:
		q := &m.quote
		x.Bid, x.Ask, x.BidSize, x.AskSize = q.Bid.Float(), q.Ask.Float(), q.BidSize.Float(), q.AskSize.Float()
		x.Bids, x.Asks = m.depth.Bids, m.depth.Asks
	}
	return x
}
