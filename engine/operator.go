package engine

import (
	"fmt"
	"slices"

	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// Codes of halts that are no limits.
const (
	codeOperator = string(risk.CodeOperator)
	codeBalance  = string(risk.CodeBalances)
	codeConflict = string(risk.CodeConflict)
	codeSender   = string(risk.CodeSender)
)

// onOperator obeys a person.
func (e *Engine) onOperator(ev *Event) {
	switch ev.Operator {
	case OperatorStop:
		e.session.ended = true
		e.closeTrace()
		if e.cfg.CancelOnStop {
			e.cancelAll(func(t *tracked) bool { return !t.Exit })
			e.over(overStopped, func(s *Standing) bool { return !s.Exit })
		}
	case OperatorHalt:
		e.halt(Halt{Mode: ModeHalt, Code: codeOperator, Reason: because("halted by hand", ev.Reason)})
	case OperatorFlatten:
		e.haltAndSell(ev.Reason)
	case OperatorHold:
		e.session.hold = ev.Reason
	case OperatorIncident:
		e.incident() // also of those that were sent while it was on
		e.book.incident = ev.Reason != ""
	case OperatorDecide:
		e.settleConflict(ev)
	case OperatorResume:
		e.resume(ev.Reason)
	case OperatorNone:
	}
}

func because(what, reason string) string {
	if reason == "" {
		return what
	}
	return what + ": " + reason
}

// resume lifts every halt and switches on again what R25 switched off. The
// limits on losses that are broken now are measured from here on, at once or
// when there is a price: whoever resumes has seen the loss. Those that still
// hold count on. Where nothing is halted, nothing changes.
func (e *Engine) resume(reason string) {
	if !e.latched() {
		return
	}
	e.change(Change{Kind: ChangeHalt, Halt: Halt{Code: codeOperator, Reason: because("resumed by hand", reason)}})
	for i := range e.traders {
		t := &e.traders[i]
		for r := range t.rules {
			if t.rules[r].Disabled {
				next := t.rules[r].RuleMemory
				next.Disabled = false
				e.keepRule(&next)
			}
		}
	}
	if s := &e.session; s.rebase || s.rounds > reconcileRounds { // given up while something else had halted us
		s.reconciled, s.pause = false, "balances are compared again"
		s.rounds, s.retryAt = 0, max(e.now, 1)
	}
	e.mark()
}

// MayDecide says why a person may not say how an order ended: only an order in
// conflict is nobody else's to tell.
func (e *Engine) MayDecide(clientID string, end order.State) error {
	t := e.book.byClient[clientID]
	if t == nil {
		return fmt.Errorf("there is no order %s in the books", clientID)
	}
	o := t.Order
	if o.State != order.Conflict {
		return fmt.Errorf("order %s is %s: what becomes of it the exchange says, and only of one in CONFLICT a person", clientID, o.State)
	}
	if err := o.Decide(end, ""); err != nil {
		return fmt.Errorf("order %s cannot end as %s: write FILLED, CANCELED, REJECTED, DENIED or NOT_FOUND", clientID, end)
	}
	return nil
}

// settleConflict ends a conflict as a person says. The fills that were booked
// stay booked.
func (e *Engine) settleConflict(ev *Event) {
	if e.MayDecide(ev.Account.ClientID, ev.Account.Evidence.State) != nil {
		return
	}
	t := e.book.byClient[ev.Account.ClientID]
	o := t.Order
	if err := o.Decide(ev.Account.Evidence.State, because("decided by hand", ev.Reason)); err != nil {
		return // MayDecide said so
	}
	o.CancelWanted = false
	e.update(t, o)
}

// latched reports whether there is something that only a person lifts.
func (e *Engine) latched() bool {
	if e.halting().Mode != ModeReady || e.account.reduce != "" {
		return true
	}
	for i := range e.traders {
		t := &e.traders[i]
		if t.reduce != "" || slices.ContainsFunc(t.rules, func(r ruleState) bool { return r.Disabled }) {
			return true
		}
	}
	return false
}

// acknowledge moves the marks from which broken limits on losses are
// measured to where the account is.
func (e *Engine) acknowledge() {
	a := &e.account
	if !a.resumed || a.day.Start == 0 {
		return
	}
	next := a.day
	var c num.Calc
	l := e.losses(&c)
	if l.overDay() {
		next.Equity = a.equity
	}
	if l.overFall() {
		next.Peak = a.equity
	}
	next.Made = e.forgiven(&c)
	if c.Err() == nil { // else lossLimits says so
		e.keepDay(&next)
	}
}

// forgiven is from where the losses of strategies with a limit of their own
// are counted after a resume.
func (e *Engine) forgiven(c *num.Calc) []Made {
	list := e.made(e.account.day.Made)
	for i := range list {
		if t := e.trader(list[i].Strategy); t != nil && t.limited() && e.lostOwn(c, t) != "" {
			list[i].Profit = e.profit(c, t)
		}
	}
	return list
}

// Uncancelled returns the orders that a halt has not ended yet: those that may
// still be live at the exchange. One in conflict is not among them: the books
// will not say more of it, and a person must look.
func (e *Engine) Uncancelled() []order.Order {
	var orders []order.Order
	for _, t := range e.book.live {
		if t.State.Live() && t.State != order.Conflict {
			orders = append(orders, t.Order)
		}
	}
	return orders
}

// MayResume says why a person may not resume yet: everything is halted and an
// order may still be live.
func (e *Engine) MayResume() error {
	left := e.Uncancelled()
	if e.session.halt.Mode != ModeHalt || len(left) == 0 {
		return nil
	}
	o := &left[0]
	return fmt.Errorf("%d of our orders may still be live at the exchange, the first is %s %s %s, %s (%s)",
		len(left), o.Side, o.Quantity, o.Instrument, o.State, o.ClientID)
}
