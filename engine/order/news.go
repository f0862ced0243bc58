package order

import (
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// Submitted takes the answer to the submit. An answer that comes after the
// order was seen at the exchange attaches the id and changes nothing else. An
// acceptance without an id proves nothing.
func (o *Order) Submitted(r Result, at market.Time) error {
	on := Lost
	switch r.Class {
	case Accepted:
		if r.ExchangeID != "" {
			on = Acknowledged
		}
	case Rejected:
		on = Repelled
	case NotSent:
		on = NothingLeft
	case Unknown, Gone:
	}
	if on == Acknowledged {
		if o.ExchangeID != "" && o.ExchangeID != r.ExchangeID {
			return o.contradict("two orders at the exchange, %s and %s", o.ExchangeID, r.ExchangeID)
		}
		o.ExchangeID = r.ExchangeID
	}
	before := o.State
	if err := o.move(on); err != nil || o.State == before {
		return err
	}
	if on != Acknowledged {
		o.Code, o.Reason = r.Code, r.Message
	}
	o.Changed = max(o.Changed, at)
	o.settle()
	return nil
}

// Cancelling notes that a cancel intent is durable.
func (o *Order) Cancelling(at market.Time) error {
	if err := o.move(CancelWish); err != nil {
		return err
	}
	o.CancelWanted = true
	o.Changed = max(o.Changed, at)
	return nil
}

// Expire notes that the order's time is over and a cancel intent is durable.
func (o *Order) Expire(at market.Time) error {
	if err := o.Cancelling(at); err != nil {
		return err
	}
	o.Expired = true
	return nil
}

// CancelAnswered takes the answer to a cancel. "Accepted" is not "cancelled",
// and "gone" is not either: both wait for evidence. A refusal leaves the order
// live with the cancel still wanted; to an order that has moved on it means
// nothing.
func (o *Order) CancelAnswered(r Result, at market.Time) error {
	if r.Class != Rejected || o.State != Canceling {
		return nil
	}
	on := KeptOpen
	if o.Filled.Sign() > 0 {
		on = KeptPartial
	}
	if err := o.move(on); err != nil {
		return err
	}
	o.Code, o.Reason = r.Code, r.Message
	o.Changed = max(o.Changed, at)
	return nil
}

// Book applies one new fill; that it is new is the caller's knowledge. On an
// error the fill happened all the same: the money moved, and is counted.
func (o *Order) Book(f Fill) error {
	if f.Quantity.Sign() <= 0 {
		return o.contradict("fill %s is of %s", f.ID, f.Quantity)
	}
	var c num.Calc
	booked := num.Add(&c, o.Booked, f.Quantity)
	if err := c.Err(); err != nil {
		return o.contradict("fill %s: %v", f.ID, err)
	}
	o.Booked = booked
	o.Filled = o.Filled.Max(booked)
	o.Changed = max(o.Changed, f.At)
	err := o.bookMove(&f)
	if o.ExchangeID == "" {
		o.ExchangeID = f.ExchangeID
	}
	o.settle()
	return err
}

func (o *Order) bookMove(f *Fill) error {
	switch {
	case f.ExchangeID != "" && o.ExchangeID != "" && f.ExchangeID != o.ExchangeID:
		return o.contradict("two orders at the exchange, %s and %s", o.ExchangeID, f.ExchangeID)
	case f.Side != 0 && f.Side != o.Side, f.Instrument != "" && f.Instrument != o.Instrument:
		return o.contradict("sent to %s %s, fill %s is a %s of %s", o.Side, o.Instrument, f.ID, f.Side, f.Instrument)
	case o.Quantity.Less(o.Filled):
		return o.contradict("%s filled of %s", o.Filled, o.Quantity)
	case o.Filled == o.Quantity:
		return o.appear(FilledAll)
	}
	return o.appear(FilledSome)
}

// appear moves an order that shows life. What we thought of it before, when
// nothing was proven or the wrong thing was, is no reason any more.
func (o *Order) appear(on Happening) error {
	before := o.State
	err := o.move(on)
	if err != nil || o.State == before {
		return err
	}
	switch before {
	case Unproven:
		o.Code, o.Reason = "", ""
	case NotFound:
		o.Code, o.Reason = "", "appeared at the exchange after it was taken for never accepted"
	case StateNone, Intended, Open, Partial, Canceling, Filled, Canceled, Refused, Denied, Conflict:
	}
	return nil
}

// settle notes whether the order is over and everything about it is booked.
func (o *Order) settle() { o.Settled = o.State.Terminal() && o.Booked == o.Filled }

// NeverAccepted ends an unproven order whose absence is proven.
func (o *Order) NeverAccepted(at market.Time) error {
	if err := o.move(ProvenAbsent); err != nil {
		return err
	}
	o.Changed = max(o.Changed, at)
	o.Reason = "proven never accepted"
	o.settle()
	return nil
}

// Recovered reads an order back after a restart: whether an intent was sent
// is not known.
func (o *Order) Recovered() {
	if o.State == Intended {
		o.State, _ = Next(Intended, Lost) // in the table
	}
}

// Remaining returns the quantity that may still trade; zero once terminal.
func (o *Order) Remaining() num.Quantity {
	if !o.State.Live() {
		return num.Quantity{}
	}
	var c num.Calc
	rest := num.Sub(&c, o.Quantity, o.Filled)
	if c.Err() != nil || rest.Sign() < 0 {
		return num.Quantity{}
	}
	return rest
}
