package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"rulebot"
	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/report"
	"rulebot/engine/report/html"
	"rulebot/engine/risk"
	"rulebot/strategies"
)

// album keeps what the page of a backtest shows beside its figures: the market
// and the equity bar by bar, the strategies' own lines, how the rules stood.
// A nil album keeps nothing.
type album struct {
	file  *strategies.File
	rules string // as written
	track report.Track
	past  *past
	lines []ownLine
}

// ownLine is a line of a strategy, as it was at each of its bars.
type ownLine struct {
	strategies.Line
	strategy *engine.Strategy
	shown    html.Line
}

// newAlbum returns an album of a run of a file that was read from a name; ""
// is the example.
func newAlbum(f *strategies.File, name string) (*album, error) {
	text, err := rulebot.Example(), error(nil)
	if name != "" {
		text, err = os.ReadFile(name)
	}
	return &album{file: f, rules: string(text), past: newPast()}, err
}

// read names the program whose lines are kept.
func (a *album) read(p engine.Program) {
	if a == nil {
		return
	}
	for i := range a.file.Strategies {
		s := &a.file.Strategies[i]
		for _, l := range a.file.Lines(p, i) {
			a.lines = append(a.lines, ownLine{l, s, html.Line{Strategy: s.Name, Instrument: s.Series.Instrument, Name: l.Name}})
		}
	}
}

func (a *album) see(ev *engine.Event, out *engine.Outcome, equity num.Money) {
	if a == nil {
		return
	}
	a.track.See(ev, equity)
	for i := range out.Changes {
		a.past.fold(&out.Changes[i])
	}
	if ev.Kind != engine.KindBar {
		return
	}
	for i := range a.lines {
		if s := a.lines[i].strategy.Series; s.Instrument == ev.Instrument && s.Timeframe.Open(ev.At) == ev.At {
			a.lines[i].keep(ev.At)
		}
	}
}

// keep takes the line as a bar of its strategy closed.
func (l *ownLine) keep(at market.Time) {
	v, ready := l.Value()
	if !ready {
		v = math.NaN()
	}
	l.shown.Times, l.shown.Values = append(l.shown.Times, at), append(l.shown.Values, v)
}

// write writes the page.
func (a *album) write(name string, r *played, set *setup, head heading) error {
	p := &html.Page{
		Title: head.first, Quote: set.quote, Run: r.run, Track: &a.track, Rules: a.rules, Chain: r.sum.Chain, Version: version(),
		Notes: a.notes(r),
	}
	for _, f := range set.facts(head) {
		p.Heading = append(p.Heading, html.Fact{Name: f.name, Value: strings.Join(strings.Fields(f.text), " ")})
	}
	p.Heading = append(p.Heading, html.Fact{Name: "time", Value: stamp(r.sum.From) + " to " + stamp(r.sum.To) + " UTC, " + span(r.sum.To.Sub(r.sum.From))})
	values := r.run.Values()
	for i := range values {
		p.Figures = append(p.Figures, html.Fact{Name: values[i].Name, Value: figureText(&values[i], set.quote), Hint: values[i].Definition})
	}
	for i := range a.lines {
		p.Lines = append(p.Lines, a.lines[i].shown)
	}
	for _, rule := range a.past.rules {
		x := tallied(a.past, rule, 0)
		p.Why, p.Clauses = append(p.Why, blocked(x)...), append(p.Clauses, clausesOf(rule)...)
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<20)
	return errors.Join(html.Write(w, p), w.Flush(), file.Close())
}

// notes are what a reader must know before the figures.
func (a *album) notes(r *played) []string {
	var notes []string
	if r.sum.Halt != "" {
		notes = append(notes, "HALTED: "+r.sum.Halt)
	}
	if r.sum.Denied > 0 {
		notes = append(notes, deniedNote(&r.sum))
	}
	for i := range a.track.Markets {
		m := &a.track.Markets[i]
		if len(m.Gaps) == 0 {
			continue
		}
		missing, longest := int64(0), m.Gaps[0]
		for _, g := range m.Gaps {
			missing += g.Bars
			if g.Bars > longest.Bars {
				longest = g
			}
		}
		notes = append(notes, fmt.Sprintf("%s: %s missing in %s of the data; the longest is from %s to %s", m.Instrument, count(missing, "bar"), count(int64(len(m.Gaps)), "gap"), stamp(longest.From), stamp(longest.To)))
	}
	if n := r.sum.Ambiguous; n > 0 {
		notes = append(notes, fmt.Sprintf("%s held both a stop and a target of a position: which came first is assumed, not known", count(n, "bar")))
	}
	if values := r.run.Values(); len(r.run.Curve.Returns()) > 0 {
		if _, yearly := values.Of("sharpe"); !yearly && len(r.run.Trades) > 0 {
			notes = append(notes, "The run is too short, or too even, for yearly figures: they need 30 days of returns.")
		}
	}
	return notes
}

// deniedNote says how much of what the rules wanted the limits did not allow, and
// which limit it was most often: figures of a strategy that was hardly let trade
// say little about it.
func deniedNote(s *report.Summary) string {
	codes := sortedKeys(s.Denials)
	most := slices.MaxFunc(codes, func(a, b string) int { return cmp.Compare(s.Denials[a], s.Denials[b]) })
	return fmt.Sprintf("%d of %s of the rules and exits denied, %d by %s: %s", s.Denied, count(s.Intents, "intent"), s.Denials[most], most, risk.Code(most).Sentence())
}

// blocked are the three things that stood in a rule's way most often.
func blocked(x *whyRule) []html.Blocked {
	var rows []html.Blocked
	for i := range x.Stood[:min(3, len(x.Stood))] {
		o := &x.Stood[i]
		if o.Stood > 0 {
			rows = append(rows, html.Blocked{Strategy: x.Strategy, Rule: x.Rule, Evaluations: x.Evaluations, True: x.True, Text: o.Text, Stood: o.Stood, Alone: o.Alone})
		}
	}
	return rows
}

// clausesOf counts how each clause of a rule was seen.
func clausesOf(r *rulePast) []html.Clause {
	var rows []html.Clause
	at := map[string]int{}
	for _, s := range r.newest(0) {
		for _, m := range s.list() {
			if m.guard {
				continue
			}
			i, known := at[m.name()]
			if !known {
				i = len(rows)
				at[m.name()] = i
				rows = append(rows, html.Clause{Strategy: r.strategy, Rule: r.rule, Text: m.name()})
			}
			switch m.truth {
			case engine.True:
				rows[i].True += s.times
			case engine.False:
				rows[i].False += s.times
			case engine.NotReady:
				rows[i].Waiting += s.times
			}
		}
	}
	return rows
}
