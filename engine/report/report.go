// Package report turns a run into a summary. A Tally watches a run event by
// event and keeps counts; it decides nothing and allocates nothing per market
// event.
package report

import (
	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// Summary is a finished run in figures. Money is in the account's currency.
type Summary struct {
	Events      int64            `json:"events"` // of the run; the bars of warm-up are not counted
	Books       int64            `json:"books"`  // quotes from books that verified
	Bars        int64            `json:"bars"`
	Decisions   int64            `json:"decisions"`
	Intents     int64            `json:"intents"`
	Denied      int64            `json:"denied"`
	Denials     map[string]int64 `json:"denials,omitempty"` // by code
	Orders      int64            `json:"orders"`
	Fills       int64            `json:"fills"`
	Realised    num.Money        `json:"realised_pnl"`
	Unrealised  num.Money        `json:"unrealised_pnl"`
	Fees        num.Money        `json:"fees"`
	EquityStart num.Money        `json:"equity_start"`
	EquityEnd   num.Money        `json:"equity_end"`
	MaxDrawdown float64          `json:"max_drawdown_pct"`
	From        market.Time      `json:"from"`
	To          market.Time      `json:"to"`
	Chain       string           `json:"decision_chain"`
	Halt        string           `json:"halt,omitzero"` // which halt or limit ended trading, and when
}

// Tally counts what happens in a run. The zero value is ready; it belongs to
// the driver's goroutine.
type Tally struct {
	sum     Summary
	started bool
	peak    float64 // highest equity
	fall    float64 // deepest fall from it, as a share
}

// See counts one event and its outcome.
func (t *Tally) See(ev *engine.Event, out *engine.Outcome) {
	s := &t.sum
	switch ev.Kind {
	case engine.KindHistory:
		return // before the run
	case engine.KindBar:
		s.Bars++
	case engine.KindQuote:
		s.Books++
	default:
	}
	s.Events++
	if s.From == 0 {
		s.From = ev.At
	}
	s.To = max(s.To, ev.At)
	for i := range out.Changes {
		t.change(&out.Changes[i])
	}
}

func (t *Tally) change(c *engine.Change) {
	switch c.Kind {
	case engine.ChangeDecision:
		t.sum.Decisions++
	case engine.ChangeFill:
		t.sum.Fills++
	case engine.ChangeHalt:
		if c.Halt.Mode != engine.ModeReady && c.Halt.Strategy == "" {
			t.halted(c.Halt.Code, c.At, c.Halt.Reason)
		}
	case engine.ChangeRule:
		if c.Rule.Disabled {
			t.halted(string(risk.CodeThrottle), c.At, "rule "+c.Rule.Rule+" of "+c.Rule.Strategy+" fired too often and is off")
		}
	case engine.ChangeOrder:
		t.order(&c.Order)
	default:
	}
}

// halted keeps the first thing that ended trading.
func (t *Tally) halted(code string, at market.Time, reason string) {
	if t.sum.Halt == "" {
		t.sum.Halt = code + " at " + at.String() + ": " + reason
	}
}

func (t *Tally) order(o *order.Order) {
	switch {
	case o.State == order.Denied && o.Code != string(risk.CodeNotSent): // the latter was counted when it was approved
		t.sum.Intents++
		t.sum.Denied++
		if t.sum.Denials == nil {
			t.sum.Denials = make(map[string]int64)
		}
		t.sum.Denials[o.Code]++
	case o.State == order.Intended && !o.CancelWanted:
		t.sum.Intents++
		t.sum.Orders++
	}
}

// Mark follows the equity for the deepest drawdown. The first equity that is
// not zero is the start of the run: before it the account is not known.
func (t *Tally) Mark(equity num.Money) {
	if equity.IsZero() && !t.started {
		return
	}
	f := equity.Float()
	if !t.started {
		t.started, t.sum.EquityStart, t.peak = true, equity, f
	}
	t.peak = max(t.peak, f)
	if t.peak > 0 {
		t.fall = max(t.fall, (t.peak-f)/t.peak)
	}
}

// Summary closes the books of a run.
func (t *Tally) Summary(s *engine.Snapshot) (Summary, error) {
	sum := t.sum
	sum.Unrealised, sum.EquityEnd, sum.Chain = s.Unrealised, s.Equity, s.Chain
	sum.MaxDrawdown = 100 * t.fall
	var c num.Calc
	for i := range s.Positions {
		sum.Realised = num.Add(&c, sum.Realised, s.Positions[i].Realised)
		sum.Fees = num.Add(&c, sum.Fees, s.Positions[i].Fees)
	}
	return sum, c.Err()
}
