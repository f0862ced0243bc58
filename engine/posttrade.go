package engine

import (
	"fmt"
	"time"

	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// What is looked at once an order of ours was executed. Nothing of it can be
// prevented any more; it says that something is wrong which no check before
// the order sees.
const (
	outsideMost   = 3 // fills outside their price within outsideWindow stop everything
	outsideWindow = time.Hour
	feesMost      = 2 // times what was expected
	feeRounding   = 8 // digits after the point of the smallest fees, which are rounded up
)

// examine looks at an execution that was booked.
func (e *Engine) examine(o *order.Order, f *order.Fill) {
	e.examinePrice(o, f)
	e.examineFee(o, f)
}

// examinePrice holds a fill against the price that its order was sent with,
// which is the collar or within it.
func (e *Engine) examinePrice(o *order.Order, f *order.Fill) {
	var c num.Calc
	most := e.worst(&c, o)
	worse := most.Less(f.Price)
	if o.Side == order.Sell {
		worse = f.Price.Less(most)
	}
	if c.Err() != nil || most.IsZero() || !worse {
		return
	}
	e.alert(o, risk.CodeFillPrice, fmt.Sprintf("%s, is worse than %s, up to which it was sent", executedText(f), most))
	e.book.forget(e.at)
	if n := len(e.book.outside); n >= outsideMost {
		e.halt(Halt{Mode: ModeHalt, Code: string(risk.CodeFillPrice), Reason: fmt.Sprintf(
			"%d executions within %v are worse than the price their orders were sent with, the last is %s of %s", n, outsideWindow, f.ID, o.ClientID)})
	}
}

// worst is the price up to which an order may trade. What a stop became that
// the exchange held has no price: it sells at what the market gives, and the
// collar below its trigger is where that is to be looked at.
func (e *Engine) worst(c *num.Calc, o *order.Order) num.Price {
	if !o.Price.IsZero() || o.Side != order.Sell {
		return o.Price
	}
	return num.Sub(c, o.Reference, num.Mul(c, o.Reference, e.cfg.Limits.Collar))
}

// examineFee holds the fee of a fill against the worst that is expected. More
// says that the account pays other fees than funds and profits are computed
// with: nothing is added to what is held before a person has looked. What is
// charged in a currency of neither side cannot be compared.
func (e *Engine) examineFee(o *order.Order, f *order.Fill) {
	m := e.market(f.Instrument)
	if m == nil || f.Fee.Sign() <= 0 {
		return
	}
	var c num.Calc
	value := num.Cost(&c, f.Price, f.Quantity)
	expected := num.MulDown(&c, value, e.cfg.Fee, moneyScale)
	fee := f.Fee
	switch f.FeeCurrency {
	case m.listing.Quote:
	case m.listing.Base:
		fee = num.MulDown(&c, f.Fee, f.Price, moneyScale)
	default:
		return
	}
	most := num.Add(&c, num.Add(&c, expected, expected), num.MoneyOf(1, feeRounding))
	if c.Err() != nil || !most.Less(fee) {
		return
	}
	text := fmt.Sprintf("%s, cost a fee of %s %s, more than %d times the %s %s that is expected of %s %s",
		executedText(f), f.Fee, f.FeeCurrency, feesMost, expected, m.listing.Quote, value, m.listing.Quote)
	e.alert(o, risk.CodeFee, text)
	e.halt(Halt{Mode: ModeHaltNew, Instrument: f.Instrument, Code: string(risk.CodeFee), Reason: text})
}

func executedText(f *order.Fill) string {
	return fmt.Sprintf("execution %s of %s, %s %s %s at %s", f.ID, f.ClientID, f.Side, f.Quantity, f.Instrument, f.Price)
}

// alert tells people of an order that something is wrong with it.
func (e *Engine) alert(o *order.Order, code risk.Code, text string) {
	e.change(Change{Kind: ChangeNote, Note: Note{
		Strategy: o.Strategy, Rule: o.Rule, Decision: o.Decision, Notify: true, Code: string(code), Text: text,
	}})
}

// EntriesOnly reports whether what is held may be sold during the halt: it is
// known what is held, and a stop loss must not be kept back by a fee.
func (h *Halt) EntriesOnly() bool { return h.Mode == ModeHaltNew && h.Code == string(risk.CodeFee) }
