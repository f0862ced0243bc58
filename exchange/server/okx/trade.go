package okx

import (
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/server"
	"rulebot/exchange/server/front"
	"rulebot/exchange/sim"
)

// trader does what one account asks for, over whichever way it came. The
// exchange is locked.
type trader struct {
	front   *Front
	state   *server.State
	account string
	byCode  bool // instruments are named by instIdCode
}

// orderTexts is an order as it came. Empty texts are as good as absent.
type orderTexts struct {
	instrument, mode, side, kind, sz, px string
	clOrdID, tag, tgtCcy, quote          string
	banAmend                             bool
}

// reading reads the members of a body one after the other; the first that is
// wrong counts.
type reading struct {
	body front.Fields
	no   *fault
}

func (r *reading) text(name string) string {
	text, wrong := r.body.Text(name)
	if wrong != 0 && r.no == nil {
		r.no = invalid(name)
	}
	return text
}

func (r *reading) need(name string) string {
	text := r.text(name)
	if text == "" && r.no == nil {
		r.no = missing(name)
	}
	return text
}

func (r *reading) flag(name string) bool {
	is, wrong := r.body.Bool(name)
	if wrong != 0 && r.no == nil {
		r.no = invalid(name)
	}
	return is
}

// instrument reads which instrument a body is about.
func (t *trader) instrument(r *reading) (inst market.Instrument) {
	id := ""
	if t.byCode {
		code := r.need("instIdCode")
		for i, known := range t.front.codes {
			if code == codeText(i) {
				id = known
			}
		}
	} else {
		id = r.need("instId")
	}
	inst, listed := t.state.Instrument(id)
	if !listed && r.no == nil {
		r.no = &faultInstrument
	}
	return inst
}

// order reads an order as far as its texts go.
func (t *trader) order(body front.Fields) (o orderTexts, inst market.Instrument, no *fault) {
	r := reading{body: body}
	o.clOrdID, o.tag = r.text("clOrdId"), r.text("tag")
	inst = t.instrument(&r)
	o.instrument = inst.ID
	o.mode, o.side, o.kind, o.sz = r.need("tdMode"), r.need("side"), r.need("ordType"), r.need("sz")
	o.px, o.tgtCcy, o.quote = r.text("px"), r.text("tgtCcy"), r.text("tradeQuoteCcy")
	o.banAmend = r.flag("banAmend")
	if raw := string(body["attachAlgoOrds"]); raw != "" && raw != "[]" && raw != "null" && r.no == nil {
		r.no = invalid("attachAlgoOrds")
	}
	switch {
	case r.no != nil:
	case o.mode != "cash":
		r.no = &faultMode
	case !alphanumeric(o.clOrdID, 32):
		r.no = invalid("clOrdId")
	case !alphanumeric(o.tag, 16):
		r.no = invalid("tag")
	case o.quote != "" && o.quote != inst.Quote:
		r.no = invalid("tradeQuoteCcy")
	case o.tgtCcy != "" && o.kind != "market":
		r.no = invalid("tgtCcy")
	}
	return o, inst, r.no
}

// alphanumeric reports whether a text is at most so many letters and digits.
func alphanumeric(text string, most int) bool {
	for _, c := range []byte(text) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(text) <= most
}

func readSide(text string) (order.Side, *fault) {
	switch text {
	case "buy":
		return order.Buy, nil
	case "sell":
		return order.Sell, nil
	}
	return 0, invalid("side")
}

func readAmount[U num.Unit](name, text string, parse func(string) (num.Amount[U], error)) (num.Amount[U], *fault) {
	if text == "" {
		return num.Amount[U]{}, missing(name)
	}
	a, err := parse(text)
	if err != nil || a.Sign() <= 0 {
		return num.Amount[U]{}, invalid(name)
	}
	return a, nil
}

// place places one order.
func (t *trader) place(body front.Fields) (result, *fault) {
	o, inst, no := t.order(body)
	answer := result{ClOrdID: o.clOrdID, Tag: o.tag, TS: milli(t.state.Now())}
	if no != nil {
		return answer, no
	}
	if o.clOrdID != "" {
		twin, found := t.find(inst.ID, "", o.clOrdID)
		if found && live(twin.State) {
			return answer, &faultTwin
		}
	}
	r, m, no := t.request(&o, &inst)
	if no != nil {
		return answer, no
	}
	t.front.desk.coming = m
	placed, refusal := t.state.Submit(r)
	t.front.desk.coming = nil
	if refusal != nil {
		return answer, refusedBy(refusal)
	}
	answer.OrdID, answer.SCode, answer.SMsg = placed.ID, "0", "Order placed"
	return answer, nil
}

