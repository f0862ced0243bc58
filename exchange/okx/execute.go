package okx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/valyala/fastjson"

	"rulebot/engine/order"
	"rulebot/engine/risk"
	"rulebot/exchange"
)

// placement is the body of a submit. Every order has a limit: its size is in
// the base currency, and the exchange shrinks only orders at the market to what
// the account can pay. The words that say so are for those, and refused here.
type placement struct {
	Instrument string `json:"instId"`
	Mode       string `json:"tdMode"`
	Side       string `json:"side"`
	Type       string `json:"ordType"`
	Price      string `json:"px"`
	Size       string `json:"sz"`
	ClientID   string `json:"clOrdId"`
	Tag        string `json:"tag,omitempty"`
}

// orderTypes are the exchange's words for the times in force.
var orderTypes = map[order.TimeInForce]string{
	order.GTC: "limit", order.PostOnly: "post_only", order.FOK: "fok", order.IOC: "ioc",
}

func (c *Client) placement(o *order.Order) (placement, error) {
	p := placement{
		Instrument: o.Instrument, Mode: "cash", Side: o.Side.String(), Type: orderTypes[o.TIF],
		Price: o.Price.String(), Size: o.Quantity.String(), ClientID: o.ClientID, Tag: c.tagOf(o.ClientID),
	}
	switch {
	case !clientIDValid(o.ClientID):
		return p, fmt.Errorf("client order id %q is not 1 to 32 letters and digits, a letter first", o.ClientID)
	case o.Instrument == "" || p.Type == "" || o.Side != order.Buy && o.Side != order.Sell:
		return p, errors.New("the order is not complete")
	case o.Price.Sign() <= 0 || o.Quantity.Sign() <= 0:
		return p, fmt.Errorf("%s at %s is not positive", p.Size, p.Price)
	}
	return p, nil
}

// tagOf is the tag of an order: its id says which bot of the account it is of,
// and that bot alone cancels it by its tag.
func (c *Client) tagOf(clientID string) string {
	if c.tag != "" {
		return c.tag
	}
	tag, _, _, err := order.ParseID(clientID)
	if err != nil {
		return "" // nobody's
	}
	return tag
}

// Submit sends an approved order, once, and says what the answer proves. It
// blocks for at most about five seconds.
func (c *Client) Submit(ctx context.Context, a risk.Approved) order.Result {
	return c.submit(ctx, a.Order())
}

func (c *Client) submit(ctx context.Context, o order.Order) order.Result {
	p, err := c.placement(&o)
	if err != nil {
		return notSent(err)
	}
	bucket, err := c.turn(ctx, postOrder, o.Instrument)
	if err != nil {
		return notSent(err)
	}
	return c.write(ctx, request{bucket: bucket, target: "/api/v5/trade/order", body: p, expires: true, orders: []order.Order{o}})[0]
}

const batchMax = 20

// SubmitBatch sends approved orders in one request, once, and says of each
// what its element of the answer proves.
func (c *Client) SubmitBatch(ctx context.Context, batch []risk.Approved) []order.Result {
	orders := make([]order.Order, 0, len(batch))
	for _, a := range batch {
		orders = append(orders, a.Order())
	}
	return c.submitBatch(ctx, orders)
}

func (c *Client) submitBatch(ctx context.Context, orders []order.Order) []order.Result {
	body := make([]placement, 0, len(orders))
	err := fits(len(orders))
	for i := range orders {
		p, bad := c.placement(&orders[i])
		err = errors.Join(err, bad)
		body = append(body, p)
	}
	if err != nil {
		return all(len(orders), notSent(err))
	}
	bucket, err := c.turn(ctx, postBatch, "")
	if err != nil {
		return all(len(orders), notSent(err))
	}
	return c.write(ctx, request{bucket: bucket, target: "/api/v5/trade/batch-orders", body: body, expires: true, orders: orders})
}

// cancellation is the body of a cancel: by the exchange's id where it is
// known, for a client order id may be used again there.
type cancellation struct {
	Instrument string `json:"instId"`
	OrderID    string `json:"ordId,omitempty"`
	ClientID   string `json:"clOrdId,omitempty"`
}

