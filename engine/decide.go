package engine

import (
	"fmt"
	"slices"
	"time"

	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// want is an action that a decision asks for, before it is sized and checked.
type want struct {
	trader   *trader
	rule     *ruleState // nil for exits
	action   Action
	decision string
	name     string       // rule, or exit
	firing                // of the rule
	result                // once it was carried out
	quantity num.Quantity // of an exit that sells a part; zero is everything
	target   int          // the take profit that does, from 1
	stop     num.Price    // of a stop order
	standing *Standing    // it was held, and is placed now
}

// result is what became of a want.
type result struct {
	sent      bool // it is an order
	throttled bool // denied, because the rule fired too often
	nothing   bool // nothing is held that it could sell
}

// judge reads one rule at one moment and fires it when its condition rose (or
// holds, for while_true), unless it has to be silent now.
func (e *Engine) judge(t *trader, index int, v *View, m moment) {
	rule, state := &t.strategy.Rules[index], &t.rules[index]
	if state.broken {
		return
	}
	truth, broken := e.condition(rule, v)
	if broken != "" {
		e.switchOff(t, state, broken)
		return
	}
	if e.cfg.Trace && !m.past {
		e.trace(t, index, v, m, truth)
	}
	if truth == NotReady {
		return // the last known truth stays
	}
	if truth == False && state.Known == False && state.Tries == 0 && state.TryAt == 0 {
		return // as before, which is what nearly every rule is at nearly every event
	}
	next := state.RuleMemory
	next.Known = truth
	if truth == False {
		next.Tries, next.TryAt = 0, 0
	}
	if m.past {
		state.RuleMemory = next // history: known again after every start, so not journaled
		return
	}
	rises, retry := state.rises(rule, truth, m)
	fires := truth == True && rises && !e.silent(t, index, m, retry)
	repeat := m.kind == OnBar && state.FiredBar == m.bar && state.Fired != 0
	if fires {
		next.Fired, next.FiredBar = e.at, m.bar
		if rule.OncePer == OncePerPosition {
			next.Position = t.trips.ended + 1
		}
	}
	e.keep(state, next, m.kind)
	if fires {
		e.fire(t, index, v, firing{retry: retry, repeat: repeat, late: rule.MaxAge > 0 && e.age > rule.MaxAge})
	}
}

// keep makes a rule's memory what it is now. Of a rule on trades or on the
// book, truth alone is not journaled: it moves with the market, and after a
// pause nobody knows what it was.
func (e *Engine) keep(state *ruleState, next RuleMemory, kind OnKind) {
	known := state.RuleMemory
	known.Known = next.Known
	switch {
	case next == state.RuleMemory:
	case next == known && kind.continuous():
		state.RuleMemory = next
	default:
		e.keepRule(&next)
	}
}

// rises reports whether a rule may fire by its edge: the condition rose, or
// holds and that is enough, or an edge that was denied is tried again.
func (r *ruleState) rises(rule *Rule, truth Truth, m moment) (rises, retry bool) {
	if truth != True {
		return false, false
	}
	retry = r.TryAt != 0 && r.TryAt <= m.bar
	return rule.Level || r.Known == False || retry, retry
}

// silent reports whether a rule may not fire now although its condition says
// so: it is switched off, cools down, or fired in this period already.
func (e *Engine) silent(t *trader, index int, m moment, retry bool) bool {
	rule, state := &t.strategy.Rules[index], &t.rules[index]
	return state.Disabled || e.cooling(rule, state, t, m) || e.spent(t, index, m, retry)
}

// spent reports whether the rule fired in this period already. Trying a denied
// edge again is the same firing.
func (e *Engine) spent(t *trader, index int, m moment, retry bool) bool {
	rule, state := &t.strategy.Rules[index], &t.rules[index]
	if retry || state.Fired == 0 {
		return false
	}
	switch rule.OncePer {
	case OncePerBar:
		return state.FiredBar == m.bar
	case OncePerDay:
		return t.today(e.at, state.Fired)
	case OncePerPosition:
		return state.Position == t.trips.ended+1
	case OnceAlways:
	}
	return false
}

// condition reads the condition of a rule. A fault of ours in the evaluation
// must not end what watches the other positions: it is recovered, and said.
func (e *Engine) condition(rule *Rule, v *View) (truth Truth, broken string) {
	defer func() {
		if p := recover(); p != nil {
			truth, broken = NotReady, fmt.Sprint(p)
		}
	}()
	return e.truth(rule, v), ""
}

// switchOff switches a rule off whose evaluation broke, until the next start.
func (e *Engine) switchOff(t *trader, state *ruleState, why string) {
	state.broken = true
	e.change(Change{Kind: ChangeNote, Note: Note{
		Strategy: t.strategy.Name, Rule: state.Rule, Notify: true,
		Text: "the rule is off until the next start, since reading it broke: " + why,
	}})
}

// truth is guard && when && !unless in three-valued logic.
func (e *Engine) truth(rule *Rule, v *View) Truth {
	placed, _ := rule.placed(v)
	if placed == False || rule.entered(v) {
		return False
	}
	when, _ := e.cfg.Program.Condition(rule.When, v)
	if when == True {
		when = placed // NotReady and True are NotReady
	}
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

func (e *Engine) cooling(rule *Rule, state *ruleState, t *trader, m moment) bool {
	if state.Fired == 0 {
		return false
	}
	if rule.Cooldown.Bars > 0 {
		return m.bar < state.FiredBar.Add(t.strategy.Series.Timeframe.Duration()*time.Duration(rule.Cooldown.Bars))
	}
	return rule.Cooldown.Age > 0 && e.at.Sub(state.Fired) < rule.Cooldown.Age
}

// firing is what is particular about one firing of a rule.
type firing struct {
	retry  bool // an edge that was denied is tried again: its orders alone
	repeat bool // the rule had fired at this bar already
	late   bool // more than max_age after the event
}

// fire records the decision, and collects the actions. What an action reads,
// it reads now: all rules of an event see the same.
func (e *Engine) fire(t *trader, index int, v *View, f firing) {
	rule := &t.strategy.Rules[index]
	v.Whole()
	d := Decision{Rule: rule.Name, Readings: e.explain(rule.When, v), Guards: t.rules[index].passed}
	if rule.Unless != 0 {
		d.Unless = e.explain(rule.Unless, v)
	}
	id := e.decide(t, d)
	state := &t.rules[index]
	for _, a := range rule.Do {
		w := want{trader: t, rule: state, action: a, decision: id, name: rule.Name, firing: f}
		switch {
		case a.Kind.Orders():
			e.wants = append(e.wants, w)
		case f.retry: // done when the edge rose
		case f.late:
			e.note(&w, ActionLog, "not done: "+e.lateText(rule))
		default:
			e.act(&w, v)
		}
	}
}

// explain is what an expression reads, in memory of its own and of its size.
func (e *Engine) explain(x Expr, v *View) []Reading {
	e.told = e.cfg.Program.Explain(x, v, e.told[:0])
	return slices.Clone(e.told)
}

// decide records a decision of a rule or an exit, with what it read, and
// returns its id.
func (e *Engine) decide(t *trader, d Decision) string {
	d.ID = fmt.Sprintf("%s-%d", t.strategy.Name, t.decisions+1)
	d.Strategy = t.strategy.Name
	d.At = e.at
	d.Price = e.markets[t.market].last
	d.Chain = link(e.chain, &d)
	c := e.fact(ChangeDecision)
	c.Decision = d
	e.apply(c)
	return d.ID
}

// resolve turns what the strategies want in this event into orders: exits
// first, then rules from top to bottom. Each is sized and checked after the
// ones before it, so that they cannot race to a limit. What a rule cancels was
// live before the event, and a rule's halt comes after its orders.
func (e *Engine) resolve() {
	if len(e.wants)+len(e.early)+len(e.last) == 0 {
		return
	}
	e.actEarly()
	for _, exits := range [...]bool{true, false} {
		for i := range e.wants {
			if w := &e.wants[i]; (w.rule == nil) == exits {
				e.carryOut(w)
			}
		}
	}
	e.settle()
	e.wants = e.wants[:0]
	e.actLast()
}

// settle tells each rule that fired what became of its actions, which are
// next to each other. An edge of which nothing was sent is kept.
func (e *Engine) settle() {
	for i := 0; i < len(e.wants); {
		w := &e.wants[i]
		all := w.result
		for i++; i < len(e.wants) && e.wants[i].decision == w.decision; i++ {
			all.sent = all.sent || e.wants[i].sent
			all.throttled = all.throttled || e.wants[i].throttled
			all.nothing = all.nothing || e.wants[i].nothing
		}
		switch {
		case w.rule == nil:
		case all.nothing && !all.sent: // the edge is used up
			e.unspend(w.trader, w.rule)
			e.settleEdge(w.rule)
		case !all.sent:
			e.unspend(w.trader, w.rule)
			e.keepEdge(w.trader, w.rule, all.throttled)
		case w.rule.TryAt != 0:
			e.awaitEdge(w.rule)
		}
	}
}

func (e *Engine) carryOut(w *want) {
	in, denial := e.intent(w)
	if w.rule != nil && w.trader.bar.Timeframe == 0 {
		denial = &risk.Denial{Code: risk.CodeInputs, Reason: "no bar of " + w.trader.strategy.Series.String() + " has closed yet"}
	}
	if w.late {
		denial = &risk.Denial{Code: risk.CodeAge, Reason: e.lateText(&w.trader.strategy.Rules[w.trader.ruleIndex(w.name)])}
	}
	stop := w.action.Order.Type >= Stop
	if denial == nil && !stop && e.opposed(&in) {
		denial = &risk.Denial{Code: risk.CodeOpposed, Reason: "the strategy wants the opposite in the same event"}
	}
	if denial != nil {
		e.deny(e.newOrder(in), w, *denial)
		return
	}
	if stop || (in.Close || in.Exit || in.Reduces && e.book.heldOf(in.Strategy) != nil) && e.blocked(w.trader, wanted(&in)) || e.oversized(w, &in) {
		in.Quantity = wanted(&in)
		e.stand(in, w.stop)
		w.sent = true
		return
	}
	if why := e.nothing(w.trader, &in); why != "" && w.rule != nil {
		w.nothing = e.flat(w.trader) // else it is wanted again, should what is being sold find nobody
		e.note(w, w.rule.says, "not done: "+why)
		return
	}
	e.submit(in, w)
}

// nothing says why there is nothing to sell for what sells, or "". It is no
// denial: another rule or an exit of the same event may have been first.
func (e *Engine) nothing(t *trader, in *order.Intent) string {
	switch {
	case !in.Reduces:
		return ""
	case e.flat(t):
		return "nothing is held"
	case e.sellable(t).IsZero():
		return "all that is held is being sold already"
	}
	return ""
}

// wanted is what an intent is for: zero is everything that is held.
func wanted(in *order.Intent) num.Quantity {
	if in.Close {
		return num.Quantity{}
	}
	return in.Quantity
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
