package okcoin

import (
	"fmt"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

const tableAlgo = "spot/order_algo"

// AlgoKind is what the exchange does with an order that it manages.
type AlgoKind uint8

// The kinds, by the exchange's numbers.
const (
	Trigger AlgoKind = iota + 1
	Trail
	Iceberg
	TimeWeighted
	Pair // take profit and stop loss
)

// AlgoState is how far such an order is.
type AlgoState uint8

// The states, by the exchange's numbers.
const (
	Waiting AlgoState = iota + 1
	Effective
	AlgoCanceled
	PartlyEffective
	Paused
	AlgoFailed
)

// Algo is an order that the exchange itself manages. Nothing here places one:
// it is somebody else's, and what it trades shows as orders of the account.
type Algo struct {
	ID         string
	ExchangeID string // of the order that it placed; "" while there is none
	Instrument string
	At         market.Time
	Kind       AlgoKind
	State      AlgoState
	Side       order.Side
	Quantity   num.Quantity
	Trigger    num.Price // zero where the kind has none
}

func (p *Private) algo(r *row) error {
	a, err := r.algo()
	if err != nil {
		return err
	}
	if !p.asked[a.Instrument] || p.onAlgo == nil {
		p.cfg.Report(fmt.Errorf("okcoin: private stream: algo order %s of %q, which was not asked for", a.ID, a.Instrument))
		return nil
	}
	p.onAlgo(a)
	return nil
}

func (r *row) algo() (Algo, error) {
	a := Algo{
		ID: string(r.required("algo_id")), ExchangeID: r.string("order_id"),
		Instrument: canonical(r.required("instrument_id")), At: r.time("timestamp"),
		Side: r.side(), Quantity: r.quantity("size"), Trigger: r.optionalPrice("trigger_price"),
	}
	kind, state := r.int("order_type"), r.int("status")
	if a.ExchangeID == "0" {
		a.ExchangeID = ""
	}
	switch {
	case r.err != nil:
	case kind < int64(Trigger) || kind > int64(Pair):
		r.fail("order_type", fmt.Errorf("%d is not a kind of algo order", kind))
	case state < int64(Waiting) || state > int64(AlgoFailed):
		r.fail("status", fmt.Errorf("%d is not a state of an algo order", state))
	case a.Quantity.Sign() <= 0 || a.Trigger.Sign() < 0:
		r.fail("algo order "+a.ID, fmt.Errorf("%s at %s is out of range", a.Quantity, a.Trigger))
	}
	a.Kind, a.State = AlgoKind(kind), AlgoState(state)
	return a, r.err
}
