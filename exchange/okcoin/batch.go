package okcoin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/valyala/fastjson"

	"rulebot/engine/order"
	"rulebot/engine/risk"
	"rulebot/exchange"
	"rulebot/exchange/wire"
)

// What one batch may hold.
const (
	batchInstruments = 4
	batchOrders      = 10 // of each instrument
)

// SubmitBatch sends approved orders in one request, once, and says of each
// what the answer proves. A batch that was not answered row by row proves
// nothing about any of its orders.
func (c *Client) SubmitBatch(ctx context.Context, batch []risk.Approved) []order.Result {
	orders := make([]order.Order, 0, len(batch))
	for _, a := range batch {
		orders = append(orders, a.Order())
	}
	return c.submitBatch(ctx, orders)
}

func (c *Client) submitBatch(ctx context.Context, orders []order.Order) []order.Result {
	err := batchFits(orders)
	rows := make([]json.RawMessage, 0, len(orders))
	for i := range orders {
		var row []byte
		if err == nil {
			row, err = placementBody(&orders[i])
			rows = append(rows, row)
		}
	}
	var body []byte
	if err == nil {
		body, err = json.Marshal(rows)
	}
	if err != nil {
		return all(orders, notSent(err))
	}
	bucket, err := c.turn(ctx, postBatch, "")
	if err != nil {
		return all(orders, notSent(err))
	}
	return c.writeBatch(ctx, bucket, "/api/spot/v3/batch_orders", body, orders, (*answer).placed)
}

// placed classifies a batch's row about an order that it may be about.
func (a *answer) placed(o *order.Order) order.Result { return a.submitted(o.ClientID) }

// batchFits refuses what the exchange would, and an order that is there twice:
// the answers to the two could not be told apart.
func batchFits(orders []order.Order) error {
	count, ids := map[string]int{}, map[string]bool{}
	for i := range orders {
		o := &orders[i]
		count[o.Instrument]++
		switch {
		case o.ClientID == "" || ids[o.ClientID]:
			return fmt.Errorf("client order id %q is empty or in the batch twice", o.ClientID)
		case count[o.Instrument] > batchOrders:
			return fmt.Errorf("more than %d orders of %s in one batch", batchOrders, o.Instrument)
		}
		ids[o.ClientID] = true
	}
	if len(orders) == 0 || len(count) > batchInstruments {
		return fmt.Errorf("orders of %d instruments in one batch, not 1 to %d", len(count), batchInstruments)
	}
	return nil
}

func all(orders []order.Order, r order.Result) []order.Result {
	results := make([]order.Result, len(orders))
	for i := range results {
		results[i] = r
	}
	return results
}

// cancellation names orders of one instrument.
type cancellation struct {
	Instrument string   `json:"instrument_id"`
	OrderIDs   []string `json:"order_ids,omitempty"`
	ClientIDs  []string `json:"client_oids,omitempty"`
}

// CancelBatch asks for orders to be cancelled in one request, once, and says
// of each what the answer proves, like Cancel.
func (c *Client) CancelBatch(ctx context.Context, orders []order.Order) []order.Result {
	err := batchFits(orders)
	var body []byte
	if err == nil {
		body, err = cancellations(orders)
	}
	if err != nil {
		return all(orders, notSent(err))
	}
	bucket := c.pacer.bucket(postCancelBatch, "")
	if err := bucket.Take(ctx, cancelWait); err != nil {
		return all(orders, notSent(err))
	}
	return c.writeBatch(ctx, bucket, "/api/spot/v3/cancel_batch_orders", body, orders, (*answer).cancelled)
}

// cancellations names orders by the exchange's ids, or by ours when one lacks
// the other: the two do not mix in a request.
func cancellations(orders []order.Order) ([]byte, error) {
	byClient := false
	for i := range orders {
		byClient = byClient || orders[i].ExchangeID == ""
	}
	var list []cancellation
	at := map[string]int{}
	for i := range orders {
		o := &orders[i]
		if o.Instrument == "" || byClient && !clientIDValid(o.ClientID) || !byClient && !orderIDValid(o.ExchangeID) {
			return nil, fmt.Errorf("order %q has no id to cancel it by", o.ClientID)
		}
		n, found := at[o.Instrument]
		if !found {
			n = len(list)
			at[o.Instrument] = n
			list = append(list, cancellation{Instrument: o.Instrument})
		}
		if byClient {
			list[n].ClientIDs = append(list[n].ClientIDs, o.ClientID)
		} else {
			list[n].OrderIDs = append(list[n].OrderIDs, o.ExchangeID)
		}
	}
	return json.Marshal(list)
}

// writeBatch makes one POST call about several orders. It never makes two.
func (c *Client) writeBatch(ctx context.Context, bucket *exchange.Bucket, target string, body []byte, orders []order.Order,
	judge func(*answer, *order.Order) order.Result,
) []order.Result {
	reply, unsent := c.post(ctx, target, body)
	if unsent != nil {
		return all(orders, *unsent)
	}
	b := newBatchAnswer(&reply)
	c.heed(bucket, &reply, b.err)
	return b.judge(orders, judge)
}

