package order

import (
	"fmt"
	"time"

	"rulebot/engine/market"
)

// clockError is how far our run clock and the exchange's may be apart while we
// trade. Only a question that left later than the newest news by more than
// this was surely asked after it.
const clockError = 5 * time.Second

// Merge folds in what the exchange says of the order and reports whether that
// changed anything. Evidence that says less than is known is dropped: it comes
// from before. What cannot be true makes the order a Conflict, and is a
// *ConflictError. Merging the same evidence again changes nothing.
func (o *Order) Merge(e Evidence) (changed bool, err error) {
	before := *o
	err = o.merge(&e)
	return *o != before, err
}

func (o *Order) merge(e *Evidence) error {
	if e.Missing {
		return nil // absence is no evidence; it may become a proof: see Probe
	}
	if o.State == Conflict {
		o.count(e)
		return nil
	}
	if why := o.impossible(e); why != "" {
		o.count(e)
		return o.contradict("%s", why)
	}
	if e.Filled.Less(o.Filled) {
		if e.Source == FromQuery && e.Asked > o.Changed.Add(clockError) {
			o.learn(e)
			return o.contradict("filled fell from %s to %s", o.Filled, e.Filled)
		}
		return nil
	}
	on := o.seen(e)
	if o.outdated(e, on) {
		o.learn(e)
		return nil
	}
	o.count(e)
	err := o.appear(on)
	o.Changed = max(o.Changed, e.dated())
	o.settle()
	return err
}

// count keeps what is true of an order whatever state it is in.
func (o *Order) count(e *Evidence) {
	o.learn(e)
	o.Filled = o.Filled.Max(e.Filled)
}

// learn attaches the exchange's id when it was not known.
func (o *Order) learn(e *Evidence) {
	if o.ExchangeID == "" {
		o.ExchangeID = e.ExchangeID
	}
}

// dated is the earliest moment that the evidence can speak of: of a push its
// own time, of an answer the time of its question, which is run clock.
func (e *Evidence) dated() market.Time {
	if e.Source == FromPush {
		return e.At
	}
	return max(e.At, e.Asked)
}

// impossible says why the evidence cannot be about the order we sent, or "".
func (o *Order) impossible(e *Evidence) string {
	switch {
	case e.ClientID != "" && e.ClientID != o.ClientID:
		return fmt.Sprintf("the exchange calls it %s", e.ClientID)
	case e.ExchangeID != "" && o.ExchangeID != "" && e.ExchangeID != o.ExchangeID:
		return fmt.Sprintf("two orders at the exchange, %s and %s", o.ExchangeID, e.ExchangeID)
	case e.Instrument != "" && e.Instrument != o.Instrument:
		return fmt.Sprintf("sent for %s, the exchange shows %s", o.Instrument, e.Instrument)
	case e.Side != 0 && e.Side != o.Side:
		return fmt.Sprintf("sent to %s, the exchange shows %s", o.Side, e.Side)
	case !e.Price.IsZero() && !o.Price.IsZero() && e.Price != o.Price: // what a stop became was given no price
		return fmt.Sprintf("sent at %s, the exchange shows %s", o.Price, e.Price)
	case !e.Quantity.IsZero() && e.Quantity != o.Quantity:
		return fmt.Sprintf("sent for %s, the exchange shows %s", o.Quantity, e.Quantity)
	case e.Filled.Sign() < 0 || o.Quantity.Less(e.Filled):
		return fmt.Sprintf("%s filled of %s", e.Filled, o.Quantity)
	}
	return e.inconsistent(o)
}

// inconsistent says why state and filled quantity cannot be true together.
func (e *Evidence) inconsistent(o *Order) string {
	switch e.State {
	case Open, Partial, Canceling, Canceled:
		return ""
	case Filled:
		if e.Filled == o.Quantity {
			return ""
		}
	case Refused:
		if e.Filled.IsZero() {
			return ""
		}
	case StateNone, Intended, Unproven, Denied, NotFound, Conflict:
	}
	return fmt.Sprintf("the exchange says %s with %s filled of %s", e.State, e.Filled, o.Quantity)
}

// seen maps evidence to a happening. The filled quantity counts for more than
// the word beside it: the two are not always written together.
func (o *Order) seen(e *Evidence) Happening {
	switch {
	case e.State == Refused:
		return SeenFailed
	case e.Filled == o.Quantity:
		return SeenFilled
	case e.State == Canceled:
		return SeenCanceled
	case e.State == Canceling:
		return SeenCanceling
	case e.Filled.IsZero():
		return SeenOpen
	}
	return SeenPartial
}

// outdated reports whether evidence of equal fills is from before what we
// know. An order that we believe was never there is a matter of its own: that
// it is, or was, there after all always counts, unless the exchange itself had
// told of its failure and this is older.
func (o *Order) outdated(e *Evidence, on Happening) bool {
	if o.Filled.Less(e.Filled) {
		return false
	}
	switch o.State {
	case NotFound, Denied:
		return false
	case Refused:
		return on == SeenFailed || o.ExchangeID != "" && e.dated() <= o.Changed
	case StateNone, Intended, Unproven, Open, Partial, Canceling, Filled, Canceled, Conflict:
	}
	return rankSeen(on) <= rank(o.State)
}

// rank orders the states for evidence of equal fills; all ends are one rank.
func rank(s State) int { return int(min(s, Filled)) }

func rankSeen(on Happening) int {
	switch on {
	case SeenOpen:
		return rank(Open)
	case SeenPartial:
		return rank(Partial)
	case SeenCanceling:
		return rank(Canceling)
	default:
		return rank(Filled)
	}
}