// request makes of the texts what the matching engine takes.
func (t *trader) request(o *orderTexts, inst *market.Instrument) (r sim.Request, m *mark, no *fault) {
	m = &mark{tag: o.tag, kind: o.kind}
	r = sim.Request{Account: t.account, ClientID: o.clOrdID, Instrument: inst.ID, Type: sim.Limit}
	if r.Side, no = readSide(o.side); no != nil {
		return r, m, no
	}
	tif, known := times[o.kind]
	if !known {
		return r, m, invalid("ordType")
	}
	r.TIF = tif
	if o.kind == "market" {
		no = t.market(o, inst, &r, m)
		return r, m, no
	}
	if r.Price, no = readAmount("px", o.px, num.ParsePrice); no != nil {
		return r, m, no
	}
	r.Quantity, no = readAmount("sz", o.sz, num.ParseQuantity)
	return r, m, no
}

// find returns the newest order of an instrument by either id; ordID wins.
func (t *trader) find(instrument, ordID, clOrdID string) (sim.Order, bool) {
	id := ordID
	if id == "" {
		id = clOrdID
	}
	o, found := t.state.Order(t.account, id)
	if !found || o.Instrument != instrument || ordID != "" && o.ID != ordID || ordID == "" && o.ClientID != clOrdID {
		return sim.Order{}, false
	}
	return o, true
}

func live(s order.State) bool { return s == order.Open || s == order.Partial }

// cancel cancels one order by either id.
func (t *trader) cancel(body front.Fields) (result, *fault) {
	r := reading{body: body}
	inst := t.instrument(&r)
	ordID, clOrdID := r.text("ordId"), r.text("clOrdId")
	answer := result{OrdID: ordID, ClOrdID: clOrdID, TS: milli(t.state.Now())}
	switch {
	case r.no != nil:
		return answer, r.no
	case ordID == "" && clOrdID == "":
		return answer, &faultNoID
	}
	o, found := t.find(inst.ID, ordID, clOrdID)
	if !found {
		return answer, &faultGone
	}
	done, refusal := t.state.Cancel(t.account, inst.ID, o.ID)
	if refusal != nil {
		return answer, refusedBy(refusal)
	}
	answer.OrdID, answer.ClOrdID, answer.SCode = done.ID, done.ClientID, "0"
	return answer, nil
}

// amend changes one order by either id.
func (t *trader) amend(body front.Fields) (result, *fault) {
	r := reading{body: body}
	inst := t.instrument(&r)
	ordID, clOrdID, size, price := r.text("ordId"), r.text("clOrdId"), r.text("newSz"), r.text("newPx")
	m := sim.Amendment{Account: t.account, Instrument: inst.ID, Request: r.text("reqId"), CancelOnFail: r.flag("cxlOnFail")}
	answer := result{OrdID: ordID, ClOrdID: clOrdID, ReqID: m.Request, TS: milli(t.state.Now())}
	switch {
	case r.no != nil:
		return answer, r.no
	case ordID == "" && clOrdID == "":
		return answer, &faultNoID
	case size == "" && price == "":
		return answer, missing("newSz")
	case !alphanumeric(m.Request, 32):
		return answer, invalid("reqId")
	}
	if price != "" {
		if m.Price, r.no = readAmount("newPx", price, num.ParsePrice); r.no != nil {
			return answer, r.no
		}
	}
	if size != "" {
		if m.Quantity, r.no = readAmount("newSz", size, num.ParseQuantity); r.no != nil {
			return answer, r.no
		}
	}
	o, found := t.find(inst.ID, ordID, clOrdID)
	if !found {
		return answer, &faultAmendGone
	}
	m.ID = o.ID
	done, refusal := t.state.Amend(m)
	if refusal != nil {
		no := refusedBy(refusal)
		if no == &faultGone {
			no = &faultAmendGone
		}
		return answer, no
	}
	answer.OrdID, answer.ClOrdID, answer.SCode = done.ID, done.ClientID, "0"
	return answer, nil
}
