package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"rulebot/engine/order"
	"rulebot/exchange/server/faults"
)

// print writes the report for people or scripts.
func (r *drillReport) print(w io.Writer, o *drillFlags) error {
	if o.json {
		return r.printJSON(w)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "drill %s\n", r.Title)
	for i := range r.Happened {
		h := &r.Happened[i]
		fmt.Fprintf(&b, "  %-9s %s\n", h.struck(), h.What)
	}
	b.WriteByte('\n')
	r.printCourses(&b, o.all)
	fmt.Fprintf(&b, "what to look at\n")
	r.printFindings(&b)
	verdict := "PASSED"
	if !r.Passed {
		verdict = "FAILED"
	}
	fmt.Fprintf(&b, "%s\n", verdict)
	_, err := io.WriteString(w, b.String())
	return err
}

// struck says how often a fault happened that concerns requests or frames.
func (h *happening) struck() string {
	switch h.kind {
	case faults.HalfOpen, faults.Cut, faults.Clock, faults.Tick, faults.Delist:
		return "in force"
	default:
		return times(int64(h.Times))
	}
}

func (r *drillReport) printJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	for _, c := range r.courses {
		if err := e.Encode(struct {
			Order *fate `json:"order"`
		}{c}); err != nil {
			return err
		}
	}
	return e.Encode(struct {
		Verdict *drillReport `json:"verdict"`
	}{r})
}

// path is the states an order went through.
func (c *fate) path() string {
	names := make([]string, 0, len(c.Course))
	for _, s := range c.Course {
		names = append(names, s.State.String())
	}
	text := strings.Join(names, " ")
	if c.Code != "" {
		text += " (" + c.Code + ")"
	}
	return text
}

// plain reports whether nothing happened to an order that does not happen on a
// good day.
func (c *fate) plain() bool {
	if len(c.Wrong) > 0 || c.Doubt > 0 {
		return false
	}
	for _, s := range c.Course {
		switch s.State {
		case order.Unproven, order.Refused, order.NotFound, order.Conflict:
			return false
		default: // an order's usual life
		}
	}
	return true
}

// printCourses lists the orders that something happened to, and counts the
// others by what they went through.
func (r *drillReport) printCourses(b *strings.Builder, all bool) {
	usual := map[string]int{}
	for _, c := range r.courses {
		if c.plain() && !all {
			usual[c.path()]++
			continue
		}
		fmt.Fprintf(b, "  %s  %s %s %s %s of %s/%s", c.Created, c.ClientID, c.Side, c.Quantity, c.Instrument, c.Strategy, c.Rule)
		if c.Doubt > 0 {
			fmt.Fprintf(b, ", unknown for %s", shortSpan(c.Doubt.Round(time.Millisecond)))
		}
		fmt.Fprintf(b, "\n    %s", c.path())
		if c.There != "" {
			fmt.Fprintf(b, "; at the exchange %s", c.There)
		} else {
			b.WriteString("; not at the exchange")
		}
		b.WriteByte('\n')
		for _, w := range c.Wrong {
			fmt.Fprintf(b, "    WRONG: it %s\n", w)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(usual)) {
		fmt.Fprintf(b, "  %d more: %s\n", usual[path], path)
	}
	if len(r.courses) > 0 {
		b.WriteByte('\n')
	}
}

func (r *drillReport) printFindings(b *strings.Builder) {
	say := func(mark, format string, args ...any) {
		fmt.Fprintf(b, "  %-6s %s\n", mark, fmt.Sprintf(format, args...))
	}
	if len(r.Wrong) == 0 {
		say("ok", "%s: none doubled, none lost, none in doubt at the end", counted(r.Orders, "order"))
		var same []string
		for _, m := range r.Money {
			same = append(same, m.Ours+" "+m.Currency)
		}
		say("ok", "fills and balances are the exchange's: %s", strings.Join(same, ", "))
	}
	for _, w := range r.Wrong {
		say("WRONG", "%s", w)
	}
	if r.Doubted > 0 {
		say("note", "%s unknown for a while, %s at most; nothing else was sent for the instrument meanwhile",
			counted(r.Doubted, "order"), shortSpan(r.longest.Round(time.Millisecond)))
	}
	for _, code := range slices.Sorted(maps.Keys(r.Halts)) {
		say("note", "new orders were stopped %s for %s", times(int64(r.Halts[code])), code)
	}
	if r.Orders == 0 {
		say("note", "no rule fired: nothing was tried; take more --days or another --seed")
	}
}

// faultText says what a fault is, as a scenario writes it.
func faultText(f *faults.Fault) string {
	parts := []string{string(f.Kind)}
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if f.Call != "" {
		add("of %s", f.Call)
	}
	if f.Channel != "" {
		add("of %s", f.Channel)
	}
	switch f.Kind {
	case faults.Error:
		add("%d", f.Status)
	case faults.Clock:
		add("%s", f.Offset)
	default: // its name says it
	}
	if f.Applied {
		add("though done")
	}
	if f.Delay > 0 || f.Jitter > 0 {
		add("%s to %s", f.Delay, f.Delay+f.Jitter)
	}
	if f.Share > 0 {
		add("%g %%", f.Share*100)
	}
	if f.From > 0 {
		add("from %s", shortSpan(f.From))
	}
	if f.Until > 0 {
		add("until %s", shortSpan(f.Until))
	}
	if f.Every > 0 {
		add("every %s", shortSpan(f.Every))
	}
	return strings.Join(parts, " ")
}
