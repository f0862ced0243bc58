package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/report"
	"rulebot/engine/risk"
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
	Note     *engine.Note     `json:"note,omitempty"`
	Standing *engine.Standing `json:"standing,omitempty"`
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
		case engine.ChangeNote:
			p.emit(line{Note: &c.Note}, func() string { return noteText(c.At, &c.Note) })
		case engine.ChangeStanding:
			p.emit(line{Standing: &c.Standing}, func() string { return stopText(c.At, &c.Standing) })
		default: // a rule's or strategy's memory: nothing a trader reads
		}
	}
}

// Standing shows, after fills, what the strategies behind them hold now and
// what the account is worth.
func (p *printer) Standing(e *engine.Engine, out *engine.Outcome) {
	if p.json || p.out == io.Discard {
		return
	}
	for i := range out.Changes {
		c := &out.Changes[i]
		if c.Kind != engine.ChangeOrder || i == 0 || out.Changes[i-1].Kind != engine.ChangeFill {
			continue // the order that a fill moved follows it
		}
		p.emit(line{}, func() string { return standingText(e, c.At, c.Order.Strategy) })
	}
}

func standingText(e *engine.Engine, at market.Time, strategy string) string {
	s := e.Snapshot()
	for i := range s.Positions {
		if h := &s.Positions[i]; h.Strategy == strategy {
			return row(at, "  position", "%s %s, %s realised; equity %s", h.Quantity, h.Instrument, cents(h.Realised), cents(s.Equity))
		}
	}
	return ""
}

