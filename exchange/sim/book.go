package sim

import (
	"slices"
	"sort"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// entry is an order with what the matching needs beside what is told of it.
type entry struct {
	Order
	acct  *account
	held  num.Money    // hold not yet released, in the currency that is given
	ahead num.Quantity // while resting: market quantity of its level that stands before it
	blind bool         // what stands before it is not known until a quote is at its price
	fills []int        // indexes into acct.fills
}

func (e *entry) live() bool { return e.State == order.Open || e.State == order.Partial }

// level is one price: the market's quantity, and users' orders in time order.
// The orders' ahead never falls along the queue and never exceeds shown.
type level struct {
	price  num.Price
	shown  num.Quantity // the market's own quantity still there
	orders []*entry
}

func (l *level) empty() bool { return len(l.orders) == 0 && l.shown.IsZero() }

// before returns the market's quantity that stands before one of the orders. A
// restored order's level may not have been stated yet: then it is none.
func (l *level) before(e *entry) num.Quantity { return e.ahead.Min(l.shown) }

// advance takes q of the market's quantity ahead of the users' orders.
func (l *level) advance(q num.Quantity) {
	for _, e := range l.orders {
		e.ahead = less(e.ahead, q)
	}
}

// clamp moves orders up when less is shown than stood before them.
func (l *level) clamp() {
	for _, e := range l.orders {
		e.ahead = e.ahead.Min(l.shown)
	}
}

// less returns max(a-b, 0) for two quantities of one lot size.
func less(a, b num.Quantity) num.Quantity {
	if !b.Less(a) {
		return num.Quantity{}
	}
	var c num.Calc
	return num.Sub(&c, a, b) // exact: both are multiples of the lot
}

// side is one side of a book, best price first.
type side struct {
	ask    bool
	levels []level
	touch  market.Level // of the newest quote
	edge   num.Price    // what stands beyond it is not told; 0 is that all is
}

// better reports whether a stands before b.
func (s *side) better(a, b num.Price) bool {
	if s.ask {
		return a.Less(b)
	}
	return b.Less(a)
}

// find returns where price is, or where it belongs.
func (s *side) find(price num.Price) (i int, found bool) {
	if n := len(s.levels); n == 0 || s.better(s.levels[n-1].price, price) {
		return n, false // the usual case while a side is filled best first
	}
	i = sort.Search(len(s.levels), func(i int) bool { return !s.better(s.levels[i].price, price) })
	return i, i < len(s.levels) && s.levels[i].price == price
}

// at returns the level of price, made when missing. It is valid until the
// next change of the side.
func (s *side) at(price num.Price) *level {
	i, found := s.find(price)
	if !found {
		s.levels = slices.Insert(s.levels, i, level{price: price})
	}
	return &s.levels[i]
}

// set states the market's quantity at a price; zero takes it away.
func (s *side) set(price num.Price, shown num.Quantity) {
	if shown.Sign() > 0 {
		s.at(price).shown = shown
		return
	}
	if i, found := s.find(price); found {
		s.levels[i].shown = num.Quantity{}
		s.sweep(i)
	}
}

// sweep removes level i if nothing stands there any more.
func (s *side) sweep(i int) {
	if s.levels[i].empty() {
		s.levels = slices.Delete(s.levels, i, i+1)
	}
}

// withdraw takes the market's quantity away at every price.
func (s *side) withdraw() {
	kept := s.levels[:0]
	for _, l := range s.levels {
		if len(l.orders) > 0 {
			l.shown = num.Quantity{}
			kept = append(kept, l)
		}
	}
	clear(s.levels[len(kept):])
	s.levels = kept
}

// clamp moves orders up where their level shows less; of bounded orders where
// what it shows is known.
func (b *book) clamp(s *side) {
	for i := range s.levels {
		if l := &s.levels[i]; !b.bounded() || s.knows(l.price) {
			l.clamp()
		}
	}
}

// firstUser returns the best level where a user's order rests, or nil.
func (s *side) firstUser() *level {
	for i := range s.levels {
		if len(s.levels[i].orders) > 0 {
			return &s.levels[i]
		}
	}
	return nil
}

// firstShown returns the index of the best level of the market, or -1.
func (s *side) firstShown() int {
	for i := range s.levels {
		if s.levels[i].shown.Sign() > 0 {
			return i
		}
	}
	return -1
}

// bounds are what Rules say of an instrument's orders; zero is none.
type bounds struct {
	guard     num.Rate
	marketMax num.Money
}

// book is one instrument's market.
type book struct {
	inst market.Instrument
	bounds
	bids    side
	asks    side
	resting int        // users' orders on both sides
	print   int64      // number of the last public trade
	last    num.Price  // of the last public trade
	algos   []*waiting // live ones, oldest first
	parted  int        // of those that trade in parts
	low     num.Price  // of the running operation's prints, while algo orders wait; 0 before the first
	high    num.Price
	quoted
	fills Fills
	allowance
}

// quoted is the newest quote. It is spread into a ladder only when somebody
// looks, so that a market without users' orders costs nothing.
type quoted struct {
	pending  bool
	quote    market.Quote
	depth    market.Depth   // behind it, as far as it is told
	bid, ask []market.Level // scratch of spread
	laddered bool           // the levels come from the quote alone
	told     bool           // there are quotes: Paper makes none from bars
}

func newBook(inst market.Instrument) *book {
	return &book{inst: inst, asks: side{ask: true}}
}

// side returns where orders of s rest.
func (b *book) side(s order.Side) *side {
	if s == order.Sell {
		return &b.asks
	}
	return &b.bids
}

// spread makes the pending quote the market's liquidity: with the levels told
// behind it, or with a ladder. Levels that are a ladder's are taken for one.
func (b *book) spread() {
	if !b.pending {
		return
	}
	b.pending = false
	b.bid, b.ask = Ladder(b.inst, b.quote, b.bid[:0], b.ask[:0])
	d := &b.depth
	b.laddered = len(d.Bids)+len(d.Asks) == 0 || slices.Equal(d.Bids, b.bid) && slices.Equal(d.Asks, b.ask)
	b.bids.withdraw()
	b.asks.withdraw()
	if b.laddered {
		b.bids.ladder(b.bid)
		b.asks.ladder(b.ask)
		return
	}
	b.bids.told(d.Bids, &b.inst)
	b.asks.told(d.Asks, &b.inst)
}

// ladder makes what Ladder stated the side's liquidity. Only its touch is known.
func (s *side) ladder(levels []market.Level) {
	s.touch = market.Level{}
	if len(levels) > 0 {
		s.touch = levels[0]
	}
	s.edge = s.touch.Price
	for i := range levels {
		if len(s.levels) == i { // nobody's order rests here
			s.levels = append(s.levels, level{price: levels[i].Price, shown: levels[i].Size})
			continue
		}
		s.set(levels[i].Price, levels[i].Size)
	}
}

// told makes levels of a book the side's liquidity, best first.
func (s *side) told(levels []market.Level, inst *market.Instrument) {
	s.touch, s.edge = market.Level{}, num.Price{}
	s.state(levels, inst)
	if n := len(levels); n > 0 {
		s.touch, s.edge = levels[0], levels[n-1].Price
	}
}

// knows reports whether what stands at a price is told.
func (s *side) knows(price num.Price) bool { return s.edge.IsZero() || !s.better(s.edge, price) }

// remove takes a resting order out of its queue.
func (b *book) remove(e *entry) {
	s := b.side(e.Side)
	i, found := s.find(e.Price)
	if !found {
		return // it never rested
	}
	l := &s.levels[i]
	if k := slices.Index(l.orders, e); k >= 0 {
		l.orders = slices.Delete(l.orders, k, k+1)
		b.resting--
		s.sweep(i)
	}
}

// rest puts an order at the end of its price's queue.
func (b *book) rest(e *entry) {
	s := b.side(e.Side)
	l := s.at(e.Price)
	e.ahead = l.shown
	e.blind = b.bounded() && !s.knows(e.Price)
	l.orders = append(l.orders, e)
	b.resting++
}

// Book returns the best levels of an instrument, at most depth a side, best
// first: the market's quantity and the users' orders together. A depth of 0
// is all.
func (x *Exchange) Book(instrument string, depth int) (bids, asks []market.Level) {
	b := x.books[instrument]
	if b == nil {
		return nil, nil
	}
	b.spread()
	return b.bids.view(depth), b.asks.view(depth)
}

func (s *side) view(depth int) []market.Level {
	n := len(s.levels)
	if depth > 0 {
		n = min(n, depth)
	}
	out := make([]market.Level, 0, n)
	for i := range s.levels[:n] {
		l := &s.levels[i]
		var c num.Calc
		size := l.shown
		for _, e := range l.orders {
			size = num.Add(&c, size, e.Remaining())
		}
		if c.Err() == nil { // a sum beyond 19 digits cannot be shown
			out = append(out, market.Level{Price: l.price, Size: size})
		}
	}
	return out
}
