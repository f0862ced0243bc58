package strategies

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"

	"rulebot/engine"
	"rulebot/engine/market"
)

// identifier resolves a bare name: a value of the bar, a param, a let.
func (c *checker) identifier(x *ast.IdentifierNode) *node {
	name := x.Value
	if p, ok := c.params[name]; ok {
		c.reads = append(c.reads, reading{c.within, name})
		return &node{op: opParam, name: name, value: p.value, values: p.bounds, size: 1}
	}
	if l, ok := c.lets[name]; ok {
		c.reads = append(c.reads, reading{c.within, name})
		n := c.resolve(l, func(message string) { c.fail(x, CodeName, message, "") })
		return join(node{op: opLet, name: name, cond: n.cond}, n)
	}
	if n, ok := c.bare(name); ok {
		return n
	}
	if use, ok := usage(name); ok {
		return c.fail(x, CodeArgument, name+" is a function and needs arguments", "write "+use)
	}
	switch {
	case slices.Contains(objects(), name):
		return c.fail(x, CodeName, name+" alone is no value", c.fieldsOf(name))
	case c.feeds[name] != nil:
		return c.fail(x, CodeName, name+" is a feed and no value", "write "+name+".close, or another value of its bars")
	case name == "session":
		return c.fail(x, CodeArgument, "session needs its times", sessionHint)
	case c.state[name] != nil:
		return c.fail(x, CodeName, name+" belongs to the state of the strategy", "write state."+name)
	case slices.Contains(laterNames(), name):
		return c.fail(x, CodeLater, name+" is not in this version", notHere(name))
	}
	if c.blind {
		return bad() // names could not be read: this may be one
	}
	known := slices.Concat(c.names, barNames(), functionNames(), objects())
	hint := cmp.Or(foreign(name), fieldNamed(name), suggestOnly(name, known))
	if hint == "" {
		hint = "names of your own stand under let: or params:; " + "known here: open, high, low, close, volume and what is made of them"
	}
	return c.fail(x, CodeName, "unknown name "+clip(name), hint)
}

// fieldNamed says where a name belongs that was written without its object.
func fieldNamed(name string) string {
	for _, object := range []string{"position", "book", "time", "trades", "account", "orders", "last_fill"} {
		for _, f := range viewFields() {
			if f.Name == object+"."+name {
				return "write " + f.Usage
			}
		}
	}
	return ""
}

// bare resolves a name that the bars of the feed in hand have.
func (c *checker) bare(name string) (*node, bool) {
	return c.graph.bar(c.feed, c.day, name)
}

func (c *checker) isValue(name string) bool {
	_, param := c.params[name]
	_, let := c.lets[name]
	return param || let || slices.Contains(barNames(), name) || slices.Contains(functionNames(), name)
}

// notHere says why some names stay refused.
func notHere(name string) string {
	switch name {
	case "funding":
		return "a spot market has no funding"
	case "rank":
		return "a strategy over several instruments sees one at a time"
	}
	return ""
}

// resolve checks a let when it is first used. A let that is being checked
// already refers to itself.
func (s *scope) resolve(l *let, cycle func(message string)) *node {
	switch l.state {
	case letOpen:
		cycle(fmt.Sprintf("let %s refers to itself", l.name))
		return bad()
	case letDone:
		return l.node
	case letNew:
	}
	l.state = letOpen
	outer := s.within
	s.within = l.name
	l.node = s.check(l.text)
	s.within = outer
	l.state = letDone
	return l.node
}

// member resolves position.qty, state.armed, h4.close and x[n].
func (c *checker) member(x *ast.MemberNode) *node {
	property, dotted := x.Property.(*ast.StringNode)
	if !dotted {
		return c.index(x)
	}
	object, ok := x.Node.(*ast.IdentifierNode)
	if !ok {
		return c.deeper(x, property)
	}
	if f := c.feeds[object.Value]; f != nil {
		c.reads = append(c.reads, reading{c.within, f.name})
		return c.on(f, func() *node { return c.ofFeed(x, property.Value) })
	}
	return c.field(x, object, property.Value)
}

