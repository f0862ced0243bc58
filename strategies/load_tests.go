package strategies

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// tester reads the tests of one strategy.
type tester struct {
	*source
	st    *engine.Strategy
	feeds map[string]int // names of feeds, of File.Feeds
	own   int            // feed of the strategy
	all   []instance     // that the strategy has
	only  string         // instrument of the test at hand; "" is each
}

// tests reads the tests of a strategy: plain values, no expressions.
func (r *tester) tests(n *yaml.Node, strategy int) []Test {
	var tests []Test
	names := map[string]int{}
	for _, item := range r.items(n, "tests") {
		t := r.test(item)
		t.Strategy = strategy
		if r.only != "" && r.only != r.st.Series.Instrument {
			continue
		}
		if line := names[t.Name]; line > 0 && t.Name != "" {
			r.report(at(item), CodeDuplicate, "a second test named "+t.Name, fmt.Sprintf("the first is on line %d", line))
		}
		names[t.Name] = item.Line
		tests = append(tests, t)
	}
	return tests
}

func (r *tester) test(n *yaml.Node) Test {
	t := Test{In: r.name, Place: Position{n.Line, n.Column}}
	r.only = ""
	for _, e := range r.fields(n, &testKeys) {
		switch e.name {
		case "name":
			t.Name = r.title(e.value, "the name of a test")
		case "instrument":
			r.only = r.played(e.value)
		case "bars":
			t.Bars = r.bars(e.value)
		case "feeds":
			t.Feeds = r.testFeeds(e.value)
		case "given":
			t.Given = r.given(e.value)
		case "fault":
			t.Faults = append(t.Faults, r.fault(e.value))
		case "faults":
			for _, item := range r.items(e.value, "faults") {
				t.Faults = append(t.Faults, r.fault(item))
			}
		case "expect":
			t.Expect = r.expectations(e.value)
		}
	}
	if n.Kind == yaml.MappingNode {
		r.required(n, false, "name", "write name: and a few words")
		r.required(n, false, "bars", "write bars: [100, 101, 99], closes of bars one after the other")
		r.required(n, false, "expect", "write expect: [{rule: NAME}], or {rule: NAME, never: true}")
	}
	return t
}

// played reads which of the strategy's instruments a test is for.
func (r *tester) played(n *yaml.Node) string {
	id := r.instrument(n)
	if id != "" && !slices.ContainsFunc(r.all, func(x instance) bool { return x.instrument == id }) {
		r.report(at(n), CodeName, "the strategy does not trade "+id, "leave instrument out to play the test with each of its instruments")
	}
	return id
}

