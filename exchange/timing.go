package exchange

import (
	"context"
	"time"
)

// Timing is the time in which pauses and silence are measured. The zero value
// is the machine's; a simulation has its own.
type Timing struct {
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error // returns early with the context's error
}

func (t Timing) withDefaults() Timing {
	if t.Now == nil {
		t.Now = time.Now
	}
	if t.Sleep == nil {
		t.Sleep = sleep
	}
	return t
}

// Calls makes HTTP calls, each once: a [Caller], or what stands in for the
// network.
type Calls interface {
	Do(ctx context.Context, call Call) (Reply, error)
	CloseIdle()
}

// Conn is an open WebSocket: a [Session], or what stands in for one.
type Conn interface {
	Send(text []byte) error
	Read(within time.Duration) ([]byte, error)
	Close()
}
