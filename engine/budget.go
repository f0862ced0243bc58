package engine

import (
	"fmt"
	"slices"
	"time"

	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/portfolio"
	"rulebot/engine/risk"
)

// overBudget checks an order against the limits of its strategy alone, after
// those of the account; nil is within.
func (e *Engine) overBudget(o *order.Order, w *want, v *risk.View) *risk.Denial {
	b := &w.trader.strategy.Budget
	own, err := e.ownView(w.trader, v)
	if err != nil {
		return &risk.Denial{Code: risk.CodeFunds, Reason: err.Error()}
	}
	return b.Budget(o, &own)
}

// explainBudget tells what overBudget looks at.
func (e *Engine) explainBudget(o *order.Order, w *want, v *risk.View) []risk.Verdict {
	if !w.trader.strategy.Budget.Written() {
		return nil
	}
	own, err := e.ownView(w.trader, v)
	if err != nil {
		return nil // the denial tells it
	}
	return w.trader.strategy.Budget.ExplainBudget(o, &own)
}

// ownView is a view of which the sums and counts are one strategy's.
func (e *Engine) ownView(t *trader, v *risk.View) (risk.View, error) {
	own := *v
	own.Orders = e.book.countOf(t.strategy.Name, e)
	var c num.Calc
	p := e.position(t)
	own.Funds.Position = portfolio.Value(&c, p.Quantity, e.markets[t.market].last)
	if e.markets[t.market].last.IsZero() {
		own.Funds.Position = p.Cost
	}
	for _, x := range e.book.live {
		if x.Side == order.Buy && x.Strategy == t.strategy.Name {
			own.Funds.Position = num.Add(&c, own.Funds.Position, num.Cost(&c, x.Price, outstanding(&c, &x.Order)))
		}
	}
	return own, c.Err()
}

// countOf counts the orders of one strategy.
func (b *orderBook) countOf(strategy string, e *Engine) risk.Orders {
	var n risk.Orders
	for _, t := range b.live {
		if t.State.Live() && t.Strategy == strategy {
			n.LiveHere++
			n.LiveTotal++
		}
	}
	for i := range b.created {
		if b.created[i].strategy != strategy {
			continue
		}
		age := e.at.Sub(b.created[i].at)
		n.Day++
		if age < time.Minute {
			n.Minute++
		}
		if age < time.Second {
			n.Second++
		}
	}
	return n
}

// profit is what a strategy made, open profit included.
func (e *Engine) profit(c *num.Calc, t *trader) num.Money {
	p := e.position(t)
	if p.Quantity.Sign() <= 0 {
		return p.Realised
	}
	return num.Add(c, p.Realised, p.Unrealised(c, e.markets[t.market].last))
}

// limited reports whether a strategy has a daily loss limit of its own.
func (t *trader) limited() bool { return t.strategy.Budget.MaxDailyLoss != risk.Loss{} }

// since returns what a strategy had made when its count of the day began.
func (a *account) since(strategy string) (num.Money, bool) {
	for i := range a.day.Made {
		if m := &a.day.Made[i]; m.Strategy == strategy {
			return m.Profit, true
		}
	}
	return num.Money{}, false
}

// uncounted reports whether a strategy's own daily loss is not counted yet.
func (e *Engine) uncounted() bool {
	for _, i := range e.limited {
		if _, ok := e.account.since(e.traders[i].strategy.Name); !ok {
			return true
		}
	}
	return false
}

// made adds to a list what each strategy with a daily loss limit of its own
// made so far, where it is not there yet.
func (e *Engine) made(known []Made) []Made {
	list := slices.Clone(known)
	var c num.Calc
	for i := range e.traders {
		t := &e.traders[i]
		if t.limited() && !slices.ContainsFunc(known, func(m Made) bool { return m.Strategy == t.strategy.Name }) {
			list = append(list, Made{Strategy: t.strategy.Name, Profit: e.profit(&c, t)})
		}
	}
	return list
}

// ownLosses lets a strategy that lost as much as it may in a day only reduce
// until the next: its buys that rest are cancelled.
func (e *Engine) ownLosses() {
	for _, i := range e.limited {
		t := &e.traders[i]
		if t.reduce != "" {
			continue
		}
		var c num.Calc
		reason := e.lostOwn(&c, t)
		if c.Err() != nil || reason == "" {
			continue
		}
		e.change(Change{Kind: ChangeHalt, Halt: Halt{
			Mode: ModeReduceOnly, Strategy: t.strategy.Name, Code: string(risk.CodeDailyLoss), Reason: reason,
		}})
		e.withdraw(func(in *order.Intent) bool { return in.Side == order.Buy && in.Strategy == t.strategy.Name })
	}
}

// lostOwn says that a strategy lost as much as it may in a day, or "".
func (e *Engine) lostOwn(c *num.Calc, t *trader) string {
	from, _ := e.account.since(t.strategy.Name)
	loss := num.Sub(c, from, e.profit(c, t))
	limit := t.strategy.Budget.LossLimit(c, e.account.day.Equity)
	if c.Err() != nil || limit.Sign() <= 0 || loss.Less(limit) {
		return ""
	}
	return fmt.Sprintf("the day's loss %s of strategy %s reached its limit %s", loss, t.strategy.Name, limit)
}

// freeOwn lifts what strategies may not do because of their own losses.
func (e *Engine) freeOwn() {
	for i := range e.traders {
		e.traders[i].reduce = ""
	}
}
