package sim

import (
	"rulebot/engine"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// hold takes a stop: a trigger that sells at the market.
func (p *Paper) hold(o *order.Order, h *engine.HeldStop) {
	a, no := p.x.SubmitAlgo(p.now, AlgoRequest{
		Account: owner, Instrument: o.Instrument, Side: o.Side, Size: o.Quantity.Money(), Kind: AlgoTrigger,
		Stop: Leg{Trigger: o.Price},
	})
	result := order.Result{Class: order.Accepted, ExchangeID: a.ID}
	if no != nil {
		result = order.Result{Class: order.Rejected, Code: no.Reason.String(), Message: no.Text}
	}
	p.tell(engine.KindHeld, o.Instrument, engine.AccountNews{Held: engine.HeldNews{ID: h.ID, Result: result}})
	p.report()
}

func (p *Paper) release(h *engine.HeldStop) {
	result := order.Result{Class: order.Accepted, ExchangeID: h.ExchangeID}
	if _, no := p.x.CancelAlgo(p.now, owner, h.Instrument, h.ExchangeID); no != nil {
		result = order.Result{Class: order.Gone, ExchangeID: h.ExchangeID, Code: no.Reason.String(), Message: no.Text}
	}
	p.tell(engine.KindHeld, h.Instrument, engine.AccountNews{Held: engine.HeldNews{ID: h.ID, Released: true, Result: result}})
	p.report()
}

// list tells every stop of an instrument.
func (p *Paper) list(h *engine.HeldStop) {
	news := engine.HeldNews{Listed: true, Asked: p.now}
	for _, a := range p.x.Algos(owner, h.Instrument, func(a *Algo) bool { return a.Kind == AlgoTrigger }) {
		news.Rows = append(news.Rows, heldRow(&a))
	}
	p.tell(engine.KindHeld, h.Instrument, engine.AccountNews{Held: news})
}

func heldRow(a *Algo) engine.HeldRow {
	r := engine.HeldRow{
		ExchangeID: a.ID, OrderID: a.OrderID, Side: a.Side, Quantity: num.AsQuantity(a.Size), Trigger: a.Stop.Trigger,
		State: engine.HeldLive, At: a.Created, Why: a.Reason,
	}
	if !a.live() {
		r.State = engine.HeldOver
	}
	return r
}
