package live

import (
	"context"
	"errors"

	"rulebot/engine"
	"rulebot/engine/order"
)

// errNoKeeper is what is said of an exchange that holds no stops.
var errNoKeeper = errors.New("this exchange holds no stops")

// held carries out what is asked about a stop at the exchange.
func (n *lanes) held(ctx context.Context, j *job) []engine.Event {
	k, c := n.cfg.Exchange.Keeper, &j.command
	switch {
	case k == nil:
		return n.notSent(j, errNoKeeper.Error())
	case c.Kind == engine.CommandRelease:
		return n.answerHeld(j, k.Release(context.WithoutCancel(ctx), c.Held))
	case c.Kind == engine.CommandHeld:
		return n.listHeld(ctx, &c.Held)
	case n.halted.Load():
		return n.notSent(j, "everything was halted before the stop was sent")
	case n.late(j):
		return n.notSent(j, "the stop waited too long to be sent")
	}
	return n.answerHeld(j, k.Hold(context.WithoutCancel(ctx), c.Approved))
}

func (n *lanes) answerHeld(j *job, r order.Result) []engine.Event {
	h := &j.command.Held
	news := engine.HeldNews{ID: h.ID, Released: j.command.Kind == engine.CommandRelease, Result: r}
	return []engine.Event{{Kind: engine.KindHeld, Instrument: h.Instrument, At: n.cfg.Clock.Now(), Account: engine.AccountNews{Held: news}}}
}

func (n *lanes) listHeld(ctx context.Context, h *engine.HeldStop) []engine.Event {
	asked := n.cfg.Clock.Now()
	rows, err := n.cfg.Exchange.Keeper.Held(ctx, *h)
	if err != nil {
		n.warn(ctx, err, h.ID, "stops") // the engine asks again
		if len(rows) == 0 {
			return nil
		}
	}
	news := engine.HeldNews{Listed: err == nil, Asked: asked, Rows: rows}
	return []engine.Event{{Kind: engine.KindHeld, Instrument: h.Instrument, At: n.cfg.Clock.Now(), Account: engine.AccountNews{Held: news}}}
}

// known is an order by the id that the exchange has for it: what a stop became
// has none of ours.
func known(o order.Order) order.Order {
	if o.Held == o.ClientID && o.ExchangeID != "" {
		o.ClientID = ""
	}
	return o
}
