package strategies

import (
	"math"

	"rulebot/engine"
	"rulebot/engine/market"
)

// compiled is one expression: a number or a condition, and what to tell about
// it.
type compiled struct {
	number  numberFn // nil when it is a condition
	clauses []clause // what to tell: the sides of the outermost and, or the whole
}

// add compiles a checked expression and returns its handle.
func (g *graph) add(n *node) engine.Expr {
	c, all := compiled{clauses: tellingOf(n)}, conjunction{why: engine.CauseNoData}
	if n.cond {
		all = conjunctionOf(n)
	} else {
		c.number = number(n)
	}
	g.exprs, g.conditions = append(g.exprs, c), append(g.conditions, all)
	return engine.Expr(len(g.exprs) - 1)
}

// program holds the values of one run. It belongs to one goroutine.
type program struct {
	machine
	exprs      []compiled
	conditions []conjunction // beside exprs
	feeds      []feedState
}

// feedState is what one feed updates, in order.
type feedState struct {
	slots  []int
	of     []updater
	reads  columns // of them all
	warmUp int
	gap    int         // bars until everything is warm again after a gap
	closed market.Time // when its newest bar closed
}

func (g *graph) program() *program {
	p := &program{exprs: g.exprs, conditions: g.conditions, feeds: make([]feedState, len(g.feeds))}
	n := max(1, len(g.slots)) // a clause left to its closure has its hand on the first
	p.values, p.causes = make([]float64, n), make([]engine.Cause, n)
	feeds, _ := g.needs()
	for i := range p.feeds {
		p.feeds[i].warmUp = feeds[i].WarmUp
	}
	for i, s := range g.slots {
		p.values[i], p.causes[i] = math.NaN(), engine.CauseNoData
		f := &p.feeds[s.feed]
		u := s.make()
		f.slots, f.of, f.reads = append(f.slots, i), append(f.of, u), f.reads|columnsOf(u)
	}
	return p
}

// Update folds a closed bar into the slots of its feed. After a gap every
// series of the feed starts anew.
func (p *program) Update(feed int, bar *market.Bar) {
	f := &p.feeds[feed]
	if bar == nil {
		p.silence(f)
		return
	}
	f.closed = bar.Close()
	if bar.Gap {
		f.gap = f.warmUp
		for _, u := range f.of {
			u.reset()
		}
	}
	p.bar.take(bar, f.reads)
	p.gap = f.gap > 0
	for i, u := range f.of {
		p.values[f.slots[i]], p.causes[f.slots[i]] = u.update(&p.machine)
	}
	if f.gap > 0 {
		f.gap--
	}
}

// silence makes every series of a feed not ready until its next bar.
func (p *program) silence(f *feedState) {
	for _, i := range f.slots {
		p.values[i], p.causes[i] = math.NaN(), engine.CauseStale
	}
}

// Condition evaluates a condition. Its loop is what a rule that holds costs,
// so it calls nothing: it goes as far as clauses hold by comparing alone.
func (p *program) Condition(e engine.Expr, v *engine.View) (engine.Truth, engine.Cause) {
	values, all := p.values, p.conditions[e].clauses
	for i := range all {
		c := &all[i]
		x := values[c.slot]
		switch c.shape {
		case overConstant:
			if x > c.constant {
				continue
			}
		case underConstant:
			if x < c.constant {
				continue
			}
		case overSlot:
			if x > values[c.other] {
				continue
			}
		case scaledOver:
			if x *= c.constant; x > values[c.other] && x <= math.MaxFloat64 {
				continue
			}
		case scaledUnder:
			if x *= c.constant; x < values[c.other] && x >= -math.MaxFloat64 {
				continue
			}
		case leftToClosure:
		}
		return p.after(e, i, v)
	}
	return p.conditions[e].held, p.conditions[e].why
}

// after goes on where the first clauses are known to hold.
func (p *program) after(e engine.Expr, holding int, v *engine.View) (engine.Truth, engine.Cause) {
	p.view, p.cause = v, engine.Ready
	t := p.conditions[e].after(holding, &p.machine)
	p.view = nil
	if t == engine.NotReady {
		return t, p.cause
	}
	return t, engine.Ready
}

// Number evaluates a number. It is finite when the cause is Ready.
func (p *program) Number(e engine.Expr, v *engine.View) (float64, engine.Cause) {
	n := p.exprs[e].number
	if n == nil {
		return math.NaN(), engine.CauseNoData
	}
	p.view, p.cause = v, engine.Ready
	x := n(&p.machine)
	p.view = nil
	switch {
	case x-x == 0:
		return x, engine.Ready
	case x != x:
		return x, p.cause
	}
	return x, engine.CauseInf
}
