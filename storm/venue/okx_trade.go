package venue

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"
)

// stateOKX is the word for a state of an order.
func stateOKX(state int) string {
	return map[int]string{stateOpen: "live", statePartial: "partially_filled", stateFilled: "filled", stateCancelled: "canceled"}[state]
}

// forcesOKX are the words for the times in force.
var forcesOKX = [...]struct{ word, force string }{{"limit", restsOn}, {"post_only", postOnly}, {"fok", fillKill}, {"ioc", instant}}

func forceOKX(word string) (force string, known bool) {
	for _, f := range forcesOKX {
		if f.word == word {
			return f.force, true
		}
	}
	return "", false
}

func (o *Order) typeOKX() string {
	for _, f := range forcesOKX {
		if f.force == o.Force {
			return f.word
		}
	}
	return ""
}

// rowOKX is an order, without the brace at its end.
func (o *Order) rowOKX(s moment) []byte {
	side, currency, charged, kind, price, algo, source := "sell", o.market.Quote, "0", o.typeOKX(), o.Price.String(), "", ""
	if o.Buy {
		side, currency = "buy", o.market.Base
	}
	if s.filled > 0 {
		charged = "-" + s.fee.String()
	}
	if o.Algo != nil {
		kind, price, algo, source = "market", "", o.Algo.ID, "7"
	}
	return []byte(`{"instType":"SPOT","instId":"` + o.market.ID + `","ordId":"` + o.ID + `","clOrdId":"` + o.Client + `","algoId":"` + algo +
		`","source":"` + source + `","tag":"","px":"` + price + `","sz":"` + o.Size.String() + `","ordType":"` + kind + `","side":"` + side +
		`","tdMode":"cash","tgtCcy":"","accFillSz":"` + s.filled.String() + `","state":"` + stateOKX(s.state) + `","fee":"` + charged +
		`","feeCcy":"` + currency + `","uTime":"` + milli(s.at) + `","cTime":"` + milli(o.Since) + `"`)
}

// findOKX answers one order.
func (v *Venue) findOKX(q url.Values) Reply {
	id := q.Get("ordId")
	if id == "" {
		id = q.Get("clOrdId")
	}
	o := v.byID[id]
	if o == nil || o.market.ID != q.Get("instId") {
		return (&refusalOKX{200, "51603", "Order does not exist"}).reply()
	}
	s, seen := o.asOf(v.seen())
	if !seen || v.forgets(&s) {
		return (&refusalOKX{200, "51603", "Order does not exist"}).reply()
	}
	return answer(append(o.rowOKX(s), '}'))
}

func (v *Venue) pendingOKX(q url.Values) Reply {
	var b []byte
	after, n := number(q.Get("after")), 0
	for i := len(v.orders) - 1; i >= 0 && n < page; i-- {
		o := v.orders[i]
		s, seen := o.asOf(v.seen())
		live := s.state == stateOpen || s.state == statePartial
		if !seen || !live || o.market.ID != q.Get("instId") || after != 0 && o.number >= after {
			continue
		}
		if n++; n > 1 {
			b = append(b, ',')
		}
		b = append(append(b, o.rowOKX(s)...), '}')
	}
	return answer(b)
}

// fillsOKX answers executions, newest first: one row for each.
func (v *Venue) fillsOKX(q url.Values) Reply {
	var b []byte
	after, n := number(q.Get("after")), 0
	for i := len(v.fills) - 1; i >= 0 && n < page; i-- {
		f := &v.fills[i]
		of := q.Get("ordId")
		if f.At > v.seen() || f.Order.market.ID != q.Get("instId") || of != "" && f.Order.ID != of || after != 0 && f.Ledger >= after {
			continue
		}
		if n++; n > 1 {
			b = append(b, ',')
		}
		side := "sell"
		if f.Order.Buy {
			side = "buy"
		}
		b = append(b, `{"instType":"SPOT","instId":"`+f.Order.market.ID+`","tradeId":"`+digits(f.Trade)+`","ordId":"`+f.Order.ID+`","clOrdId":"`+f.Order.Client+
			`","billId":"`+digits(f.Ledger)+`","fillPx":"`+f.Price.String()+`","fillSz":"`+f.Size.String()+`","side":"`+side+`","execType":"`+f.liquidity()+
			`","feeCcy":"`+f.Currency+`","fee":"-`+f.Fee.String()+`","ts":"`+milli(f.At)+`","fillTime":"`+milli(f.At)+`"}`...)
	}
	return answer(b)
}

