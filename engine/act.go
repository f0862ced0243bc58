package engine

import (
	"strconv"

	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// Note is a text that a rule wanted said, or what could not be done of what it
// wanted.
type Note struct {
	Strategy string `json:"strategy"`
	Rule     string `json:"rule"`
	Decision string `json:"decision"`
	Notify   bool   `json:"notify,omitzero"` // to people; else to the log
	Code     string `json:"code,omitzero"`   // of an alert of the engine's own
	Text     string `json:"text"`
}

// Variables is what changed in the state of a strategy.
type Variables struct {
	Strategy string  `json:"strategy"`
	Set      []Value `json:"set"`
}

// Value is what a variable holds from now on; of a condition 1 or 0.
type Value struct {
	Name   string  `json:"name"`
	Number float64 `json:"number"`
}

// later is an action that is carried out once every rule of the event was
// read.
type later struct {
	trader *trader
	action Action
	reason string // halt
}

// given is a new value of a variable, not visible yet.
type given struct {
	trader *trader
	index  int
	value  float64
}

// act takes an action that asks for no order.
func (e *Engine) act(w *want, v *View) {
	switch w.action.Kind {
	case ActionNotify, ActionLog:
		e.note(w, w.action.Kind, e.text(w.action.Text, v))
	case ActionSet:
		e.evaluate(w, v)
	case ActionCancel:
		e.early = append(e.early, later{trader: w.trader, action: w.action})
	case ActionHalt:
		reason := w.trader.strategy.Name + "/" + w.name
		if said := e.text(w.action.Text, v); said != "" {
			reason += ": " + said
		}
		e.last = append(e.last, later{trader: w.trader, action: w.action, reason: reason})
	case ActionBuy, ActionSell, ActionClose, ActionReduce:
	}
}

func (e *Engine) note(w *want, kind ActionKind, text string) {
	e.change(Change{Kind: ChangeNote, Note: Note{
		Strategy: w.trader.strategy.Name, Rule: w.name, Decision: w.decision, Notify: kind == ActionNotify, Text: text,
	}})
}

// text puts values into their places: shortest form, and why one has none.
func (e *Engine) text(parts []Part, v *View) string {
	var b []byte
	for _, p := range parts {
		b = append(b, p.Words...)
		if p.Value == 0 {
			continue
		}
		n, cause := e.cfg.Program.Number(p.Value, v)
		if cause != Ready {
			b = append(b, "(not ready: "+cause.String()+")"...)
			continue
		}
		b = strconv.AppendFloat(b, n, 'f', -1, 64)
	}
	return string(b)
}

// evaluate computes what a set action gives, from what all rules of the event
// see. A value that is not ready leaves its variable as it is, and is said.
func (e *Engine) evaluate(w *want, v *View) {
	t := w.trader
	for _, a := range w.action.Set {
		value, cause := e.value(&t.strategy.State[a.Variable], a.Value, v)
		if cause != Ready {
			e.note(w, ActionLog, "state."+t.strategy.State[a.Variable].Name+" stays as it is: its new value is not ready, "+cause.String())
			continue
		}
		e.given = append(e.given, given{t, a.Variable, value})
	}
}

func (e *Engine) value(of *Variable, x Expr, v *View) (float64, Cause) {
	if !of.Condition {
		return e.cfg.Program.Number(x, v)
	}
	truth, cause := e.cfg.Program.Condition(x, v)
	if truth == True {
		return 1, cause
	}
	return 0, cause
}

// actEarly cancels what rules want cancelled, of what was live before the
// event. Orders of the exits protect, and are not a rule's to cancel.
func (e *Engine) actEarly() {
	for i := range e.early {
		l := &e.early[i]
		c := l.action.Cancel
		e.withdraw(func(in *order.Intent) bool {
			return in.Strategy == l.trader.strategy.Name && !in.Exit &&
				(c.Tag == "" || c.Tag == in.Tag) && (c.Side == order.Side(0) || c.Side == in.Side)
		})
	}
	e.early = e.early[:0]
}

// actLast halts everything but the orders of this event: they are on their
// way, and may be what the halt is for.
func (e *Engine) actLast() {
	for i := range e.last {
		if e.session.halt.Mode == ModeHalt {
			break
		}
		e.change(Change{Kind: ChangeHalt, Halt: Halt{Mode: ModeHalt, Code: string(risk.CodeRule), Reason: e.last[i].reason}})
		e.cancelAll(func(o *tracked) bool { return o.State != order.Intended })
		e.over(overHalted, func(s *Standing) bool { return !s.Reduces })
	}
	e.last = e.last[:0]
}

// assign makes the values that were set in this event visible, from the next
// one on: one change for each strategy, with what is new. Of several values of
// a variable the last one counts.
func (e *Engine) assign() {
	for i := range e.given {
		t := e.given[i].trader
		if t == nil {
			continue
		}
		set := Variables{Strategy: t.strategy.Name}
		for k := range t.strategy.State {
			if value, ok := e.newest(t, k, i); ok && value != t.state[k] {
				set.Set = append(set.Set, Value{t.strategy.State[k].Name, value})
			}
		}
		for k := i; k < len(e.given); k++ {
			if e.given[k].trader == t {
				e.given[k].trader = nil
			}
		}
		if len(set.Set) > 0 {
			e.change(Change{Kind: ChangeState, State: set})
		}
	}
	e.given = e.given[:0]
}

// newest returns what a variable was given last, among what was given from an
// index on.
func (e *Engine) newest(t *trader, variable, from int) (float64, bool) {
	for k := len(e.given) - 1; k >= from; k-- {
		if g := &e.given[k]; g.trader == t && g.index == variable {
			return g.value, true
		}
	}
	return 0, false
}

// applyState gives variables their values. One that the file has no more is
// forgotten; one that became a condition starts anew unless it was 1 or 0.
func (t *trader) applyState(set []Value) {
	for _, s := range set {
		for i := range t.strategy.State {
			x := &t.strategy.State[i]
			if x.Name == s.Name && (!x.Condition || s.Number == 0 || s.Number == 1) {
				t.state[i] = s.Number
			}
		}
	}
}
