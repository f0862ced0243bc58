package byhand

import (
	"fmt"
	"math"
	"math/big"
)

const (
	minute  = 60_000
	latency = 50 // from a decision to the exchange
)

// order is on its way to the exchange.
type order struct {
	rule, side string
	quantity   *big.Rat
	arrives    int64
}

// quote is what the market shows; both sides show as much.
type quote struct{ bid, ask, size *big.Rat }

// world is the account, the position and the market at a moment.
type world struct {
	m     Market
	s     Strategy
	fills []Fill

	quote quote
	last  *big.Rat
	cash  *big.Rat
	held  *big.Rat
	cost  *big.Rat // of what is held, fees included
	entry *big.Rat // mean price of what is held
	trade int
	way   *order
}

// Play returns the fills of a strategy over bars of a minute without gaps.
func Play(m Market, s Strategy, bars []Bar) ([]Fill, error) {
	series, ends := fold(bars, s.Minutes)
	enter, leave := s.Enter(series), s.Leave(series)
	w := &world{m: m, s: s, cash: m.Cash, held: whole(0), cost: whole(0), entry: whole(0)}
	var entered, left Truth // what was last known of the rules' conditions
	for i, b := range bars {
		if err := w.walk(b, shown(bars, i, &m)); err != nil {
			return nil, err
		}
		now := b.Open + minute
		if err := w.arrive(now); err != nil {
			return nil, err
		}
		w.last = b.C
		w.protect(now)
		if k, ok := ends[i]; ok {
			into, out := both(w.empty(), enter[k]), both(truth(!w.flat()), leave[k])
			if rises(&entered, into) {
				w.buy(now)
			}
			if rises(&left, out) {
				w.sell(now, s.LeaveRule)
			}
		}
	}
	return w.fills, w.arrive(math.MaxInt64) // what is on its way arrives
}

// shown is what each side of a quote shows while a bar lasts: a quarter of the
// mean volume of the sixteen before, the first counting for what was before it.
func shown(bars []Bar, i int, m *Market) *big.Rat {
	sum := whole(0)
	for k := i - 16; k < i; k++ {
		sum = add(sum, floor(bars[max(k, 0)].Volume, m.Lot))
	}
	size := floor(quo(sum, whole(4*16)), m.Lot)
	if size.Cmp(m.Least) < 0 {
		return m.Least
	}
	return size
}

// walk goes along the path inside a bar.
func (w *world) walk(b Bar, size *big.Rat) error {
	near, far := b.L, b.H
	up, down := sub(b.H, b.O), sub(b.O, b.L)
	if c := up.Cmp(down); c < 0 || c == 0 && b.C.Cmp(b.O) < 0 {
		near, far = b.H, b.L
	}
	after := [...]int64{0, minute / 3, 2 * minute / 3, minute - 1}
	for k, price := range []*big.Rat{b.O, near, far, b.C} {
		now := b.Open + after[k]
		if err := w.arrive(now); err != nil {
			return err
		}
		half := mul(price, quo(w.m.Spread, whole(2)))
		w.quote = quote{floor(sub(price, half), w.m.Tick), ceil(add(price, half), w.m.Tick), size}
		if b.Volume.Sign() > 0 {
			w.last = price
			w.protect(now)
		}
	}
	return nil
}

// rises reports whether a condition that was false is true now. What is not
// ready says nothing.
func rises(known *Truth, now Truth) bool {
	before := *known
	if now != NotReady {
		*known = now
	}
	return before == False && now == True
}

// empty is what for: flat asks: not ready while a buy is on its way.
func (w *world) empty() Truth {
	if w.way != nil && w.way.side == "buy" {
		return NotReady
	}
	return truth(w.flat())
}

func (w *world) flat() bool { return w.held.Cmp(w.m.Least) < 0 }

// protect sells when the price reached the stop or the target.
func (w *world) protect(now int64) {
	if w.flat() || w.way != nil {
		return
	}
	one := whole(1)
	if w.s.Stop != nil && w.last.Cmp(ceil(mul(w.entry, sub(one, w.s.Stop)), w.m.Tick)) <= 0 {
		w.sell(now, "stop_loss")
	} else if w.s.Target != nil && w.last.Cmp(ceil(mul(w.entry, add(one, w.s.Target)), w.m.Tick)) >= 0 {
		w.sell(now, "take_profit")
	}
}

func (w *world) sell(now int64, rule string) {
	if w.way == nil {
		w.way = &order{rule, "sell", floor(w.held, w.m.Lot), now + latency}
	}
}

// buy sizes an order by the worst price at which it may fill.
func (w *world) buy(now int64) {
	mid := quo(add(w.quote.bid, w.quote.ask), whole(2))
	worst := floor(mul(mid, add(whole(1), w.m.Collar)), w.m.Tick)
	q := w.s.Base
	switch {
	case w.s.Quote != nil:
		q = quo(w.s.Quote, worst)
	case w.s.EquityShare != nil:
		q = quo(mul(w.s.EquityShare, add(w.cash, mul(w.held, w.last))), worst)
	}
	w.way = &order{w.s.EnterRule, "buy", floor(q, w.m.Lot), now + latency}
}

// arrive fills the order that reaches the exchange before a moment, at the
// quote of then.
func (w *world) arrive(now int64) error {
	o := w.way
	if o == nil || o.arrives > now {
		return nil
	}
	if o.quantity.Cmp(w.quote.size) > 0 {
		return fmt.Errorf("an order of %s where %s are shown: this package knows the best level only", o.quantity.FloatString(8), w.quote.size.FloatString(8))
	}
	w.way = nil
	f := Fill{At: o.arrives, Rule: o.rule, Side: o.side, Quantity: o.quantity}
	digits := big.NewRat(1, 1e8)
	if o.side == "buy" {
		if w.flat() {
			w.trade++
		}
		f.Price, f.FeeIn = w.quote.ask, "base"
		f.Value = mul(f.Price, f.Quantity)
		f.Fee = ceil(mul(f.Quantity, w.m.Taker), digits)
		got := sub(f.Quantity, f.Fee)
		w.entry = quo(add(mul(w.entry, w.held), mul(f.Price, got)), add(w.held, got))
		w.held, w.cost, w.cash = add(w.held, got), add(w.cost, f.Value), sub(w.cash, f.Value)
	} else {
		f.Price, f.FeeIn = w.quote.bid, "quote"
		f.Value = mul(f.Price, f.Quantity)
		f.Fee = ceil(mul(f.Value, w.m.Taker), digits)
		part := mul(w.cost, quo(f.Quantity, w.held))
		got := sub(f.Value, f.Fee)
		f.Profit = sub(got, part)
		w.held, w.cost, w.cash = sub(w.held, f.Quantity), sub(w.cost, part), add(w.cash, got)
	}
	f.Trade, f.Holds = w.trade, w.held
	w.fills = append(w.fills, f)
	return nil
}
