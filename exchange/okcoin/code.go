package okcoin

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"rulebot/engine/order"
	"rulebot/exchange/wire"
)

// ErrAuth is wrapped by errors that say the key, its rights or the account
// were refused. Trying again is useless until a person did something.
var ErrAuth = errors.New("key or account refused")

// Class says what an error code of the exchange means for who asked.
type Class uint8

// The classes of error codes.
const (
	ClassUnlisted Class = iota // not in the table: proves nothing
	ClassReject                // this request is refused; do not repeat it unchanged
	ClassAuth                  // stop; a person must act
	ClassClock                 // our time was refused
	ClassRate                  // too many requests
	ClassRetry                 // temporary; says nothing about an order
	ClassGone                  // what was asked for does not exist or is finished
	ClassHalt                  // trading is off for the account or the pair
)

// codes is the error table, by ranges of codes in ascending order. A write
// refused with one of these is definitive for the classes reject, auth, halt
// and gone, unless open says that the exchange itself does not know.
var codes = [...]struct {
	first, last int64
	class       Class
	halt        order.Halt
	open        bool
}{
	{first: 1, last: 1, class: ClassReject},
	{first: 4001, last: 4002, class: ClassRetry},
	{first: 4010, last: 4010, class: ClassHalt, halt: order.HaltAuth},
	{first: 30001, last: 30004, class: ClassAuth, halt: order.HaltAuth},
	{first: 30005, last: 30005, class: ClassClock, halt: order.HaltClock},
	{first: 30006, last: 30006, class: ClassAuth, halt: order.HaltAuth},
	{first: 30007, last: 30007, class: ClassReject},
	{first: 30008, last: 30008, class: ClassClock, halt: order.HaltClock},
	{first: 30009, last: 30009, class: ClassRetry},
	{first: 30010, last: 30013, class: ClassAuth, halt: order.HaltAuth},
	{first: 30014, last: 30014, class: ClassRate},
	{first: 30015, last: 30018, class: ClassAuth, halt: order.HaltAuth},
	{first: 30019, last: 30019, class: ClassRetry, halt: order.HaltIncident},
	{first: 30020, last: 30021, class: ClassReject},
	{first: 30022, last: 30022, class: ClassAuth, halt: order.HaltAuth},
	{first: 30023, last: 30025, class: ClassReject},
	{first: 30026, last: 30026, class: ClassRate},
	{first: 30027, last: 30028, class: ClassAuth, halt: order.HaltAuth},
	{first: 30029, last: 30029, class: ClassHalt, halt: order.HaltAuth},
	{first: 30030, last: 30030, class: ClassRetry},
	{first: 30031, last: 30032, class: ClassReject},
	{first: 30033, last: 30034, class: ClassAuth, halt: order.HaltAuth},
	{first: 30035, last: 30035, class: ClassHalt, halt: order.HaltInstrument},
	{first: 30036, last: 30036, class: ClassGone},
	{first: 30037, last: 30038, class: ClassRetry, halt: order.HaltIncident},
	{first: 30044, last: 30044, class: ClassRetry},
	{first: 33001, last: 33002, class: ClassHalt, halt: order.HaltInstrument},
	{first: 33003, last: 33009, class: ClassReject},
	{first: 33010, last: 33011, class: ClassRetry},
	{first: 33012, last: 33012, class: ClassRetry, open: true},
	{first: 33013, last: 33013, class: ClassReject, open: true},
	{first: 33014, last: 33014, class: ClassGone},
	{first: 33015, last: 33016, class: ClassReject},
	{first: 33017, last: 33017, class: ClassReject, halt: order.HaltFunds},
	{first: 33018, last: 33018, class: ClassReject},
	{first: 33020, last: 33025, class: ClassReject},
	{first: 33026, last: 33027, class: ClassGone},
	{first: 33028, last: 33029, class: ClassReject},
	{first: 33032, last: 33032, class: ClassRetry},
	{first: 33034, last: 33034, class: ClassReject},
	{first: 33035, last: 33035, class: ClassGone},
	{first: 33036, last: 33051, class: ClassReject},
	{first: 33059, last: 33065, class: ClassReject},
	{first: 33085, last: 33085, class: ClassReject},
	{first: 34001, last: 34025, class: ClassReject},
	{first: 34026, last: 34026, class: ClassRate},
	{first: 34027, last: 34039, class: ClassReject},
}

// Error is an error the exchange reported in its own form, or an HTTP status
// without one.
type Error struct {
	Status  int    // HTTP status; 0 on a WebSocket
	Code    string // "" when the exchange gave none
	Message string // as the exchange wrote it, cut and made printable
	Class   Class
	Halt    order.Halt
	open    bool
}

// Error says status, code and message.
func (e *Error) Error() string {
	parts := make([]string, 0, 3)
	if e.Status != 0 {
		parts = append(parts, fmt.Sprint(e.Status))
	}
	if e.Code != "" {
		parts = append(parts, "code "+e.Code)
	}
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	return strings.Join(parts, " ")
}

// Is reports an auth refusal as ErrAuth.
func (e *Error) Is(target error) bool { return target == ErrAuth && e.Halt == order.HaltAuth }

// banned reports whether a gateway turned our address away: the exchange
// itself gives its refusals a code.
func (e *Error) banned() bool {
	return e.Code == "" && (e.Status == http.StatusForbidden || e.Status == http.StatusTeapot)
}

// definitive reports whether a write that was answered so was surely refused.
func (e *Error) definitive() bool {
	switch e.Class {
	case ClassReject, ClassAuth, ClassHalt, ClassGone:
		return !e.open
	default:
		return false
	}
}

func newError(status int, code, message string) *Error {
	e := &Error{Status: status, Code: code, Message: printable(message)}
	n, err := wire.ParseInt([]byte(code))
	if err != nil {
		return e // a code that is no number is in no table
	}
	for _, c := range codes {
		if c.first <= n && n <= c.last {
			e.Class, e.Halt, e.open = c.class, c.halt, c.open
		}
	}
	return e
}

// printable keeps other people's text from breaking a line or a terminal.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "..."
	}
	return s
}
