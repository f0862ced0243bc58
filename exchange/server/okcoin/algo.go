package okcoin

import (
	"strconv"
	"strings"

	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

// The kinds of algo orders there are.
const (
	kindTrigger = "1"
	kindPair    = "5"
)

// The types of what an algo order places.
const (
	placesLimit  = "1"
	placesMarket = "2"
)

// algoTexts is the body of an algo order as it came.
type algoTexts struct {
	instrument, mode, kind, side, size string
	trigger, price, places             string
	takeTrigger, takePrice, takePlaces string
	stopTrigger, stopPrice, stopPlaces string
}

func (b fields) algoTexts() (t algoTexts, no *fault) {
	for _, f := range [...]struct {
		name string
		into *string
	}{
		{"instrument_id", &t.instrument},
		{"mode", &t.mode},
		{"order_type", &t.kind},
		{"side", &t.side},
		{"size", &t.size},
		{"trigger_price", &t.trigger},
		{"algo_price", &t.price},
		{"algo_type", &t.places},
		{"tp_trigger_price", &t.takeTrigger},
		{"tp_price", &t.takePrice},
		{"tp_trigger_type", &t.takePlaces},
		{"sl_trigger_price", &t.stopTrigger},
		{"sl_price", &t.stopPrice},
		{"sl_trigger_type", &t.stopPlaces},
	} {
		if *f.into, no = b.text(f.name); no != nil {
			return t, no
		}
	}
	return t, nil
}

// request reads what an algo order asks for.
func (t *algoTexts) request() (r sim.AlgoRequest, no *fault) {
	switch {
	case t.instrument == "":
		return r, missing("instrument_id")
	case t.mode != "" && t.mode != "1":
		return r, invalid("mode")
	}
	r.Instrument = t.instrument
	if r.Side, no = readSide(t.side); no != nil {
		return r, no
	}
	if r.Size, no = readAmount("size", t.size, num.ParseMoney); no != nil {
		return r, no
	}
	switch t.kind {
	case kindTrigger:
		r.Stop, no = readLeg("trigger_price", t.trigger, "algo_price", t.price, "algo_type", t.places, r.Side)
	case kindPair:
		r.Pair = true
		if r.Take, no = readLeg("tp_trigger_price", t.takeTrigger, "tp_price", t.takePrice, "tp_trigger_type", t.takePlaces, r.Side); no != nil {
			return r, no
		}
		r.Stop, no = readLeg("sl_trigger_price", t.stopTrigger, "sl_price", t.stopPrice, "sl_trigger_type", t.stopPlaces, r.Side)
	case "":
		no = missing("order_type")
	default:
		no = invalid("order_type")
	}
	return r, no
}

// readLeg reads a trigger and what it places: a limit order unless told.
func readLeg(triggerName, trigger, priceName, price, placesName, places string, side order.Side) (l sim.Leg, no *fault) {
	if l.Trigger, no = readAmount(triggerName, trigger, num.ParsePrice); no != nil {
		return l, no
	}
	switch places {
	case placesMarket:
		return l, nil
	case "", placesLimit:
	default:
		return l, invalid(placesName)
	}
	if l.Price, no = readAmount(priceName, price, num.ParsePrice); no != nil {
		return l, no
	}
	var c num.Calc
	switch {
	case side == order.Buy && num.Mul(&c, l.Trigger, num.MustRate("1.3")).Less(l.Price):
		return l, &faultAlgoBuy
	case side == order.Sell && l.Price.Less(num.Mul(&c, l.Trigger, num.MustRate("0.7"))):
		return l, &faultAlgoSell
	case c.Err() != nil:
		return l, invalid(priceName)
	}
	return l, nil
}

// algoFields are what rows and pushes of an algo order both have.
type algoFields struct {
	AlgoID       string `json:"algo_id"`
	InstrumentID string `json:"instrument_id"`
	Mode         string `json:"mode"`
	OrderID      string `json:"order_id"`
	OrderType    string `json:"order_type"`
	Side         string `json:"side"`
	Size         string `json:"size"`
	Status       string `json:"status"`
	Timestamp    string `json:"timestamp"`

	AlgoPrice    string `json:"algo_price,omitempty"`
	AlgoType     string `json:"algo_type,omitempty"`
	TriggerPrice string `json:"trigger_price,omitempty"`

	TakeTrigger string `json:"tp_trigger_price,omitempty"`
	TakePrice   string `json:"tp_price,omitempty"`
	TakeType    string `json:"tp_trigger_type,omitempty"`
	StopTrigger string `json:"sl_trigger_price,omitempty"`
	StopPrice   string `json:"sl_price,omitempty"`
	LossType    string `json:"sl_trigger_type,omitempty"`
}

// algoRow is an algo order as queries answer it.
type algoRow struct {
	algoFields
	RejectedAt string `json:"rejected_at"`

	id int64
}

// algoPush is an algo order as it is pushed.
type algoPush struct {
	algoFields
	CancelCode string `json:"cancel_code"`
	CreatedAt  string `json:"created_at"`
	StopType   string `json:"stop_type,omitempty"`
}

// algoStatuses are the codes of the states.
var algoStatuses = [...]string{
	sim.AlgoWaiting: "1", sim.AlgoEffective: "2", sim.AlgoCanceled: "3", sim.AlgoFailed: "6",
}

// underscored is how algo orders name an instrument.
func underscored(id string) string { return strings.ToLower(strings.ReplaceAll(id, "-", "_")) }

func kindOf(a *sim.Algo) string {
	if a.Pair {
		return kindPair
	}
	return kindTrigger
}

func placed(l sim.Leg) string {
	if l.Price.IsZero() {
		return placesMarket
	}
	return placesLimit
}

func newAlgo(a *sim.Algo) algoFields {
	f := algoFields{
		AlgoID: a.ID, InstrumentID: underscored(a.Instrument), Mode: "1", OrderID: a.OrderID, OrderType: kindOf(a),
		Side: a.Side.String(), Size: a.Size.String(), Status: algoStatuses[a.State], Timestamp: iso(a.Created),
	}
	if !a.Pair {
		f.TriggerPrice, f.AlgoPrice, f.AlgoType = a.Stop.Trigger.String(), orEmpty(a.Stop.Price), placed(a.Stop)
		return f
	}
	f.TakeTrigger, f.TakePrice, f.TakeType = a.Take.Trigger.String(), orEmpty(a.Take.Price), placed(a.Take)
	f.StopTrigger, f.StopPrice, f.LossType = a.Stop.Trigger.String(), orEmpty(a.Stop.Price), placed(a.Stop)
	return f
}

func newAlgoRow(a *sim.Algo) algoRow {
	r := algoRow{algoFields: newAlgo(a), id: orderNumber(a.ID)}
	if a.State == sim.AlgoCanceled || a.State == sim.AlgoFailed {
		r.RejectedAt = iso(a.Changed)
	}
	return r
}

func newAlgoPush(a *sim.Algo) algoPush {
	p := algoPush{algoFields: newAlgo(a), CreatedAt: iso(a.Created)}
	p.Timestamp, p.StopType = iso(a.Changed), p.AlgoType
	if p.OrderID == "" {
		p.OrderID = "0"
	}
	switch {
	case a.State != sim.AlgoCanceled:
	case a.Reason == sim.ByUser:
		p.CancelCode = "1"
	default:
		p.CancelCode = "2"
	}
	return p
}

// algoResult is the answer to placing one.
type algoResult struct {
	AlgoID       string `json:"algo_id"`
	ErrorCode    string `json:"error_code"`
	ErrorMessage string `json:"error_message"`
	Result       bool   `json:"result"`
}

func (e *fault) algoRefusal() algoResult {
	return algoResult{AlgoID: "-1", ErrorCode: strconv.Itoa(e.code), ErrorMessage: e.text}
}
