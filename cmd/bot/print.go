package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/engine/report"
)

// printer shows a run as it goes: a line for each decision, order change and
// fill, as text for people or as JSON for scripts. An error of the writer is
// kept and ends the printing.
type printer struct {
	out  io.Writer
	json bool
	err  error
}

// line is one JSON object of the stream; one of the fields is set.
type line struct {
	Decision *engine.Decision `json:"decision,omitempty"`
	Order    *order.Order     `json:"order,omitempty"`
	Fill     *order.Fill      `json:"fill,omitempty"`
	Halt     *engine.Halt     `json:"halt,omitempty"`
	Summary  *report.Summary  `json:"summary,omitempty"`
}

// See shows what became true in one step.
func (p *printer) See(_ *engine.Event, out *engine.Outcome) {
	for i := range out.Changes {
		c := &out.Changes[i]
		switch c.Kind {
		case engine.ChangeDecision:
			p.emit(line{Decision: &c.Decision}, func() string { return decisionText(&c.Decision) })
		case engine.ChangeOrder:
			p.emit(line{Order: &c.Order}, func() string { return orderText(c.At, &c.Order) })
		case engine.ChangeFill:
			p.emit(line{Fill: &c.Fill}, func() string { return fillText(&c.Fill) })
		case engine.ChangeHalt:
			p.emit(line{Halt: &c.Halt}, func() string { return haltText(c.At, &c.Halt) })
		default: // a rule's or strategy's memory: nothing a trader reads
		}
	}
}

func (p *printer) emit(l line, text func() string) {
	if p.err != nil {
		return
	}
	if !p.json {
		if s := text(); s != "" {
			_, p.err = fmt.Fprintln(p.out, s)
		}
		return
	}
	b, err := json.Marshal(l)
	if err != nil {
		p.err = err
		return
	}
	_, p.err = p.out.Write(append(b, '\n'))
}

// stamp is a time as people read it: to the second, UTC.
func stamp(t market.Time) string { return t.Std().Format("2006-01-02 15:04:05") }

func decisionText(d *engine.Decision) string {
	var read []string
	for _, r := range d.Readings {
		switch {
		case r.Clause:
			read = append(read, r.Text+" "+r.Truth.String())
		case r.Cause == engine.Ready:
			read = append(read, r.Text+" = "+strconv.FormatFloat(r.Number, 'g', 7, 64))
		}
	}
	return fmt.Sprintf("%s  %s  %s at %s: %s", stamp(d.At), d.ID, d.Rule, d.Price, strings.Join(read, "; "))
}

// orderText shows the states a trader cares about: sent, denied, rejected,
// not filled. Fills have lines of their own.
func orderText(at market.Time, o *order.Order) string {
	what := fmt.Sprintf("%s %s %s", o.Side, o.Quantity, o.Instrument)
	switch {
	case o.State == order.Intended && !o.CancelWanted:
		return fmt.Sprintf("%s  %s  %s, limit %s %s", stamp(at), o.ClientID, what, o.Price, o.TIF)
	case o.State == order.Denied:
		return fmt.Sprintf("%s  denied   %s: %s %s", stamp(at), what, o.Code, o.Reason)
	case o.State == order.Refused:
		return fmt.Sprintf("%s  rejected %s by the exchange: %s %s", stamp(at), what, o.Code, o.Reason)
	case o.State == order.Canceled && o.Filled.IsZero():
		return fmt.Sprintf("%s  %s  %s ended unfilled", stamp(at), o.ClientID, what)
	case o.State == order.Unproven, o.State == order.Conflict, o.State == order.NotFound:
		return fmt.Sprintf("%s  %s  %s is %s: %s", stamp(at), o.ClientID, what, o.State, o.Reason)
	}
	return ""
}

func fillText(f *order.Fill) string {
	verb := "bought"
	if f.Side == order.Sell {
		verb = "sold"
	}
	return fmt.Sprintf("%s  %s  %s %s %s at %s, fee %s %s", stamp(f.At), f.ClientID, verb, f.Quantity, f.Instrument, f.Price, f.Fee, f.FeeCurrency)
}

