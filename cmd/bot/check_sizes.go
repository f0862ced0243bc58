package main

import (
	"fmt"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/strategies"
)

// sizing is how large the orders of one action are, held against one
// instrument.
type sizing struct {
	strategies.Sized
	rule   string
	is     *market.Instrument
	last   num.Price // zero is not known
	fee    num.Rate  // of a buy: it is taken from what is bought
	equity num.Money // of which shares are written
}

// sizes compares the orders of a strategy with the smallest and the largest
// that an exchange takes. What depends on prices is taken at the last one.
func (m *fitting) sizes(strategy int, is *market.Instrument, last num.Price) {
	s := &m.file.Strategies[strategy]
	for _, one := range m.file.Sizes(strategy) {
		z := sizing{one, s.Rules[one.Rule].Name, is, last, m.file.Account.TakerFee, fileEquity(m.file)}
		if !z.known() {
			m.open = append(m.open, s.Name+"/"+z.rule)
		}
		if message, hint, never := z.finding(); message != "" {
			m.say(strategy, m.file.Sources[strategy].Rules[one.Rule], !never, message, hint)
		}
	}
}

// known reports whether the file says anything of the sizes.
func (z *sizing) known() bool {
	_, least := z.quantity(z.Least)
	_, most := z.quantity(z.Most)
	return most || least && z.Least > 0
}

// finding says the worst that is wrong with the sizes; never, that no order of
// them is taken.
func (z *sizing) finding() (message, hint string, never bool) {
	least, leastKnown := z.quantity(z.Least)
	most, mostKnown := z.quantity(z.Most)
	largest := z.is.Max
	switch {
	case mostKnown && z.small(most) != "":
		return z.rule + " orders " + z.small(most), z.enough(), true
	case leastKnown && !largest.IsZero() && largest.Less(least):
		return fmt.Sprintf("%s orders %s, and it takes %s at most", z.rule, z.text(least), z.text(largest)), "write less", true
	case leastKnown && z.Least > 0 && z.small(least) != "":
		return z.rule + " may order " + z.small(least), z.enough(), false
	case mostKnown && !largest.IsZero() && largest.Less(most):
		return fmt.Sprintf("%s may order %s, and it takes %s at most", z.rule, z.text(most), z.text(largest)), "what is larger is denied", false
	case leastKnown && z.Least > 0 && z.stuck(least):
		return fmt.Sprintf("%s may buy %s, which is below the minimum of %s once the fee was taken from it: it could not be sold", z.rule, z.text(least), z.text(z.is.Min)), z.enough(), false
	}
	return "", "", false
}

// quantity is how much an amount is, in whole lots, where that is known.
func (z *sizing) quantity(amount float64) (q num.Quantity, known bool) {
	var err error
	switch z.Unit {
	case engine.SizeBase:
		q, err = num.FromFloatDown(amount, z.is.Lot)
		return q, err == nil
	case engine.SizeEquityPct:
		amount *= z.equity.Float() / 100
	case engine.SizeQuote:
	default: // of the position, or of what may be lost
		return q, false
	}
	value, err := num.FromFloatDown(amount, num.MoneyOf(1, 8))
	if err != nil || z.last.IsZero() || z.Unit == engine.SizeEquityPct && z.equity.IsZero() {
		return q, false
	}
	var c num.Calc
	q = num.QuantityFor(&c, value, z.last, z.is.Lot)
	return q, c.Err() == nil
}

// small says of a quantity that it is too small; "" is not.
func (z *sizing) small(q num.Quantity) string {
	if q.Less(z.is.Min) {
		return fmt.Sprintf("%s%s, and it takes %s at least", z.text(q), z.at(), z.text(z.is.Min))
	}
	var c num.Calc
	if worth := num.Cost(&c, z.last, q); c.Err() == nil && !z.last.IsZero() && worth.Less(z.is.MinValue) {
		return fmt.Sprintf("%s%s, worth %s %s, and it takes %s at least", z.text(q), z.at(), worth, z.is.Quote, z.is.MinValue)
	}
	return ""
}

// stuck reports whether what a buy leaves after its fee is too small to sell.
func (z *sizing) stuck(q num.Quantity) bool {
	var c num.Calc
	left := num.Sub(&c, q, num.Mul(&c, q, z.fee))
	left, err := num.FloorTo(left, z.is.Lot)
	return z.Buys && c.Err() == nil && err == nil && left.Less(z.is.Min)
}

// enough says which size is: whole lots that a fee leaves large enough, at a
// price a tenth higher where it depends on one.
func (z *sizing) enough() string {
	least := z.is.Min.Float()
	if worth := z.is.MinValue.Float(); !z.last.IsZero() {
		least = max(least, worth/z.last.Float())
	}
	q, err := num.FromFloatUp(least*(1+2*z.fee.Float()), z.is.Lot)
	if err != nil {
		return ""
	}
	if z.Unit == engine.SizeBase {
		return fmt.Sprintf("write {base: %s} or more", q)
	}
	const room = 1.1
	v, err := num.FromFloatUp(q.Float()*z.last.Float()*room, num.MoneyOf(1, 0))
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s %s are enough, and leave room for the price to rise by a tenth", v, z.is.Quote)
}

func (z *sizing) text(q num.Quantity) string {
	if q.IsZero() {
		return "less than one lot"
	}
	return q.String() + " " + z.is.Base
}

func (z *sizing) at() string {
	if z.Unit == engine.SizeBase {
		return ""
	}
	return " at the last price, " + z.last.String()
}
