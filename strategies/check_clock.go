package strategies

import (
	"fmt"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"

	"rulebot/engine"
)

// beside is what a strategy declares beside params and lets.
type beside struct {
	feeds    map[string]*feedRef  // by name
	state    map[string]*variable // by name
	declared []declared           // feeds and state, in the order written
	several  bool                 // the entry is over several instruments
	cancels  tags                 // of its orders
	limits   map[string]place     // of its own risk, by key
	zone     *time.Location       // of time.* and session; nil is UTC
	day      day                  // of what begins anew each day
}

// feedRef is a feed of a strategy by its name.
type feedRef struct {
	name string
	feed int // of the graph
	day  day
}

// variable is one entry of the state, by its place in Strategy.State.
type variable struct {
	engine.Variable
	index int
	key   place
}

// on checks with the bars of another feed in hand. What it gives is spelled
// with the name of the feed.
func (c *checker) on(f *feedRef, check func() *node) *node {
	feed, prefix, day := c.feed, c.prefix, c.day
	c.feed, c.prefix, c.day = f.feed, f.name, f.day
	n := check()
	c.feed, c.prefix, c.day = feed, prefix, day
	if n.op != opSlot {
		return n
	}
	own := *n
	own.prefix = f.name
	return &own
}

// clocks are the feeds that a node reads series of, counted from 1; two are
// enough to tell that it is more than one.
type clocks [2]int

func clockOf(feed int) clocks { return clocks{feed + 1} }

func (k clocks) and(other clocks) clocks {
	for _, x := range other {
		switch {
		case x == 0 || x == k[0] || x == k[1]:
		case k[0] == 0:
			k[0] = x
		case k[1] == 0:
			k[1] = x
		}
	}
	return k
}

// pure checks that a series is made of the bars of one feed and params only:
// what the position, the account or the market is at an event has no bars.
func (c *checker) pure(at ast.Node, n *node, what string) bool {
	_, ok := c.clock(at, what, n)
	return ok
}

// clock returns the feed whose bars move a series that is made of parts, and
// refuses parts that have no bars or those of several feeds. Numbers alone
// belong to the feed in hand.
func (c *checker) clock(at ast.Node, what string, series ...*node) (feed int, ok bool) {
	var k clocks
	for _, n := range series {
		if n.op == opBad {
			return c.feed, false
		}
		if n.impure != "" {
			c.fail(at, CodeClock, fmt.Sprintf("%s takes bar data and params only; %s has no bars", what, n.impure), whyNoBars(n.impure))
			return c.feed, false
		}
		k = k.and(n.clocks)
	}
	if k[1] != 0 {
		c.fail(at, CodeClock, fmt.Sprintf("%s takes the bars of one feed; this mixes %s and %s", what, c.feedName(k[0]-1), c.feedName(k[1]-1)),
			"their bars close at different times: make a series of each, and compare their values in the condition")
		return c.feed, false
	}
	if k[0] == 0 {
		return c.feed, true
	}
	return k[0] - 1, true
}

// whyNoBars says why a value cannot be part of a series.
func whyNoBars(name string) string {
	object, _, _ := strings.Cut(name, ".")
	switch {
	case object == "state":
		return "state changes when a rule sets it, not with the bars: compare it with a series instead"
	case object == "time" || strings.HasPrefix(name, "session"):
		return "the time is of the event, not of a bar: use it beside the series, as in session(...) && rising(close, 3)"
	case object == "ticker" || object == "book":
		return "quotes are not kept in bars: it would not be the same in a backtest and live; close is the last price of each bar"
	}
	return "it would not be the same in a backtest and live"
}

// feedName names a feed for people, by the first name that it has.
func (s *scope) feedName(feed int) string {
	if feed == s.feed {
		return "the default feed (" + s.graph.feeds[feed].Series.String() + ")"
	}
	for _, name := range s.feedNames() {
		if s.feeds[name].feed == feed {
			return name + " (" + s.graph.feeds[feed].Series.String() + ")"
		}
	}
	return s.graph.feeds[feed].Series.String()
}

// feedNames and stateNames return names in the order written.
func (s *scope) feedNames() []string { return s.named("feed") }

func (s *scope) stateNames() []string { return s.named("state") }

func (s *scope) named(kind string) []string {
	var names []string
	for _, d := range s.declared {
		if d.kind == kind {
			names = append(names, d.name)
		}
	}
	return names
}

// declared is a feed or a variable, in the order written.
type declared struct {
	kind, name string
	key        place
}

var commonZones = []string{
	"America/Chicago", "America/Los_Angeles", "America/New_York", "America/Sao_Paulo", "America/Toronto", "Asia/Dubai",
	"Asia/Hong_Kong", "Asia/Kolkata", "Asia/Shanghai", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney", "Europe/Amsterdam",
	"Europe/Berlin", "Europe/Kyiv", "Europe/London", "Europe/Paris", "Europe/Zurich", "UTC",
}

// zoneHint finds the zone that is most likely meant.
func zoneHint(name string) string {
	like := strings.ReplaceAll(strings.TrimSpace(name), " ", "_")
	for _, z := range commonZones {
		_, city, _ := strings.Cut(z, "/")
		if strings.EqualFold(like, z) || strings.EqualFold(like, city) {
			return "did you mean " + z + "?"
		}
	}
	if near := nearest(like, commonZones); near != "" {
		return "did you mean " + near + "?"
	}
	return "write its IANA name, as in America/New_York; UTC is the default"
}
