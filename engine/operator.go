package engine

import (
	"fmt"
	"slices"

	"rulebot/engine/num"
	"rulebot/engine/order"
)

// Codes of halts that are no limits.
const (
	codeOperator = "OPERATOR" // halted or resumed by a person
	codeBalance  = "BALANCE"  // the exchange's balances are not ours
	codeConflict = "CONFLICT" // what the exchange says of an order cannot be
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
	case OperatorHold:
		e.session.hold = ev.Reason
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
				e.change(Change{Kind: ChangeRule, Rule: next})
			}
		}
	}
	if s := &e.session; s.rebase || s.rounds > reconcileRounds { // given up while something else had halted us
		e.session.rounds, e.session.retryAt = 0, max(e.now, 1)
	}
	e.mark()
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
		e.change(Change{Kind: ChangeDay, Day: next})
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
