package engine

import (
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
	for i, at := range b.created {
		if b.createdBy[i] != strategy {
			continue
		}
		age := e.at.Sub(at)
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
