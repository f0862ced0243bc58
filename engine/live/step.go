package live

import (
	"context"
	"slices"

	"rulebot/engine"
)

// Stepper drives the loop's own code from one thread: nothing waits, no
// goroutine starts, and whoever calls it says when each thing happens. It is
// how a simulation runs what trades: frames, answers, alarms and commits take
// the same way through the same functions, only in an order that a seed chose.
//
// The caller's clock keeps what WakeAt was told and calls Ring; what is
// appended and not committed is the caller's to commit within a few
// milliseconds, as the loop would.
type Stepper struct {
	loop  *Loop
	start *starting // nil once the bot has warmed up
	asked bool      // for the warm-up
	queue []item    // frames and answers that wait
}

// Lanes that every run has beside those of its instruments.
const (
	LaneScans = "scans" // questions, and commands about instruments that are not traded any more
	LaneBars  = "bars"  // of the past
)

// NewStepper returns a stepper of a live run.
func NewStepper(cfg Config) *Stepper {
	l := New(cfg)
	s := &Stepper{loop: l, start: newStarting(l)}
	l.stepper = s
	l.group = nil
	for _, id := range cfg.Exchange.Instruments {
		l.lanes.orders[id] = newLane()
	}
	return s
}

// Begin obeys what a person said before the run began.
func (s *Stepper) Begin() error { return s.loop.obeyFirst() }

// Frame is what a feed emits: it waits in the queue.
func (s *Stepper) Frame(events []engine.Event) {
	s.queue = append(s.queue, s.loop.frame(events))
}

// Waiting returns how many frames and answers wait.
func (s *Stepper) Waiting() int { return len(s.queue) + len(s.loop.lanes.refused) }

// Step takes the frame or answer that waits longest.
func (s *Stepper) Step() error {
	if refused := &s.loop.lanes.refused; len(*refused) > 0 {
		it := (*refused)[0]
		*refused = (*refused)[1:]
		return s.loop.handle(it)
	}
	if len(s.queue) == 0 {
		return nil
	}
	it := s.queue[0]
	s.queue = slices.Delete(s.queue, 0, 1)
	if s.start == nil {
		return s.loop.handle(it)
	}
	if it.past == nil {
		s.start.hold(it)
		return nil
	}
	if it.past.err != nil {
		return it.past.err
	}
	begun := s.start
	s.start = nil
	return begun.begin(it.past.events)
}

// Ring is the alarm that the clock was asked for.
func (s *Stepper) Ring() error { return s.loop.alarm(s.loop.cfg.Clock.Now()) }

// Commit makes durable what waits for it.
func (s *Stepper) Commit() error { return s.loop.commit() }

// Obey carries out what a person says.
func (s *Stepper) Obey(in Instruction) error { return s.loop.obey(in) }

// Stop ends the run as a person's signal does; answers that are under way may
// still be taken.
func (s *Stepper) Stop() error {
	last := stopped()
	now := s.loop.cfg.Clock.Now()
	last.At, last.Seen = now, now
	return s.loop.take(last)
}

// Errand is a request that may block: to be run apart from everything else,
// one at a time a lane. Its answer waits in the queue when it returns.
type Errand func(ctx context.Context)

// Errand returns what a lane has to do next, or nil.
func (s *Stepper) Errand(lane string) Errand {
	if lane == LaneBars {
		return s.pastBars()
	}
	n := s.loop.lanes
	a := n.orders[lane]
	if lane == LaneScans {
		a = n.scans
	}
	select {
	case j := <-a.jobs:
		return func(ctx context.Context) { n.carry(ctx, a, &j) }
	default:
		return nil
	}
}

// pastBars fetches the warm-up once the streams are up, and what was missed.
func (s *Stepper) pastBars() Errand {
	l := s.loop
	if s.start != nil && !s.asked && s.start.allUp() {
		s.asked = true
		return func(ctx context.Context) {
			events, err := l.warmUp(ctx)
			l.enqueue(ctx, item{past: &past{events, err}})
		}
	}
	select {
	case a := <-l.missed.asks:
		return func(ctx context.Context) { l.enqueue(ctx, item{bars: l.missed.fetch(ctx, &a)}) }
	default:
		return nil
	}
}
