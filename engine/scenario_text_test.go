package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// day is when scenarios play: a Monday.
var day = market.TimeOf(time.Date(2025, 6, 2, 0, 0, 0, 0, time.UTC))

const dayLength = 24 * time.Hour

// parseClock reads HH:MM[:SS[.mmm]], after N/ for the N-th day.
func parseClock(s string) (market.Time, error) {
	start := day
	if n, rest, ok := strings.Cut(s, "/"); ok {
		if len(n) != 1 || n[0] < '1' || n[0] > '9' {
			return 0, fmt.Errorf("%q is no day", n)
		}
		start, s = day.Add(time.Duration(n[0]-'1')*dayLength), rest
	}
	for _, layout := range [...]string{"15:04", "15:04:05.999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return start.Add(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute +
				time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())), nil
		}
	}
	return 0, fmt.Errorf("%q is neither a time nor a word", s)
}

func clockText(t market.Time) string {
	s := strings.TrimSuffix(t.Std().Format("15:04:05.999"), ":00")
	if n := t.Sub(day) / dayLength; n > 0 {
		return fmt.Sprintf("%d/%s", n+1, s)
	}
	return s
}

func changeText(c *engine.Change) (kind, text string) {
	switch c.Kind {
	case engine.ChangeDecision:
		return "decision", decisionText(&c.Decision)
	case engine.ChangeOrder:
		return "order", orderText(&c.Order)
	case engine.ChangeFill:
		f := &c.Fill
		return "fill", fmt.Sprintf("fill %s of %s: %s %s @ %s, fee %s %s", f.ID, shortID(f.ClientID), f.Side, f.Quantity, f.Price, f.Fee, f.FeeCurrency)
	case engine.ChangeRule:
		return "rule", ruleText(&c.Rule)
	case engine.ChangeHolding:
		return "hold", holdingText(&c.Holding)
	case engine.ChangeBalance:
		return "balance", fmt.Sprintf("baseline %s %s", c.Balance.Currency, c.Balance.Total)
	case engine.ChangeDay:
		return "day", fmt.Sprintf("day %s from %s, highest %s", c.Day.Start.Std().Format(time.DateOnly), c.Day.Equity, c.Day.Peak)
	case engine.ChangeHalt:
		return "halt", haltText(&c.Halt)
	case engine.ChangeStanding:
		return "standing", standingText(&c.Standing)
	case engine.ChangeHeld:
		h := &c.Held
		text := fmt.Sprintf("held %s %s: %s %s from %s", shortID(h.ID), h.State, h.Quantity, h.Instrument, h.Trigger)
		return "held", strings.TrimSpace(strings.Join([]string{text, h.ExchangeID, h.OrderID, h.Why}, " "))
	case engine.ChangeNote:
		how := map[bool]string{true: "notify", false: "log"}[c.Note.Notify]
		if c.Note.Code != "" {
			how = "alert " + c.Note.Code
		}
		return "note", fmt.Sprintf("%s %s/%s of %s: %s", how, c.Note.Strategy, c.Note.Rule, c.Note.Decision, plain(c.Note.Text))
	case engine.ChangeState:
		text := "state of " + c.State.Strategy
		for _, x := range c.State.Set {
			text += fmt.Sprintf(", %s %v", x.Name, x.Number)
		}
		return "variables", text
	default:
		return tracedText(c)
	}
}

func decisionText(d *engine.Decision) string {
	var b strings.Builder
	fmt.Fprintf(&b, "decision %s: %s at %s", d.ID, d.Rule, d.Price)
	for _, r := range slices.Concat(d.Readings, d.Unless) {
		if r.Clause {
			fmt.Fprintf(&b, ", %s %s", r.Text, r.Truth)
		} else {
			fmt.Fprintf(&b, ", %s %v", r.Text, r.Number)
		}
	}
	return b.String()
}

