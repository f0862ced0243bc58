package main

import (
	"fmt"
	"slices"
	"strings"
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

// clauseSeen is how often a clause was seen true and false while its rule's
// guards held, and how often the outcome hung on it: it alone settled what it
// is part of, or all had to hold and did.
type clauseSeen struct {
	text             string
	yes, no, decided int
}

func newCoverage(f *strategies.File) coverage {
	return coverage{file: f, rules: make(map[engine.Expr][]clauseSeen)}
}

// note takes down how the clauses of a condition stand.
func (c *coverage) note(p engine.Program, e engine.Expr, v *engine.View, whole engine.Truth) {
	c.buf = p.Explain(e, v, c.buf[:0])
	seen, i := c.rules[e], 0
	for _, r := range c.buf {
		if !r.Clause {
			continue
		}
		if i == len(seen) {
			seen = append(seen, clauseSeen{text: strings.Repeat("  ", r.Depth) + r.Text})
		}
		s := &seen[i]
		i++
		if r.Decided || r.Depth == 0 && whole == engine.True {
			s.decided++
		}
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

// showCover prints a line for each clause of each rule, and how many were seen
// both ways.
func (t *session) showCover() {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nclause\ttrue\tfalse\tdecided")
	all, both := 0, 0
	for i := range t.file.Strategies {
		st := &t.file.Strategies[i]
		for r := range st.Rules {
			rule := &st.Rules[r]
			seen := slices.Concat(t.cover.rules[rule.When], t.cover.rules[rule.Unless])
			if len(seen) == 0 {
				fmt.Fprintf(w, "%s/%s: never looked at\n", st.Name, rule.Name)
				continue
			}
			fmt.Fprintf(w, "%s/%s\n", st.Name, rule.Name)
			for _, s := range seen {
				fmt.Fprintf(w, "  %s\t%d\t%d\t%d\n", s.text, s.yes, s.no, s.decided)
				if all++; s.yes > 0 && s.no > 0 {
					both++
				}
			}
		}
	}
	_ = w.Flush() // as the results above it
	fmt.Fprintf(t.out, "%d of %s seen both true and false\n", both, counted(all, "clause"))
}
