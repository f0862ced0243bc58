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
	byKey      map[string]int // the first slot of a series, by feed and key
	feeds      []engine.Feed  // their warm-up follows from the slots: see needs
	exprs      []compiled     // by engine.Expr; 0 is unused
	conditions []conjunction  // beside exprs; of a number, without clauses
}

// slot describes one series: a value of the bar, a call, or x[n]. A call of
// several values has a slot for each, whether it is read or not: they follow
// the first, which computes them all.
type slot struct {
	feed    int
	text    string
	read    bool // something reads it
	warm    int  // bars until it has a value
	settled int  // bars until its seed weighs less than 1e-6
	make    func() updater
}

// updater computes the next value of one slot from the machine's bar and the
// slots before it. NaN is not ready, for the reason given.
type updater interface {
	update(m *machine) (float64, engine.Cause)
	reset()
}

func newGraph() *graph {
	return &graph{byKey: map[string]int{}, exprs: make([]compiled, 1), conditions: make([]conjunction, 1)}
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
		if !s.read {
			continue
		}
		feeds[s.feed].WarmUp = max(feeds[s.feed].WarmUp, s.warm)
		settled[s.feed] = max(settled[s.feed], s.settled)
	}
	return feeds, settled
}

// series returns n as a value of a series: its output-th slot. The slots are
// made by what when the series is new.
func (g *graph) series(n *node, feed, output int, key string, what func(at int) []slot) *node {
	key = strconv.Itoa(feed) + " " + key
	at, ok := g.byKey[key]
	if !ok {
		at = len(g.slots)
		g.byKey[key] = at
		g.slots = append(g.slots, what(at)...)
	}
	n.op, n.slot, n.clocks, n.output = opSlot, at+output, clockOf(feed), output
	if s := &g.slots[n.slot]; !s.read {
		s.feed, s.text, s.read = feed, n.String(), true
	}
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

// call is a call of the vocabulary that was checked.
type call struct {
	of    *function
	args  []*node   // all of them, with those that were not written
	known []float64 // those of args that are known at load
	shown int       // how many were written
	day   day       // the day of the feed
}

// call makes the slots of a call, or finds them, and returns one of its
// values.
func (g *graph) call(feed int, c *call, output int) *node {
	f := c.of
	if f.daily {
		length := g.feeds[feed].Series.Timeframe
		today := &call{of: dayRow(c.day), day: c.day}
		c.args = append(c.args, g.call(feed, today, inToday), g.call(feed, today, inBefore))
		c.known = append(c.known, float64(c.day.barsOf(length)))
	}
	n := join(node{name: f.name, word: word{of: f}, cond: f.outputs[output].cond}, c.args[:c.shown]...)
	return g.series(n, feed, output, keyOf(f.name, c.args), func(at int) []slot { return g.computed(feed, c, at) })
}

// computed describes the slots of a call.
func (g *graph) computed(feed int, c *call, at int) []slot {
	f := c.of
	warm, settled := g.warmUp(&node{args: c.args})
	slots := make([]slot, len(f.outputs))
	own := make([]int, len(f.outputs))
	for i, o := range f.outputs {
		own[i] = o.ready.bars(c.known)
		slots[i] = slot{
			feed: feed,
			warm: warm + own[i] - 1, settled: settled + own[i] - 1 + o.settle(c.known),
			make: func() updater { return followSlot(at + i) },
		}
	}
	slots[0].make = c.updater(at, own)
	return slots
}

// updater returns what makes the updater of the first slot.
func (c *call) updater(at int, own []int) func() updater {
	f, known := c.of, c.known
	var in []numberFn
	for i, a := range c.args {
		switch {
		case i < len(f.takes) && f.takes[i].known():
		case a.cond:
			in = append(in, asNumber(condition(a)))
		default:
			in = append(in, number(a))
		}
	}
	switch {
	case f.price != nil:
		return func() updater { return priceSlot{f} }
	case f.unary != nil:
		n := whole(known, 0)
		return func() updater { return &windowSlot{in: in[0], of: f.unary(n)} }
	}
	return func() updater {
		return &callSlot{calc: f.compute(known), f: f, in: in, own: own, at: at, x: make([]float64, len(in)), y: make([]float64, len(f.outputs))}
	}
}

func (g *graph) bar(feed int, day day, name string) (*node, bool) {
	b, ok := lexicon.bare[name]
	if !ok {
		return nil, false
	}
	return g.call(feed, &call{of: b.of, day: day}, b.output), true
}

func (g *graph) lag(feed int, of, by *node, n int) *node {
	lagged := join(node{name: "[]", cond: of.cond}, of, by)
	return g.series(lagged, feed, 0, keyOf("[]", lagged.args), func(int) []slot {
		in := number(of)
		if of.cond {
			in = asNumber(condition(of))
		}
		warm, settled := g.warmUp(of)
		return []slot{{warm: warm + n, settled: settled + n, make: func() updater { return &lagSlot{windowSlot{in: in, of: indicator.NewLag(n)}} }}}
	})
}

// before is a value one bar ago. What has no bars has no other.
func (g *graph) before(feed int, x *node) *node {
	if _, ok := x.constant(); ok || x.impure != "" {
		return x
	}
	return g.lag(feed, x, &node{op: opNumber, value: 1, size: 1}, 1)
}

// crossLevel makes a cross of a series and a level.
func (g *graph) crossLevel(feed int, f *function, a, b *node) *node {
	is := func(name string, a, b *node) *node { return join(node{op: opCompare, cond: true, name: name}, a, b) }
	both := func(x, y *node) *node { return join(node{op: opAnd, cond: true, name: "&&"}, x, y) }
	up := both(is(">", a, b), is("<=", g.before(feed, a), g.before(feed, b)))
	down := both(is("<", a, b), is(">=", g.before(feed, a), g.before(feed, b)))
	switch f.over {
	case isMore:
		return up
	case isLess:
		return down
	default: // either way
	}
	return join(node{op: opOr, cond: true, name: "||"}, up, down)
}

// cross makes crossover, crossunder and cross from both values now and one bar
// ago.
func (g *graph) cross(feed int, f *function, a, b *node) *node {
	was, wasB := g.before(feed, a), g.before(feed, b)
	n := join(node{name: f.name, word: word{of: f}, cond: true}, a, b)
	n.reads = []*node{a, was, b, wasB}
	return g.series(n, feed, 0, keyOf(f.name, n.args), func(int) []slot {
		c := crossSlot{f.over, number(a), number(b), number(was), number(wasB)}
		warm, settled := g.warmUp(&node{args: []*node{a, b, was, wasB}})
		return []slot{{warm: max(warm, 2), settled: max(settled, 2), make: func() updater { return c }}}
	})
}
