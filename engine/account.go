package engine

import (
	"fmt"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/portfolio"
	"rulebot/engine/risk"
)

// account is what the limits on losses measure.
type account struct {
	day     Day
	equity  num.Money // at the newest mark
	cash    num.Money
	peakNew bool   // the peak rose since it was last journaled
	fresh   bool   // nothing that a mark measures moved since the newest one
	reduce  string // R30: only reducing orders may leave today; "" when free
	resumed bool   // by a person since the day was last journaled
	calm    calm
	worth   worth
	seen    stood // of floats
	floats  AccountView
}

// stood is what an account's view follows from.
type stood struct{ equity, cash, peak num.Money }

// view returns the account as rules read it, computed once for each of its
// moves that somebody looks at.
func (a *account) view() *AccountView {
	if w := (stood{a.equity, a.cash, a.day.Peak}); w != a.seen {
		a.seen = w
		v := &a.floats
		v.Equity, v.Cash, v.DrawdownPct = a.equity.Float(), a.cash.Float(), 0
		if peak := a.day.Peak.Float(); peak > 0 {
			v.DrawdownPct = 100 * (peak - v.Equity) / peak
		}
	}
	return &a.floats
}

// mark values the account at the newest prices and applies the limits on
// losses.
func (e *Engine) mark() {
	if e.account.fresh && e.at.Floor(24*time.Hour) == e.account.day.Start {
		return
	}
	if !e.priced() {
		return // after a restart: what is held is worth something, and not nothing
	}
	var c num.Calc
	equity := e.equity(&c)
	if err := c.Err(); err != nil {
		e.halt(Halt{Mode: ModeHalt, Code: string(risk.CodeExact), Reason: err.Error()})
		return
	}
	a := &e.account
	a.equity, a.cash = equity, e.ledger.Balance(e.cfg.Quote)
	if !e.session.baseline {
		return
	}
	a.fresh = true
	e.acknowledge()
	e.newDay()
	if a.day.Peak.Less(equity) {
		a.day.Peak, a.peakNew, a.calm = equity, true, calm{}
	}
	e.lossLimits()
	e.ownLosses()
}

// equity is cash plus what the strategies hold at the last price.
func (e *Engine) equity(c *num.Calc) num.Money {
	return num.Add(c, e.ledger.Balance(e.cfg.Quote), e.held(c))
}

// newDay starts the day's loss count at the first mark of a UTC day.
func (e *Engine) newDay() {
	a := &e.account
	start := e.at.Floor(24 * time.Hour)
	if start <= a.day.Start && a.day.Start != 0 {
		if e.uncounted() { // a limit that was written since
			next := a.day
			next.Made = e.made(next.Made)
			e.keepDay(&next)
		}
		return
	}
	next := Day{Start: start, Equity: a.equity, Peak: a.day.Peak.Max(a.equity), Made: e.made(nil)}
	a.peakNew = false
	e.keepDay(&next)
}

// rememberPeak journals a new highest equity, at most once a bar.
func (e *Engine) rememberPeak() {
	if e.account.peakNew {
		e.account.peakNew = false
		e.keepDay(&e.account.day)
	}
}

// losses are what R30 and R31 compare.
type losses struct {
	loss, limit   num.Money // since the day began, and what it may be
	fall, deepest num.Money // from the highest equity, and what it may be
}

func (l *losses) overDay() bool  { return l.limit.Sign() > 0 && !l.loss.Less(l.limit) }
func (l *losses) overFall() bool { return l.deepest.Sign() > 0 && !l.fall.Less(l.deepest) }

func (e *Engine) losses(c *num.Calc) losses {
	a := &e.account
	l := losses{loss: num.Sub(c, a.day.Equity, a.equity), fall: num.Sub(c, a.day.Peak, a.equity)}
	if l.loss.Sign() <= 0 && l.fall.Sign() <= 0 {
		return l
	}
	l.limit = e.cfg.Limits.LossLimit(c, a.day.Equity)
	l.deepest = num.MulDown(c, a.day.Peak, e.cfg.Limits.MaxDrawdown, moneyScale)
	return l
}