// deeper resolves h4.ha.close: a member of a member.
func (c *checker) deeper(x *ast.MemberNode, property *ast.StringNode) *node {
	if inner, ok := x.Node.(*ast.MemberNode); ok {
		feed, named := inner.Node.(*ast.IdentifierNode)
		object, dotted := inner.Property.(*ast.StringNode)
		if named && dotted && c.feeds[feed.Value] != nil {
			c.reads = append(c.reads, reading{c.within, feed.Value})
			return c.on(c.feeds[feed.Value], func() *node { return c.ofFeed(x, object.Value+"."+property.Value) })
		}
	}
	if call, ok := x.Node.(*ast.CallNode); ok {
		return c.call(call, property)
	}
	n := c.walk(x.Node)
	if n.op == opBad {
		return n
	}
	return c.fail(x.Property, CodeName, clip(n.String())+" has no fields", "")
}

// ofFeed resolves a name on the feed in hand.
func (c *checker) ofFeed(x *ast.MemberNode, name string) *node {
	if n, ok := c.bare(name); ok {
		return n
	}
	feed := c.prefix
	if f, ok := lexicon.byName[name]; ok {
		return c.fail(x.Property, CodeArgument, name+" is a function and needs arguments", onFeed(f, feed))
	}
	object, field, _ := strings.Cut(name, ".")
	switch {
	case contains(barObjects(), object) && field == "":
		return c.fail(x.Property, CodeName, name+" alone is no value", c.fieldsOf(name))
	case contains(barObjects(), object):
		return c.noField(x, object, field)
	}
	if slices.Contains(objects(), object) {
		return c.fail(x.Property, CodeName, "a feed has bars only; "+object+" is of the strategy", "write "+object+" without "+feed+".")
	}
	if contains(laterNames(), name) {
		return c.fail(x.Property, CodeLater, name+" is not in this version", notHere(name))
	}
	return c.fail(x.Property, CodeName, "feed "+feed+" has no "+clip(name), cmp.Or(suggestOnly(name, barNames()), "it has: "+strings.Join(barNames(), ", ")))
}

// onFeed shows a function on a feed: of its bars h4.atr(14), of a series
// ema(h4.close, 50).
func onFeed(f *function, feed string) string {
	if f.ofBars() {
		return "write " + feed + "." + f.usage()
	}
	return "write " + strings.Replace(f.usage(), "("+f.takes[0].name, "("+feed+".close", 1)
}

// field resolves object.name.
func (c *checker) field(x *ast.MemberNode, object *ast.IdentifierNode, property string) *node {
	name := object.Value + "." + property
	if n, ok := c.bare(name); ok {
		return n
	}
	if f, ok := fieldOf(name); ok {
		if f.method != nil {
			return c.fail(x, CodeArgument, name+" needs a number", "write "+f.Usage)
		}
		return c.view(f)
	}
	switch {
	case object.Value == "state":
		return c.variable(x, property)
	case slices.Contains(objects(), object.Value):
		return c.noField(x, object.Value, property)
	case slices.Contains(laterNames(), object.Value):
		return c.fail(object, CodeLater, clip(name)+" is not in this version", notHere(object.Value))
	case c.isValue(object.Value):
		return c.fail(x.Property, CodeName, object.Value+" is a plain value and has no fields", "")
	case c.blind:
		return bad()
	}
	hint := cmp.Or(c.prefixed(object.Value, property), suggestOnly(object.Value, slices.Concat(c.feedNames(), objects())))
	if hint == "" {
		hint = "a feed of that name would stand under feeds:, as in feeds: {" + clip(object.Value) + ": {timeframe: 4h}}"
	}
	return c.fail(object, CodeName, "unknown name "+clip(object.Value), hint)
}

