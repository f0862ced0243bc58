package engine

import (
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// Stretch is what a market did for a while, told as one event: quotes and
// trades of one instrument, of which only the last of each and the extremes
// are kept. The event's At is when it began.
type Stretch struct {
	Until          market.Time // when its newest quote or trade was
	Low, High      num.Price   // of its trades; zero while it had none
	Quotes, Trades int
}

// Glides reports whether a stretch may be taken at once. It may where none of
// its quotes and trades, one by one, could do more than move the price: nothing
// rests or is held back, no rule listens within bars, and no exit and no limit on
// losses lies between its extremes. What it stands for is then not looked at in
// vain: a backtest of bars lives by it. The caller knows that nothing is due
// before its end.
func (e *Engine) Glides(ev *Event) bool {
	m, s := e.market(ev.Instrument), &ev.Market.Stretch
	switch {
	case m == nil || m.last.IsZero() || !e.armed || e.awaits || e.session.ended || !e.session.baseline || e.account.resumed:
		return false
	case e.listens || len(e.book.live)+len(e.book.standing) > 0:
		return false // a rule on another instrument would see what this one is worth later
	case s.Until.Floor(24*time.Hour) != e.account.day.Start || e.uncounted() || !e.priced():
		return false // the day's count begins with the first of its trades
	}
	for _, h := range e.book.held {
		if h.Instrument == ev.Instrument && (h.State != HeldLive || !h.Trigger.Less(s.Low)) {
			return false
		}
	}
	return s.Trades == 0 || e.glidesOver(m, s)
}

// glidesOver reports whether no exit and no limit on losses lies between the
// extremes.
func (e *Engine) glidesOver(m *marketState, s *Stretch) bool {
	here := 0
	for _, i := range m.traders {
		t := &e.traders[i]
		if e.position(t).Quantity.Sign() <= 0 {
			continue
		}
		here++
		if t.limited() || !e.flat(t) && e.between(t, s) {
			return false
		}
	}
	if here == 0 {
		return true
	}
	return here == e.account.worth.holders && e.calmly(m, s) // two prices that move together have more than two extremes
}

// between reports whether an exit of a position may trigger within a stretch.
func (e *Engine) between(t *trader, s *Stretch) bool {
	h, ts := &t.hold, &t.strategy.Exits.Time
	if h.Stop.Sign() > 0 && !h.Stop.Less(s.Low) {
		return true
	}
	for i := range h.Targets {
		if x := &h.Targets[i]; !x.Done && x.Price.Sign() > 0 && !s.High.Less(x.Price) {
			return true
		}
	}
	reached := Holding{Max: h.Max.Max(s.High), Activate: h.Activate, Distance: h.Distance, Trail: h.Trail}
	if level, armed := trailingLevel(&reached); armed && !level.Less(s.Low) {
		return true
	}
	return ts.Bars > 0 && h.Bars >= int64(ts.Bars) || ts.Age > 0 && s.Until.Sub(h.Opened) >= ts.Age
}

// calm are prices of one instrument between which the limits on losses hold,
// whatever way the market takes: until the account moves otherwise.
type calm struct {
	of        *marketState
	low, high num.Price
	peak      bool // the account may be worth more there than ever
}

// calmly reports whether the limits on losses hold over a stretch. It looks
// further than that, so that it need not look at the next one.
func (e *Engine) calmly(m *marketState, s *Stretch) bool {
	a := &e.account
	if a.calm.of == m && !s.Low.Less(a.calm.low) && !a.calm.high.Less(s.High) {
		return true
	}
	var c num.Calc
	part := num.RoundDown(num.Mul(&c, s.High, num.RateOf(3125, 5)), m.listing.Tick.Scale())
	wide := Stretch{Low: num.Sub(&c, s.Low, part), High: num.Add(&c, s.High, part)}
	if c.Err() == nil && wide.Low.Sign() > 0 && e.solvent(m, &wide) {
		a.calm.of, a.calm.low, a.calm.high = m, wide.Low, wide.High
		return true
	}
	return e.solvent(m, s)
}

// solvent reports whether the limits on losses hold even if the account rose
// to the highest price of a stretch first and fell to the lowest then.
func (e *Engine) solvent(m *marketState, s *Stretch) bool {
	a := &e.account
	last, equity, peak := m.last, a.equity, a.day.Peak
	defer func() {
		e.reprice(m, last)
		a.equity, a.day.Peak = equity, peak
	}()
	var c num.Calc
	e.reprice(m, s.High)
	a.day.Peak = peak.Max(e.equity(&c))
	a.calm = calm{peak: a.day.Peak != peak}
	e.reprice(m, s.Low)
	a.equity = e.equity(&c)
	l := e.losses(&c)
	return c.Err() == nil && !l.overDay() && !l.overFall()
}

// onStretch takes a stretch that glides.
func (e *Engine) onStretch(ev *Event) {
	m, s := e.market(ev.Instrument), &ev.Market.Stretch
	if m == nil {
		return
	}
	m.quote, m.quoteAt, m.valid, m.looked = ev.Quote, e.now.Add(s.Until.Sub(ev.At)), true, false
	m.depth.Set(ev.Depth)
	if s.Trades == 0 {
		return
	}
	m.trade = max(m.trade, ev.Trade.ID)
	if a := &e.account; a.fresh && !e.holds(m) {
		e.reprice(m, ev.Trade.Price)
		return // the account is worth what it was
	}
	a := &e.account
	if !a.fresh {
		a.cash = e.ledger.Balance(e.cfg.Quote)
	}
	var c num.Calc
	if a.calm.of != m || a.calm.peak {
		e.reprice(m, s.High)
		if high := num.Add(&c, a.cash, e.held(&c)); c.Err() == nil && a.day.Peak.Less(high) {
			a.day.Peak, a.peakNew = high, true
		}
	}
	e.reprice(m, ev.Trade.Price)
	a.equity = num.Add(&c, a.cash, e.held(&c))
	a.fresh = c.Err() == nil
	for _, i := range m.traders {
		if t := &e.traders[i]; !e.flat(t) {
			e.stretch(t, s.High)
			e.stretch(t, s.Low)
		}
	}
}
