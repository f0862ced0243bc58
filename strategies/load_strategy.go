package strategies

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
)

var (
	strategyForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,47}$`)
	nameForm     = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
)

// strategies reads the list of strategies.
func (s *source) strategies(n *yaml.Node, f *File) {
	items := s.items(n, "strategies")
	if len(items) == 0 && n.Kind == yaml.SequenceNode {
		s.report(at(n), CodeMissing, "strategies is empty", "")
	}
	if s.taken == nil {
		s.taken = map[string]seen{}
	}
	first := 0
	if len(f.Sources) > 0 {
		first = f.Sources[len(f.Sources)-1].Entry + 1
	}
	for i, item := range items {
		s.strategy(item, f, first+i)
	}
}

// strategy reads one entry: a strategy for each of its instruments. What is
// wrong is the same in all of them, and is said once.
func (s *source) strategy(n *yaml.Node, f *File, index int) {
	if broken(n) {
		return
	}
	parts := map[string]*yaml.Node{}
	for _, e := range s.fields(n, &strategyKeys) {
		parts[e.name] = e.value
	}
	if n.Kind != yaml.MappingNode {
		return
	}
	for _, key := range []string{"name", "instrument", "timeframe", "rules"} {
		s.required(n, key == "instrument" && hasKey(n, "instruments"), key, "")
	}
	name := s.part(parts, "name", func(n *yaml.Node) string {
		return s.form(n, "the name of a strategy", strategyForm, "lower case letters, digits and -")
	})
	all := s.instances(parts, name)
	for i, x := range all {
		if len(f.graph.exprs) > exprsMax {
			s.report(at(n), CodeLimit, fmt.Sprintf("the file has more than %d expressions, counted for each instrument", exprsMax), "write several files")
			return
		}
		sc := &scope{
			src: s, graph: f.graph, params: map[string]param{}, lets: map[string]*let{}, trees: map[engine.Expr]*node{},
			beside: beside{feeds: map[string]*feedRef{}, state: map[string]*variable{}, several: len(all) > 1},
		}
		if first, known := s.taken[x.name]; known && x.name != "" {
			s.report(at(n), CodeDuplicate, "a second strategy named "+x.name, "the first is on "+s.line(first))
		}
		s.taken[x.name] = seen{s.name, n.Line}
		st, rules := s.instance(parts, f, x, sc)
		if tests := parts["tests"]; tests != nil {
			said := len(s.found)
			if s.testsOf(tests, &st, sc, all, len(f.Strategies)); i > 0 {
				s.found = s.found[:said] // the first instance said it
			}
		}
		where := Source{File: s.name, Line: n.Line, Col: n.Column, Rules: rules, Entry: index}
		f.Strategies = append(f.Strategies, st)
		f.Sources = append(f.Sources, where)
		s.read = append(s.read, &entry{scope: sc, where: where})
	}
}

// instance reads an entry for one instrument: first what its expressions
// refer to, then the expressions.
func (s *source) instance(parts map[string]*yaml.Node, f *File, x instance, sc *scope) (st engine.Strategy, rules []Position) {
	st.Name, st.Series.Instrument = x.name, x.instrument
	s.part(parts, "timeframe", func(n *yaml.Node) string {
		v := s.timeframe(n)
		if tf, err := market.ParseTimeframe(v); v != "" && err == nil {
			st.Series.Timeframe = tf
		}
		return v
	})
	s.clocks(parts, sc, &st)
	sc.feed = f.graph.feed(st.Series, engine.GapFill)
	for _, l := range s.names(parts, sc, &st) {
		sc.resolve(l, func(string) {})
	}
	if n := parts["rules"]; n != nil {
		st.Rules, rules = sc.rules(n)
	}
	s.allowed(x.at, f, &st)
	if exits := parts["exits"]; exits != nil {
		st.Exits = sc.exits(exits)
	}
	if n := parts["risk"]; n != nil {
		st.Budget = sc.budget(n, x.instrument, &f.Risk)
	}
	s.part(parts, "description", func(n *yaml.Node) string {
		v, _ := s.word(n, "description")
		return v
	})
	return st, rules
}

func (s *source) testsOf(n *yaml.Node, st *engine.Strategy, sc *scope, all []instance, index int) {
	r := tester{source: s, st: st, own: sc.feed, feeds: map[string]int{}, all: all}
	for name, f := range sc.feeds {
		r.feeds[name] = f.feed
	}
	s.tests = append(s.tests, r.tests(n, index)...)
}

// allowed notes a strategy that the limits do not let trade.
func (s *source) allowed(n *yaml.Node, f *File, st *engine.Strategy) {
	id := st.Series.Instrument
	if f.Risk.Allow == nil || id == "" {
		return
	}
	write := "write 'allow: {" + id + ": [buy, sell]}'"
	sides := f.Risk.Allow[id]
	switch {
	case !sides.Buy:
		s.note(at(n), CodeDenied, "risk.allow does not let "+id+" be bought: what this strategy buys will be denied", write)
	case !sides.Sell:
		s.note(at(n), CodeDenied, "risk.allow does not let "+id+" be sold: what this strategy bought stays, its exits will be denied", write)
	}
	for i := range st.Rules {
		r := &st.Rules[i]
		for k := range r.Do {
			if a := &r.Do[k]; a.Kind == engine.ActionBuy && !sides.Kinds.Permit(asIntent(&a.Order)) {
				s.note(at(n), CodeDenied, "risk.allow does not let "+id+" be bought by the kind of order that rule "+r.Name+" places: it will be denied",
					"write the kind, or none: 'allow: {"+id+": [buy, sell]}'")
			}
		}
	}
}

// asIntent is what an order will be of a rule that is written so.
func asIntent(p *engine.Style) *order.Intent {
	in := &order.Intent{TIF: order.IOC, Limited: p.Type == engine.Limit || p.Type == engine.StopLimit}
	if in.Limited {
		in.TIF = order.GTC
	}
	if p.TIF != 0 {
		in.TIF = p.TIF
	}
	return in
}

func (s *source) part(parts map[string]*yaml.Node, key string, read func(*yaml.Node) string) string {
	if n := parts[key]; n != nil {
		return read(n)
	}
	return ""
}

// timeframe reads a length of bars.
func (s *source) timeframe(n *yaml.Node) string {
	v, ok := s.word(n, "timeframe")
	known := market.TimeframeNames()
	if !ok || contains(known, v) {
		return v
	}
	hint := suggestOnly(v, known)
	if like := likeTimeframe(v, known); like != "" {
		hint = "did you mean " + like + "?"
	}
	s.report(at(n), CodeValue, fmt.Sprintf("timeframe must be one of %s, got %s", strings.Join(known, ", "), clip(v)), hint)
	return ""
}

// named is a name that is taken, and by what.
type named struct {
	what string
	line int
}

// names reads feeds, params, state and lets. Their names are one space, and
// may not shadow the vocabulary.
func (s *source) names(parts map[string]*yaml.Node, sc *scope, st *engine.Strategy) []*let {
	taken := map[string]named{}
	if n := parts["feeds"]; n != nil {
		s.feeds(n, sc, st, taken)
	}
	if n := parts["params"]; n != nil {
		sc.blind = sc.blind || n.Kind != yaml.MappingNode
		for _, e := range s.entries(n, "params") {
			p := s.param(e) // a param in error is a name all the same: nothing more is said about it
			if s.isName(e, "param", taken) {
				sc.params[e.name] = p
				sc.names = append(sc.names, e.name)
			}
		}
	}
	if n := parts["state"]; n != nil {
		s.state(n, sc, st, taken)
	}
	n := parts["let"]
	if n == nil {
		return nil
	}
	sc.blind = sc.blind || n.Kind != yaml.MappingNode
	for i := 0; i+1 < len(n.Content); i += 2 { // in error already, but a name all the same
		if name := n.Content[i].Value; n.Kind == yaml.MappingNode && broken(n.Content[i+1]) {
			sc.lets[name] = &let{name: name, node: bad(), state: letDone}
		}
	}
	return s.lets(n, sc, taken)
}

func (s *source) lets(n *yaml.Node, sc *scope, taken map[string]named) []*let {
	var lets []*let
	for _, e := range s.entries(n, "let") {
		t, ok := s.expression(e)
		if !s.isName(e, "let", taken) {
			continue
		}
		l := &let{name: e.name, key: e.key, text: t}
		if !ok {
			l.node, l.state = bad(), letDone
		}
		sc.lets[e.name] = l
		sc.names = append(sc.names, e.name)
		lets = append(lets, l)
	}
	return lets
}

func (s *source) isName(e field, what string, taken map[string]named) bool {
	switch {
	case taken[e.name].line > 0:
		s.report(e.key, CodeDuplicate, e.name+" is a "+taken[e.name].what+" already", fmt.Sprintf("see line %d", taken[e.name].line))
	case reserved(e.name):
		s.report(e.key, CodeName, e.name+" belongs to the language and cannot be a name", "choose another, as in my_"+e.name)
	case !nameForm.MatchString(e.name):
		s.report(e.key, CodeName, e.name+" cannot be a name", "names are lower case letters, digits and _, and start with a letter")
	default:
		taken[e.name] = named{what, e.key.line}
		return true
	}
	return false
}

// expression reads the text of an expression.
func (s *source) expression(e field) (text, bool) {
	if broken(e.value) {
		return text{}, false
	}
	if e.value.Kind != yaml.ScalarNode {
		hint := ""
		if e.value.Style&yaml.FlowStyle != 0 {
			hint = "quote it: YAML reads [ ] and { } at the start of a value as a list or a map"
		}
		s.report(at(e.value), CodeValue, e.name+" must be an expression, got "+describe(e.value), hint)
		return text{}, false
	}
	return s.text(e.value), true
}

// param reads {value, range, step, choices}. The value must lie in the range
// and among the choices.
func (s *source) param(e field) param {
	wrong := param{value: 1, bounds: exact(1), key: e.key}
	if e.value.Kind == yaml.ScalarNode && !broken(e.value) {
		s.report(at(e.value), CodeValue, "a param is a map", fmt.Sprintf("write '%s: {value: %s}'", e.name, clip(e.value.Value)))
		return wrong
	}
	before := len(s.found)
	var value float64
	var bounds, choices []float64
	for _, x := range s.fields(e.value, &paramKeys) {
		switch x.name {
		case "value":
			value = s.float(x.value, "value")
		case "step":
			if v := s.float(x.value, "step"); v < 0 {
				s.report(at(x.value), CodeValue, "step must be above zero", "")
			}
		case "range":
			bounds = s.floats(x.value, "range")
		case "choices":
			choices = s.floats(x.value, "choices")
		}
	}
	s.required(e.value, false, "value", "")
	if len(s.found) > before || !hasKey(e.value, "value") {
		return wrong
	}
	s.within(e, value, bounds, choices)
	return param{value: value, bounds: reach(value, bounds, choices), key: e.key}
}

// reach is the span of everything that a param may be set to.
func reach(value float64, bounds, choices []float64) span {
	out := exact(value)
	for _, x := range slices.Concat(bounds, choices) {
		out = out.union(exact(x))
	}
	return out
}

func (s *source) within(e field, value float64, bounds, choices []float64) {
	switch {
	case bounds != nil && (len(bounds) != 2 || bounds[0] > bounds[1]):
		s.report(at(e.value), CodeValue, "range must be [low, high]", "")
	case bounds != nil && (value < bounds[0] || value > bounds[1]):
		s.report(at(e.value), CodeValue, fmt.Sprintf("the value of %s is outside its range", e.name), "")
	case choices != nil && !slices.Contains(choices, value):
		s.report(at(e.value), CodeValue, fmt.Sprintf("the value of %s is none of its choices", e.name), "")
	}
}

func (s *source) float(n *yaml.Node, what string) float64 {
	return s.money(n, what, anySign).Float()
}

func (s *source) floats(n *yaml.Node, what string) []float64 {
	fs := []float64{}
	for _, item := range s.items(n, what) {
		fs = append(fs, s.float(item, what))
	}
	return fs
}

// condition compiles a field that must be a condition.
func (sc *scope) condition(e field) engine.Expr {
	return sc.compiled(e, true)
}

func (sc *scope) compiled(e field, cond bool) engine.Expr {
	n, ok := sc.checked(e, cond)
	if !ok {
		return 0
	}
	return sc.compile(n)
}

// compile keeps the tree of what is compiled for the static findings.
func (sc *scope) compile(n *node) engine.Expr {
	x := sc.graph.add(n)
	sc.trees[x] = n
	return x
}

// checked reads the expression of a field and holds its type.
func (sc *scope) checked(e field, cond bool) (*node, bool) {
	t, ok := sc.src.expression(e)
	if !ok {
		return nil, false
	}
	n := sc.check(t)
	if n.op == opBad {
		return nil, false
	}
	if n.cond != cond {
		need, hint := "a number", ""
		if cond {
			need, hint = "a condition", "compare it with something, as in "+clip(n.String())+" > 0"
		}
		sc.src.report(t.at(0), CodeType, fmt.Sprintf("%s must be %s, got %s: %s", e.name, need, n.kind(), clip(n.String())), hint)
		return nil, false
	}
	return n, true
}

// amount compiles a number that cannot be zero or below, nor above most (0 is
// without bound), as far as that is known at load.
func (sc *scope) amount(e field, most float64) engine.Expr {
	n, ok := sc.checked(e, false)
	if !ok {
		return 0
	}
	if v, known := n.constant(); known {
		why := ""
		switch {
		case v-v != 0:
			why = "is not a number"
		case v <= 0:
			why = "must be above zero"
		case most > 0 && v > most:
			why = "must be " + formatNumber(most) + " at most"
		}
		if why != "" {
			sc.src.report(at(e.value), CodeValue, fmt.Sprintf("%s %s, got %s", e.name, why, strings.TrimSpace(e.value.Value)), "")
			return 0
		}
	}
	return sc.compile(n)
}
