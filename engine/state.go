package engine

import (
	"errors"
	"fmt"
	"slices"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/portfolio"
	"rulebot/engine/risk"
)

// apply makes a change true. Step and Restore both go through here, so the
// state after a restart is the state before it.
func (e *Engine) apply(c *Change) {
	switch c.Kind {
	case ChangeFill, ChangeBalance, ChangeDay, ChangeHalt:
		e.account.fresh, e.account.calm = false, calm{} // each moves what a mark measures, or what follows from it
	default:
	}
	switch c.Kind {
	case ChangeOrder:
		if c.Order.State != order.Denied { // which never left
			e.session.auditing.moved = e.now
		}
	case ChangeFill, ChangeBalance, ChangeHeld:
		e.session.auditing.moved = e.now
	default:
	}
	switch c.Kind {
	case ChangeDecision:
		e.applyDecision(&c.Decision)
	case ChangeOrder:
		e.book.put(&c.Order)
	case ChangeFill:
		e.applyFill(&c.Fill)
	case ChangeRule:
		e.applyRule(&c.Rule)
	case ChangeHolding:
		if t := e.trader(c.Holding.Strategy); t != nil {
			t.hold = c.Holding
		}
	case ChangeBalance:
		e.ledger.SetBaseline(c.Balance.Currency, c.Balance.Total)
		e.session.rebase = false
	case ChangeDay:
		if c.Day.Start != e.account.day.Start {
			e.account.reduce = "" // a new day, a new loss count
			e.freeOwn()
		}
		e.account.day, e.account.resumed = c.Day, false
	case ChangeHalt:
		e.applyHalt(&c.Halt)
	case ChangeState:
		if t := e.trader(c.State.Strategy); t != nil {
			t.applyState(c.State.Set)
		}
	case ChangeStanding:
		e.applyStanding(&c.Standing)
	case ChangeHeld:
		e.applyHeld(&c.Held)
		e.holding = true
	case ChangeNote:
		if c.Note.Code == string(risk.CodeFillPrice) {
			e.book.outside = append(e.book.outside, c.At)
		}
	case ChangeChecks, ChangeEvaluation: // said, and nothing else
	}
}

func (e *Engine) applyDecision(d *Decision) {
	e.chain = d.Chain
	t := e.trader(d.Strategy)
	if t == nil {
		return
	}
	t.decisions++
	if r := t.rule(d.Rule); r != nil && r.orders {
		r.note(d.At)
	}
}

func (e *Engine) applyRule(m *RuleMemory) {
	t := e.trader(m.Strategy)
	if t == nil {
		return
	}
	i := t.ruleIndex(m.Rule)
	if i < 0 {
		return
	}
	r := &t.rules[i]
	if r.Disabled && !m.Disabled {
		r.fires = nil // a person switched it on: what it did before does not count any more
	}
	r.RuleMemory = *m
	e.retryAt(t, i, m.TryAt)
}

func (e *Engine) applyFill(f *order.Fill) {
	t := e.book.find(f.ClientID, f.ExchangeID)
	if t == nil {
		e.broken = errors.Join(e.broken, fmt.Errorf("engine: fill %s belongs to no order", f.ID))
		return
	}
	e.book.fill(f)
	m := e.market(f.Instrument)
	in := market.Instrument{ID: f.Instrument}
	if m != nil {
		in = m.listing
	}
	tr := e.trader(t.Strategy)
	var before portfolio.Position
	if tr != nil {
		before = *e.ledger.Position(t.Strategy)
	}
	if err := e.ledger.Apply(t.Strategy, in, *f); err != nil {
		e.broken = errors.Join(e.broken, err)
		return
	}
	if tr != nil {
		e.rebook(tr, before.Quantity)
		tr.book(f, &before, e.ledger.Position(t.Strategy), in.Min)
	}
}

// applyHalt keeps what was halted: each instrument on its own, and everything.
// ModeReady lifts all of it.
func (e *Engine) applyHalt(h *Halt) {
	switch h.Mode {
	case ModeReady:
		e.session.rebase = e.session.rebase || e.session.halt.Code == codeBalance
		e.session.halt, e.account.reduce, e.account.resumed = Halt{}, "", true
		e.freeOwn()
		e.book.outside = nil // a person saw them
		e.book.standing = slices.DeleteFunc(e.book.standing, func(s Standing) bool { return s.Flatten })
		for i := range e.markets {
			e.markets[i].halt = Halt{}
		}
	case ModeReduceOnly:
		if h.Strategy != "" {
			if t := e.trader(h.Strategy); t != nil {
				t.reduce = h.Reason
			}
			return
		}
		e.account.reduce = h.Reason
	case ModeHaltNew:
		if m := e.market(h.Instrument); m != nil {
			m.halt = *h
			return
		}
		e.session.halt = *h
	case ModeHalt:
		e.session.halt = *h
	}
}