// lossLimits is R30 and R31.
func (e *Engine) lossLimits() {
	a := &e.account
	var c num.Calc
	l := e.losses(&c)
	if l.limit.IsZero() && l.deepest.IsZero() && c.Err() == nil {
		return
	}
	twice, thrice := num.Add(&c, l.loss, l.loss), num.Add(&c, l.limit, num.Add(&c, l.limit, l.limit))
	switch {
	case c.Err() != nil:
		e.halt(Halt{Mode: ModeHalt, Code: string(risk.CodeExact), Reason: c.Err().Error()})
	case l.overFall():
		reason := fmt.Sprintf("equity %s is %s below its highest %s, limit %s", a.equity, l.fall, a.day.Peak, l.deepest)
		e.halt(Halt{Mode: ModeHalt, Code: string(risk.CodeDrawdown), Reason: reason})
	case l.limit.Sign() > 0 && !twice.Less(thrice):
		reason := fmt.Sprintf("the day's loss %s is over one and a half times its limit %s", l.loss, l.limit)
		e.halt(Halt{Mode: ModeHalt, Code: string(risk.CodeDailyLoss), Reason: reason})
	case l.overDay() && a.reduce == "":
		a.reduce = fmt.Sprintf("the day's loss %s reached its limit %s", l.loss, l.limit)
		e.change(Change{Kind: ChangeHalt, Halt: Halt{Mode: ModeReduceOnly, Code: string(risk.CodeDailyLoss), Reason: a.reduce}})
		e.withdraw(func(in *order.Intent) bool { return in.Side == order.Buy })
	}
}

// halt latches a halt once, for one instrument or for all: only a person
// lifts it. A halt of everything cancels everything live.
func (e *Engine) halt(h Halt) {
	if was := &e.session.halt; was.Mode == ModeHalt && (h.Code != codeSender || was.Code == codeSender) {
		return // that the books cannot be right is said beside any other reason
	}
	if m := e.market(h.Instrument); m != nil && h.Mode == ModeHaltNew && m.halt.Mode == ModeHaltNew && (h.EntriesOnly() || !m.halt.EntriesOnly()) {
		return
	}
	e.change(Change{Kind: ChangeHalt, Halt: h})
	if h.Mode == ModeHalt {
		e.cancelAll(func(*tracked) bool { return true })
		e.over(overHalted, func(s *Standing) bool { return !s.Reduces })
	}
}

// available is quote currency that no live buy may take.
func (e *Engine) available(c *num.Calc) num.Money {
	return num.Sub(c, e.ledger.Balance(e.cfg.Quote), e.book.spending(c, e.cfg.Fee))
}

// exposure returns the worst-case value held in one instrument and in all:
// positions at the last price, and every live buy as if it filled.
func (e *Engine) exposure(c *num.Calc, instrument string) (here, all num.Money) {
	for i := range e.traders {
		t := &e.traders[i]
		p := e.position(t)
		if p.Quantity.Sign() <= 0 {
			continue
		}
		v := portfolio.Value(c, p.Quantity, e.markets[t.market].last)
		if e.markets[t.market].last.IsZero() {
			v = p.Cost // not priced since the start: what it was worth when it was bought
		}
		all = num.Add(c, all, v)
		if t.strategy.Series.Instrument == instrument {
			here = num.Add(c, here, v)
		}
	}
	buysHere, buysAll := e.book.buying(c, instrument)
	return num.Add(c, here, buysHere), num.Add(c, all, buysAll)
}

