package venue

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Request is one REST call as it arrives.
type Request struct {
	Method string
	Target string // path and query
	Header func(name string) string
	Body   []byte
}

// Reply is what the venue answers.
type Reply struct {
	Status int
	Body   []byte
}

// refusal is an error of the venue's table.
type refusal struct {
	code int
	text string
}

func (r *refusal) reply(status int) Reply {
	code := strconv.Itoa(r.code)
	return Reply{status, []byte(`{"error_message":"` + r.text + `","code":` + code + `,"error_code":"` + code + `","message":"` + r.text + `"}`)}
}

// Window is how far a signature's time may be from the venue's.
const Window = 30 * time.Second

// call answers one request of Okcoin's.
func (v *Venue) call(r *Request) Reply {
	path, query, _ := strings.Cut(r.Target, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		return (&refusal{30024, "bad query"}).reply(400)
	}
	public := path == "/api/general/v3/time" || strings.HasPrefix(path, "/api/spot/v3/instruments")
	if !public {
		if no := v.known(r); no != nil {
			return no.reply(400)
		}
	}
	if v.busy(r.Method + path) {
		return (&refusal{30014, "Too Many Requests"}).reply(429)
	}
	return v.route(r, path, q)
}

func (v *Venue) route(r *Request, path string, q url.Values) Reply {
	last := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case path == "/api/general/v3/time":
		return ok([]byte(`{"iso":"` + iso(v.now) + `","epoch":"` + seconds(v.now) + `"}`))
	case last == "candles":
		return v.candles(strings.Split(path, "/")[5], q)
	case path == "/api/spot/v3/accounts":
		return v.accounts()
	case strings.HasPrefix(path, "/api/spot/v3/accounts/"):
		return v.accountOf(last)
	case path == "/api/spot/v3/orders_pending":
		return v.pending(q)
	case path == "/api/spot/v3/fills":
		return v.listFills(q)
	case path == "/api/spot/v3/orders" && r.Method == "POST":
		return v.place(r.Body)
	case path == "/api/spot/v3/order_algo" && r.Method == "POST":
		return v.placeAlgo(r.Body)
	case path == "/api/spot/v3/cancel_batch_algos" && r.Method == "POST":
		return v.cancelAlgos(r.Body)
	case path == "/api/spot/v3/algo":
		return v.listAlgos(q)
	case strings.HasPrefix(path, "/api/spot/v3/cancel_orders/") && r.Method == "POST":
		return v.cancel(last, r.Body)
	case strings.HasPrefix(path, "/api/spot/v3/orders/"):
		return v.order(last, q)
	}
	return (&refusal{1, "No such path"}).reply(404)
}

func ok(body []byte) Reply { return Reply{200, body} }

func seconds(at time.Duration) string {
	ms := at.Milliseconds()
	return digits(ms/1000) + "." + digits(1000 + ms%1000)[1:]
}

// known checks a signed request.
func (v *Venue) known(r *Request) *refusal {
	stamp := r.Header("OK-ACCESS-TIMESTAMP")
	at, err := time.Parse(time.RFC3339Nano, stamp)
	switch {
	case err != nil:
		return &refusal{30005, "Invalid OK-ACCESS-TIMESTAMP"}
	case r.Header("OK-ACCESS-KEY") != v.cfg.Key:
		return &refusal{30006, "Invalid OK-ACCESS-KEY"}
	case (v.now - time.Duration(at.UnixNano())).Abs() > Window:
		return &refusal{30008, "Request timestamp expired"}
	case r.Header("OK-ACCESS-PASSPHRASE") != v.cfg.Passphrase:
		return &refusal{30015, "Invalid OK-ACCESS-PASSPHRASE"}
	case r.Header("OK-ACCESS-SIGN") != v.sign(stamp+r.Method+r.Target+string(r.Body)):
		return &refusal{30013, "Invalid Sign"}
	}
	return nil
}

