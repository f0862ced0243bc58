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
	// Wall is the clock that goes on while the machine sleeps, and that people
	// set. nil is nobody who looks at it.
	Wall func() time.Time
}

// gapMax is how far the wall clock and the even one may part.
const gapMax = 2 * time.Second

// Gap notices that a machine slept, or that its clock was set: its wall clock
// and the one that runs evenly went apart.
type Gap struct {
	timing     Timing
	wall, even time.Time
}

// NewGap returns a gap that is measured from now.
func NewGap(t Timing) Gap {
	g := Gap{timing: t.withDefaults()}
	g.mark()
	return g
}

func (g *Gap) mark() {
	if g.timing.Wall != nil {
		g.wall, g.even = g.timing.Wall(), g.timing.Now()
	}
}

// Opened returns by how much the clocks parted since it was last asked; 0 is
// less than two seconds.
func (g *Gap) Opened() time.Duration {
	if g.timing.Wall == nil {
		return 0
	}
	d := g.timing.Wall().Sub(g.wall) - g.timing.Now().Sub(g.even)
	g.mark() // clocks that part slowly are no gap
	if d.Abs() <= gapMax {
		return 0
	}
	return d
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