func cancellationOf(o *order.Order) (cancellation, error) {
	b := cancellation{Instrument: o.Instrument, OrderID: o.ExchangeID}
	if b.OrderID == "" {
		b.ClientID = o.ClientID
	}
	if o.Instrument == "" || !orderIDValid(b.OrderID) && !clientIDValid(b.ClientID) {
		return b, fmt.Errorf("order %q has no id to cancel it by", o.ExchangeID+o.ClientID)
	}
	return b, nil
}

// Cancel asks for an order to be cancelled, once, and says what the answer
// proves. Accepted means that the request was taken, not that the order is
// cancelled. When too many cancels were sent already it takes the call for
// several orders, which the exchange counts apart.
func (c *Client) Cancel(ctx context.Context, o order.Order) order.Result {
	body, err := cancellationOf(&o)
	if err != nil {
		return notSent(err)
	}
	bucket := c.pacer.bucket(postCancel, o.Instrument)
	if err := bucket.Take(ctx, orderWait); errors.Is(err, exchange.ErrRate) {
		return c.CancelBatch(ctx, []order.Order{o})[0] // counted apart: the reserve
	} else if err != nil {
		return notSent(err)
	}
	return c.write(ctx, request{bucket: bucket, target: "/api/v5/trade/cancel-order", body: body, orders: []order.Order{o}, cancel: true})[0]
}

// CancelBatch asks for orders to be cancelled in one request, once.
func (c *Client) CancelBatch(ctx context.Context, orders []order.Order) []order.Result {
	err := fits(len(orders))
	body := make([]cancellation, 0, len(orders))
	for i := range orders {
		b, bad := cancellationOf(&orders[i])
		err = errors.Join(err, bad)
		body = append(body, b)
	}
	bucket := c.pacer.bucket(postCancelBatch, "")
	if err == nil {
		err = bucket.Take(ctx, cancelWait)
	}
	if err != nil {
		return all(len(orders), notSent(err))
	}
	return c.write(ctx, request{bucket: bucket, target: "/api/v5/trade/cancel-batch-orders", body: body, orders: orders, cancel: true})
}

func fits(n int) error {
	if n < 1 || n > batchMax {
		return fmt.Errorf("%d orders in one request, want 1 to %d", n, batchMax)
	}
	return nil
}

func all(n int, r order.Result) []order.Result {
	list := make([]order.Result, n)
	for i := range list {
		list[i] = r
	}
	return list
}

func notSent(err error) order.Result {
	return order.Result{Class: order.NotSent, Message: printable(err.Error())}
}

// turn waits for a call that may make something new at the exchange.
func (c *Client) turn(ctx context.Context, e endpoint, instrument string) (*exchange.Bucket, error) {
	if err := c.clock.Trusted(); err != nil {
		return nil, err
	}
	bucket := c.pacer.bucket(e, instrument)
	return bucket, bucket.Take(ctx, orderWait)
}

// request is a POST call about orders.
type request struct {
	bucket  *exchange.Bucket
	target  string
	body    any
	expires bool // it may make something new
	cancel  bool
	orders  []order.Order
}

// write makes one POST call. It never makes two.
func (c *Client) write(ctx context.Context, q request) []order.Result {
	reply, unsent := c.post(ctx, q.target, q.body, q.expires)
	if unsent != nil {
		return all(len(q.orders), *unsent)
	}
	results, refusal := judge(&reply, q.orders, q.cancel)
	c.heed(q.bucket, &reply, refusal)
	return results
}

// post sends a body once. Without a reply it returns what is known of
// everything that the body asked for.
func (c *Client) post(ctx context.Context, target string, body any, expires bool) (exchange.Reply, *order.Result) {
	text, err := json.Marshal(body)
	if err != nil {
		r := notSent(err)
		return exchange.Reply{}, &r
	}
	now := c.Now()
	header := c.place.mark(c.keys.Headers(now, http.MethodPost, target, text))
	if expires {
		header["Exptime"] = []string{strconv.FormatInt(now.Add(orderLives).Milli(), 10)}
	}
	reply, err := c.orders.Do(ctx, exchange.Call{Method: http.MethodPost, URL: c.place.REST + target, Body: text, Header: header})
	switch {
	case err != nil && !reply.Connected:
		r := notSent(err)
		return reply, &r
	case err != nil:
		return reply, &order.Result{Class: order.Unknown, Message: printable(err.Error())}
	}
	return reply, nil
}

