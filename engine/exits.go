package engine

import (
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// The names of the exits, in the order in which they are looked at.
const (
	exitStopLoss   = "stop_loss"
	exitTakeProfit = "take_profit"
	exitTrailing   = "trailing_stop"
	exitTime       = "time_stop"
)

// protect looks at the exits of every strategy that holds the instrument,
// with the price that was just traded.
func (e *Engine) protect(m *marketState) {
	held := e.shut()
	last := m.last
	for _, i := range m.traders {
		t := &e.traders[i]
		if e.flat(t) {
			continue
		}
		e.stretch(t, last)
		if held || e.at < t.hold.TryAt || e.reducing(t.strategy.Name) {
			continue // an exit is under way, or was just refused
		}
		if name, level := e.triggered(t, last); name != "" {
			e.exit(t, name, level)
		}
	}
}

// stretch keeps the highest and lowest price since the entry.
func (e *Engine) stretch(t *trader, last num.Price) {
	h := &t.hold
	if h.Max.Less(last) {
		h.Max, t.moved = last, true
	}
	if h.Min.IsZero() || last.Less(h.Min) {
		h.Min, t.moved = last, true
	}
}

// triggered returns the first exit whose condition holds, and its level.
func (e *Engine) triggered(t *trader, last num.Price) (string, num.Price) {
	h := &t.hold
	switch {
	case h.Stop.Sign() > 0 && !h.Stop.Less(last):
		return exitStopLoss, h.Stop
	case h.Target.Sign() > 0 && !last.Less(h.Target):
		return exitTakeProfit, h.Target
	}
	if level, armed := trailingLevel(h); armed && !level.Less(last) {
		return exitTrailing, level
	}
	if ts := t.strategy.Exits.Time; ts.Bars > 0 && h.Bars >= int64(ts.Bars) || ts.Age > 0 && e.at.Sub(h.Opened) >= ts.Age {
		return exitTime, last
	}
	return "", num.Price{}
}

// trailingLevel is the price at which the trailing stop sells now, once the
// position gained enough to arm it.
func trailingLevel(h *Holding) (num.Price, bool) {
	if h.Distance.IsZero() && h.Trail.IsZero() || h.Max.Less(h.Activate) {
		return num.Price{}, false
	}
	var c num.Calc
	down := h.Distance
	if down.IsZero() {
		down = num.MulDown(&c, h.Max, h.Trail, h.Max.Scale()+moneyScale)
	}
	level := num.Sub(&c, h.Max, down)
	return level, c.Err() == nil
}

func (e *Engine) exit(t *trader, name string, level num.Price) {
	readings := []Reading{{Text: name, Number: level.Float()}, {Text: "position.entry_price", Number: e.ledger.Position(t.strategy.Name).Entry().Float()}}
	id := e.decide(t, Decision{Rule: name, Readings: readings})
	e.wants = append(e.wants, want{trader: t, action: Action{Kind: ActionClose}, decision: id, name: name})
}

// freeze computes the exit prices of an open position once. What is not ready
// yet is tried again at the next bar.
func (e *Engine) freeze(t *trader) {
	x, h := &t.strategy.Exits, &t.hold
	v := e.view(t)
	in := &e.markets[t.market].listing
	entry := v.Position.EntryPrice
	if h.Stop.IsZero() && x.StopLoss.Written() {
		h.Stop = e.level(x.StopLoss, v, entry, -1, in)
		t.moved = true
	}
	if h.Target.IsZero() && len(x.TakeProfit) > 0 {
		h.Target = e.level(x.TakeProfit[0], v, entry, 1, in)
		t.moved = true
	}
	if x.Trailing.Written() && h.Distance.IsZero() && h.Trail.IsZero() {
		e.freezeTrailing(t, v, entry, in)
	}
}

// level turns a target into a price on the tick, rounded up: a stop or a
// target is reached a tick early rather than late.
func (e *Engine) level(x Target, v *View, entry, sign float64, in *market.Instrument) num.Price {
	expr := max(x.Price, x.Pct)
	n, cause := e.cfg.Program.Number(expr, v)
	if cause != Ready {
		return num.Price{}
	}
	if x.Pct != 0 {
		n = entry * (1 + sign*n/100)
	}
	p, err := num.FromFloatUp(n, in.Tick)
	if err != nil { // a level below zero protects nothing; it stays unset and is shown as such
		return num.Price{}
	}
	return p
}

func (e *Engine) freezeTrailing(t *trader, v *View, entry float64, in *market.Instrument) {
	x, h := &t.strategy.Exits.Trailing, &t.hold
	activate := 0.0
	if x.ActivatePct != 0 {
		pct, cause := e.cfg.Program.Number(x.ActivatePct, v)
		if cause != Ready {
			return
		}
		activate = entry * (1 + pct/100)
	}
	armed, err := num.FromFloatUp(activate, in.Tick)
	if err != nil {
		return
	}
	n, cause := e.cfg.Program.Number(max(x.DistancePct, x.Distance), v)
	if cause != Ready || n <= 0 {
		return
	}
	if x.DistancePct != 0 {
		h.Trail, err = num.FromFloatDown(n/100, num.MustRate("0.00000001"))
	} else {
		h.Distance, err = num.FromFloatUp(n, in.Tick)
	}
	if err == nil {
		h.Activate, t.moved = armed, true
	}
}

// remember journals what moved in the holdings of an instrument, once a bar.
func (e *Engine) remember(m *marketState) {
	for _, i := range m.traders {
		if t := &e.traders[i]; t.moved {
			e.saveHolding(t)
		}
	}
}

func (e *Engine) saveHolding(t *trader) {
	t.moved = false
	e.change(Change{Kind: ChangeHolding, Holding: t.hold})
}

// opened takes note of a buy: the first one since flat starts a new holding,
// and further fills of the same order move its entry and so its exits.
func (e *Engine) opened(t *trader, wasFlat bool, f *order.Fill) {
	h := &t.hold
	switch {
	case wasFlat:
		*h = Holding{Strategy: t.strategy.Name, Opened: f.At, Entries: 1, Entry: f.ClientID, Max: f.Price, Min: f.Price}
	case h.Entry != f.ClientID:
		h.Entries++
		h.Entry = f.ClientID
	case h.Entries == 1:
		h.Stop, h.Target, h.Activate, h.Distance, h.Trail = num.Price{}, num.Price{}, num.Price{}, num.Price{}, num.Rate{}
	}
	e.freeze(t)
	e.saveHolding(t)
}

// closed forgets the holding of a position that became flat.
func (e *Engine) closed(t *trader) {
	t.hold = Holding{Strategy: t.strategy.Name}
	e.saveHolding(t)
}

// Exits that did not work are issued again, ever more slowly: a position must
// not lose its protection, and a refusal must not become a storm.
const (
	exitRetryFirst = time.Second
	exitRetryMax   = time.Minute
)

// exitFailed schedules the next try after an exit that was denied, refused or
// ended without a fill.
func (e *Engine) exitFailed(t *trader) {
	h := &t.hold
	h.Tries++
	h.TryAt = e.at.Add(min(exitRetryFirst<<min(h.Tries-1, 10), exitRetryMax))
	e.saveHolding(t)
}
