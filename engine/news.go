package engine

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// onSubmitted takes the answer to a submit.
func (e *Engine) onSubmitted(ev *Event) {
	t := e.book.find(ev.Account.ClientID, "")
	if t == nil {
		e.halt(Halt{Mode: ModeHalt, Code: codeSender, Reason: fmt.Sprintf(
			"an answer came to order %s, and we have no intent for it: look for it at the exchange", ev.Account.ClientID)})
		return
	}
	o, r := t.Order, ev.Account.Result
	if err := o.Submitted(r, ev.At); err != nil {
		e.contradiction(&o, err)
		return
	}
	e.update(t, o)
	e.refused(&o, r)
}

// refused acts on what a refusal means beyond the order.
func (e *Engine) refused(o *order.Order, r order.Result) {
	switch r.Halt {
	case order.HaltAuth:
		e.halt(Halt{Mode: ModeHalt, Code: string(risk.CodeAuth), Reason: r.Code + " " + r.Message})
	case order.HaltInstrument:
		e.halt(Halt{Mode: ModeHaltNew, Instrument: o.Instrument, Code: string(risk.CodeInstrument), Reason: r.Code + " " + r.Message})
	case order.HaltClock:
		e.session.pause = "the exchange refused our clock: " + r.Message
		e.session.retryAt = e.now.Add(reconcileRetry) // its signed questions succeed once the clock is right
	case order.HaltFunds:
		if o.Side == order.Buy && r.Class == order.Rejected {
			e.session.short++
		}
	case order.HaltIncident:
		e.incident()
	case order.HaltNone:
	}
}

// incident has every order that is not proven now wait longer for the proof
// that it was never accepted: an exchange in trouble may show it late.
func (e *Engine) incident() {
	for _, t := range e.book.live {
		if t.State == order.Unproven {
			t.probe.Incident()
		}
	}
	for _, s := range e.book.held {
		if s.State == HeldUnproven || s.State == HeldSent {
			s.probe.Incident()
		}
	}
}

// onCancelled takes the answer to a cancel. It proves nothing by itself.
func (e *Engine) onCancelled(ev *Event) {
	t := e.book.find(ev.Account.ClientID, "")
	if t == nil {
		return
	}
	o := t.Order
	if err := o.CancelAnswered(ev.Account.Result, ev.At); err != nil {
		e.contradiction(&o, err)
		return
	}
	e.update(t, o)
	switch t.State {
	case order.Open, order.Partial, order.Canceling:
		e.command(CommandQuery, t.Order) // at once; when to cancel again is for the schedule
	default: // nothing to learn, or the probe asks
	}
}

// onEvidence merges what the exchange says about an order.
func (e *Engine) onEvidence(ev *Event) {
	x := ev.Account.Evidence
	t := e.book.find(x.ClientID, x.ExchangeID)
	if t == nil {
		e.stray(stray{evidence: x, instrument: x.Instrument, side: x.Side, exchangeID: x.ExchangeID, clientID: x.ClientID})
		return
	}
	if x.Missing {
		t.probe.Missing(x.Asked)
		e.unlisted(t, x.Asked)
		return
	}
	t.lost = 0
	o := t.Order
	changed, err := o.Merge(x)
	if err != nil {
		e.contradiction(&o, err)
		return
	}
	if changed {
		e.update(t, o)
	}
}

// unlistedAfter is how long an exchange in trouble may not show an order that
// it took.
const unlistedAfter = 10 * time.Minute

// unlisted meets an order that the exchange took and does not know any more. It
// forgets some after a while; what became of this one a person must find out.
func (e *Engine) unlisted(t *tracked, asked market.Time) {
	switch t.State {
	case order.Open, order.Partial, order.Canceling:
	default:
		return
	}
	if t.lost == 0 {
		t.lost = asked
	}
	if asked.Sub(t.lost) < unlistedAfter {
		return
	}
	o := t.Order
	e.contradiction(&o, fmt.Errorf("order %s: the exchange took it and has not known it for %v", o.ClientID, unlistedAfter))
}

