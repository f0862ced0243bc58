package engine

import (
	"fmt"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

const (
	moneyScale = 8  // how fine a size in quote currency is taken from a rule
	stepScale  = 12 // digits of a price before it is put on the tick
)

// intent turns a want into an order intent with an exact price and quantity.
func (e *Engine) intent(w *want) (order.Intent, *risk.Denial) {
	t := w.trader
	in := order.Intent{
		Strategy: t.strategy.Name, Rule: w.name, Decision: w.decision,
		Instrument: t.strategy.Series.Instrument,
		Side:       order.Buy, TIF: order.IOC, Exit: w.rule == nil,
		Reference: e.markets[t.market].last, Tag: w.action.Order.Tag, Target: w.target,
	}
	if w.action.Kind != ActionBuy {
		in.Side, in.Reduces = order.Sell, true
	}
	in.Close = w.action.Kind == ActionClose && w.quantity.IsZero()
	if denial := e.place(w, &in); denial != nil {
		return in, denial
	}
	var err error
	in.Quantity, err = e.quantity(w, &in)
	if err != nil {
		return in, &risk.Denial{Code: risk.CodeSize, Reason: err.Error()}
	}
	if unit := w.action.Size.Unit; in.Side == order.Buy && (unit == SizeQuote || unit == SizeEquityPct) {
		var c num.Calc
		in.Value = num.Cost(&c, in.Price, in.Quantity)
	}
	return in, nil
}

// place gives an intent its price, and says how long it may stand.
func (e *Engine) place(w *want, in *order.Intent) *risk.Denial {
	s := &w.action.Order
	if in.Limited = s.Type == Limit || s.Type == StopLimit; in.Limited {
		in.TIF = order.GTC
	}
	if s.TIF != 0 {
		in.TIF = s.TIF
	}
	in.Expires, in.Then = e.expiry(w, s.Expire), s.ThenMarket
	var err error
	if in.Slippage, err = num.FromFloatDown(s.MaxSlippageBps/10_000, num.MustRate("0.00000001")); err != nil {
		return &risk.Denial{Code: risk.CodePrice, Reason: err.Error()}
	}
	if s.Type == Market {
		if in.Price, err = e.collarPrice(w.trader, in.Side, in.Slippage); err != nil {
			return &risk.Denial{Code: risk.CodeBook, Reason: err.Error()}
		}
		return nil
	}
	if s.Type != Limit {
		// Rounded so that it is reached a tick early rather than late.
		if w.stop, err = e.limitPrice(w, s.StopPrice, in.Side); err == nil && e.crowded(in.Instrument) {
			return &risk.Denial{Code: risk.CodeLiveOrders, Reason: "as many stops are held in " + in.Instrument + " as orders may be live"}
		}
		in.Price = w.stop
	}
	if s.Type != Stop && err == nil {
		in.Price, err = e.limitPrice(w, s.Price, in.Side)
	}
	if err != nil {
		return &risk.Denial{Code: risk.CodePrice, Reason: err.Error()}
	}
	return nil
}

// crowded reports whether as many stops wait in an instrument, or in all, as
// orders may be live.
func (e *Engine) crowded(instrument string) bool {
	here, all := 0, 0
	for i := range e.book.standing {
		if s := &e.book.standing[i]; s.stop() {
			all++
			here += count(s.Instrument == instrument)
		}
	}
	most := &e.cfg.Limits.MaxOpenOrders
	return here >= most.Instrument || all >= most.Total
}

// limitPrice is what a price expression gives, on the tick: buys rounded
// down, sells rounded up.
func (e *Engine) limitPrice(w *want, x Expr, side order.Side) (num.Price, error) {
	n, cause := e.cfg.Program.Number(x, e.view(w.trader))
	if cause != Ready {
		return num.Price{}, fmt.Errorf("the price is not ready: %s", cause)
	}
	if n <= 0 {
		return num.Price{}, fmt.Errorf("the price %v is not positive", n)
	}
	tick := e.markets[w.trader.market].listing.Tick
	if side == order.Buy {
		return num.FromFloatDown(n, tick)
	}
	return num.FromFloatUp(n, tick)
}

// expiry returns when an order that is placed now is over: bars are those of
// the strategy's series, from the one that closed, or the one under way.
func (e *Engine) expiry(w *want, after Cooldown) market.Time {
	t := w.trader
	switch {
	case after.Bars > 0:
		from := t.strategy.Series.Open(e.at)
		if w.rule != nil && w.rule.on == OnBar {
			from = t.bar.Close()
		}
		return from.Add(t.strategy.Series.Timeframe.Duration() * time.Duration(after.Bars))
	case after.Age > 0:
		return e.at.Add(after.Age)
	}
	return 0
}

// collarPrice is the worst price an order may trade at: the middle of the
// quote moved by the collar, or by max_slippage_bps when that is nearer,
// rounded to the tick on the passive side.
// It stops short of our own resting orders.
func (e *Engine) collarPrice(t *trader, side order.Side, slippage num.Rate) (num.Price, error) {
	price, err := e.collar(t, side, slippage)
	if err != nil {
		return price, err
	}
	m := &e.markets[t.market]
	bid, ask := e.book.resting(m.listing.ID)
	var c num.Calc
	switch {
	case side == order.Buy && ask.Sign() > 0:
		if below := num.Sub(&c, ask, m.listing.Tick); c.Err() == nil && below.Less(price) && !below.Less(m.quote.Ask) {
			return below, nil
		}
	case side == order.Sell && bid.Sign() > 0:
		if above := num.Add(&c, bid, m.listing.Tick); c.Err() == nil && price.Less(above) && !m.quote.Bid.Less(above) {
			return above, nil
		}
	}
	return price, nil
}

func (e *Engine) collar(t *trader, side order.Side, slippage num.Rate) (num.Price, error) {
	m := &e.markets[t.market]
	if m.quote.Crossed() {
		return num.Price{}, fmt.Errorf("no valid quote for %s", m.listing.ID)
	}
	mid, err := m.quote.Mid()
	if err != nil {
		return num.Price{}, err
	}
	span := e.cfg.Limits.Collar
	if slippage.Sign() > 0 {
		span = span.Min(slippage)
	}
	var c num.Calc
	move := num.MulDown(&c, mid, span, mid.Scale()+moneyScale)
	if side == order.Buy {
		price := num.RoundDown(num.Add(&c, mid, move), stepScale)
		if c.Err() != nil {
			return num.Price{}, c.Err()
		}
		return num.FloorTo(price, m.listing.Tick)
	}
	price := num.RoundUp(&c, num.Sub(&c, mid, move), stepScale)
	if c.Err() != nil {
		return num.Price{}, c.Err()
	}
	return num.CeilTo(price, m.listing.Tick)
}

// quantity computes an action's size in base currency, rounded down to the
// lot. The reason says what a person can do about a size that is no number.
func (e *Engine) quantity(w *want, in *order.Intent) (num.Quantity, error) {
	t := w.trader
	switch {
	case !w.quantity.IsZero():
		return w.quantity, nil
	case w.action.Kind == ActionClose:
		return e.sellable(t), nil
	case w.action.Kind == ActionReduce:
		q, err := e.sized(w, in)
		return q.Min(e.sellable(t)), err
	}
	return e.sized(w, in)
}

// sized computes what a size says.
func (e *Engine) sized(w *want, in *order.Intent) (num.Quantity, error) {
	t := w.trader
	v := e.view(t)
	amount, cause := e.cfg.Program.Number(w.action.Size.Amount, v)
	if cause != Ready {
		return num.Quantity{}, fmt.Errorf("the size is not ready: %s", cause)
	}
	if amount <= 0 {
		return num.Quantity{}, fmt.Errorf("the size %v is not positive", amount)
	}
	lot := e.markets[t.market].listing.Lot
	switch w.action.Size.Unit {
	case SizeBase:
		return num.FromFloatDown(amount, lot)
	case SizePositionPct:
		return e.positionSize(t, amount, lot)
	case SizeRiskPct:
		return e.riskSize(w, in, v, amount, lot)
	case SizeQuote:
		return e.quoteSize(amount, in.Price, lot, nil)
	case SizeEquityPct:
		return e.quoteSize(v.Account.Equity*amount/100, in.Price, lot, e.spendable(in))
	}
	return num.Quantity{}, fmt.Errorf("size unit %d is not known", w.action.Size.Unit)
}

// positionSize returns a percentage of the strategy's position, exactly: all
// of it is all of it, to the last lot.
func (e *Engine) positionSize(t *trader, pct float64, lot num.Quantity) (num.Quantity, error) {
	held := e.ledger.Position(t.strategy.Name).Quantity
	share, err := num.FromFloatDown(pct, num.QuantityOf(1, moneyScale))
	if err != nil || held.Sign() <= 0 {
		return num.Quantity{}, err
	}
	var c num.Calc
	q := num.MulDivDown(&c, held, share, num.QuantityOf(100, 0), max(held.Scale(), lot.Scale()))
	if c.Err() != nil {
		return num.Quantity{}, c.Err()
	}
	return num.FloorTo(q, lot)
}

// quoteSize returns what an amount of quote currency buys at the limit price,
// so that never more than asked is spent. most, when given, cuts it.
func (e *Engine) quoteSize(amount float64, price num.Price, lot num.Quantity, most *num.Money) (num.Quantity, error) {
	m, err := num.FromFloatDown(amount, num.MoneyOf(1, moneyScale))
	if err != nil {
		return num.Quantity{}, err
	}
	if most != nil {
		m = m.Min(*most)
	}
	var c num.Calc
	q := num.QuantityFor(&c, m, price, lot)
	return q, c.Err()
}

// spendable returns what the funds check will allow for a buy, fee included.
func (e *Engine) spendable(in *order.Intent) *num.Money {
	if in.Side != order.Buy {
		return nil
	}
	var c num.Calc
	usable := e.cfg.Limits.Usable(&c, e.available(&c))
	worst := num.Add(&c, num.RateOf(1, 0), e.cfg.Fee)
	most := num.DivDown[num.MoneyUnit](&c, usable, worst, moneyScale)
	if c.Err() != nil || most.Sign() < 0 {
		most = num.Money{}
	}
	return &most
}

// riskSize returns the quantity that loses amount percent of equity between
// its price, or the market's, and the stop.
func (e *Engine) riskSize(w *want, in *order.Intent, v *View, amount float64, lot num.Quantity) (num.Quantity, error) {
	stop, cause := e.cfg.Program.Number(w.action.Size.Stop, v)
	if cause != Ready {
		return num.Quantity{}, fmt.Errorf("the stop of the size is not ready: %s", cause)
	}
	price := e.markets[w.trader.market].last.Float()
	if w.action.Order.Type != Market {
		price = in.Price.Float()
	}
	if stop >= price {
		return num.Quantity{}, fmt.Errorf("the stop %v is not below the price %v", stop, price)
	}
	return num.FromFloatDown(v.Account.Equity*amount/100/(price-stop), lot)
}
