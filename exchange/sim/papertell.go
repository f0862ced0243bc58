package sim

import (
	"rulebot/engine"
	"rulebot/engine/order"
)

// carryOut does a command whose time has come and answers it.
func (p *Paper) carryOut(t *task) {
	switch t.kind {
	case engine.CommandSubmit:
		p.submit(&t.o)
	case engine.CommandCancel:
		p.cancel(&t.o)
	case engine.CommandQuery:
		p.query(&t.o)
	case engine.CommandFills:
		p.fills(&t.o)
	case engine.CommandReconcile:
		p.reconcile()
	case engine.CommandHold:
		p.hold(&t.o, &t.held)
	case engine.CommandRelease:
		p.release(&t.held)
	case engine.CommandHeld:
		p.list(&t.held)
	case engine.CommandAudit: // of live accounts alone: here nothing is lost on the way
	}
}

func (p *Paper) tell(kind engine.Kind, instrument string, news engine.AccountNews) {
	p.told.push(engine.Event{Kind: kind, Instrument: instrument, At: p.now, Account: news})
}

func (p *Paper) submit(o *order.Order) {
	done, no := p.x.Submit(p.now, Request{
		Account: owner, ClientID: o.ClientID, Instrument: o.Instrument,
		Side: o.Side, Type: Limit, TIF: o.TIF, Price: o.Price, Quantity: o.Quantity,
	})
	result := order.Result{Class: order.Accepted, ExchangeID: done.ID}
	if no != nil {
		result = order.Result{Class: order.Rejected, Code: no.Reason.String(), Message: no.Text}
	}
	p.tell(engine.KindSubmitted, o.Instrument, engine.AccountNews{ClientID: o.ClientID, Result: result})
	p.report()
}

func (p *Paper) cancel(o *order.Order) {
	done, no := p.x.Cancel(p.now, owner, o.Instrument, key(o))
	result := order.Result{Class: order.Accepted, ExchangeID: done.ID}
	if no != nil {
		result = order.Result{Class: order.Gone, ExchangeID: done.ID, Code: no.Reason.String(), Message: no.Text}
	}
	p.tell(engine.KindCancelled, o.Instrument, engine.AccountNews{ClientID: o.ClientID, Result: result})
	p.report()
}

// key is what the exchange finds the bot's order by.
func key(o *order.Order) string {
	if o.ExchangeID != "" {
		return o.ExchangeID
	}
	return o.ClientID
}

func (p *Paper) query(o *order.Order) {
	e := p.x.find(owner, key(o))
	if e == nil || e.Instrument != o.Instrument {
		p.tell(engine.KindEvidence, o.Instrument, engine.AccountNews{ClientID: o.ClientID, Evidence: order.Evidence{
			Source: order.FromQuery, Asked: p.now, Instrument: o.Instrument, ClientID: o.ClientID, At: p.now, Missing: true,
		}})
		return
	}
	p.evidence(&e.Order, order.FromQuery)
}

// evidence tells how an order stands.
func (p *Paper) evidence(o *Order, from order.Source) {
	ev := order.Evidence{
		Source: from, Instrument: o.Instrument, ClientID: o.ClientID, ExchangeID: o.ID, State: o.State,
		Side: o.Side, Price: o.Price, Quantity: o.Quantity, Filled: o.Filled, At: o.Changed,
	}
	if from != order.FromPush {
		ev.Asked = p.now
	}
	p.tell(engine.KindEvidence, o.Instrument, engine.AccountNews{ClientID: o.ClientID, Evidence: ev})
}

func (p *Paper) fill(f *Fill) {
	p.tell(engine.KindFill, f.Instrument, engine.AccountNews{ClientID: f.ClientID, Fill: f.Fill})
}

// fills tells every fill of an order again.
func (p *Paper) fills(o *order.Order) {
	e := p.x.find(owner, key(o))
	if e == nil || e.Instrument != o.Instrument {
		return
	}
	for _, i := range e.fills {
		p.fill(&e.acct.fills[i])
	}
}

// reconcile tells the open orders, the fills since the last reconciliation
// (all that are kept, the first time) and the balances.
func (p *Paper) reconcile() {
	a := p.x.accounts[owner]
	for _, e := range a.recent() {
		if e.live() {
			p.evidence(&e.Order, order.FromList)
		}
	}
	for i := p.scanned; i < len(a.fills); i++ {
		p.fill(&a.fills[i])
	}
	p.scanned = len(a.fills)
	for _, b := range a.balances {
		p.tell(engine.KindBalance, "", engine.AccountNews{Balance: b.report()})
	}
	p.told.push(engine.Event{Kind: engine.KindReconciled, At: p.now, Scan: engine.Scan{Asked: p.now, Complete: true}})
}

// report turns the exchange's news into what the bot is told.
func (p *Paper) report() {
	news := p.x.Drain()
	for i := range news {
		n := &news[i]
		switch n.Kind {
		case NewsFill:
			p.fill(&n.Fill)
		case NewsOrder:
			if n.Order.State != order.Open && !toldLater(news[i+1:], n.Order.ID) {
				p.evidence(&n.Order, order.FromPush)
			}
		case NewsBalance:
			p.tell(engine.KindBalance, "", engine.AccountNews{Balance: n.Balance})
		case NewsTrade: // the bot has its tape from the market
		case NewsAlgo:
			if n.Algo.Kind != AlgoTrigger {
				continue // no bot asks for one
			}
			p.tell(engine.KindHeld, n.Instrument, engine.AccountNews{Held: engine.HeldNews{Rows: []engine.HeldRow{heldRow(n.Algo)}}})
		}
	}
}

// toldLater reports whether newer news of the same order follows, which makes
// the older superfluous.
func toldLater(news []News, id string) bool {
	for i := range news {
		if news[i].Kind == NewsOrder && news[i].Order.ID == id {
			return true
		}
	}
	return false
}
