package front

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"rulebot/engine/market"
)

// SignWindow is how far a signed timestamp may be from exchange time.
const SignWindow = 30 * time.Second

// Account is one key pair and whose it is.
type Account struct {
	Key, Secret, Passphrase string
	Name                    string // of the account the orders belong to
	ReadOnly                bool   // the key may ask, not trade
}

// Signature returns base64(HMAC-SHA256(secret, prehash)).
func Signature(secret, prehash string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(prehash)) // a hash never fails
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Signed reports whether sign is the account's signature of prehash.
func (a *Account) Signed(prehash, sign string) bool {
	return hmac.Equal([]byte(Signature(a.Secret, prehash)), []byte(sign))
}

// Account returns whose a key is, or nil.
func (d *Desk[T]) Account(key string) *Account {
	for i := range d.opt.Accounts {
		if d.opt.Accounts[i].Key == key {
			return &d.opt.Accounts[i]
		}
	}
	return nil
}

// Timely reports whether at is near exchange time. Where the exchange's clock
// runs faster than the wall's, the window is stretched with it (30 s of real
// time, whatever the speed) and the wall clock is accepted as well.
func (d *Desk[T]) Timely(at market.Time) bool {
	window := SignWindow * time.Duration(max(1, d.opt.Speed))
	if near(at, d.Now(), window) {
		return true
	}
	return d.opt.Speed > 1 && near(at, market.TimeOf(time.Now()), SignWindow)
}

func near(a, b market.Time, window time.Duration) bool {
	d := a.Sub(b)
	return d >= -window && d <= window
}
