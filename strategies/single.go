package strategies

import (
	"unicode/utf8"

	"rulebot/engine"
	"rulebot/engine/market"
)

// Single is one expression over one series of bars, outside any file.
type Single struct {
	Expr      engine.Expr
	Condition bool        // read it with Program.Condition, else with Program.Number
	Feed      engine.Feed // feed 0 of its programs, and the bars until every part has a value
	Impure    string      // the first value that it reads and bars do not hold: position.qty; "" is none
	graph     *graph
	tree      *node
}

// Program returns a new evaluation of the expression, before its first bar.
func (s *Single) Program() engine.Program { return s.graph.program() }

// LoadExpression checks and compiles one expression of the rule language over
// a series. The name is used in messages only. It returns all mistakes at
// once; the expression counts only when there is none.
func LoadExpression(name, value string, series market.Series) (*Single, Diagnostics) {
	src := &source{name: name, lines: splitLines(value)}
	g := newGraph()
	sc := &scope{src: src, graph: g, feed: g.feed(series, engine.GapFill)}
	n := sc.check(plainText(value))
	if len(src.found) > 0 {
		return nil, src.found.sorted()
	}
	s := &Single{Expr: g.add(n), Condition: n.cond, Impure: n.impure, graph: g, tree: n}
	feeds, _ := g.needs()
	s.Feed = feeds[0]
	return s, nil
}

// plainText gives each character of a text its place in that text itself.
func plainText(value string) text {
	t := text{value: value, places: make([]place, 0, utf8.RuneCountInString(value)+1)}
	at := place{1, 1}
	for _, r := range value {
		t.places = append(t.places, at)
		at.col++
		if r == '\n' {
			at = place{at.line + 1, 1}
		}
	}
	t.places = append(t.places, at)
	return t
}