func orderText(o *order.Order) string {
	var b strings.Builder
	fmt.Fprintf(&b, "order %s %s", shortID(o.ClientID), o.State)
	switch o.State {
	case order.Intended, order.Denied:
		fmt.Fprintf(&b, ": %s %s %s %s @ %s", o.Strategy, o.Side, o.Quantity, o.Instrument, o.Price)
		if o.TIF != order.IOC {
			b.WriteString(" " + o.TIF.String())
		}
		if o.Expires != 0 {
			b.WriteString(" until " + clockText(o.Expires))
		}
	default:
		fmt.Fprintf(&b, ": filled %s of %s", o.Filled, o.Quantity)
		if o.Booked != o.Filled {
			fmt.Fprintf(&b, ", booked %s", o.Booked)
		}
		if o.ExchangeID != "" {
			b.WriteString(" as " + o.ExchangeID)
		}
	}
	if o.Settled {
		b.WriteString(", settled")
	}
	switch {
	case o.Expired:
		b.WriteString(", expired")
	case o.CancelWanted:
		b.WriteString(", cancel wanted")
	}
	if o.Code != "" || o.Reason != "" {
		fmt.Fprintf(&b, " [%s]", plain(strings.TrimSpace(o.Code+" "+o.Reason)))
	}
	return b.String()
}

func ruleText(r *engine.RuleMemory) string {
	var b strings.Builder
	fmt.Fprintf(&b, "rule %s/%s %s", r.Strategy, r.Rule, r.Known)
	if r.Fired != 0 {
		fmt.Fprintf(&b, ", fired %s", clockText(r.Fired))
	}
	if r.Tries != 0 {
		fmt.Fprintf(&b, ", tries %d", r.Tries)
	}
	if r.TryAt != 0 {
		fmt.Fprintf(&b, ", again with the bar of %s", clockText(r.TryAt))
	}
	if r.Disabled {
		b.WriteString(", OFF")
	}
	return b.String()
}

func holdingText(h *engine.Holding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "hold %s", h.Strategy)
	if h.Opened == 0 {
		return b.String() + " nothing"
	}
	fmt.Fprintf(&b, " since %s, bars %d, entries %d, high %s, low %s", clockText(h.Opened), h.Bars, h.Entries, h.Max, h.Min)
	for _, p := range [...]struct {
		name  string
		price num.Price
	}{{"stop", h.Stop}, {"armed from", h.Activate}, {"trailing", h.Distance}} {
		if !p.price.IsZero() {
			fmt.Fprintf(&b, ", %s %s", p.name, p.price)
		}
	}
	for _, x := range h.Targets {
		fmt.Fprintf(&b, ", target %s", x.Price)
		if !x.SizePct.IsZero() {
			fmt.Fprintf(&b, " for %s%%", x.SizePct)
		}
		if !x.Sold.IsZero() {
			fmt.Fprintf(&b, " sold %s", x.Sold)
		}
		if x.Done {
			b.WriteString(" done")
		}
	}
	if !h.Trail.IsZero() {
		fmt.Fprintf(&b, ", trailing share %s", h.Trail)
	}
	if h.Tries != 0 {
		fmt.Fprintf(&b, ", exit tries %d, next %s", h.Tries, clockText(h.TryAt))
	}
	return b.String()
}

func standingText(s *engine.Standing) string {
	var b strings.Builder
	quantity := "all"
	if !s.Quantity.IsZero() {
		quantity = s.Quantity.String()
	}
	fmt.Fprintf(&b, "held %s: %s %s %s", shortID(s.ID), s.Strategy, s.Side, quantity)
	if !s.Price.IsZero() {
		fmt.Fprintf(&b, " @ %s %s", s.Price, s.TIF)
	}
	if !s.Stop.IsZero() {
		fmt.Fprintf(&b, " from %s", s.Stop)
	}
	if s.Expires != 0 {
		fmt.Fprintf(&b, " until %s", clockText(s.Expires))
	}
	if s.Reached != 0 {
		fmt.Fprintf(&b, ", reached %s", clockText(s.Reached))
	}
	if s.Tries != 0 {
		fmt.Fprintf(&b, ", tries %d", s.Tries)
	}
	if s.TryAt != 0 {
		fmt.Fprintf(&b, ", again %s", clockText(s.TryAt))
	}
	if s.Over != "" {
		b.WriteString(", over: " + s.Over)
	}
	return b.String()
}

