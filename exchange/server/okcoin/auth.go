package okcoin

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"rulebot/engine/market"
	"rulebot/exchange/server/front"
)

// loginPath is what a WebSocket login signs in place of a request path.
const loginPath = "/users/self/verify"

// Account is one key pair and whose it is.
type Account = front.Account

var errTimestamp = errors.New("okcoin: timestamp is neither ISO 8601 nor Unix seconds")

// parseTimestamp reads both forms a client may sign: ISO 8601 in UTC with or
// without a fraction, and decimal Unix seconds.
func parseTimestamp(s string) (market.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return market.TimeOf(t), nil
	}
	whole, fraction, _ := strings.Cut(s, ".")
	if len(whole) < 9 || len(whole) > 10 || len(fraction) > 9 {
		return 0, errTimestamp
	}
	digits := whole + fraction + strings.Repeat("0", 9-len(fraction))
	if strings.Trim(digits, "0123456789") != "" {
		return 0, errTimestamp
	}
	ns, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, errTimestamp
	}
	return market.Time(ns), nil
}

// credentials are what a client shows, in headers or in a login command.
type credentials struct{ key, sign, timestamp, passphrase string }

func headerCredentials(h http.Header) credentials {
	return credentials{
		key:        h.Get("OK-ACCESS-KEY"),
		sign:       h.Get("OK-ACCESS-SIGN"),
		timestamp:  h.Get("OK-ACCESS-TIMESTAMP"),
		passphrase: h.Get("OK-ACCESS-PASSPHRASE"),
	}
}

// authenticate returns whose credentials c are. signed is what follows the
// timestamp in the prehash.
func (f *Front) authenticate(c credentials, signed string) (*Account, *fault) {
	switch {
	case c.key == "":
		return nil, newFault(30001, "OK-ACCESS-KEY header is required")
	case c.sign == "":
		return nil, newFault(30002, "OK-ACCESS-SIGN header is required")
	case c.timestamp == "":
		return nil, newFault(30003, "OK-ACCESS-TIMESTAMP header is required")
	case c.passphrase == "":
		return nil, newFault(30004, "OK-ACCESS-PASSPHRASE header is required")
	}
	at, err := parseTimestamp(c.timestamp)
	if err != nil {
		return nil, newFault(30005, "Invalid OK-ACCESS-TIMESTAMP")
	}
	account := f.Account(c.key)
	if account == nil {
		return nil, newFault(30006, "Invalid OK-ACCESS-KEY")
	}
	if !f.Timely(at) {
		return nil, newFault(30008, "Request timestamp expired")
	}
	if c.passphrase != account.Passphrase {
		return nil, newFault(30015, "Invalid OK-ACCESS-PASSPHRASE")
	}
	if !account.Signed(c.timestamp+signed, c.sign) {
		return nil, newFault(30013, "Invalid Sign")
	}
	return account, nil
}
