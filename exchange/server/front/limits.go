package front

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"rulebot/engine/market"
	"rulebot/exchange/server"
)

// Limit is how many calls a window admits.
type Limit struct {
	Calls  int
	Window time.Duration
}

// PerSecond admits so many calls a second.
func PerSecond(calls int) Limit { return Limit{calls, time.Second} }

// Per2s admits so many calls in two seconds.
func Per2s(calls int) Limit { return Limit{calls, 2 * time.Second} }

// bucketsMax bounds the buckets kept; beyond it all start full again.
const bucketsMax = 10_000

// Limits counts calls by who made them and what they were. It is used from any
// goroutine.
type Limits struct {
	now  func() market.Time
	pace int // how many times the documented calls are admitted; 0 is 1

	mu      sync.Mutex
	buckets map[bucket]*rate.Limiter
}

type bucket struct{ call, who string }

// NewLimits returns full buckets on a clock. Pace multiplies every limit; 0 is
// 1.
func NewLimits(now func() market.Time, pace int) *Limits {
	return &Limits{now: now, pace: pace, buckets: map[bucket]*rate.Limiter{}}
}

// Allow takes one call out of a bucket, or reports that it is empty.
func (l *Limits) Allow(call, who string, by Limit) bool { return l.AllowN(call, who, by, 1) }

// AllowN takes several calls at once, or none.
func (l *Limits) AllowN(call, who string, by Limit, n int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := bucket{call, who}
	b := l.buckets[key]
	if b == nil {
		if len(l.buckets) >= bucketsMax {
			clear(l.buckets)
		}
		calls := by.Calls * max(1, l.pace)
		b = rate.NewLimiter(rate.Limit(float64(calls)/by.Window.Seconds()), calls)
		l.buckets[key] = b
	}
	return b.AllowN(l.now().Std(), n)
}

// limitClock returns the clock that rate limits count on. On a wall clock it
// is exchange time. A stepped clock stands still while its client works, so
// there real time is added: a client is within its limits when it is by either
// clock.
func limitClock(c server.Clock) func() market.Time {
	if _, alone := c.(*server.Wall); alone {
		return c.Now
	}
	began := time.Now()
	return func() market.Time { return c.Now().Add(time.Since(began)) }
}
