package venue

import (
	"slices"
	"time"
)

// The codes of an order's state.
const (
	stateOpen      = 0
	statePartial   = 1
	stateFilled    = 2
	stateCancelled = -1
)

// The codes of an order's time in force.
const (
	restsOn  = "0"
	postOnly = "1"
	fillKill = "2"
	instant  = "3"
)

// Order is one order of the account.
type Order struct {
	ID      string
	Client  string // "" of somebody who gives none
	Foreign bool   // not the bot's
	Buy     bool
	Force   string
	Price   Amount
	Size    Amount
	Filled  Amount
	State   int
	Since   time.Duration // accepted
	Visible time.Duration // nobody sees it before

	market *Market
	number int64
	Algo   *Algo // that placed it, at the market; nil is none
	history
}

// history is what came of an order so far.
type history struct {
	fee  Amount // charged so far
	last Fill
	past []moment
}

// moment is what the order was from a time on.
type moment struct {
	at     time.Duration
	state  int
	filled Amount
	fee    Amount
}

// Instrument names the order's market.
func (o *Order) Instrument() string { return o.market.ID }

// Over reports whether nothing more will happen to it.
func (o *Order) Over() bool { return !o.live() }

func (o *Order) live() bool { return o.State == stateOpen || o.State == statePartial }

// asOf returns the order as it was at a time; false is before it was seen.
func (o *Order) asOf(at time.Duration) (moment, bool) {
	if at < o.Visible {
		return moment{}, false
	}
	for _, m := range slices.Backward(o.past) {
		if m.at <= at {
			return m, true
		}
	}
	return moment{}, false
}

// Fill is one execution.
type Fill struct {
	Order    *Order
	Trade    int64
	Ledger   int64 // of the row of what was received; the other has one less
	At       time.Duration
	Price    Amount
	Size     Amount
	Fee      Amount // charged, in Currency
	Currency string
	Maker    bool
}

// request is what somebody wants to place.
type request struct {
	market      *Market
	client      string
	buy         bool
	force       string
	price, size Amount
	foreign     bool
	algo        *Algo // that trades at the market; nil is none
}

// accept takes an order, or says why not.
func (v *Venue) accept(r *request) (*Order, *refusal) {
	if r.client != "" && v.cfg.Unique != Never {
		if old := v.taken[r.client]; old != nil && (v.cfg.Unique == Always || old.live()) {
			return nil, &refusal{33051, "client_oid exists"}
		}
	}
	w, need := v.wallet(r.market.Base), r.size
	if r.buy {
		w, need = v.wallet(r.market.Quote), value(r.price, r.size)
	}
	if w.total-w.hold < need {
		return nil, &refusal{33017, "Greater than the maximum available balance"}
	}
	w.hold += need
	v.nextID++
	o := &Order{
		ID: digits(v.nextID), number: v.nextID, Client: r.client, Buy: r.buy, Force: r.force,
		Price: r.price, Size: r.size, Since: v.now, Visible: v.now, market: r.market, Foreign: r.foreign, Algo: r.algo,
	}
	if v.cfg.AcceptDelay > 0 && v.chance(30) {
		o.Visible += time.Duration(v.cfg.Random.Int64N(int64(v.cfg.AcceptDelay)))
		v.taken[o.Client] = o
		v.late = append(v.late, o)
		return o, nil
	}
	v.enter(o)
	return o, nil
}

// enter lets an accepted order into the book, from when on it can be seen.
func (v *Venue) enter(o *Order) {
	v.orders = append(v.orders, o)
	v.byID[o.ID] = o
	if o.Client != "" {
		v.byID[o.Client], v.taken[o.Client] = o, o
	}
	v.changed(o, nil)
	w := v.wallet(o.market.Base)
	if o.Buy {
		w = v.wallet(o.market.Quote)
	}
	v.changedBalance(w)
	v.take(o)
}

// take trades an order that just came as far as it does at once.
func (v *Venue) take(o *Order) {
	best := o.market.Bid
	crosses := o.Price <= best
	if o.Buy {
		best = o.market.Ask
		crosses = o.Price >= best
	}
	switch {
	case o.Force == postOnly && crosses:
		v.end(o)
	case crosses:
		v.takeAt(o, best)
	}
	if o.live() && (o.Force == instant || o.Force == fillKill) {
		v.end(o)
	}
}

// takeAt fills a taker in up to three parts.
func (v *Venue) takeAt(o *Order, price Amount) {
	for range 3 {
		rest := o.Size - o.Filled
		if rest == 0 {
			return
		}
		if o.Force != fillKill && v.chance(v.cfg.Partial) {
			v.fill(o, price, o.market.part(rest), false)
			if v.chance(50) {
				return
			}
			continue
		}
		v.fill(o, price, rest, false)
	}
}

// fill executes a part of an order.
func (v *Venue) fill(o *Order, price, size Amount, maker bool) {
	v.trades++
	v.ledger += 2
	rate := v.cfg.Taker
	if maker {
		rate = v.cfg.Maker
	}
	spent := value(price, size)
	f := Fill{Order: o, Trade: v.trades, Ledger: v.ledger, At: v.now, Price: price, Size: size, Maker: maker}
	base, quote := v.wallet(o.market.Base), v.wallet(o.market.Quote)
	if o.Buy {
		f.Fee, f.Currency = fee(size, rate), o.market.Base
		quote.hold -= value(o.Price, size)
		quote.total -= spent
		base.total += size - f.Fee
	} else {
		f.Fee, f.Currency = fee(spent, rate), o.market.Quote
		base.hold -= size
		base.total -= size
		quote.total += spent - f.Fee
	}
	o.Filled += size
	o.fee += f.Fee
	o.last = f
	o.State = statePartial
	if o.Filled == o.Size {
		o.State = stateFilled
	}
	v.fills = append(v.fills, f)
	v.changed(o, &f)
	v.changedBalance(base)
	v.changedBalance(quote)
}

// end cancels what is left of an order.
func (v *Venue) end(o *Order) {
	w, back := v.wallet(o.market.Base), o.Size-o.Filled
	if o.Buy {
		w, back = v.wallet(o.market.Quote), value(o.Price, o.Size-o.Filled)
	}
	w.hold -= back
	o.State = stateCancelled
	v.changed(o, nil)
	v.changedBalance(w)
}

// changed keeps what an order is now, and tells of it.
func (v *Venue) changed(o *Order, f *Fill) {
	o.past = append(o.past, moment{v.now, o.State, o.Filled, o.fee})
	if v.Told != nil {
		v.Told(Truth{v.now, o, f})
	}
	v.face.order(v, o, f != nil)
}

// Foreign places an order that is not the bot's: far from the market, so that
// it rests, or across it, so that it trades. It reports whether it was taken.
func (v *Venue) Foreign(m *Market, trades bool) bool {
	r := request{market: m, buy: v.chance(50), force: restsOn, size: Amount(10+v.cfg.Random.IntN(50)) * Lot, price: m.Ask * 2 / Tick * Tick}
	if r.buy {
		r.price = m.Bid / 2 / Tick * Tick
	}
	if trades {
		r.force, r.price = instant, m.Bid
		if r.buy {
			r.price = m.Ask
		}
	}
	client := v.cfg.Random.Int64N(1 << 40)
	if v.chance(70) {
		r.client = "hand" + digits(client)
	}
	r.foreign = true
	_, no := v.accept(&r)
	return no == nil
}

// EndForeign cancels every order that is not the bot's.
func (v *Venue) EndForeign() {
	for _, o := range v.orders {
		if o.Foreign && o.live() {
			v.end(o)
		}
	}
}
