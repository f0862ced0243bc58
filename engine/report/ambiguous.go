package report

import (
	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// guarded counts the bars that held both a stop and a target of a position
// that was on when they opened. Which of the two was reached first, a bar does
// not say: the run went by the stated path inside a bar, and another path
// would have made another profit.
type guarded struct {
	holdings map[string]*engine.Holding // newest, by strategy
	newest   *engine.Holding            // that was looked for
	opened   []levels                   // of each instrument, as its newest bar closed
	bars     int64
	inside   []market.Bar // the way of the next bar, where finer ones know it
}

type levels struct {
	instrument string
	stop, goal num.Price
}

// change follows what the strategies remember of their positions.
func (g *guarded) change(c *engine.Change) {
	if c.Kind != engine.ChangeHolding {
		return
	}
	if g.holdings == nil {
		g.holdings = make(map[string]*engine.Holding)
	}
	h := g.holding(c.Holding.Strategy)
	if h == nil {
		h = new(engine.Holding)
		g.holdings[c.Holding.Strategy] = h
	}
	*h = c.Holding
}

// holding returns what is remembered of a strategy's position, which mostly is
// that of the one before; nil is nothing.
func (g *guarded) holding(strategy string) *engine.Holding {
	if g.newest == nil || g.newest.Strategy != strategy {
		g.newest = g.holdings[strategy]
	}
	return g.newest
}

// bar looks at a closed bar with the levels of before it, and takes those of
// the trades of its instrument that are on now.
func (g *guarded) bar(ev *engine.Event, on []Trade) {
	kept := g.opened[:0]
	both := false
	for _, l := range g.opened {
		if l.instrument != ev.Instrument {
			kept = append(kept, l)
			continue
		}
		both = both || l.ambiguous(g.inside, &ev.Bar)
	}
	if both {
		g.bars++
	}
	g.inside = nil
	g.opened = kept
	for i := range on {
		g.guard(&on[i])
	}
}

// ambiguous reports whether a bar held both levels: where finer ones know its
// way, whether the first of them that held one held the other too.
func (l *levels) ambiguous(inside []market.Bar, bar *market.Bar) bool {
	for i := range inside {
		if stop, goal := l.within(&inside[i]); stop || goal {
			return stop && goal
		}
	}
	stop, goal := l.within(bar)
	return len(inside) == 0 && stop && goal
}

func (l *levels) within(bar *market.Bar) (stop, goal bool) {
	return !l.stop.Less(bar.L), !bar.H.Less(l.goal)
}

// guard notes the stop and the nearest target of a trade that has both.
func (g *guarded) guard(t *Trade) {
	h := g.holding(t.Strategy)
	if h == nil {
		return
	}
	l := levels{instrument: t.Instrument, stop: h.Stop}
	for i := range h.Targets {
		if x := &h.Targets[i]; !x.Done && x.Price.Sign() > 0 && (l.goal.IsZero() || x.Price.Less(l.goal)) {
			l.goal = x.Price
		}
	}
	if l.stop.Sign() > 0 && l.goal.Sign() > 0 {
		g.opened = append(g.opened, l)
	}
}
