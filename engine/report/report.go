// Package report turns a run into a summary. A Tally watches a run event by
// event and keeps counts; it decides nothing and allocates nothing per market
// event.
package report

import (
	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// Tally counts what happens in a run. The zero value is ready; it belongs to
// the driver's goroutine.
type Tally struct {
	events, bars, decisions, intents, denied, orders, fills int64
	denials                                                 map[string]int64
	first, last                                             market.Time
	peak, fall                                              float64
	started                                                 bool
	halt                                                    engine.Halt
	haltAt                                                  market.Time
	books                                                   int64
	start                                                   num.Money
}

// See counts one event and its outcome.
func (t *Tally) See(ev *engine.Event, out *engine.Outcome) {
	switch ev.Kind {
	case engine.KindHistory:
		return // before the run
	case engine.KindBar:
		t.bars++
	case engine.KindQuote:
		t.books++
	default:
	}
	t.events++
	if t.first == 0 {
		t.first = ev.At
	}
	t.last = max(t.last, ev.At)
	for i := range out.Changes {
		t.change(&out.Changes[i])
	}
}

func (t *Tally) change(c *engine.Change) {
	switch c.Kind {
	case engine.ChangeDecision:
		t.decisions++
	case engine.ChangeFill:
		t.fills++
	case engine.ChangeHalt:
		if c.Halt.Mode != engine.ModeReady && t.haltAt == 0 {
			t.halt, t.haltAt = c.Halt, c.At
		}
	case engine.ChangeOrder:
		t.order(&c.Order)
	default:
	}
}

func (t *Tally) order(o *order.Order) {
	switch {
	case o.State == order.Denied && o.Code != "NOT_SENT":
		t.intents++
		t.denied++
		if t.denials == nil {
			t.denials = make(map[string]int64)
		}
		t.denials[o.Code]++
	case o.State == order.Intended:
		t.intents++
		t.orders++
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
		t.started, t.start, t.peak = true, equity, f
	}
	t.peak = max(t.peak, f)
	if t.peak > 0 {
		t.fall = max(t.fall, (t.peak-f)/t.peak)
	}
}

// Summary is a finished run in figures. Money is in the account's currency.
type Summary struct {
	Events      int64            `json:"events"`
	Books       int64            `json:"books"` // quotes from books that verified
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

// Summary closes the books of a run.
func (t *Tally) Summary(s *engine.Snapshot) (Summary, error) {
	sum := Summary{
		Events: t.events, Books: t.books, Bars: t.bars, Decisions: t.decisions, Intents: t.intents,
		Denied: t.denied, Denials: t.denials, Orders: t.orders, Fills: t.fills,
		Unrealised: s.Unrealised, EquityStart: t.start, EquityEnd: s.Equity,
		MaxDrawdown: 100 * t.fall, From: t.first, To: t.last, Chain: s.Chain,
	}
	var c num.Calc
	for i := range s.Positions {
		sum.Realised = num.Add(&c, sum.Realised, s.Positions[i].Realised)
		sum.Fees = num.Add(&c, sum.Fees, s.Positions[i].Fees)
	}
	if t.haltAt != 0 {
		sum.Halt = t.halt.Code + " at " + t.haltAt.String() + ": " + t.halt.Reason
	}
	return sum, c.Err()
}
