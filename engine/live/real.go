package live

import (
	"sync/atomic"
	"time"

	"rulebot/engine/market"
)

// Real is the run clock of a market that moves by itself: the exchange's time
// as it was told once, moved on by the monotonic clock, so that no step of the
// wall clock touches it. That clock stands still while the machine sleeps;
// MoveOn makes up for it once the exchange's time was measured again. Speed is above 1 only with a built-in exchange that
// runs as fast.
type Real struct {
	origin atomic.Int64 // market.Time
	shift  atomic.Int64 // by how much it was moved on in all
	moved  atomic.Bool  // since the alarm was set
	began  time.Time
	speed  int64
	alarm  chan market.Time
	timer  *time.Timer
	at     market.Time
}

// NewReal returns a clock that reads now at this moment.
func NewReal(now market.Time, speed int) *Real {
	r := &Real{began: time.Now(), speed: int64(max(speed, 1)), alarm: make(chan market.Time, 1)}
	r.origin.Store(int64(now))
	return r
}

// Now returns the time of the run.
func (r *Real) Now() market.Time {
	return market.Time(r.origin.Load() + int64(time.Since(r.began))*r.speed)
}

// MoveOn moves the clock on. It may be called from any goroutine.
func (r *Real) MoveOn(by time.Duration) {
	if by > 0 {
		r.shift.Add(int64(by)) // first: who reads the new time knows of it
		r.origin.Add(int64(by))
		r.moved.Store(true)
	}
}

// Moved returns how far the clock was moved on in all.
func (r *Real) Moved() time.Duration { return time.Duration(r.shift.Load()) }

// WakeAt sets the time of the next alarm.
func (r *Real) WakeAt(at market.Time) <-chan market.Time {
	if moved := r.moved.Swap(false); at == r.at && !moved {
		return r.alarm
	}
	r.at = at
	if r.timer != nil && !r.timer.Stop() {
		select {
		case <-r.alarm: // it rang for a time that is not asked for any more
		default:
		}
	}
	if at == 0 {
		return r.alarm
	}
	wait := max(at.Sub(r.Now())/time.Duration(r.speed), time.Millisecond)
	r.timer = time.AfterFunc(wait, func() {
		select {
		case r.alarm <- r.Now():
		default: // one is waiting already
		}
	})
	return r.alarm
}

// Begin does nothing: the market does not wait.
func (r *Real) Begin() {}

// End does nothing.
func (r *Real) End() {}
