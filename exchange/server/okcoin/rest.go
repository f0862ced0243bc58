package okcoin

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"rulebot/exchange/server"
	"rulebot/exchange/server/front"
)

// bodyMax bounds a request body.
const bodyMax = 64 << 10

// access says who may call, what the call's limit counts by, and what its body
// is.
type access uint8

const (
	public  access = iota + 1 // by address, or by user if it is signed
	private                   // must be signed; by user
	forPair                   // private; by user and instrument
	inBatch                   // private; the body is a list of objects
)

// call is one REST call.
type call struct {
	pattern string // as http.ServeMux wants it
	limit   front.Limit
	access  access
	serve   func(*request) (any, *fault)
}

// calls lists what is served, with the more generous figure wherever sources
// of the limits disagree.
func calls() []call {
	return slices.Concat(publicCalls(), accountCalls(), fundingCalls(), orderCalls(), algoCalls())
}

const spot = " /api/spot/v3/"

func publicCalls() []call {
	return []call{
		{"GET /api/general/v3/time", front.Per2s(20), public, (*request).time},
		{"GET /api/system/v3/status", front.Limit{Calls: 1, Window: 5 * time.Second}, public, (*request).systemStatus},
		{"GET" + spot + "instruments", front.Per2s(20), public, (*request).instruments},
		{"GET" + spot + "instruments/ticker", front.Per2s(50), public, (*request).tickers},
		{"GET" + spot + "instruments/{instrument}/book", front.Per2s(20), public, (*request).book},
		{"GET" + spot + "instruments/{instrument}/ticker", front.Per2s(20), public, (*request).ticker},
		{"GET" + spot + "instruments/{instrument}/trades", front.Per2s(20), public, (*request).trades},
		{"GET" + spot + "instruments/{instrument}/candles", front.Per2s(20), public, (*request).candles},
	}
}

func accountCalls() []call {
	return []call{
		{"GET" + spot + "accounts", front.Per2s(20), private, (*request).accounts},
		{"GET" + spot + "accounts/{currency}", front.Per2s(20), private, (*request).accountOf},
		{"GET" + spot + "accounts/{currency}/ledger", front.Per2s(20), private, (*request).ledger},
		{"GET" + spot + "fills", front.Per2s(20), private, (*request).fills},
		{"GET" + spot + "trade_fee", front.Per2s(20), private, (*request).tradeFee},
	}
}

func orderCalls() []call {
	return []call{
		{"POST" + spot + "orders", front.Per2s(100), forPair, (*request).place},
		{"POST" + spot + "batch_orders", front.Per2s(50), inBatch, (*request).placeBatch},
		{"POST" + spot + "cancel_orders", front.Per2s(100), private, (*request).cancelNone},
		{"POST" + spot + "cancel_orders/{id}", front.Per2s(100), forPair, (*request).cancel},
		{"POST" + spot + "cancel_batch_orders", front.Per2s(50), inBatch, (*request).cancelBatch},
		{"POST" + spot + "amend_order/{instrument}", front.Per2s(40), private, (*request).amend},
		{"POST" + spot + "amend_batch_orders", front.Per2s(20), inBatch, (*request).amendBatch},
		{"GET" + spot + "orders", front.Per2s(20), private, (*request).orders},
		{"GET" + spot + "orders_pending", front.Per2s(20), private, (*request).ordersPending},
		{"GET" + spot + "orders/{id}", front.Per2s(20), private, (*request).order},
	}
}

func (f *Front) routes() {
	for _, c := range calls() {
		f.mux.HandleFunc(c.pattern, func(w http.ResponseWriter, r *http.Request) { f.serve(w, r, &c) })
	}
	f.mux.HandleFunc("GET "+Path, f.serveSocket)
	f.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { writeFault(w, &faultPath) })
}

// request is one REST request being served.
type request struct {
	front   *Front
	http    *http.Request
	header  http.Header // of the answer
	body    fields      // of a POST
	list    []fields    // of a POST whose body is a list
	account *Account    // of a private call
}

// serve answers one call: reads it, proves who asks, counts it, does it.
func (f *Front) serve(w http.ResponseWriter, r *http.Request, c *call) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyMax))
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			writeFault(w, newFault(30024, "Body is too large"))
		}
		return // else the client is gone
	}
	q := &request{front: f, http: r, header: w.Header()}
	answer, no, spoilt := q.faulty(w, c, body)
	if spoilt {
		return
	}
	if no != nil {
		writeFault(w, no)
		return
	}
	status := http.StatusOK
	switch result := answer.(type) {
	case interface{ refused() bool }:
		if result.refused() {
			status = f.opt.RefusedStatus
		}
	case batchResult:
		if result.poor() {
			status = http.StatusBadRequest
		}
	}
	writeJSON(w, status, answer)
}

func (q *request) run(c *call, body []byte) (any, *fault) {
	who := front.Host(q.http)
	if known := q.front.Account(q.http.Header.Get("OK-ACCESS-KEY")); known != nil {
		who = known.Name // a public call that is signed counts for its user
	}
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
	if c.access == forPair {
		who += " " + q.instrumentText()
	}
	if !q.front.Limits.Allow(c.pattern, who, c.limit) {
		return nil, &faultLimit
	}
	return c.serve(q)
}

// readBody reads the members of a JSON body.
func (q *request) readBody(body []byte, list bool) (no *fault) {
	media, _, _ := strings.Cut(q.http.Header.Get("Content-Type"), ";") // charsets are written in many ways
	if media = strings.TrimSpace(media); media != "" && !strings.EqualFold(media, "application/json") {
		return newFault(30007, "Invalid Content_Type, please use the application/json format")
	}
	if list {
		q.list, no = parseList(body)
	} else {
		q.body, no = parseFields(body)
	}
	return no
}

// instrumentText returns the instrument a body names, for counting only.
func (q *request) instrumentText() string {
	text, no := q.body.text("instrument_id")
	if no != nil {
		return ""
	}
	return strings.ToUpper(text)
}

func writeFault(w http.ResponseWriter, no *fault) { writeJSON(w, no.status(), no.body()) }

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic("okcoin: an answer that is not JSON: " + err.Error())
	}
	h := w.Header()
	h.Set("Content-Type", "application/json;charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b) // a client that went away learns nothing more
}

// time answers what time it is here.
func (q *request) time() (any, *fault) {
	now := q.front.Now()
	return struct {
		ISO   string `json:"iso"`
		Epoch string `json:"epoch"`
	}{iso(now), epoch(now.Milli())}, nil
}

// epoch writes milliseconds as seconds with three decimals.
func epoch(ms int64) string {
	return strconv.FormatInt(ms/1000, 10) + "." + time.UnixMilli(ms).UTC().Format(".000")[1:]
}

// view runs serve with the exchange locked, for a call about one instrument.
func (q *request) view(id string, serve func(s *server.State, id string) (any, *fault)) (answer any, no *fault) {
	id = strings.ToUpper(id)
	q.front.x.With(func(s *server.State) {
		if _, listed := s.Instrument(id); !listed {
			no = &faultNoPair
			return
		}
		answer, no = serve(s, id)
	})
	return answer, no
}