func (c *checker) noField(x *ast.MemberNode, object, property string) *node {
	if object == "position" && property == "is_short" {
		return c.fail(x.Property, CodeLater, "position.is_short is not in this version", "on spot there are no short positions")
	}
	hint := c.fieldsOf(object)
	if near := nearest(property, fieldNames(object)); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return c.fail(x.Property, CodeName, object+" has no field "+clip(property), hint)
}

// fieldsOf lists what may stand after "object.".
func (c *checker) fieldsOf(object string) string {
	names := fieldNames(object)
	if object == "state" {
		names = c.stateNames()
		if len(names) == 0 {
			return "the strategy has no state; write it as in state: {armed: false}"
		}
	}
	hint := "it has: " + strings.Join(names, ", ")
	if object == "time" {
		hint += `; a part of the day is session("09:30-16:00")`
	}
	return hint
}

// view makes a node of a value that the engine gives at an event.
func (c *checker) view(f *viewField) *node {
	if f.zoned != nil {
		f.read = f.zoned(c.clockZone())
	}
	return &node{op: opView, cond: f.Condition, name: f.Name, view: f, impure: f.Name, size: 1}
}

// clockZone is the zone of time.* and session.
func (s *scope) clockZone() *time.Location {
	if s.zone == nil {
		return time.UTC
	}
	return s.zone
}

// variable resolves state.name.
func (c *checker) variable(x *ast.MemberNode, name string) *node {
	v := c.state[name]
	switch {
	case v == nil && c.blind:
		return bad()
	case v == nil:
		hint := cmp.Or(suggestOnly(name, c.stateNames()), c.fieldsOf("state"))
		return c.fail(x.Property, CodeName, "state has no "+clip(name), hint)
	}
	full := "state." + name
	c.reads = append(c.reads, reading{c.within, full})
	i, values := v.index, anything()
	if v.Condition {
		values = span{0, 1}
	}
	f := row(full, "", "", "", values, func(x *engine.View) float64 {
		if i >= len(x.State) {
			return nan()
		}
		return x.State[i]
	})
	f.Condition = v.Condition
	return c.view(&f)
}

// method resolves a.b(c): h4.atr(14), book.imbalance(5).
func (c *checker) method(x *ast.CallNode, field *ast.StringNode) *node {
	m, ok := x.Callee.(*ast.MemberNode)
	if !ok {
		c.walkAll(x.Arguments)
		return c.fail(x, CodeExpression, "this is not a function", "")
	}
	object, named := m.Node.(*ast.IdentifierNode)
	property, dotted := m.Property.(*ast.StringNode)
	if !named || !dotted {
		c.walkAll(x.Arguments)
		return c.fail(x, CodeExpression, "this is not a function", "")
	}
	if f := c.feeds[object.Value]; f != nil {
		return c.feedCall(f, x, property, field)
	}
	name := object.Value + "." + property.Value
	f, ok := fieldOf(name)
	switch {
	case ok && f.method != nil:
		return c.whole(c.measured(x, f), field)
	case ok:
		c.walkAll(x.Arguments)
		return c.fail(m, CodeArgument, name+" is a value and takes no arguments", "write "+name)
	}
	c.walkAll(x.Arguments)
	switch {
	case slices.Contains(objects(), object.Value):
		return c.noField(m, object.Value, property.Value)
	case slices.Contains(laterNames(), object.Value):
		return c.fail(object, CodeLater, object.Value+" is not in this version", notHere(object.Value))
	case c.blind:
		return bad()
	}
	hint := c.prefixed(object.Value, property.Value)
	if hint == "" {
		hint = cmp.Or(suggestOnly(object.Value, c.feedNames()), "only feeds have functions, as in h4.atr(14), and book")
	}
	return c.fail(object, CodeName, clip(object.Value)+" has no functions", hint)
}

