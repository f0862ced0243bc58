package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
)

type compareFlags struct {
	pastMarket
	all  bool
	json bool
}

// comparedShown is how many differences are printed unless all are wanted.
const comparedShown = 10

// runCompare plays two versions of the rules over the same past and says which
// decisions differ.
func runCompare(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	var o compareFlags
	fs := newFlags("compare", "compare OLD.yaml NEW.yaml [--bars [INSTRUMENT=]FILE...] [flags]",
		"Play two versions of the rules over the same past: which decisions differ and why, and the figures side by side.\nWithout a file, on the generated market of OLD.")
	o.register(fs)
	fs.BoolVar(&o.all, "all", false, fmt.Sprintf("print every difference, not only the first %d", comparedShown))
	fs.BoolVar(&o.json, "json", false, "print one JSON object")
	names, help, err := parseMixed(fs, args, stderr)
	if help || err != nil {
		return err
	}
	var files []string
	names = slices.DeleteFunc(names, func(name string) bool {
		if isYAML(name) {
			files = append(files, name)
		}
		return isYAML(name)
	})
	if len(files) != 2 {
		return misused("compare takes two strategies files, OLD.yaml and NEW.yaml; %d given", len(files))
	}
	if err := o.take(names); err != nil {
		return err
	}
	var versions [2]contender
	for i, name := range files {
		if versions[i].file, err = load(name); err != nil {
			return err
		}
		versions[i].name = name
	}
	if len(o.bars) == 0 {
		o.seed, o.days = marketChoice(versions[0].file, o.seed, o.days) // both on the market of the first
	}
	if err := playBoth(ctx, &versions, &o.pastMarket); err != nil {
		return err
	}
	c := compared(&versions[0], &versions[1])
	if o.json {
		return json.NewEncoder(stdout).Encode(c.json())
	}
	shown := len(c.different)
	if !o.all {
		shown = min(shown, comparedShown)
	}
	_, err = io.WriteString(stdout, c.text(shown))
	return err
}

// playBoth tries two versions at once: no account is of both. Where both fail,
// the first one's reason is told.
func playBoth(ctx context.Context, versions *[2]contender, over *pastMarket) error {
	var failed [2]error
	var group sync.WaitGroup
	for i := range versions {
		group.Go(func() { failed[i] = versions[i].play(ctx, over) })
	}
	group.Wait()
	return cmp.Or(failed[0], failed[1])
}

// comparison is what two versions of the rules decided otherwise.
type comparison struct {
	old, new  *contender
	same      int // decisions that both took, with the same orders
	different []difference
}

// difference is a decision that one version took alone, or that asked for
// something else.
type difference struct {
	At       market.Time      `json:"at"`
	Strategy string           `json:"strategy"`
	Rule     string           `json:"rule"`
	Old      *engine.Decision `json:"old,omitempty"` // nil where OLD did not take it
	New      *engine.Decision `json:"new,omitempty"`
	Why      string           `json:"why"`
}

// taken is what makes two decisions the same one: not its id, which counts.
type taken struct {
	strategy, rule string
	at             market.Time
}

// compared matches the decisions of both by rule and time.
func compared(before, after *contender) *comparison {
	c := &comparison{old: before, new: after}
	others := make(map[taken]*engine.Decision)
	for i := range after.past.decisions {
		d := &after.past.decisions[i]
		others[taken{d.Strategy, d.Rule, d.At}] = d
	}
	for i := range before.past.decisions {
		d := &before.past.decisions[i]
		key := taken{d.Strategy, d.Rule, d.At}
		n := others[key]
		delete(others, key)
		if n != nil {
			old, now := before.asked(d), after.asked(n)
			if old == now {
				c.same++
				continue
			}
			c.add(d, n, fmt.Sprintf("OLD asked for %s; NEW for %s", old, now))
			continue
		}
		c.add(d, nil, "NEW did not: "+after.otherwise(d))
	}
	for _, n := range others {
		c.add(nil, n, "OLD did not: "+before.otherwise(n))
	}
	slices.SortFunc(c.different, func(a, b difference) int {
		return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.Strategy, b.Strategy), strings.Compare(a.Rule, b.Rule))
	})
	return c
}

func (c *comparison) add(before, after *engine.Decision, why string) {
	d := cmp.Or(before, after)
	c.different = append(c.different, difference{At: d.At, Strategy: d.Strategy, Rule: d.Rule, Old: before, New: after, Why: why})
}

// asked says what a decision asked for and what was said to it.
func (v *contender) asked(d *engine.Decision) string {
	var texts []string
	for _, o := range v.past.byWish[d.ID] {
		first := &o.States[0]
		text := fmt.Sprintf("%s %s %s, limit %s", first.Side, first.Quantity, first.Instrument, first.Price)
		if first.State == order.Denied {
			text += ", denied " + first.Code
		}
		texts = append(texts, text)
	}
	for _, n := range v.past.notes[d.ID] {
		texts = append(texts, "said "+n.Text)
	}
	if len(texts) == 0 {
		return "nothing"
	}
	return strings.Join(texts, " and ")
}

// otherwise says how this version stood when the other one took a decision.
func (v *contender) otherwise(d *engine.Decision) string {
	i := slices.IndexFunc(v.file.Strategies, func(s engine.Strategy) bool { return s.Name == d.Strategy })
	if i < 0 {
		return "it has no strategy " + d.Strategy
	}
	if !slices.ContainsFunc(v.file.Strategies[i].Rules, func(r engine.Rule) bool { return r.Name == d.Rule }) {
		if len(d.Guards) > 0 {
			return fmt.Sprintf("%s has no rule %q", d.Strategy, d.Rule)
		}
		return "that exit did not trigger: what it held, or where its exits stood, was another thing"
	}
	for _, r := range v.past.rules {
		if r.strategy == d.Strategy && r.rule == d.Rule {
			return r.standedAt(d.At)
		}
	}
	return "the rule was not read"
}

// standedAt says what stood between the rule and firing at a time.
func (r *rulePast) standedAt(at market.Time) string {
	s := r.standAt(at)
	if s.at > at {
		return "the rule was read first at " + minute(s.at)
	}
	var readings []engine.Reading
	if s.record != nil {
		readings = s.record.Readings
	}
	marks := s.list()
	text := obstacleText(marks, readings)
	if text == "" {
		return "its condition held already, and had risen before"
	}
	var open []string
	for i := range marks {
		if marks[i].stood() && !marks[i].guard {
			open = append(open, marks[i].name()+" was "+truthText(marks[i].truth))
		}
	}
	if len(open) > 0 {
		text += " (" + strings.Join(open, "; ") + ")"
	}
	return text
}
