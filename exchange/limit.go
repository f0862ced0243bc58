package exchange

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// ErrRate is returned when a call would have to wait longer than it may.
var ErrRate = errors.New("exchange: rate limit")

// lateMost is how late a call that waited may leave and still count as of when it
// was to leave.
const lateMost = 250 * time.Millisecond

// Bucket keeps calls under a limit of the exchange, and stays away for a
// while after the exchange complained. It may be used by many goroutines.
type Bucket struct {
	limiter *rate.Limiter
	now     func() time.Time
	sleep   func(context.Context, time.Duration) error

	mu       sync.Mutex
	free     time.Time     // no call before this
	penalty  time.Duration // of the last complaint
	longest  time.Duration
	shortest time.Duration
}

// NewBucket returns a bucket that lets at most calls through in any window of
// that length: half of them may come at once, the rest flows evenly.
func NewBucket(calls int, window time.Duration) *Bucket {
	burst := max(1, calls/2)
	flow := rate.Limit(float64(max(1, calls-burst)) / window.Seconds())
	if calls == 1 {
		flow = rate.Limit(1 / window.Seconds())
	}
	return &Bucket{
		limiter: rate.NewLimiter(flow, burst), now: time.Now, sleep: sleep,
		shortest: time.Second, longest: time.Minute,
	}
}

// On lets the bucket count in another time, and returns it.
func (b *Bucket) On(t Timing) *Bucket {
	t = t.withDefaults()
	b.now, b.sleep = t.Now, t.Sleep
	return b
}

// Take takes one call. It waits for at most atMost and returns ErrRate at once
// when that cannot be enough.
func (b *Bucket) Take(ctx context.Context, atMost time.Duration) error {
	now := b.now()
	b.mu.Lock()
	at := b.free
	b.mu.Unlock()
	if at.Before(now) {
		at = now
	}
	if wait := at.Sub(now); wait > atMost {
		return fmt.Errorf("%w: free in %s", ErrRate, wait.Round(time.Millisecond))
	}
	r := b.limiter.ReserveN(at, 1) // who waits counts when he is free: else those who waited would come on top
	wait := r.DelayFrom(now)
	if wait > atMost {
		r.CancelAt(now)
		return fmt.Errorf("%w: free in %s", ErrRate, wait.Round(time.Millisecond))
	}
	if wait <= 0 {
		return ctx.Err()
	}
	if err := b.sleep(ctx, wait); err != nil {
		return err
	}
	if late := b.now().Sub(now) - wait; late > lateMost {
		return b.Take(ctx, atMost) // the machine stood still, and what this call had left is others' now
	}
	return nil
}

// Allow takes one call if that needs no wait.
func (b *Bucket) Allow() bool {
	now := b.now()
	b.mu.Lock()
	free := !now.Before(b.free)
	b.mu.Unlock()
	return free && b.limiter.AllowN(now, 1)
}

// AllowAll takes some calls together if that needs no wait and leaves as many
// as are to be left; else it takes none.
func (b *Bucket) AllowAll(calls, left int) bool {
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock() // of two who would leave enough each, the second may not
	return !now.Before(b.free) && b.limiter.TokensAt(now) >= float64(calls+left) && b.limiter.AllowN(now, calls)
}

// Ready returns how long it takes until calls can be taken together, and takes
// none.
func (b *Bucket) Ready(calls int) time.Duration {
	now := b.now()
	b.mu.Lock()
	free := b.free.Sub(now)
	b.mu.Unlock()
	lacking := (float64(calls) - b.limiter.TokensAt(now)) / float64(b.limiter.Limit())
	return max(0, free, time.Duration(math.Ceil(lacking*float64(time.Second))))
}

// Complained tells that the exchange said "too many". The bucket closes for
// after, or when that is zero for 1, 2, 4 ... 60 s.
func (b *Bucket) Complained(after time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.penalty = min(max(2*b.penalty, b.shortest), b.longest)
	if free := b.now().Add(max(after, b.penalty)); free.After(b.free) {
		b.free = free
	}
}

// Answered tells that a call went through: the next complaint starts small.
func (b *Bucket) Answered() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.penalty = 0
}