// feedCall resolves h4.atr(14): a function of the bars of a feed.
func (c *checker) feedCall(f *feedRef, x *ast.CallNode, name, field *ast.StringNode) *node {
	c.reads = append(c.reads, reading{c.within, f.name})
	word, ok := lexicon.byName[name.Value]
	switch {
	case ok && word.ofBars():
		return c.on(f, func() *node {
			callee := &ast.IdentifierNode{Value: name.Value}
			callee.SetLocation(name.Location())
			call := &ast.CallNode{Callee: callee, Arguments: x.Arguments}
			call.SetLocation(x.Location())
			return c.call(call, field)
		})
	case ok:
		c.walkAll(x.Arguments)
		return c.fail(name, CodeArgument, name.Value+" takes a series, which names its feed itself", onFeed(word, f.name))
	}
	c.walkAll(x.Arguments)
	if contains(laterNames(), name.Value) {
		return c.fail(name, CodeLater, name.Value+" is not in this version", "")
	}
	return c.fail(name, CodeName, "unknown function "+clip(name.Value), suggestOnly(name.Value, functionNames()))
}

// measured resolves book.imbalance(5): a value with a number known at load.
func (c *checker) measured(x *ast.CallNode, f *viewField) *node {
	if len(x.Arguments) != 1 {
		c.walkAll(x.Arguments)
		return c.fail(x.Callee, CodeArgument, fmt.Sprintf("%s takes 1 argument, got %d", f.Name, len(x.Arguments)), "write "+f.Usage)
	}
	by := c.want(x.Arguments[0], c.walk(x.Arguments[0]), false, f.Name)
	if by.op == opBad {
		return by
	}
	v, known := by.constant()
	counted := strings.HasSuffix(f.Usage, "(n)")
	switch {
	case counted && (!known || v != float64(int(v)) || v < 1 || v > bookLevelsMax):
		return c.fail(x.Arguments[0], CodeArgument, fmt.Sprintf("%s: the number of levels must be a whole number from 1 to %d known at load time, got %s", f.Name, bookLevelsMax, clip(by.String())), "")
	case !known || !(v > 0 && v <= 10_000):
		return c.fail(x.Arguments[0], CodeArgument, fmt.Sprintf("%s: basis points must be a number above 0 and at most 10000 known at load time, got %s", f.Name, clip(by.String())), "1 percent is 100 basis points")
	}
	if counted {
		f.needs.levels = int(v)
	}
	f.read = f.method(v)
	n := c.view(f)
	n.name = f.Name + "(" + by.String() + ")"
	return n
}

// bookLevelsMax is how deep imbalance looks at most: what a checksum proves.
const bookLevelsMax = market.Trusted

const sessionHint = `write session("09:30-16:00"), or session("09:30-16:00", "Europe/Berlin")`

// session resolves session("09:30-16:00", "Europe/Berlin").
func (c *checker) session(x *ast.CallNode) *node {
	var words []string
	for _, a := range x.Arguments {
		s, ok := a.(*ast.StringNode)
		if !ok {
			return c.fail(a, CodeArgument, "session takes times in quotes", sessionHint)
		}
		words = append(words, s.Value)
	}
	if len(words) < 1 || len(words) > 2 {
		return c.fail(x.Callee, CodeArgument, fmt.Sprintf("session takes 1 or 2 arguments, got %d", len(words)), sessionHint)
	}
	from, to, err := sessionOf(words[0])
	if err != nil {
		return c.fail(x.Arguments[0], CodeArgument, err.Error(), `write it like "09:30-16:00", with 24 hours; it may pass midnight`)
	}
	zone, name := c.clockZone(), `session("`+words[0]+`")`
	if len(words) == 2 {
		z, ok := zoneOf(words[1])
		if !ok {
			return c.fail(x.Arguments[1], CodeArgument, clip(words[1])+" is no time zone", zoneHint(words[1]))
		}
		zone, name = z, `session("`+words[0]+`", "`+words[1]+`")`
	}
	f := asCondition(row(name, "", "", "", span{0, 1}, inSession(from, to, zone)))
	return c.view(&f)
}
