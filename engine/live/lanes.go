package live

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"rulebot/engine"
	"rulebot/engine/order"
)

// laneSize is how many requests may wait in a lane.
const laneSize = 256

// lanes carry the engine's commands to the exchange: one goroutine for the
// orders of each instrument, so that they leave in order and a slow answer
// holds up nobody else, and one for scans.
type lanes struct {
	cfg      *Config
	post     func(ctx context.Context, events []engine.Event)
	orders   map[string]chan job
	scans    chan job
	inFlight int // requests whose answers the loop has not handled; the loop's own
}

// job is one command on its way.
type job struct {
	command   engine.Command
	unsettled []order.Order // CommandReconcile: what to ask about
	history   bool          // fetch the bars that were missed instead
	committed time.Time     // when the command's intent was durable
}

func newLanes(cfg *Config, post func(context.Context, []engine.Event)) *lanes {
	return &lanes{cfg: cfg, post: post, orders: make(map[string]chan job), scans: make(chan job, laneSize)}
}

func (n *lanes) run(ctx context.Context, g *errgroup.Group) {
	var shared chan job
	for _, id := range n.cfg.Exchange.Instruments {
		lane := shared
		if lane == nil {
			lane = make(chan job, laneSize)
			g.Go(func() error { return n.work(ctx, lane) })
		}
		if n.cfg.Exchange.Serial {
			shared = lane
		}
		n.orders[id] = lane
	}
	g.Go(func() error { return n.work(ctx, n.scans) })
}

// work does the jobs of one lane until the run ends. A request that left is
// finished even then: its outcome matters.
func (n *lanes) work(ctx context.Context, lane <-chan job) error {
	for {
		select {
		case j := <-lane:
			n.post(ctx, n.do(context.WithoutCancel(ctx), &j))
		case <-ctx.Done():
			return nil
		}
	}
}

// dispatch starts commands whose changes are durable. It is called on the
// loop and does not block: what finds its lane full is answered at once.
func (n *lanes) dispatch(commands []engine.Command) {
	committed := time.Now()
	for i := range commands {
		j := job{command: commands[i], committed: committed}
		lane := n.scans
		switch j.command.Kind {
		case engine.CommandSubmit, engine.CommandCancel:
			lane = n.orders[j.command.Order.Instrument]
		case engine.CommandReconcile:
			j.unsettled = n.cfg.Engine.Unsettled()
		case engine.CommandQuery, engine.CommandFills:
		}
		n.send(lane, j)
	}
}

// backfill fetches the bars that closed while the market stream was down.
func (n *lanes) backfill() { n.send(n.scans, job{history: true}) }

func (n *lanes) send(lane chan job, j job) {
	n.cfg.Clock.Begin()
	n.inFlight++
	select {
	case lane <- j:
	default:
		full := j
		go n.post(context.Background(), n.notSent(&full, "too many requests are waiting"))
	}
}

func (n *lanes) notSent(j *job, why string) []engine.Event {
	r := order.Result{Class: order.NotSent, Message: why}
	switch j.command.Kind {
	case engine.CommandSubmit:
		return n.answer(engine.KindSubmitted, j, r)
	case engine.CommandCancel:
		return n.answer(engine.KindCancelled, j, r)
	case engine.CommandReconcile:
		return []engine.Event{n.reconciled(0, errors.New(why))}
	case engine.CommandQuery, engine.CommandFills:
	}
	return nil
}

// do carries one job out and returns what the engine shall hear.
func (n *lanes) do(ctx context.Context, j *job) []engine.Event {
	if j.history {
		return n.missedBars(ctx)
	}
	o := j.command.Order
	switch j.command.Kind {
	case engine.CommandSubmit:
		if time.Since(j.committed) > sendAgeMax {
			return n.notSent(j, "the order waited too long to be sent")
		}
		return n.answer(engine.KindSubmitted, j, n.cfg.Exchange.Executor.Submit(ctx, j.command.Approved))
	case engine.CommandCancel:
		return n.answer(engine.KindCancelled, j, n.cfg.Exchange.Executor.Cancel(ctx, o))
	case engine.CommandQuery:
		events, _ := n.query(ctx, o) // the engine asks again until it is answered
		return events
	case engine.CommandFills:
		events, _ := n.fills(ctx, o, o.ExchangeID)
		return events
	case engine.CommandReconcile:
		return n.scan(ctx, j.unsettled)
	}
	return nil
}

func (n *lanes) answer(kind engine.Kind, j *job, r order.Result) []engine.Event {
	o := &j.command.Order
	return []engine.Event{{
		Kind: kind, Instrument: o.Instrument, At: n.cfg.Clock.Now(),
		Account: engine.AccountNews{ClientID: o.ClientID, Result: r},
	}}
}
