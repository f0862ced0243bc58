package server

import (
	"context"
	"fmt"
	"sync"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/exchange/sim"
)

// Exchange is the built-in exchange. Make one with New, run it with Start, end
// it with Close.
type Exchange struct {
	cfg    Config
	clock  Clock
	front  Front
	source Source
	began  market.Time // when the exchange was made
	shift  market.Time // what is added to the source's times

	next    engine.Event // the market's next event, not yet shifted; the market's goroutine owns it
	changes []Change     // yet to come; the market's goroutine owns it
	more    bool         // next holds one

	mu    sync.Mutex // guards state and the order of notices
	state State

	serve serving
	done  chan struct{} // closed when the market ended
	err   error         // why the market ended, before done is closed
}

// New returns an exchange that does not run yet. It reads the history and the
// first event of the market.
func New(cfg Config) (*Exchange, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	x := &Exchange{
		cfg: cfg, clock: cfg.Clock, source: cfg.Source, done: make(chan struct{}),
	}
	if err := x.first(&cfg); err != nil {
		return nil, err
	}
	if err := x.open(); err != nil {
		return nil, err
	}
	if x.began = x.clock.Now(); x.began == 0 {
		x.began = x.Begins() // a clock that is set when the market is known
	}
	if err := x.plan(cfg.Changes); err != nil {
		return nil, err
	}
	front, err := cfg.Front(x)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	x.front = front
	return x, nil
}

// open makes the state: listings, their history, the accounts.
func (x *Exchange) open() error {
	s := &x.state
	s.x = x
	s.listings = make(map[string]*listing, len(x.cfg.Instruments))
	trade := tradable(x.cfg.Instruments)
	matching, err := sim.New(sim.Config{
		Instruments: trade, Fees: x.cfg.Fees, Rules: x.cfg.Rules, Tiers: x.cfg.Models.Tiers, Fills: x.cfg.Models.Fills,
	})
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	s.engine = matching
	for _, inst := range x.cfg.Instruments {
		_, can := matching.Instrument(inst.ID)
		l := &listing{inst: inst, tradable: can}
		s.listings[inst.ID] = l
		s.order = append(s.order, l)
		x.remember(l)
	}
	for _, a := range x.cfg.Accounts {
		if err := matching.Open(a.Name, a.Balances); err != nil {
			return fmt.Errorf("server: account %s: %w", a.Name, err)
		}
	}
	matching.Drain() // nobody listens yet
	return nil
}

// remember fills the candles of the past.
func (x *Exchange) remember(l *listing) {
	if x.cfg.History == nil {
		return
	}
	for _, b := range x.cfg.History(l.inst.ID) {
		b.Open += x.shift
		l.candles.add(&b)
	}
	if b := l.candles.last(); b != nil {
		l.fresh = after(b)
	}
}

// Now returns exchange time.
func (x *Exchange) Now() market.Time { return x.clock.Now() }

// Began returns when the exchange was made.
func (x *Exchange) Began() market.Time { return x.began }

// Clock returns the clock that paces the market.
func (x *Exchange) Clock() Clock { return x.clock }

// Begins returns the exchange time of the first event, before Start; 0 when the
// market is empty.
func (x *Exchange) Begins() market.Time {
	if !x.more {
		return 0
	}
	return x.next.At + x.shift
}

// Shift returns what is added to the market's own times.
func (x *Exchange) Shift() time.Duration { return time.Duration(x.shift) }

// Done is closed when the market has ended and its last frames were handled.
func (x *Exchange) Done() <-chan struct{} { return x.done }

// Err returns why the market ended: nil when its source did, or when the
// exchange was closed. It is valid once Done is closed.
func (x *Exchange) Err() error {
	select {
	case <-x.done:
		return x.err
	default:
		return nil
	}
}

// With runs f with the exchange locked: nothing happens in it meanwhile, and
// what f does is one step for all clients. The State must not be kept.
func (x *Exchange) With(f func(s *State)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f(&x.state)
}

// run is the market's goroutine: it waits for each event's time, then tells.
func (x *Exchange) run(ctx context.Context) {
	defer close(x.done)
	err := x.play(ctx)
	if ctx.Err() == nil {
		x.err = err
	}
}

func (x *Exchange) play(ctx context.Context) error {
	for x.more {
		at := x.next.At + x.shift
		if err := x.until(ctx, at); err != nil {
			return err
		}
		var err error
		x.With(func(s *State) { err = s.event(&x.next, at) })
		if err != nil {
			return err
		}
		if x.more, err = x.source.Next(&x.next); err != nil {
			return fmt.Errorf("server: market: %w", err)
		}
	}
	return x.clock.Advance(ctx, x.clock.Now()) // until the last frames were handled
}

// advance moves the market's time to the next event. On the way it beats the
// hearts of silent books, and lets sweeps happen that are due.
func (x *Exchange) advance(ctx context.Context, to market.Time) error {
	for {
		var next market.Time
		x.With(func(s *State) { next = s.wake(x.cfg.Manner.Heartbeat) })
		if next == 0 || next >= to {
			return x.clock.Advance(ctx, to)
		}
		if err := x.clock.Advance(ctx, next); err != nil {
			return err
		}
		x.With(func(s *State) { s.woken(x.cfg.Manner.Heartbeat) })
	}
}
