package sim

import (
	"fmt"
	"slices"
	"strconv"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// Leg is one of an algo order's conditions and what it places: a limit order at
// Price, or a market order when Price is zero. A zero Trigger is no leg.
type Leg struct {
	Trigger num.Price `json:"trigger"`
	Price   num.Price `json:"price,omitzero"`
}

// AlgoRequest asks for an order to be placed when a trade reaches a price.
// With Pair it has two legs of which the first to be reached is placed: Take
// when the price has gone the order's way, Stop when it has gone against it.
// Without it there is Stop alone, which waits for the price from whichever
// side it is on. Size counts base currency, but money for a market buy.
type AlgoRequest struct {
	Account    string     `json:"account"`
	Instrument string     `json:"instrument"`
	Side       order.Side `json:"side"`
	Size       num.Money  `json:"size"`
	Pair       bool       `json:"pair,omitzero"`
	Stop       Leg        `json:"stop"`
	Take       Leg        `json:"take,omitzero"`
}

// AlgoState is where an algo order stands.
type AlgoState uint8

// The states. All but waiting are final.
const (
	AlgoWaiting   AlgoState = iota + 1
	AlgoEffective           // its order was accepted
	AlgoCanceled            // by its account, or for lack of funds when it was due
	AlgoFailed              // its order was refused for another reason
)

var algoStateNames = [...]string{"", "WAITING", "EFFECTIVE", "CANCELED", "FAILED"}

// String returns the state in capitals.
func (s AlgoState) String() string {
	if int(s) < len(algoStateNames) {
		return algoStateNames[s]
	}
	return fmt.Sprintf("AlgoState(%d)", uint8(s))
}

// ByFunds is the reason of an algo order that ended for lack of funds.
const ByFunds = "FUNDS"

// Algo is an algo order as the exchange keeps it. It holds no funds: its order
// does, once it is placed.
type Algo struct {
	AlgoRequest
	ID      string      `json:"id"`
	State   AlgoState   `json:"state"`
	OrderID string      `json:"order_id,omitzero"` // of the order that it placed; fills are that order's
	Took    bool        `json:"took,omitzero"`     // which leg was reached
	Reason  string      `json:"reason,omitzero"`
	Created market.Time `json:"created"`
	Changed market.Time `json:"changed"`
}

// waiting is an algo order with what the matching needs beside it.
type waiting struct {
	Algo
	side reachSide // of Stop alone
}

// reachSide is from where a lone trigger waits for the price.
type reachSide uint8

const (
	unarmed   reachSide = iota // until the first trade says
	fromBelow                  // a trade at or above it reaches it
	fromAbove                  // a trade at or below it reaches it
)

const (
	firstAlgoID  = 1_600_000_000_000_000
	algosWaiting = 100 // most of an account that wait on one instrument
)

// SubmitAlgo keeps an order until a trade reaches its price.
func (x *Exchange) SubmitAlgo(at market.Time, r AlgoRequest) (Algo, *Refusal) {
	b, a := x.books[r.Instrument], x.accounts[r.Account]
	switch {
	case b == nil:
		return Algo{}, refuse(BadInstrument, "instrument %q is not listed", r.Instrument)
	case a == nil:
		return Algo{}, refuse(BadAccount, "account %q is not known", r.Account)
	}
	if no := r.check(b); no != nil {
		return Algo{}, no
	}
	count := 0
	for _, w := range b.algos {
		if w.Account == r.Account {
			count++
		}
	}
	if count >= algosWaiting {
		return Algo{}, refuse(TooMany, "%d orders wait for a price of %s already", count, r.Instrument)
	}
	x.counts.Algos++
	w := &waiting{Algo: Algo{
		AlgoRequest: r, ID: strconv.FormatInt(firstAlgoID+x.counts.Algos, 10), State: AlgoWaiting, Created: at, Changed: at,
	}}
	w.arm(b.last)
	a.algos = append(a.algos, w)
	b.algos = append(b.algos, w)
	x.tellAlgo(at, w)
	return w.Algo, nil
}

// check refuses what no leg's order could be.
func (r *AlgoRequest) check(b *book) *Refusal {
	legs := []Leg{r.Stop}
	if r.Pair {
		legs = append(legs, r.Take)
	}
	for _, l := range legs {
		switch {
		case l.Trigger.Sign() <= 0:
			return refuse(BadPrice, "trigger %s is not positive", l.Trigger)
		case !num.IsMultiple(l.Trigger, b.inst.Tick):
			return refuse(BadTick, "trigger %s is not a multiple of %s", l.Trigger, b.inst.Tick)
		}
		child, no := r.child(l)
		if no == nil {
			no = child.settleForm()
		}
		if no == nil {
			_, no = b.check(&child)
		}
		if no != nil {
			return no
		}
	}
	if r.Pair && (r.Side == order.Sell) != r.Stop.Trigger.Less(r.Take.Trigger) {
		return refuse(BadPrice, "a %s takes profit at %s and stops at %s", r.Side, r.Take.Trigger, r.Stop.Trigger)
	}
	return nil
}

// child returns the order that a leg places.
func (r *AlgoRequest) child(l Leg) (Request, *Refusal) {
	c := Request{Account: r.Account, Instrument: r.Instrument, Side: r.Side, Type: Limit, Price: l.Price}
	if l.Price.IsZero() {
		c.Type = Market
		if r.Side == order.Buy {
			c.Notional = r.Size
			return c, nil
		}
	}
	q, err := num.ParseQuantity(r.Size.String())
	if err != nil {
		return c, refuse(TooLarge, "size %s: %v", r.Size, err)
	}
	c.Quantity = q
	return c, nil
}

// arm settles from where a lone trigger waits, once there is a price.
func (w *waiting) arm(last num.Price) {
	switch {
	case w.Pair || w.side != unarmed || last.IsZero():
	case last.Less(w.Stop.Trigger):
		w.side = fromBelow
	default:
		w.side = fromAbove
	}
}

// reached reports whether trades between low and high reach a leg, and which.
func (w *waiting) reached(low, high num.Price) (l Leg, take, yes bool) {
	rising, falling := w.side == fromBelow, w.side == fromAbove
	if w.Pair {
		rising, falling = w.Side == order.Buy, w.Side == order.Sell
	}
	switch {
	case rising && !high.Less(w.Stop.Trigger), falling && !w.Stop.Trigger.Less(low):
		return w.Stop, false, true
	case w.Pair:
		return w.Take, true, falling && !high.Less(w.Take.Trigger) || rising && !w.Take.Trigger.Less(low)
	}
	return Leg{}, false, false
}

// saw notes the price of a print for the triggers.
func (b *book) saw(price num.Price) {
	b.last = price
	if len(b.algos) == 0 {
		return
	}
	if b.low.IsZero() {
		b.low, b.high = price, price
	}
	b.low, b.high = b.low.Min(price), b.high.Max(price)
	for _, w := range b.algos {
		w.arm(price)
	}
}

// trigger places the orders whose price the prints of this operation reached,
// oldest first. Their own prints may reach more.
func (x *Exchange) trigger(at market.Time, b *book) {
	for len(b.algos) > 0 && !b.low.IsZero() {
		low, high := b.low, b.high
		b.low, b.high = num.Price{}, num.Price{}
		for _, w := range slices.Clone(b.algos) {
			if l, take, yes := w.reached(low, high); yes {
				b.drop(w)
				x.fire(at, b, w, l, take)
			}
		}
	}
	b.low, b.high = num.Price{}, num.Price{}
}

// fire places a leg's order.
func (x *Exchange) fire(at market.Time, b *book, w *waiting, l Leg, take bool) {
	child, no := w.child(l)
	if no == nil {
		no = child.settleForm()
	}
	var e *entry
	if no == nil {
		e, no = x.enter(at, b, w.Account, child)
	}
	w.Took, w.Changed = take, at
	switch {
	case no == nil:
		w.State, w.OrderID = AlgoEffective, e.ID
	case no.Reason == Funds:
		w.State, w.Reason = AlgoCanceled, ByFunds
	default:
		w.State, w.Reason = AlgoFailed, no.Reason.String()
	}
	x.tellAlgo(at, w)
	if e != nil {
		x.tell(at, e)
		x.match(at, b, e)
	}
}

func (b *book) drop(w *waiting) {
	if i := slices.Index(b.algos, w); i >= 0 {
		b.algos = slices.Delete(b.algos, i, i+1)
	}
}

func (x *Exchange) tellAlgo(at market.Time, w *waiting) {
	a := w.Algo
	x.news = append(x.news, News{Kind: NewsAlgo, At: at, Account: w.Account, Instrument: w.Instrument, Algo: &a})
}

// CancelAlgo ends an algo order that waits.
func (x *Exchange) CancelAlgo(at market.Time, account, instrument, id string) (Algo, *Refusal) {
	b, a := x.books[instrument], x.accounts[account]
	switch {
	case b == nil:
		return Algo{}, refuse(BadInstrument, "instrument %q is not listed", instrument)
	case a == nil:
		return Algo{}, refuse(BadAccount, "account %q is not known", account)
	}
	i := slices.IndexFunc(a.algos, func(w *waiting) bool { return w.ID == id && w.Instrument == instrument })
	if i < 0 {
		return Algo{}, refuse(UnknownOrder, "algo order %q of %s is not known", id, instrument)
	}
	w := a.algos[i]
	if w.State != AlgoWaiting {
		return w.Algo, refuse(AlreadyCancelled, "algo order %s is %s", id, w.State)
	}
	b.drop(w)
	w.State, w.Reason, w.Changed = AlgoCanceled, ByUser, at
	x.tellAlgo(at, w)
	return w.Algo, nil
}

// Algos returns the account's algo orders of an instrument newest first; keep
// chooses.
func (x *Exchange) Algos(account, instrument string, keep func(*Algo) bool) []Algo {
	a := x.accounts[account]
	if a == nil {
		return nil
	}
	var found []Algo
	for _, w := range slices.Backward(a.algos) {
		if w.Instrument == instrument && keep(&w.Algo) {
			found = append(found, w.Algo)
		}
	}
	return found
}
