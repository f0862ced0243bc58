package okcoin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/valyala/fastjson"

	"rulebot/engine/order"
	"rulebot/engine/risk"
	"rulebot/exchange"
	"rulebot/exchange/wire"
)

// Submit sends an approved order, once, and says what the answer proves. It
// blocks for at most about five seconds.
func (c *Client) Submit(ctx context.Context, a risk.Approved) order.Result {
	return c.submit(ctx, a.Order())
}

// placement is the body of a submit.
type placement struct {
	Instrument string `json:"instrument_id"`
	Side       string `json:"side"`
	Type       string `json:"type"`
	Price      string `json:"price"`
	Size       string `json:"size"`
	OrderType  string `json:"order_type"`
	ClientID   string `json:"client_oid"`
}

// orderTypes are the codes of the times in force.
var orderTypes = map[order.TimeInForce]string{
	order.GTC: "0", order.PostOnly: "1", order.FOK: "2", order.IOC: "3",
}

func (c *Client) submit(ctx context.Context, o order.Order) order.Result {
	body, err := placementBody(&o)
	if err != nil {
		return notSent(err)
	}
	bucket, err := c.turn(ctx, postOrder, o.Instrument)
	if err != nil {
		return notSent(err)
	}
	return c.write(ctx, bucket, "/api/spot/v3/orders", body, func(a *answer) order.Result {
		return a.submitted(o.ClientID)
	})
}

func placementBody(o *order.Order) ([]byte, error) {
	p := placement{
		Instrument: o.Instrument, Side: o.Side.String(), Type: "limit",
		Price: o.Price.String(), Size: o.Quantity.String(),
		OrderType: orderTypes[o.TIF], ClientID: o.ClientID,
	}
	switch {
	case !clientIDValid(o.ClientID):
		return nil, fmt.Errorf("client order id %q is not 1 to 32 letters and digits, a letter first", o.ClientID)
	case o.Instrument == "" || p.OrderType == "" || o.Side != order.Buy && o.Side != order.Sell:
		return nil, errors.New("the order is not complete")
	case o.Price.Sign() <= 0 || o.Quantity.Sign() <= 0:
		return nil, fmt.Errorf("%s at %s is not positive", p.Size, p.Price)
	}
	return json.Marshal(p)
}