// defaultStart is where bars begin that say nothing: a Monday, midnight UTC.
func defaultStart() market.Time {
	return market.TimeOf(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
}

var rowsForm = regexp.MustCompile(`^([1-9][0-9]{0,8})\.\.([1-9][0-9]{0,8})$`)

// bars reads {from, rows}, {start, rows: [...]}, or the rows alone.
func (r *tester) bars(n *yaml.Node) TestBars {
	b := TestBars{Place: Position{n.Line, n.Column}, Start: defaultStart()}
	if n.Kind == yaml.SequenceNode {
		b.Rows = r.rows(n)
		return b
	}
	for _, e := range r.fields(n, &barKeys) {
		switch {
		case e.name == "from":
			b.File, _ = r.word(e.value, "from")
		case e.name == "start":
			b.Start = r.moment(e.value, "start")
		case e.value.Kind == yaml.SequenceNode:
			b.Rows = r.rows(e.value)
		default:
			b.First, b.Last = r.rowRange(e.value)
		}
	}
	switch {
	case n.Kind != yaml.MappingNode:
	case b.File == "" && b.Rows == nil:
		r.report(at(n), CodeMissing, "bars needs rows, or a file they come from", "write bars: [100, 101, 99], or bars: {from: FILE, rows: 300..420}")
	case b.File != "" && b.Rows != nil:
		r.report(at(n), CodeValue, "bars come from a file, or are written down", "rows of a file are written 300..420")
	case b.File == "" && b.Last > 0:
		r.report(at(n), CodeMissing, "rows "+strconv.Itoa(b.First)+".. of which file?", "write from: FILE beside it")
	}
	return b
}

func (s *source) rowRange(n *yaml.Node) (first, last int) {
	v, ok := s.word(n, "rows")
	if !ok {
		return 0, 0
	}
	m := rowsForm.FindStringSubmatch(v)
	if m == nil {
		s.report(at(n), CodeValue, "rows must be like 300..420, counted from 1, got "+clip(v), "")
		return 0, 0
	}
	first, _ = strconv.Atoi(m[1]) // the form has digits only
	last, _ = strconv.Atoi(m[2])
	if first > last {
		s.report(at(n), CodeValue, "rows must rise, got "+v, "")
	}
	return first, last
}

// testRowsMax is how many bars may be written down; more belong in a file.
const testRowsMax = 10_000

// rows reads bars: [open, high, low, close, volume], without the volume, or
// the close alone, which opens at the close before.
func (s *source) rows(n *yaml.Node) []TestBar {
	if len(n.Content) == 0 || len(n.Content) > testRowsMax {
		s.report(at(n), CodeLimit, fmt.Sprintf("bars has %d rows; 1 to %d may be written down", len(n.Content), testRowsMax), "more belong in a file: {from: FILE}")
		return []TestBar{}
	}
	var rows []TestBar
	one := num.QuantityOf(1, 0)
	for _, item := range n.Content {
		if item.Kind != yaml.SequenceNode {
			c := num.AsPrice(s.money(item, "a close", positive))
			o := c
			if len(rows) > 0 {
				o = rows[len(rows)-1].C
			}
			rows = append(rows, TestBar{O: o, H: o.Max(c), L: o.Min(c), C: c, Volume: one})
			continue
		}
		rows = append(rows, s.row(item))
	}
	return rows
}

func (s *source) row(n *yaml.Node) TestBar {
	if len(n.Content) != 4 && len(n.Content) != 5 {
		s.report(at(n), CodeValue, fmt.Sprintf("a bar is [open, high, low, close, volume], got %d values", len(n.Content)), "")
		return TestBar{}
	}
	var p [4]num.Price
	for i := range p {
		p[i] = num.AsPrice(s.money(n.Content[i], [...]string{"open", "high", "low", "close"}[i], positive))
	}
	b := TestBar{O: p[0], H: p[1], L: p[2], C: p[3], Volume: num.QuantityOf(1, 0)}
	if len(n.Content) == 5 {
		b.Volume = num.AsQuantity(s.money(n.Content[4], "volume", orZero))
	}
	bar := market.Bar{O: b.O, H: b.H, L: b.L, C: b.C, Volume: b.Volume}
	if err := bar.Check(); err != nil && b.L.Sign() > 0 {
		s.report(at(n), CodeValue, "this bar cannot be: "+err.Error(), "a bar is [open, high, low, close, volume]")
	}
	return b
}

// timeForms are how a moment may be written; all are UTC.
var timeForms = [...]string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly}

func (s *source) moment(n *yaml.Node, what string) market.Time {
	v, ok := s.word(n, what)
	if !ok {
		return 0
	}
	for _, form := range timeForms {
		if t, err := time.Parse(form, v); err == nil && t.Year() > 1970 && t.Year() < 2200 {
			return market.TimeOf(t)
		}
	}
	s.report(at(n), CodeValue, what+" must be a time like 2024-02-06T10:15Z, got "+clip(v), "")
	return 0
}

var barForm = regexp.MustCompile(`^bar ([1-9][0-9]{0,8})$`)

