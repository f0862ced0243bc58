package exchange_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rulebot/exchange"
)

// TestBucketKeepsTheLimit takes calls at random times: no window holds more
// than the limit.
func TestBucketKeepsTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		calls := rapid.IntRange(1, 30).Draw(t, "calls")
		window := time.Duration(rapid.IntRange(1, 10).Draw(t, "seconds")) * time.Second
		now := time.Unix(1000, 0)
		b := exchange.NewBucket(calls, window)
		b.SetClock(func() time.Time { return now })
		var taken []time.Time
		for range 300 {
			now = now.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "ms")) * time.Millisecond)
			if !b.Allow() {
				continue
			}
			taken = append(taken, now)
			if n := len(taken) - 1 - calls; n >= 0 && now.Sub(taken[n]) < window {
				t.Fatalf("%d calls in %s, the limit is %d in %s", calls+1, now.Sub(taken[n]), calls, window)
			}
		}
		if len(taken) == 0 {
			t.Fatal("no call ever")
		}
	})
}

func TestBucketTake(t *testing.T) {
	now := time.Unix(1000, 0)
	b := exchange.NewBucket(2, time.Hour)
	b.SetClock(func() time.Time { return now })
	if err := b.Take(t.Context(), 0); err != nil {
		t.Fatalf("first: %v", err)
	}
	for range 3 { // a refused call takes nothing
		if err := b.Take(t.Context(), time.Second); !errors.Is(err, exchange.ErrRate) {
			t.Fatalf("second: got %v, want %v", err, exchange.ErrRate)
		}
	}
	now = now.Add(time.Hour)
	if err := b.Take(t.Context(), 0); err != nil {
		t.Errorf("an hour later: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Take(gone, 2*time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting with a dead context: got %v", err)
	}
}

func TestBucketComplaints(t *testing.T) {
	now := time.Unix(1000, 0)
	b := exchange.NewBucket(1000, time.Second)
	b.SetClock(func() time.Time { return now })
	closedFor := func() (d time.Duration) {
		for start := now; !b.Allow(); now = now.Add(250 * time.Millisecond) {
			d = now.Add(250 * time.Millisecond).Sub(start)
		}
		return d
	}
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		b.Complained(0)
		if got := closedFor(); got != want*time.Second {
			t.Errorf("complaint %d: closed for %s, want %d s", i, got, want)
		}
	}
	b.Answered()
	b.Complained(0)
	if got := closedFor(); got != time.Second {
		t.Errorf("after an answer: closed for %s, want 1 s", got)
	}
	b.Complained(90 * time.Second)
	if got := closedFor(); got != 90*time.Second {
		t.Errorf("as told: closed for %s, want 90 s", got)
	}
}

// TestBucketAfterAComplaint: those who waited for its end count with those who
// come then.
func TestBucketAfterAComplaint(t *testing.T) {
	now := time.Unix(1, 0)
	b := exchange.NewBucket(20, 2*time.Second).On(exchange.Timing{
		Now: func() time.Time { return now }, Sleep: func(context.Context, time.Duration) error { return nil },
	})
	b.Complained(5 * time.Second)
	for range 4 {
		if err := b.Take(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	passed := 4
	for now = now.Add(5 * time.Second); now.Before(time.Unix(8, 0)); now = now.Add(time.Millisecond) {
		if b.Allow() {
			passed++
		}
	}
	if passed > 20 {
		t.Errorf("%d calls in two seconds, want at most 20", passed)
	}
}

// TestBucketAfterAStop: calls that waited while the machine stood still leave
// as if they came after it, and the limit holds then too.
func TestBucketAfterAStop(t *testing.T) {
	now, waiting := time.Unix(1000, 0), 0
	var b *exchange.Bucket
	var taken []time.Time
	take := func() {
		if err := b.Take(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
		taken = append(taken, now)
		if n := len(taken) - 5; n >= 0 && now.Sub(taken[n]) < 2*time.Second {
			t.Fatalf("5 calls in %s, the limit is 4 in 2 s", now.Sub(taken[n]))
		}
	}
	b = exchange.NewBucket(4, 2*time.Second).On(exchange.Timing{
		Now: func() time.Time { return now },
		Sleep: func(_ context.Context, d time.Duration) error {
			switch waiting++; waiting {
			case 1, 2: // others come to wait beside it
				due := now.Add(d)
				take()
				now = maxTime(now, due)
			case 3:
				now = now.Add(d + time.Minute)
			default:
				now = now.Add(d)
			}
			return nil
		},
	})
	for range 20 {
		take()
	}
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
