package engine

import (
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// newOrder gives an intent its client order id. Ids are never used again,
// not even those of denied orders.
func (e *Engine) newOrder(in order.Intent) order.Order {
	e.book.seq++
	return order.Order{
		Intent:   in,
		ClientID: e.book.ids.New(e.book.seq),
		State:    order.Intended,
		Created:  e.at,
		Changed:  e.at,
	}
}

// submit checks an intent and, when approved, makes it an order: first a
// fact, then a command. Whether the fact is durable before the command is
// carried out is the driver's promise.
func (e *Engine) submit(in order.Intent, w *want) {
	o := e.newOrder(in)
	v, err := e.riskView(w, &in)
	if err != nil {
		e.deny(o, w, risk.Denial{Code: risk.CodeFunds, Reason: err.Error()})
		return
	}
	if e.cfg.Trace {
		e.traceChecks(&o, w, append(e.cfg.Limits.Explain(&o, &v), e.explainBudget(&o, w, &v)...))
	}
	approved, denial := e.cfg.Limits.Check(o, &v)
	if denial == nil && w.trader.strategy.Budget.Written() {
		denial = e.overBudget(&o, w, &v)
	}
	if denial != nil {
		e.deny(o, w, *denial)
		return
	}
	e.keepOrder(&o)
	e.out.Commands = append(e.out.Commands, Command{Kind: CommandSubmit, Approved: approved, Order: o})
	w.sent = true
}

// deny records why an intent became no order.
func (e *Engine) deny(o order.Order, w *want, d risk.Denial) {
	o.State, o.Code, o.Reason = order.Denied, string(d.Code), d.Reason
	e.keepOrder(&o)
	if o.Exit {
		e.exitFailed(w.trader)
	}
	if d.Code == risk.CodeOwnCross && (o.Exit || w.standing != nil && o.Reduces) {
		e.cancelAll(func(t *tracked) bool { // it is in the way of what protects
			return t.Instrument == o.Instrument && t.Side == o.Side.Opposite() && t.Rests() && !t.Price.Less(o.Price)
		})
	}
	w.throttled = d.Code == risk.CodeThrottle
}

// edgeTries is how often an edge of which nothing was filled is tried again;
// the pauses are 1, 2 and 4 bars.
const edgeTries = 3

// keepEdge lets a rule whose order came to nothing fire again while its
// condition still holds.
func (e *Engine) keepEdge(t *trader, r *ruleState, disable bool) {
	next := r.RuleMemory
	next.Disabled = next.Disabled || disable
	next.Tries++
	next.TryAt = e.barOf(t, r).Add(t.strategy.Series.Timeframe.Duration() << (next.Tries - 1))
	if next.Tries > edgeTries {
		next.Tries, next.TryAt = 0, 0
	}
	e.keepRule(&next)
}

// unspend takes back that a rule fired in this position when nothing came of
// it: there was none.
func (e *Engine) unspend(t *trader, r *ruleState) {
	if r.Position == 0 || !e.flat(t) {
		return
	}
	next := r.RuleMemory
	next.Position = 0
	e.keepRule(&next)
}

// awaitEdge stops trying while an order of this edge is on its way.
func (e *Engine) awaitEdge(r *ruleState) {
	next := r.RuleMemory
	next.TryAt = 0
	e.keepRule(&next)
}

// settleEdge ends the tries of an edge that was used up.
func (e *Engine) settleEdge(r *ruleState) {
	if r.Tries == 0 && r.TryAt == 0 {
		return
	}
	next := r.RuleMemory
	next.Tries, next.TryAt = 0, 0
	e.keepRule(&next)
}

// cancelAll asks for the cancellation of every live order that is chosen.
func (e *Engine) cancelAll(chosen func(*tracked) bool) {
	for _, t := range e.book.live {
		if t.State.Live() && !t.CancelWanted && chosen(t) {
			e.cancel(t)
		}
	}
}

// withdraw cancels what is live and what the engine holds, where it is chosen,
// and lets nothing follow what expired already. A close that waits for the
// sells before it is no order yet, and goes on.
func (e *Engine) withdraw(chosen func(*order.Intent) bool) {
	for _, t := range e.book.live {
		if t.Then && t.Expired && chosen(&t.Intent) {
			o := t.Order
			o.Then = false
			e.keepOrder(&o)
		}
	}
	e.cancelAll(func(t *tracked) bool { return chosen(&t.Intent) })
	e.over(overCancelled, func(s *Standing) bool { return (!s.Close || !s.Stop.IsZero()) && chosen(&s.Intent) })
}

// expire cancels every order whose time is over. An order that is unproven or
// not answered yet is cancelled once it is known.
func (e *Engine) expire() {
	if first := e.book.expires(); first == 0 || e.session.ended || !e.past(first) {
		return
	}
	for _, t := range e.book.live {
		if t.Expires != 0 && e.past(t.Expires) && t.State.Live() && !t.CancelWanted {
			o := t.Order
			err := o.Expire(e.at)
			e.cancelled(o, err)
		}
	}
}

// past reports whether a time has come, by the market or by the clock.
func (e *Engine) past(at market.Time) bool { return at <= e.latest() }

// cancel makes a cancel wish durable and has it sent.
func (e *Engine) cancel(t *tracked) {
	o := t.Order
	err := o.Cancelling(e.at)
	e.cancelled(o, err)
}

func (e *Engine) cancelled(o order.Order, err error) {
	if err != nil {
		e.contradiction(&o, err)
		return
	}
	e.keepOrder(&o)
	e.command(CommandCancel, o)
}