// when reads a time, or "bar 5": the close of the fifth bar.
func (s *source) when(n *yaml.Node, what string) When {
	v, ok := s.word(n, what)
	if !ok {
		return When{}
	}
	if m := barForm.FindStringSubmatch(v); m != nil {
		i, _ := strconv.Atoi(m[1]) // the form has digits only
		return When{Bar: i}
	}
	if _, err := strconv.Atoi(v); err == nil {
		s.report(at(n), CodeValue, what+" must be a time, or a bar by its number, got "+clip(v), "write bar "+clip(v))
		return When{}
	}
	return When{Time: s.moment(n, what)}
}

func (r *tester) testFeeds(n *yaml.Node) []TestFeed {
	var feeds []TestFeed
	for _, e := range r.entries(n, "feeds") {
		if i, ok := r.feed(e.key, e.name); ok {
			feeds = append(feeds, TestFeed{Name: e.name, Feed: i, Bars: r.bars(e.value)})
		}
	}
	return feeds
}

func (r *tester) feed(p place, name string) (int, bool) {
	i, ok := r.feeds[name]
	if !ok {
		var known []string
		for k := range r.feeds {
			known = append(known, k)
		}
		slices.Sort(known)
		hint := suggestOnly(name, known)
		if hint == "" && len(known) > 0 {
			hint = "feeds: " + strings.Join(known, ", ")
		}
		r.report(p, CodeName, "the strategy has no feed "+clip(name), hint)
	}
	return i, ok
}

func (r *tester) fault(n *yaml.Node) Fault {
	f := Fault{Feed: r.own}
	for _, e := range r.fields(n, &faultKeys) {
		switch e.name {
		case "feed":
			f.Name, _ = r.word(e.value, "feed")
			f.Feed, _ = r.feed(at(e.value), f.Name)
		case "silent_from":
			f.From = r.when(e.value, e.name)
		case "until":
			f.Until = r.when(e.value, e.name)
		}
	}
	r.required(n, false, "silent_from", "write when it falls silent: silent_from: bar 10")
	return f
}

func (r *tester) given(n *yaml.Node) Given {
	var g Given
	for _, e := range r.fields(n, &givenKeys) {
		switch e.name {
		case "account":
			for _, x := range r.fields(e.value, &givenAccountKeys) {
				g.Equity = r.money(x.value, "equity", positive)
			}
		case "position":
			r.givenPosition(e.value, &g)
		case "state":
			g.State = r.variables(e.value)
		}
	}
	return g
}

func (r *tester) givenPosition(n *yaml.Node, g *Given) {
	for _, e := range r.fields(n, &givenPositionKeys) {
		switch e.name {
		case "qty":
			g.Quantity = num.AsQuantity(r.money(e.value, "qty", orZero))
		case "entry_price":
			g.Entry = num.AsPrice(r.money(e.value, "entry_price", positive))
		case "bars":
			g.Bars = r.whole(e.value, "bars", 0)
		}
	}
}

// variables reads values of the strategy's state.
func (r *tester) variables(n *yaml.Node) []GivenState {
	var known []string
	for _, v := range r.st.State {
		known = append(known, v.Name)
	}
	var values []GivenState
	for _, e := range r.entries(n, "state") {
		i := slices.Index(known, e.name)
		if i < 0 {
			r.report(e.key, CodeName, "the strategy has no state "+clip(e.name), suggestOnly(e.name, known))
			continue
		}
		g := GivenState{Variable: i}
		if r.st.State[i].Condition {
			g.Value = oneIf(r.boolean(e.value, e.name))
		} else {
			g.Value = r.float(e.value, e.name)
		}
		values = append(values, g)
	}
	return values
}

func (r *tester) expectations(n *yaml.Node) []Expectation {
	var list []Expectation
	items := r.items(n, "expect")
	if len(items) == 0 && n.Kind == yaml.SequenceNode {
		r.report(at(n), CodeMissing, "expect is empty: the test could not fail", "")
	}
	for _, item := range items {
		list = append(list, r.expectation(item))
	}
	return list
}

