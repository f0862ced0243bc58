package order

// Happening is what moves an order from one state to another.
type Happening uint8

// The happenings.
const (
	Checked       Happening = iota + 1 // every risk check passed and the intent is durable
	Failed                             // a risk check failed
	NothingLeft                        // proven that no byte left
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
	KeptOpen                           // the exchange refused the cancel; nothing is filled
	KeptPartial                        // the exchange refused the cancel; something is filled
	Contradicted                       // what cannot be true of the order we sent
	Decided                            // a person decided
	happenings
)

var happeningNames = [...]string{
	"", "checked", "failed", "nothing left", "acknowledged", "repelled", "lost", "seen open", "seen partial",
	"seen canceling", "seen filled", "seen canceled", "seen failed", "proven absent", "filled some", "filled all",
	"cancel wish", "kept open", "kept partial", "contradicted", "decided",
}

// String returns the happening in words.
func (h Happening) String() string { return name(happeningNames[:], int(h)) }

// Happenings returns every happening.
func Happenings() []Happening {
	all := make([]Happening, 0, happenings-1)
	for h := Checked; h < happenings; h++ {
		all = append(all, h)
	}
	return all
}

// Row is one allowed transition.
type Row struct {
	From State
	On   Happening
	To   State
	Note string // why, where the names do not say it
}

// Table returns every allowed transition. What is not in it is a broken
// invariant, except that Contradicted leads from anywhere to Conflict.
func Table() []Row { return append([]Row(nil), table[:]...) }

