package live

import (
	"context"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// Feed is a stream of frames.
type Feed interface {
	// Run connects, and reconnects, until ctx ends; any other return is an
	// error that no reconnecting mends. It calls emit from its own goroutine
	// exactly once for each frame received, also when the frame says nothing;
	// the events are valid only during the call. emit blocks while the queue
	// is full.
	Run(ctx context.Context, emit func([]engine.Event)) error
}

// Executor carries orders to an exchange. Its methods are called from lanes,
// one call at a time a lane, and may block until their own deadline.
type Executor interface {
	// Submit sends the order once. Whatever is not proven is Unknown.
	Submit(ctx context.Context, a risk.Approved) order.Result
	// Cancel asks for a cancellation, which may be repeated.
	Cancel(ctx context.Context, o order.Order) order.Result
	// Order asks how an order stands, by client order id. asked is the run
	// clock before the question left. That the exchange has no such order is
	// evidence, not an error.
	Order(ctx context.Context, o order.Order, asked market.Time) (order.Evidence, error)
}

// Keeper has an exchange hold stops. An exchange that cannot has none.
type Keeper interface {
	// Hold sends a stop once: the approved order is placed at the market once
	// its price is reached. ExchangeID is the stop's. What is not proven is
	// Unknown.
	Hold(ctx context.Context, a risk.Approved) order.Result
	// Release asks the exchange to let a stop go, which may be repeated.
	Release(ctx context.Context, h engine.HeldStop) order.Result
	// Held lists the stops of an instrument in whatever state, and this one
	// wherever it is. Rows beside an error are true, and lack some: they
	// prove nothing absent.
	Held(ctx context.Context, h engine.HeldStop) ([]engine.HeldRow, error)
}

// Account reads what the exchange holds of ours, for reconciliation. What comes
// beside an error is true, and lacks some: it proves nothing absent.
type Account interface {
	// OpenOrders reads all pages of the open orders of an instrument.
	OpenOrders(ctx context.Context, instrument string) ([]order.Evidence, error)
	// Fills reads all pages of the fills of an order.
	Fills(ctx context.Context, instrument, exchangeID string, since market.Time) ([]order.Fill, error)
	// Balances reads what the account holds, of these currencies also where
	// it is nothing. One that is missing all the same is not known.
	Balances(ctx context.Context, currencies ...string) ([]order.Balance, error)
}

// History fetches closed bars.
type History interface {
	// Bars returns at most n closed bars that end at or before until, oldest
	// first. Fewer is no error.
	Bars(ctx context.Context, s market.Series, n int, until market.Time) ([]market.Bar, error)
}

// Journal keeps what became true. It belongs to the loop.
type Journal interface {
	// Append copies changes into the group that the next Commit makes durable.
	Append(changes []engine.Change)
	// Commit makes everything appended durable. After an error nothing may be
	// sent any more.
	Commit() error
	// Pending counts appended changes that are not durable yet.
	Pending() int
}

// Clock is the run clock. It is used from the loop and the lanes.
type Clock interface {
	// Now returns the time of the run.
	Now() market.Time
	// WakeAt asks for one value on the alarm channel when that time has come;
	// it replaces what was asked before, and 0 takes it back.
	WakeAt(at market.Time) <-chan market.Time
	// Begin tells that work is under way for which a stepped clock must stand
	// still: a request that leaves.
	Begin()
	// End tells that a frame or an answer has been handled completely.
	End()
}

// Observer sees each event with its outcome after its changes were journaled.
// It is called on the loop; the outcome is valid only during the call.
type Observer func(ev *engine.Event, out *engine.Outcome)

// Tape is told what the loop does to the core, just before it does it: enough
// to do it again. It must not block; what it is given is valid only during the
// call.
type Tape interface {
	Start(at market.Time)
	Take(ev *engine.Event)
	Ring(at market.Time)
	Finish(last *engine.Event)
}

// untaped keeps nothing.
type untaped struct{}

func (untaped) Start(market.Time)    {}
func (untaped) Take(*engine.Event)   {}
func (untaped) Ring(market.Time)     {}
func (untaped) Finish(*engine.Event) {}

// Streams are the feeds. Private is nil in a dry run.
type Streams struct{ Market, Private Feed }

// Doubter is a feed that can be told not to believe its session any more: it
// begins another one. It is called from another goroutine than Run's.
type Doubter interface{ Doubt() }

func (s *Streams) doubt(stream string) {
	feed := s.Market
	if stream == engine.StreamPrivate {
		feed = s.Private
	}
	if d, ok := feed.(Doubter); ok {
		d.Doubt()
	}
}
