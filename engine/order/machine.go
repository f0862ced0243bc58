package order

import "fmt"

// Happening is what moves an order from one state to another.
type Happening uint8

// The happenings.
const (
	NothingLeft   Happening = iota + 1 // proven that no byte left
	Acknowledged                       // accepted with an order id
	Repelled                           // definitive refusal
	Lost                               // any other end of the send, or a restart
	SeenOpen                           // evidence: live, nothing filled
	SeenPartial                        // evidence: live, partly filled
	SeenCanceling                      // evidence: a cancel is under way there
	SeenFilled                         // evidence: filled
	SeenCanceled                       // evidence: cancelled
	SeenFailed                         // evidence: failed before matching
	ProvenAbsent                       // the proof that it was never accepted is complete
	FilledSome                         // a fill that leaves a rest
	FilledAll                          // a fill that leaves nothing
	CancelWish                         // a cancel intent became durable
	CancelRefused                      // the exchange refused the cancel and shows the order live
	Contradicted                       // evidence that cannot be true
	Decided                            // a person decided
	happenings
)

var happeningNames = [...]string{
	"", "nothing left", "acknowledged", "repelled", "lost", "seen open", "seen partial", "seen canceling",
	"seen filled", "seen canceled", "seen failed", "proven absent", "filled some", "filled all", "cancel wish",
	"cancel refused", "contradicted", "decided",
}

// String returns the happening in words.
func (h Happening) String() string { return name(happeningNames[:], int(h)) }

// Happenings returns every happening.
func Happenings() []Happening {
	all := make([]Happening, 0, happenings-1)
	for h := NothingLeft; h < happenings; h++ {
		all = append(all, h)
	}
	return all
}

// Row is one allowed transition.
type Row struct {
	From State
	On   Happening
	To   State
}

// Table returns every allowed transition. What is not in it is a broken
// invariant, except that Contradicted leads from anywhere to Conflict.
func Table() []Row { return append([]Row(nil), table[:]...) }

