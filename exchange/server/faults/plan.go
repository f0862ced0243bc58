package faults

import (
	"slices"
	"sync"
	"time"

	"rulebot/engine/num"
)

// Kind is what goes wrong.
type Kind string

// The kinds.
const (
	Latency     Kind = "latency"
	Error       Kind = "error"
	Limit       Kind = "limit"
	Maintenance Kind = "maintenance"
	Drop        Kind = "drop"
	Duplicate   Kind = "duplicate"
	Reorder     Kind = "reorder"
	HalfOpen    Kind = "half_open"
	Lost        Kind = "lost"
	Cut         Kind = "cut"
	Clock       Kind = "clock"
	Tick        Kind = "tick"
	Delist      Kind = "delist"
)

// Fault is one thing that goes wrong, and when.
type Fault struct {
	Kind    Kind
	From    time.Duration // of exchange time, since the start
	Until   time.Duration // 0 is never
	Every   time.Duration // it comes again so long after From, and again; 0 is once
	Call    string        // class of requests; "" is all
	Channel string        // of frames; "" is all
	Share   float64       // of the requests or frames; 0 is all
	Times   int           // at most; 0 is without end
	Delay   time.Duration
	Jitter  time.Duration // up to so much more delay
	Status  int           // of an error
	Applied bool          // the request was done before its error
	Offset  time.Duration // of the clock

	Instrument string    // of tick and delist
	Tick       num.Price // the new one
}

// Scenario is a file of faults.
type Scenario struct {
	Seed   uint64
	End    time.Duration // after which nothing goes wrong; 0 is never
	Faults []Fault
}

// Plan says what becomes of requests and frames. A nil plan lets everything
// be. It is used from any goroutine.
type Plan struct {
	seed   uint64
	end    time.Duration
	faults []Fault

	mu    sync.Mutex
	draws []uint64 // of each fault so far
	hits  []int    // of each fault so far
}

// New returns the plan of a scenario.
func New(s Scenario) *Plan {
	return &Plan{seed: s.Seed, end: s.End, faults: s.Faults, draws: make([]uint64, len(s.Faults)), hits: make([]int, len(s.Faults))}
}

// Hits returns how often each fault that concerns requests or frames happened
// so far.
func (p *Plan) Hits() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.hits)
}

// over reports whether nothing goes wrong any more, or ever.
func (p *Plan) over(since time.Duration) bool { return p == nil || p.end > 0 && since >= p.end }

// Answer is what becomes of a request. The zero value is that it is answered.
type Answer struct {
	Kind    Kind // Error, Limit, Maintenance, Lost or none
	Status  int  // of an error
	Applied bool
	Delay   time.Duration
}

// Request decides about one request of a class, so long after the start.
func (p *Plan) Request(since time.Duration, class string) (a Answer) {
	if p.over(since) {
		return a
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.faults {
		f := &p.faults[i]
		if !f.active(since) || f.Call != "" && f.Call != class {
			continue
		}
		switch f.Kind {
		case Latency:
			if f.Channel == "" && p.hit(i) {
				a.Delay += p.delay(i)
			}
		case Error, Limit, Maintenance, Lost:
			if a.Kind == "" && (f.Kind != Maintenance || writes(class)) && p.hit(i) {
				a.Kind, a.Status, a.Applied = f.Kind, f.Status, f.Applied
			}
		default: // concerns no request
		}
	}
	return a
}

// writes reports whether requests of a class change anything.
func writes(class string) bool { return class != "query" && class != "public" }

// Fate is what becomes of a frame.
type Fate struct {
	Kind  Kind // Drop, Duplicate, Reorder or none
	Delay time.Duration
}

// Frame decides about one frame of a channel.
func (p *Plan) Frame(since time.Duration, channel string) (f Fate) {
	if p.over(since) {
		return f
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.faults {
		one := &p.faults[i]
		if !one.active(since) || one.Channel != "" && one.Channel != channel {
			continue
		}
		switch one.Kind {
		case Latency:
			if one.Call == "" && p.hit(i) {
				f.Delay += p.delay(i)
			}
		case Drop, Duplicate, Reorder:
			if f.Kind == "" && p.hit(i) {
				f.Kind = one.Kind
			}
		default: // concerns no frame
		}
	}
	return f
}

// Mute reports whether connections are half open now.
func (p *Plan) Mute(since time.Duration) bool { return p.now(since, HalfOpen) != nil }

// Cuts reports whether a connection that was made then is to be closed now.
func (p *Plan) Cuts(made, since time.Duration) bool {
	if p.over(since) {
		return false
	}
	for i := range p.faults {
		if f := &p.faults[i]; f.Kind == Cut && f.From <= since && made < since-(f.phase(since)-f.From) {
			return true
		}
	}
	return false
}

// Refuses reports whether new connections are refused now.
func (p *Plan) Refuses(since time.Duration) bool {
	f := p.now(since, Cut)
	return f != nil && f.Until != 0
}

// Maintained returns the maintenance that is on, or nil.
func (p *Plan) Maintained(since time.Duration) *Fault { return p.now(since, Maintenance) }

func (p *Plan) now(since time.Duration, kind Kind) *Fault {
	if p.over(since) {
		return nil
	}
	for i := range p.faults {
		if f := &p.faults[i]; f.Kind == kind && f.active(since) {
			return f
		}
	}
	return nil
}

// Skew returns by how much the clock is off.
func (p *Plan) Skew(since time.Duration) (offset time.Duration) {
	if p.over(since) {
		return 0
	}
	for i := range p.faults {
		if f := &p.faults[i]; f.Kind == Clock && f.active(since) {
			offset += f.Offset
		}
	}
	return offset
}

func (f *Fault) active(since time.Duration) bool {
	since = f.phase(since)
	return since >= f.From && (f.Until == 0 || since < f.Until)
}

// Shift returns by how much a fault that comes again is later than it is
// written, at a time.
func (f *Fault) Shift(since time.Duration) time.Duration { return since - f.phase(since) }

// phase returns a time of the first round that is like this one.
func (f *Fault) phase(since time.Duration) time.Duration {
	if f.Every > 0 && since > f.From {
		return f.From + (since-f.From)%f.Every
	}
	return since
}

// hit decides whether a fault happens this time. The plan is locked.
func (p *Plan) hit(i int) bool {
	f := &p.faults[i]
	if f.Times > 0 && p.hits[i] >= f.Times {
		return false
	}
	if f.Share > 0 && p.draw(i) >= f.Share {
		return false
	}
	p.hits[i]++
	return true
}

func (p *Plan) delay(i int) time.Duration {
	f := &p.faults[i]
	if f.Jitter == 0 {
		return f.Delay
	}
	return f.Delay + time.Duration(p.draw(i)*float64(f.Jitter))
}

// draw returns a fault's next number in [0, 1): of the seed, the fault and how
// many were drawn (splitmix64), so that no fault changes another's numbers.
func (p *Plan) draw(i int) float64 {
	const golden = 0x9e3779b97f4a7c15
	p.draws[i]++
	z := p.seed + uint64(i+1)<<32*golden + p.draws[i]*golden
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return float64((z^z>>31)>>11) / (1 << 53)
}
