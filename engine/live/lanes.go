package live

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"rulebot/engine"
	"rulebot/engine/order"
	"rulebot/internal/killpoint"
)

// laneSize is how many requests may wait in a lane.
const laneSize = 256

// lanes carry the engine's commands to the exchange: one goroutine for the
// orders of each instrument, so that they leave in order and a slow answer
// holds up nobody else, and one for scans.
type lanes struct {
	cfg      *Config
	post     func(ctx context.Context, events []engine.Event)
	orders   map[string]*lane
	scans    *lane
	inFlight int // requests whose answers the loop has not handled; the loop's own

	sells   atomic.Bool // all the same, what a person has the kill switch sell does leave
	halted  atomic.Bool // set as soon as the engine says so: what waits in a lane does not leave any more
	refused []item      // what found its lane full, answered; the loop's own
	returns chan item   // hands one of them to the loop
}

// lane is requests that follow one another. The one in hand holds the clock;
// one that waits does not, so that time may pass while the one before it takes
// some.
type lane struct {
	jobs chan job
	mu   sync.Mutex
	busy int // jobs in hand and waiting
}

func newLane() *lane { return &lane{jobs: make(chan job, laneSize)} }

// enter counts a job in, and reports whether it is the one in hand.
func (a *lane) enter() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.busy++
	return a.busy == 1
}

// leave counts a job out, and reports whether another one follows.
func (a *lane) leave() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.busy--
	return a.busy > 0
}

// job is one command on its way.
type job struct {
	command   engine.Command
	unsettled []order.Order // CommandReconcile, CommandAudit: what to ask about
	watched   []order.Order // CommandReconcile: what was proven absent, and is asked about all the same
	committed reading       // when the command's intent was durable
}

func newLanes(cfg *Config, post func(context.Context, []engine.Event)) *lanes {
	return &lanes{
		cfg: cfg, post: post, orders: make(map[string]*lane), scans: newLane(), returns: make(chan item, 1),
	}
}

func (n *lanes) run(ctx context.Context, g *errgroup.Group) {
	g.Go(func() error { return n.work(ctx, n.scans) })
	for _, id := range n.cfg.Exchange.Instruments {
		own := n.scans
		if !n.cfg.Exchange.Serial {
			own = newLane()
			g.Go(func() error { return n.work(ctx, own) })
		}
		n.orders[id] = own
	}
}

// work does the jobs of one lane until the run ends; what waits then is not
// begun any more.
func (n *lanes) work(ctx context.Context, a *lane) error {
	for {
		select {
		case j := <-a.jobs:
			if over(ctx) {
				return nil
			}
			n.carry(ctx, a, &j)
		case <-ctx.Done():
			return nil
		}
	}
}

// carry does the job in hand and answers it.
func (n *lanes) carry(ctx context.Context, a *lane, j *job) {
	events := n.do(ctx, j)
	if a.leave() {
		n.cfg.Clock.Begin() // for the next, before the answer lets go
	}
	n.post(ctx, events)
}

// dispatch starts commands whose changes are durable. It is called on the
// loop and does not block: what finds its lane full is answered at once.
func (n *lanes) dispatch(commands []engine.Command) {
	committed := n.cfg.Timing.read()
	for i := range commands {
		j := job{command: commands[i], committed: committed}
		to := n.scans
		switch j.command.Kind {
		case engine.CommandSubmit, engine.CommandCancel:
			if own := n.orders[j.command.Order.Instrument]; own != nil {
				to = own // an order of before may be of an instrument that is not traded any more
			}
		case engine.CommandHold, engine.CommandRelease, engine.CommandHeld:
			if own := n.orders[j.command.Held.Instrument]; own != nil {
				to = own
			}
		case engine.CommandReconcile:
			j.unsettled, j.watched = n.cfg.Engine.Unsettled(), n.cfg.Engine.Watched()
		case engine.CommandAudit:
			j.unsettled = n.cfg.Engine.Unsettled()
		case engine.CommandQuery, engine.CommandFills:
		}
		n.send(to, j)
	}
}

