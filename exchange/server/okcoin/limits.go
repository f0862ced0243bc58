package okcoin

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"rulebot/engine/market"
)

// limit is how many calls a window admits.
type limit struct {
	calls  int
	window time.Duration
}

func perSecond(calls int) limit { return limit{calls, time.Second} }

func per2s(calls int) limit { return limit{calls, 2 * time.Second} }

// bucketsMax bounds the buckets kept; beyond it all start full again.
const bucketsMax = 10_000

// limits counts calls by who made them and what they were. It is used from any
// goroutine.
type limits struct {
	now  func() market.Time
	pace int // how many times the documented calls are admitted; 0 is 1

	mu      sync.Mutex
	buckets map[bucket]*rate.Limiter
}

type bucket struct{ call, who string }

func newLimits(now func() market.Time) *limits {
	return &limits{now: now, buckets: map[bucket]*rate.Limiter{}}
}

// allow takes one call out of a bucket, or reports that it is empty.
func (l *limits) allow(call, who string, by limit) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := bucket{call, who}
	b := l.buckets[key]
	if b == nil {
		if len(l.buckets) >= bucketsMax {
			clear(l.buckets)
		}
		calls := by.calls * max(1, l.pace)
		b = rate.NewLimiter(rate.Limit(float64(calls)/by.window.Seconds()), calls)
		l.buckets[key] = b
	}
	return b.AllowN(l.now().Std(), 1)
}
