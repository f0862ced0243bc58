package main

import (
	"fmt"
	"slices"
	"strings"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
)

// past is what a store can explain: what was decided and what came of it, and
// how the rules stood.
type past struct {
	dir       string
	decisions []engine.Decision // oldest first
	orders    map[string]*orderPast
	byWish    map[string][]*orderPast // by decision
	notes     map[string][]engine.Note
	rules     []*rulePast
}

// orderPast is what became of one order.
type orderPast struct {
	Checks *engine.Checks `json:"checks,omitempty"`
	States []order.Order  `json:"states"` // as it was told, oldest first
	Fills  []order.Fill   `json:"fills,omitempty"`
}

func (o *orderPast) last() *order.Order { return &o.States[len(o.States)-1] }

// nearKept is how many evaluations that came near are kept of each rule.
const nearKept = 1000

// rulePast is how one rule stood.
type rulePast struct {
	strategy, rule string
	instrument     string
	runs           []stand
	near           []stand // the newest that came near, with their readings
	marks          *legend // of the newest
}

// legend says what the marks of a rule belong to. A start may bring another.
type legend struct{ guards, when, unless []string }

// stand is how a rule stood for a number of evaluations.
type stand struct {
	at     market.Time
	marks  string
	of     *legend
	truth  engine.Truth
	times  int64
	record *engine.Evaluation // of one that came near
}

func newPast() *past {
	return &past{orders: map[string]*orderPast{}, byWish: map[string][]*orderPast{}, notes: map[string][]engine.Note{}}
}

// readPast folds the newest store.
func readPast(state string) (*past, error) {
	p := newPast()
	var err error
	p.dir, err = replayStore(state, func(c *engine.Change) { p.fold(c) })
	return p, err
}

func (p *past) fold(c *engine.Change) {
	switch c.Kind {
	case engine.ChangeDecision:
		p.decisions = append(p.decisions, c.Decision)
	case engine.ChangeNote:
		p.notes[c.Note.Decision] = append(p.notes[c.Note.Decision], c.Note)
	case engine.ChangeChecks:
		p.order(c.Checks.ClientID, c.Checks.Decision).Checks = c.Checks
	case engine.ChangeOrder:
		o := p.order(c.Order.ClientID, c.Order.Decision)
		o.States = append(o.States, c.Order)
	case engine.ChangeFill:
		if o := p.orders[c.Fill.ClientID]; o != nil {
			o.Fills = append(o.Fills, c.Fill)
		}
	case engine.ChangeEvaluation:
		p.rule(c.Evaluation).fold(c.At, c.Evaluation)
	default: // no part of an explanation
	}
}

func (p *past) order(id, decision string) *orderPast {
	o := p.orders[id]
	if o == nil {
		o = &orderPast{}
		p.orders[id] = o
		p.byWish[decision] = append(p.byWish[decision], o)
	}
	return o
}

func (p *past) rule(x *engine.Evaluation) *rulePast {
	for _, r := range p.rules {
		if r.strategy == x.Strategy && r.rule == x.Rule {
			return r
		}
	}
	r := &rulePast{strategy: x.Strategy, rule: x.Rule, marks: &legend{}}
	p.rules = append(p.rules, r)
	return r
}

// fold takes a record over: it ends the count of the one before it. Of a run
// that was broken off the count is not known; it was one at least.
func (r *rulePast) fold(at market.Time, x *engine.Evaluation) {
	if n := len(r.runs); n > 0 {
		before := &r.runs[n-1]
		before.times += x.Lasted
		if x.Lasted == 0 && before.times == 0 {
			before.times = 1
		}
	}
	if x.Same {
		return
	}
	if x.When != nil {
		r.marks = &legend{x.Guards, x.When, x.Avoid}
		r.instrument = x.Instrument
	}
	s := stand{at: at, marks: x.Stands, of: r.marks, truth: x.Truth}
	r.runs = append(r.runs, s)
	if x.Readings == nil {
		return
	}
	s.record = x
	if r.near = append(r.near, s); len(r.near) >= 2*nearKept {
		r.near = slices.Clone(r.near[len(r.near)-nearKept:])
	}
}

// newest returns the newest n runs' worth of evaluations, the oldest of them
// cut; 0 is all.
func (r *rulePast) newest(n int64) []stand {
	runs := slices.Clone(r.runs)
	for i := range runs {
		runs[i].times = max(1, runs[i].times)
	}
	if n <= 0 {
		return runs
	}
	for i := len(runs) - 1; i >= 0; i-- {
		if runs[i].times >= n {
			runs[i].times = n
			return runs[i:]
		}
		n -= runs[i].times
	}
	return runs
}

// decision returns a decision by its id.
func (p *past) decision(id string) (*engine.Decision, bool) {
	for i := range p.decisions {
		if p.decisions[i].ID == id {
			return &p.decisions[i], true
		}
	}
	return nil, false
}

// unknownID says which decisions there are.
func (p *past) unknownID(id string) error {
	if len(p.decisions) == 0 {
		return fmt.Errorf("the store %s has no decisions; 'bot why --strategy NAME' says why a strategy did not trade", p.dir)
	}
	var ids []string
	for i := range p.decisions {
		ids = append(ids, p.decisions[i].ID)
	}
	slices.Reverse(ids)
	return fmt.Errorf("there is no decision %q in %s; the newest are %s", id, p.dir, strings.Join(ids[:min(5, len(ids))], ", "))
}

// mark is one guard, clause or unless of a rule and how it stood.
type mark struct {
	text   string
	unless bool // it must be false
	guard  bool
	truth  engine.Truth
	cause  engine.Cause
}

// stood reports whether the mark is between the rule and its firing.
func (m *mark) stood() bool {
	if m.unless {
		return m.truth != engine.False
	}
	return m.truth != engine.True
}

// part is what of the rule the mark is of.
func (m *mark) part() string {
	switch {
	case m.guard:
		return "guard"
	case m.unless:
		return "unless"
	}
	return "when"
}

// name is the mark as people write it.
func (m *mark) name() string {
	if m.unless {
		return "unless: " + m.text
	}
	return m.text
}

// list returns how everything stood: clauses first, then unless and guards.
func (s *stand) list() []mark {
	guards, rest, _ := strings.Cut(s.marks, "|")
	when, unless, _ := strings.Cut(rest, "|")
	var all []mark
	for _, part := range []struct {
		marks         string
		texts         []string
		unless, guard bool
	}{{when, s.of.when, false, false}, {unless, s.of.unless, true, false}, {guards, s.of.guards, false, true}} {
		for i := range len(part.marks) {
			m := mark{unless: part.unless, guard: part.guard}
			m.truth, m.cause = engine.Marked(part.marks[i])
			if i < len(part.texts) {
				m.text = part.texts[i]
			}
			all = append(all, m)
		}
	}
	return all
}

// of reports whether a rule is of a strategy: by the name of an instance, or
// by that of an entry over several instruments.
func (r *rulePast) of(strategy string) bool {
	return r.strategy == strategy || r.instrument != "" && r.strategy == strategy+"-"+strings.ToLower(r.instrument)
}
