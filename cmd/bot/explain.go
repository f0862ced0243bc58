package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"rulebot/engine"
	"rulebot/engine/market"
)

type explainFlags struct {
	id, state, at string
	json          bool
}

// runExplain says of a decision what it read, what it was checked against and
// what came of it; of a rule, how it stood.
func runExplain(_ context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	var o explainFlags
	fs := newFlags("explain", "explain [ID | STRATEGY/RULE] [--at TIME] [--state DIR] [--json]",
		"Say why a decision was taken and what came of it: each clause with its values, each risk check, the order,\nthe fills. Without ID, of the newest. Of STRATEGY/RULE, how the rule stood. Times are UTC.")
	fs.StringVar(&o.state, "state", "./state", "`DIR` of the stores, or of one store; the newest is read")
	fs.StringVar(&o.at, "at", "", "of a rule: `TIME`; what was recorded at it or last before it")
	fs.BoolVar(&o.json, "json", false, "print one JSON object")
	names, help, err := parseMixed(fs, args, stderr)
	if help || err != nil {
		return err
	}
	if len(names) > 1 {
		return misused("explain takes one id, not %s", strings.Join(names, " "))
	}
	if len(names) == 1 {
		o.id = names[0]
	}
	p, err := readPast(o.state)
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "store %s\n", p.dir)
	if strings.Contains(o.id, "/") {
		return o.rule(p, stdout)
	}
	if o.at != "" {
		return misused("--at goes with STRATEGY/RULE; a decision has its own time")
	}
	if o.id == "" && len(p.decisions) > 0 {
		o.id = p.decisions[len(p.decisions)-1].ID
	}
	d, ok := p.decision(o.id)
	if !ok {
		return p.unknownID(o.id)
	}
	return o.decision(p, d, stdout)
}

// explained is what explain prints as JSON.
type explained struct {
	Decision   *engine.Decision   `json:"decision,omitempty"`
	Orders     []*orderPast       `json:"orders,omitempty"`
	Notes      []engine.Note      `json:"notes,omitempty"`
	Rule       string             `json:"rule,omitempty"`
	At         market.Time        `json:"at,omitzero"`
	Lasted     int64              `json:"evaluations,omitzero"`
	Stands     []standsJSON       `json:"stands,omitempty"`
	Evaluation *engine.Evaluation `json:"evaluation,omitempty"`
}

// standsJSON is how one guard, clause or unless stood.
type standsJSON struct {
	Text  string `json:"text"`
	Part  string `json:"part"` // when, unless or guard
	Truth string `json:"truth"`
	Cause string `json:"cause,omitempty"`
	Open  bool   `json:"open,omitempty"` // it stood between the rule and firing
}

func (o *explainFlags) decision(p *past, d *engine.Decision, w io.Writer) error {
	if o.json {
		return json.NewEncoder(w).Encode(explained{Decision: d, Orders: p.byWish[d.ID], Notes: p.notes[d.ID]})
	}
	_, err := io.WriteString(w, decisionExplained(d)+outcomeExplained(p, d))
	return err
}

// rule explains how a rule stood at a time; of an entry over several
// instruments, in each of them.
func (o *explainFlags) rule(p *past, w io.Writer) error {
	at, err := parseTime("--at", o.at)
	if err != nil {
		return err
	}
	strategy, rule, _ := strings.Cut(o.id, "/")
	found := false
	for _, r := range p.rules {
		if r.rule != rule || !r.of(strategy) {
			continue
		}
		if err := o.stood(r, r.standAt(at), found, w); err != nil {
			return err
		}
		found = true
	}
	if !found {
		return p.unknownRule(o.id)
	}
	return nil
}

func (o *explainFlags) stood(r *rulePast, s *stand, more bool, w io.Writer) error {
	if !o.json {
		before := ""
		if more {
			before = "\n"
		}
		_, err := io.WriteString(w, before+standExplained(r, s))
		return err
	}
	x := explained{Rule: r.strategy + "/" + r.rule, At: s.at, Lasted: s.times, Evaluation: s.record}
	for _, m := range s.list() {
		j := standsJSON{Text: m.text, Part: m.part(), Truth: m.truth.String(), Open: m.stood()}
		if m.cause != engine.Ready {
			j.Cause = m.cause.String()
		}
		x.Stands = append(x.Stands, j)
	}
	return json.NewEncoder(w).Encode(x)
}

// standAt returns how the rule stood at a time: the newest record up to it, or
// else the first; without a time the newest. Those that came near have their
// readings.
func (r *rulePast) standAt(at market.Time) *stand {
	i := len(r.runs) - 1
	for at != 0 && i > 0 && r.runs[i].at > at {
		i--
	}
	s := r.runs[i]
	for k := range r.near {
		if r.near[k].at == s.at && r.near[k].marks == s.marks {
			s.record = r.near[k].record
		}
	}
	s.times = max(1, s.times)
	return &s
}

func (p *past) unknownRule(id string) error {
	if len(p.rules) == 0 {
		return fmt.Errorf("the store %s has no record of how rules stood: no rule was read in its run", p.dir)
	}
	var known []string
	for _, r := range p.rules {
		known = append(known, r.strategy+"/"+r.rule)
	}
	return fmt.Errorf("there is no record of a rule %q in %s; there are %s", id, p.dir, strings.Join(known, ", "))
}
