package okx

import (
	"net/http"
	"strconv"
	"time"

	"rulebot/engine/market"
	"rulebot/exchange/server/front"
)

// Account is one key pair and whose it is.
type Account = front.Account

// loginPath is what a WebSocket login signs in place of a request path.
const loginPath = "/users/self/verify"

// stampLayout is the only form of a signed time in a header.
const stampLayout = "2006-01-02T15:04:05.000Z"

// credentials are what a client shows, in headers or in a login.
type credentials struct{ key, sign, timestamp, passphrase string }

func headerCredentials(h http.Header) credentials {
	return credentials{
		key:        h.Get("OK-ACCESS-KEY"),
		sign:       h.Get("OK-ACCESS-SIGN"),
		timestamp:  h.Get("OK-ACCESS-TIMESTAMP"),
		passphrase: h.Get("OK-ACCESS-PASSPHRASE"),
	}
}

// parseStamp reads a header's time: ISO 8601, UTC, three decimals exactly.
func parseStamp(text string) (market.Time, bool) {
	t, err := time.Parse(stampLayout, text)
	return market.TimeOf(t), err == nil
}

// parseSeconds reads a login's time: Unix seconds.
func parseSeconds(text string) (market.Time, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 1<<33 {
		return 0, false
	}
	return market.Milli(n * 1000), true
}

// authenticate returns whose a request is. signed is what follows the timestamp
// in the prehash.
func (f *Front) authenticate(c credentials, signed string) (*Account, *fault) {
	switch {
	case c.key == "":
		return nil, &faultNoKey
	case c.sign == "":
		return nil, &faultNoSign
	case c.timestamp == "":
		return nil, &faultNoStamp
	case c.passphrase == "":
		return nil, &faultNoPass
	}
	at, ok := parseStamp(c.timestamp)
	if !ok {
		return nil, &faultStamp
	}
	account := f.Account(c.key)
	switch {
	case account == nil:
		return nil, &faultKey
	case !f.Timely(at):
		return nil, &faultFrozen
	case c.passphrase != account.Passphrase:
		return nil, &faultPass
	case !account.Signed(c.timestamp+signed, c.sign):
		return nil, &faultSign
	}
	return account, nil
}

// The faults of a login.
var (
	faultLoginStamp = fault{"60004", "Invalid timestamp", 0}
	faultLoginKey   = fault{"60005", "Invalid apiKey", 0}
	faultLoginLate  = fault{"60006", "Timestamp request expired", 0}
	faultLoginSign  = fault{"60007", "Invalid sign", 0}
	faultLoginPass  = fault{"60024", "Wrong passphrase", 0}
)

// login returns whose a login is.
func (f *Front) login(c credentials) (*Account, *fault) {
	at, ok := parseSeconds(c.timestamp)
	account := f.Account(c.key)
	switch {
	case !ok:
		return nil, &faultLoginStamp
	case account == nil:
		return nil, &faultLoginKey
	case !f.Timely(at):
		return nil, &faultLoginLate
	case c.passphrase != account.Passphrase:
		return nil, &faultLoginPass
	case !account.Signed(c.timestamp+"GET"+loginPath, c.sign):
		return nil, &faultLoginSign
	}
	return account, nil
}
