package live

import (
	"context"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
)

// Timing is the time that an order waits in and pauses pass in. The zero value
// is the machine's.
type Timing struct {
	Elapsed func() time.Duration                       // since some moment; never backwards
	Sleep   func(context.Context, time.Duration) error // returns early with the context's error
	// Wall is the clock that goes on while the machine sleeps, and that people
	// set. nil is nobody who looks at it.
	Wall func() time.Time
	// Moved is how far the run clock was moved on in all, beside what passed.
	// nil is a clock that is never moved.
	Moved func() time.Duration
}

func (t Timing) withDefaults() Timing {
	if t.Elapsed == nil {
		began := time.Now()
		t.Elapsed = func() time.Duration { return time.Since(began) }
	}
	if t.Sleep == nil {
		t.Sleep = sleep
	}
	return t
}

func sleep(ctx context.Context, d time.Duration) error {
	pause := time.NewTimer(d)
	defer pause.Stop()
	select {
	case <-pause.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// gapMax is how far the wall clock and the even one may part. The streams look
// more closely: what the loop notices, they must notice as well.
const gapMax = 3 * time.Second

// reading is what the clocks said at one moment.
type reading struct {
	wall  time.Time
	even  time.Duration
	moved time.Duration // of the run clock
}

func (t *Timing) read() reading {
	r := reading{even: t.Elapsed()}
	if t.Wall != nil {
		r.wall = t.Wall()
	}
	if t.Moved != nil {
		r.moved = t.Moved()
	}
	return r
}

// gap returns by how much the clocks parted since a reading, when that is more
// than they may: the machine slept, or its clock was set.
func (t *Timing) gap(since *reading) time.Duration {
	if t.Wall == nil {
		return 0
	}
	d := t.Wall().Sub(since.wall) - (t.Elapsed() - since.even)
	if d.Abs() <= gapMax {
		return 0
	}
	return d
}

// awake returns the time of the run, once it looked whether the machine slept.
// What the streams said before is of another time then: nothing is believed
// until they are up again. They are told: of two steps that cancel out they would
// find nothing. That the run clock was moved on the engine hears before
// anything that happened at the new time.
func (l *Loop) awake() (market.Time, error) {
	d := l.cfg.Timing.gap(&l.looked)
	now, moved := l.cfg.Clock.Now(), l.looked.moved
	l.looked = l.cfg.Timing.read() // clocks that part slowly are no gap
	if l.looked.moved != moved {
		now = l.cfg.Clock.Now() // what was read may be of before
		if err := l.take(&engine.Event{Kind: engine.KindClock, At: now, Seen: now}); err != nil {
			return now, err
		}
	}
	if d == 0 {
		return now, nil
	}
	reason := "the machine slept, or its clock was set: " + d.Round(time.Millisecond).String() + " are missing"
	for _, stream := range [...]string{engine.StreamMarket, engine.StreamPrivate} {
		if stream == engine.StreamPrivate && l.desk != nil {
			continue
		}
		l.cfg.Streams.doubt(stream)
		ev := engine.Event{Kind: engine.KindLink, At: now, Seen: now, Link: engine.Link{Stream: stream, Reason: reason}}
		if err := l.take(&ev); err != nil {
			return now, err
		}
	}
	return now, nil
}
