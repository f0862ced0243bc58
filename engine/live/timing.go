package live

import (
	"context"
	"time"

	"rulebot/engine"
)

// Timing is the time that an order waits in and pauses pass in. The zero value
// is the machine's.
type Timing struct {
	Elapsed func() time.Duration                       // since some moment; never backwards
	Sleep   func(context.Context, time.Duration) error // returns early with the context's error
	// Wall is the clock that goes on while the machine sleeps, and that people
	// set. nil is nobody who looks at it.
	Wall func() time.Time
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

// reading is what both clocks said at one moment.
type reading struct {
	wall time.Time
	even time.Duration
}

func (t *Timing) read() reading {
	if t.Wall == nil {
		return reading{even: t.Elapsed()}
	}
	return reading{t.Wall(), t.Elapsed()}
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

// awake looks whether the machine slept. What the streams said before is of
// another time then: nothing is believed until they are up again, which they
// will find out for themselves.
func (l *Loop) awake() error {
	d := l.cfg.Timing.gap(&l.looked)
	l.looked = l.cfg.Timing.read() // clocks that part slowly are no gap
	if d == 0 {
		return nil
	}
	now := l.cfg.Clock.Now()
	reason := "the machine slept, or its clock was set: " + d.Round(time.Millisecond).String() + " are missing"
	for _, stream := range [...]string{engine.StreamMarket, engine.StreamPrivate} {
		if stream == engine.StreamPrivate && l.desk != nil {
			continue
		}
		ev := engine.Event{Kind: engine.KindLink, At: now, Seen: now, Link: engine.Link{Stream: stream, Reason: reason}}
		if err := l.take(&ev); err != nil {
			return err
		}
	}
	return nil
}