// batchAnswer is the reply to a batch: rows by instrument.
type batchAnswer struct {
	err  error // why there are no rows
	rows map[string][]answer
}

func newBatchAnswer(reply *exchange.Reply) batchAnswer {
	b := batchAnswer{rows: make(map[string][]answer)}
	if reply.Status != 200 && reply.Status != 400 {
		_, b.err = envelope(reply)
		return b
	}
	v, err := new(wire.Decoder).Parse(reply.Body)
	if err == nil && v.Type() != fastjson.TypeObject {
		err = wire.ErrShape
	}
	if err != nil {
		b.err = statusError(reply.Status, err)
		return b
	}
	v.GetObject().Visit(func(key []byte, list *fastjson.Value) {
		if list.Type() != fastjson.TypeArray {
			return
		}
		for _, e := range list.GetArray() { // the 400 is some row's; each is judged by itself
			a := answer{status: 200}
			code, message, err := refusal(e)
			if err == nil && code != "" {
				err = statusClass(newError(a.status, code, message))
			}
			a.err = err
			a.echoes(e)
			b.rows[canonical(key)] = append(b.rows[canonical(key)], a)
		}
	})
	if len(b.rows) == 0 {
		if _, b.err = envelope(reply); b.err == nil {
			b.err = newError(reply.Status, "", "an answer without rows")
		}
	}
	return b
}

// judge classifies each order by the row that names it. Refused rows may name
// none: when they are as many as the orders that are left, and all of them
// refusals, each order was refused, whatever the order of the rows.
func (b *batchAnswer) judge(orders []order.Order, judge func(*answer, *order.Order) order.Result) []order.Result {
	if b.err != nil {
		whole := answer{err: b.err}
		return all(orders, whole.unknown(printable(b.err.Error())))
	}
	results := make([]order.Result, len(orders))
	left := make(map[string][]int) // orders that no row names
	used := make(map[*answer]bool)
	for i := range orders {
		rows := b.rows[orders[i].Instrument]
		if n := named(rows, &orders[i]); n >= 0 && !used[&rows[n]] {
			used[&rows[n]] = true
			results[i] = judge(&rows[n], &orders[i])
		} else {
			left[orders[i].Instrument] = append(left[orders[i].Instrument], i)
		}
	}
	for instrument, of := range left {
		nameless := namelessRows(b.rows[instrument], used)
		for k, i := range of {
			results[i] = order.Result{Class: order.Unknown, Message: "no row of the answer names the order"}
			if len(nameless) == len(of) {
				results[i] = nameless[k].refused(false)
			}
		}
	}
	return results
}

// named returns the one row that names an order, by either id.
func named(rows []answer, o *order.Order) int {
	found := -1
	for n := range rows {
		if rows[n].client == o.ClientID || rows[n].client == "" && o.ExchangeID != "" && rows[n].orderID == o.ExchangeID {
			if found >= 0 {
				return -1
			}
			found = n
		}
	}
	return found
}

// namelessRows returns the rows that nobody used, if all of them are proven
// refusals of no order in particular; else none.
func namelessRows(rows []answer, used map[*answer]bool) []*answer {
	var list []*answer
	for n := range rows {
		a := &rows[n]
		if used[a] {
			continue
		}
		if a.client != "" || orderIDValid(a.orderID) || a.refused(false).Class != order.Rejected {
			return nil
		}
		list = append(list, a)
	}
	return list
}

// amendment is the body of an amend.
type amendment struct {
	OrderID      string `json:"order_id,omitempty"`
	ClientID     string `json:"client_oid,omitempty"`
	Price        string `json:"new_price"`
	Size         string `json:"new_size"`
	CancelOnFail string `json:"cancel_on_fail"`
}

// Amend asks for a resting order to have the approved price and quantity, the
// quantity counting what is filled already. Accepted means that the request
// was taken; what became of it is in the order's pushes and queries. An order
// that cannot be amended stays as it was.
func (c *Client) Amend(ctx context.Context, a risk.Approved) order.Result {
	return c.amend(ctx, a.Order())
}

func (c *Client) amend(ctx context.Context, o order.Order) order.Result {
	m := amendment{OrderID: o.ExchangeID, Price: o.Price.String(), Size: o.Quantity.String(), CancelOnFail: "0"}
	if m.OrderID == "" {
		m.ClientID = o.ClientID
	}
	if _, err := placementBody(&o); err != nil {
		return notSent(err)
	}
	if m.OrderID != "" && !orderIDValid(m.OrderID) || !instrumentInPath(o.Instrument) {
		return notSent(errors.New("the order has no id to amend it by"))
	}
	body, err := json.Marshal(m)
	if err != nil {
		return notSent(err)
	}
	bucket, err := c.turn(ctx, postAmend, o.Instrument)
	if err != nil {
		return notSent(err)
	}
	return c.write(ctx, bucket, "/api/spot/v3/amend_order/"+o.Instrument, body, func(a *answer) order.Result {
		return a.cancelled(&o) // it names an order that exists, in the same ways
	})
}
