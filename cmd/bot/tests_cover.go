package main

import (
	"fmt"
	"text/tabwriter"

	"rulebot/engine"
	"rulebot/strategies"
)

// coverage is what the tests of a file have seen of its clauses.
type coverage struct {
	file  *strategies.File
	rules map[engine.Expr][]clauseSeen
	buf   []engine.Reading
}

// clauseSeen is how a clause was seen while its rule's position guard held.
type clauseSeen struct {
	text                  string
	yes, no, decided, any int
}

func newCoverage(f *strategies.File) coverage {
	return coverage{file: f, rules: make(map[engine.Expr][]clauseSeen)}
}

// note takes down how the clauses of a condition stand.
func (c *coverage) note(p engine.Program, e engine.Expr, v *engine.View) {
	c.buf = p.Explain(e, v, c.buf[:0])
	seen, i := c.rules[e], 0
	for _, r := range c.buf {
		if !r.Clause {
			continue
		}
		if i == len(seen) {
			seen = append(seen, clauseSeen{text: r.Text})
		}
		s := &seen[i]
		i++
		s.any++
		switch r.Truth {
		case engine.True:
			s.yes++
		case engine.False:
			s.no++
		case engine.NotReady:
		}
	}
	c.rules[e] = seen
}

// showCover prints a line for each clause of each rule.
func (t *session) showCover() {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nclause\ttrue\tfalse\tdecided")
	for i := range t.file.Strategies {
		st := &t.file.Strategies[i]
		for r := range st.Rules {
			rule := &st.Rules[r]
			fmt.Fprintf(w, "%s/%s\t\t\t\n", st.Name, rule.Name)
			for _, e := range []engine.Expr{rule.When, rule.Unless} {
				for _, s := range t.cover.rules[e] {
					fmt.Fprintf(w, "  %s\t%d\t%d\t%d\n", s.text, s.yes, s.no, s.decided)
				}
			}
		}
	}
	_ = w.Flush() // as the results above it
}
