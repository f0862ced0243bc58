package exchange_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/exchange"
)

// TestKeepBacksOff, faults: OU-16 NW-09.
func TestKeepBacksOff(t *testing.T) {
	now := time.Unix(0, 0)
	var pauses []time.Duration
	sessions := 0
	broken := errors.New("broken")
	backoff := exchange.Backoff{
		Random: func() float64 { return 0.5 },
		Now:    func() time.Time { return now },
		Sleep: func(_ context.Context, d time.Duration) error {
			pauses = append(pauses, d)
			return nil
		},
	}
	err := exchange.Keep(t.Context(), backoff, func(context.Context) (bool, error) {
		sessions++
		if sessions == 9 {
			now = now.Add(time.Minute) // this one lasted
		}
		return sessions < 11, broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the last session's error", err)
	}
	second := time.Second
	want := []time.Duration{
		second * 5 / 4, 2 * second * 5 / 4, 4 * second * 5 / 4, 8 * second * 5 / 4, 16 * second * 5 / 4, 32 * second * 5 / 4,
		60 * second, 60 * second, second * 5 / 4, 2 * second * 5 / 4,
	}
	if diff := cmp.Diff(want, pauses); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
}

func TestKeepStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	err := exchange.Keep(ctx, exchange.Backoff{}, func(context.Context) (bool, error) {
		cancel()
		return true, errors.New("broken")
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("during a session: got %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	err = exchange.Keep(ctx, exchange.Backoff{Min: time.Hour, Max: time.Hour}, func(context.Context) (bool, error) {
		return true, errors.New("broken")
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("during a pause: got %v", err)
	}
}