// stranger meets an order that is not in our books: somebody else's, or ours
// without an intent, which must not be.
func (e *Engine) stranger(x *order.Evidence) {
	if !order.Ours(x.ClientID, e.book.ids.Tag) {
		if x.ClientID == "" {
			e.doubt(x.Instrument, func(o *order.Order) bool {
				return o.Side == x.Side && o.Price == x.Price && o.Quantity == x.Quantity
			}, x.ExchangeID, "an open order without an id")
		}
		return
	}
	reason := fmt.Sprintf("the exchange has order %s with our mark and we have no intent for it: cancel it there", x.ClientID)
	e.halt(Halt{Mode: ModeHalt, Code: codeSender, Reason: reason})
}

// strangeFill meets an execution of an order that is not in our books:
// somebody else's, or of an order of ours whose id the exchange dropped.
func (e *Engine) strangeFill(f *order.Fill) {
	if order.Ours(f.ClientID, e.book.ids.Tag) {
		e.halt(Halt{Mode: ModeHalt, Code: codeSender, Reason: fmt.Sprintf(
			"order %s with our mark was executed, and we have no intent for it: look for it at the exchange", f.ClientID)})
		return
	}
	e.doubt(f.Instrument, func(o *order.Order) bool {
		worse := o.Side == order.Buy && o.Price.Less(f.Price) || o.Side == order.Sell && f.Price.Less(o.Price)
		since := o.Created.Add(-strangeWindow)
		if since > e.now {
			since = 0 // event time is where a clock before was ahead, and tells nothing
		}
		return o.Side == f.Side && !worse && !o.Quantity.Less(f.Quantity) && f.At >= since
	}, f.ExchangeID, "an execution of an unknown order")
}

// strangeWindow is how far before an order's decision a fill may be dated and
// still be taken for it: clocks differ.
const strangeWindow = time.Minute

// doubt stops an instrument in which something at the exchange could be an
// unproven order of ours: it cannot be taken for absent any more, unless that
// turns out to be another order of ours.
func (e *Engine) doubt(instrument string, could func(*order.Order) bool, exchangeID, what string) {
	for _, t := range e.book.live {
		if t.State != order.Unproven || t.Instrument != instrument || !could(&t.Order) {
			continue
		}
		t.doubt(exchangeID)
		e.halt(Halt{Mode: ModeHaltNew, Instrument: instrument, Code: string(risk.CodeDoubt), Reason: what + " could be " + t.ClientID})
	}
}

// onFill books an execution once.
func (e *Engine) onFill(ev *Event) {
	f := ev.Account.Fill
	t := e.book.find(f.ClientID, f.ExchangeID)
	if t == nil {
		e.stray(stray{fill: f, instrument: f.Instrument, side: f.Side, exchangeID: f.ExchangeID, clientID: f.ClientID})
		return
	}
	f.ClientID = t.ClientID
	known, err := e.ledger.Known(&f)
	o := t.Order
	if err != nil {
		e.contradiction(&o, err)
		return
	}
	if known {
		return
	}
	wrong := o.Book(f)
	tr := e.trader(o.Strategy)
	wasFlat := tr == nil || e.flat(tr)
	c := e.fact(ChangeFill)
	c.Fill = f
	e.apply(c)
	if wrong != nil {
		e.contradiction(&o, wrong) // the money moved: it is booked all the same
	} else {
		e.update(t, o)
	}
	e.examine(&o, &f)
	if tr != nil {
		e.filled(tr, wasFlat, &o, &f)
	}
	e.mark()
	if tr != nil {
		e.read(tr, OnFill)
		e.resolve()
	}
}

