package engine

import (
	"slices"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// Standing is an order that the engine holds and has not sent: a stop until
// the last price reaches it, a sale until those that rest on what it sells are
// over, the rest of an order that expired and goes on at the market. Its price
// is zero where it trades at the market, its quantity where it sells whatever
// is held.
type Standing struct {
	order.Intent
	ID      string      `json:"id"` // of the row of client order ids, and never sent
	Created market.Time `json:"created"`
	Stop    num.Price   `json:"stop,omitzero"`    // the last price at which it is placed; zero is at once
	Reached market.Time `json:"reached,omitzero"` // when that was
	Tries   int         `json:"tries,omitzero"`   // how often it was denied since
	TryAt   market.Time `json:"try_at,omitzero"`  // earliest time of the next try
	Over    string      `json:"over,omitzero"`    // why it stands no more
}

// reaches reports whether a price is at the stop or beyond it.
func (s *Standing) reaches(last num.Price) bool {
	switch {
	case s.Stop.IsZero():
		return true
	case s.Side == order.Sell:
		return !s.Stop.Less(last)
	}
	return !last.Less(s.Stop)
}

// stop reports whether it waits for a price.
func (s *Standing) stop() bool { return !s.Stop.IsZero() && s.Reached == 0 }

// Why an order that the engine held stands no more. Only one that was placed
// is an order now.
const (
	OverPlaced    = "placed"
	overExpired   = "expired"
	overCancelled = "cancelled"
	overNothing   = "nothing is left to sell"
	overDenied    = "denied"
	overHalted    = "halted"
	overStopped   = "the run ended"
)

// stand makes an intent one that the engine holds.
func (e *Engine) stand(in order.Intent, stop num.Price) {
	e.book.seq++
	if !in.Limited {
		in.Price = num.Price{} // of the market, when it is placed
	}
	s := Standing{Intent: in, ID: e.book.ids.New(e.book.seq), Created: e.at, Stop: stop}
	if s.reaches(e.markets[e.marketIndex(in.Instrument)].last) {
		s.Reached = e.at
	}
	e.change(Change{Kind: ChangeStanding, Standing: s})
}

// applyStanding makes what is held what a change says.
func (e *Engine) applyStanding(s *Standing) {
	if _, _, seq, err := order.ParseID(s.ID); err == nil {
		e.book.seq = max(e.book.seq, seq)
	}
	for i := range e.book.standing {
		if e.book.standing[i].ID != s.ID {
			continue
		}
		if e.book.standing[i] = *s; s.Over != "" {
			e.book.standing = append(e.book.standing[:i], e.book.standing[i+1:]...)
		}
		return
	}
	if s.Over == "" && e.trader(s.Strategy) != nil && e.market(s.Instrument) != nil {
		e.book.standing = append(e.book.standing, *s)
	}
}

// over ends what the engine holds, where it is chosen.
func (e *Engine) over(why string, chosen func(*Standing) bool) {
	for i := len(e.book.standing) - 1; i >= 0; i-- {
		if chosen(&e.book.standing[i]) {
			s := e.book.standing[i]
			s.Over = why
			e.change(Change{Kind: ChangeStanding, Standing: s})
		}
	}
}

// reach notes which stops of an instrument the last price reached. What a stop
// asks for does not pass while nothing may leave.
func (e *Engine) reach(m *marketState) {
	for i := range e.book.standing {
		if s := &e.book.standing[i]; s.Instrument == m.listing.ID && s.Reached == 0 && s.reaches(m.last) {
			s := *s
			s.Reached = e.at
			e.change(Change{Kind: ChangeStanding, Standing: s})
		}
	}
}

// pursue places what the engine holds and nothing holds up any more.
func (e *Engine) pursue() {
	if len(e.book.standing) == 0 || e.session.ended {
		return
	}
	e.over(overExpired, func(s *Standing) bool { return s.Reached == 0 && s.Expires != 0 && e.past(s.Expires) })
	for i := 0; i < len(e.book.standing); {
		if s := &e.book.standing[i]; s.Reached == 0 || s.TryAt > e.latest() || s.Reduces && e.shutFor(s.Flatten) {
			i++
			continue
		}
		id := e.book.standing[i].ID
		if e.placeStanding(i); i < len(e.book.standing) && e.book.standing[i].ID == id {
			i++
		}
	}
}

// latest is the time, by the market or by the clock.
func (e *Engine) latest() market.Time { return max(e.at, e.now) }

// shut reports whether nothing at all may leave now: asking would not help.
func (e *Engine) shut() bool { return e.shutFor(false) }

// shutFor is shut, or for what a person has sold although everything is halted.
func (e *Engine) shutFor(flatten bool) bool {
	halted := e.session.halt.Mode == ModeHalt && (!flatten || !e.session.halt.Flatten)
	return halted || !e.session.reconciled || e.session.ended
}

// blocked reports whether a sale has to wait for a stop that the exchange holds,
// or for sells of the strategy that rest on what it would sell, and has them
// cancelled. A zero quantity is
// everything.
func (e *Engine) blocked(t *trader, quantity num.Quantity) bool {
	if s := e.book.heldOf(t.strategy.Name); s != nil {
		e.release(s)
		return true
	}
	if !quantity.IsZero() && !e.sellable(t).Less(quantity) {
		return false
	}
	rests := func(o *tracked) bool {
		return o.Strategy == t.strategy.Name && o.Side == order.Sell && o.Rests() && o.State.Live()
	}
	if !slices.ContainsFunc(e.book.live, rests) {
		return false
	}
	e.cancelAll(rests)
	return true
}

// selling reports whether sells of the strategy are under way that hold some of
// what is wanted.
func (e *Engine) selling(t *trader, quantity num.Quantity) bool {
	var c num.Calc
	own, _ := e.book.selling(&c, t.strategy.Name, t.strategy.Series.Instrument)
	return own.Sign() > 0 && (quantity.IsZero() || e.sellable(t).Less(quantity))
}

// placeStanding makes an order of what is held, or has it tried again.
func (e *Engine) placeStanding(index int) {
	s := e.book.standing[index]
	t := e.trader(s.Strategy)
	if s.Side == order.Sell && (e.apportioned(&s) || e.blocked(t, s.Quantity) || e.selling(t, s.Quantity)) {
		return
	}
	w := &want{trader: t, rule: t.rule(s.Rule), decision: s.Decision, name: s.Rule, standing: &s}
	in, denial := e.revive(w)
	if denial == nil && in.Quantity.IsZero() {
		if s.Over = overNothing; s.Flatten {
			e.unsold(t)
		}
		e.change(Change{Kind: ChangeStanding, Standing: s})
		return
	}
	var rest num.Quantity
	if denial != nil {
		e.deny(e.newOrder(in), w, *denial)
	} else {
		in.Quantity, rest = e.part(t, &in)
		e.submit(in, w)
	}
	switch {
	case w.sent && rest.Sign() > 0: // the next order of it waits for this one
		s.Tries, s.TryAt = 0, 0
		if !s.Close {
			s.Quantity = rest
		}
	case w.sent:
		s.Over = OverPlaced
	case s.Exit && !s.Close, !s.Reduces && s.Tries == standingTries:
		s.Over = overDenied // a share of an exit is looked at again as long as its price holds
	default:
		s.Tries++
		s.TryAt = e.latest().Add(min(exitRetryFirst<<min(s.Tries-1, 10), exitRetryMax))
	}
	if s != e.book.standing[index] {
		e.change(Change{Kind: ChangeStanding, Standing: s})
	}
}

// standingTries is how often what would buy is tried again after a denial:
// what sells is, until nothing is left to sell.
const standingTries = 3

// revive gives what is held the price and quantity of now.
func (e *Engine) revive(w *want) (order.Intent, *risk.Denial) {
	s, t := w.standing, w.trader
	in := s.Intent
	in.Held, in.Reference = s.ID, e.markets[t.market].last
	if !in.Rests() {
		in.Expires = 0
	}
	if in.Side == order.Sell {
		if free := e.sellable(t); in.Quantity.IsZero() || free.Less(in.Quantity) {
			in.Quantity = free
		}
		if in.Quantity.Less(e.markets[t.market].listing.Min) {
			in.Quantity = num.Quantity{}
			return in, nil
		}
	}
	if in.Limited {
		return in, nil
	}
	price, err := e.collarPrice(t, in.Side, in.Slippage)
	if err != nil {
		return in, &risk.Denial{Code: risk.CodeBook, Reason: err.Error()}
	}
	in.Price = price
	if in.Value.Sign() > 0 {
		var c num.Calc
		in.Quantity = num.QuantityFor(&c, in.Value, price, e.markets[t.market].listing.Lot)
		if c.Err() != nil {
			return in, &risk.Denial{Code: risk.CodeSize, Reason: c.Err().Error()}
		}
	}
	return in, nil
}

// follow goes on with an order that came to its end and is not all that was
// wanted: it expired and what is left goes to the market, or it was a stop that
// found nobody.
func (e *Engine) follow(o *order.Order, then bool) {
	if o.State != order.Canceled || e.trader(o.Strategy) == nil || e.returned(o) || o.Exit {
		return
	}
	stopped := o.Held != "" && o.Reduces && !o.Limited && !o.CancelWanted
	if !stopped && !then {
		return
	}
	var c num.Calc
	in := o.Intent
	in.Quantity, in.Limited, in.TIF = num.Sub(&c, o.Quantity, o.Filled), false, order.IOC
	in.Held, in.Expires, in.Then = "", 0, false
	switch {
	case in.Close:
		in.Quantity = num.Quantity{}
	case in.Value.Sign() > 0:
		in.Value = num.Sub(&c, in.Value, num.Cost(&c, o.Price, o.Filled))
	}
	m := e.market(in.Instrument)
	if c.Err() != nil || m == nil || !in.Close && in.Quantity.Less(m.listing.Min) {
		return
	}
	e.stand(in, num.Price{})
	if stopped {
		s := e.book.standing[len(e.book.standing)-1]
		s.TryAt = e.latest().Add(exitRetryFirst)
		e.change(Change{Kind: ChangeStanding, Standing: s})
	}
}

// standingWake returns when something that the engine holds is due; 0 is
// never.
func (e *Engine) standingWake() market.Time {
	var at market.Time
	for i := range e.book.standing {
		if s := &e.book.standing[i]; s.Reached == 0 {
			at = sooner(at, s.Expires)
		} else if s.TryAt > e.latest() {
			at = sooner(at, s.TryAt)
		}
	}
	return at
}
