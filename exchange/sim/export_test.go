package sim

import (
	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
)

// Take is Do for tests, which cannot make an approved order.
func (p *Paper) Take(kind engine.CommandKind, o order.Order, at market.Time) {
	p.take(task{kind: kind, o: o}, at)
}

// Keep gives the paper venue's exchange an algo order.
func (p *Paper) Keep(at market.Time, r AlgoRequest) *Refusal {
	r.Account = owner
	_, no := p.x.SubmitAlgo(at, r)
	p.report()
	return no
}