func haltText(h *engine.Halt) string {
	if h.Mode == engine.ModeReady {
		return "halts lifted: " + h.Reason
	}
	mode := map[engine.Mode]string{engine.ModeHaltNew: "HALT_NEW", engine.ModeReduceOnly: "REDUCE_ONLY", engine.ModeHalt: "HALT"}[h.Mode]
	what := "everything"
	if h.Instrument != "" {
		what = h.Instrument
	}
	if h.Strategy != "" {
		what = "strategy " + h.Strategy
	}
	if h.Flatten {
		what += ", selling"
	}
	return fmt.Sprintf("halt %s of %s, %s: %s", mode, what, h.Code, plain(h.Reason))
}

func commandText(c *engine.Command) string {
	switch c.Kind {
	case engine.CommandSubmit:
		return "> submit " + shortID(c.Approved.Order().ClientID)
	case engine.CommandCancel:
		return "> cancel " + shortID(c.Order.ClientID)
	case engine.CommandQuery:
		return "> query " + shortID(c.Order.ClientID)
	case engine.CommandFills:
		return "> fills of " + shortID(c.Order.ClientID)
	case engine.CommandAudit:
		if c.Since != 0 {
			return "> audit, fills since " + clockText(c.Since)
		}
		return "> audit"
	case engine.CommandReconcile:
		return "> reconcile"
	case engine.CommandHold:
		return "> hold " + shortID(c.Held.ID)
	case engine.CommandRelease:
		return "> release " + shortID(c.Held.ID)
	case engine.CommandHeld:
		return "> stops, " + shortID(c.Held.ID)
	}
	return "> unknown command"
}

// shortID names one of our orders by its number.
func shortID(id string) string {
	_, _, seq, err := order.ParseID(id)
	if err != nil {
		return id
	}
	return fmt.Sprintf("#%d", seq)
}

// plain names orders within a sentence by their numbers.
func plain(s string) string {
	words := strings.Split(s, " ")
	for i, w := range words {
		bare := strings.TrimRight(w, ":,.")
		words[i] = shortID(bare) + w[len(bare):]
	}
	return strings.Join(words, " ")
}

func tracedText(c *engine.Change) (kind, text string) {
	switch c.Kind {
	case engine.ChangeEvaluation:
		return "evaluation", evaluationText(c.Evaluation)
	case engine.ChangeChecks:
		var b strings.Builder
		x := c.Checks
		fmt.Fprintf(&b, "checks of %s for %s", shortID(x.ClientID), x.Decision)
		if x.Unit != "" {
			fmt.Fprintf(&b, ", %s %v", x.Unit, x.Amount)
		}
		for _, v := range x.Checks {
			fmt.Fprintf(&b, "\n\t\t%s %s: %s / %s", v.Code, v.What, v.Value, v.Limit)
			if v.Denied {
				b.WriteString(" DENIED")
			}
		}
		return "checks", b.String()
	default:
		return "", "unknown change"
	}
}

func evaluationText(x *engine.Evaluation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "stands %s/%s %s", x.Strategy, x.Rule, x.Stands)
	if x.Lasted > 0 {
		fmt.Fprintf(&b, " after %d", x.Lasted)
	}
	if x.Same {
		return b.String() + " alike"
	}
	for _, list := range [][]string{x.Guards, x.When, x.Avoid} {
		if len(list) > 0 {
			b.WriteString(" [" + strings.Join(list, ", ") + "]")
		}
	}
	for _, r := range slices.Concat(x.Readings, x.Unless) {
		fmt.Fprintf(&b, ", near: %s %s", r.Text, r.Truth)
	}
	return b.String()
}
