package order

import "fmt"

// State is where an order stands.
type State uint8

// The states, in the order of rank for equal fills: evidence of a lower rank
// never replaces a higher one.
const (
	StateNone State = iota
	Intended        // INTENT: durable, perhaps sent; after a restart it is read as UNKNOWN
	Unproven        // UNKNOWN: bytes may have left, the outcome is not proven
	Open
	Partial
	Canceling
	Filled
	Canceled
	Refused  // REJECTED by the exchange
	Denied   // refused by us; nothing was sent
	NotFound // an unproven order that was proven never accepted
	Conflict // contradictory evidence; a person decides
)

var stateNames = [...]string{
	"", "INTENT", "UNKNOWN", "OPEN", "PARTIAL", "CANCELING", "FILLED", "CANCELED", "REJECTED", "DENIED", "NOT_FOUND", "CONFLICT",
}

// States returns every state an order can be in.
func States() []State {
	return []State{Intended, Unproven, Open, Partial, Canceling, Filled, Canceled, Refused, Denied, NotFound, Conflict}
}

// String returns the name as in the journal: INTENT, UNKNOWN, OPEN ...
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// MarshalText writes String.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *State) UnmarshalText(b []byte) error {
	for i, name := range stateNames {
		if name == string(b) {
			*s = State(i)
			return nil
		}
	}
	return fmt.Errorf("order: state %q is not known", b)
}

// Terminal reports whether the exchange will do nothing more with the order.
func (s State) Terminal() bool { return s >= Filled && s <= NotFound }

// Live reports whether the order must be counted as if it could still fill
// completely.
func (s State) Live() bool { return s >= Intended && s <= Canceling || s == Conflict }
