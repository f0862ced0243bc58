package okx_test

import (
	"encoding/json"
	"strings"
	"testing"

	"rulebot/engine/market"
	"rulebot/exchange/okx"
)

// TestDocumentedPushes: each documented message of a stream is read, passed by
// as something that was not asked for, or refused for what it is.
func TestDocumentedPushes(t *testing.T) {
	place, err := okx.PlaceOf("okcoin", "live") // whose candles come with the rest
	if err != nil {
		t.Fatal(err)
	}
	for file := range strings.FieldsSeq("ws-orders ws-account ws-balance-and-position ws-fills ws-algo ws-books ws-trades ws-trades-all " +
		"ws-tickers ws-status ws-candles ws-login-subscribe-notice") {
		var list []struct {
			Label string
			JSON  json.RawMessage
		}
		if err := json.Unmarshal(sample(t, "documented/"+file+".json"), &list); err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			if strings.Contains(s.Label, "Request") || strings.Contains(s.Label, "Failure") {
				continue
			}
			reported := 0
			cfg := okx.StreamConfig{Place: place, Now: func() market.Time { return 0 }, Report: func(error) { reported++ }}
			feed, err := okx.NewFeed(okx.FeedConfig{StreamConfig: cfg, Instruments: []string{"BTC-USDT"}})
			if err != nil {
				t.Fatal(err)
			}
			_, public := feed.Decode(s.JSON)
			_, own := okx.NewPrivate(okx.PrivateConfig{StreamConfig: cfg, Keys: documented(), Instruments: []string{"BTC-USDT"}}).Decode(s.JSON)
			for _, err := range []error{public, own} {
				if err != nil && !expected(err) {
					t.Errorf("%s %s: %v", file, s.Label, err)
				}
			}
			if strings.Contains(s.Label, "Push") && reported == 0 {
				t.Errorf("%s %s: both streams take it", file, s.Label)
			}
		}
	}
}

// expected are the refusals of messages that end a session.
func expected(err error) bool {
	for _, why := range []string{"too many connections", "was not asked for", "for an upgrade"} {
		if strings.Contains(err.Error(), why) {
			return true
		}
	}
	return false
}