func (r *tester) expectation(n *yaml.Node) Expectation {
	x := Expectation{Place: Position{n.Line, n.Column}}
	for _, e := range r.fields(n, &expectKeys) {
		switch e.name {
		case "at":
			x.At = r.when(e.value, "at")
		case "until":
			x.Until = r.when(e.value, "until")
		case "rule":
			x.Rule = r.ruleOf(e.value)
		case "never":
			x.Never = r.boolean(e.value, "never")
		case "none":
			x.None = r.boolean(e.value, "none")
		case "times":
			x.Times = r.count(e.value, "times")
		case "because":
			x.Because, _ = r.word(e.value, "because")
		case "denied":
			x.Denied, _ = r.word(e.value, "denied")
		case "order":
			x.Order = r.expectedOrder(e.value)
		case "position":
			var g Given
			r.givenPosition(e.value, &g)
			x.Position = &g.Quantity
		case "state":
			x.State = r.variables(e.value)
		}
	}
	r.sensible(n, &x)
	return x
}

// sensible refuses expectations that say nothing, or two things at once.
func (s *source) sensible(n *yaml.Node, x *Expectation) {
	switch {
	case n.Kind != yaml.MappingNode:
	case x.Never && x.Rule == "":
		s.report(at(n), CodeMissing, "never needs the rule that must not fire", "write {rule: NAME, never: true}")
	case x.None && x.Until.IsZero():
		s.report(at(n), CodeMissing, "none needs until: up to when nothing is decided", "write {until: bar 20, none: true}")
	case !x.None && !x.Until.IsZero():
		s.report(at(n), CodeMissing, "until belongs to none", "write {until: bar 20, none: true}")
	case x.Because != "" && !x.Never:
		s.report(at(n), CodeMissing, "because belongs to never", "write {rule: NAME, never: true, because: ...}")
	case (x.Times > 0 || x.Never || x.None) && (x.Order != ExpectedOrder{} || x.Denied != ""):
		s.report(at(n), CodeValue, "an order is expected of one decision: never, none and times say nothing of it", "write it apart: - {rule: NAME, order: {...}}")
	case (x.Times > 0 || x.Never) && !x.At.IsZero():
		s.report(at(n), CodeValue, "never and times are of the whole test: at says nothing there", "leave at out, or write {at: bar 5, rule: NAME}")
	case x.Times > 0 && x.Rule == "":
		s.report(at(n), CodeMissing, "times needs the rule to count", "write {rule: NAME, times: 2}")
	case !hasKey(n, "rule") && !x.None && x.Position == nil && x.State == nil:
		s.report(at(n), CodeMissing, "this expects nothing", "write rule: NAME, none: true, position: {qty: 0} or state: {...}")
	}
}

// ruleOf reads the name of a rule, or of an exit that the strategy has.
func (r *tester) ruleOf(n *yaml.Node) string {
	v, ok := r.word(n, "rule")
	if !ok || reservedRule(v) {
		return v
	}
	var known []string
	for i := range r.st.Rules {
		known = append(known, r.st.Rules[i].Name)
	}
	if !contains(known, v) {
		known = append(known, "stop_loss", "take_profit", "trailing_stop", "time_stop")
		r.report(at(n), CodeName, "the strategy has no rule "+clip(v), didYouMean(v, known))
	}
	return v
}

func (s *source) expectedOrder(n *yaml.Node) ExpectedOrder {
	var o ExpectedOrder
	for _, e := range s.fields(n, &expectedOrderKeys) {
		switch e.name {
		case "side":
			switch s.choice(e.value, "side", "buy", "sell") {
			case "buy":
				o.Side = order.Buy
			case "sell":
				o.Side = order.Sell
			}
		case "price":
			o.Price = num.AsPrice(s.money(e.value, "price", positive))
		case "size":
			for _, x := range s.fields(e.value, &expectedSizeKeys) {
				if x.name == "base" {
					o.Base = num.AsQuantity(s.money(x.value, "base", positive))
				} else {
					o.Quote = s.money(x.value, "quote", positive)
				}
			}
		}
	}
	return o
}
