package okx

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"rulebot/engine/market"
	"rulebot/exchange/server"
	"rulebot/exchange/server/faults"
	"rulebot/exchange/server/front"
)

// bodyMax bounds a request body.
const bodyMax = 64 << 10

// access says who may call, what the call's limit counts by, and what its body
// is.
type access uint8

const (
	public  access = iota + 1 // by address
	private                   // must be signed; by user
	forPair                   // private; by user and instrument
	inBatch                   // private; the body is a list, counted by user and instrument, each element
	forTag                    // private; by user and tag
)

// call is one REST call. class is what it is to the faults.
type call struct {
	pattern string // as http.ServeMux wants it, after /api/v5/
	class   string
	limit   front.Limit
	access  access
	serve   func(*request) (any, *fault)
}

const api = "/api/v5/"

// request is one REST request being served.
type request struct {
	front   *Front
	http    *http.Request
	query   url.Values
	body    front.Fields   // of a POST
	list    []front.Fields // of a POST whose body is a list
	account *Account       // of a private call
}

func (f *Front) calls() []call {
	return slices.Concat(publicCalls(), accountCalls(), tradeCalls(), queryCalls(), algoCalls())
}

func (f *Front) routes() {
	for _, c := range f.calls() {
		method, path, _ := strings.Cut(c.pattern, " ")
		f.mux.HandleFunc(method+" "+api+path, func(w http.ResponseWriter, r *http.Request) { f.serve(w, r, &c) })
	}
	f.socketRoutes()
	f.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { writeFault(w, &faultPath) })
}

