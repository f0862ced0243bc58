package engine

import (
	"slices"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// heldPatience is how long the exchange has to act once the price of a stop
// that it holds was reached; then the engine takes it back and sells.
const heldPatience = 5 * time.Second

// keepStops has the exchange hold what the strategies want it to hold.
func (e *Engine) keepStops() {
	if !e.holding || e.session.ended {
		return
	}
	for i := range e.traders {
		t := &e.traders[i]
		s := e.book.heldOf(t.strategy.Name)
		if s == nil && !t.strategy.Exits.StopLoss.AtExchange {
			continue
		}
		quantity, trigger, wanted := e.wantedStop(t)
		switch {
		case s == nil && wanted && e.mayHold(t, trigger):
			e.hold(t, quantity, trigger)
		case s != nil && s.State == HeldLive && (!wanted || s.Quantity != quantity || s.Trigger != trigger):
			e.release(s)
		}
	}
	for _, s := range e.book.held {
		if e.trader(s.Strategy) == nil || e.book.heldOf(s.Strategy) != s {
			e.release(s) // of a strategy that is no longer in the file, or one that showed late beside another
		}
	}
	e.chaseHeld()
}

// wantedStop returns the stop that the exchange shall hold for a strategy: for
// all that it holds, while nothing else of it sells.
func (e *Engine) wantedStop(t *trader) (quantity num.Quantity, trigger num.Price, wanted bool) {
	in, h := &e.markets[t.market].listing, &t.hold
	if !t.strategy.Exits.StopLoss.AtExchange || e.flat(t) || h.Stop.Sign() <= 0 || e.sells(t) {
		return quantity, trigger, false
	}
	quantity, err := num.FloorTo(e.position(t).Quantity, in.Lot)
	if err != nil || quantity.Less(in.Min) {
		return quantity, trigger, false
	}
	trigger, err = num.FloorTo(h.Stop, in.Tick)
	return quantity, trigger, err == nil && trigger.Sign() > 0
}

// sells reports whether an order of the strategy sells, or is to.
func (e *Engine) sells(t *trader) bool {
	for _, o := range e.book.live {
		if o.Strategy == t.strategy.Name && o.Side == order.Sell {
			return true
		}
	}
	for i := range e.book.standing {
		if s := &e.book.standing[i]; s.Strategy == t.strategy.Name && s.Reduces && s.Reached != 0 {
			return true
		}
	}
	return false
}

// mayHold reports whether a stop may be asked for now. Below its price it
// would trade at once: that is for the engine.
func (e *Engine) mayHold(t *trader, trigger num.Price) bool {
	m := &e.markets[t.market]
	return e.halted(m.listing.ID) == "" && e.session.reconciled && trigger.Less(m.last) && t.holdAt <= e.latest()
}

// hold asks the exchange to hold a stop: first a decision and a fact, then a
// command.
func (e *Engine) hold(t *trader, quantity num.Quantity, trigger num.Price) {
	in := order.Intent{
		Strategy: t.strategy.Name, Rule: exitStopLoss, Instrument: e.markets[t.market].listing.ID, Side: order.Sell,
		TIF: order.IOC, Price: trigger, Quantity: quantity, Reduces: true, Exit: true, Reference: trigger, Close: true,
	}
	v, err := e.riskView(&want{trader: t, name: exitStopLoss}, &in)
	o := e.newOrder(in)
	approved, denial := e.cfg.Limits.CheckHeld(o, &v)
	if err != nil || denial != nil {
		if denial == nil {
			denial = &risk.Denial{Code: risk.CodeFunds, Reason: err.Error()}
		}
		if t.holdTries == 0 { // said once: the engine watches the level meanwhile
			if err == nil {
				e.traceHeld(o, &v)
			}
			e.deny(o, &want{trader: t, name: exitStopLoss}, *denial)
		}
		e.laterHold(t)
		return
	}
	id := e.decide(t, Decision{Rule: exitStopLoss, Readings: []Reading{
		{Text: "stop_loss, held by the exchange", Number: trigger.Float()}, {Text: "position.entry_price", Number: e.position(t).Entry().Float()},
	}})
	o.Decision = id
	e.traceHeld(o, &v)
	h := HeldStop{
		ID: o.ClientID, Strategy: t.strategy.Name, Instrument: in.Instrument, Decision: id,
		Quantity: quantity, Trigger: trigger, State: HeldSent,
		Created: min(e.at, e.now), // event time may be ahead, where a clock before was
	}
	e.change(Change{Kind: ChangeHeld, Held: h})
	e.out.Commands = append(e.out.Commands, Command{Kind: CommandHold, Approved: approved, Held: h})
}

// traceHeld takes down what a stop was checked against before the exchange was
// asked to hold it.
func (e *Engine) traceHeld(o order.Order, v *risk.View) {
	if e.cfg.Trace {
		e.traceChecks(&o, &want{}, e.cfg.Limits.ExplainHeld(&o, v))
	}
}

// laterHold waits before the exchange is asked again.
func (e *Engine) laterHold(t *trader) {
	t.holdTries++
	t.holdAt = e.latest().Add(min(exitRetryFirst<<min(t.holdTries-1, 10), exitRetryMax))
}

// release asks the exchange to let a stop go. That it did is proven by a list.
func (e *Engine) release(s *heldTracked) {
	if s.State != HeldLive {
		return // on its way, or asked already
	}
	h := s.HeldStop
	h.State = HeldReleasing
	e.keepHeld(s, h)
	e.out.Commands = append(e.out.Commands, Command{Kind: CommandRelease, Held: h})
}

// guards reports whether the exchange is proven to hold the stop loss of a
// strategy, and so the engine need not: not for long once its price is reached.
func (e *Engine) guards(t *trader, last num.Price) bool {
	s := e.book.heldOf(t.strategy.Name)
	if s == nil || s.State != HeldLive {
		return false
	}
	if _, trigger, wanted := e.wantedStop(t); !wanted || trigger != s.Trigger {
		return false
	}
	if s.Trigger.Less(last) { // between its level and the tick below
		s.reached = 0
		return true
	}
	if s.reached == 0 {
		s.reached = e.now
	}
	return e.now.Sub(s.reached) < heldPatience
}

// onHeld takes what the exchange says of stops that it holds.
func (e *Engine) onHeld(ev *Event) {
	x := &ev.Account.Held
	for _, s := range slices.Backward(e.book.held) { // one may end, and go
		switch {
		case s.ID == x.ID && x.Released:
			if s.asked == 0 && x.Result.Class != order.NotSent {
				s.next = max(e.now, 1) // whatever was answered, a list proves it; later ones come in their turn
			}
		case s.ID == x.ID:
			e.answeredHold(s, x.Result)
		case s.Instrument == ev.Instrument:
			e.shown(s, x)
		}
	}
	e.appeared(ev.Instrument, x)
	if x.Listed {
		e.claimed(ev.Instrument, x.Asked)
	}
}

// answeredHold takes the answer to the question whether a stop is held.
func (e *Engine) answeredHold(s *heldTracked, r order.Result) {
	h := s.HeldStop
	if h.State != HeldSent && h.State != HeldUnproven {
		return // a list was faster
	}
	t := e.trader(h.Strategy)
	switch {
	case r.Class == order.Accepted && r.ExchangeID != "":
		h.State, h.ExchangeID = HeldLive, r.ExchangeID
		if t != nil {
			t.holdTries, t.holdAt = 0, 0
		}
	case r.Class == order.Rejected || r.Class == order.NotSent:
		h.State, h.Why = HeldOver, "refused: "+r.Code+" "+r.Message
		if t != nil {
			e.laterHold(t)
		}
	default:
		h.State = HeldUnproven
	}
	e.keepHeld(s, h)
}

// shown looks for a stop among those that the exchange shows.
func (e *Engine) shown(s *heldTracked, x *HeldNews) {
	for i := range x.Rows {
		if r := &x.Rows[i]; e.isHeld(s, r) {
			s.listed = s.listed || x.Listed
			e.heldAs(s, r)
			return
		}
	}
	if !x.Listed {
		return
	}
	switch s.State {
	case HeldUnproven, HeldSent:
		s.probe.Missing(x.Asked)
		s.probe.Scanned(x.Asked)
		if e.book.incident {
			s.probe.Incident()
		}
		if s.probe.Proven() {
			e.proveAbsent(s)
		}
	case HeldLive, HeldReleasing:
		if s.reached = 0; s.asked > heldLost {
			e.halt(Halt{Mode: ModeHaltNew, Instrument: s.Instrument, Code: codeConflict, Reason: "the exchange lists no stop " + s.ExchangeID + " that it had taken"})
			e.endHeld(s, "the exchange lists it no more")
		}
	case HeldOver, HeldAbsent:
	}
}

// heldLost is how many lists in a row may lack a stop that the exchange took.
const heldLost = 5

// isHeld reports whether a row is a stop of ours: by its id once that is
// known; until then by what it is, as no row is that another stop is, or that
// was there before it was sent.
func (e *Engine) isHeld(s *heldTracked, r *HeldRow) bool {
	if s.ExchangeID != "" {
		return r.ExchangeID == s.ExchangeID
	}
	return !e.book.heldIDs[r.ExchangeID] && r.Side == order.Sell && r.Quantity == s.Quantity && r.Trigger == s.Trigger &&
		r.At >= s.Created.Add(-strangeWindow)
}

// heldAs takes over how the exchange shows a stop of ours.
func (e *Engine) heldAs(s *heldTracked, r *HeldRow) {
	h := s.HeldStop
	h.ExchangeID = r.ExchangeID
	switch {
	case r.OrderID != "":
		h.OrderID, h.State, h.Why = r.OrderID, HeldOver, "its price was reached"
		e.keepHeld(s, h)
		e.became(&h)
	case r.State == HeldOver:
		if t := e.trader(h.Strategy); t != nil && h.State != HeldReleasing && h.State != HeldAbsent {
			e.laterHold(t) // the exchange let it go by itself
		}
		h.State, h.Why = HeldOver, r.Why
		e.keepHeld(s, h)
	case h.State == HeldSent || h.State == HeldUnproven || h.State == HeldAbsent:
		h.State, h.Why = HeldLive, ""
		e.keepHeld(s, h)
	}
}

func (e *Engine) endHeld(s *heldTracked, why string) {
	h := s.HeldStop
	h.State, h.Why = HeldOver, why
	e.keepHeld(s, h)
}

// became makes the order that a stop became one of ours, and has its fills
// read. The exchange does not know our id for it. It is as old as the stop:
// when its price was reached is not known, and may be long ago.
func (e *Engine) became(h *HeldStop) {
	o := order.Order{
		Intent: order.Intent{
			Strategy: h.Strategy, Rule: exitStopLoss, Decision: h.Decision, Instrument: h.Instrument, Side: order.Sell, TIF: order.IOC,
			Quantity: h.Quantity, Reduces: true, Exit: true, Reference: h.Trigger, Close: true, Held: h.ID, // at the market
		},
		ClientID: h.ID, ExchangeID: h.OrderID, State: order.Open, Created: h.Created, Changed: e.at,
	}
	e.keepOrder(&o)
	t := e.book.byClient[o.ClientID]
	t.schedule(e.now)
	e.command(CommandQuery, o)
	e.command(CommandFills, o)
}

// chaseHeld asks after every stop that is due: one list for each instrument.
func (e *Engine) chaseHeld() {
	first := e.book.heldWake()
	if first == 0 || first > e.now {
		return
	}
	for _, s := range e.book.held {
		if s.next == 0 || s.next > e.now {
			continue
		}
		if s.State == HeldReleasing && s.asked > 0 {
			e.out.Commands = append(e.out.Commands, Command{Kind: CommandRelease, Held: s.HeldStop}) // may be repeated
		}
		s.probe.Asked(e.now)
		s.asked++
		s.schedule(e.now)
		e.list(s)
	}
	e.lookForAbsent()
}

// list asks how a stop stands, and for the others of its instrument.
func (e *Engine) list(s *heldTracked) {
	for i := range e.out.Commands {
		if c := &e.out.Commands[i]; c.Kind == CommandHeld && c.Held.ID == s.ID {
			return
		}
	}
	e.out.Commands = append(e.out.Commands, Command{Kind: CommandHeld, Held: s.HeldStop})
}

// stray is an order or an execution that is not in our books.
type stray struct {
	evidence   order.Evidence // of an order
	fill       order.Fill     // or an execution: its quantity tells
	instrument string
	side       order.Side
	exchangeID string
	clientID   string
	seen       market.Time // run clock
}

// stray meets what is not in our books. It may be what a stop that the exchange
// holds became: then the stops are asked for first.
func (e *Engine) stray(x stray) {
	sought := false
	for _, s := range slices.Concat(e.book.held, e.book.absent) {
		if s.Instrument == x.instrument && x.side == order.Sell && x.clientID == "" {
			sought = true
			e.list(s)
		}
	}
	if !sought {
		e.estranged(&x)
		return
	}
	x.seen = e.now
	e.book.strays = append(e.book.strays, x)
}

// estranged treats what no stop of ours became as a stranger's.
func (e *Engine) estranged(x *stray) {
	if x.fill.Quantity.IsZero() {
		e.stranger(&x.evidence)
		return
	}
	e.strangeFill(&x.fill)
}

// claimed goes through what was put off until a list: what a stop became is
// adopted by now, and its fills are read.
func (e *Engine) claimed(instrument string, asked market.Time) {
	b := &e.book
	kept := b.strays[:0]
	for _, x := range b.strays {
		switch {
		case x.instrument != instrument || x.seen > asked:
			kept = append(kept, x)
		case b.find("", x.exchangeID) == nil:
			e.estranged(&x)
		}
	}
	b.strays = kept
}

// heldMay reports whether a stop may have become an order that the books do not
// show yet: then balances are not compared.
func (b *orderBook) heldMay() bool {
	for _, s := range b.held {
		if s.State != HeldLive || !s.listed {
			return true
		}
	}
	return false
}

// listAll asks for every stop before a reconciliation that compares balances.
func (e *Engine) listAll() {
	for _, s := range e.book.held {
		s.listed = false
		e.list(s)
	}
	for _, s := range e.book.absent {
		e.listFor(s)
	}
}
