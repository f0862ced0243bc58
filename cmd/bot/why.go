package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

type whyFlags struct {
	strategy, rule, state string
	last                  int64
	json                  bool
}

// runWhy says of a strategy's rules what stood between them and firing, and
// what refused their orders.
func runWhy(_ context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	var o whyFlags
	fs := newFlags("why", "why --strategy NAME [--rule RULE] [--last N] [--state DIR] [--json]",
		"Say why a strategy did not trade: how often each rule was true, which clause, guard, limit or refusal stood in\nthe way most often, and how often it alone did: so often the rule would have fired without it.")
	fs.StringVar(&o.strategy, "strategy", "", "`NAME` of a strategy; of an entry over several instruments, of all of them or of one")
	fs.StringVar(&o.rule, "rule", "", "`RULE` alone")
	fs.Int64Var(&o.last, "last", 0, "the last `N` evaluations of each rule, which are bars unless the rule waits for something else; all unless given")
	fs.StringVar(&o.state, "state", "./state", "`DIR` of the stores, or of one store; the newest is read")
	fs.BoolVar(&o.json, "json", false, "print one JSON object a rule")
	if help, err := parse(fs, args, stderr); help || err != nil {
		return err
	}
	if err := noArguments(fs); err != nil {
		return err
	}
	if o.last < 0 {
		return misused("--last %d is negative", o.last)
	}
	p, err := readPast(o.state)
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "store %s\n", p.dir)
	rules, err := o.chosen(p)
	if err != nil {
		return err
	}
	for i, r := range rules {
		x := tallied(p, r, o.last)
		if o.json {
			err = json.NewEncoder(stdout).Encode(x)
		} else {
			_, err = io.WriteString(stdout, strings.Repeat("\n", min(i, 1))+x.text())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// chosen returns the rules that were asked about. An entry over several
// instruments is asked about by its name, or by that of an instance.
func (o *whyFlags) chosen(p *past) ([]*rulePast, error) {
	var rules []*rulePast
	var strategies, names []string
	for _, r := range p.rules {
		if !slices.Contains(strategies, r.strategy) {
			strategies = append(strategies, r.strategy)
		}
		if !r.of(o.strategy) {
			continue
		}
		names = append(names, r.rule)
		if o.rule == "" || r.rule == o.rule {
			rules = append(rules, r)
		}
	}
	switch {
	case len(rules) > 0:
		return rules, nil
	case len(strategies) == 0:
		return nil, p.unknownRule("")
	case o.strategy == "":
		return nil, misused("--strategy NAME is missing; the run has %s", strings.Join(strategies, ", "))
	case len(names) > 0:
		return nil, fmt.Errorf("%s has no rule %q; it has %s", o.strategy, o.rule, strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("the run in %s had no strategy %q; it had %s", p.dir, o.strategy, strings.Join(strategies, ", "))
}

// whyRule is what stood between a rule and firing.
type whyRule struct {
	Strategy    string      `json:"strategy"`
	Rule        string      `json:"rule"`
	From        market.Time `json:"from"`
	Evaluations int64       `json:"evaluations"`
	True        int64       `json:"true"`
	False       int64       `json:"false"`
	NotReady    int64       `json:"not_ready"`
	Fired       int64       `json:"fired"`
	Stood       []obstacle  `json:"stood"`             // what stood in the way most often comes first
	Refused     []refusal   `json:"refused,omitempty"` // orders that came to nothing
}

// obstacle is one clause, guard or unless, and how often it stood in the way.
type obstacle struct {
	Text     string           `json:"text"`
	Part     string           `json:"part"`  // when, unless or guard
	Stood    int64            `json:"stood"` // evaluations
	Alone    int64            `json:"alone"` // of them, those in which nothing else did
	Would    int64            `json:"would"` // firings more without it, had nothing else changed by them
	NotReady map[string]int64 `json:"not_ready,omitempty"`
}

// refusal is why orders of a rule came to nothing, and how many.
type refusal struct {
	Code     string `json:"code"`
	Sentence string `json:"sentence"`
	Orders   int    `json:"orders"`
	Newest   string `json:"newest,omitempty"` // with the values that led to it
}

// tallied counts what stood between a rule and firing in its newest
// evaluations.
func tallied(p *past, r *rulePast, last int64) *whyRule {
	x := &whyRule{Strategy: r.strategy, Rule: r.rule}
	runs := r.newest(last)
	for i := range runs {
		if x.From == 0 {
			x.From = runs[i].at
		}
		x.add(&runs[i])
	}
	for i := range x.Stood {
		x.Stood[i].Would = firings(runs, x.Stood[i].Text)
	}
	slices.SortStableFunc(x.Stood, func(a, b obstacle) int { return cmp.Compare(b.Stood, a.Stood) })
	for i := range p.decisions {
		if d := &p.decisions[i]; d.Strategy == r.strategy && d.Rule == r.rule && d.At >= x.From {
			for _, o := range p.byWish[d.ID] {
				x.refuse(o)
			}
		}
	}
	slices.SortStableFunc(x.Refused, func(a, b refusal) int { return cmp.Compare(b.Orders, a.Orders) })
	return x
}

func (x *whyRule) add(s *stand) {
	x.Evaluations += s.times
	switch s.truth {
	case engine.True:
		x.True += s.times
	case engine.False:
		x.False += s.times
	case engine.NotReady:
		x.NotReady += s.times
	}
	marks := s.list()
	open := 0
	for i := range marks {
		if marks[i].stood() {
			open++
		}
	}
	if open == 0 {
		x.Fired += s.times
	}
	for i := range marks {
		m := &marks[i]
		o := x.obstacle(m)
		if !m.stood() {
			continue
		}
		o.Stood += s.times
		if open == 1 {
			o.Alone += s.times
		}
		if m.truth == engine.NotReady {
			if o.NotReady == nil {
				o.NotReady = map[string]int64{}
			}
			o.NotReady[m.cause.String()] += s.times
		}
	}
}

func (x *whyRule) obstacle(m *mark) *obstacle {
	part := m.part()
	for i := range x.Stood {
		if o := &x.Stood[i]; o.Text == m.text && o.Part == part {
			return o
		}
	}
	x.Stood = append(x.Stood, obstacle{Text: m.text, Part: part})
	return &x.Stood[len(x.Stood)-1]
}

// refuse counts an order that came to nothing.
func (x *whyRule) refuse(o *orderPast) {
	if len(o.States) == 0 {
		return
	}
	last := o.last()
	code, sentence := last.Code, ""
	switch {
	case last.State == order.Denied:
		sentence = risk.Code(code).Sentence()
	case last.State == order.Refused:
		sentence = "The exchange rejected the order."
	case last.State == order.Canceled && last.Filled.IsZero():
		code, sentence = "NO_FILL", "Nothing was filled within the limit price."
	default:
		return
	}
	for i := range x.Refused {
		if x.Refused[i].Code == code {
			x.Refused[i].Orders++
			x.Refused[i].Newest = last.Reason
			return
		}
	}
	x.Refused = append(x.Refused, refusal{code, sentence, 1, last.Reason})
}

// edgeText is the guard of a rule that fires when its condition rises.
const edgeText = "fire: edge"

// firings counts how often a rule would have fired where it did not, had one
// thing never stood in the way: at each evaluation in which nothing else did
// or, of a rule on an edge, once in each stretch of them.
func firings(runs []stand, without string) int64 {
	var n int64
	stretch, fired := false, false
	end := func() {
		if stretch && !fired {
			n++
		}
		stretch, fired = false, false
	}
	for i := range runs {
		open, others, edge := 0, 0, false
		for _, m := range runs[i].list() {
			edge = edge || m.text == edgeText
			if !m.stood() {
				continue
			}
			open++
			if m.text != without && m.text != edgeText {
				others++
			}
		}
		switch {
		case others > 0:
			end()
		case !edge || without == edgeText:
			if open > 0 {
				n += runs[i].times
			}
		default:
			stretch, fired = true, fired || open == 0
		}
	}
	end()
	return n
}
