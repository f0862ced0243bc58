package okcoin_test

import (
	"net/http"
	"testing"

	"rulebot/exchange/server/okcoin"
)

// TestPace lets a client that works while time stands still call more often
// than the documented limits say.
func TestPace(t *testing.T) {
	for _, c := range []struct {
		pace, calls int
		want        int // status of the last call
	}{
		{0, 20, http.StatusOK},
		{0, 60, http.StatusTooManyRequests},
		{10, 60, http.StatusOK},
	} {
		source := someMinutes(1)
		cfg := config(&source, newStepped(begin))
		cfg.Front = okcoin.New(okcoin.Options{Accounts: keys, Pace: c.pace})
		b := start(t, cfg)
		status := 0
		for range c.calls {
			status = b.get("/api/spot/v3/instruments/BTC-USD/candles").status
		}
		if status != c.want {
			t.Errorf("pace %d: call %d got status %d, want %d", c.pace, c.calls, status, c.want)
		}
	}
}