// The rows follow the order of an order's life. For a state and a happening
// there is one row, but for Decided, where the person says which.
//
// What the exchange tells comes over two ways that overtake each other, so two
// contradicting things make a Conflict in whichever order they arrive.
var table = [...]Row{
	{StateNone, Failed, Denied, "nothing is sent"},
	{StateNone, Checked, Intended, "nothing was sent yet"},

	{Intended, NothingLeft, Denied, "late gate, or no connection"},
	{Intended, Acknowledged, Open, ""},
	{Intended, Repelled, Refused, ""},
	{Intended, Lost, Unproven, ""},
	{Intended, SeenOpen, Open, "an event may overtake the answer"},
	{Intended, SeenPartial, Partial, ""},
	{Intended, SeenCanceling, Canceling, ""},
	{Intended, SeenFilled, Filled, ""},
	{Intended, SeenCanceled, Canceled, ""},
	{Intended, SeenFailed, Refused, ""},
	{Intended, FilledSome, Partial, ""},
	{Intended, FilledAll, Filled, ""},
	{Intended, CancelWish, Intended, "remembered; carried out once the order is known"},

	{Unproven, Lost, Unproven, "a restart"},
	{Unproven, SeenOpen, Open, ""},
	{Unproven, SeenPartial, Partial, ""},
	{Unproven, SeenCanceling, Canceling, ""},
	{Unproven, SeenFilled, Filled, ""},
	{Unproven, SeenCanceled, Canceled, ""},
	{Unproven, SeenFailed, Refused, ""},
	{Unproven, ProvenAbsent, NotFound, "stays on the watch list"},
	{Unproven, FilledSome, Partial, ""},
	{Unproven, FilledAll, Filled, ""},
	{Unproven, CancelWish, Unproven, "remembered; carried out once the order is known"},

	{Open, Acknowledged, Open, "the answer after a push attaches the id"},
	{Open, Lost, Open, "the answer was lost, the push was not"},
	{Open, SeenPartial, Partial, ""},
	{Open, SeenCanceling, Canceling, ""},
	{Open, SeenFilled, Filled, ""},
	{Open, SeenCanceled, Canceled, "rest of an IOC order, expiry, action of the exchange"},
	{Open, SeenFailed, Refused, ""},
	{Open, FilledSome, Partial, ""},
	{Open, FilledAll, Filled, ""},
	{Open, CancelWish, Canceling, ""},
	{Open, Repelled, Conflict, "refused, and yet there"},
	{Open, NothingLeft, Conflict, "never sent, and yet there"},

	{Partial, Acknowledged, Partial, "the answer after a push attaches the id"},
	{Partial, Lost, Partial, ""},
	{Partial, SeenPartial, Partial, "with more filled"},
	{Partial, SeenCanceling, Canceling, ""},
	{Partial, SeenFilled, Filled, ""},
	{Partial, SeenCanceled, Canceled, ""},
	{Partial, FilledSome, Partial, ""},
	{Partial, FilledAll, Filled, ""},
	{Partial, CancelWish, Canceling, ""},
	{Partial, Repelled, Conflict, "refused, and yet there"},
	{Partial, NothingLeft, Conflict, "never sent, and yet there"},

	{Canceling, Acknowledged, Canceling, "the answer after a push attaches the id"},
	{Canceling, Lost, Canceling, ""},
	{Canceling, SeenPartial, Canceling, "it filled while the cancel was under way"},
	{Canceling, SeenCanceling, Canceling, "with more filled"},
	{Canceling, SeenFilled, Filled, ""},
	{Canceling, SeenCanceled, Canceled, ""},
	{Canceling, SeenFailed, Refused, ""},
	{Canceling, FilledSome, Canceling, "cancel and fill race"},
	{Canceling, FilledAll, Filled, ""},
	{Canceling, KeptOpen, Open, "the cancel is still wanted"},
	{Canceling, KeptPartial, Partial, "the cancel is still wanted"},
	{Canceling, Repelled, Conflict, "refused, and yet there"},
	{Canceling, NothingLeft, Conflict, "never sent, and yet there"},

	{Filled, Acknowledged, Filled, "the answer after the end attaches the id"},
	{Filled, Lost, Filled, ""},
	{Filled, FilledAll, Filled, "a fill that the evidence had counted already"},
	{Filled, Repelled, Conflict, "refused, and yet filled"},
	{Filled, NothingLeft, Conflict, "never sent, and yet filled"},

	{Canceled, Acknowledged, Canceled, "the answer after the end attaches the id"},
	{Canceled, Lost, Canceled, ""},
	{Canceled, SeenPartial, Canceled, "from before the end, and counts more"},
	{Canceled, SeenCanceling, Canceled, "from before the end, and counts more"},
	{Canceled, SeenCanceled, Canceled, "with more filled than we knew"},
	{Canceled, SeenFilled, Filled, ""},
	{Canceled, FilledSome, Canceled, "a late fill, or one that the evidence had counted"},
	{Canceled, FilledAll, Filled, "a late fill"},
	{Canceled, Repelled, Conflict, "refused, and yet there"},
	{Canceled, NothingLeft, Conflict, "never sent, and yet there"},

	{Refused, Acknowledged, Refused, "accepted, then failed; the failure came first"},
	{Refused, Repelled, Refused, "the refusal after the push"},
	{Refused, Lost, Refused, ""},
	{Refused, NothingLeft, Conflict, "never sent, and yet failed"},
	{Refused, SeenOpen, Conflict, ""},
	{Refused, SeenPartial, Conflict, ""},
	{Refused, SeenCanceling, Conflict, ""},
	{Refused, SeenFilled, Conflict, ""},
	{Refused, SeenCanceled, Conflict, ""},
	{Refused, FilledSome, Conflict, "it is booked: the money moved"},
	{Refused, FilledAll, Conflict, "it is booked: the money moved"},

	{Denied, SeenOpen, Conflict, "it cannot be there: nothing left"},
	{Denied, SeenPartial, Conflict, ""},
	{Denied, SeenCanceling, Conflict, ""},
	{Denied, SeenFilled, Conflict, ""},
	{Denied, SeenCanceled, Conflict, ""},
	{Denied, SeenFailed, Conflict, ""},
	{Denied, FilledSome, Conflict, "it is booked: the money moved"},
	{Denied, FilledAll, Conflict, "it is booked: the money moved"},

	{NotFound, SeenOpen, Open, "it appeared late after all"},
	{NotFound, SeenPartial, Partial, ""},
	{NotFound, SeenCanceling, Canceling, ""},
	{NotFound, SeenFilled, Filled, ""},
	{NotFound, SeenCanceled, Canceled, ""},
	{NotFound, SeenFailed, Refused, ""},
	{NotFound, FilledSome, Partial, ""},
	{NotFound, FilledAll, Filled, ""},

	{Conflict, Acknowledged, Conflict, "only a person ends a conflict"},
	{Conflict, Repelled, Conflict, ""},
	{Conflict, NothingLeft, Conflict, ""},
	{Conflict, Lost, Conflict, ""},
	{Conflict, FilledSome, Conflict, "it is booked: the money moved"},
	{Conflict, FilledAll, Conflict, "it is booked: the money moved"},
	{Conflict, CancelWish, Conflict, "it may be live"},
	{Conflict, Decided, Filled, ""},
	{Conflict, Decided, Canceled, ""},
	{Conflict, Decided, Refused, ""},
	{Conflict, Decided, Denied, ""},
	{Conflict, Decided, NotFound, ""},
}