var table = [...]Row{
	{Intended, NothingLeft, Denied},
	{Intended, Acknowledged, Open},
	{Intended, Repelled, Refused},
	{Intended, Lost, Unproven},
	{Intended, SeenOpen, Open}, // an event may overtake the ack
	{Intended, SeenPartial, Partial},
	{Intended, SeenCanceling, Canceling},
	{Intended, SeenFilled, Filled},
	{Intended, SeenCanceled, Canceled},
	{Intended, SeenFailed, Refused},
	{Intended, FilledSome, Partial},
	{Intended, FilledAll, Filled},
	{Intended, CancelWish, Intended}, // remembered; carried out once it is known

	{Unproven, Lost, Unproven},
	{Unproven, SeenOpen, Open},
	{Unproven, SeenPartial, Partial},
	{Unproven, SeenCanceling, Canceling},
	{Unproven, SeenFilled, Filled},
	{Unproven, SeenCanceled, Canceled},
	{Unproven, SeenFailed, Refused},
	{Unproven, ProvenAbsent, NotFound},
	{Unproven, FilledSome, Partial},
	{Unproven, FilledAll, Filled},
	{Unproven, CancelWish, Unproven},

	{Open, Acknowledged, Open}, // after a push: attaches the id
	{Open, Lost, Open},         // the answer was lost, the push was not
	{Open, SeenOpen, Open},
	{Open, SeenPartial, Partial},
	{Open, SeenCanceling, Canceling},
	{Open, SeenFilled, Filled},
	{Open, SeenCanceled, Canceled},
	{Open, SeenFailed, Refused},
	{Open, FilledSome, Partial},
	{Open, FilledAll, Filled},
	{Open, CancelWish, Canceling},
	{Open, CancelRefused, Open},

	{Partial, Acknowledged, Partial},
	{Partial, Lost, Partial},
	{Partial, SeenPartial, Partial},
	{Partial, SeenCanceling, Canceling},
	{Partial, SeenFilled, Filled},
	{Partial, SeenCanceled, Canceled},
	{Partial, FilledSome, Partial},
	{Partial, FilledAll, Filled},
	{Partial, CancelWish, Canceling},
	{Partial, CancelRefused, Partial},

	{Canceling, Acknowledged, Canceling},
	{Canceling, Lost, Canceling},
	{Canceling, SeenPartial, Canceling}, // it filled while the cancel was under way
	{Canceling, SeenCanceling, Canceling},
	{Canceling, SeenFilled, Filled},
	{Canceling, SeenCanceled, Canceled},
	{Canceling, SeenFailed, Refused},
	{Canceling, FilledSome, Canceling},
	{Canceling, FilledAll, Filled},
	{Canceling, CancelRefused, Open}, // or Partial, by what is filled

	{Filled, Acknowledged, Filled}, // an ack after the end attaches the id and nothing else
	{Filled, Lost, Filled},
	{Filled, SeenFilled, Filled},
	{Filled, FilledSome, Filled}, // fills that the evidence had counted already
	{Filled, FilledAll, Filled},
	{Filled, CancelRefused, Filled},

	{Canceled, Acknowledged, Canceled},
	{Canceled, Lost, Canceled},
	{Canceled, SeenCanceled, Canceled}, // with more filled than we knew
	{Canceled, SeenFilled, Filled},
	{Canceled, SeenPartial, Canceled}, // a push from before the end that counts more
	{Canceled, FilledSome, Canceled},  // a late fill: it is booked
	{Canceled, FilledAll, Filled},
	{Canceled, CancelRefused, Canceled},

	{Refused, SeenFailed, Refused},
	{Refused, Repelled, Refused},
	{Refused, Lost, Refused},
	{Refused, Acknowledged, Conflict},
	{Refused, SeenOpen, Conflict},
	{Refused, SeenPartial, Conflict},
	{Refused, SeenCanceling, Conflict},
	{Refused, SeenFilled, Conflict},
	{Refused, SeenCanceled, Conflict},
	{Refused, FilledSome, Conflict},
	{Refused, FilledAll, Conflict},

	{Denied, SeenOpen, Conflict}, // it cannot be there: nothing left
	{Denied, SeenPartial, Conflict},
	{Denied, SeenCanceling, Conflict},
	{Denied, SeenFilled, Conflict},
	{Denied, SeenCanceled, Conflict},
	{Denied, FilledSome, Conflict},
	{Denied, FilledAll, Conflict},

	{NotFound, SeenOpen, Open}, // it appeared late after all
	{NotFound, SeenPartial, Partial},
	{NotFound, SeenCanceling, Canceling},
	{NotFound, SeenFilled, Filled},
	{NotFound, SeenCanceled, Canceled},
	{NotFound, SeenFailed, Refused},
	{NotFound, FilledSome, Partial},
	{NotFound, FilledAll, Filled},

	{Conflict, FilledSome, Conflict}, // the money moved: it is booked
	{Conflict, FilledAll, Conflict},
	{Conflict, Acknowledged, Conflict},
	{Conflict, Lost, Conflict},
	{Conflict, Decided, Filled},
	{Conflict, Decided, Canceled},
	{Conflict, Decided, Refused},
	{Conflict, Decided, NotFound},
}

// ForbiddenError reports a transition that is not in the table.
type ForbiddenError struct {
	ClientID string
	From     State
	On       Happening
}

// Error names the order, its state and what happened.
func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("order: %s: %s cannot be followed by %q", e.ClientID, e.From, e.On)
}

// Next returns where a happening leads, and whether the table allows it.
// Decided leads to several states: see Decide.
func Next(from State, on Happening) (State, bool) {
	if on == Contradicted && from != StateNone {
		return Conflict, true
	}
	for i := range table {
		if table[i].From == from && table[i].On == on {
			return table[i].To, true
		}
	}
	return StateNone, false
}

// move follows the table.
func (o *Order) move(on Happening) error {
	to, ok := Next(o.State, on)
	if !ok {
		return &ForbiddenError{ClientID: o.ClientID, From: o.State, On: on}
	}
	if on == CancelRefused && to == Open && o.Filled.Sign() > 0 {
		to = Partial
	}
	o.State = to
	return nil
}

// Decide ends a conflict as a person says.
func (o *Order) Decide(end State, reason string) error {
	for i := range table {
		if table[i] == (Row{o.State, Decided, end}) {
			o.State, o.Reason = end, reason
			o.settle()
			return nil
		}
	}
	return &ForbiddenError{ClientID: o.ClientID, From: o.State, On: Decided}
}
