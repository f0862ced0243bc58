package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"rulebot/engine"
)

// readingLine is one clause of an explanation as people read it: what, how it
// stands, and what it read.
type readingLine struct{ text, truth, values, after string }

// turningText says how far a clause is from turning, and whether it alone
// settled what it is part of.
func turningText(r *engine.Reading) string {
	var all []string
	if r.Gap.Known && r.Truth != engine.NotReady {
		to := engine.True
		if r.Truth == engine.True {
			to = engine.False
		}
		all = append(all, gapText(r.Gap.Value)+" from "+to.String())
	}
	if r.Decided {
		all = append(all, "decides")
	}
	if len(all) == 0 {
		return ""
	}
	return "(" + strings.Join(all, ", ") + ")"
}

// readingLines turns readings into lines. before stands before the text of the
// outermost clauses.
func readingLines(readings []engine.Reading, before string) []readingLine {
	var lines []readingLine
	for i := range readings {
		r := &readings[i]
		if !r.Clause {
			if len(lines) == 0 || lines[len(lines)-1].truth == "" {
				lines = append(lines, readingLine{text: r.Text, values: valueText(r)})
				continue
			}
			l := &lines[len(lines)-1]
			l.values = joined(l.values, r.Text+" "+valueText(r))
			continue
		}
		l := readingLine{text: strings.Repeat("  ", r.Depth) + r.Text, truth: truthText(r.Truth)}
		if r.Depth == 0 {
			l.text = before + l.text
		}
		if r.Cause != engine.Ready {
			l.values = "(" + r.Cause.String() + ")"
		}
		l.after = turningText(r)
		lines = append(lines, l)
	}
	return lines
}

func joined(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return a + "  " + b
}

// truthText is a truth as a table shows it.
func truthText(t engine.Truth) string {
	if t == engine.NotReady {
		return "not ready"
	}
	return strings.ToUpper(t.String())
}

// valueText is a number with what it was a bar before and when its feed told.
func valueText(r *engine.Reading) string {
	s := "not ready (" + r.Cause.String() + ")"
	switch r.Cause {
	case engine.Ready:
		s = numberText(r.Number)
	case engine.CauseInf:
		s = "infinite"
	default: // not ready
	}
	if r.Was.Known {
		s += " (was " + numberText(r.Was.Value) + ")"
	}
	if r.Closed != 0 {
		s += " [" + r.Feed + " bar closed " + r.Closed.Std().Format("15:04") + "]"
	}
	return s
}

// unasked are the guards that every rule has: of interest when they do not
// hold.
func unasked(text string, t engine.Truth) bool {
	return t == engine.True && (text == "switched on" || text == edgeText)
}

func numberText(x float64) string { return strconv.FormatFloat(x, 'g', 8, 64) }

// gapText is how far something is from turning: a few digits say it.
func gapText(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }

// obstacleText says what stands between a rule and its firing, and how far the
// rule is from it where one comparison alone does.
func obstacleText(marks []mark, readings []engine.Reading) string {
	var open []string
	clause := 0
	for i := range marks {
		m := &marks[i]
		if !m.guard && !m.unless {
			clause++
		}
		if !m.stood() {
			continue
		}
		if m.guard || m.unless {
			open = append(open, m.name())
		} else {
			open = append(open, fmt.Sprintf("clause %d", clause))
		}
	}
	if len(open) == 0 {
		return ""
	}
	s := "blocked by " + listed(open)
	if gap, ok := distanceOf(marks, readings); ok && len(open) == 1 {
		s += ", " + gapText(gap) + " from firing"
	}
	return s
}

// distanceOf returns how far the first clause that does not hold is from
// turning.
func distanceOf(marks []mark, readings []engine.Reading) (float64, bool) {
	if i := slices.IndexFunc(marks, func(m mark) bool { return m.stood() }); i < 0 || marks[i].guard || marks[i].unless {
		return 0, false
	}
	for i := range readings {
		if r := &readings[i]; r.Clause && r.Depth == 0 && r.Truth != engine.True {
			return r.Gap.Value, r.Gap.Known
		}
	}
	return 0, false
}

// listed joins words as a sentence does.
func listed(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}

// aligned writes lines in columns, each indented by two.
func aligned(lines []readingLine) string {
	const widest = 64 // a longer text pushes its own line alone
	text, truth := 0, 0
	for _, l := range lines {
		if n := utf8.RuneCountInString(l.text); n <= widest {
			text = max(text, n)
		}
		truth = max(truth, len(l.truth))
	}
	var b strings.Builder
	for _, l := range lines {
		pad := max(0, text-utf8.RuneCountInString(l.text))
		line := fmt.Sprintf("  %s%s  %-*s  %s", l.text, strings.Repeat(" ", pad), truth, l.truth, joined(l.values, l.after))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}
