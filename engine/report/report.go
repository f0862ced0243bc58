// Package report turns a run into a summary. A Tally watches a run event by
// event and keeps counts; it decides nothing and allocates nothing per market
// event.
package report

import (
	"errors"

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
	Alerts      map[string]int64 `json:"alerts,omitempty"`  // by code
	Halts       map[string]int64 `json:"halts,omitempty"`   // by code, and limits that only let sell
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
	Ambiguous   int64            `json:"ambiguous_bars"` // of a run that New began: see guarded
	Halt        string           `json:"halt,omitzero"`  // which halt or limit ended trading, and when
}

// Tally counts what happens in a run. The zero value is ready and keeps counts
// alone; one from New follows trades and the equity as well. It belongs to the
// driver's goroutine.
type Tally struct {
	sum   Summary
	curve Curve
	book  *book
	held  []Span
	turn  int // of held, where the next bar probably belongs
	guard guarded
}

// New returns a Tally for a run that begins with nothing held.
func New(instruments []market.Instrument) *Tally {
	return &Tally{book: newBook(instruments)}
}

// See counts one event and its outcome.
func (t *Tally) See(ev *engine.Event, out *engine.Outcome) {
	s := &t.sum
	switch ev.Kind {
	case engine.KindHistory:
		return // before the run
	case engine.KindBar:
		s.Bars++
		t.bar(ev)
	case engine.KindQuote:
		s.Books++
	case engine.KindTrade:
		if t.book != nil {
			t.book.price(ev.Instrument, ev.Trade.Price, ev.Trade.Price)
		}
	default:
	}
	if s.Events++; ev.Kind == engine.KindStretch {
		t.stretch(ev)
	}
	if s.From == 0 {
		s.From = ev.At
	}
	s.To = max(s.To, ev.At)
	for i := range out.Changes {
		t.change(&out.Changes[i])
	}
}

// stretch counts what was told at once as if it had come one by one.
func (t *Tally) stretch(ev *engine.Event) {
	w := &ev.Market.Stretch
	t.sum.Events += int64(w.Quotes + w.Trades - 1)
	t.sum.Books += int64(w.Quotes)
	if t.book != nil && w.Trades > 0 {
		t.book.price(ev.Instrument, w.Low, w.High)
	}
}

// Inside tells the finer bars that the next bar went the way of, so that it is
// not taken for ambiguous where they are not. Without them nothing is told.
func (t *Tally) Inside(bars []market.Bar) { t.guard.inside = bars }

// bar follows the first and the last close of each instrument.
func (t *Tally) bar(ev *engine.Event) {
	if t.book == nil {
		return
	}
	t.guard.bar(ev, t.book.on(ev.Instrument))
	n := len(t.held)
	for k := range n {
		i := t.turn + k // bars of several instruments come in turn
		if i >= n {
			i -= n
		}
		if t.held[i].Instrument == ev.Instrument {
			t.held[i].Last, t.turn = ev.Bar.C, i+1
			return
		}
	}
	t.held = append(t.held, Span{Instrument: ev.Instrument, First: ev.Bar.C, Last: ev.Bar.C})
}

func (t *Tally) change(c *engine.Change) {
	if t.book != nil {
		t.book.change(c)
		t.guard.change(c)
	}
	switch c.Kind {
	case engine.ChangeDecision:
		t.sum.Decisions++
	case engine.ChangeFill:
		t.sum.Fills++
	case engine.ChangeNote:
		if c.Note.Code != "" {
			tick(&t.sum.Alerts, c.Note.Code)
		}
	case engine.ChangeHalt:
		if c.Halt.Mode != engine.ModeReady {
			tick(&t.sum.Halts, c.Halt.Code)
		}
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

func tick(counts *map[string]int64, code string) {
	if *counts == nil {
		*counts = make(map[string]int64)
	}
	(*counts)[code]++
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
		tick(&t.sum.Denials, o.Code)
	case o.State == order.Intended && !o.CancelWanted:
		t.sum.Intents++
		t.sum.Orders++
	}
}

// Mark follows the equity, as it is after the newest event that was seen. The
// first equity that is not zero is the start of the run: before it the account
// is not known.
func (t *Tally) Mark(equity num.Money) { t.curve.mark(t.sum.To, equity) }

// Run returns the trades and the equity of a run that New began; of any other,
// the equity alone.
func (t *Tally) Run() (*Run, error) {
	if t.book == nil {
		return &Run{Curve: t.curve}, nil
	}
	return &Run{Trades: t.book.trades(), Executions: t.book.fills, Curve: t.curve, Held: t.held}, errors.Join(t.book.err, t.book.calc.Err())
}

// Summary closes the books of a run.
func (t *Tally) Summary(s *engine.Snapshot) (Summary, error) {
	sum := t.sum
	sum.Unrealised, sum.EquityEnd, sum.Chain = s.Unrealised, s.Equity, s.Chain
	sum.Ambiguous = t.guard.bars
	sum.EquityStart, sum.MaxDrawdown = t.curve.start.Equity, t.curve.deepest.Pct
	var c num.Calc
	for i := range s.Positions {
		sum.Realised = num.Add(&c, sum.Realised, s.Positions[i].Realised)
		sum.Fees = num.Add(&c, sum.Fees, s.Positions[i].Fees)
	}
	return sum, c.Err()
}
