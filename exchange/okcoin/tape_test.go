package okcoin_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine/market"
	"rulebot/exchange/okcoin"
)

// TestLastTradeIsNoNews: on each subscription the exchange tells of the last
// trade that there was, however old. It was no part of this session, so nobody
// is told; a trade of the gap between two sessions neither. The trades after
// the subscription are told once each.
func TestLastTradeIsNoNews(t *testing.T) {
	tell := func(id int, at string) string {
		return fmt.Sprintf(`{"table":"spot/trade","data":[{"side":"sell","trade_id":"%d","price":"3366.8","size":"1",`+
			`"instrument_id":"BTC-USD","timestamp":%q}]}`, id, at)
	}
	var w watch
	url := fakeSockets(t, func(s socket) {
		s.accept() // at 12:00:00
		s.push(tell(4, "2019-01-20T08:15:00.250Z"))
		s.push(tell(5, "2024-03-01T12:00:00.500Z"))
	}, func(s socket) {
		s.accept() // at 12:05:00
		s.push(tell(7, "2024-03-01T12:04:59.999Z"))
		s.push(tell(8, "2024-03-01T12:05:00.000Z"))
		s.push(tell(8, "2024-03-01T12:05:00.000Z")) // told twice
		s.push(tell(9, "2024-03-01T12:05:00.000Z"))
	}, func(s socket) {
		s.accept()                                  // at 12:10:00
		s.push(tell(9, "2024-03-01T12:05:00.000Z")) // known
		s.push(tell(10, "2024-03-01T12:10:07.000Z"))
	}, func(s socket) {
		s.accept() // at 12:15:00; it may tell nothing
		s.push(tell(11, "2024-03-01T12:15:01.000Z"))
		s.wait()
	})
	cfg := w.config(t, url)
	sessions := 0
	at := cfg.Now()
	cfg.Now = func() market.Time { return at }
	wait := cfg.Backoff.Sleep
	cfg.Backoff.Sleep = func(ctx context.Context, d time.Duration) error {
		sessions++
		at = noon(t).Add(time.Duration(sessions) * 5 * time.Minute)
		return wait(ctx, d)
	}
	feed := okcoin.NewFeed(okcoin.FeedConfig{StreamConfig: cfg, Instruments: []string{"BTC-USD"}})
	if err := w.run(t, feed, "trade 11"); !errors.Is(err, context.Canceled) {
		t.Fatalf("run: got %v, events %q", err, w.events)
	}
	told := slices.DeleteFunc(w.events, func(text string) bool { return !strings.Contains(text, ": trade ") })
	want := []string{
		"12:00:00.500Z BTC-USD: trade 5: 1 at 3366.8, buyer false",
		"12:05:00.000Z BTC-USD: trade 8: 1 at 3366.8, buyer false",
		"12:05:00.000Z BTC-USD: trade 9: 1 at 3366.8, buyer false",
		"12:10:07.000Z BTC-USD: trade 10: 1 at 3366.8, buyer false",
		"12:15:01.000Z BTC-USD: trade 11: 1 at 3366.8, buyer false",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("trades (-want +got):\n%s", diff)
	}
}
