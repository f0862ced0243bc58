package strategies

import (
	"strconv"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/strategies/indicator"
)

// graph is what a file computes: the series it needs, each in one numbered
// slot however often it is written, and the expressions over them. Slots are
// made arguments first, so their order is the order to update them in. The
// graph does not change once the file is loaded; a program holds the values.
type graph struct {
	slots      []slot
	byKey      map[string]*node // of slots, by feed and key
	feeds      []engine.Feed    // their warm-up follows from the slots: see needs
	exprs      []compiled       // by engine.Expr; 0 is unused
	conditions []conjunction    // beside exprs; of a number, without clauses
}

// slot describes one series: a value of the bar, a call, or x[n].
type slot struct {
	feed    int
	text    string
	warm    int // bars until it has a value
	settled int // bars until its seed weighs less than 1e-6
	make    func() updater
}

// updater computes the next value of one slot from the machine's bar and the
// slots before it. NaN is not ready, for the reason given.
type updater interface {
	update(m *machine) (float64, engine.Cause)
	reset()
}

func newGraph() *graph {
	return &graph{byKey: map[string]*node{}, exprs: make([]compiled, 1), conditions: make([]conjunction, 1)}
}

// feed returns the number of a series of bars. The same series with another
// policy for gaps is another feed: its windows hold other bars.
func (g *graph) feed(s market.Series, gap engine.GapPolicy) int {
	for i, known := range g.feeds {
		if known.Series == s && known.Gap == gap {
			return i
		}
	}
	g.feeds = append(g.feeds, engine.Feed{Series: s, Gap: gap})
	return len(g.feeds) - 1
}

// needs returns the feeds with their warm-up, and the bars until seeds are
// forgotten.
func (g *graph) needs() ([]engine.Feed, []int) {
	feeds, settled := make([]engine.Feed, len(g.feeds)), make([]int, len(g.feeds))
	for i, f := range g.feeds {
		feeds[i], settled[i] = f, 1
		feeds[i].WarmUp = 1
	}
	for _, s := range g.slots {
		feeds[s.feed].WarmUp = max(feeds[s.feed].WarmUp, s.warm)
		settled[s.feed] = max(settled[s.feed], s.settled)
	}
	return feeds, settled
}

// slot returns the node of n's slot, made by what when it is new.
func (g *graph) slot(n *node, feed int, what func() slot) *node {
	n.op, n.slot, n.clocks = opSlot, -1, clockOf(feed)
	keys := strconv.Itoa(feed) + " " + keyOf(n.name, n.args)
	if known, ok := g.byKey[keys]; ok {
		same := *n // its own spelling, the same slot
		same.slot = known.slot
		return &same
	}
	s := what()
	s.feed, s.text = feed, n.String()
	n.slot = len(g.slots)
	g.slots = append(g.slots, s)
	g.byKey[keys] = n
	return n
}

// warmUp returns the bars until a series has a value, and until its seeds are
// forgotten.
func (g *graph) warmUp(n *node) (warm, settled int) {
	if n.op == opSlot {
		return g.slots[n.slot].warm, g.slots[n.slot].settled
	}
	warm, settled = 1, 1
	for _, a := range n.args {
		w, s := g.warmUp(a)
		warm, settled = max(warm, w), max(settled, s)
	}
	return warm, settled
}

func (g *graph) bar(feed int, name string) *node {
	return g.slot(&node{name: name, size: 1}, feed, func() slot {
		return slot{warm: 1, settled: 1, make: func() updater { return barValueOf(name) }}
	})
}

func (g *graph) windowed(feed int, w function, args []*node, n int) *node {
	if len(args) == 1 { // change(x) is change(x, 1): one slot for both
		written := g.windowed(feed, w, []*node{args[0], {op: opNumber, value: 1, size: 1}}, n)
		short := *written
		short.args = args
		return &short
	}
	return g.slot(join(node{name: w.Name}, args...), feed, func() slot {
		in := number(args[0])
		s := g.recursive(args[0], w.unary(n).WarmUp(), w.settle(n))
		s.make = func() updater { return &windowSlot{in: in, of: w.unary(n)} }
		return s
	})
}

// recursive adds an indicator's own warm-up to that of its input.
func (g *graph) recursive(in *node, own, forget int) slot {
	warm, settled := g.warmUp(in)
	return slot{warm: warm + own - 1, settled: settled + own - 1 + forget}
}

func (g *graph) lag(feed int, of, by *node, n int) *node {
	return g.slot(join(node{name: "[]", cond: of.cond}, of, by), feed, func() slot {
		in := number(of)
		if of.cond {
			in = asNumber(condition(of))
		}
		s := g.recursive(of, n+1, 0)
		s.make = func() updater { return &windowSlot{in: in, of: indicator.NewLag(n)} }
		return s
	})
}

// cross makes crossover and crossunder from both values now and one bar ago.
func (g *graph) cross(feed int, name string, a, b *node) *node {
	before := func(x *node) *node {
		if _, ok := x.constant(); ok {
			return x
		}
		return g.lag(feed, x, &node{op: opNumber, value: 1, size: 1}, 1)
	}
	was, wasB := before(a), before(b)
	n := join(node{name: name, cond: true}, a, b)
	n.reads = []*node{a, was, b, wasB}
	return g.slot(n, feed, func() slot {
		c := crossSlot{number(a), number(b), number(was), number(wasB)}
		if name == "crossunder" {
			c = crossSlot{c.b, c.a, c.wasB, c.wasA}
		}
		warm, settled := g.warmUp(&node{args: []*node{a, b, was, wasB}})
		return slot{warm: max(warm, 2), settled: max(settled, 2), make: func() updater { return c }}
	})
}

func (g *graph) atr(feed int, by *node, n int) *node {
	return g.slot(join(node{name: "atr"}, by), feed, func() slot {
		return slot{
			warm:    indicator.NewATR(n).WarmUp(),
			settled: n + settleRMA(n),
			make:    func() updater { return &atrSlot{indicator.NewATR(n)} },
		}
	})
}
