package front

import (
	"net"
	"net/http"
	"sync"
	"time"

	"rulebot/engine/market"
	"rulebot/exchange/server"
	"rulebot/exchange/server/faults"
)

// Topic is one stream that clients can subscribe to.
type Topic interface {
	comparable
	// Name returns the channel as clients write it, for faults that concern one.
	Name() string
}

// Options are what a desk may be told. Zero values are documented by the faces.
type Options struct {
	Accounts []Account
	Speed    int           // of the exchange's clock against the wall's; 0 is 1
	Idle     time.Duration // real time after which a silent connection is closed; 0 is 30 s
	Pace     int           // multiplies the documented rate limits; 0 is 1
	Faults   *faults.Plan  // what goes wrong on demand; nil is nothing
	Farewell func()        // called when a fault ends a connection, and the clock was held for it
}

// Desk is what a face has of every protocol. What the exchange's lock guards is
// so marked.
type Desk[T Topic] struct {
	Limits *Limits
	opt    Options
	x      *server.Exchange
	began  market.Time

	upkeep   *faults.Fault       // the maintenance told last; under the exchange's lock
	topics   map[T][]*Session[T] // subscribers, oldest first; under the exchange's lock
	sessions sessions[T]
	buffers  sync.Pool      // of the connections' writers
	requests sync.WaitGroup // requests and connections being served
	sleeper  sleeper        // the clock, when it is one
	closing  chan struct{}  // closed when the desk is
}

// NewDesk returns the desk of a face of x.
func NewDesk[T Topic](x *server.Exchange, opt Options) *Desk[T] {
	if opt.Idle == 0 {
		opt.Idle = 30 * time.Second
	}
	d := &Desk[T]{
		Limits: NewLimits(limitClock(x.Clock()), opt.Pace),
		opt:    opt, x: x, topics: map[T][]*Session[T]{}, began: x.Began(), closing: make(chan struct{}),
	}
	d.sleeper, _ = x.Clock().(sleeper)
	d.sessions.open = map[*Session[T]]struct{}{}
	return d
}

// Enter counts a request in, unless the desk is closing; Leave counts it out.
func (d *Desk[T]) Enter() bool { return d.sessions.enter(&d.requests) }

// Leave counts a request out.
func (d *Desk[T]) Leave() { d.requests.Done() }

// Close ends every connection and waits for them and for running requests.
func (d *Desk[T]) Close() {
	if d.sessions.close() {
		close(d.closing)
	}
	d.requests.Wait()
}

// Subscribers returns who follows a topic. The exchange is locked.
func (d *Desk[T]) Subscribers(t T) []*Session[T] { return d.topics[t] }

// Send sends a frame to everyone in a list. The exchange is locked.
func (d *Desk[T]) Send(t T, list []*Session[T], frame []byte) {
	for _, s := range list {
		d.deliver(s, t, frame)
	}
}

// SendOwner sends a frame, made once, to the account's own connections that
// follow a topic. The exchange is locked.
func (d *Desk[T]) SendOwner(t T, account string, render func() []byte) {
	var frame []byte
	for _, s := range d.topics[t] {
		if s.Account.Name != account {
			continue
		}
		if frame == nil {
			frame = render()
		}
		d.deliver(s, t, frame)
	}
}

// Host returns the address a request comes from.
func Host(r *http.Request) string {
	h, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return h
}
