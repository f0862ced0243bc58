package server

import (
	"context"
	"fmt"
	"time"

	"rulebot/engine/market"
)

// SpeedMax is how much faster than the wall clock a Wall may run.
const SpeedMax = 100

// Clock paces the market. Now, Begin and End are called from any goroutine
// and do not block; Advance is called by the market's goroutine alone.
type Clock interface {
	// Now returns exchange time.
	Now() market.Time
	// Advance blocks until exchange time is to, or ctx ends and its error is
	// returned. A stepped clock also waits until everything in flight was
	// handled. A time in the past is reached already.
	Advance(ctx context.Context, to market.Time) error
	// Begin tells that one frame is about to be written to a client, which
	// ends it when it has handled it.
	Begin()
	// End takes back one Begin whose frame will never reach the client.
	End()
}

// Wall is a clock that starts at the wall clock's present and runs at a
// multiple of its speed.
type Wall struct {
	began time.Time // holds the monotonic reading
	speed int64
}

// NewWall returns a clock that starts now. Speed is 1 to SpeedMax.
func NewWall(speed int) (*Wall, error) {
	if speed < 1 || speed > SpeedMax {
		return nil, fmt.Errorf("server: speed %d is not between 1 and %d", speed, SpeedMax)
	}
	return &Wall{began: time.Now(), speed: int64(speed)}, nil
}

// Now returns the scaled wall clock.
func (w *Wall) Now() market.Time {
	return market.TimeOf(w.began) + market.Time(int64(time.Since(w.began))*w.speed)
}

// Advance waits until exchange time is to.
func (w *Wall) Advance(ctx context.Context, to market.Time) error {
	wait := to.Sub(w.Now()) / time.Duration(w.speed)
	if wait <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Begin does nothing: time does not wait for clients.
func (w *Wall) Begin() {}

// End does nothing.
func (w *Wall) End() {}
