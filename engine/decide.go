package engine

import (
	"fmt"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// want is an action that a decision asks for, before it is sized and checked.
type want struct {
	trader   *trader
	rule     *ruleState // nil for exits
	action   Action
	decision string
	name     string // rule, or exit
	repeat   bool   // the rule had fired at this bar already
	result   result // once it was carried out
}

// result is what became of a want.
type result struct {
	sent      bool // it is an order
	throttled bool // denied, because the rule fired too often
}

// wake evaluates the rules of every strategy that follows a feed, top to
// bottom, after one of its bars closed.
func (e *Engine) wake(feed int, b *market.Bar, live bool) {
	for i := range e.traders {
		t := &e.traders[i]
		if t.feed != feed {
			continue
		}
		t.bar = *b
		if live && !e.flat(t) {
			t.hold.Bars++
			t.moved = true
			e.freeze(t)
		}
		v := e.view(t)
		for r := range t.rules {
			e.judge(t, r, v, live)
		}
	}
}

// judge evaluates one rule at one closed bar and fires it when its condition
// rose (or holds, for while_true).
func (e *Engine) judge(t *trader, index int, v *View, live bool) {
	rule, state := &t.strategy.Rules[index], &t.rules[index]
	truth := e.condition(rule, v)
	if truth == NotReady {
		return // the last known truth stays
	}
	next := state.RuleMemory
	next.Known = truth
	if truth == False {
		next.Tries, next.TryAt = 0, 0
	}
	rose := truth == True && state.Known == False
	retry := truth == True && state.TryAt != 0 && state.TryAt <= t.bar.Open
	fires := live && truth == True && (rule.Level || rose || retry) && !state.Disabled && !e.cooling(rule, state, t)
	if !live {
		state.RuleMemory = next // history: known again after every start, so not journaled
		return
	}
	repeat := state.FiredBar == t.bar.Open && state.FiredBar != 0
	if fires {
		next.Fired, next.FiredBar = e.at, t.bar.Open
	}
	if next != state.RuleMemory {
		e.change(Change{Kind: ChangeRule, Rule: next})
	}
	if fires {
		e.fire(t, index, v, repeat)
	}
}

// condition is guard && when && !unless in three-valued logic.
func (e *Engine) condition(rule *Rule, v *View) Truth {
	if rule.blocks(v) {
		return False
	}
	when, _ := e.cfg.Program.Condition(rule.When, v)
	if when == False || rule.Unless == 0 {
		return when
	}
	unless, _ := e.cfg.Program.Condition(rule.Unless, v)
	switch unless {
	case True:
		return False
	case NotReady:
		return NotReady
	case False:
	}
	return when
}

func (e *Engine) cooling(rule *Rule, state *ruleState, t *trader) bool {
	if state.Fired == 0 {
		return false
	}
	if rule.Cooldown.Bars > 0 {
		end := state.FiredBar.Add(t.strategy.Series.Timeframe.Duration() * time.Duration(rule.Cooldown.Bars))
		return t.bar.Open < end
	}
	return rule.Cooldown.Age > 0 && e.at.Sub(state.Fired) < rule.Cooldown.Age
}

func (e *Engine) fire(t *trader, index int, v *View, repeat bool) {
	rule := &t.strategy.Rules[index]
	readings := e.cfg.Program.Explain(rule.When, v, nil)
	if rule.Unless != 0 {
		readings = e.cfg.Program.Explain(rule.Unless, v, readings)
	}
	id := e.decide(t, rule.Name, readings)
	state := &t.rules[index]
	for _, a := range rule.Do {
		e.wants = append(e.wants, want{trader: t, rule: state, action: a, decision: id, name: rule.Name, repeat: repeat})
	}
}

// decide records a decision and returns its id.
func (e *Engine) decide(t *trader, name string, readings []Reading) string {
	d := Decision{
		ID:       fmt.Sprintf("%s-%d", t.strategy.Name, t.decisions+1),
		Strategy: t.strategy.Name,
		Rule:     name,
		At:       e.at,
		Price:    e.markets[t.market].last,
		Readings: readings,
	}
	d.Chain = link(e.chain, &d)
	e.change(Change{Kind: ChangeDecision, Decision: d})
	return d.ID
}

// resolve turns what the strategies want in this event into orders: exits
// first, then rules from top to bottom. Each is sized and checked after the
// ones before it, so that they cannot race to a limit.
func (e *Engine) resolve() {
	for _, exits := range [...]bool{true, false} {
		for i := range e.wants {
			if w := &e.wants[i]; (w.rule == nil) == exits {
				e.carryOut(w)
			}
		}
	}
	e.settle()
	e.wants = e.wants[:0]
}

// settle tells each rule that fired what became of its actions, which are
// next to each other. An edge of which nothing was sent is kept.
func (e *Engine) settle() {
	for i := 0; i < len(e.wants); {
		w := &e.wants[i]
		all := w.result
		for i++; i < len(e.wants) && e.wants[i].decision == w.decision; i++ {
			all.sent = all.sent || e.wants[i].result.sent
			all.throttled = all.throttled || e.wants[i].result.throttled
		}
		switch {
		case w.rule == nil:
		case !all.sent:
			e.keepEdge(w.trader, w.rule, all.throttled)
		case w.rule.TryAt != 0:
			e.awaitEdge(w.rule)
		}
	}
}

func (e *Engine) carryOut(w *want) {
	in, denial := e.intent(w)
	if denial == nil && e.opposed(&in) {
		denial = &risk.Denial{Code: risk.CodeOpposed, Reason: "the strategy wants the opposite in the same event"}
	}
	if denial != nil {
		e.deny(e.newOrder(in), w, *denial)
		return
	}
	e.submit(in, w)
}

// opposed reports whether the strategy already sent an order of the other
// side in this event.
func (e *Engine) opposed(in *order.Intent) bool {
	for i := range e.out.Commands {
		c := &e.out.Commands[i]
		if c.Kind != CommandSubmit {
			continue
		}
		if o := c.Approved.Order(); o.Strategy == in.Strategy && o.Instrument == in.Instrument && o.Side != in.Side {
			return true
		}
	}
	return false
}
