package okcoin

import (
	"strconv"
	"strings"
	"time"

	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

// kinds are the codes of the kinds.
var kinds = [...]struct {
	code string
	kind sim.AlgoKind
}{
	{"1", sim.AlgoTrigger}, {"2", sim.AlgoTrail}, {"3", sim.AlgoIceberg}, {"4", sim.AlgoSweep}, {"5", sim.AlgoPair},
}

// algosCanceledMax is how many algo orders of a kind one call cancels.
func algosCanceledMax(k sim.AlgoKind) int {
	if k == sim.AlgoIceberg || k == sim.AlgoSweep {
		return 6
	}
	return 10
}

func readKind(code string) (sim.AlgoKind, *fault) {
	if code == "" {
		return 0, missing("order_type")
	}
	for _, k := range kinds {
		if k.code == code {
			return k.kind, nil
		}
	}
	return 0, invalid("order_type")
}

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
	partTexts
}

// partTexts are those of orders that follow the market or trade in parts.
type partTexts struct {
	callback, variance, average, limit      string
	sweepRange, sweepRatio, single, seconds string
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
		{"callback_rate", &t.callback},
		{"algo_variance", &t.variance},
		{"avg_amount", &t.average},
		{"limit_price", &t.limit},
		{"sweep_range", &t.sweepRange},
		{"sweep_ratio", &t.sweepRatio},
		{"single_limit", &t.single},
		{"time_interval", &t.seconds},
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
	if r.Kind, no = readKind(t.kind); no != nil {
		return r, no
	}
	switch r.Kind {
	case sim.AlgoTrigger:
		r.Stop, no = readLeg("trigger_price", t.trigger, "algo_price", t.price, "algo_type", t.places, r.Side)
	case sim.AlgoPair:
		if r.Take, no = readLeg("tp_trigger_price", t.takeTrigger, "tp_price", t.takePrice, "tp_trigger_type", t.takePlaces, r.Side); no == nil {
			r.Stop, no = readLeg("sl_trigger_price", t.stopTrigger, "sl_price", t.stopPrice, "sl_trigger_type", t.stopPlaces, r.Side)
		}
	case sim.AlgoTrail:
		if r.Stop.Trigger, no = readAmount("trigger_price", t.trigger, num.ParsePrice); no == nil {
			r.Callback, no = callbacks.read(t.callback)
		}
	case sim.AlgoIceberg:
		if r.Distance, no = variances.read(t.variance); no == nil {
			no = t.readParts(&r, "avg_amount", t.average, &faultAlgoAverage)
		}
	case sim.AlgoSweep:
		no = t.readSweep(&r)
	}
	return r, no
}

// span is what a rate may be, and the code of its being something else.
type span struct {
	name        string
	least, most num.Rate
	no          *fault
}

var (
	callbacks = span{"callback_rate", num.MustRate("0.001"), num.MustRate("0.05"), &faultAlgoCallback}
	variances = span{"algo_variance", num.MustRate("0.0001"), num.MustRate("0.01"), &faultAlgoVariance}
	ranges    = span{"sweep_range", num.MustRate("0.005"), num.MustRate("0.01"), &faultAlgoRange}
	ratios    = span{"sweep_ratio", num.MustRate("0.01"), num.MustRate("1"), &faultAlgoRatio}
)

func (s *span) read(text string) (num.Rate, *fault) {
	r, no := readAmount(s.name, text, num.ParseRate)
	if no == nil && (r.Less(s.least) || s.most.Less(r)) {
		no = s.no
	}
	return r, no
}

// readParts reads the size of one part, at least a thousandth of the whole,
// and the price that no part goes beyond.
func (t *algoTexts) readParts(r *sim.AlgoRequest, name, text string, out *fault) (no *fault) {
	if r.Part, no = readAmount(name, text, num.ParseQuantity); no != nil {
		return no
	}
	var c num.Calc
	least := num.Mul(&c, r.Size, num.MustRate("0.001"))
	if part := r.Part.Money(); c.Err() != nil || part.Less(least) || r.Size.Less(part) {
		return out
	}
	r.Limit, no = readAmount("limit_price", t.limit, num.ParsePrice)
	return no
}

// The seconds between two parts.
const (
	secondsLeast = 5
	secondsMost  = 120
)

func (t *algoTexts) readSweep(r *sim.AlgoRequest) (no *fault) {
	if r.Distance, no = ranges.read(t.sweepRange); no != nil {
		return no
	}
	if r.Ratio, no = ratios.read(t.sweepRatio); no != nil {
		return no
	}
	if t.seconds == "" {
		return missing("time_interval")
	}
	n, err := strconv.Atoi(t.seconds)
	switch {
	case err != nil:
		return invalid("time_interval")
	case n < secondsLeast || n > secondsMost:
		return &faultAlgoInterval
	}
	r.Interval = time.Duration(n) * time.Second
	return t.readParts(r, "single_limit", t.single, &faultAlgoSingle)
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

	Callback string `json:"callback_rate,omitempty"`
	Variance string `json:"algo_variance,omitempty"`
	Average  string `json:"avg_amount,omitempty"`
	Range    string `json:"sweep_range,omitempty"`
	Ratio    string `json:"sweep_ratio,omitempty"`
	Single   string `json:"single_limit,omitempty"`
	Interval string `json:"time_interval,omitempty"`
	Limit    string `json:"limit_price,omitempty"`
	Dealt    string `json:"deal_value,omitempty"`
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
	sim.AlgoPartly: "4", sim.AlgoPaused: "5",
}

// underscored is how algo orders name an instrument.
func underscored(id string) string { return strings.ToLower(strings.ReplaceAll(id, "-", "_")) }

func kindOf(a *sim.Algo) string {
	for _, k := range kinds {
		if k.kind == a.Kind {
			return k.code
		}
	}
	panic("okcoin: an algo order of no kind")
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
	switch a.Kind {
	case sim.AlgoTrigger:
		f.TriggerPrice, f.AlgoPrice, f.AlgoType = a.Stop.Trigger.String(), orEmpty(a.Stop.Price), placed(a.Stop)
	case sim.AlgoPair:
		f.TakeTrigger, f.TakePrice, f.TakeType = a.Take.Trigger.String(), orEmpty(a.Take.Price), placed(a.Take)
		f.StopTrigger, f.StopPrice, f.LossType = a.Stop.Trigger.String(), orEmpty(a.Stop.Price), placed(a.Stop)
	case sim.AlgoTrail:
		f.TriggerPrice, f.Callback = a.Stop.Trigger.String(), a.Callback.String()
	case sim.AlgoIceberg:
		f.Variance, f.Average = a.Distance.String(), a.Part.String()
		f.Limit, f.Dealt = a.Limit.String(), a.Dealt.String()
	case sim.AlgoSweep:
		f.Range, f.Ratio, f.Single = a.Distance.String(), a.Ratio.String(), a.Part.String()
		f.Interval, f.Limit, f.Dealt = strconv.Itoa(int(a.Interval/time.Second)), a.Limit.String(), a.Dealt.String()
	}
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
	case a.Reason == sim.ByFunds:
		p.CancelCode = "2"
	default: // the exchange's own doing
		p.CancelCode = "0"
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

func (r algoResult) refused() bool { return !r.Result }

func (e *fault) algoRefusal() algoResult {
	return algoResult{AlgoID: "-1", ErrorCode: strconv.Itoa(e.code), ErrorMessage: e.text}
}
