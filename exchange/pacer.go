package exchange

import (
	"sync"
	"time"
)

// Limit is how many calls a window of time allows, of all instruments or of
// each.
type Limit struct {
	Calls         int
	Window        time.Duration
	PerInstrument bool
}

// counted is what an exchange counts the calls of.
type counted struct {
	call       int
	instrument string // "" where all instruments count together
}

// Pacer holds the buckets of an account, which everybody who trades on it
// shares. It may be used by many goroutines.
type Pacer struct {
	pace   int
	timing Timing

	mu      sync.Mutex
	buckets map[counted]*Bucket
	free    time.Time // our address is turned away until then
}

// instrumentsMax bounds the buckets; instruments beyond it share one.
const instrumentsMax = 1024

// NewPacer returns a pacer that allows pace times what limits say.
func NewPacer(pace int, timing Timing) *Pacer {
	return &Pacer{pace: max(1, pace), timing: timing, buckets: make(map[counted]*Bucket)}
}

// Bucket returns what a call takes from; calls that have limits of their own
// have numbers of their own.
func (p *Pacer) Bucket(call int, l Limit, instrument string) *Bucket {
	k := counted{call: call}
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.PerInstrument && len(p.buckets) < instrumentsMax {
		k.instrument = instrument
	}
	b := p.buckets[k]
	if b == nil {
		b = NewBucket(l.Calls*p.pace, l.Window).On(p.timing)
		if left := p.free.Sub(p.now()); left > 0 {
			b.Complained(left)
		}
		p.buckets[k] = b
	}
	return b
}

// banPause is how long nothing is asked after our address was turned away,
// where the exchange does not say.
const banPause = 2 * time.Minute

// Banned closes every call: who goes on asking is turned away for longer.
func (p *Pacer) Banned(after time.Duration) {
	if after <= 0 {
		after = banPause
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = p.now().Add(after)
	for _, b := range p.buckets {
		b.Complained(after)
	}
}

func (p *Pacer) now() time.Time {
	if p.timing.Now != nil {
		return p.timing.Now()
	}
	return time.Now()
}
