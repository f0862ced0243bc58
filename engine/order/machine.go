package order

import "fmt"

// ForbiddenError reports a transition that is not in the table: a mistake of
// this program. The order's state has not moved.
type ForbiddenError struct {
	ClientID string
	From     State
	On       Happening
}

// Error names the order, its state and what happened.
func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("order: %s: %s cannot be followed by %q", e.ClientID, e.From, e.On)
}

// ConflictError reports that the exchange told what cannot be true of the
// order we sent. The order is a Conflict when the error is returned: its
// instrument stops, and a person decides.
type ConflictError struct {
	ClientID string
	Reason   string
}

// Error names the order and what contradicts what.
func (e *ConflictError) Error() string { return "order: " + e.ClientID + ": " + e.Reason }

// Next returns where a happening leads, and whether the table allows it.
// Decided leads where a person says: see [Order.Decide].
func Next(from State, on Happening) (State, bool) {
	if on == Contradicted && from != StateNone {
		return Conflict, true
	}
	if on == Decided {
		return StateNone, false
	}
	for i := range table {
		if table[i].From == from && table[i].On == on {
			return table[i].To, true
		}
	}
	return StateNone, false
}

// move follows the table. Coming into Conflict is an error, so that nobody
// takes it for news like any other.
func (o *Order) move(on Happening) error {
	to, ok := Next(o.State, on)
	if !ok {
		return &ForbiddenError{ClientID: o.ClientID, From: o.State, On: on}
	}
	if to == Conflict {
		return o.contradict("%s, and then %s", o.State, on)
	}
	o.State = to
	return nil
}

// contradict makes the order a Conflict. In a conflict nothing is news.
func (o *Order) contradict(format string, args ...any) error {
	if o.State == Conflict {
		return nil
	}
	err := &ConflictError{ClientID: o.ClientID, Reason: fmt.Sprintf(format, args...)}
	o.State, o.Settled, o.Reason = Conflict, false, err.Error()
	return err
}

// Decide ends a conflict as a person says.
func (o *Order) Decide(end State, reason string) error {
	for i := range table {
		if r := &table[i]; r.From == o.State && r.On == Decided && r.To == end {
			o.State, o.Reason = end, reason
			o.settle()
			return nil
		}
	}
	return &ForbiddenError{ClientID: o.ClientID, From: o.State, On: Decided}
}
