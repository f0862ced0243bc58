package storm

import (
	"rulebot/engine"
	"rulebot/engine/order"
	"rulebot/storm/oracle"
	"rulebot/storm/venue"
)

// records says what changes mean to the judge.
func (b *bot) records(changes []engine.Change) []oracle.Record {
	var list []oracle.Record
	for i := range changes {
		if r, told := b.record(&changes[i]); told {
			list = append(list, r)
		}
	}
	return list
}

func (b *bot) record(c *engine.Change) (oracle.Record, bool) {
	switch c.Kind {
	case engine.ChangeOrder:
		o := believed(&c.Order)
		return oracle.Record{Order: &o}, true
	case engine.ChangeFill:
		f := &c.Fill
		return oracle.Record{Fill: &oracle.Fill{
			Exchange: f.ExchangeID, ID: f.ID, Client: f.ClientID, Instrument: f.Instrument, Strategy: b.known[f.ClientID], Buy: f.Side == order.Buy,
			Price: f.Price.String(), Size: f.Quantity.String(), Fee: f.Fee.String(), Currency: f.FeeCurrency,
		}}, true
	case engine.ChangeChecks:
		return oracle.Record{Checks: c.Checks.ClientID}, true
	case engine.ChangeHeld:
		h := &c.Held
		return oracle.Record{Stop: &oracle.Stop{
			ID: h.ID, Instrument: h.Instrument, Exchange: h.ExchangeID, State: h.State.String(), Size: h.Quantity.String(), Trigger: h.Trigger.String(),
		}}, true
	case engine.ChangeHalt:
		h := &c.Halt
		return oracle.Record{Halt: &oracle.Halt{All: h.Mode == engine.ModeHalt, Lifted: h.Mode == engine.ModeReady, Code: h.Code}}, true
	default: // of no meaning to the judge
		return oracle.Record{}, false
	}
}

func believed(o *order.Order) oracle.Order {
	return oracle.Order{
		Client: o.ClientID, Exchange: o.ExchangeID, Instrument: o.Instrument, State: o.State.String(), Buy: o.Side == order.Buy,
		Price: o.Price.String(), Size: o.Quantity.String(), Filled: o.Filled.String(), Booked: o.Booked.String(),
		CancelWanted: o.CancelWanted, Settled: o.Settled,
	}
}

// observe sees each step of the engine.
func (b *bot) observe(ev *engine.Event, out *engine.Outcome) {
	r := b.run
	r.judge.At(r.world.now)
	filled := false
	for i := range out.Changes {
		c := &out.Changes[i]
		if c.Kind == engine.ChangeOrder {
			b.known[c.Order.ClientID] = c.Order.Strategy
			r.say("order %s %s, %s of %s, %s", c.Order.ClientID, c.Order.State, c.Order.Booked, c.Order.Quantity, c.Order.Reason)
		}
		if c.Kind == engine.ChangeHeld {
			r.say("stop %s %s %s of %s below %s, %s", c.Held.ID, c.Held.ExchangeID, c.Held.State, c.Held.Quantity, c.Held.Trigger, c.Held.Why)
		}
		if c.Kind == engine.ChangeHalt {
			r.count("halt " + c.Halt.Code)
			r.say("halt %d %s: %s", c.Halt.Mode, c.Halt.Code, c.Halt.Reason)
		}
		if c.Kind == engine.ChangeFill {
			filled = true
			r.say("fill %s %s of %s", c.Fill.ID, c.Fill.Quantity, c.Fill.ClientID)
		}
		if rec, told := b.record(c); told {
			r.judge.Believed(rec)
		}
	}
	if ev.Kind == engine.KindReconciled {
		r.say("reconciled: %v %s", ev.Scan.Complete, ev.Scan.Reason)
	}
	if !filled {
		return
	}
	for _, p := range b.engine.Snapshot().Positions {
		r.judge.Holds(p.Strategy, p.Quantity.String())
	}
}

// told takes what became true at the exchange.
func (r *run) told(t venue.Truth) {
	if t.Order.Foreign {
		r.strange = r.strange || t.Fill != nil // a spike reaches far
		return
	}
	r.judge.At(r.world.now)
	o := t.Order
	client := o.Client
	if o.Algo != nil {
		client = r.judge.StopOf(o.Algo.ID)
	}
	if f := t.Fill; f != nil {
		r.judge.Executed(oracle.Fill{
			Exchange: o.ID, ID: digits(f.Trade), Client: client, Instrument: o.Instrument(), Buy: o.Buy,
			Price: f.Price.String(), Size: f.Size.String(), Fee: f.Fee.String(), Currency: f.Currency,
		})
	}
	state := map[int]string{0: "OPEN", 1: "PARTIAL", 2: "FILLED", -1: "CANCELED"}[o.State]
	r.say("truth: %s %s, %s of %s", client, state, o.Filled, o.Size)
	r.judge.Accepted(oracle.Order{
		Client: client, Exchange: o.ID, Instrument: o.Instrument(), State: state, Buy: o.Buy,
		Price: o.Price.String(), Size: o.Size.String(), Filled: o.Filled.String(), Since: o.Since,
	})
}
