package okcoin

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"rulebot/exchange/server"
)

// bodyMax bounds a request body.
const bodyMax = 64 << 10

// call is one REST call.
type call struct {
	pattern       string // as http.ServeMux wants it
	limit         limit
	private       bool // must be signed
	perInstrument bool // its limit counts by instrument
	serve         func(*request) (any, *fault)
}

// calls lists what is served, with the more generous figure wherever sources
// of the limits disagree.
func calls() []call {
	const spot = " /api/spot/v3/"
	return []call{
		{"GET /api/general/v3/time", per2s(20), false, false, (*request).time},
		{"GET" + spot + "instruments", per2s(20), false, false, (*request).instruments},
		{"GET" + spot + "instruments/ticker", per2s(50), false, false, (*request).tickers},
		{"GET" + spot + "instruments/{instrument}/book", per2s(20), false, false, (*request).book},
		{"GET" + spot + "instruments/{instrument}/ticker", per2s(20), false, false, (*request).ticker},
		{"GET" + spot + "instruments/{instrument}/trades", per2s(20), false, false, (*request).trades},
		{"GET" + spot + "instruments/{instrument}/candles", per2s(20), false, false, (*request).candles},
		{"GET" + spot + "accounts", per2s(20), true, false, (*request).accounts},
		{"GET" + spot + "accounts/{currency}", per2s(20), true, false, (*request).accountOf},
		{"POST" + spot + "orders", per2s(100), true, true, (*request).place},
		{"POST" + spot + "cancel_orders", per2s(100), true, false, (*request).cancelNone},
		{"POST" + spot + "cancel_orders/{id}", per2s(100), true, true, (*request).cancel},
		{"GET" + spot + "orders", per2s(20), true, false, (*request).orders},
		{"GET" + spot + "orders_pending", per2s(20), true, false, (*request).ordersPending},
		{"GET" + spot + "orders/{id}", per2s(20), true, false, (*request).order},
		{"GET" + spot + "fills", per2s(20), true, false, (*request).fills},
		{"GET" + spot + "trade_fee", per2s(20), true, false, (*request).tradeFee},
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
	answer, no := q.run(c, body)
	if no != nil {
		writeFault(w, no)
		return
	}
	status := http.StatusOK
	if result, isOrder := answer.(orderResult); isOrder && !result.Result {
		status = f.opt.RefusedStatus
	}
	writeJSON(w, status, answer)
}

func (q *request) run(c *call, body []byte) (any, *fault) {
	who, _, err := net.SplitHostPort(q.http.RemoteAddr)
	if err != nil {
		who = q.http.RemoteAddr
	}
	if c.private {
		account, no := q.front.authenticate(
			headerCredentials(q.http.Header), q.http.Method+q.http.RequestURI+string(body))
		if no != nil {
			return nil, no
		}
		q.account, who = account, account.Name
	}
	if q.http.Method == http.MethodPost {
		if no := q.readBody(body); no != nil {
			return nil, no
		}
	}
	if c.perInstrument {
		who += " " + q.instrumentText()
	}
	if !q.front.limits.allow(c.pattern, who, c.limit) {
		return nil, &faultLimit
	}
	return c.serve(q)
}

// readBody reads the members of a JSON body.
func (q *request) readBody(body []byte) *fault {
	if t := q.http.Header.Get("Content-Type"); t != "" {
		media, _, err := mime.ParseMediaType(t)
		if err != nil || media != "application/json" {
			return newFault(30007, "Invalid Content_Type, please use the application/json format")
		}
	}
	parsed, no := parseFields(body)
	q.body = parsed
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
	now := q.front.x.Now()
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
