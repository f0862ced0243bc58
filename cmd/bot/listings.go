package main

import (
	"context"
	"slices"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/order"
)

// listEvery is how often an exchange that runs elsewhere is asked for its
// listings: tick, lot and minimum may change while a bot runs, and R04 wants to
// know that somebody looked.
const listEvery = time.Minute

// auditEvery is how often a live account is compared with our books. A market
// in this process loses nothing that the streams told.
func (c *connection) auditEvery() time.Duration {
	if c.builtin != nil {
		return 0
	}
	return 30 * time.Second
}

// relisting is a market's feed that also says how the exchange lists the
// instruments.
type relisting struct {
	live.Feed
	ask   func(context.Context) ([]market.Instrument, error)
	now   func() market.Time
	every time.Duration
	log   logrus.FieldLogger
	known []market.Instrument // those to look at, as they were last told

	refused <-chan struct{} // an order was, and its instrument may be listed otherwise by now; nil is never
}

// Run runs the feed, and looks at the listings beside it.
func (l *relisting) Run(ctx context.Context, emit func([]engine.Event)) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return l.Feed.Run(ctx, emit) })
	g.Go(func() error {
		for _, in := range l.known {
			l.tell(in, emit) // as they were listed a moment ago
		}
		tick := time.NewTicker(l.every)
		defer tick.Stop()
		var last time.Time // that a refusal had us look
		for {
			select {
			case <-tick.C:
				l.look(ctx, emit)
			case <-l.refused:
				if now := time.Now(); now.Sub(last) >= l.every/refusalsPerLook {
					last = now
					l.look(ctx, emit)
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	return g.Wait()
}

// refusalsPerLook is how many looks refusals may add between two others: who is
// refused again and again learns nothing new.
const refusalsPerLook = 12

// refusals tells of orders that the exchange refused for what it lists: steps,
// sizes, prices, or that it does not trade the instrument now. It takes a nil.
type refusals chan struct{}

func (r refusals) see(got order.Result) {
	if got.Class != order.Rejected || got.Halt == order.HaltFunds || got.Halt == order.HaltAuth {
		return
	}
	select {
	case r <- struct{}{}:
	default: // nobody listens, or is told already
	}
}

// look asks once. Without an answer everything stays as it is: an order that
// does not fit is refused.
func (l *relisting) look(ctx context.Context, emit func([]engine.Event)) {
	listed, err := l.ask(ctx)
	if err != nil {
		if ctx.Err() == nil {
			l.log.WithError(err).Warn("listings")
		}
		return
	}
	for i := range l.known {
		in, ok := find(listed, l.known[i].ID)
		if !ok { // Okcoin says no otherwise that it does not trade it
			in = l.known[i]
			in.State = "not listed any more"
		}
		if mistaken(in) != "" {
			continue
		}
		if in == l.known[i] {
			l.tell(in, emit)
			continue
		}
		l.log.WithFields(logrus.Fields{"instrument": in.ID, "tick": in.Tick, "lot": in.Lot, "min": in.Min, "state": in.State}).Warn("the exchange lists it otherwise from now on")
		l.known[i] = in
		l.tell(in, emit)
	}
}

func (l *relisting) tell(in market.Instrument, emit func([]engine.Event)) {
	emit([]engine.Event{{Kind: engine.KindInstrument, Instrument: in.ID, At: l.now(), Market: engine.MarketNews{Listing: in}}})
}

// withListings adds the listings to a feed. What the file writes of an instrument
// holds whatever the exchange lists, and a market in this process does not
// change its own.
func (c *connection) withListings(s *setup, feed live.Feed) live.Feed {
	if c.builtin != nil {
		return feed
	}
	known := slices.DeleteFunc(slices.Clone(s.instruments), func(in market.Instrument) bool {
		_, written := s.file.Instrument(in.ID)
		return written
	})
	every := listEvery / time.Duration(max(c.speed, 1)) // R04 counts on the run's clock
	return &relisting{Feed: feed, ask: c.client.Instruments, now: c.clock.Now, every: every, log: c.log, known: known, refused: c.refused}
}
