package sim

import (
	"slices"
	"strconv"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// firstID makes order ids 16 digits long.
const firstID = 1_000_000_000_000_000

// Submit places an order and matches it. The order returned is as it stands
// afterwards; what happened on the way is in Drain.
func (x *Exchange) Submit(at market.Time, r Request) (Order, *Refusal) {
	b, a := x.books[r.Instrument], x.accounts[r.Account]
	switch {
	case b == nil:
		return Order{}, refuse(BadInstrument, "instrument %q is not listed", r.Instrument)
	case a == nil:
		return Order{}, refuse(BadAccount, "account %q is not known", r.Account)
	}
	if no := r.settleForm(); no != nil {
		return Order{}, no
	}
	e, no := x.enter(at, b, a.name, r)
	if no != nil {
		return Order{}, no
	}
	x.tell(at, e)
	x.match(at, b, e)
	x.settle(at, b)
	return e.Order, nil
}

// enter checks an order, holds what it may give and keeps it.
func (x *Exchange) enter(at market.Time, b *book, account string, r Request) (*entry, *Refusal) {
	b.spread()
	a := x.accounts[account]
	amount, no := b.check(&r)
	if no == nil {
		no = x.hold(a, gives(&b.inst, r.Side), amount)
	}
	if no != nil {
		return nil, no
	}
	e := x.accept(at, a, &b.inst, r)
	e.held = amount
	return e, nil
}

// settle ends an operation: what its prints triggered is placed, then the
// parts that are due, and each balance it changed is told once.
func (x *Exchange) settle(at market.Time, b *book) {
	x.trigger(at, b)
	for x.work(at, b) {
		x.trigger(at, b)
	}
	x.tellBalances(at)
}

// accept gives an order its id and keeps it.
func (x *Exchange) accept(at market.Time, a *account, inst *market.Instrument, r Request) *entry {
	x.counts.Orders++
	e := &entry{acct: a, Order: Order{
		Request: r, ID: strconv.FormatInt(firstID+x.counts.Orders, 10), State: order.Open,
		Created: at, Changed: at, FeeCurrency: receives(inst, r.Side),
	}}
	x.keep(e)
	return e
}

func (x *Exchange) keep(e *entry) {
	e.acct.orders = append(e.acct.orders, e)
	x.orders[e.ID] = e
	if e.ClientID != "" {
		e.acct.clients[e.ClientID] = e
	}
}

// match lets a new order take what it may, then rests or ends it.
func (x *Exchange) match(at market.Time, b *book, e *entry) {
	far := b.side(e.Side.Opposite())
	switch {
	case e.TIF == order.PostOnly && far.within(e):
		x.end(at, b, e, ByPostOnly)
		return
	case e.TIF == order.FOK && !far.covers(e):
		x.end(at, b, e, ByFOK)
		return
	case b.strays(e, far):
		x.end(at, b, e, ByGuard)
		return
	}
	for e.live() && far.within(e) {
		if !x.takeNext(at, b, e, far) {
			break
		}
	}
	switch {
	case !e.live():
	case e.Type == Limit && (e.TIF == order.GTC || e.TIF == order.PostOnly):
		b.rest(e)
	case e.byNotional() && e.State == order.Partial && len(far.levels) > 0:
		x.fulfil(at, b, e) // what is left buys less than a lot
	default:
		x.end(at, b, e, ByRest)
	}
}

// within reports whether the order may take the best level of the side.
func (s *side) within(e *entry) bool {
	return len(s.levels) > 0 && (e.Type == Market || !s.better(e.Price, s.levels[0].price))
}

// covers reports whether the side fills the whole order within its limit
// before it would meet the order's own account.
func (s *side) covers(e *entry) bool {
	left := e.Remaining()
	for i := range s.levels {
		l := &s.levels[i]
		if s.better(e.Price, l.price) {
			return false
		}
		var used num.Quantity // of the market's quantity
		for _, o := range l.orders {
			left, used = less(left, less(l.before(o), used)), l.before(o)
			if left.IsZero() {
				return true
			}
			if o.acct == e.acct {
				return false
			}
			left = less(left, o.Remaining())
		}
		if left = less(left, less(l.shown, used)); left.IsZero() {
			return true
		}
	}
	return false
}

// takeNext executes the order against what stands first at the best level of
// the far side. It reports false when the order can take nothing there.
func (x *Exchange) takeNext(at market.Time, b *book, e *entry, far *side) bool {
	l := &far.levels[0]
	if len(l.orders) == 0 || l.before(l.orders[0]).Sign() > 0 {
		return x.takeShown(at, b, e, far)
	}
	maker := l.orders[0]
	if maker.acct == e.acct {
		x.end(at, b, e, BySelf)
		return false
	}
	q := e.wants(l.price, b.inst.Lot).Min(maker.Remaining())
	if q.IsZero() {
		return false
	}
	var mine, theirs posting
	if !x.post(&mine, &b.inst, e, l.price, q, x.charge(at, e, &b.inst, false), true) ||
		!x.post(&theirs, &b.inst, maker, l.price, q, x.charge(at, maker, &b.inst, true), true) {
		x.end(at, b, e, ByAmount)
		return false
	}
	x.commit(&mine, e.acct)
	x.commit(&theirs, maker.acct)
	t := x.tape(at, b, l.price, q, e.Side)
	x.fill(b, maker, Last{t, at, maker.Price, q}, theirs.fee, true)
	x.fill(b, e, Last{t, at, maker.Price, q}, mine.fee, false)
	return true
}

// takeShown executes the order against the market's quantity that stands
// first at the best level of the far side.
func (x *Exchange) takeShown(at market.Time, b *book, e *entry, far *side) bool {
	l := &far.levels[0]
	available := l.shown
	if len(l.orders) > 0 {
		available = l.before(l.orders[0])
	}
	price := x.slipped(e, l.price, b.inst.Tick)
	q := e.wants(price, b.inst.Lot).Min(available)
	if q.IsZero() {
		return false
	}
	var p posting
	if !x.post(&p, &b.inst, e, price, q, x.charge(at, e, &b.inst, false), false) {
		x.end(at, b, e, ByAmount)
		return false
	}
	x.commit(&p, e.acct)
	far.consume(0, q)
	x.fill(b, e, Last{x.tape(at, b, price, q, e.Side), at, price, q}, p.fee, false)
	return true
}

// consume takes q of the market's quantity at level i.
func (s *side) consume(i int, q num.Quantity) {
	l := &s.levels[i]
	l.shown = less(l.shown, q)
	l.advance(q)
	s.sweep(i)
}

// wants returns how much the order would take at a price.
func (e *entry) wants(price num.Price, lot num.Quantity) num.Quantity {
	if !e.byNotional() {
		return e.Remaining()
	}
	return buys(e.held, price, lot)
}

// buys returns how much money buys at a price.
func buys(money num.Money, price num.Price, lot num.Quantity) num.Quantity {
	var c num.Calc
	q := num.QuantityFor(&c, money, price, lot)
	if c.Err() != nil {
		return num.Quantity{}
	}
	return q
}

// slipped worsens a price of the market for the order that takes it, to the
// tick and within the order's limit.
func (x *Exchange) slipped(e *entry, price, tick num.Price) num.Price {
	if x.slip.IsZero() {
		return price
	}
	var c num.Calc
	slip, err := num.CeilTo(num.Mul(&c, price, x.slip), tick)
	if c.Err() != nil || err != nil {
		c, slip = num.Calc{}, price // too many digits: as bad as it may be
	}
	if e.Side == order.Sell {
		slip = slip.Neg()
	}
	worse := num.Add(&c, price, slip).Max(tick)
	switch {
	case c.Err() != nil:
		return price // beyond 19 digits: no ledger takes it either
	case e.Type == Market:
		return worse
	case e.Side == order.Sell:
		return worse.Max(e.Price)
	}
	return worse.Min(e.Price)
}

// tape numbers and prints a public trade.
func (x *Exchange) tape(at market.Time, b *book, price num.Price, q num.Quantity, taker order.Side) int64 {
	b.print++
	b.saw(price)
	x.show(at, b, market.Trade{ID: b.print, Price: price, Size: q, Buyer: taker == order.Buy})
	return b.print
}

func (x *Exchange) show(at market.Time, b *book, t market.Trade) {
	if !x.quiet {
		x.news = append(x.news, News{Kind: NewsTrade, At: at, Instrument: b.inst.ID, Trade: t})
	}
}

// fill writes an execution that the ledger has taken into the order, and
// tells it.
func (x *Exchange) fill(b *book, e *entry, last Last, fee num.Money, maker bool) {
	var c num.Calc
	e.Filled = num.Add(&c, e.Filled, last.Quantity)
	e.Last, e.Changed, e.State = last, last.At, order.Partial
	x.count(e, &b.inst, &last)
	x.counts.Ledger += 2
	f := Fill{Account: e.Account, Ledger: x.counts.Ledger, Fill: order.Fill{
		Instrument: e.Instrument, ClientID: e.ClientID, ExchangeID: e.ID, ID: strconv.FormatInt(last.TradeID, 10),
		At: last.At, Side: e.Side, Price: last.Price, Quantity: last.Quantity,
		Fee: fee, FeeCurrency: e.FeeCurrency, Maker: maker,
	}}
	e.fills = append(e.fills, len(e.acct.fills))
	if len(e.acct.fills) == cap(e.acct.fills) {
		e.acct.fills = slices.Grow(e.acct.fills, len(e.acct.fills)+1) // twice as many: each copy is of all
	}
	e.acct.fills = append(e.acct.fills, f)
	x.news = append(x.news, News{Kind: NewsFill, At: last.At, Account: e.Account, Instrument: e.Instrument, Fill: f})
	if !e.byNotional() && e.Remaining().IsZero() {
		x.fulfil(last.At, b, e)
		return
	}
	x.tell(last.At, e)
}

// fulfil ends an order as filled.
func (x *Exchange) fulfil(at market.Time, b *book, e *entry) {
	b.remove(e)
	e.State = order.Filled
	x.release(e, &b.inst)
	x.tell(at, e)
}

// end cancels an order that is live.
func (x *Exchange) end(at market.Time, b *book, e *entry, reason string) {
	b.remove(e)
	e.State, e.Reason, e.Changed = order.Canceled, reason, at
	x.release(e, &b.inst)
	x.tell(at, e)
}

func (x *Exchange) tell(at market.Time, e *entry) {
	x.news = append(x.news, News{Kind: NewsOrder, At: at, Account: e.Account, Instrument: e.Instrument, Order: e.Order})
}

// Cancel ends an order of the account, named by exchange id or client id.
func (x *Exchange) Cancel(at market.Time, account, instrument, id string) (Order, *Refusal) {
	b, e, no := x.liveOrder(account, instrument, id)
	switch {
	case e == nil:
		return Order{}, no
	case no != nil:
		return e.Order, no
	}
	x.end(at, b, e, ByUser)
	x.settle(at, b)
	return e.Order, nil
}
