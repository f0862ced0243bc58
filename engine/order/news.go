package order

import (
	"fmt"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// Submitted takes the answer to the submit. An answer that comes after the
// order was seen at the exchange attaches the id and changes nothing else.
func (o *Order) Submitted(r Result, at market.Time) error {
	on := Lost
	switch r.Class {
	case Accepted:
		on = Acknowledged
	case Rejected:
		on = Repelled
	case NotSent:
		on = NothingLeft
	case Unknown, Gone:
	}
	if err := o.attach(r.ExchangeID); err != nil {
		return err
	}
	if err := o.move(on); err != nil {
		return err
	}
	if on != Acknowledged {
		o.Code, o.Reason = r.Code, r.Message
	}
	o.Changed = max(o.Changed, at)
	o.settle()
	return nil
}

// attach notes the exchange's id; a second, other one is a contradiction.
func (o *Order) attach(id string) error {
	if id == "" || id == o.ExchangeID {
		return nil
	}
	if o.ExchangeID != "" {
		return fmt.Errorf("order: %s: two orders at the exchange, %s and %s", o.ClientID, o.ExchangeID, id)
	}
	o.ExchangeID = id
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

// CancelAnswered takes the answer to a cancel. "Accepted" is not "cancelled",
// and "gone" is not either: both wait for evidence. A refusal leaves the order
// live with the cancel still wanted.
func (o *Order) CancelAnswered(r Result, at market.Time) error {
	if r.Class != Rejected || !o.State.Live() {
		return nil
	}
	if err := o.move(CancelRefused); err != nil {
		return err
	}
	o.Code, o.Reason = r.Code, r.Message
	o.Changed = max(o.Changed, at)
	return nil
}

// seen maps the state in evidence to a happening.
func (e *Evidence) seen() (Happening, error) {
	switch e.State {
	case Open:
		return SeenOpen, nil
	case Partial:
		return SeenPartial, nil
	case Canceling:
		return SeenCanceling, nil
	case Filled:
		return SeenFilled, nil
	case Canceled:
		return SeenCanceled, nil
	case Refused:
		return SeenFailed, nil
	case StateNone, Intended, Unproven, Denied, NotFound, Conflict:
	}
	return 0, fmt.Errorf("order: evidence of state %s for %s", e.State, e.ClientID)
}

// Merge folds in what the exchange says of the order and reports whether that
// changed anything. Evidence that is older than what is known is dropped; what
// cannot be true is an error, and the caller makes the order a Conflict.
func (o *Order) Merge(e Evidence) (changed bool, err error) {
	if err := o.same(&e); err != nil {
		return false, err
	}
	if e.Filled.Less(o.Filled) {
		if fresh := e.Source == FromQuery && e.Asked > o.Changed; fresh {
			return false, fmt.Errorf("order: %s: filled fell from %s to %s", o.ClientID, o.Filled, e.Filled)
		}
		return false, nil
	}
	on, err := e.seen()
	if err != nil {
		return false, err
	}
	grew := o.Filled.Less(e.Filled)
	if !grew && rank(e.State) <= rank(o.State) && !late(o.State) {
		return o.learn(&e), nil
	}
	if !grew && e.Source != FromPush && e.Asked < o.Changed && rank(e.State) <= rank(o.State) {
		return o.learn(&e), nil
	}
	before := *o
	o.learn(&e)
	o.Filled = e.Filled
	if err := o.move(on); err != nil {
		*o = before
		return false, err
	}
	o.Changed = max(o.Changed, e.At)
	o.settle()
	if before.State == NotFound && o.State != NotFound {
		o.Reason = "appeared at the exchange after it was taken for never accepted"
	}
	return *o != before, nil
}

// late reports a state from which even evidence of a live order counts.
func late(s State) bool { return s == NotFound || s == Refused || s == Denied }

// rank orders the states for evidence of equal fills.
func rank(s State) int {
	switch s {
	case Filled, Canceled, Refused, Denied, NotFound, Conflict:
		return int(Filled)
	case StateNone, Intended, Unproven, Open, Partial, Canceling:
	}
	return int(s)
}

// learn attaches the exchange's id when it was not known.
func (o *Order) learn(e *Evidence) bool {
	if o.ExchangeID != "" || e.ExchangeID == "" {
		return false
	}
	o.ExchangeID = e.ExchangeID
	return true
}

// same refuses evidence about an order that is not the one we sent.
func (o *Order) same(e *Evidence) error {
	switch {
	case e.ExchangeID != "" && o.ExchangeID != "" && e.ExchangeID != o.ExchangeID:
		return fmt.Errorf("order: %s: two orders at the exchange, %s and %s", o.ClientID, o.ExchangeID, e.ExchangeID)
	case e.Side != 0 && e.Side != o.Side:
		return fmt.Errorf("order: %s: sent to %s, the exchange shows %s", o.ClientID, o.Side, e.Side)
	case !e.Price.IsZero() && e.Price != o.Price:
		return fmt.Errorf("order: %s: sent at %s, the exchange shows %s", o.ClientID, o.Price, e.Price)
	case !e.Quantity.IsZero() && e.Quantity != o.Quantity:
		return fmt.Errorf("order: %s: sent for %s, the exchange shows %s", o.ClientID, o.Quantity, e.Quantity)
	case o.Quantity.Less(e.Filled):
		return fmt.Errorf("order: %s: %s filled of %s", o.ClientID, e.Filled, o.Quantity)
	}
	return nil
}

// Book applies one new fill; that it is new is the caller's knowledge. On an
// error the fill happened all the same: the money moved.
func (o *Order) Book(f Fill) error {
	var c num.Calc
	booked := num.Add(&c, o.Booked, f.Quantity)
	if err := c.Err(); err != nil {
		return fmt.Errorf("order: %s: %w", o.ClientID, err)
	}
	o.Booked = booked
	o.Filled = o.Filled.Max(booked)
	if err := o.attach(f.ExchangeID); err != nil {
		return err
	}
	if o.Quantity.Less(booked) {
		return fmt.Errorf("order: %s: %s filled of %s", o.ClientID, booked, o.Quantity)
	}
	on := FilledSome
	if o.Filled == o.Quantity {
		on = FilledAll
	}
	if err := o.move(on); err != nil {
		return err
	}
	o.Changed = max(o.Changed, f.At)
	o.settle()
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
		o.State = Unproven
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