// Err returns the first invariant that was found broken: the driver must stop
// and nothing may be sent. It is nil in every run that is as it should be.
func (e *Engine) Err() error { return e.broken }

// Restore folds a journaled change into a new engine, before its first Step.
func (e *Engine) Restore(c *Change) error {
	e.at = max(e.at, c.At)
	e.apply(c)
	return e.broken
}

// Restored ends the restoring: orders whose sending was interrupted are
// unproven, and nothing may leave before a reconciliation.
func (e *Engine) Restored() {
	e.session.baseline = e.account.day.Start != 0 // the first day begins when every balance was taken over
	e.restored = e.at
	for i := range e.traders {
		for r := range e.traders[i].rules {
			if e.traders[i].strategy.Rules[r].On.Kind.continuous() {
				e.traders[i].rules[r].Known = NotReady // the market moved meanwhile
			}
		}
	}
	for _, t := range slices.Clone(e.book.live) {
		t.Recovered()
		t.schedule(0)
	}
	for _, t := range e.book.watched {
		t.schedule(0)
	}
	for _, s := range slices.Concat(e.book.held, e.book.absent) {
		s.schedule(0)
	}
}

// Unsettled returns the orders that the exchange must be asked about, oldest
// first.
func (e *Engine) Unsettled() []order.Order {
	orders := make([]order.Order, 0, len(e.book.live))
	for _, t := range e.book.live {
		orders = append(orders, t.Order)
	}
	return orders
}

// Snapshot is what people ask a run about: plain values, copied.
type Snapshot struct {
	At         market.Time
	Ready      bool   // reconciled, nothing halted
	Reason     string // why not ready
	Halt       Halt
	Equity     num.Money
	Cash       num.Money
	Unrealised num.Money
	Chain      string
	Positions  []Held
	Live       []order.Order
	Standing   []Standing // what the engine holds and has not sent
	Kept       []HeldStop // what the exchange holds
}

// halting returns the halt that holds, of everything before that of one
// instrument.
func (e *Engine) halting() Halt {
	if e.session.halt.Mode != ModeReady {
		return e.session.halt
	}
	for i := range e.markets {
		if e.markets[i].halt.Mode != ModeReady {
			return e.markets[i].halt
		}
	}
	return Halt{}
}

// Held is one strategy's position with its marks and exits.
type Held struct {
	portfolio.Position
	Instrument string
	Entry      num.Price
	Mark       num.Price
	Flat       bool
	Holding    Holding
}

// Snapshot returns the state as people see it.
func (e *Engine) Snapshot() Snapshot {
	var kept []HeldStop
	for _, h := range e.book.held {
		kept = append(kept, h.HeldStop)
	}
	s := Snapshot{
		At: e.at, Halt: e.halting(), Equity: e.account.equity, Cash: e.ledger.Balance(e.cfg.Quote),
		Chain: e.chain, Live: e.Unsettled(), Standing: slices.Clone(e.book.standing), Kept: kept, Reason: e.halted(""),
	}
	if !e.session.reconciled && s.Reason == "" {
		s.Reason = "not reconciled with the exchange yet"
	}
	s.Ready = s.Reason == ""
	var c num.Calc
	for i := range e.traders {
		t := &e.traders[i]
		p := e.position(t)
		mark := e.markets[t.market].last
		s.Positions = append(s.Positions, Held{
			Position: *p, Instrument: t.strategy.Series.Instrument, Entry: p.Entry(),
			Mark: mark, Flat: e.flat(t), Holding: t.hold,
		})
		if p.Quantity.Sign() > 0 && !mark.IsZero() {
			s.Unrealised = num.Add(&c, s.Unrealised, p.Unrealised(&c, mark))
		}
	}
	return s
}

// Balances returns what we count for each currency, sorted.
func (e *Engine) Balances() []order.Balance {
	var all []order.Balance
	for _, c := range e.ledger.Currencies() {
		all = append(all, order.Balance{Currency: c, Total: e.ledger.Balance(c)})
	}
	return all
}

// Equity returns the account's equity at the newest mark.
func (e *Engine) Equity() num.Money { return e.account.equity }
