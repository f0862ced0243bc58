package exchange

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff is how long to pause between attempts to connect: Min, doubled
// after each session that did not last, with up to half again added at
// random, and never above Max. Zero values take the defaults in the comments.
type Backoff struct {
	Min    time.Duration // 1 s: exchanges count connections
	Max    time.Duration // 60 s
	Lasted time.Duration // a session this old starts over at Min; 60 s

	Random func() float64                             // in [0, 1)
	Sleep  func(context.Context, time.Duration) error // returns early with the context's error
	Now    func() time.Time
}

func (b Backoff) withDefaults() Backoff {
	b.Min = orElse(b.Min, time.Second)
	b.Max = orElse(b.Max, time.Minute)
	b.Lasted = orElse(b.Lasted, time.Minute)
	if b.Random == nil {
		b.Random = rand.Float64
	}
	if b.Sleep == nil {
		b.Sleep = sleep
	}
	if b.Now == nil {
		b.Now = time.Now
	}
	return b
}

// On lets the pauses pass in another time, where none was given.
func (b Backoff) On(t Timing) Backoff {
	t = t.withDefaults()
	if b.Sleep == nil {
		b.Sleep = t.Sleep
	}
	if b.Now == nil {
		b.Now = t.Now
	}
	return b
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Keep runs session again and again, with pauses between, until ctx is done
// or session says that trying again is useless. It returns the context's
// error or the last session's.
func Keep(ctx context.Context, b Backoff, session func(context.Context) (again bool, err error)) error {
	b = b.withDefaults()
	pause := b.Min
	for {
		started := b.Now()
		again, err := session(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !again {
			return err
		}
		if b.Now().Sub(started) >= b.Lasted {
			pause = b.Min
		}
		jitter := time.Duration(float64(pause) / 2 * b.Random())
		if err := b.Sleep(ctx, min(pause+jitter, b.Max)); err != nil {
			return err
		}
		pause = min(2*pause, b.Max)
	}
}
