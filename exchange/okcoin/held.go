package okcoin

import (
	"context"
	"fmt"
	"slices"

	"rulebot/engine"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// Hold has the exchange keep an approved sale until its price is reached, and
// place it at the market then.
func (c *Client) Hold(ctx context.Context, a risk.Approved) order.Result {
	return c.PlaceAlgo(ctx, a, Terms{Kind: Trigger, Stop: Leg{Trigger: a.Order().Price, Market: true}})
}

// Release cancels what Hold placed.
func (c *Client) Release(ctx context.Context, h engine.HeldStop) order.Result {
	return c.CancelAlgos(ctx, h.Instrument, Trigger, []string{h.ExchangeID})[0]
}

// Held lists the triggers of an instrument: all that wait, the newest of those
// that are over, and this one wherever it is. What was read before an error
// comes with it: a stop that shows in it shows once, perhaps.
func (c *Client) Held(ctx context.Context, h engine.HeldStop) ([]engine.HeldRow, error) {
	all, err := c.WaitingAlgos(ctx, h.Instrument, Trigger)
	for _, state := range [...]AlgoState{Effective, AlgoCanceled, AlgoFailed} {
		if err != nil {
			break
		}
		var page []Algo
		page, err = c.Algos(ctx, h.Instrument, Trigger, state, Page{})
		all = append(all, page...)
	}
	if err == nil && h.ExchangeID != "" && !slices.ContainsFunc(all, func(a Algo) bool { return a.ID == h.ExchangeID }) {
		var known bool
		var one Algo
		if one, known, err = c.Algo(ctx, h.Instrument, Trigger, h.ExchangeID); known {
			all = append(all, one)
		}
	}
	rows := make([]engine.HeldRow, 0, len(all))
	for i := range all {
		rows = append(rows, heldRow(&all[i]))
	}
	return rows, err
}

func heldRow(a *Algo) engine.HeldRow {
	r := engine.HeldRow{
		ExchangeID: a.ID, OrderID: a.ExchangeID, Side: a.Side, Quantity: a.Quantity, Trigger: a.Stop.Trigger,
		State: engine.HeldLive, At: a.Created,
	}
	switch a.State {
	case Effective:
		r.State, r.Why = engine.HeldOver, "its price was reached"
	case AlgoCanceled:
		r.State, r.Why = engine.HeldOver, "cancelled at the exchange"
	case AlgoFailed:
		r.State, r.Why = engine.HeldOver, "the exchange could not place it"
	case Waiting, PartlyEffective, Paused:
	default:
		r.Why = fmt.Sprint("state ", a.State)
	}
	return r
}