func (v *Venue) sign(text string) string {
	mac := hmac.New(sha256.New, []byte(v.cfg.Secret))
	mac.Write([]byte(text)) // a hash never fails
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// busy counts a call, and reports whether there were too many in two seconds.
func (v *Venue) busy(path string) bool {
	most := 100
	kind := path
	if strings.HasPrefix(path, "GET") {
		most = 20
		kind = path[:strings.LastIndexByte(path, '/')]
	}
	return v.crowded(kind, most)
}

func (v *Venue) candles(id string, q url.Values) Reply {
	m := v.market(id)
	from, err := time.Parse(time.RFC3339Nano, q.Get("start"))
	to, bad := time.Parse(time.RFC3339Nano, q.Get("end"))
	if m == nil || err != nil || bad != nil || q.Get("granularity") != "60" {
		return (&refusal{30024, "invalid parameter"}).reply(400)
	}
	b := []byte("[")
	m.roll()
	for i := len(m.candles) - 1; i >= 0; i-- {
		c := &m.candles[i]
		if at := int64(c.open); at < from.UnixNano() || at > to.UnixNano() || c.volume == 0 {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = c.append(b)
	}
	return ok(append(b, ']'))
}

func (v *Venue) accounts() Reply {
	b := []byte("[")
	for i := range v.wallets {
		w := &v.wallets[i]
		s := w.asOf(v.seen())
		if s.total == 0 && v.cfg.NoZeros {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, w.account(s)...)
	}
	return ok(append(b, ']'))
}

// accountOf answers one currency, whether or not it is zero.
func (v *Venue) accountOf(currency string) Reply {
	for i := range v.wallets {
		if w := &v.wallets[i]; w.currency == currency {
			return ok([]byte(w.account(w.asOf(v.seen()))))
		}
	}
	return (&refusal{30031, "The currency does not exist"}).reply(400)
}

func (w *wallet) account(s balance) string {
	hold := s.hold.String()
	return `{"frozen":"` + hold + `","hold":"` + hold + `","id":"","currency":"` + w.currency + `","balance":"` + s.total.String() +
		`","available":"` + (s.total - s.hold).String() + `","holds":"` + hold + `"}`
}

func (o *Order) row(s moment, at time.Duration) []byte {
	side, currency, charged := "sell", o.market.Quote, ""
	if o.Buy {
		side, currency = "buy", o.market.Base
	}
	if s.filled > 0 {
		charged = "-" + s.fee.String()
	} else {
		currency = ""
	}
	state, kind, price := strconv.Itoa(s.state), "limit", o.Price.String()
	if o.Algo != nil {
		kind, price = "market", ""
	}
	return []byte(`{"client_oid":"` + o.Client + `","created_at":"` + iso(o.Since) + `","fee":"` + charged + `","fee_currency":"` + currency +
		`","filled_size":"` + s.filled.String() + `","instrument_id":"` + o.market.ID + `","order_id":"` + o.ID + `","order_type":"` + o.Force +
		`","price":"` + price + `","rebate":"","rebate_currency":"","side":"` + side + `","size":"` + o.Size.String() +
		`","state":"` + state + `","timestamp":"` + iso(at) + `","type":"` + kind + `"}`)
}

func (v *Venue) order(id string, q url.Values) Reply {
	o := v.byID[id]
	if o == nil || o.market.ID != q.Get("instrument_id") {
		return (&refusal{33014, "Order does not exist"}).reply(400)
	}
	s, seen := o.asOf(v.seen())
	if !seen {
		return (&refusal{33014, "Order does not exist"}).reply(400)
	}
	return ok(o.row(s, o.Since))
}

const page = 100

func (v *Venue) pending(q url.Values) Reply {
	b := []byte("[")
	after, n := number(q.Get("after")), 0
	for i := len(v.orders) - 1; i >= 0 && n < page; i-- {
		o := v.orders[i]
		s, seen := o.asOf(v.seen())
		live := s.state == stateOpen || s.state == statePartial
		if !seen || !live || o.market.ID != q.Get("instrument_id") || after != 0 && o.number >= after {
			continue
		}
		if n++; n > 1 {
			b = append(b, ',')
		}
		b = append(b, o.row(s, o.Since)...)
	}
	return ok(append(b, ']'))
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// listFills answers the rows of executions, newest first: two for each.
func (v *Venue) listFills(q url.Values) Reply {
	b := []byte("[")
	after, n := number(q.Get("after")), 0
	for i := len(v.fills) - 1; i >= 0; i-- {
		f := &v.fills[i]
		if f.At > v.seen() || f.Order.market.ID != q.Get("instrument_id") || q.Get("order_id") != "" && f.Order.ID != q.Get("order_id") {
			continue
		}
		for half := range int64(2) {
			if id := f.Ledger - half; n == page || after != 0 && id >= after {
				continue
			}
			if n++; n > 1 {
				b = append(b, ',')
			}
			b = f.row(b, half == 0)
		}
	}
	return ok(append(b, ']'))
}

// row is half an execution: what was received, or what was given.
func (f *Fill) row(b []byte, received bool) []byte {
	m, kind, ledger, side, charged := f.Order.market, "T", f.Ledger, "buy", "-"+f.Fee.String()
	if f.Maker {
		kind = "M"
	}
	if !received {
		ledger, side, charged = f.Ledger-1, "sell", "0"
	}
	currency, size := m.Base, f.Size
	if received != f.Order.Buy {
		currency, size = m.Quote, value(f.Price, f.Size)
	}
	at := iso(f.At)
	return append(b, `{"created_at":"`+at+`","currency":"`+currency+`","exec_type":"`+kind+`","fee":"`+charged+`","instrument_id":"`+m.ID+
		`","ledger_id":"`+digits(ledger)+`","liquidity":"`+kind+`","order_id":"`+f.Order.ID+`","price":"`+f.Price.String()+`","product_id":"`+m.ID+
		`","side":"`+side+`","size":"`+size.String()+`","timestamp":"`+at+`","trade_id":"`+digits(f.Trade)+`"}`...)
}

// placement is the body of an order.
type placement struct {
	Instrument string `json:"instrument_id"`
	Side       string `json:"side"`
	Type       string `json:"type"`
	Price      string `json:"price"`
	Size       string `json:"size"`
	OrderType  string `json:"order_type"`
	ClientID   string `json:"client_oid"`
}

func (v *Venue) place(body []byte) Reply {
	var p placement
	if err := json.Unmarshal(body, &p); err != nil {
		return (&refusal{30021, "Body is not JSON"}).reply(400)
	}
	m := v.market(p.Instrument)
	price, bad := parse(p.Price)
	size, worse := parse(p.Size)
	var no *refusal
	switch {
	case m == nil:
		no = &refusal{30032, "The currency pair does not exist"}
	case bad != nil || worse != nil || price <= 0 || size <= 0 || p.Side != "buy" && p.Side != "sell":
		no = &refusal{30024, "invalid parameter"}
	case price%Tick != 0:
		no = &refusal{33028, "Price has too many decimals"}
	case size%Lot != 0:
		no = &refusal{33029, "Size has too many decimals"}
	case size < 10*Lot:
		no = &refusal{33024, "Amount is below the minimum"}
	}
	var o *Order
	if no == nil {
		o, no = v.accept(&request{market: m, client: p.ClientID, buy: p.Side == "buy", force: p.OrderType, price: price, size: size})
	}
	if no != nil {
		return ok(result(p.ClientID, "-1", no))
	}
	return ok(result(o.Client, o.ID, nil))
}

// result is the answer to placing and cancelling.
func result(client, id string, no *refusal) []byte {
	code, text, done := "0", "", "true"
	if no != nil {
		code, text, done = strconv.Itoa(no.code), no.text, "false"
	}
	return []byte(`{"client_oid":"` + client + `","code":"` + code + `","error_code":"` + code + `","error_message":"` + text +
		`","message":"` + text + `","order_id":"` + id + `","result":` + done + `}`)
}

func (v *Venue) cancel(id string, body []byte) Reply {
	var p placement
	if err := json.Unmarshal(body, &p); err != nil {
		return (&refusal{30021, "Body is not JSON"}).reply(400)
	}
	o := v.byID[id]
	switch {
	case o == nil || o.market.ID != p.Instrument:
		return ok(result("", id, &refusal{33014, "Order does not exist"}))
	case o.State == stateFilled:
		return ok(result("", id, &refusal{33026, "Order has been completed"}))
	case !o.live():
		return ok(result("", id, &refusal{33027, "Order is being cancelled or has been cancelled"}))
	}
	v.end(o)
	return ok(result(o.Client, o.ID, nil))
}
