// Package portfolio folds fills into positions, balances and profit.
//
// Position comes from fills, never from order sizes: a buy whose fee is taken
// in base currency adds quantity less fee. Each strategy has its own
// sub-ledger; the account's balances are the sum over all of them from a
// baseline. Cost is average cost net of fees. Quantity and balances are exact;
// the cost that a sale removes is rounded down to eight digits, and the last
// sale removes what is left, so no cost is ever lost.
package portfolio

import (
	"fmt"
	"slices"
	"strings"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// costScale is how many digits after the point a share of cost keeps.
const costScale = 8

// Position is what one strategy holds of one instrument, and what it made.
type Position struct {
	Strategy string       `json:"strategy"`
	Quantity num.Quantity `json:"quantity"` // base currency, net of fees
	Cost     num.Money    `json:"cost"`     // quote currency paid for Quantity, fees included
	Average  num.Price    `json:"average"`  // mean price of what was bought, fees aside
	Realised num.Money    `json:"realised"` // quote currency, net of fees
	Fees     num.Money    `json:"fees"`     // quote currency value of all fees at their fill price
	Buys     int          `json:"buys"`
	Sells    int          `json:"sells"`
}

// Entry returns the mean price of what is held, fees aside: the price that a
// trader calls the entry. It is zero while nothing is held.
func (p *Position) Entry() num.Price {
	if p.Quantity.Sign() <= 0 {
		return num.Price{}
	}
	return p.Average
}

// Unrealised returns what selling everything at mark would make, before fees.
func (p *Position) Unrealised(c *num.Calc, mark num.Price) num.Money {
	return num.Sub(c, Value(c, p.Quantity, mark), p.Cost)
}

// Value returns quantity × mark rounded down to eight digits.
func Value(c *num.Calc, q num.Quantity, mark num.Price) num.Money {
	return num.MulDown(c, mark.Money(), q, costScale)
}

// Ledger is the account as our own fills make it. The zero value is not
// ready; use New. It is owned by one goroutine.
type Ledger struct {
	positions []Position
	balances  []holding
	sought    int // the balance that was looked for last
	fills     map[order.Key]order.Fill
}

type holding struct {
	currency string
	total    num.Money
}

// New returns a ledger with one empty position for each strategy.
func New(strategies []string) *Ledger {
	l := &Ledger{fills: make(map[order.Key]order.Fill)}
	for _, s := range strategies {
		l.positions = append(l.positions, Position{Strategy: s})
	}
	return l
}

// Position returns the position of a strategy, which New must have named.
func (l *Ledger) Position(strategy string) *Position {
	for i := range l.positions {
		if l.positions[i].Strategy == strategy {
			return &l.positions[i]
		}
	}
	return nil
}

// Positions returns all positions in the order of New. Read only.
func (l *Ledger) Positions() []Position { return l.positions }

// few balances are found faster one by one.
const few = 8

// Balance returns the total of a currency, holds included.
func (l *Ledger) Balance(currency string) num.Money {
	if len(l.balances) > few {
		if i := l.sought; i < len(l.balances) && l.balances[i].currency == currency {
			return l.balances[i].total // mostly the quote currency, again and again
		}
		if i, ok := l.find(currency); ok {
			l.sought = i
			return l.balances[i].total
		}
		return num.Money{}
	}
	for i := range l.balances { // most names differ in their first letter
		if l.balances[i].currency == currency {
			return l.balances[i].total
		}
	}
	return num.Money{}
}

// Currencies returns the currencies that have a balance, sorted.
func (l *Ledger) Currencies() []string {
	names := make([]string, 0, len(l.balances))
	for _, h := range l.balances {
		names = append(names, h.currency)
	}
	return names
}

// SetBaseline states what the account held before our first fill.
func (l *Ledger) SetBaseline(currency string, total num.Money) {
	i, ok := l.find(currency)
	if !ok {
		l.balances = slices.Insert(l.balances, i, holding{currency: currency})
	}
	l.balances[i].total = total
}

func (l *Ledger) find(currency string) (int, bool) {
	return slices.BinarySearchFunc(l.balances, currency, func(h holding, c string) int {
		return strings.Compare(h.currency, c)
	})
}

// ErrDiffers reports a fill that is already booked with other content.
type ErrDiffers struct{ Old, New order.Fill }

// Error says which fill contradicts itself.
func (e *ErrDiffers) Error() string {
	return fmt.Sprintf("portfolio: fill %s of order %s was booked with other content", e.New.ID, e.New.ExchangeID)
}

// Known reports whether the fill is booked already. A fill with the same
// identity and other content is an *ErrDiffers.
func (l *Ledger) Known(f *order.Fill) (bool, error) {
	old, ok := l.fills[f.Key()]
	if !ok {
		return false, nil
	}
	same := old.Side == f.Side && old.Price == f.Price && old.Quantity == f.Quantity &&
		old.Fee == f.Fee && old.FeeCurrency == f.FeeCurrency
	if !same {
		return true, &ErrDiffers{Old: old, New: *f}
	}
	return true, nil
}

// Apply books a fill that is not known yet for a strategy. On an error, which
// only arithmetic beyond 19 digits causes, nothing was booked.
func (l *Ledger) Apply(strategy string, in market.Instrument, f order.Fill) error {
	if err := l.Fold(strategy, in, &f); err != nil {
		return err
	}
	l.fills[f.Key()] = f
	return nil
}

// Fold is Apply for those who are told of each fill once: it is not remembered,
// so it is not known afterwards.
func (l *Ledger) Fold(strategy string, in market.Instrument, f *order.Fill) error {
	p := l.Position(strategy)
	if p == nil {
		p = l.adopt(strategy)
	}
	var c num.Calc
	next := *p
	next.book(&c, in, f)
	base, quote := flows(&c, f)
	deltas := [...]holding{{in.Base, base}, {in.Quote, quote}, {f.FeeCurrency, f.Fee.Neg()}}
	var room [3]holding
	totals := l.totals(&c, deltas[:], room[:0])
	if err := c.Err(); err != nil {
		return fmt.Errorf("portfolio: fill %s of order %s: %w", f.ID, f.ExchangeID, err)
	}
	*p = next
	for _, t := range totals {
		l.SetBaseline(t.currency, t.total)
	}
	return nil
}

// adopt adds a position for a strategy that is no longer configured but whose
// orders still fill.
func (l *Ledger) adopt(strategy string) *Position {
	l.positions = append(l.positions, Position{Strategy: strategy})
	return &l.positions[len(l.positions)-1]
}

// totals appends the balances after the deltas, one entry a currency.
func (l *Ledger) totals(c *num.Calc, deltas, after []holding) []holding {
	for _, d := range deltas {
		if d.total.IsZero() || d.currency == "" {
			continue
		}
		i := slices.IndexFunc(after, func(h holding) bool { return h.currency == d.currency })
		if i < 0 {
			after = append(after, holding{d.currency, l.Balance(d.currency)})
			i = len(after) - 1
		}
		after[i].total = num.Add(c, after[i].total, d.total)
	}
	return after
}

// flows returns what a fill moves in base and quote currency, fee aside.
func flows(c *num.Calc, f *order.Fill) (base, quote num.Money) {
	cost := num.Cost(c, f.Price, f.Quantity)
	if f.Side == order.Buy {
		return f.Quantity.Money(), cost.Neg()
	}
	return f.Quantity.Money().Neg(), cost
}

func (p *Position) book(c *num.Calc, in market.Instrument, f *order.Fill) {
	gross := num.Cost(c, f.Price, f.Quantity)
	var feeBase num.Quantity
	var feeQuote num.Money
	switch f.FeeCurrency {
	case in.Base:
		feeBase = num.AsQuantity(f.Fee)
		p.Fees = num.Add(c, p.Fees, num.MulDown(c, f.Price.Money(), feeBase, costScale))
	case in.Quote:
		feeQuote = f.Fee
		p.Fees = num.Add(c, p.Fees, feeQuote)
	}
	if f.Side == order.Buy {
		p.Buys++
		p.Average = p.averaged(c, f, gross)
		p.Quantity = num.Add(c, p.Quantity, num.Sub(c, f.Quantity, feeBase))
		p.Cost = num.Add(c, p.Cost, num.Add(c, gross, feeQuote))
		return
	}
	p.Sells++
	p.reduce(c, num.Add(c, f.Quantity, feeBase), num.Sub(c, gross, feeQuote))
}

// averaged returns the mean price once a buy is added to what is held. It is
// a derived value: rounded, and no balance depends on it.
func (p *Position) averaged(c *num.Calc, f *order.Fill, gross num.Money) num.Price {
	if p.Quantity.Sign() <= 0 {
		return f.Price
	}
	held := num.Add(c, Value(c, p.Quantity, p.Average), gross)
	return num.PriceFor(c, held, num.Add(c, p.Quantity, f.Quantity), costScale)
}

// reduce takes quantity out at average cost and books the proceeds.
func (p *Position) reduce(c *num.Calc, q num.Quantity, proceeds num.Money) {
	removed := p.Cost
	if p.Quantity.Sign() > 0 && q.Less(p.Quantity) {
		removed = num.MulDivDown(c, p.Cost, q, p.Quantity, costScale)
	}
	p.Quantity = num.Sub(c, p.Quantity, q)
	p.Cost = num.Sub(c, p.Cost, removed)
	p.Realised = num.Add(c, p.Realised, num.Sub(c, proceeds, removed))
}
