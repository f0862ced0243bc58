package live

import (
	"context"
	"slices"
	"sync"
	"time"

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
//
// Who would wait for some time to pass sleeps on the clock. It wakes in market
// time, and the clock stands while it works.
type Stepped struct {
	mu       sync.Mutex
	quiet    sync.Cond
	busy     int
	now      market.Time
	wake     market.Time
	alarm    chan market.Time
	sleepers []*sleeper // in the order in which they lay down
}

// sleeper waits for market time.
type sleeper struct {
	until market.Time
	woken chan struct{} // closed when it was
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
	if s.busy <= 1 {
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

// Settle waits until nothing is under way but what the caller holds the clock
// for, once. Two who wait at a time wait for ever.
func (s *Stepped) Settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.busy > 1 {
		s.quiet.Wait()
	}
}

// After returns a channel that is closed when market time has moved by d; the
// clock is held then, as by a Begin. Cancel takes it back, and the hold too if
// it has come.
func (s *Stepped) After(d time.Duration) (woken <-chan struct{}, cancel func()) {
	w := &sleeper{woken: make(chan struct{})}
	s.mu.Lock()
	w.until = s.now.Add(d)
	s.sleepers = append(s.sleepers, w)
	s.mu.Unlock()
	return w.woken, func() {
		if !s.leave(w) {
			s.End()
		}
	}
}

// leave takes a sleeper back; it reports false when that was woken.
func (s *Stepped) leave(w *sleeper) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.sleepers, w)
	if i < 0 {
		return false
	}
	s.sleepers = slices.Delete(s.sleepers, i, i+1)
	return true
}

// Sleep lets go of one Begin until market time has moved by d or done is
// closed, and holds the clock again when it returns. It reports whether the
// time has come.
func (s *Stepped) Sleep(done <-chan struct{}, d time.Duration) bool {
	woken, cancel := s.After(d)
	s.End()
	select {
	case <-woken:
		return true
	case <-done:
		s.Begin()
		cancel()
		return false
	}
}

// first returns who wakes first: of several at once the first that lay down.
func (s *Stepped) first() (i int) {
	i = -1
	for j, w := range s.sleepers {
		if i < 0 || w.until < s.sleepers[i].until {
			i = j
		}
	}
	return i
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
		i := s.first()
		rings := s.wake != 0 && s.wake <= to
		switch {
		case i >= 0 && s.sleepers[i].until <= to && (!rings || s.sleepers[i].until < s.wake):
			w := s.sleepers[i]
			s.sleepers = slices.Delete(s.sleepers, i, i+1)
			s.now = max(s.now, w.until)
			s.busy++
			close(w.woken)
		case rings:
			s.now = max(s.now, s.wake)
			s.wake = 0
			s.busy++
			s.alarm <- s.now
		default:
			s.now = max(s.now, to)
			return nil
		}
	}
}
