package okx

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
	ClassRetry                 // temporary
	ClassUnknown               // the exchange itself does not know
	ClassSlow                  // too many requests
	ClassClock                 // our time was refused
	ClassFunds                 // not enough of something
	ClassRule                  // refused by a rule of trading
	ClassState                 // the order is not where we think
	ClassMarket                // trading is off for the instrument
	ClassStop                  // a person must act
	ClassBug                   // our request is wrong
	ClassNone                  // no data
)

// code is a range of error codes.
type code struct {
	first, last int64
	class       Class
}

// unprocessed are the codes of a request whose time was over before anything
// was done with it; gone those of an order that is finished or was never there.
const (
	expiredFirst, expiredLast = 50036, 50037
	cancelRunning             = 51410
	noSuchOrder               = "51603"
)

// Error is an error the exchange reported in its own form, or an HTTP status
// without one.
type Error struct {
	Status  int    // HTTP status; 0 on a WebSocket
	Code    string // "" when the exchange gave none
	Sub     string // its refinement
	Message string // as the exchange wrote it, cut and made printable
	Class   Class
	Halt    order.Halt
}

// Error says status, code and message.
func (e *Error) Error() string {
	parts := make([]string, 0, 3)
	if e.Status != 0 {
		parts = append(parts, fmt.Sprint(e.Status))
	}
	if e.Code != "" {
		parts = append(parts, strings.TrimSuffix("code "+e.Code+"/"+e.Sub, "/"))
	}
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	if len(parts) == 0 {
		return "refused without a code"
	}
	return strings.Join(parts, " ")
}

// Is reports an auth refusal as ErrAuth.
func (e *Error) Is(target error) bool { return target == ErrAuth && e.Halt == order.HaltAuth }

// banned reports whether a gateway turned our address away.
func (e *Error) banned() bool { return e.Code == "" && e.Status == http.StatusForbidden }

// definitive reports whether a write that was answered so was surely refused.
func (e *Error) definitive() bool {
	switch e.Class {
	case ClassFunds, ClassRule, ClassMarket, ClassStop, ClassBug:
		return true
	case ClassRetry:
		n := e.number()
		return n >= expiredFirst && n <= expiredLast
	default:
		return false
	}
}

func (e *Error) number() int64 {
	n, err := wire.ParseInt([]byte(e.Code))
	if err != nil {
		return 0 // a code that is no number is in no table
	}
	return n
}

func newError(status int, number, sub, message string) *Error {
	e := &Error{Status: status, Code: number, Sub: sub, Message: printable(message)}
	e.Class = ClassOf(e.number())
	switch e.Class {
	case ClassStop:
		e.Halt = order.HaltAuth
	case ClassMarket:
		e.Halt = order.HaltInstrument
	case ClassClock:
		e.Halt = order.HaltClock
	case ClassFunds:
		e.Halt = order.HaltFunds
	default:
	}
	if status == http.StatusTooManyRequests && e.Class == ClassUnlisted {
		e.Class = ClassSlow
	}
	return e
}

// ClassOf returns the class of an error code.
func ClassOf(n int64) Class {
	for _, c := range codes {
		if c.first <= n && n <= c.last {
			return c.class
		}
	}
	return ClassUnlisted
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
