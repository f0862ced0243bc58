package engine

import (
	"fmt"
	"slices"
)

// kindNames are the kinds in the order of their constants.
var kindNames = [...]string{
	"", "bar", "trade", "quote", "book", "instrument", "balance", "evidence", "submitted", "cancelled", "fill", "reconciled",
	"link", "clock", "timer", "command", "history", "end", "held", "stretch",
}

// String returns the kind in one word.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", k)
}

// MarshalText writes String.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *Kind) UnmarshalText(b []byte) error {
	i := slices.Index(kindNames[:], string(b))
	if i <= 0 {
		return fmt.Errorf("engine: %q is no kind of event", b)
	}
	*k = Kind(i)
	return nil
}
