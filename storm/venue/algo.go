package venue

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The codes of an algo order's state.
const (
	algoWaiting   = 1
	algoEffective = 2
	algoCancelled = 3
	algoFailed    = 6
)

// Algo is a sale that the venue holds until trades reach its price, and places
// at the market then. It has no client order id, nor has what it places.
type Algo struct {
	ID      string
	Client  string // its own id, where the protocol has one
	Size    Amount
	Trigger Amount
	State   int
	Since   time.Duration
	Visible time.Duration // nobody sees it before
	Order   *Order        // that it placed; nil is none

	market *Market
	number int64
	past   []algoMoment
}

type algoMoment struct {
	at    time.Duration
	state int
	order string
}

// Instrument names its market.
func (a *Algo) Instrument() string { return a.market.ID }

// Waits reports whether the venue still holds it.
func (a *Algo) Waits() bool { return a.State == algoWaiting }

// Algos returns every algo order there ever was, oldest first.
func (v *Venue) Algos() []*Algo { return v.algos }

func (a *Algo) now(at time.Duration, state int) {
	a.State = state
	m := algoMoment{at: at, state: state}
	if a.Order != nil {
		m.order = a.Order.ID
	}
	a.past = append(a.past, m)
}

// asOf returns the algo order as it was at a time; false is before it was seen.
func (a *Algo) asOf(at time.Duration) (algoMoment, bool) {
	if at < a.Visible {
		return algoMoment{}, false
	}
	for _, m := range slices.Backward(a.past) {
		if m.at <= at {
			return m, true
		}
	}
	return algoMoment{}, false
}

// trip places what a trade at a price was waited for.
func (m *Market) trip(price Amount) {
	v := m.venue
	for _, a := range v.algos {
		if a.market != m || a.State != algoWaiting || price > a.Trigger {
			continue
		}
		o, no := v.accept(&request{market: m, force: instant, size: a.Size, algo: a})
		if a.Order = o; no != nil {
			a.now(v.now, algoFailed)
		} else {
			a.now(v.now, algoEffective)
		}
		v.face.algo(v, a)
	}
}

// algoPlacement is the body of one.
type algoPlacement struct {
	Instrument string   `json:"instrument_id"`
	Mode       string   `json:"mode"`
	Kind       string   `json:"order_type"`
	Side       string   `json:"side"`
	Size       string   `json:"size"`
	Trigger    string   `json:"trigger_price"`
	Places     string   `json:"algo_type"`
	IDs        []string `json:"algo_ids"`
}

func (v *Venue) placeAlgo(body []byte) Reply {
	var p algoPlacement
	if err := json.Unmarshal(body, &p); err != nil {
		return (&refusal{30021, "Body is not JSON"}).reply(400)
	}
	m := v.market(p.Instrument)
	trigger, bad := parse(p.Trigger)
	size, worse := parse(p.Size)
	switch {
	case m == nil:
		return algoResult("-1", &refusal{30032, "The currency pair does not exist"})
	case bad != nil || worse != nil || p.Mode != "1" || p.Kind != "1" || p.Side != "sell" || p.Places != "2" ||
		trigger <= 0 || trigger%Tick != 0 || size < 10*Lot || size%Lot != 0:
		return algoResult("-1", &refusal{30024, "invalid parameter"})
	}
	return algoResult(v.hold(m, size, trigger, "").ID, nil)
}

// hold takes one.
func (v *Venue) hold(m *Market, size, trigger Amount, client string) *Algo {
	v.nextID++
	a := &Algo{ID: digits(v.nextID), number: v.nextID, Size: size, Trigger: trigger, Since: v.now, Visible: v.now, market: m, Client: client}
	if v.cfg.AcceptDelay > 0 && v.chance(30) {
		a.Visible += time.Duration(v.cfg.Random.Int64N(int64(v.cfg.AcceptDelay)))
	}
	v.algos = append(v.algos, a)
	a.now(v.now, algoWaiting)
	v.face.algo(v, a)
	return a
}

func algoResult(id string, no *refusal) Reply {
	code, text, done := "0", "", "true"
	if no != nil {
		code, text, done = strconv.Itoa(no.code), no.text, "false"
	}
	return ok([]byte(`{"algo_id":"` + id + `","error_code":"` + code + `","error_message":"` + text + `","result":` + done + `}`))
}

func (v *Venue) cancelAlgos(body []byte) Reply {
	var p algoPlacement
	if err := json.Unmarshal(body, &p); err != nil {
		return (&refusal{30021, "Body is not JSON"}).reply(400)
	}
	var begun []string
	for _, a := range v.algos {
		if a.market.ID == p.Instrument && p.Kind == "1" && a.State == algoWaiting && slices.Contains(p.IDs, a.ID) {
			a.now(v.now, algoCancelled)
			v.face.algo(v, a)
			begun = append(begun, `"`+a.ID+`"`)
		}
	}
	code, text, done := "0", "", "true"
	if len(begun) == 0 {
		code, text, done = "33014", "Order does not exist", "false"
	}
	return ok([]byte(`{"algo_ids":[` + strings.Join(begun, ",") + `],"error_code":"` + code + `","error_message":"` + text +
		`","instrument_id":"` + p.Instrument + `","order_type":"1","result":` + done + `}`))
}

func (v *Venue) listAlgos(q url.Values) Reply {
	b := []byte(`{"` + strings.ToLower(strings.ReplaceAll(q.Get("instrument_id"), "-", "_")) + `":[`)
	after, n := number(q.Get("after")), 0
	for _, a := range slices.Backward(v.algos) {
		s, seen := a.asOf(v.seen())
		asked := a.ID == q.Get("algo_id") || strconv.Itoa(s.state) == q.Get("status")
		if !seen || !asked || a.market.ID != q.Get("instrument_id") || q.Get("order_type") != "1" || after != 0 && a.number >= after || n == page {
			continue
		}
		if n++; n > 1 {
			b = append(b, ',')
		}
		b = a.row(b, s, a.Since)
	}
	return ok(append(b, `]}`...))
}

func (a *Algo) row(b []byte, s algoMoment, at time.Duration) []byte {
	id := s.order
	if id == "" {
		id = "0"
	}
	return append(b, `{"algo_id":"`+a.ID+`","instrument_id":"`+a.market.ID+`","mode":"1","order_id":"`+id+`","order_type":"1","side":"sell","size":"`+
		a.Size.String()+`","status":"`+strconv.Itoa(s.state)+`","timestamp":"`+iso(at)+`","created_at":"`+iso(a.Since)+
		`","algo_price":"","algo_type":"2","trigger_price":"`+a.Trigger.String()+`"}`...)
}

func (v *Venue) tellAlgo(a *Algo) {
	if v.now < a.Visible {
		return // it shows in lists, later
	}
	b := a.row([]byte(`{"table":"spot/order_algo","data":[`), a.past[len(a.past)-1], v.now)
	v.publish("spot/order_algo:"+a.market.ID, append(b, `]}`...))
}