// riskView collects what the checks look at.
func (e *Engine) riskView(w *want, in *order.Intent) (risk.View, error) {
	t, instrument := w.trader, in.Instrument
	m := &e.markets[t.market]
	v := risk.View{Halted: e.halted(instrument), ReduceOnly: e.account.reduce, Session: e.session.reconciled}
	if v.ReduceOnly == "" {
		v.ReduceOnly = t.reduce
	}
	if in.Flatten && in.Reduces && e.session.halt.Flatten {
		v.Halted = e.barred()
	}
	if v.Halted == "" && m.halt.EntriesOnly() && !in.Reduces {
		v.Halted = m.halt.Code + ": " + m.halt.Reason
	}
	v.Market = risk.Market{Instrument: m.listing, Quote: m.quote, BookValid: m.valid, QuoteAge: e.now.Sub(m.quoteAt)}
	if m.listed != 0 {
		v.Market.ListedAge = e.now.Sub(m.listed)
	}
	v.Funds.Age, v.Funds.AgeLimit = e.now.Sub(e.session.auditing.told), auditedAges*e.cfg.Audit
	if w.rule != nil && w.standing == nil { // what is placed later was decided, and counted, then
		v.Waited = e.now.Sub(e.cameAt)
		v.Market.BarAge = e.now.Sub(t.bar.Close())
		v.Market.BarLimit = t.strategy.Series.Timeframe.Duration()
		if w.rule.on != OnBar {
			v.Market.BarLimit += e.cfg.Base.Duration() // the bar after it may be waiting for its last minute
		}
		v.Fires = w.rule.count(e.at)
		v.Fires.Disabled, v.Fires.Repeat = w.rule.Disabled, w.repeat
	}
	e.book.count(&v.Orders, in, e.at)
	var c num.Calc
	v.Market.Visible, v.Market.Deep = m.visible(&c, in.Side, e.cfg.Limits.Collar)
	v.Funds.Sellable = e.sellable(t)
	v.Funds.Available, v.Funds.Short = e.available(&c), e.session.short
	v.Funds.Fee = e.cfg.Fee
	v.Funds.Position, v.Funds.Exposure = e.exposure(&c, instrument)
	_, buying := e.book.buying(&c, "")
	v.Funds.Traded = num.Add(&c, e.book.tradedToday(e.at), buying)
	return v, c.Err()
}

// halted says why nothing new may leave, or "".
func (e *Engine) halted(instrument string) string {
	if h := &e.session.halt; h.Mode != ModeReady && !e.session.ended {
		return h.Code + ": " + h.Reason
	}
	if e.session.ended || e.session.hold != "" {
		return e.barred()
	}
	if m := e.market(instrument); m != nil && m.halt.Mode != ModeReady && !m.halt.EntriesOnly() {
		return m.halt.Code + ": " + m.halt.Reason
	}
	return e.session.pause
}

// barred says why nothing may leave whoever wants it, or "".
func (e *Engine) barred() string {
	switch {
	case e.session.ended:
		return "the run is ending"
	case e.session.hold != "":
		return e.session.hold
	}
	return e.session.pause
}

// count returns how often the rule fired within the last minute, hour and
// day, the firing under way not counted.
func (r *ruleState) count(now market.Time) risk.FireCount {
	var n risk.FireCount
	for _, fired := range r.fires {
		age := now.Sub(fired)
		if age < time.Minute {
			n.Minute++
		}
		if age < time.Hour {
			n.Hour++
		}
		if age < 24*time.Hour {
			n.Day++
		}
	}
	if len(r.fires) > 0 && r.fires[len(r.fires)-1] == now {
		n.Minute, n.Hour, n.Day = n.Minute-1, n.Hour-1, n.Day-1
	}
	return n
}

// note adds a firing and forgets those older than a day.
func (r *ruleState) note(at market.Time) {
	keep := r.fires[:0]
	for _, f := range r.fires {
		if at.Sub(f) < 24*time.Hour {
			keep = append(keep, f)
		}
	}
	r.fires = append(keep, at)
}
