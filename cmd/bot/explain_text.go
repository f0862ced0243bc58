package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// minute is a time as an explanation begins with; seconds where there are any.
func minute(t market.Time) string {
	return strings.TrimSuffix(t.Std().Format("2006-01-02 15:04:05.999"), ":00")
}

// decisionExplained says what a decision read.
func decisionExplained(d *engine.Decision) string {
	var b strings.Builder
	verb := "TRUE"
	if len(d.Guards) == 0 {
		verb = "TRIGGERED"
	}
	fmt.Fprintf(&b, "%s %s/%s  %s  (decision %s at %s)\n", minute(d.At), d.Strategy, d.Rule, verb, d.ID, d.Price)
	lines := readingLines(d.Readings, "")
	lines = append(lines, readingLines(d.Unless, "unless: ")...)
	for _, l := range readingLines(d.Guards, "") {
		if !unasked(l.text, engine.True) {
			lines = append(lines, l)
		}
	}
	b.WriteString(aligned(lines))
	return b.String()
}

// standExplained says how a rule stood.
func standExplained(r *rulePast, s *stand) string {
	var b strings.Builder
	marks := s.list()
	var readings []engine.Reading
	if s.record != nil {
		readings = s.record.Readings
	}
	why := obstacleText(marks, readings)
	if why == "" {
		why = "it fired"
	}
	fmt.Fprintf(&b, "%s %s/%s  %s  (%s)\n", minute(s.at), r.strategy, r.rule, truthText(s.truth), why)
	var lines []readingLine
	if s.record != nil {
		lines = append(readingLines(s.record.Readings, ""), readingLines(s.record.Unless, "unless: ")...)
	}
	for i := range marks {
		m := &marks[i]
		if s.record != nil && !m.guard || unasked(m.text, m.truth) {
			continue
		}
		l := readingLine{text: m.name(), truth: truthText(m.truth)}
		if m.cause != engine.Ready {
			l.values = "(" + m.cause.String() + ")"
		}
		lines = append(lines, l)
	}
	b.WriteString(aligned(lines))
	if s.times > 1 {
		fmt.Fprintf(&b, "  it stood so for %s\n", count(s.times, "evaluation"))
	}
	if s.record == nil {
		b.WriteString("  values are kept of evaluations that came near: where one thing alone stood between\n")
	}
	return b.String()
}

// outcomeExplained says what came of a decision.
func outcomeExplained(p *past, d *engine.Decision) string {
	var b strings.Builder
	for _, n := range p.notes[d.ID] {
		fmt.Fprintf(&b, "said      %s\n", n.Text)
	}
	orders := p.byWish[d.ID]
	if len(orders) == 0 && len(p.notes[d.ID]) == 0 {
		b.WriteString("no order was asked for\n")
	}
	for _, o := range orders {
		b.WriteString(orderExplained(o))
	}
	return b.String()
}

func orderExplained(o *orderPast) string {
	var b strings.Builder
	if len(o.States) == 0 {
		return ""
	}
	first := &o.States[0]
	fmt.Fprintf(&b, "intent    %s %s %s, limit %s %s", first.Side, first.Quantity, first.Instrument, first.Price, first.TIF)
	if c := o.Checks; c != nil && c.Unit != "" {
		fmt.Fprintf(&b, "; size %s %s", c.Unit, numberText(c.Amount))
	}
	fmt.Fprintf(&b, "; decided at %s\n", first.Reference)
	if o.Checks != nil {
		b.WriteString("checks\n" + checksText(o.Checks.Checks))
	}
	fmt.Fprintf(&b, "order     %s\n", first.ClientID)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for i := range o.States {
		s := &o.States[i]
		if i > 0 && alike(s, &o.States[i-1]) {
			continue
		}
		at := s.Changed
		if i == 0 {
			at = s.Created
		}
		what := []string{}
		if s.State != order.Intended && s.State != order.Denied {
			what = append(what, fmt.Sprintf("filled %s of %s", s.Filled, s.Quantity))
		}
		if s.Code != "" || s.Reason != "" {
			what = append(what, strings.TrimSpace(s.Code+" "+s.Reason))
		}
		if s.CancelWanted {
			what = append(what, "cancel wanted")
		}
		line := fmt.Sprintf("  %s\t%s\t%s", at.Std().Format("15:04:05.000"), s.State, strings.Join(what, "; "))
		fmt.Fprintln(w, strings.TrimRight(line, "\t"))
	}
	_ = w.Flush() // into a builder
	if first.State == order.Denied {
		fmt.Fprintf(&b, "  %s\n", risk.Code(first.Code).Sentence())
	}
	if len(o.Fills) > 0 {
		b.WriteString("fills\n")
	}
	for i := range o.Fills {
		f := &o.Fills[i]
		fmt.Fprintf(&b, "  %s  %s %s at %s, fee %s %s\n", f.At.Std().Format("15:04:05.000"), f.Side, f.Quantity, f.Price, f.Fee, f.FeeCurrency)
	}
	return b.String()
}

// alike reports that two states of an order tell people the same.
func alike(a, b *order.Order) bool {
	return a.State == b.State && a.Filled == b.Filled && a.Code == b.Code && a.Reason == b.Reason && a.CancelWanted == b.CancelWanted
}

// checksText is a line for each thing that the checks looked at.
func checksText(verdicts []risk.Verdict) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, v := range verdicts {
		verdict := "ok"
		if v.Denied {
			verdict = "DENIED"
		}
		value := v.Value
		if v.Limit != "" && v.Limit != v.Value {
			value += " / " + v.Limit
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", v.Code, v.What, value, verdict)
	}
	_ = w.Flush() // into a builder
	return b.String()
}