// serve answers one call: reads it, proves who asks, counts it, does it.
func (f *Front) serve(w http.ResponseWriter, r *http.Request, c *call) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyMax))
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			writeFault(w, &faultBody)
		}
		return // else the client is gone
	}
	q := &request{front: f, http: r, query: r.URL.Query()}
	a, gone := f.Spoil(w, r, c.class, func() { q.run(c, body) })
	if gone {
		return
	}
	var answer any
	var no *fault
	switch a.Kind {
	case faults.Error:
		busy := faultBusy
		busy.http = a.Status
		no = &busy
	case faults.Limit:
		no = &faultLimit
	case faults.Maintenance:
		no = &faultDown
	default: // no request is refused for the others
		answer, no = q.run(c, body)
	}
	if no != nil {
		writeFault(w, no)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// run does a call, and returns the whole answer.
func (q *request) run(c *call, body []byte) (any, *fault) {
	if q.front.opt.Demo != (q.http.Header.Get("x-simulated-trading") == "1") {
		return nil, &faultEnvironment
	}
	who := front.Host(q.http)
	if c.access != public {
		account, no := q.front.authenticate(
			headerCredentials(q.http.Header), q.http.Method+q.http.RequestURI+string(body))
		if no != nil {
			return nil, no
		}
		if q.http.Method == http.MethodPost && account.ReadOnly {
			return nil, &faultRight
		}
		q.account, who = account, account.Name
	}
	if q.http.Method == http.MethodPost {
		if no := q.readBody(body, c.access == inBatch); no != nil {
			return nil, no
		}
	}
	if no := q.count(c, who); no != nil {
		return nil, no
	}
	data, no := c.serve(q)
	if no != nil {
		return nil, no
	}
	if whole, ok := data.(results); ok {
		return whole.envelope(q.front.x.Now), nil
	}
	return envelope{Code: "0", Data: data}, nil
}

// count takes the call out of its limit.
func (q *request) count(c *call, who string) *fault {
	switch c.access {
	case forPair:
		if !q.front.Limits.Allow(c.pattern, who+" "+q.instrumentText(), c.limit) {
			return &faultLimit
		}
	case inBatch:
		many := map[string]int{}
		for _, row := range q.list {
			id, _ := row.Text("instId")
			many[id]++
		}
		for id, n := range many { // each has a bucket of its own: their order does not show
			if !q.front.Limits.AllowN(c.pattern, who+" "+id, c.limit, n) {
				return &faultLimit
			}
		}
	case forTag:
		tag, _ := q.body.Text("tag")
		if !q.front.Limits.Allow(c.pattern, who+" "+tag, c.limit) {
			return &faultLimit
		}
	case public, private:
		if !q.front.Limits.Allow(c.pattern, who, c.limit) {
			return &faultLimit
		}
	}
	return nil
}

// instrumentText returns the instrument a request names, for counting only.
func (q *request) instrumentText() string {
	if q.http.Method == http.MethodGet {
		return q.query.Get("instId")
	}
	text, _ := q.body.Text("instId")
	return text
}

// readBody reads the members of a JSON body.
func (q *request) readBody(body []byte, list bool) *fault {
	media, _, _ := strings.Cut(q.http.Header.Get("Content-Type"), ";")
	if media = strings.TrimSpace(media); !strings.EqualFold(media, "application/json") {
		return &faultMedia
	}
	var wrong front.Wrong
	if list {
		q.list, wrong = front.ParseList(body)
	} else {
		q.body, wrong = front.ParseObject(body)
	}
	switch wrong {
	case 0:
		return nil
	case front.NoBody:
		return &faultNoBody
	default:
		return &faultBody
	}
}

// envelope is every answer.
type envelope struct {
	Code    string `json:"code"`
	Msg     string `json:"msg"`
	Data    any    `json:"data"`
	InTime  string `json:"inTime,omitempty"`
	OutTime string `json:"outTime,omitempty"`
}

// result is what became of one element of a request.
type result struct {
	OrdID       string `json:"ordId"`
	ClOrdID     string `json:"clOrdId"`
	Tag         string `json:"tag"`
	TS          string `json:"ts"`
	ReqID       string `json:"reqId,omitempty"`
	AlgoID      string `json:"algoId,omitempty"`
	AlgoClOrdID string `json:"algoClOrdId,omitempty"`
	SCode       string `json:"sCode"`
	SMsg        string `json:"sMsg"`
	SubCode     string `json:"subCode"`
}

// failed says why nothing was done.
func (r result) failed(no *fault) result {
	r.SCode, r.SMsg = no.code, no.text
	return r
}

// results are what became of the elements, one by one.
type results []result

// envelope sums them up.
func (rs results) envelope(now func() market.Time) envelope {
	e := envelope{Code: "0", Data: rs, InTime: micro(now())}
	bad := 0
	for i := range rs {
		if rs[i].SCode != "0" {
			bad++
		}
	}
	switch {
	case bad > 0 && bad == len(rs):
		e.Code, e.Msg = allFailed.code, allFailed.text
	case bad > 0:
		e.Code, e.Msg = someFailed.code, someFailed.text
	}
	e.OutTime = micro(now())
	return e
}

func micro(t market.Time) string { return strconv.FormatInt(int64(t)/1000, 10) }

func writeFault(w http.ResponseWriter, no *fault) {
	writeJSON(w, no.status(), envelope{Code: no.code, Msg: no.text, Data: []string{}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic("okx: an answer that is not JSON: " + err.Error())
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b) // a client that went away learns nothing more
}

// view runs serve with the exchange locked, for a call about one instrument.
func (q *request) view(serve func(s *server.State, id string) (any, *fault)) (answer any, no *fault) {
	id := q.query.Get("instId")
	if id == "" {
		return nil, missing("instId")
	}
	q.front.x.With(func(s *server.State) {
		if _, listed := s.Instrument(id); !listed {
			no = &faultInstrument
			return
		}
		answer, no = serve(s, id)
	})
	return answer, no
}

// number reads a number of rows from the query: absent is usual, and more than
// most is most.
func (q *request) number(name string, usual, most int) (int, *fault) {
	text := q.query.Get(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, invalid(name)
	}
	return min(n, most), nil
}

// spot refuses what is about anything but spot trading.
func (q *request) spot(required bool) *fault {
	switch kind := q.query.Get("instType"); {
	case kind == "" && required:
		return missing("instType")
	case kind != "" && kind != "SPOT":
		return &fault{"51000", "Parameter instType error: this exchange trades SPOT", http.StatusBadRequest}
	}
	return nil
}
