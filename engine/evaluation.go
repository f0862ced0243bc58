package engine

import (
	"slices"
	"strings"

	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// Evaluation says how a rule stands, when that is not as it stood at its
// evaluation before. A rule on trades or on the book is looked at once a bar,
// at its first reading, and when it fires.
type Evaluation struct {
	Strategy   string    `json:"strategy"`
	Rule       string    `json:"rule"`
	Stands     string    `json:"stands"`              // a mark for each guard | each clause of when | unless; see Reading.Mark
	Truth      Truth     `json:"truth,omitzero"`      // of guard && when && !unless
	Lasted     int64     `json:"lasted,omitzero"`     // evaluations that stood as the record before this one says
	Same       bool      `json:"same,omitzero"`       // no evaluation: only the count of those before it
	Instrument string    `json:"instrument,omitzero"` // with the first record of a start
	Guards     []string  `json:"guards,omitempty"`    // and what the marks belong to
	When       []string  `json:"when,omitempty"`      //
	Avoid      []string  `json:"avoid,omitempty"`     // unless, as written
	Readings   []Reading `json:"readings,omitempty"`  // of when, if one thing alone stood between the rule and firing
	Unless     []Reading `json:"unless,omitempty"`
}

// Checks is what an order was asked for as, and what every check looked at.
type Checks struct {
	ClientID string         `json:"client_order_id"`
	Decision string         `json:"decision"`
	Unit     string         `json:"unit,omitzero"` // of the size as the rule wrote it: equity_pct
	Amount   float64        `json:"amount,omitzero"`
	Checks   []risk.Verdict `json:"checks"`
}

// traceEvery bounds how many evaluations a crash can make us forget.
const traceEvery = 256

// tracer is what tracing works with, used again and again.
type tracer struct {
	stands []byte
	told   []Reading
}

// traced is how a rule stood at its last evaluation, and since how many.
type traced struct {
	guards []guard
	stands string
	lasted int64
	bar    market.Time // of a rule on trades or on the book: the bar it was looked at in
}

// trace takes down how a rule stands before it is judged.
func (e *Engine) trace(t *trader, index int, v *View, m moment, truth Truth) {
	rule, state := &t.strategy.Rules[index], &t.rules[index]
	w, last := &e.tracer, &state.traced
	if m.kind.continuous() && last.bar == m.bar {
		if rises, retry := state.rises(rule, truth, m); !rises || e.silent(t, index, m, retry) {
			return // looked at in this bar, and does not fire
		}
	}
	w.stands, w.told = w.stands[:0], w.told[:0]
	open := 0
	for _, g := range last.guards {
		holds, cause := e.passes(g, t, index, v, m, truth)
		w.stands = append(w.stands, mark(holds, cause))
		open += count(holds != True)
	}
	w.stands = append(w.stands, '|')
	w.told = e.cfg.Program.Explain(rule.When, v, w.told)
	for i := range w.told {
		if r := &w.told[i]; r.Clause && r.Depth == 0 {
			w.stands = append(w.stands, r.Mark())
			open += count(r.Truth != True)
		}
	}
	w.stands = append(w.stands, '|')
	if rule.Unless != 0 {
		unless, cause := e.cfg.Program.Condition(rule.Unless, v)
		w.stands = append(w.stands, mark(unless, cause))
		open += count(unless != False)
	}
	last.bar = m.bar
	if string(w.stands) == last.stands {
		if last.lasted++; last.lasted >= traceEvery {
			e.traceSame(state)
		}
		return
	}
	x := &Evaluation{Strategy: t.strategy.Name, Rule: rule.Name, Stands: string(w.stands), Truth: truth, Lasted: last.lasted}
	if last.stands == "" {
		x.Instrument = t.strategy.Series.Instrument
		e.name(x, rule, v)
	}
	if open == 1 {
		x.Readings = slices.Clone(w.told)
		if rule.Unless != 0 {
			x.Unless = e.cfg.Program.Explain(rule.Unless, v, nil)
		}
	}
	last.stands, last.lasted = x.Stands, 1
	e.change(Change{Kind: ChangeEvaluation, Evaluation: x})
}

// name says what the marks of a rule belong to.
func (e *Engine) name(x *Evaluation, rule *Rule, v *View) {
	for _, g := range rule.guards() {
		x.Guards = append(x.Guards, g.text(rule))
	}
	x.When = clauseTexts(e.told)
	if rule.Unless != 0 {
		x.Avoid = []string{strings.Join(clauseTexts(e.cfg.Program.Explain(rule.Unless, v, nil)), " && ")}
	}
}

func clauseTexts(readings []Reading) []string {
	var texts []string
	for i := range readings {
		if r := &readings[i]; r.Clause && r.Depth == 0 {
			texts = append(texts, r.Text)
		}
	}
	return texts
}

// traceSame writes down the count of the evaluations that stood alike.
func (e *Engine) traceSame(state *ruleState) {
	last := &state.traced
	x := &Evaluation{Strategy: state.Strategy, Rule: state.Rule, Stands: last.stands, Lasted: last.lasted, Same: true}
	last.lasted = 0
	e.change(Change{Kind: ChangeEvaluation, Evaluation: x})
}

// closeTrace writes down all counts at the end of a run.
func (e *Engine) closeTrace() {
	if !e.cfg.Trace {
		return
	}
	for i := range e.traders {
		for r := range e.traders[i].rules {
			if state := &e.traders[i].rules[r]; state.traced.lasted > 0 {
				e.traceSame(state)
			}
		}
	}
}

// traceChecks takes down what an order was checked against.
func (e *Engine) traceChecks(o *order.Order, w *want, verdicts []risk.Verdict) {
	c := &Checks{ClientID: o.ClientID, Decision: o.Decision, Checks: verdicts}
	if w.action.Size.Amount != 0 {
		c.Unit = w.action.Size.Unit.String()
		amount, cause := e.cfg.Program.Number(w.action.Size.Amount, e.view(w.trader))
		if cause == Ready {
			c.Amount = amount
		}
	}
	e.change(Change{Kind: ChangeChecks, Checks: c})
}

// String returns the unit as rules write it.
func (u SizeUnit) String() string {
	return [...]string{"", "base", "quote", "equity_pct", "position_pct", "risk_pct"}[u]
}

// Mark is one letter for how a clause stands: T, F, or why it is not ready.
func (r *Reading) Mark() byte { return mark(r.Truth, r.Cause) }

// causeMarks are the letters of not-ready by cause.
const causeMarks = "?wgsnifdvo"

func mark(t Truth, c Cause) byte {
	switch t {
	case True:
		return 'T'
	case False:
		return 'F'
	case NotReady:
	}
	return causeMarks[c]
}

// Marked returns what a mark says.
func Marked(b byte) (Truth, Cause) {
	switch b {
	case 'T':
		return True, Ready
	case 'F':
		return False, Ready
	}
	return NotReady, Cause(max(0, strings.IndexByte(causeMarks, b)))
}

func truthOf(b bool) Truth {
	if b {
		return True
	}
	return False
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
