package okcoin

import (
	"fmt"
	"net/http"

	"rulebot/engine/market"
	"rulebot/exchange"
	"rulebot/exchange/wire"
)

// Keys are what the exchange knows us by.
type Keys struct {
	Key        exchange.Secret
	Secret     exchange.Secret
	Passphrase exchange.Secret
}

// prehash is the text that a request's signature is over. The target is the
// request target exactly as it goes on the wire, query included.
func prehash(timestamp, method, target string, body []byte) string {
	return timestamp + method + target + string(body)
}

// headers returns the headers of a signed request.
func (k *Keys) headers(at market.Time, method, target string, body []byte) http.Header {
	timestamp := wire.FormatISO(at)
	h := jsonHeaders()
	h["OK-ACCESS-KEY"] = []string{k.Key.Reveal()}
	h["OK-ACCESS-SIGN"] = []string{k.Secret.Sign(prehash(timestamp, method, target, body))}
	h["OK-ACCESS-TIMESTAMP"] = []string{timestamp}
	h["OK-ACCESS-PASSPHRASE"] = []string{k.Passphrase.Reveal()}
	return h
}

func jsonHeaders() http.Header {
	return http.Header{
		"Content-Type": {"application/json"},
		"Accept":       {"application/json"},
		"Cookie":       {"locale=en_US"},
	}
}

// login returns the WebSocket login command. Its timestamp is in seconds, with
// the three decimals that the manual asks for.
func (k *Keys) login(at market.Time) []byte {
	ms := at.Milli()
	timestamp := fmt.Sprintf("%d.%03d", ms/1000, ms%1000)
	sign := k.Secret.Sign(prehash(timestamp, http.MethodGet, "/users/self/verify", nil))
	return command("login", k.Key.Reveal(), k.Passphrase.Reveal(), timestamp, sign)
}
