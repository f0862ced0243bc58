package live

import (
	"context"
	"sync"

	"rulebot/engine/market"
)

// Stepped is the run clock of a bot and the exchange inside its process. Time
// stands still while anything is under way (a frame that was written and not
// handled, a request that was sent and not answered, a timer that fired), and
// moves when the exchange asks for it. Nobody sleeps, and two runs see the
// same times.
//
// The exchange begins each frame that it writes and the loop ends it; the
// loop begins each request and ends it when its answer was handled.
type Stepped struct {
	mu    sync.Mutex
	quiet sync.Cond
	busy  int
	now   market.Time
	wake  market.Time
	alarm chan market.Time
}

// NewStepped returns a clock that stands at start. It is held by one Begin,
// which the driver ends when it is ready for the market to move.
func NewStepped(start market.Time) *Stepped {
	s := &Stepped{now: start, busy: 1, alarm: make(chan market.Time, 1)}
	s.quiet.L = &s.mu
	return s
}

// Now returns market time.
func (s *Stepped) Now() market.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// StartAt moves the clock to where the market begins, before it was advanced.
func (s *Stepped) StartAt(at market.Time) {
	s.mu.Lock()
	s.now = max(s.now, at)
	s.mu.Unlock()
}

// Begin holds the clock.
func (s *Stepped) Begin() {
	s.mu.Lock()
	s.busy++
	s.mu.Unlock()
}

// End lets go of one Begin.
func (s *Stepped) End() {
	s.mu.Lock()
	s.busy--
	if s.busy < 0 {
		s.mu.Unlock()
		panic("live: a stepped clock was let go of more often than it was held")
	}
	if s.busy == 0 {
		s.quiet.Broadcast()
	}
	s.mu.Unlock()
}

// WakeAt sets the time of the next alarm, at which the clock will stop on its
// way. A time that has passed rings at the next move.
func (s *Stepped) WakeAt(at market.Time) <-chan market.Time {
	s.mu.Lock()
	s.wake = at
	s.mu.Unlock()
	return s.alarm
}

// Advance waits until nothing is under way, then moves the clock to a time,
// stopping for each alarm on the way until it was handled. It is called by
// the exchange's market goroutine only.
func (s *Stepped) Advance(ctx context.Context, to market.Time) error {
	stop := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		s.quiet.Broadcast()
		s.mu.Unlock()
	})
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		for s.busy > 0 && ctx.Err() == nil {
			s.quiet.Wait()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.wake == 0 || s.wake > to {
			s.now = max(s.now, to)
			return nil
		}
		s.now = max(s.now, s.wake)
		s.wake = 0
		s.busy++
		s.alarm <- s.now
	}
}
