package strategies

import (
	"fmt"

	"rulebot/engine"
	"rulebot/engine/order"
)

// orders notes what a rule asks for and never gets.
func (x *examiner) orders(r *engine.Rule, at place) {
	for _, a := range r.Do {
		if a.Kind.Orders() && a.Kind != engine.ActionBuy && r.For == engine.ForFlat {
			x.note(at, CodePosition, fmt.Sprintf("rule %s sells, closes or reduces while nothing is held: it never acts", r.Name), "write for: long")
		}
		x.amount(a.Size.Amount, "the size")
		x.amount(a.Size.Stop, "the size")
		x.amount(a.Order.Price, "the price")
		x.amount(a.Order.StopPrice, "the price")
		if a.Order.TIF == order.PostOnly {
			x.crosses(&a)
		}
	}
	if sides(r) == buys|sells {
		x.note(at, CodeRedundant, fmt.Sprintf("rule %s buys and sells at one event: the second of them is dropped", r.Name), "make it two rules, the second with for: flat or for: long")
	}
	if r.MaxEntries > 1 && r.For == engine.ForFlat {
		x.note(at, CodeRedundant, fmt.Sprintf("rule %s buys only while nothing is held: max_entries: %d changes nothing", r.Name, r.MaxEntries), "write for: any to add to a position, or leave max_entries out")
	}
}

// resting reports whether an order may stay in the market, or wait in the
// engine, after the event that placed it.
func resting(o *engine.Style) bool {
	switch o.Type {
	case engine.Market:
		return false
	case engine.Limit:
		return o.TIF != order.IOC && o.TIF != order.FOK
	case engine.Stop, engine.StopLimit:
	}
	return true
}

// crosses notes a post-only order whose price takes from the other side
// whatever the market does. A stop is placed later, at a price of its own.
func (x *examiner) crosses(a *engine.Action) {
	n := x.scope.trees[a.Order.Price]
	if n == nil || a.Order.Type != engine.Limit {
		return
	}
	other, last, word := "book.bid", -1.0, "at or below"
	if a.Kind == engine.ActionBuy {
		other, last, word = "book.ask", 1, "at or above"
	}
	past := func(name string, touching bool) bool {
		d, ok := x.apartFrom(n, name)
		if !ok || d.empty() {
			return false
		}
		near := d.lo
		if last < 0 {
			near = -d.hi
		}
		return near > 0 || near == 0 && touching
	}
	ticker := map[string]string{"book.ask": "ticker.ask", "book.bid": "ticker.bid"}[other]
	switch {
	case past(other, true):
		x.note(n.at, CodeNever, "the price is "+word+" "+other+": a post_only order there is always refused", "leave post_only out, or price it on the other side")
	case past(ticker, true):
		x.note(n.at, CodeNever, "the price is "+word+" "+ticker+": a post_only order there is always refused", "leave post_only out, or price it on the other side")
	case past("close", false):
		side := map[float64]string{1: "above", -1: "below"}[last]
		x.note(n.at, CodeNever, "the price is "+side+" close, on the side that takes: most such post_only orders are refused", "turn the sign round, or leave post_only out")
	}
}

// paced notes a rule on ticks or on the book that does not say how often it
// may fire.
func (s *source) paced(p place, r *engine.Rule) {
	word := map[engine.OnKind]string{engine.OnTick: "tick", engine.OnBook: "book"}[r.On.Kind]
	s.note(p, CodePace, "event: "+word+" without once_per fires once a bar at most", "write once_per: bar to say so, or once_per: event to fire whenever the condition rises")
}

// edged notes a rule on a schedule or on fills that does not say whether it
// fires each time or on the edge: who writes "every Monday" mostly means each.
func (s *source) edged(p place, r *engine.Rule) {
	word, when := "schedule", "the time before"
	if r.On.Kind == engine.OnFill {
		word, when = "fill", "at the fill before"
	}
	s.note(p, CodePace, "event: "+word+" without fire acts on the edge: only when its condition was false "+when, "write fire: while_true to act each time that it holds, or fire: edge to say so")
}

// profits notes a take profit that another one, which sells everything,
// always comes before.
func (e *entry) profits() {
	j := newJudge(engine.ForLong, false)
	for i, all := range e.st.Exits.TakeProfit {
		n := e.scope.trees[all.Pct]
		if all.SizePct != 0 || n == nil {
			continue
		}
		for k, later := range e.st.Exits.TakeProfit {
			m := e.scope.trees[later.Pct]
			if k != i && m != nil && j.span(m).lo > j.span(n).hi {
				e.note(m.at, CodeExit, "the take_profit at "+clip(n.String())+" percent closes the position before: this one never acts", "give that one a size_pct")
			}
		}
	}
}
