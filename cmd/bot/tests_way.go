package main

import (
	"slices"
	"strings"

	"rulebot/engine"
)

// ways is what stood between each rule and firing.
type ways struct {
	names map[string]*engine.Evaluation // by rule: the record that names the marks
	seen  []inTheWay
}

// inTheWay is one evaluation of a rule that did not fire.
type inTheWay struct {
	rule  string
	walls []string // not-ready: TEXT, false: TEXT, unless: TEXT, or a guard: for: flat
}

func (w *ways) see(x *engine.Evaluation) {
	if w.names == nil {
		w.names = make(map[string]*engine.Evaluation)
	}
	if x.When != nil {
		w.names[x.Rule] = x
	}
	if names := w.names[x.Rule]; names != nil && !x.Same {
		if walls := wallsOf(x.Stands, names); len(walls) > 0 {
			w.seen = append(w.seen, inTheWay{x.Rule, walls})
		}
	}
}

// wallsOf reads what does not hold from the marks of an evaluation.
func wallsOf(stands string, names *engine.Evaluation) []string {
	var walls []string
	parts := strings.Split(stands, "|")
	for i, texts := range [...][]string{names.Guards, names.When, names.Avoid} {
		for k := range min(len(texts), len(parts[i])) {
			truth, _ := engine.Marked(parts[i][k])
			switch {
			case truth == engine.NotReady:
				walls = append(walls, "not-ready: "+texts[k])
			case i == 0 && truth == engine.False:
				walls = append(walls, texts[k])
			case i == 1 && truth == engine.False:
				walls = append(walls, "false: "+texts[k])
			case i == 2 && truth == engine.True:
				walls = append(walls, "unless: "+texts[k])
			}
		}
	}
	return walls
}

// alone reports whether, at some time, nothing but this kept the rule from
// firing. What a person writes is a part of it; before a colon stands its kind.
func (w *ways) alone(rule, because string) bool {
	kind, part, ok := strings.Cut(because, ": ")
	return slices.ContainsFunc(w.seen, func(x inTheWay) bool {
		if x.rule != rule || len(x.walls) != 1 {
			return false
		}
		said, text, _ := strings.Cut(x.walls[0], ": ")
		return strings.Contains(x.walls[0], because) || ok && said == kind && strings.Contains(text, part)
	})
}

// usual says what stood in the way of a rule, each once.
func (w *ways) usual(rule string) string {
	var all []string
	for _, x := range w.seen {
		if s := strings.Join(x.walls, " and "); x.rule == rule && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return "it was never looked at"
	}
	return "in its way: " + some(all)
}