// judge says of each order what its element of an answer proves. The error is
// for pacing: what the answer as a whole complains of.
func judge(reply *exchange.Reply, orders []order.Order, cancel bool) ([]order.Result, error) {
	return judgeBy(reply, orders, cancel, ids{own: "clOrdId", theirs: "ordId"})
}

// ids are the fields by which elements name orders.
type ids struct{ own, theirs string }

func judgeBy(reply *exchange.Reply, orders []order.Order, cancel bool, by ids) ([]order.Result, error) {
	if reply.Status >= 300 && reply.Status < 400 {
		e := newError(reply.Status, "", "", "redirect refused: somebody is between us and the exchange")
		return all(len(orders), unproven(e)), e
	}
	code, message, data, err := open(reply)
	if err != nil {
		return all(len(orders), unproven(err)), err
	}
	rows := elements(data)
	if code != "0" && code != "1" && code != "2" || len(rows) == 0 {
		e := newError(reply.Status, code, "", message)
		if code == "0" || code == "1" || code == "2" {
			e = newError(reply.Status, "", "", "an answer without elements: "+message)
		}
		return all(len(orders), refused(e, cancel)), e
	}
	results := make([]order.Result, len(orders))
	var first error
	for i := range orders {
		results[i], err = element(reply.Status, rows, &orders[i], cancel, by)
		first = errors.Join(first, err)
	}
	return results, first
}

func elements(data *fastjson.Value) []row {
	if data == nil || data.Type() != fastjson.TypeArray {
		return nil
	}
	var rows []row
	for _, v := range data.GetArray() {
		rows = append(rows, newRow(v, nil))
	}
	return rows
}

// element judges the one element that names an order, by either id.
func element(status int, rows []row, o *order.Order, cancel bool, by ids) (order.Result, error) {
	found := -1
	for i := range rows {
		client, id := rows[i].Text(by.own), rows[i].Text(by.theirs)
		names := client != "" && client == o.ClientID || o.ExchangeID != "" && id == o.ExchangeID
		switch {
		case !names:
		case found >= 0:
			return order.Result{Class: order.Unknown, Message: "two elements of the answer name the order"}, nil
		case client != "" && o.ClientID != "" && client != o.ClientID || o.ExchangeID != "" && id != "" && id != o.ExchangeID:
			return order.Result{Class: order.Unknown, Message: "the answer is about client order id " + quoted(client) + ", order " + quoted(id)}, nil
		default:
			found = i
		}
	}
	if found < 0 {
		return order.Result{Class: order.Unknown, Message: "no element of the answer names the order"}, nil
	}
	r := &rows[found]
	code, message, sub, id := string(r.Required("sCode")), r.Text("sMsg"), r.Text("subCode"), r.Text(by.theirs)
	switch {
	case r.Err != nil:
		return unproven(r.Err), newError(status, "", "", r.Err.Error())
	case code != "0":
		e := newError(status, code, sub, message)
		result := refused(e, cancel)
		if !cancel && orderIDValid(id) && result.Class == order.Rejected {
			result.Class, result.Message = order.Unknown, "refused, and yet order "+quoted(id)
		}
		return result, e
	case status != http.StatusOK:
		return unproven(newError(status, "", "", "a success with the status of a failure")), nil
	case !orderIDValid(id):
		return order.Result{Class: order.Unknown, Message: "accepted without an order id: " + quoted(id)}, nil
	}
	return order.Result{Class: order.Accepted, ExchangeID: id}, nil
}

// refused classifies an error. Only a listed code, in the exchange's own form
// and not from a server in trouble, proves a refusal.
func refused(e *Error, cancel bool) order.Result {
	r := unproven(e)
	switch {
	case e.Code == "" || e.Status >= 500 || e.Status == http.StatusTooManyRequests:
	case cancel && e.number() == cancelRunning:
		r.Class = order.Accepted
	case cancel && e.Class == ClassState:
		r.Class = order.Gone
	case e.definitive():
		r.Class = order.Rejected
	}
	return r
}

func unproven(err error) order.Result {
	r := order.Result{Class: order.Unknown, Message: printable(err.Error())}
	if e, ok := errors.AsType[*Error](err); ok {
		r.Code, r.Halt = e.Code, e.Halt
	}
	return r
}
