package engine

import (
	"rulebot/engine/num"
	"rulebot/engine/portfolio"
)

// worth is what the strategies hold, at the newest prices. An account is valued
// with every trade: only what moved since is valued again.
type worth struct {
	of      []num.Money    // by trader
	sum     num.Money      // of all
	moved   []*marketState // whose price, or what is held of it, is another since
	holders int            // strategies that hold something, dust included
	priced  bool           // everything held has a price
}

// reprice takes a price of an instrument.
func (e *Engine) reprice(m *marketState, last num.Price) {
	m.last = last
	e.revalue(m)
}

// revalue says that what is held of an instrument is worth something else.
func (e *Engine) revalue(m *marketState) {
	if !m.moved {
		m.moved = true
		e.account.worth.moved = append(e.account.worth.moved, m)
	}
}

// rebook notes that the position of a strategy changed from a quantity.
func (e *Engine) rebook(t *trader, before num.Quantity) {
	w := &e.account.worth
	w.holders += count(e.position(t).Quantity.Sign() > 0) - count(before.Sign() > 0)
	w.priced = false
	e.weigh(t)
	e.revalue(&e.markets[t.market])
}

// held values what the strategies hold. What the account held before us is not
// ours and does not count.
func (e *Engine) held(c *num.Calc) num.Money {
	w := &e.account.worth
	for _, m := range w.moved {
		for _, i := range m.traders {
			var value num.Money
			if q := e.position(&e.traders[i]).Quantity; q.Sign() > 0 {
				value = portfolio.Value(c, q, m.last)
			}
			if value == w.of[i] {
				continue
			}
			sum := value // where nothing else is held
			if w.sum != w.of[i] {
				sum = num.Add(c, num.Sub(c, w.sum, w.of[i]), value)
			}
			if c.Err() != nil {
				return num.Money{} // what moved is still to be valued
			}
			w.sum, w.of[i] = sum, value
		}
	}
	for _, m := range w.moved {
		m.moved = false
	}
	w.moved = w.moved[:0]
	return w.sum
}

// priced reports whether everything held has a price. Once it has, it keeps
// one: only a fill can make it otherwise.
func (e *Engine) priced() bool {
	if e.account.worth.priced {
		return true
	}
	for i := range e.traders {
		t := &e.traders[i]
		if e.markets[t.market].last.IsZero() && e.position(t).Quantity.Sign() > 0 {
			return false
		}
	}
	e.account.worth.priced = true
	return true
}
