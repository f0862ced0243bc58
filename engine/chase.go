package engine

import (
	"slices"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/order"
)

// How long to wait before asking after an order that is silent.
const (
	silenceFirst = 5 * time.Second
	silenceMax   = 120 * time.Second
	fillsFirst   = 500 * time.Millisecond // they mostly come by themselves
	fillsEvery   = 2 * time.Second
	fillsFast    = 10 // so often, then less often
	fillsSlow    = 30 * time.Second
	lateGate     = 250 * time.Millisecond // a request may have left this long after its commit
)

// due returns when the order is to be asked about next; 0 is not at all.
func (t *tracked) due() market.Time {
	if t.State == order.Unproven {
		return t.probe.Due()
	}
	return t.next
}

// schedule decides when to ask next, after news or a question. now is 0 when
// the engine was restored and has not seen the clock yet: then at once.
func (t *tracked) schedule(now market.Time) {
	switch {
	case t.State == order.Unproven:
		if !t.probe.Active() {
			sent := now // and not when it was decided: event time may be ahead, where a clock before was
			if now == 0 {
				sent = t.Created.Add(lateGate) // interrupted: it may have left up to the late gate
			}
			t.probe = order.NewProbe(sent, order.Seed(t.ClientID))
		}
		t.next = 0
	case t.State == order.NotFound:
		t.next = max(now.Add(min(watchFirst<<min(t.asked, 8), watchMax)), 1)
	case t.State == order.Intended, t.State == order.Conflict, done(&t.Order):
		t.next = 0
	case t.State.Terminal(), t.Booked.Less(t.Filled): // fills are missing
		pause := fillsEvery
		if t.asked >= fillsFast {
			pause = fillsSlow
		}
		if t.asked == 0 {
			pause = fillsFirst
		}
		t.next = max(now.Add(pause), 1)
	default:
		t.next = max(now.Add(min(silenceFirst<<min(t.asked, 8), silenceMax)), 1)
	}
}

// began notes the first time that the process knows, or that its clock was moved
// on. The clock before may have been ahead or behind: nothing left later than
// now, and how long ago that was is not known.
func (e *Engine) began(now market.Time) {
	e.session.auditing.moved = now // at the latest
	for _, t := range e.book.live {
		t.probe.Began(now)
	}
	for _, s := range e.book.held {
		if s.probe.Began(now); s.probe.Active() {
			s.next = min(s.next, s.probe.Due())
		}
	}
}

// chase asks after every order that is due, concludes what is proven, and
// repeats a reconciliation that did not succeed.
func (e *Engine) chase() {
	scan := e.session.retryAt != 0 && e.session.retryAt <= e.now
	if !scan && e.book.empty() {
		return
	}
	if first := e.book.wake(); !scan && (first == 0 || first > e.now) {
		return
	}
	e.concludeProven()
	for _, t := range slices.Clone(e.book.live) {
		if at := t.due(); at == 0 || at > e.now {
			continue
		}
		scan = scan || t.State == order.Unproven && t.probe.WantsScan(e.now)
		e.ask(t)
	}
	e.lookAgain()
	if scan {
		e.session.retryAt = 0
		e.listAll()
		e.out.Commands = append(e.out.Commands, Command{Kind: CommandReconcile})
	}
}

func (e *Engine) ask(t *tracked) {
	kind := CommandQuery
	if t.State.Terminal() && !done(&t.Order) {
		kind = CommandFills
	}
	if t.State == order.Canceling && t.asked > 0 {
		e.command(CommandCancel, t.Order) // a cancel may be repeated; the query proves
	}
	if t.CancelWanted && (t.State == order.Open || t.State == order.Partial) {
		e.cancel(t) // wanted before the order was known, or refused
	}
	e.command(kind, t.Order)
	if kind == CommandQuery && t.Booked.Less(t.Filled) {
		e.command(CommandFills, t.Order) // it lives, and a fill of it was not heard of
	}
	t.probe.Asked(e.now)
	t.asked++
	t.schedule(e.now)
}

// concludeProven ends every order whose absence is proven. While the private
// stream is down nothing is.
func (e *Engine) concludeProven() {
	if e.book.incident {
		e.incident()
	}
	for i := 0; i < len(e.book.live) && !e.session.deaf; {
		t := e.book.live[i]
		if t.State == order.Unproven && t.probe.Proven() {
			e.conclude(t)
		}
		if i < len(e.book.live) && e.book.live[i] == t {
			i++
		}
	}
}

func (e *Engine) conclude(t *tracked) {
	o := t.Order
	if err := o.NeverAccepted(e.at); err != nil {
		e.contradiction(&o, err)
		return
	}
	e.update(t, o)
	e.ended(&o)
}