// Cancel asks for an order to be cancelled, once, and says what the answer
// proves. Accepted means that the request was taken, not that the order is
// cancelled. When too many cancels were sent already it takes the call for
// several orders, which the exchange counts apart.
func (c *Client) Cancel(ctx context.Context, o order.Order) order.Result {
	id := o.ExchangeID
	if id == "" {
		id = o.ClientID
	}
	if !inPath(id) || o.Instrument == "" {
		return notSent(fmt.Errorf("order %q has no id to cancel it by", id))
	}
	body, err := json.Marshal(struct {
		Instrument string `json:"instrument_id"`
	}{o.Instrument})
	if err != nil {
		return notSent(err)
	}
	bucket := c.pacer.bucket(postCancel, o.Instrument)
	if err := bucket.Take(ctx, orderWait); errors.Is(err, exchange.ErrRate) {
		return c.CancelBatch(ctx, []order.Order{o})[0] // counted apart: the reserve
	} else if err != nil {
		return notSent(err)
	}
	return c.write(ctx, bucket, "/api/spot/v3/cancel_orders/"+id, body, func(a *answer) order.Result {
		return a.cancelled(&o)
	})
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

// write makes one POST call about one order. It never makes two.
func (c *Client) write(ctx context.Context, bucket *exchange.Bucket, target string, body []byte, judge func(*answer) order.Result) order.Result {
	reply, unsent := c.post(ctx, target, body)
	if unsent != nil {
		return *unsent
	}
	a := newAnswer(&reply)
	result := judge(&a)
	c.heed(bucket, &reply, a.err)
	return result
}

// post sends a body once. Without a reply it returns what is known of
// everything that the body asked for.
func (c *Client) post(ctx context.Context, target string, body []byte) (exchange.Reply, *order.Result) {
	reply, err := c.orders.Do(ctx, exchange.Call{
		Method: http.MethodPost, URL: c.base + target, Body: body,
		Header: c.keys.headers(c.Now(), http.MethodPost, target, body),
	})
	switch {
	case err != nil && !reply.Connected:
		r := notSent(err)
		return reply, &r
	case err != nil:
		return reply, &order.Result{Class: order.Unknown, Message: printable(err.Error())}
	}
	return reply, nil
}

// answer is the reply to a write, as far as it is in the exchange's form.
type answer struct {
	status  int
	err     error // why it is not a success; *Error when the exchange says so itself
	result  bool
	stated  bool // result was there at all
	orderID string
	client  string
	body    *fastjson.Value
}

// newAnswer reads a reply. The body counts before the status, because refused
// orders came with 200 and with 400; but what is neither proves nothing.
func newAnswer(reply *exchange.Reply) answer {
	a := answer{status: reply.Status}
	if reply.Status >= 300 && reply.Status < 400 {
		a.err = newError(reply.Status, "", "redirect refused: somebody is between us and the exchange")
		return a
	}
	v, err := envelope(reply)
	if err != nil {
		a.err = err
	}
	// The envelope hides the body of a refusal; the echoes in it still count.
	if v == nil {
		if v, err = new(wire.Decoder).Parse(reply.Body); err != nil {
			return a
		}
	}
	a.echoes(v)
	return a
}

func (a *answer) echoes(v *fastjson.Value) {
	a.body = v
	r := newRow(v, nil)
	if r.Err == nil {
		a.orderID, a.client = r.Text("order_id"), r.Text("client_oid")
		a.result, a.stated = truth(v.Get("result"))
	}
	if r.Err != nil {
		a.err = newError(a.status, "", r.Err.Error())
	}
}

// truth reads a boolean that some replies spell as a string.
func truth(v *fastjson.Value) (result, stated bool) {
	if v == nil {
		return false, false
	}
	switch v.Type() {
	case fastjson.TypeTrue:
		return true, true
	case fastjson.TypeFalse:
		return false, true
	case fastjson.TypeString:
		s := string(v.GetStringBytes())
		return s == "true", s == "true" || s == "false"
	default:
		return false, false
	}
}

// submitted classifies the answer to a submit.
func (a *answer) submitted(client string) order.Result {
	if a.err == nil && a.status == http.StatusOK && a.result {
		switch {
		case a.client != client:
			return a.unknown("the answer is about client order id " + quoted(a.client))
		case !orderIDValid(a.orderID):
			return a.unknown("accepted without an order id: " + quoted(a.orderID))
		}
		return order.Result{Class: order.Accepted, ExchangeID: a.orderID}
	}
	if a.client != "" && a.client != client {
		return a.unknown("the answer is about client order id " + quoted(a.client))
	}
	if a.stated && orderIDValid(a.orderID) {
		return a.unknown("refused, and yet order " + quoted(a.orderID))
	}
	return a.refused(false)
}

// cancelled classifies the answer to a cancel.
func (a *answer) cancelled(o *order.Order) order.Result {
	if a.client != "" && a.client != o.ClientID {
		return a.unknown("the answer is about client order id " + quoted(a.client))
	}
	asked := o.ExchangeID == "" || a.orderID == o.ExchangeID || a.orderID == "-1" || a.orderID == ""
	if !asked {
		return a.unknown("the answer is about order " + quoted(a.orderID))
	}
	if a.err != nil || a.status != http.StatusOK || !a.result {
		return a.refused(true)
	}
	if a.client != o.ClientID && (o.ExchangeID == "" || a.orderID != o.ExchangeID) {
		return a.unknown("the answer names no order")
	}
	return order.Result{Class: order.Accepted, ExchangeID: o.ExchangeID}
}

// refused classifies an answer that is not a success. Only a listed code, in
// the exchange's own form and not from a server in trouble, proves a refusal.
func (a *answer) refused(cancel bool) order.Result {
	var e *Error
	if !errors.As(a.err, &e) {
		return a.unknown("neither accepted nor refused")
	}
	r := order.Result{Class: order.Unknown, Code: e.Code, Message: e.Error(), Halt: e.Halt}
	contradicts := a.stated && a.result
	if e.Code == "" || a.status >= 500 || a.status == http.StatusTooManyRequests || contradicts || !e.definitive() {
		return r
	}
	r.Class = order.Rejected
	if cancel && e.Class == ClassGone {
		r.Class = order.Gone
	}
	return r
}

func (a *answer) unknown(why string) order.Result {
	r := order.Result{Class: order.Unknown, Message: why}
	if e, ok := errors.AsType[*Error](a.err); ok {
		r.Code, r.Halt = e.Code, e.Halt
	}
	return r
}

// orderIDValid reports whether an id is one of an order: -1 stands for none.
func orderIDValid(id string) bool { return id != "" && id != "0" && len(id) <= 32 && wire.Digits(id) }

func quoted(s string) string { return fmt.Sprintf("%q", wire.Clip([]byte(s))) }