func (n *lanes) send(a *lane, j job) {
	n.inFlight++
	if a.enter() {
		n.cfg.Clock.Begin()
	}
	select {
	case a.jobs <- j:
	default:
		a.leave()           // never the last: the lane is full
		n.cfg.Clock.Begin() // its answer lets go
		n.refused = append(n.refused, item{events: n.notSent(&j, "too many requests are waiting"), answer: true})
	}
}

// refusals returns where the loop takes the answers to what found its lane
// full. In a dry run there are none.
func (n *lanes) refusals() <-chan item {
	if n == nil {
		return nil
	}
	if len(n.refused) > 0 {
		select {
		case n.returns <- n.refused[0]:
			n.refused = n.refused[1:]
		default: // one waits there already
		}
	}
	return n.returns
}

func (n *lanes) notSent(j *job, why string) []engine.Event {
	r := order.Result{Class: order.NotSent, Message: why}
	switch j.command.Kind {
	case engine.CommandSubmit:
		return n.answer(engine.KindSubmitted, j, r)
	case engine.CommandCancel:
		return n.answer(engine.KindCancelled, j, r)
	case engine.CommandHold, engine.CommandRelease:
		return n.answerHeld(j, r)
	case engine.CommandReconcile:
		return []engine.Event{n.reconciled(0, errors.New(why))}
	case engine.CommandAudit:
		return []engine.Event{n.audited(0, errors.New(why))}
	case engine.CommandQuery, engine.CommandFills, engine.CommandHeld:
	}
	return nil
}

// do carries one job out and returns what the engine shall hear. An order or a
// cancel that left is finished even when the run ends: its outcome matters.
func (n *lanes) do(ctx context.Context, j *job) []engine.Event {
	o := j.command.Order
	switch j.command.Kind {
	case engine.CommandSubmit:
		switch {
		case n.halted.Load() && (!j.command.Order.Flatten || !n.sells.Load()):
			return n.notSent(j, "everything was halted before the order was sent")
		case n.late(j):
			return n.notSent(j, "the order waited too long to be sent")
		}
		r := n.cfg.Exchange.Executor.Submit(context.WithoutCancel(ctx), j.command.Approved)
		killpoint.Reach(killpoint.AnswerReceived)
		return n.answer(engine.KindSubmitted, j, r)
	case engine.CommandCancel:
		return n.answer(engine.KindCancelled, j, n.cfg.Exchange.Executor.Cancel(context.WithoutCancel(ctx), known(o)))
	case engine.CommandHold, engine.CommandRelease, engine.CommandHeld:
		return n.held(ctx, j)
	case engine.CommandQuery:
		events, _ := n.query(ctx, o) // the engine asks again until it is answered
		return events
	case engine.CommandFills:
		events, _ := n.fills(ctx, o, o.ExchangeID)
		return events
	case engine.CommandReconcile:
		return n.scan(ctx, j)
	case engine.CommandAudit:
		return n.audit(ctx, j)
	}
	return nil
}

// latch takes over at once what the engine says of a halt of everything.
func (n *lanes) latch(changes []engine.Change) {
	for i := range changes {
		if h := &changes[i].Halt; changes[i].Kind == engine.ChangeHalt && (h.Mode == engine.ModeHalt || h.Mode == engine.ModeReady) {
			n.halted.Store(h.Mode == engine.ModeHalt)
			n.sells.Store(h.Flatten)
		}
	}
}

// late reports whether the market has moved on since the order was decided. In
// a stepped run it stands still meanwhile.
func (n *lanes) late(j *job) bool {
	return !n.cfg.Exchange.Serial && (n.cfg.Timing.Elapsed()-j.committed.even > sendAgeMax || n.cfg.Timing.gap(&j.committed) != 0)
}

func (n *lanes) answer(kind engine.Kind, j *job, r order.Result) []engine.Event {
	o := &j.command.Order
	return []engine.Event{{
		Kind: kind, Instrument: o.Instrument, At: n.cfg.Clock.Now(),
		Account: engine.AccountNews{ClientID: o.ClientID, Result: r},
	}}
}
