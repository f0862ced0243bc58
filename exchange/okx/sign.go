package okx

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"rulebot/engine/market"
	"rulebot/exchange"
)

// Keys are what the exchange knows us by.
type Keys struct {
	Key        exchange.Secret
	Secret     exchange.Secret
	Passphrase exchange.Secret
}

// Headers returns the headers of a signed request. The target is the request
// target exactly as it goes on the wire, query included; so is the body.
func (k *Keys) Headers(at market.Time, method, target string, body []byte) http.Header {
	timestamp := at.Std().UTC().Format("2006-01-02T15:04:05.000Z")
	return http.Header{
		"Content-Type":         {"application/json"},
		"Accept":               {"application/json"},
		"OK-ACCESS-KEY":        {k.Key.Reveal()},
		"OK-ACCESS-SIGN":       {k.Secret.Sign(timestamp + method + target + string(body))},
		"OK-ACCESS-TIMESTAMP":  {timestamp},
		"OK-ACCESS-PASSPHRASE": {k.Passphrase.Reveal()},
	}
}

type login struct {
	Op   string     `json:"op"`
	Args []loginArg `json:"args"`
}

type loginArg struct {
	Key        string `json:"apiKey"`
	Passphrase string `json:"passphrase"`
	Timestamp  string `json:"timestamp"`
	Sign       string `json:"sign"`
}

// Login returns the WebSocket login command. Its timestamp is in whole
// seconds, unlike that of a request.
func (k *Keys) Login(at market.Time) ([]byte, error) {
	timestamp := strconv.FormatInt(at.Milli()/1000, 10)
	text, err := json.Marshal(login{Op: "login", Args: []loginArg{{
		Key: k.Key.Reveal(), Passphrase: k.Passphrase.Reveal(), Timestamp: timestamp,
		Sign: k.Secret.Sign(timestamp + http.MethodGet + "/users/self/verify"),
	}}})
	if err != nil {
		return nil, fmt.Errorf("okx: login: %w", err)
	}
	return text, nil
}
