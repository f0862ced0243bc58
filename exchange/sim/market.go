package sim

import (
	"fmt"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// Liquidity states levels of the market's own book: size 0 takes a level
// away, reset makes the given levels the whole book. A level that is stated
// shows its size anew, whatever users took from it before.
func (x *Exchange) Liquidity(instrument string, at market.Time, reset bool, bids, asks []market.Level) error {
	b := x.books[instrument]
	if b == nil {
		return fmt.Errorf("sim: liquidity of %q: not listed", instrument)
	}
	if reset {
		b.pending, b.laddered = false, false
		b.bids.edge, b.asks.edge = num.Price{}, num.Price{}
		b.bids.withdraw()
		b.asks.withdraw()
	}
	b.spread()
	b.bids.state(bids, &b.inst)
	b.asks.state(asks, &b.inst)
	x.meet(at, b)
	return nil
}

func (s *side) state(levels []market.Level, inst *market.Instrument) {
	for _, l := range levels {
		price, ok := onTick(l.Price, inst.Tick, s.ask)
		if !ok {
			continue // below one tick: no order can be there
		}
		size, ok := onLot(l.Size, inst.Lot)
		if !ok {
			size = num.Quantity{}
		}
		s.set(price, size)
	}
}

// Quote makes Ladder(q) the market's whole book.
func (x *Exchange) Quote(instrument string, at market.Time, q market.Quote) error {
	return x.Told(instrument, at, q, market.Depth{})
}

// Told makes a quote and the levels told behind it the market's book; without
// levels, Ladder(q).
func (x *Exchange) Told(instrument string, at market.Time, q market.Quote, d market.Depth) error {
	b := x.books[instrument]
	if b == nil {
		return fmt.Errorf("sim: quote of %q: not listed", instrument)
	}
	x.quote(at, b, q, d)
	return nil
}

func (x *Exchange) quote(at market.Time, b *book, q market.Quote, d market.Depth) {
	b.pending, b.quote = true, q
	b.depth.Set(d)
	if b.resting > 0 || b.parted > 0 {
		b.spread()
		if b.bounded() {
			b.bids.sight()
			b.asks.sight()
		}
		x.meet(at, b)
	}
}

// meet trades users' resting orders against the market's levels that now
// stand at or through their prices.
func (x *Exchange) meet(at market.Time, b *book) {
	if b.resting == 0 && b.parted == 0 {
		return
	}
	if b.fills.Queue == ByBook {
		b.clamp(&b.bids)
		b.clamp(&b.asks)
	}
	x.meetSide(at, b, &b.bids, &b.asks)
	x.meetSide(at, b, &b.asks, &b.bids)
	x.settle(at, b)
}

func (x *Exchange) meetSide(at market.Time, b *book, users, far *side) {
	left, bounded := b.beyond(users, far)
	for {
		l, i := users.firstUser(), far.firstShown()
		if l == nil || i < 0 || far.better(l.price, far.levels[i].price) || b.invented(far, i) {
			return
		}
		e := l.orders[0]
		q := e.Remaining().Min(far.levels[i].shown)
		if bounded {
			if q = q.Min(left); q.IsZero() {
				return
			}
			left = less(left, q)
		}
		id := x.tape(at, b, e.Price, q, e.Side.Opposite())
		far.consume(i, q)
		b.owes(q)
		x.passive(at, b, e, q, id)
	}
}

// passive executes a resting order against the market.
func (x *Exchange) passive(at market.Time, b *book, e *entry, q num.Quantity, id int64) {
	var p posting
	if !x.post(&p, &b.inst, e, e.Price, q, x.charge(at, e, &b.inst, true), false) {
		x.end(at, b, e, ByAmount)
		return
	}
	x.commit(&p, e.acct)
	x.fill(b, e, Last{id, at, e.Price, q}, p.fee, true)
}

// Trade prints a market trade and fills users' resting orders with it. It
// returns the number of the print.
func (x *Exchange) Trade(instrument string, at market.Time, t market.Trade) (int64, error) {
	b := x.books[instrument]
	if b == nil {
		return 0, fmt.Errorf("sim: trade of %q: not listed", instrument)
	}
	return x.trade(at, b, t), nil
}

func (x *Exchange) trade(at market.Time, b *book, t market.Trade) int64 {
	b.print = max(b.print+1, t.ID)
	t.ID = b.print
	b.saw(t.Price)
	x.show(at, b, t)
	if b.resting > 0 {
		x.through(at, b, t)
	}
	x.settle(at, b)
	return t.ID
}

// through fills users' resting orders with a market trade.
func (x *Exchange) through(at market.Time, b *book, t market.Trade) {
	p := b.permit(t)
	b.bids.passed(t.Price)
	b.asks.passed(t.Price)
	x.pass(at, b, &b.bids, t, &p)
	x.pass(at, b, &b.asks, t, &p)
	if t.Buyer {
		x.reach(at, b, &b.asks, t, &p)
	} else {
		x.reach(at, b, &b.bids, t, &p)
	}
}

// pass fills the orders whose price the trade went through.
func (x *Exchange) pass(at market.Time, b *book, s *side, t market.Trade, p *permit) {
	for {
		l := s.firstUser()
		if l == nil || !s.better(l.price, t.Price) {
			return
		}
		q := p.within(l.orders[0].Remaining())
		if q.IsZero() {
			return
		}
		p.use(q)
		x.passive(at, b, l.orders[0], q, t.ID)
	}
}

// reach uses a trade up along the queue at its own price.
func (x *Exchange) reach(at market.Time, b *book, s *side, t market.Trade, p *permit) {
	i, found := s.find(t.Price)
	left, ok := onLot(t.Size, b.inst.Lot)
	if !found || !ok || len(s.levels[i].orders) == 0 {
		return
	}
	queue := append([]*entry(nil), s.levels[i].orders...)
	var gone num.Quantity // of the market's quantity
	for _, e := range queue {
		if e.blind {
			e.blind, e.ahead = false, s.touch.Size
		}
		wait := less(e.ahead, gone).Min(left)
		var c num.Calc
		gone, left = num.Add(&c, gone, wait), less(left, wait)
		q := e.Remaining().Min(left)
		if q.IsZero() {
			break
		}
		if q = p.within(q); q.IsZero() {
			break
		}
		p.use(q)
		left = less(left, q)
		x.passive(at, b, e, q, t.ID)
	}
	for _, e := range queue {
		e.ahead = less(e.ahead, gone)
	}
}