func (f *Fill) liquidity() string {
	if f.Maker {
		return "M"
	}
	return "T"
}

// placementOKX is the body of an order, and of a cancel.
type placementOKX struct {
	Instrument string `json:"instId"`
	Mode       string `json:"tdMode"`
	Side       string `json:"side"`
	Type       string `json:"ordType"`
	Price      string `json:"px"`
	Size       string `json:"sz"`
	ID         string `json:"ordId"`
	ClientID   string `json:"clOrdId"`
}

// lateOKX reports whether a request's own time is over: nothing was done.
func (v *Venue) lateOKX(r *Request) *refusalOKX {
	until := r.Header("Exptime")
	if until == "" || time.Duration(number(until))*time.Millisecond >= v.now {
		return nil
	}
	return &refusalOKX{200, "50036", "The expTime can't be earlier than the current system time."}
}

func (v *Venue) placeOKX(r *Request) Reply {
	var p placementOKX
	if err := json.Unmarshal(r.Body, &p); err != nil {
		return (&refusalOKX{400, "50002", "JSON syntax error"}).reply()
	}
	if no := v.lateOKX(r); no != nil {
		return no.reply()
	}
	m := v.market(p.Instrument)
	price, bad := parse(p.Price)
	size, worse := parse(p.Size)
	force, known := forceOKX(p.Type)
	var no *refusalOKX
	switch {
	case m == nil:
		no = &refusalOKX{200, "51001", "Instrument ID does not exist."}
	case bad != nil || worse != nil || price <= 0 || size <= 0 || price%Tick != 0 || p.Mode != "cash" || !known || p.Side != "buy" && p.Side != "sell":
		no = &refusalOKX{200, "51000", "Parameter error"}
	case size%Lot != 0:
		no = &refusalOKX{200, "51121", "Order quantity must be a multiple of the lot size."}
	case size < 10*Lot:
		no = &refusalOKX{200, "51020", "Your order should meet or exceed the minimum order amount."}
	}
	id := ""
	if no == nil {
		o, refused := v.accept(&request{market: m, client: p.ClientID, buy: p.Side == "buy", force: force, price: price, size: size})
		if refused != nil {
			no = refused.inOKX()
		} else {
			id = o.ID
		}
	}
	return resultsOKX([]string{resultOKX("ordId", id, "clOrdId", p.ClientID, no)}, no != nil)
}

// resultOKX is an element of the answer to placing and cancelling.
func resultOKX(theirs, id, own, client string, no *refusalOKX) string {
	code, text := "0", ""
	if no != nil {
		code, text = no.code, no.text
	}
	return `{"` + own + `":"` + client + `","` + theirs + `":"` + id + `","tag":"","sCode":"` + code + `","sMsg":"` + text + `"}`
}

func resultsOKX(elements []string, failed bool) Reply {
	code := "0"
	if failed {
		code = "1"
	}
	return ok([]byte(`{"code":"` + code + `","data":[` + strings.Join(elements, ",") + `],"msg":""}`))
}

// cancelOKX cancels one order, or each of a list.
func (v *Venue) cancelOKX(r *Request) Reply {
	var list []placementOKX
	var one placementOKX
	switch {
	case json.Unmarshal(r.Body, &list) == nil:
	case json.Unmarshal(r.Body, &one) == nil:
		list = append(list, one)
	default:
		return (&refusalOKX{400, "50002", "JSON syntax error"}).reply()
	}
	var elements []string
	failed := false
	for _, p := range list {
		id := p.ID
		if id == "" {
			id = p.ClientID
		}
		o := v.byID[id]
		if o == nil || o.market.ID != p.Instrument || !o.live() {
			failed = true
			elements = append(elements, resultOKX("ordId", p.ID, "clOrdId", p.ClientID, &refusalOKX{200, "51400", "Cancellation failed as the order has been filled, canceled or does not exist."}))
			continue
		}
		v.end(o)
		elements = append(elements, resultOKX("ordId", o.ID, "clOrdId", o.Client, nil))
	}
	return resultsOKX(elements, failed)
}
