package okx_test

import (
	"net/http"
	"testing"
	"time"

	"rulebot/engine/market"
	"rulebot/exchange"
	"rulebot/exchange/okx"
)

// The key and the signatures are the documentation's.
func documented() okx.Keys {
	return okx.Keys{
		Key:        exchange.NewSecret("k"),
		Secret:     exchange.NewSecret("22582BD0CFF14C41EDBF1AB98506286D"),
		Passphrase: exchange.NewSecret("p"),
	}
}

func TestRequestIsSignedAsDocumented(t *testing.T) {
	const order = `{"instId":"BTC-USDT","tdMode":"cash","clOrdId":"b15","side":"buy","ordType":"limit","px":"2.15","sz":"2"}`
	keys := documented()
	at := market.TimeOf(time.Date(2020, 12, 8, 9, 8, 57, 715e6, time.UTC))
	for _, c := range []struct{ method, target, body, want string }{
		{http.MethodGet, "/api/v5/account/balance?ccy=BTC", "", "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY="},
		{http.MethodPost, "/api/v5/trade/order", order, "dI6rrL9rXW/HdaPKJ/6LC1OgvH4/PYju6R3CqixMTNQ="},
	} {
		h := keys.Headers(at, c.method, c.target, []byte(c.body))
		if got := value(h, "OK-ACCESS-SIGN"); got != c.want {
			t.Errorf("%s %s: signature %s, want %s", c.method, c.target, got, c.want)
		}
		if got, want := value(h, "OK-ACCESS-TIMESTAMP"), "2020-12-08T09:08:57.715Z"; got != want {
			t.Errorf("timestamp %s, want %s", got, want)
		}
	}
}

func TestTimestampKeepsItsZeros(t *testing.T) {
	keys := documented()
	h := keys.Headers(market.TimeOf(time.Date(2020, 12, 8, 9, 8, 57, 0, time.UTC)), http.MethodGet, "/", nil)
	if got, want := value(h, "OK-ACCESS-TIMESTAMP"), "2020-12-08T09:08:57.000Z"; got != want {
		t.Errorf("timestamp %s, want %s", got, want)
	}
}

func TestLoginIsSignedAsDocumented(t *testing.T) {
	keys := documented()
	got, err := keys.Login(market.TimeOf(time.Unix(1704876947, 999e6)))
	const want = `{"op":"login","args":[{"apiKey":"k","passphrase":"p","timestamp":"1704876947",` +
		`"sign":"5/36BgGV6m/6pmdc20zdqk0mzF5ZalmzzPD2fo3wavU="}]}`
	if err != nil || string(got) != want {
		t.Errorf("login %s, %v; want %s", got, err, want)
	}
}

// value is a header exactly as it is written.
func value(h http.Header, name string) string {
	if len(h[name]) != 1 {
		return ""
	}
	return h[name][0]
}
