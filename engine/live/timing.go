package live

import (
	"context"
	"time"
)

// Timing is the time that an order waits in and pauses pass in. The zero value
// is the machine's.
type Timing struct {
	Elapsed func() time.Duration                       // since some moment; never backwards
	Sleep   func(context.Context, time.Duration) error // returns early with the context's error
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