func (p *printer) emit(l line, text func() string) {
	if p.err != nil || p.out == io.Discard {
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

// row is one line of a run: when, what it is about, and what happened.
func row(at market.Time, about, format string, args ...any) string {
	return fmt.Sprintf("%s  %-16s  %s", stamp(at), about, fmt.Sprintf(format, args...))
}

// indent begins a line that belongs to the one above it.
const indent = "\n" + "                       " // as wide as a stamp, and a little more

// decisionText says what fired and, a line for each clause, what it read.
func decisionText(d *engine.Decision) string {
	var b strings.Builder
	b.WriteString(row(d.At, d.ID, "%s at %s", d.Rule, d.Price))
	writeReadings(&b, d.Readings, "")
	writeReadings(&b, d.Unless, "unless ")
	return b.String()
}

func writeReadings(b *strings.Builder, readings []engine.Reading, before string) {
	between := ": "
	for i := range readings {
		r := &readings[i]
		if r.Clause {
			b.WriteString(indent + strings.Repeat("  ", r.Depth) + before + r.Text + " is " + r.Truth.String())
			between = ": "
			continue
		}
		b.WriteString(between + r.Text + " = " + valueText(r))
		between = ", "
	}
}

// orderText shows the states a trader cares about: sent, denied, rejected,
// not filled. Fills have lines of their own.
func orderText(at market.Time, o *order.Order) string {
	what := fmt.Sprintf("%s %s %s", o.Side, o.Quantity, o.Instrument)
	switch {
	case o.State == order.Intended && !o.CancelWanted:
		until := ""
		if o.Expires != 0 {
			until = " until " + stamp(o.Expires)
		}
		return row(at, "  order", "%s, limit %s %s%s  (%s)", what, o.Price, o.TIF, until, o.ClientID)
	case o.State == order.Denied:
		return row(at, "  DENIED", "%s: %s %s", what, o.Code, o.Reason)
	case o.State == order.Refused:
		return row(at, "  REJECTED", "%s, by the exchange: %s %s  (%s)", what, o.Code, o.Reason, o.ClientID)
	case o.State == order.Canceled && o.Filled.IsZero():
		return row(at, "  ended", "%s, nothing filled  (%s)", what, o.ClientID)
	case o.State == order.Unproven, o.State == order.Conflict, o.State == order.NotFound:
		return row(at, "  "+o.State.String(), "%s: %s  (%s)", what, o.Reason, o.ClientID)
	}
	return ""
}

// stopText shows what becomes of stops, and what that the engine held was given
// up. Of everything else orders tell.
func stopText(at market.Time, s *engine.Standing) string {
	what := fmt.Sprintf("%s %s %s", s.Side, quantityText(s), s.Instrument)
	switch {
	case s.Over != "" && s.Over != engine.OverPlaced:
		return row(at, "  ended", "%s, held by the engine: %s  (%s)", what, s.Over, s.ID)
	case s.Over != "" || s.Stop.IsZero() || s.Tries > 0:
		return ""
	case s.Reached != 0:
		return row(at, "  stop", "%s, reached %s  (%s)", what, s.Stop, s.ID)
	}
	return row(at, "  stop", "%s, held until the price reaches %s  (%s)", what, s.Stop, s.ID)
}

func quantityText(s *engine.Standing) string {
	if s.Quantity.IsZero() {
		return "all"
	}
	return s.Quantity.String()
}

func fillText(f *order.Fill) string {
	verb := "bought"
	if f.Side == order.Sell {
		verb = "sold"
	}
	return row(f.At, "  fill", "%s %s %s at %s, fee %s %s", verb, f.Quantity, f.Instrument, f.Price, f.Fee, f.FeeCurrency)
}

// noteText is what a rule wanted said.
func noteText(at market.Time, n *engine.Note) string {
	about := "  log"
	if n.Notify {
		about = "  NOTIFY"
	}
	if n.Code != "" {
		return row(at, "  ALERT", "%s, %s  (%s, %s)", n.Code, n.Text, n.Rule, n.Decision)
	}
	return row(at, about, "%s  (%s, %s)", n.Text, n.Rule, n.Decision)
}

func reducingText(h *engine.Halt) string {
	if h.Strategy == "" {
		return ""
	}
	return " by " + h.Strategy
}

func haltText(at market.Time, h *engine.Halt) string {
	switch h.Mode {
	case engine.ModeReady:
		return row(at, "READY", "the halt was lifted: %s", h.Reason)
	case engine.ModeReduceOnly:
		return row(at, "REDUCE ONLY", "until the next UTC day only sales that reduce%s, %s: %s", reducingText(h), h.Code, h.Reason)
	case engine.ModeHalt, engine.ModeHaltNew:
	}
	where := "no order leaves, not even an exit"
	if h.EntriesOnly() {
		where = "no entry leaves"
	}
	if h.Flatten {
		where = "only what sells the positions leaves"
	}
	if h.Instrument != "" {
		where += ", in " + h.Instrument
	}
	return row(at, "HALT", "%s, %s: %s", where, h.Code, h.Reason)
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
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-16s  %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&b, "\n%s to %s UTC, %s\n", stamp(s.From), stamp(s.To), span(s.To.Sub(s.From)))
	line("events", "%d, of which %d bars and %d quotes of verified books", s.Events, s.Bars, s.Books)
	if s.Bars == 0 {
		line("no bar closed", "the market lasted %s and sent no candle, so no rule on bars was evaluated", span(s.To.Sub(s.From)))
	}
	line("decisions", "%d; %s, %d denied, %s, %s", s.Decisions, count(s.Intents, "intent"), s.Denied, count(s.Orders, "order"), count(s.Fills, "fill"))
	for _, code := range sortedKeys(s.Denials) {
		line("  denied", "%d × %s  %s", s.Denials[code], code, risk.Code(code).Sentence())
	}
	for _, code := range sortedKeys(s.Alerts) {
		line("  alerts", "%d × %s  %s", s.Alerts[code], code, risk.Code(code).Sentence())
	}
	for _, code := range sortedKeys(s.Halts) {
		line("  halts", "%d × %s  %s", s.Halts[code], code, risk.Code(code).Sentence())
	}
	line("profit", "%s %s realised, %s unrealised, both after fees of %s", moneyText(s.Realised, quote), quote, moneyText(s.Unrealised, quote), moneyText(s.Fees, quote))
	line("equity", "%s %s at the start, %s at the end, deepest fall %.2f %%", moneyText(s.EquityStart, quote), quote, moneyText(s.EquityEnd, quote), s.MaxDrawdown)
	if s.Ambiguous > 0 {
		line("ambiguous", "%s with both a stop and a target inside; the path inside a bar is assumed", count(s.Ambiguous, "bar"))
	}
	for i := range snap.Positions {
		h := &snap.Positions[i]
		if h.Buys+h.Sells == 0 {
			line(h.Strategy, "did not trade")
			continue
		}
		line(h.Strategy, "bought in %s, sold in %d, %s %s realised%s", count(int64(h.Buys), "fill"), h.Sells, moneyText(h.Realised, quote), quote, heldText(h))
	}
	if s.Chain != "" {
		line("decision chain", "%s", s.Chain)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// count is so many of something.
func count(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.FormatInt(n, 10) + " " + what
}

// heldText says what a strategy holds after all it did.
func heldText(h *engine.Held) string {
	switch {
	case h.Quantity.IsZero():
		return ""
	case h.Flat:
		return fmt.Sprintf("; %s %s left over, too little to sell alone", h.Quantity, pair(h.Instrument).Base)
	}
	return "; holds " + openText(h)
}

func openText(h *engine.Held) string {
	return fmt.Sprintf("%s %s, entry %s, now %s", h.Quantity, h.Instrument, meanText(h.Entry, h.Mark.Scale()), h.Mark)
}

// farewell names what nobody watches once the run has ended.
func farewell(w io.Writer, snap *engine.Snapshot, all []engine.Strategy) {
	for i := range snap.Positions {
		h := &snap.Positions[i]
		if h.Flat {
			continue
		}
		fmt.Fprintf(w, "open position: %s holds %s\n", h.Strategy, openText(h))
		rest := h.Holding
		for i := range snap.Kept {
			if x := &snap.Kept[i]; x.Strategy == h.Strategy && x.State == engine.HeldLive {
				fmt.Fprintf(w, "  the exchange holds its stop_loss at %s, for %s\n", x.Trigger, x.Quantity)
				rest.Stop = num.Price{}
			}
		}
		for _, x := range watched(&rest, all) {
			fmt.Fprintf(w, "  nobody watches its %s now\n", x)
		}
	}
	for i := range snap.Standing {
		if s := &snap.Standing[i]; !s.Stop.IsZero() {
			fmt.Fprintf(w, "stop that nobody watches now: %s %s %s from %s (%s); the next start does\n", s.Side, quantityText(s), s.Instrument, s.Stop, s.ID)
		}
	}
	for i := range snap.Live {
		o := &snap.Live[i]
		fmt.Fprintf(w, "open order: %s %s %s at %s, %s (%s); the next start asks the exchange about it\n",
			o.Side, o.Quantity, o.Instrument, o.Price, o.State, o.ClientID)
	}
}

func watched(h *engine.Holding, all []engine.Strategy) []string {
	var exits []string
	if !h.Stop.IsZero() {
		exits = append(exits, "stop_loss at "+h.Stop.String())
	}
	for i := range h.Targets {
		if x := &h.Targets[i]; !x.Price.IsZero() && !x.Done {
			exits = append(exits, "take_profit at "+x.Price.String())
		}
	}
	switch {
	case h.Distance.IsZero() && h.Trail.IsZero():
	case h.Max.Less(h.Activate):
		exits = append(exits, "trailing_stop, which begins at "+h.Activate.String())
	case h.Distance.IsZero():
		exits = append(exits, "trailing_stop "+percentText(h.Trail)+" % below "+h.Max.String())
	default:
		exits = append(exits, "trailing_stop "+h.Distance.String()+" below "+h.Max.String())
	}
	for i := range all {
		if x := all[i].Exits.Time; all[i].Name == h.Strategy && x.Bars > 0 {
			exits = append(exits, fmt.Sprintf("time_stop after %d bars, of which %d have passed", x.Bars, h.Bars))
		} else if all[i].Name == h.Strategy && x.Age > 0 {
			exits = append(exits, fmt.Sprintf("time_stop at %s", stamp(h.Opened.Add(x.Age))))
		}
	}
	return exits
}
