package venue

import (
	"encoding/json"
	"net/url"
	"slices"
)

// heldOKX is the body of an algo order, and of its cancel.
type heldOKX struct {
	Instrument string `json:"instId"`
	Mode       string `json:"tdMode"`
	Side       string `json:"side"`
	Type       string `json:"ordType"`
	Size       string `json:"sz"`
	Unit       string `json:"tgtCcy"`
	Trigger    string `json:"slTriggerPx"`
	Price      string `json:"slOrdPx"`
	ID         string `json:"algoId"`
	ClientID   string `json:"algoClOrdId"`
}

func (v *Venue) holdOKX(r *Request) Reply {
	var p heldOKX
	if err := json.Unmarshal(r.Body, &p); err != nil {
		return (&refusalOKX{400, "50002", "JSON syntax error"}).reply()
	}
	m := v.market(p.Instrument)
	trigger, bad := parse(p.Trigger)
	size, worse := parse(p.Size)
	var no *refusalOKX
	switch {
	case m == nil:
		no = &refusalOKX{200, "51001", "Instrument ID does not exist."}
	case slices.ContainsFunc(v.algos, func(a *Algo) bool { return a.Client == p.ClientID && p.ClientID != "" }):
		no = &refusalOKX{200, "51065", "algoClOrdId already exists."}
	case bad != nil || worse != nil || p.Mode != "cash" || p.Side != "sell" || p.Type != "conditional" || p.Price != "-1" || p.Unit != "base_ccy" ||
		trigger <= 0 || trigger%Tick != 0 || size < 10*Lot || size%Lot != 0:
		no = &refusalOKX{200, "51000", "Parameter error"}
	}
	id := ""
	if no == nil {
		id = v.hold(m, size, trigger, p.ClientID).ID
	}
	return resultsOKX([]string{resultOKX("algoId", id, "algoClOrdId", p.ClientID, no)}, no != nil)
}

func (v *Venue) releaseOKX(r *Request) Reply {
	var list []heldOKX
	if err := json.Unmarshal(r.Body, &list); err != nil {
		return (&refusalOKX{400, "50002", "JSON syntax error"}).reply()
	}
	var elements []string
	failed := false
	for _, p := range list {
		i := slices.IndexFunc(v.algos, func(a *Algo) bool { return a.ID == p.ID && a.market.ID == p.Instrument && a.State == algoWaiting })
		if i < 0 {
			failed = true
			elements = append(elements, resultOKX("algoId", p.ID, "algoClOrdId", "", &refusalOKX{200, "51400", "Cancellation failed as the order has been filled, canceled or does not exist."}))
			continue
		}
		v.algos[i].now(v.now, algoCancelled)
		elements = append(elements, resultOKX("algoId", p.ID, "algoClOrdId", v.algos[i].Client, nil))
	}
	return resultsOKX(elements, failed)
}

func algoStateOKX(state int) string {
	return map[int]string{algoWaiting: "live", algoEffective: "effective", algoCancelled: "canceled", algoFailed: "order_failed"}[state]
}

// algosOKX lists those in a state, the newest first.
func (v *Venue) algosOKX(q url.Values, state string) Reply {
	var b []byte
	after, n := number(q.Get("after")), 0
	for _, a := range slices.Backward(v.algos) {
		s, seen := a.asOf(v.seen())
		if !seen || algoStateOKX(s.state) != state || a.market.ID != q.Get("instId") || q.Get("ordType") != "conditional" ||
			after != 0 && a.number >= after || n == page {
			continue
		}
		if n++; n > 1 {
			b = append(b, ',')
		}
		b = append(b, a.rowOKX(s)...)
	}
	return answer(b)
}

// algoOKX answers one.
func (v *Venue) algoOKX(q url.Values) Reply {
	for _, a := range v.algos {
		if s, seen := a.asOf(v.seen()); seen && a.ID == q.Get("algoId") {
			return answer([]byte(a.rowOKX(s)))
		}
	}
	return (&refusalOKX{200, "51603", "Order does not exist"}).reply()
}

func (a *Algo) rowOKX(s algoMoment) string {
	list := ""
	if s.order != "" {
		list = `"` + s.order + `"`
	}
	return `{"instType":"SPOT","instId":"` + a.market.ID + `","algoId":"` + a.ID + `","algoClOrdId":"` + a.Client + `","ordId":"` + s.order + `","ordIdList":[` + list +
		`],"ordType":"conditional","side":"sell","sz":"` + a.Size.String() + `","tgtCcy":"base_ccy","state":"` + algoStateOKX(s.state) +
		`","slTriggerPx":"` + a.Trigger.String() + `","slOrdPx":"-1","cTime":"` + milli(a.Since) + `","uTime":"` + milli(s.at) + `"}`
}
