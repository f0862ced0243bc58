package okx

import (
	"strings"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/server/front"
	"rulebot/exchange/sim"
)

// algoRow is an algo order, in answers and in pushes.
type algoRow struct {
	InstType      string   `json:"instType"`
	InstID        string   `json:"instId"`
	AlgoID        string   `json:"algoId"`
	AlgoClOrdID   string   `json:"algoClOrdId"`
	OrdID         string   `json:"ordId"`
	OrdIDList     []string `json:"ordIdList"`
	ClOrdID       string   `json:"clOrdId"`
	Tag           string   `json:"tag"`
	OrdType       string   `json:"ordType"`
	Side          string   `json:"side"`
	TdMode        string   `json:"tdMode"`
	Sz            string   `json:"sz"`
	TgtCcy        string   `json:"tgtCcy"`
	State         string   `json:"state"`
	FailCode      string   `json:"failCode"`
	SlTriggerPx   string   `json:"slTriggerPx"`
	SlOrdPx       string   `json:"slOrdPx"`
	SlType        string   `json:"slTriggerPxType"`
	TpTriggerPx   string   `json:"tpTriggerPx"`
	TpOrdPx       string   `json:"tpOrdPx"`
	TpType        string   `json:"tpTriggerPxType"`
	TriggerPx     string   `json:"triggerPx"`
	OrdPx         string   `json:"ordPx"`
	TriggerType   string   `json:"triggerPxType"`
	CallbackRatio string   `json:"callbackRatio"`
	ActivePx      string   `json:"activePx"`
	ActualSide    string   `json:"actualSide"`
	TriggerTime   string   `json:"triggerTime"`
	ReduceOnly    string   `json:"reduceOnly"`
	CTime         string   `json:"cTime"`
	UTime         string   `json:"uTime"`
	QuoteCcy      string   `json:"tradeQuoteCcy"`
	Attached      []string `json:"attachAlgoOrds"`

	id int64
}

// algoStates are the names of the states.
var algoStates = [...]string{
	sim.AlgoWaiting: "live", sim.AlgoEffective: "effective", sim.AlgoCanceled: "canceled", sim.AlgoFailed: "order_failed",
	sim.AlgoPartly: "partially_effective", sim.AlgoPaused: "pause",
}

// atMarket is the price of what is placed at the market.
const atMarket = "-1"

func legPrice(l sim.Leg) string {
	switch {
	case l.Trigger.IsZero():
		return ""
	case l.Price.IsZero():
		return atMarket
	}
	return l.Price.String()
}

// newAlgo writes an algo order; m may be nil.
func newAlgo(a *sim.Algo, m *algoMark) algoRow {
	if m == nil {
		m = &algoMark{kind: "trigger"}
	}
	r := algoRow{
		InstType: "SPOT", InstID: a.Instrument, AlgoID: a.ID, AlgoClOrdID: m.clOrdID, OrdID: a.OrderID, OrdIDList: []string{},
		Tag: m.tag, OrdType: m.kind, Side: a.Side.String(), TdMode: "cash", Sz: a.Size.String(), TgtCcy: m.tgtCcy,
		State: algoStates[a.State], ReduceOnly: "false", CTime: milli(a.Created), UTime: milli(a.Changed), Attached: []string{}, id: number(a.ID),
	}
	_, r.QuoteCcy, _ = strings.Cut(a.Instrument, "-")
	if a.OrderID != "" {
		r.OrdIDList, r.TriggerTime = []string{a.OrderID}, milli(a.Changed)
	}
	switch {
	case a.Kind == sim.AlgoTrail:
		r.ActivePx, r.CallbackRatio = a.Stop.Trigger.String(), a.Callback.String()
	case m.kind == "trigger":
		r.TriggerPx, r.OrdPx, r.TriggerType = a.Stop.Trigger.String(), legPrice(a.Stop), "last"
	case m.takes:
		r.TpTriggerPx, r.TpOrdPx, r.TpType = a.Stop.Trigger.String(), legPrice(a.Stop), "last"
	default:
		r.SlTriggerPx, r.SlOrdPx, r.SlType = a.Stop.Trigger.String(), legPrice(a.Stop), "last"
		if !a.Take.Trigger.IsZero() {
			r.TpTriggerPx, r.TpOrdPx, r.TpType = a.Take.Trigger.String(), legPrice(a.Take), "last"
		}
	}
	if r.OrdID != "" {
		r.ActualSide = map[bool]string{true: "tp", false: "sl"}[a.Took || m.takes]
	}
	switch {
	case a.State == sim.AlgoCanceled && a.Reason == sim.ByFunds:
		r.State, r.FailCode = "order_failed", faultFunds.code
	case a.State == sim.AlgoFailed:
		r.FailCode = "51000"
	}
	return r
}

// placeAlgo takes an order to manage.
func (t *trader) placeAlgo(body front.Fields) (result, *fault) {
	r := reading{body: body}
	m := &algoMark{clOrdID: r.text("algoClOrdId"), tag: r.text("tag"), tgtCcy: r.text("tgtCcy")}
	answer := result{AlgoClOrdID: m.clOrdID, Tag: m.tag, TS: milli(t.state.Now())}
	inst := t.instrument(&r)
	mode := r.need("tdMode")
	m.kind = r.need("ordType")
	q := sim.AlgoRequest{Account: t.account, Instrument: inst.ID}
	side, sz := r.need("side"), r.need("sz")
	switch {
	case r.no != nil:
		return answer, r.no
	case mode != "cash":
		return answer, &faultMode
	case !alphanumeric(m.clOrdID, 32):
		return answer, invalid("algoClOrdId")
	case !alphanumeric(m.tag, 16):
		return answer, invalid("tag")
	case t.algoTwin(m.clOrdID):
		return answer, &fault{"51065", "algoClOrdId already exists.", 0}
	}
	if q.Side, r.no = readSide(side); r.no == nil {
		q.Size, r.no = readAmount("sz", sz, num.ParseMoney)
	}
	if r.no == nil {
		r.no = t.terms(&r, &q, m, &inst)
	}
	if r.no != nil {
		return answer, r.no
	}
	t.front.desk.comingAlgo = m
	a, refusal := t.state.SubmitAlgo(q)
	t.front.desk.comingAlgo = nil
	if refusal != nil {
		return answer, refusedBy(refusal)
	}
	answer.AlgoID, answer.SCode = a.ID, "0"
	return answer, nil
}

