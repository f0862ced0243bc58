package live

import "sync/atomic"

// beat is how the loop gets on, for whoever watches it from outside. It is odd
// while the loop is at work, and another number after everything it does.
type beat struct{ n atomic.Uint64 }

// work says that the loop takes something up.
func (b *beat) work() { b.n.Store((b.n.Load() + 2) | 1) }

// rest says that the loop waits for something to do.
func (b *beat) rest() { b.n.Store((b.n.Load() + 2) &^ 1) }

// Beat returns a number, odd while the loop is at work on something: as long as
// it stays the same odd number, that is not done. Any goroutine may ask.
func (l *Loop) Beat() uint64 { return l.beat.n.Load() }
