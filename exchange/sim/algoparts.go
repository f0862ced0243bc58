package sim

import (
	"maps"
	"slices"
	"strconv"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// work lets the algo orders that trade in parts do what the operation calls
// for, oldest first. It reports whether one of them placed an order, which may
// call for more.
func (x *Exchange) work(at market.Time, b *book) (placed bool) {
	if b.parted == 0 {
		return false
	}
	b.spread()
	for _, w := range slices.Clone(b.algos) {
		switch {
		case !w.live(): // it ended with another's order
		case w.Kind == AlgoIceberg:
			placed = x.rest(at, b, w) || placed
		case w.Kind == AlgoSweep && w.next <= at:
			w.next = at.Add(w.Interval)
			placed = x.sweep(at, b, w) || placed
		}
	}
	return placed
}

// Due returns when the next sweep is due; 0 is never.
func (x *Exchange) Due() market.Time {
	var first market.Time
	for _, b := range x.books {
		if b.parted == 0 {
			continue
		}
		for _, w := range b.algos {
			if w.Kind == AlgoSweep && (first == 0 || w.next < first) {
				first = w.next
			}
		}
	}
	return first
}

// Elapse makes the sweeps that are due while the market is silent.
func (x *Exchange) Elapse(at market.Time) {
	for _, id := range slices.Sorted(maps.Keys(x.books)) {
		if b := x.books[id]; b.parted > 0 {
			x.settle(at, b)
		}
	}
}

// beyond reports whether trades are worse than the limit.
func (w *waiting) beyond(last num.Price) bool {
	switch {
	case last.IsZero():
		return false
	case w.Side == order.Buy:
		return w.Limit.Less(last)
	}
	return last.Less(w.Limit)
}

// become tells a state if it is another, or more has traded.
func (x *Exchange) become(at market.Time, w *waiting, paused bool) {
	state, dealt := AlgoWaiting, w.traded()
	switch {
	case paused:
		state = AlgoPaused
	case dealt.Sign() > 0:
		state = AlgoPartly
	}
	if w.State != state || w.Dealt != dealt {
		w.State, w.Dealt, w.Changed = state, dealt, at
		x.tellAlgo(at, w)
	}
}

// traded returns what all parts traded.
func (w *waiting) traded() num.Quantity {
	if w.child == nil {
		return w.done
	}
	var c num.Calc
	return num.Add(&c, w.done, w.child.Filled) // exact: both are multiples of the lot
}

// left returns what is not traded yet, as far as ended parts tell.
func (w *waiting) left() num.Quantity {
	q, err := num.ParseQuantity(w.Size.String())
	if err != nil {
		return num.Quantity{} // cannot be: it was checked
	}
	return less(q, w.done)
}

// exhausted reports whether too little is left for an order.
func (w *waiting) exhausted(b *book) bool { return w.left().IsZero() || w.left().Less(b.inst.Min) }

// withdraw cancels the part that rests, and counts what it traded.
func (x *Exchange) withdraw(at market.Time, b *book, w *waiting) {
	e := w.child
	if e == nil {
		return
	}
	if e.live() {
		x.end(at, b, e, ByAlgo)
	}
	w.done, w.child = w.traded(), nil
}

// rest keeps an iceberg's part in the book, near its best price.
func (x *Exchange) rest(at market.Time, b *book, w *waiting) (placed bool) {
	paused := w.beyond(b.last)
	price, ok := w.place(b)
	if e := w.child; e != nil {
		foreign := e.State == order.Canceled
		stays := e.live() && !paused && (!ok || w.near(e.Price, price))
		if stays {
			x.become(at, w, false)
			return false
		}
		x.withdraw(at, b, w)
		if foreign {
			x.finish(at, b, w, AlgoCanceled, e.Reason)
			return false
		}
	}
	if w.exhausted(b) {
		x.finish(at, b, w, AlgoEffective, "")
		return false
	}
	x.become(at, w, paused)
	if paused || !ok {
		return false
	}
	return x.part(at, b, w, Request{Type: Limit, TIF: order.GTC, Price: price, Quantity: w.piece(b)}) != nil
}

// place returns where a part rests: at the distance from the best price of its
// side that is not the account's own, rounded away from the middle, and not
// beyond the limit. It reports false when there is no such price.
func (w *waiting) place(b *book) (num.Price, bool) {
	best, found := b.side(w.Side).others(w.Account)
	if !found {
		return num.Price{}, false
	}
	price, ok := apart(best, w.Distance, w.Side == order.Sell)
	if ok {
		price, ok = onTick(price, b.inst.Tick, w.Side == order.Sell)
	}
	if w.Side == order.Buy {
		price = price.Min(w.Limit)
	} else {
		price = price.Max(w.Limit)
	}
	if !num.IsMultiple(price, b.inst.Tick) { // the tick changed since the limit was given
		price, ok = onTick(price, b.inst.Tick, w.Side == order.Sell)
	}
	return price, ok && price.Sign() > 0
}

// others returns the best price at which somebody else stands.
func (s *side) others(account string) (num.Price, bool) {
	for i := range s.levels {
		l := &s.levels[i]
		foreign := slices.ContainsFunc(l.orders, func(e *entry) bool { return e.Account != account })
		if foreign || l.shown.Sign() > 0 {
			return l.price, true
		}
	}
	return num.Price{}, false
}

// near reports whether a part's price is within two distances of where it
// would be placed now.
func (w *waiting) near(price, target num.Price) bool {
	var c num.Calc
	far := num.MulDown(&c, target, num.Add(&c, w.Distance, w.Distance), apartScale)
	off := num.Sub(&c, price, target).Abs()
	return c.Err() == nil && !far.Less(off)
}

// piece returns the size of an iceberg's next part: its average, more or less
// a tenth of it, by a sequence that the order's id begins.
func (w *waiting) piece(b *book) num.Quantity {
	const steps, unit = 201, 3 // from 0.900 to 1.100
	id, err := strconv.ParseInt(w.ID, 10, 64)
	if err != nil {
		id = 0
	}
	tenths := num.QuantityOf(900+int64(mixed(uint64(id)+uint64(w.Parts)*0x9e3779b97f4a7c15)%steps), unit)
	var c num.Calc
	q := num.MulDown(&c, w.Part, tenths, b.inst.Lot.Scale())
	q, _ = onLot(q, b.inst.Lot)
	q = q.Max(b.inst.Min)
	left := w.left()
	if rest := less(left, q); c.Err() != nil || rest.Less(b.inst.Min) {
		return left // what would stay could not be traded
	}
	return q
}

// mixed is the output of SplitMix64.
func mixed(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// sweep takes a part of what stands near the best price of the other side.
func (x *Exchange) sweep(at market.Time, b *book, w *waiting) (placed bool) {
	paused := w.beyond(b.last)
	x.become(at, w, paused)
	if paused {
		return false
	}
	far := b.side(w.Side.Opposite())
	price, q := w.within(b, far)
	if q.Less(b.inst.Min) || q.IsZero() {
		return false
	}
	e := x.part(at, b, w, Request{Type: Limit, TIF: order.IOC, Price: price, Quantity: q})
	if e == nil {
		return false
	}
	w.child = e
	x.withdraw(at, b, w)
	if w.exhausted(b) {
		x.finish(at, b, w, AlgoEffective, "")
		return true
	}
	x.become(at, w, false)
	return true
}

// within returns how far a sweep takes and how much.
func (w *waiting) within(b *book, far *side) (num.Price, num.Quantity) {
	best, found := far.others(w.Account)
	if !found {
		return num.Price{}, num.Quantity{}
	}
	price, ok := apart(best, w.Distance, w.Side == order.Buy)
	if ok {
		price, ok = onTick(price, b.inst.Tick, w.Side == order.Sell) // not further than the distance
	}
	if w.Side == order.Buy {
		price = price.Min(w.Limit)
	} else {
		price = price.Max(w.Limit)
	}
	if !ok || !num.IsMultiple(price, b.inst.Tick) {
		return num.Price{}, num.Quantity{}
	}
	var c num.Calc
	var depth num.Quantity
	for i := range far.levels {
		l := &far.levels[i]
		if far.better(price, l.price) {
			break
		}
		depth = num.Add(&c, depth, l.shown)
		for _, e := range l.orders {
			if e.Account != w.Account {
				depth = num.Add(&c, depth, e.Remaining())
			}
		}
	}
	q := num.MulDown(&c, depth, w.Ratio, b.inst.Lot.Scale())
	q, _ = onLot(q.Min(w.Part).Min(w.left()), b.inst.Lot)
	if c.Err() != nil {
		return num.Price{}, num.Quantity{}
	}
	return price, q
}

// part places one order of an algo order. A refusal ends the whole.
func (x *Exchange) part(at market.Time, b *book, w *waiting, r Request) *entry {
	r.Account, r.Instrument, r.Side = w.Account, w.Instrument, w.Side
	e, no := x.enter(at, b, w.Account, r)
	if no != nil {
		state, reason := ended(no)
		x.finish(at, b, w, state, reason)
		return nil
	}
	w.Parts++
	w.OrderID, w.Changed = e.ID, at
	if w.Kind == AlgoIceberg {
		w.child = e
	}
	x.tellAlgo(at, w)
	x.tell(at, e)
	x.match(at, b, e)
	return e
}
