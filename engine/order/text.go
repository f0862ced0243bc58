package order

import "fmt"

var (
	sideNames  = [...]string{"", "buy", "sell"}
	tifNames   = [...]string{"", "gtc", "ioc", "fok", "post_only"}
	classNames = [...]string{"unknown", "accepted", "rejected", "not sent", "gone"}
)

// String returns "buy" or "sell".
func (s Side) String() string { return name(sideNames[:], int(s)) }

// MarshalText writes String.
func (s Side) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Side) UnmarshalText(b []byte) error {
	i, err := index("side", sideNames[:], string(b))
	*s = Side(i)
	return err
}

// String returns gtc, ioc, fok or post_only.
func (t TimeInForce) String() string { return name(tifNames[:], int(t)) }

// MarshalText writes String.
func (t TimeInForce) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (t *TimeInForce) UnmarshalText(b []byte) error {
	i, err := index("time in force", tifNames[:], string(b))
	*t = TimeInForce(i)
	return err
}

// String returns the class in words.
func (c Class) String() string { return name(classNames[:], int(c)) }

func name(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%d?", i)
}

func index(what string, names []string, s string) (int, error) {
	for i, n := range names {
		if n == s {
			return i, nil
		}
	}
	return 0, fmt.Errorf("order: %s %q is not known", what, s)
}
