package sim

import (
	"fmt"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// Amendment asks for a resting order to have another price or quantity. A zero
// Price or Quantity stays as it is; Quantity counts what is filled already.
type Amendment struct {
	Account      string
	Instrument   string
	ID           string // the exchange's or the client's
	Request      string // the account's own tag, told with the outcome
	Price        num.Price
	Quantity     num.Quantity
	CancelOnFail bool
}

// Amended is what became of the newest amendment of an order.
type Amended uint8

// The outcomes. The zero value is none.
const (
	AmendDone     Amended = iota + 1 // the order is as was asked
	AmendFailed                      // it stays as it was
	AmendCanceled                    // it could not be amended and was cancelled
)

var amendedNames = [...]string{"", "DONE", "FAILED", "CANCELED"}

// String returns the outcome in capitals.
func (a Amended) String() string {
	if int(a) < len(amendedNames) {
		return amendedNames[a]
	}
	return fmt.Sprintf("Amended(%d)", uint8(a))
}

// Amend changes an order of the account. What breaks the instrument's rules
// is refused. What the account's funds, post-only or the fills so far do not
// allow fails: that is told with the order, as its Amended. A lesser quantity
// at the same price keeps the order's place; anything else queues it anew and
// may let it take.
func (x *Exchange) Amend(at market.Time, m Amendment) (Order, *Refusal) {
	b, e, no := x.liveOrder(m.Account, m.Instrument, m.ID)
	if no != nil {
		return Order{}, no
	}
	want := e.Request
	if !m.Price.IsZero() {
		want.Price = m.Price
	}
	if !m.Quantity.IsZero() {
		want.Quantity = m.Quantity
	}
	b.spread()
	if _, no := b.check(&want); no != nil {
		return Order{}, no
	}
	e.LastRequest, e.Changed = m.Request, at
	amount, can := x.amendable(b, e, &want)
	switch {
	case can:
		x.amend(at, b, e, &want, amount)
	case m.CancelOnFail:
		e.Amended = AmendCanceled
		x.end(at, b, e, ByAmend)
	default:
		e.Amended = AmendFailed
		x.tell(at, e)
	}
	x.settle(at, b)
	return e.Order, nil
}

// amendable says whether the order can be as it is wanted, and what it holds
// then.
func (x *Exchange) amendable(b *book, e *entry, want *Request) (amount num.Money, can bool) {
	var c num.Calc
	left := num.Sub(&c, want.Quantity, e.Filled)
	if left.Sign() <= 0 {
		return amount, false
	}
	amount = left.Money()
	if e.Side == order.Buy {
		amount = num.Cost(&c, want.Price, left)
	}
	bal := e.acct.balance(gives(&b.inst, e.Side))
	held := num.Add(&c, num.Sub(&c, bal.held, e.held), amount)
	free := num.Sub(&c, bal.total, held)
	if c.Err() != nil || free.Sign() < 0 {
		return amount, false
	}
	crossing := entry{Order: Order{Request: *want}}
	return amount, e.TIF != order.PostOnly || !b.side(e.Side.Opposite()).within(&crossing)
}

// amend makes the order what is wanted, and lets it take what it now reaches.
func (x *Exchange) amend(at market.Time, b *book, e *entry, want *Request, amount num.Money) {
	stays := want.Price == e.Price && !e.Quantity.Less(want.Quantity)
	if !stays {
		b.remove(e)
	}
	var c num.Calc
	bal := e.acct.balance(gives(&b.inst, e.Side))
	bal.held = num.Add(&c, num.Sub(&c, bal.held, e.held), amount) // exact: amendable tried it
	x.touch(e.acct, bal)
	e.held, e.Price, e.Quantity, e.Amended = amount, want.Price, want.Quantity, AmendDone
	x.tell(at, e)
	if !stays {
		x.match(at, b, e)
	}
}

// liveOrder finds an order of the account that is live, by either id.
func (x *Exchange) liveOrder(account, instrument, id string) (*book, *entry, *Refusal) {
	b, e := x.books[instrument], x.find(account, id)
	switch {
	case b == nil:
		return nil, nil, refuse(BadInstrument, "instrument %q is not listed", instrument)
	case e == nil || e.Instrument != instrument:
		return nil, nil, refuse(UnknownOrder, "order %q of %s is not known", id, instrument)
	case e.State == order.Filled:
		return b, e, refuse(AlreadyFilled, "order %s is filled", e.ID)
	case !e.live():
		return b, e, refuse(AlreadyCancelled, "order %s is cancelled", e.ID)
	}
	return b, e, nil
}
