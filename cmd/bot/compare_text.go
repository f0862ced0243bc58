package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"rulebot/engine"
	"rulebot/engine/report"
	"rulebot/strategies"
)

// contender is one of the two files of a comparison, and what came of it.
type contender struct {
	name   string
	file   *strategies.File
	past   *past
	played *played
	quote  string
}

// play tries a version on the past.
func (v *contender) play(ctx context.Context, over *pastMarket) (err error) {
	m, set, err := over.open(v.file)
	if err != nil {
		return fmt.Errorf("%s: %w", v.name, err)
	}
	defer func() { err = errors.Join(err, m.close()) }()
	v.past, v.quote, set.trace = newPast(), set.quote, true
	v.played, err = play(ctx, set, m.source, &printer{out: io.Discard}, func(changes []engine.Change) error {
		for i := range changes {
			v.past.fold(&changes[i])
		}
		return nil
	}, nil)
	return withCode(err)
}

// text is the comparison for people, with the first differences.
func (c *comparison) text(shown int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "OLD %s\nNEW %s\n", filepath.ToSlash(c.old.name), filepath.ToSlash(c.new.name))
	fmt.Fprintf(&b, "%s to %s UTC\n\n", stamp(c.old.played.sum.From), stamp(c.old.played.sum.To))
	switch n := len(c.different); n {
	case 0:
		fmt.Fprintf(&b, "Every decision is the same: %d.\n", c.same)
	case 1:
		fmt.Fprintf(&b, "One decision differs, %d are the same.\n", c.same)
	default:
		fmt.Fprintf(&b, "%d decisions differ, %d are the same. What follows the first may be its consequence.\n", n, c.same)
	}
	for i := range shown {
		b.WriteString("\n" + c.different[i].text())
	}
	if hidden := len(c.different) - shown; hidden > 0 {
		fmt.Fprintf(&b, "\n... and %d more: --all prints them\n", hidden)
	}
	b.WriteString("\n" + c.figures())
	return b.String()
}

func (d *difference) text() string {
	switch {
	case d.Old != nil && d.New != nil:
		return decisionExplained(d.New) + "  BOTH took it: " + d.Why + "\n"
	case d.Old != nil:
		return decisionExplained(d.Old) + "  only OLD; " + d.Why + "\n"
	}
	return decisionExplained(d.New) + "  only NEW; " + d.Why + "\n"
}

// figures stands the two runs side by side.
func (c *comparison) figures() string {
	var b strings.Builder
	row := func(name, before, after string) { fmt.Fprintf(&b, "  %-26s %16s %16s\n", name, before, after) }
	row("", "OLD", "NEW")
	before, after := &c.old.played.sum, &c.new.played.sum
	for _, x := range []struct {
		name     string
		old, new int64
	}{{"decisions", before.Decisions, after.Decisions}, {"orders", before.Orders, after.Orders}, {"denied", before.Denied, after.Denied}} {
		row(x.name, fmt.Sprint(x.old), fmt.Sprint(x.new))
	}
	olds, news := c.old.played.run.Values(), c.new.played.run.Values()
	for i := range olds {
		row(olds[i].Name, figureText(&olds[i], c.old.quote), figureText(&news[i], c.new.quote))
	}
	return b.String()
}

// comparedJSON is the comparison for scripts.
type comparedJSON struct {
	Same        int           `json:"same"`
	Differences []difference  `json:"differences"`
	Old         versionedJSON `json:"old"`
	New         versionedJSON `json:"new"`
}

type versionedJSON struct {
	File    string         `json:"file"`
	Summary report.Summary `json:"summary"`
	Figures report.Values  `json:"figures"`
}

func (c *comparison) json() comparedJSON {
	side := func(v *contender) versionedJSON {
		return versionedJSON{v.name, v.played.sum, v.played.run.Values()}
	}
	return comparedJSON{Same: c.same, Differences: append([]difference{}, c.different...), Old: side(c.old), New: side(c.new)}
}
