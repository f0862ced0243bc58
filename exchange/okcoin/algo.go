package okcoin

import (
	"errors"
	"fmt"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/wire"
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

// Leg is a price to wait for, and what is placed when a trade reaches it: a
// limit order at Price, or an order at the market.
type Leg struct {
	Trigger num.Price
	Price   num.Price
	Market  bool
}

// Terms are what the exchange is asked to do with an order, by kind; fields of
// other kinds are zero.
//
//   - Trigger places Stop, from whichever side its price is reached.
//   - Trail, once a trade reached Stop.Trigger, places an order at the market
//     when the price has come back by the part Callback from its best.
//   - Iceberg keeps one order of about Part in the book, at a distance Variance
//     from its best price, and never beyond Limit.
//   - TimeWeighted takes, each Interval, what stands within the distance Range,
//     the part Ratio of it and at most Part, and never beyond Limit.
//   - Pair places Take or Stop, whichever is reached first.
type Terms struct {
	Kind       AlgoKind
	Stop, Take Leg
	Callback   num.Rate
	Variance   num.Rate
	Part       num.Quantity
	Range      num.Rate
	Ratio      num.Rate
	Interval   time.Duration // whole seconds
	Limit      num.Price
}

// Algo is an order that the exchange itself manages, ours or not: it has no
// client order id. What it trades shows as orders of the account.
type Algo struct {
	Terms
	ID         string
	ExchangeID string // of the order that it placed; "" while there is none
	Instrument string
	Created    market.Time
	At         market.Time // of the change in a push, of the creation in a list
	State      AlgoState
	Side       order.Side
	Quantity   num.Quantity // in all; quote currency where a buy is placed at the market
	Dealt      num.Quantity // of an Iceberg or TimeWeighted, as far as told
	Code       string       // why a push says that it was cancelled: 0 time, 1 its account, 2 funds
}

func (p *Private) algo(r *row) error {
	a, err := r.algo()
	if err != nil {
		return err
	}
	if a.Kind == Trigger && p.asked[a.Instrument] {
		p.add(engine.Event{Kind: engine.KindHeld, Instrument: a.Instrument, At: a.At, Account: engine.AccountNews{Held: engine.HeldNews{Rows: []engine.HeldRow{heldRow(&a)}}}})
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
		ID: string(r.Required("algo_id")), ExchangeID: r.Text("order_id"), Code: r.Text("cancel_code"),
		Instrument: canonical(r.Required("instrument_id")), At: r.Time("timestamp"),
		Side: r.Side(), Quantity: r.Quantity("size"), Dealt: r.orZero("deal_value"),
	}
	if a.Created = a.At; len(r.Optional("created_at")) > 0 {
		a.Created = r.Time("created_at")
	}
	kind, state := r.Int("order_type"), r.Int("status")
	if a.ExchangeID == "0" {
		a.ExchangeID = ""
	}
	switch {
	case r.Err != nil:
	case !orderIDValid(a.ID):
		r.Fail("algo_id", fmt.Errorf("%q is no id", wire.Clip([]byte(a.ID))))
	case kind < int64(Trigger) || kind > int64(Pair):
		r.Fail("order_type", fmt.Errorf("%d is not a kind of algo order", kind))
	case state < int64(Waiting) || state > int64(AlgoFailed):
		r.Fail("status", fmt.Errorf("%d is not a state of an algo order", state))
	case a.Quantity.Sign() <= 0 || a.Dealt.Sign() < 0:
		r.Fail("algo order "+a.ID, fmt.Errorf("%s of %s is out of range", a.Dealt, a.Quantity))
	}
	a.State, a.Terms = AlgoState(state), r.terms(AlgoKind(kind))
	return a, r.Err
}

// terms reads the fields of a kind; which of them a row has differs.
func (r *row) terms(kind AlgoKind) Terms {
	t := Terms{Kind: kind}
	switch kind {
	case Trigger:
		t.Stop = r.leg("trigger_price", "algo_price", "algo_type")
		if len(r.Optional("algo_type")) == 0 { // its name in pushes
			t.Stop = r.leg("trigger_price", "algo_price", "stop_type")
		}
	case Trail:
		t.Stop, t.Callback = Leg{Trigger: r.optionalPrice("trigger_price"), Market: true}, r.optionalRate("callback_rate")
	case Iceberg:
		t.Variance, t.Part, t.Limit = r.optionalRate("algo_variance"), r.orZero("avg_amount"), r.optionalPrice("limit_price")
	case TimeWeighted:
		t.Range, t.Ratio = r.optionalRate("sweep_range"), r.optionalRate("sweep_ratio")
		t.Part, t.Limit = r.orZero("single_limit"), r.optionalPrice("limit_price")
		if len(r.Optional("time_interval")) > 0 {
			t.Interval = time.Duration(min(r.Int("time_interval"), intervalMax)) * time.Second
		}
	case Pair:
		t.Take = r.leg("tp_trigger_price", "tp_price", "tp_trigger_type")
		t.Stop = r.leg("sl_trigger_price", "sl_price", "sl_trigger_type")
	}
	negative := t.Stop.Trigger.Min(t.Stop.Price).Min(t.Take.Trigger).Min(t.Take.Price).Min(t.Limit).Sign() < 0 ||
		t.Part.Sign() < 0 || t.Callback.Min(t.Variance).Min(t.Range).Min(t.Ratio).Sign() < 0 || t.Interval < 0
	if negative {
		r.Fail("algo order", errors.New("one of its terms is negative"))
	}
	return t
}

// intervalMax is a day, in seconds: more than the exchange takes.
const intervalMax = 86_400

func (r *row) leg(trigger, price, places string) Leg {
	l := Leg{Trigger: r.optionalPrice(trigger), Price: r.optionalPrice(price)}
	switch kind := r.Optional(places); string(kind) {
	case "", "1":
	case "2":
		l.Market = true
	default:
		r.Fail(places, fmt.Errorf("%q is neither a limit nor the market", wire.Clip(kind)))
	}
	return l
}

func (r *row) optionalRate(key string) num.Rate {
	if len(r.Optional(key)) == 0 {
		return num.Rate{}
	}
	return wire.Parsed(&r.Row, key, wire.ParseRate)
}
