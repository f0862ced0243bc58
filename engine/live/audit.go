package live

import (
	"context"
	"fmt"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
)

// audit reads what the exchange has open and holds for us, and what was
// executed, beside everything that goes on. That an order is missing in a list
// proves nothing: it is asked for.
func (n *lanes) audit(ctx context.Context, j *job) []engine.Event {
	asked := n.cfg.Clock.Now()
	events, err := n.auditOrders(ctx, j)
	if err == nil {
		var more []engine.Event
		more, err = n.balances(ctx)
		events = append(events, more...)
	}
	if err != nil && !over(ctx) {
		n.cfg.Log.WithError(err).Warn("audit")
	}
	return append(events, n.audited(asked, err))
}

// balances reads what the account holds.
func (n *lanes) balances(ctx context.Context) ([]engine.Event, error) {
	balances, err := n.cfg.Exchange.Account.Balances(ctx, n.cfg.Exchange.Currencies...)
	events := make([]engine.Event, 0, len(balances))
	for _, b := range balances {
		events = append(events, engine.Event{Kind: engine.KindBalance, At: n.cfg.Clock.Now(), Account: engine.AccountNews{Balance: b}})
	}
	return events, err
}

func (n *lanes) auditOrders(ctx context.Context, j *job) ([]engine.Event, error) {
	listed := make(map[string]bool)
	events, err := n.scanOpen(ctx, &job{})
	for i := range events {
		listed[events[i].Account.ClientID] = true
	}
	for _, o := range j.unsettled {
		if err != nil {
			return events, err
		}
		if rests(&o) && !listed[o.ClientID] {
			var evidence []engine.Event
			evidence, err = n.query(ctx, o)
			events = append(events, evidence...)
		}
	}
	if err != nil || j.command.Since == 0 {
		return events, err
	}
	for _, id := range n.cfg.Exchange.Instruments {
		fills, err := n.cfg.Exchange.Account.Fills(ctx, id, "", j.command.Since)
		for _, f := range fills {
			events = append(events, fillEvent(f))
		}
		if err != nil {
			return events, fmt.Errorf("live: fills of %s: %w", id, err)
		}
	}
	return events, nil
}

// rests reports whether an order should be on the exchange's list.
func rests(o *order.Order) bool {
	return o.State == order.Open || o.State == order.Partial || o.State == order.Canceling
}

func fillEvent(f order.Fill) engine.Event {
	return engine.Event{Kind: engine.KindFill, Instrument: f.Instrument, At: f.At, Account: engine.AccountNews{Fill: f}}
}

func (n *lanes) audited(asked market.Time, err error) engine.Event {
	ev := n.reconciled(asked, err)
	ev.Scan.Audit = true
	return ev
}
