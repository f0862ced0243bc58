package venue

import (
	"net/url"
	"strings"
	"time"
)

// refusalOKX is an error of OKX's table. Status is that of the whole answer,
// where the call as such is refused.
type refusalOKX struct {
	status     int
	code, text string
}

func (r *refusalOKX) reply() Reply {
	return Reply{r.status, []byte(`{"code":"` + r.code + `","data":[],"msg":"` + r.text + `"}`)}
}

// inOKX says in OKX's words what was refused.
func (r *refusal) inOKX() *refusalOKX {
	switch r.code {
	case 33051:
		return &refusalOKX{200, "51016", "Client order ID already exists."}
	case 33017:
		return &refusalOKX{200, "51008", "Order failed. Insufficient balance in account."}
	}
	return &refusalOKX{200, "51000", r.text}
}

// answer is a success.
func answer(rows []byte) Reply {
	b := append([]byte(`{"code":"0","data":[`), rows...)
	return ok(append(b, `],"msg":""}`...))
}

// limitsOKX are how many calls are allowed in two seconds. Those that count by
// instrument are of two.
var limitsOKX = [...]struct {
	call string
	most int
}{
	{"GET /api/v5/public/time", 10},
	{"GET /api/v5/market/candles", 40},
	{"GET /api/v5/account/balance", 10},
	{"GET /api/v5/trade/order", 120},
	{"GET /api/v5/trade/orders-pending", 60},
	{"GET /api/v5/trade/fills", 60},
	{"POST /api/v5/trade/order", 120},
	{"POST /api/v5/trade/cancel-order", 120},
	{"POST /api/v5/trade/order-algo", 40},
}

func mostOKX(call string) int {
	for _, l := range limitsOKX {
		if l.call == call {
			return l.most
		}
	}
	return 20
}

// callOKX answers one request of OKX's.
func (v *Venue) callOKX(r *Request) Reply {
	path, query, _ := strings.Cut(r.Target, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		return (&refusalOKX{400, "51000", "Parameter error"}).reply()
	}
	if !strings.HasPrefix(path, "/api/v5/public/") && !strings.HasPrefix(path, "/api/v5/market/") {
		if no := v.knownOKX(r); no != nil {
			return no.reply()
		}
	}
	call := r.Method + " " + path
	if v.crowded(call, mostOKX(call)) {
		return (&refusalOKX{429, "50011", "Too Many Requests"}).reply()
	}
	return v.routeOKX(call, r, q)
}

func (v *Venue) routeOKX(call string, r *Request, q url.Values) Reply {
	switch call {
	case "GET /api/v5/public/time":
		return answer([]byte(`{"ts":"` + milli(v.now) + `"}`))
	case "GET /api/v5/market/candles", "GET /api/v5/market/history-candles":
		return v.candlesOKX(q)
	case "GET /api/v5/account/balance":
		return v.balancesOKX()
	case "GET /api/v5/trade/order":
		return v.findOKX(q)
	case "GET /api/v5/trade/orders-pending":
		return v.pendingOKX(q)
	case "GET /api/v5/trade/fills", "GET /api/v5/trade/fills-history":
		return v.fillsOKX(q)
	case "GET /api/v5/trade/orders-algo-pending":
		return v.algosOKX(q, "live")
	case "GET /api/v5/trade/orders-algo-history":
		return v.algosOKX(q, q.Get("state"))
	case "GET /api/v5/trade/order-algo":
		return v.algoOKX(q)
	case "POST /api/v5/trade/order":
		return v.placeOKX(r)
	case "POST /api/v5/trade/cancel-order", "POST /api/v5/trade/cancel-batch-orders":
		return v.cancelOKX(r)
	case "POST /api/v5/trade/order-algo":
		return v.holdOKX(r)
	case "POST /api/v5/trade/cancel-algos":
		return v.releaseOKX(r)
	}
	return (&refusalOKX{404, "50404", "Not Found"}).reply()
}

// knownOKX checks a signed request, of the environment of demo trading.
func (v *Venue) knownOKX(r *Request) *refusalOKX {
	stamp := r.Header("OK-ACCESS-TIMESTAMP")
	at, err := time.Parse(time.RFC3339Nano, stamp)
	switch {
	case err != nil:
		return &refusalOKX{401, "50112", "Invalid OK-ACCESS-TIMESTAMP"}
	case r.Header("OK-ACCESS-KEY") != v.cfg.Key:
		return &refusalOKX{401, "50111", "Invalid OK-ACCESS-KEY"}
	case r.Header("X-Simulated-Trading") != "1":
		return &refusalOKX{401, "50101", "APIKey does not match current environment."}
	case (v.now - time.Duration(at.UnixNano())).Abs() > Window:
		return &refusalOKX{401, "50102", "Timestamp request expired"}
	case r.Header("OK-ACCESS-PASSPHRASE") != v.cfg.Passphrase:
		return &refusalOKX{401, "50105", "Request header OK-ACCESS-PASSPHRASE incorrect."}
	case r.Header("OK-ACCESS-SIGN") != v.sign(stamp+r.Method+r.Target+string(r.Body)):
		return &refusalOKX{401, "50113", "Invalid Sign"}
	}
	return nil
}

// milli writes a time as OKX does.
func milli(at time.Duration) string { return digits(at.Milliseconds()) }

// candlesOKX answers the candles that begin before one time and after another,
// the newest first. A minute without a trade has one as well.
func (v *Venue) candlesOKX(q url.Values) Reply {
	m := v.market(q.Get("instId"))
	if m == nil || q.Get("bar") != "1m" {
		return (&refusalOKX{400, "51000", "Parameter error"}).reply()
	}
	m.roll()
	before, after := number(q.Get("before")), number(q.Get("after"))
	var b []byte
	n := 0
	for i := len(m.candles) - 1; i >= 0 && n < page; i-- {
		c := &m.candles[i]
		if at := c.open.Milliseconds(); at <= before || after != 0 && at >= after {
			continue
		}
		if n++; n > 1 {
			b = append(b, ',')
		}
		b = c.appendOKX(b, i < len(m.candles)-1)
	}
	return answer(b)
}

// appendOKX writes a candle: the volume in money is of no concern here.
func (c *candle) appendOKX(b []byte, closed bool) []byte {
	b = append(append(b, `["`...), milli(c.open)...)
	for _, a := range [...]Amount{c.o, c.h, c.l, c.c, c.volume} {
		b = a.append(append(b, `","`...))
	}
	if closed {
		return append(b, `","0","0","1"]`...)
	}
	return append(b, `","0","0","0"]`...)
}

// balancesOKX answers what is not zero.
func (v *Venue) balancesOKX() Reply {
	b := []byte(`{"uTime":"` + milli(v.now) + `","details":[`)
	n := 0
	for i := range v.wallets {
		w := &v.wallets[i]
		s := w.asOf(v.seen())
		if s.total == 0 {
			continue
		}
		if n++; n > 1 {
			b = append(b, ',')
		}
		b = append(b, w.detail(s)...)
	}
	return answer(append(b, `]}`...))
}

func (w *wallet) detail(s balance) string {
	return `{"ccy":"` + w.currency + `","cashBal":"` + s.total.String() + `","availBal":"` + (s.total - s.hold).String() +
		`","frozenBal":"` + s.hold.String() + `","eq":"` + s.total.String() + `","liab":"","uTime":"` + milli(s.at) + `"}`
}
