package risk

import (
	"fmt"

	"rulebot/engine/num"
	"rulebot/engine/order"
)

// Verdict is one thing that a check looked at: a value, what it was measured
// against, and whether that denies the order.
type Verdict struct {
	Code   Code   `json:"code"`
	What   string `json:"what"`
	Value  string `json:"value,omitzero"`
	Limit  string `json:"limit,omitzero"`
	Denied bool   `json:"denied,omitzero"`
}

// Explain returns what every check looks at, in the order of the checks. The
// checks are those of Check and cannot say anything else; here, none stops
// the ones after it.
func (l *Limits) Explain(o *order.Order, v *View) []Verdict { return l.explain(against(o), o, v) }

// ExplainHeld is Explain for what CheckHeld decides.
func (l *Limits) ExplainHeld(o *order.Order, v *View) []Verdict {
	return l.explain(heldChecks[:], o, v)
}

func (l *Limits) explain(codes []Code, o *order.Order, v *View) []Verdict {
	var c num.Calc
	cost := num.Cost(&c, o.Price, o.Quantity)
	if err := c.Err(); err != nil {
		return []Verdict{{Code: CodeSteps, What: "price × quantity", Value: err.Error(), Denied: true}}
	}
	t := &trace{}
	for _, code := range codes {
		t.code = code
		before := len(t.list)
		reason := l.check(code, o, v, cost, t)
		if reason != "" && !t.denied(before) {
			t.list = append(t.list, Verdict{Code: code, What: "computed exactly", Value: reason, Denied: true})
		}
	}
	return t.list
}

// trace collects verdicts. A nil trace collects nothing and costs nothing.
type trace struct {
	code Code
	list []Verdict
}

func (t *trace) denied(from int) bool {
	for i := range t.list[from:] {
		if t.list[from+i].Denied {
			return true
		}
	}
	return false
}

// holds passes on whether a check holds, and takes down what it looked at.
func holds[V, L any](t *trace, ok bool, what string, value V, limit L) bool {
	if t != nil {
		t.list = append(t.list, Verdict{Code: t.code, What: what, Value: fmt.Sprint(value), Limit: fmt.Sprint(limit), Denied: !ok})
	}
	return ok
}