// algoTwin reports whether a live algo order has the id already.
func (t *trader) algoTwin(clOrdID string) bool {
	if clOrdID == "" {
		return false
	}
	for _, id := range t.front.codes {
		if len(t.state.Algos(t.account, id, func(a *sim.Algo) bool {
			m := t.front.desk.algos[a.ID]
			return m != nil && m.clOrdID == clOrdID && algoLive(a)
		})) > 0 {
			return true
		}
	}
	return false
}

func algoLive(a *sim.Algo) bool {
	return a.State == sim.AlgoWaiting || a.State == sim.AlgoPartly || a.State == sim.AlgoPaused
}

// terms reads the conditions of each kind.
func (t *trader) terms(r *reading, q *sim.AlgoRequest, m *algoMark, inst *market.Instrument) *fault {
	var last num.Price
	if tape := t.state.Tape(inst.ID); len(tape) > 0 {
		last = tape[len(tape)-1].Price
	}
	for _, name := range [...]string{"slTriggerPxType", "tpTriggerPxType", "triggerPxType"} {
		if kind := r.text(name); kind != "" && kind != "last" {
			return &faultLastOnly
		}
	}
	switch m.kind {
	case "conditional":
		q.Kind = sim.AlgoTrigger
		if r.text("slTriggerPx") == "" {
			m.takes = true
			q.Stop = leg(r, "tpTriggerPx", "tpOrdPx")
			r.side(q.Side, q.Stop.Trigger, last, true)
		} else {
			q.Stop = leg(r, "slTriggerPx", "slOrdPx")
			r.side(q.Side, q.Stop.Trigger, last, false)
		}
	case "oco":
		q.Kind = sim.AlgoPair
		q.Stop, q.Take = leg(r, "slTriggerPx", "slOrdPx"), leg(r, "tpTriggerPx", "tpOrdPx")
		r.side(q.Side, q.Stop.Trigger, last, false)
		r.side(q.Side, q.Take.Trigger, last, true)
	case "trigger":
		if m.tgtCcy != "" {
			return &faultTgtCcy
		}
		q.Kind, q.Stop = sim.AlgoTrigger, leg(r, "triggerPx", "orderPx")
	case "move_order_stop":
		q.Kind = sim.AlgoTrail
		q.Stop.Trigger = amountOf(r, "activePx", num.ParsePrice)
		q.Callback = amountOf(r, "callbackRatio", num.ParseRate)
	default:
		return invalid("ordType")
	}
	if r.no != nil {
		return r.no
	}
	spends := q.Side == order.Buy && (q.Stop.Price.IsZero() || q.Kind == sim.AlgoTrail)
	unit := map[bool]string{true: inQuote, false: inBase}[spends]
	if m.tgtCcy != "" && m.tgtCcy != unit {
		return invalid("tgtCcy")
	}
	if m.kind != "trigger" {
		m.tgtCcy = unit
	}
	return nil
}

func amountOf[U num.Unit](r *reading, name string, parse func(string) (num.Amount[U], error)) num.Amount[U] {
	a, no := readAmount(name, r.text(name), parse)
	if r.no == nil {
		r.no = no
	}
	return a
}

// leg reads a trigger and what it places.
func leg(r *reading, trigger, price string) (l sim.Leg) {
	l.Trigger = amountOf(r, trigger, num.ParsePrice)
	if text := r.need(price); text != atMarket && r.no == nil {
		l.Price, r.no = readAmount(price, text, num.ParsePrice)
	}
	return l
}

// side refuses a trigger that has been passed already: one that takes profit
// lies where the price is better, one that stops where it is worse.
func (r *reading) side(side order.Side, trigger, last num.Price, takes bool) {
	if r.no != nil || last.IsZero() {
		return
	}
	above := takes == (side == order.Sell)
	if above && !last.Less(trigger) || !above && !trigger.Less(last) {
		r.no = &faultTrigger
	}
}

// cancelAlgo ends an algo order by either id.
func (t *trader) cancelAlgo(body front.Fields) (result, *fault) {
	r := reading{body: body}
	inst := t.instrument(&r)
	algoID, clOrdID := r.text("algoId"), r.text("algoClOrdId")
	answer := result{AlgoID: algoID, AlgoClOrdID: clOrdID, TS: milli(t.state.Now())}
	switch {
	case r.no != nil:
		return answer, r.no
	case algoID == "" && clOrdID == "":
		return answer, &faultNoID
	}
	for _, a := range t.state.Algos(t.account, inst.ID, algoLive) {
		m := t.front.desk.algos[a.ID]
		if a.ID != algoID && (algoID != "" || m == nil || m.clOrdID != clOrdID) {
			continue
		}
		if _, refusal := t.state.CancelAlgo(t.account, inst.ID, a.ID); refusal != nil {
			return answer, refusedBy(refusal)
		}
		answer.AlgoID, answer.SCode = a.ID, "0"
		if m != nil {
			answer.AlgoClOrdID = m.clOrdID
		}
		return answer, nil
	}
	return answer, &faultGone
}