// filled tells a strategy that its position moved. An edge counts as used
// once anything of it was filled.
func (e *Engine) filled(t *trader, wasFlat bool, o *order.Order, f *order.Fill) {
	if r := t.rule(o.Rule); r != nil && !o.Exit && r.Tries > 0 {
		e.settleEdge(r)
	}
	flat := e.flat(t)
	e.sold(t, o, f)
	switch {
	case f.Side == order.Buy && !flat:
		e.opened(t, wasFlat, f)
	case flat && !wasFlat:
		e.closed(t)
		e.over(overNothing, func(s *Standing) bool { return s.Reduces && s.Strategy == t.strategy.Name })
	}
}

// ended tells the rule behind an order that it came to its end with nothing
// filled. A refusal by the exchange uses an edge up, and so does an order that
// rested until it was cancelled; one that the exchange ended because it found
// nobody, or that could not be sent, does not, unless other actions of the same
// edge may have been filled.
func (e *Engine) ended(o *order.Order) {
	if o.Filled.Sign() > 0 {
		return
	}
	t := e.trader(o.Strategy)
	if t == nil {
		return
	}
	if o.Flatten {
		e.unsold(t)
		return
	}
	if o.Exit {
		e.exitFailed(t)
		return
	}
	i := t.ruleIndex(o.Rule)
	if i < 0 {
		return
	}
	again := o.State == order.Canceled && (!o.Rests() || !o.CancelWanted) || o.State == order.Denied
	e.unspend(t, &t.rules[i])
	switch r := &t.rules[i]; {
	case again && len(t.strategy.Rules[i].Do) == 1:
		e.keepEdge(t, r, false)
	case r.Tries > 0:
		e.settleEdge(r)
	}
}

// update journals an order that moved, and starts asking afresh.
func (e *Engine) update(t *tracked, o order.Order) {
	if o == t.Order {
		return
	}
	if o.State == order.Denied && o.Code == "" {
		o.Code = string(risk.CodeNotSent)
	}
	over, settles := t.State.Terminal(), !t.Settled && o.Settled
	then := o.Expired && o.Then
	if t.State == order.NotFound && o.State != order.NotFound {
		e.halt(Halt{Mode: ModeHaltNew, Instrument: o.Instrument, Code: string(risk.CodeLate), Reason: o.ClientID + " " + o.Reason})
	}
	o.Then = o.Then && !settles // it follows now, or never
	e.keepOrder(&o)
	t.asked = 0
	t.schedule(e.now)
	if !over && o.State.Terminal() && !then {
		e.ended(&o)
	}
	if settles {
		e.follow(&o, then)
	}
}

// contradiction keeps an order whose evidence cannot be true as CONFLICT and
// stops its instrument: a person decides.
func (e *Engine) contradiction(o *order.Order, err error) {
	o.State, o.Reason = order.Conflict, err.Error()
	e.keepOrder(o)
	e.halt(Halt{Mode: ModeHaltNew, Instrument: o.Instrument, Code: codeConflict, Reason: err.Error()})
}

// onBalance takes what the exchange holds for us: the first time as the
// baseline, later as a check at the next reconciliation.
func (e *Engine) onBalance(ev *Event) {
	b := ev.Account.Balance
	e.session.funded(&b, e.cfg.Quote)
	if !e.session.baseline {
		e.change(Change{Kind: ChangeBalance, Balance: b})
		return
	}
	e.session.note(b)
}

// funded notes what the exchange holds of the quote currency: once that has
// changed, buying may be tried again after it was refused for want of funds.
func (s *session) funded(b *order.Balance, quote string) {
	if b.Currency == quote && *b != s.funds {
		s.funds, s.short = *b, 0
	}
}

// note keeps the newest balance of a currency until it is compared.
func (s *session) note(b order.Balance) {
	for i := range s.balances {
		if s.balances[i].Currency == b.Currency {
			s.balances[i] = b
			return
		}
	}
	s.balances = append(s.balances, b)
}