func haltText(at market.Time, h *engine.Halt) string {
	switch h.Mode {
	case engine.ModeReady:
		return fmt.Sprintf("%s  halt lifted: %s", stamp(at), h.Reason)
	case engine.ModeReduceOnly:
		return fmt.Sprintf("%s  REDUCE ONLY %s: %s", stamp(at), h.Code, h.Reason)
	case engine.ModeHalt, engine.ModeHaltNew:
	}
	where := "everything"
	if h.Instrument != "" {
		where = h.Instrument
	}
	return fmt.Sprintf("%s  HALT of %s, %s: %s", stamp(at), where, h.Code, h.Reason)
}

// summarise prints the figures of a finished run.
func (p *printer) summarise(s *report.Summary, snap *engine.Snapshot, quote string) error {
	p.emit(line{Summary: s}, func() string { return summaryText(s, snap, quote) })
	return p.err
}

func summaryText(s *report.Summary, snap *engine.Snapshot, quote string) string {
	var b strings.Builder
	if s.Halt != "" {
		fmt.Fprintf(&b, "\nHALTED: %s\n", s.Halt)
	}
	fmt.Fprintf(&b, "\n%s to %s, %s\n", stamp(s.From), stamp(s.To), span(s.To.Sub(s.From)))
	fmt.Fprintf(&b, "  events      %d, of which %d bars and %d quotes of verified books\n", s.Events, s.Bars, s.Books)
	if s.Bars == 0 {
		fmt.Fprintf(&b, "  no bar closed: the market lasted %s and sent no candle, so no rule on bars was evaluated\n", span(s.To.Sub(s.From)))
	}
	fmt.Fprintf(&b, "  decisions   %d; %d intents, %d denied%s, %d orders, %d fills\n", s.Decisions, s.Intents, s.Denied, denialText(s.Denials), s.Orders, s.Fills)
	fmt.Fprintf(&b, "  profit      %s realised, %s unrealised, %s fees (%s)\n", s.Realised, s.Unrealised, s.Fees, quote)
	fmt.Fprintf(&b, "  equity      %s at the start, %s at the end, deepest fall %.2f %%\n", s.EquityStart, s.EquityEnd, s.MaxDrawdown)
	for i := range snap.Positions {
		if h := &snap.Positions[i]; !h.Quantity.IsZero() {
			fmt.Fprintf(&b, "  position    %s\n", heldText(h))
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func denialText(denials map[string]int64) string {
	if len(denials) == 0 {
		return ""
	}
	parts := make([]string, 0, len(denials))
	for _, code := range sortedKeys(denials) {
		parts = append(parts, fmt.Sprintf("%s × %d", code, denials[code]))
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func heldText(h *engine.Held) string {
	dust := ""
	if h.Flat {
		dust = ", dust"
	}
	return fmt.Sprintf("%s holds %s %s, entry %s, now %s%s", h.Strategy, h.Quantity, h.Instrument, h.Entry, h.Mark, dust)
}

// farewell names what nobody watches once the run has ended.
func farewell(w io.Writer, snap *engine.Snapshot) {
	for i := range snap.Positions {
		h := &snap.Positions[i]
		if h.Flat {
			continue
		}
		fmt.Fprintf(w, "open position: %s\n", heldText(h))
		for _, x := range watched(&h.Holding) {
			fmt.Fprintf(w, "  nobody watches its %s now\n", x)
		}
	}
	for i := range snap.Live {
		o := &snap.Live[i]
		fmt.Fprintf(w, "open order: %s %s %s at %s, %s\n", o.Side, o.Quantity, o.Instrument, o.Price, o.State)
	}
}

func watched(h *engine.Holding) []string {
	var exits []string
	if !h.Stop.IsZero() {
		exits = append(exits, "stop_loss at "+h.Stop.String())
	}
	if !h.Target.IsZero() {
		exits = append(exits, "take_profit at "+h.Target.String())
	}
	if !h.Distance.IsZero() {
		exits = append(exits, "trailing_stop "+h.Distance.String()+" below "+h.Max.String())
	}
	if !h.Trail.IsZero() {
		exits = append(exits, "trailing_stop a share of "+h.Trail.String()+" below "+h.Max.String())
	}
	return exits
}
