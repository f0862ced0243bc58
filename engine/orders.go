package engine

import (
	"slices"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// orderBook is every order this engine knows, and when to ask after it.
type orderBook struct {
	ids        order.IDs
	seq        uint64 // of the newest client order id
	byClient   map[string]*tracked
	byExchange map[string]*tracked
	live       []*tracked  // not settled yet, oldest first
	watched    []*tracked  // proven never accepted, and asked about all the same: the newest last
	watchAt    market.Time // run clock: no question about those before it
	standing   []Standing  // held and not sent, oldest first
	held       []*heldTracked
	absent     []*heldTracked  // proven never taken, and looked for all the same: the newest last
	heldIDs    map[string]bool // of stops that the exchange took, ever
	strays     []stray         // what a stop may have become, until a list says so
	incident   bool            // the exchange reports that it is out of service
	lately                     // what happened lately
}

// tracked is an order and the questions we ask about it.
type tracked struct {
	order.Order
	probe order.Probe // while the outcome of the submit is not proven
	asked int         // how often we asked since the last news
	next  market.Time // run clock: when to ask again; 0 is not at all
	lost  market.Time // run clock of the first question since the last news that found no such order
	// doubts are what at the exchange could be the order under another name.
	doubts []string
}

// doubt notes that what the exchange calls so could be the order.
func (t *tracked) doubt(exchangeID string) {
	t.probe.Doubt()
	t.doubts = append(t.doubts, exchangeID)
}

// trust notes that what the exchange calls so is another order of ours: the
// executions of an order whose answer was lost may be heard of first.
func (t *tracked) trust(exchangeID string) {
	before := len(t.doubts)
	t.doubts = slices.DeleteFunc(t.doubts, func(id string) bool { return id == exchangeID })
	if before > 0 && len(t.doubts) == 0 {
		t.probe.Trust()
	}
}

func newOrderBook(ids order.IDs) orderBook {
	return orderBook{ids: ids, byClient: make(map[string]*tracked), byExchange: make(map[string]*tracked), heldIDs: make(map[string]bool)}
}

// find returns the order by client order id, else by exchange order id, or
// nil.
func (b *orderBook) find(clientID, exchangeID string) *tracked {
	if t := b.byClient[clientID]; t != nil {
		return t
	}
	if exchangeID == "" {
		return nil
	}
	return b.byExchange[exchangeID]
}

// put makes o what is known of its order.
func (b *orderBook) put(o *order.Order) *tracked {
	t := b.byClient[o.ClientID]
	if t == nil {
		t = &tracked{}
		b.byClient[o.ClientID] = t
		b.live = append(b.live, t)
		if _, _, seq, err := order.ParseID(o.ClientID); err == nil {
			b.seq = max(b.seq, seq)
		}
		if o.State != order.Denied {
			b.sent(o)
		}
	}
	if o.State == order.Refused && t.State != order.Refused {
		b.rejected = append(b.rejected, rejection{o.Changed, o.Instrument})
	}
	t.Order = *o
	if o.ExchangeID != "" && b.byExchange[o.ExchangeID] != t {
		b.byExchange[o.ExchangeID] = t
		for _, other := range b.live {
			other.trust(o.ExchangeID)
		}
	}
	b.watch(t)
	switch {
	case done(o):
		b.drop(t)
	case !slices.Contains(b.live, t):
		b.live = append(b.live, t) // it was over, and is not: it appeared late, or contradicts itself
	}
	return t
}

// done reports whether nothing more is expected of the order.
func done(o *order.Order) bool {
	return o.State == order.Denied || o.State == order.NotFound || o.State.Terminal() && o.Settled
}

func (b *orderBook) drop(t *tracked) {
	for i := range b.live {
		if b.live[i] == t {
			b.live = append(b.live[:i], b.live[i+1:]...)
			return
		}
	}
}

// outstanding is what the order may still add to what was booked: nothing
// when more was booked than it was for.
func outstanding(c *num.Calc, o *order.Order) num.Quantity {
	most := o.Filled
	if o.State.Live() {
		most = o.Quantity
	}
	return num.Sub(c, most, o.Booked).Max(num.Quantity{})
}

// selling returns the base currency that live sells may still take, of one
// strategy and of the whole account.
func (b *orderBook) selling(c *num.Calc, strategy, instrument string) (own, all num.Quantity) {
	for _, t := range b.live {
		if t.Side != order.Sell || t.Instrument != instrument {
			continue
		}
		q := outstanding(c, &t.Order)
		all = num.Add(c, all, q)
		if t.Strategy == strategy {
			own = num.Add(c, own, q)
		}
	}
	return own, all
}

// buying returns the quote currency that live buys may still turn into
// positions, of one instrument and of all.
func (b *orderBook) buying(c *num.Calc, instrument string) (here, all num.Money) {
	for _, t := range b.live {
		if t.Side != order.Buy {
			continue
		}
		v := num.Cost(c, t.Price, outstanding(c, &t.Order))
		all = num.Add(c, all, v)
		if t.Instrument == instrument {
			here = num.Add(c, here, v)
		}
	}
	return here, all
}

// spending is what live buys may still cost, with the worst fee.
func (b *orderBook) spending(c *num.Calc, fee num.Rate) num.Money {
	_, all := b.buying(c, "")
	return num.Add(c, all, num.MulDown(c, all, fee, moneyScale))
}

// reducing reports whether something of the strategy that sells is under way:
// an order that does not rest, or an exit that waits for those that do.
func (e *Engine) reducing(strategy string) bool {
	for _, t := range e.book.live {
		if t.Strategy == strategy && t.Side == order.Sell && (t.Exit || !t.Rests()) {
			return true
		}
	}
	for i := range e.book.standing {
		if s := &e.book.standing[i]; s.Strategy == strategy && s.Exit {
			return true
		}
	}
	return false
}

// resting returns the highest buy and the lowest sell of ours that may be on
// the book of an instrument; zero is none.
func (b *orderBook) resting(instrument string) (bid, ask num.Price) {
	for _, t := range b.live {
		switch {
		case t.Instrument != instrument || !t.Rests() || !t.State.Live():
		case t.Side == order.Buy:
			bid = bid.Max(t.Price)
		case ask.IsZero() || t.Price.Less(ask):
			ask = t.Price
		}
	}
	return bid, ask
}

// expires returns when the next order is to be cancelled because its time is
// over; 0 is never.
func (b *orderBook) expires() market.Time {
	var first market.Time
	for _, t := range b.live {
		if t.State.Live() && !t.CancelWanted {
			first = sooner(first, t.Expires)
		}
	}
	return first
}

// empty reports whether nothing is there that could be due: no order is live,
// looked at again or held back, and the exchange holds no stop.
func (b *orderBook) empty() bool {
	return len(b.live)+len(b.standing)+len(b.held)+len(b.watched) == 0
}

// wake returns when the next question is due, or 0.
func (b *orderBook) wake() market.Time {
	var first market.Time
	for _, t := range b.live {
		if at := t.due(); at != 0 && (first == 0 || at < first) {
			first = at
		}
	}
	return sooner(first, b.watchDue())
}
