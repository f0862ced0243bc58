package exchange

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"rulebot/engine/market"
)

// The bounds of what is believed of the exchange's clock.
const (
	clockSamples = 5
	clockEvery   = time.Minute     // between measures
	clockSoon    = 5 * time.Second // likewise, while the clock is not trusted
	clockAgain   = time.Second     // after a refusal of our time
	clockWarn    = time.Second
	clockWrong   = 5 * time.Second
	clockVague   = 2 * time.Second // the most by which a measure may be wrong
	clockJump    = time.Second     // from one measure to the next
	clockGood    = 3               // measures after which a clock is trusted again
)

// Clock corrects the caller's clock to the exchange's, as far as answers to
// the question for the time tell. It may be used by many goroutines.
type Clock struct {
	base  func() market.Time
	scale time.Duration // of all bounds: how much faster than ours the exchange's time runs
	wake  chan struct{}
	sleep func(context.Context, time.Duration) error // nil: the machine's

	mu       sync.Mutex
	offset   time.Duration
	measured bool
	off      bool  // by more than is normal
	distrust error // why no new order may be signed with it; nil is trusted
	good     int
	far      int // measures in a row by which we are behind alike
	behind   func(time.Duration)
}

// sample is one answer: how far the exchange's clock is ahead, and by how much
// that may be wrong.
type sample struct{ offset, bound time.Duration }

// NewClock returns a clock over the caller's. The exchange's time runs as often
// as pace says faster than ours; a timing of its own is the exchange's.
func NewClock(base func() market.Time, pace int, timing Timing) *Clock {
	c := &Clock{base: base, scale: time.Duration(max(1, pace)), wake: make(chan struct{}, 1), sleep: timing.Sleep}
	if timing.Now != nil {
		c.scale = 1
	}
	return c
}

// TellBehind has f told when the caller's clock stays behind, and by how much:
// it should be moved on by as much before f returns.
func (c *Clock) TellBehind(f func(time.Duration)) { c.behind = f }

// Now is the exchange's time, as it was measured last.
func (c *Clock) Now() market.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base().Add(c.offset)
}

// Trusted returns why a new order must not be signed with this clock.
func (c *Clock) Trusted() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.distrust
}

// Doubt asks for a measure soon: the exchange refused our time.
func (c *Clock) Doubt() {
	select {
	case c.wake <- struct{}{}:
	default: // one is on its way
	}
}

// Measure asks five times and believes the median. What is new for a person
// comes back as a warning.
func (c *Clock) Measure(ctx context.Context, ask func(context.Context) (market.Time, error)) (warning, err error) {
	samples := make([]sample, 0, clockSamples)
	for range clockSamples {
		asked := c.base()
		at, err := ask(ctx)
		if err != nil {
			return nil, err
		}
		half := c.base().Sub(asked) / 2
		samples = append(samples, sample{offset: at.Sub(asked.Add(half)), bound: half})
	}
	slices.SortFunc(samples, func(a, b sample) int { return int(min(max(a.offset-b.offset, -1), 1)) })
	return c.learn(samples[clockSamples/2]), nil
}

// learn takes a measure and returns what changed that a person should know.
func (c *Clock) learn(s sample) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	jump := s.offset - c.offset
	jumped := c.measured && jump.Abs() > c.scale*clockJump
	c.offset, c.measured = s.offset, true
	c.catchUp(s, jumped)
	var wrong error
	switch {
	case s.bound > c.scale*clockVague:
		wrong = fmt.Errorf("the exchange's clock is known to %s only", s.bound.Round(time.Millisecond))
	case s.offset.Abs() > c.scale*clockWrong:
		wrong = fmt.Errorf("our clock is %s behind the exchange's", s.offset.Round(time.Millisecond))
	case jumped:
		wrong = fmt.Errorf("our clock or the exchange's jumped by %s", jump.Round(time.Millisecond))
	}
	if wrong != nil {
		before := c.distrust
		c.good, c.distrust = 0, fmt.Errorf("no new orders: %w", wrong)
		if before == nil {
			return c.distrust
		}
		return nil
	}
	c.good++
	if c.distrust != nil && c.good >= clockGood {
		c.distrust = nil
		return fmt.Errorf("new orders again: the clock was right %d times", c.good)
	}
	before := c.off
	c.off = s.offset.Abs() > c.scale*clockWarn
	if c.off && !before {
		return fmt.Errorf("our clock is %s behind the exchange's", s.offset.Round(time.Millisecond))
	}
	return nil
}

// catchUp has the caller's clock moved on when it stays behind by the same: it
// stood still while the machine slept. That it may be trusted again is for the
// measures that follow.
func (c *Clock) catchUp(s sample, jumped bool) {
	if c.behind == nil || jumped || s.offset <= c.scale*clockWrong || s.bound > c.scale*clockVague {
		c.far = 0
		return
	}
	if c.far++; c.far >= clockGood {
		c.far, c.offset = 0, 0
		c.behind(s.offset)
	}
}

// pause returns how long to wait for the next measure.
func (c *Clock) pause() time.Duration {
	if c.Trusted() != nil {
		return clockSoon
	}
	return clockEvery
}

// Keep measures again and again until ctx is done.
func (c *Clock) Keep(ctx context.Context, ask func(context.Context) (market.Time, error), report func(error)) {
	for {
		warning, err := c.Measure(ctx, ask)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			warning = fmt.Errorf("clock: %w", err)
		}
		if warning != nil {
			report(warning)
		}
		if woken := c.wait(ctx, c.pause(), c.wake); woken {
			c.wait(ctx, clockAgain, nil)
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// wait returns after a time, or earlier and true when it was woken.
func (c *Clock) wait(ctx context.Context, d time.Duration, wake <-chan struct{}) (woken bool) {
	if c.sleep == nil {
		return wait(ctx, d, wake)
	}
	for ; d > 0; d -= clockAgain { // a time of another kind: nobody can wake it
		select {
		case <-wake:
			return true
		default:
		}
		if c.sleep(ctx, min(d, clockAgain)) != nil {
			return false
		}
	}
	return false
}

func wait(ctx context.Context, d time.Duration, wake <-chan struct{}) (woken bool) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return false
	case <-wake:
		return true
	}
}