// onReconciled ends a reconciliation: everything the exchange said has been
// applied, so books must agree.
func (e *Engine) onReconciled(ev *Event) {
	s := &e.session
	if ev.Scan.Audit {
		e.onAudit(ev)
		return
	}
	if s.deaf {
		return // the stream's return asks for one
	}
	if ev.Scan.Asked < s.heard {
		s.retryAt = e.now // what was not heard may be missing in it
		return
	}
	if !ev.Scan.Complete {
		s.pause = "reconciliation did not complete: " + ev.Scan.Reason
		s.retryAt = e.now.Add(reconcileRetry)
		return
	}
	for _, t := range e.book.live {
		t.probe.Scanned(ev.Scan.Asked)
	}
	e.concludeProven()
	s.baseline = true
	switch err := e.agree(); {
	case s.rebase && (e.moving() || ev.Scan.Asked.Sub(s.auditing.moved) < rebaseCalm):
		s.pause = "balances are taken over once nothing moved for a minute"
		s.retryAt = max(e.now.Add(reconcileRetry), s.auditing.moved.Add(rebaseCalm))
		return
	case s.rebase:
		e.rebase()
	case err != nil:
		e.disagreed(err)
		return
	}
	if s.halt.Mode == ModeHalt { // before the restart, or before the order was known
		e.cancelAll(func(o *tracked) bool { return !o.Flatten || !s.halt.Flatten })
	}
	s.reconciled, s.pause, s.rounds, s.retryAt = true, "", 0, 0
	e.audited(ev.Scan.Asked)
	e.mark()
}

// rebase takes over what the exchange holds, after a person saw that it is
// not what we count; once nothing has moved for a while, since what moved a moment
// ago the exchange may count already, or not yet. No order and no fill is made up for it.
func (e *Engine) rebase() {
	for _, b := range e.session.balances {
		e.change(Change{Kind: ChangeBalance, Balance: b})
	}
}

// agree compares our balances with the exchange's, exactly. While an order is
// under way the two may differ and nothing is compared; one that rests, and of
// which every fill is booked, moves no money.
func (e *Engine) agree() error {
	if e.moving() {
		return nil
	}
	var errs []error
	for _, b := range e.session.balances {
		if own := e.ledger.Balance(b.Currency); own != b.Total {
			errs = append(errs, fmt.Errorf("%s: we count %s, the exchange says %s", b.Currency, own, b.Total))
		}
	}
	return errors.Join(errs...)
}

// moving reports whether an order or a stop may move money that is not booked.
func (e *Engine) moving() bool {
	return e.book.heldMay() || slices.ContainsFunc(e.book.live, func(t *tracked) bool {
		return t.State != order.Open && t.State != order.Partial || t.Booked != t.Filled
	})
}

// disagreed tries again a few times, ever later, then gives up until a person
// looks.
func (e *Engine) disagreed(err error) {
	s := &e.session
	s.reconciled = false
	s.rounds++
	s.pause = "balances do not agree: " + err.Error()
	if s.rounds > reconcileRounds {
		e.halt(Halt{Mode: ModeHalt, Code: codeBalance, Reason: err.Error()})
		s.retryAt = 0
		return
	}
	s.retryAt = e.now.Add(reconcileRetry << (s.rounds - 1))
}

// onLink notes that a stream went down or came back. Nothing is believed
// after that until it was reconciled.
func (e *Engine) onLink(ev *Event) {
	switch {
	case ev.Link.Stream == StreamMarket && !ev.Link.Up:
		for i := range e.markets {
			e.markets[i].doubt()
		}
	case ev.Link.Stream == StreamPrivate && !ev.Link.Up:
		e.session.reconciled, e.session.deaf = false, true
		e.session.pause = "the private stream is down: " + ev.Link.Reason
	case ev.Link.Stream == StreamPrivate && ev.Link.Up:
		e.session.deaf, e.session.heard = false, e.now
		e.session.retryAt = e.now
		for _, t := range e.book.live {
			t.probe.Deaf(e.now) // only a scan from here on proves anything
		}
	}
}
