package live

import (
	"context"
	"fmt"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/internal/killpoint"
)

// query asks how one order stands.
func (n *lanes) query(ctx context.Context, o order.Order) ([]engine.Event, error) {
	ev, err := n.cfg.Exchange.Executor.Order(ctx, known(o), n.cfg.Clock.Now())
	if err != nil {
		n.warn(ctx, err, o.ClientID, "query")
		return nil, err
	}
	return []engine.Event{n.evidence(ev)}, nil
}

// warn logs a question that was not answered, unless the run ended meanwhile.
func (n *lanes) warn(ctx context.Context, err error, clientID, what string) {
	if !over(ctx) {
		n.cfg.Log.WithError(err).WithField("client_order_id", clientID).Warn(what)
	}
}

func (n *lanes) evidence(ev order.Evidence) engine.Event {
	return engine.Event{
		Kind: engine.KindEvidence, Instrument: ev.Instrument, At: n.cfg.Clock.Now(),
		Account: engine.AccountNews{ClientID: ev.ClientID, Evidence: ev},
	}
}

// fills reads every fill of one order, however old: what a stop became at the
// exchange may have filled long before we heard of it.
func (n *lanes) fills(ctx context.Context, o order.Order, exchangeID string) ([]engine.Event, error) {
	if exchangeID == "" {
		return nil, nil
	}
	return n.fillsSince(ctx, o, exchangeID, o.ClientID, 0)
}

// fillsSince reads the fills of one order, or of every order when its id is
// not known. What is booked already is no news.
func (n *lanes) fillsSince(ctx context.Context, o order.Order, exchangeID, clientID string, since market.Time) ([]engine.Event, error) {
	fills, err := n.cfg.Exchange.Account.Fills(ctx, o.Instrument, exchangeID, since)
	if err != nil {
		n.warn(ctx, err, o.ClientID, "fills")
	}
	events := make([]engine.Event, 0, len(fills))
	for _, f := range fills {
		f.ClientID = clientID
		events = append(events, fillEvent(f))
	}
	return events, err
}

// scan reads everything the exchange holds of ours: each order we are not
// done with, by id, with its fills; every open order; the balances. What it
// could not read completely it says, and nobody trades on it.
func (n *lanes) scan(ctx context.Context, j *job) []engine.Event {
	asked := n.cfg.Clock.Now()
	events, err := n.scanOrders(ctx, j.unsettled)
	for _, look := range [...]func(context.Context, *job) ([]engine.Event, error){n.scanWatched, n.scanOpen} {
		if err == nil {
			killpoint.Reach(killpoint.Reconciling)
			var more []engine.Event
			more, err = look(ctx, j)
			events = append(events, more...)
		}
	}
	killpoint.Reach(killpoint.Reconciling)
	if err == nil {
		var balances []engine.Event
		balances, err = n.balances(ctx)
		events = append(events, balances...)
	}
	if err != nil && !over(ctx) {
		n.cfg.Log.WithError(err).Warn("reconciliation")
	}
	return append(events, n.reconciled(asked, err))
}

func (n *lanes) scanOrders(ctx context.Context, unsettled []order.Order) ([]engine.Event, error) {
	var events []engine.Event
	for _, o := range unsettled {
		evidence, err := n.query(ctx, o)
		if err != nil {
			return events, err
		}
		id := o.ExchangeID
		if id == "" {
			id = evidence[0].Account.Evidence.ExchangeID
		}
		var fills []engine.Event
		if id == "" { // nobody knows it: whatever traded could be it
			fills, err = n.fillsSince(ctx, o, "", "", n.earliest(&o))
		} else {
			fills, err = n.fills(ctx, o, id)
		}
		events = append(append(events, evidence...), fills...)
		if err != nil {
			return events, err
		}
	}
	return events, nil
}

// earliest is since when an order may have been executed: clocks differ. One
// that was decided where a clock before was ahead does not say.
func (n *lanes) earliest(o *order.Order) market.Time {
	const differ, aDay = time.Minute, 24 * time.Hour
	since := o.Created.Add(-differ)
	if now := n.cfg.Clock.Now(); since > now {
		since = now.Add(-aDay)
	}
	return since
}

// scanWatched asks about orders that were proven absent. One that shows is
// followed up by what it filled.
func (n *lanes) scanWatched(ctx context.Context, j *job) ([]engine.Event, error) {
	var events []engine.Event
	for _, o := range j.watched {
		evidence, err := n.query(ctx, o)
		if err != nil {
			return events, err
		}
		fills, err := n.fills(ctx, o, evidence[0].Account.Evidence.ExchangeID)
		events = append(append(events, evidence...), fills...)
		if err != nil {
			return events, err
		}
	}
	return events, nil
}

// scanOpen reads the open orders and keeps those that were not asked about by
// id: ours that we forgot, or a stranger's.
func (n *lanes) scanOpen(ctx context.Context, j *job) ([]engine.Event, error) {
	asked := make(map[string]bool, len(j.unsettled))
	for _, o := range j.unsettled {
		asked[o.ClientID] = true
	}
	var events []engine.Event
	for _, id := range n.cfg.Exchange.Instruments {
		open, err := n.cfg.Exchange.Account.OpenOrders(ctx, id)
		for _, ev := range open {
			if !asked[ev.ClientID] {
				events = append(events, n.evidence(ev))
			}
		}
		if err != nil {
			return events, fmt.Errorf("live: open orders of %s: %w", id, err)
		}
	}
	return events, nil
}

func (n *lanes) reconciled(asked market.Time, err error) engine.Event {
	s := engine.Scan{Asked: asked, Complete: err == nil}
	if err != nil {
		s.Reason = err.Error()
	}
	return engine.Event{Kind: engine.KindReconciled, At: n.cfg.Clock.Now(), Scan: s}
}
