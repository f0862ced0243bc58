package okcoin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/valyala/fastjson"

	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
	"rulebot/exchange"
	"rulebot/exchange/wire"
)

// What one call may cancel.
const (
	algosMax      = 10
	algosMaxParts = 6 // of Iceberg and TimeWeighted
)

// algoPlacement is the body that asks for an algo order.
type algoPlacement struct {
	Instrument string `json:"instrument_id"`
	Mode       string `json:"mode"`
	Kind       string `json:"order_type"`
	Size       string `json:"size"`
	Side       string `json:"side"`

	Trigger  string `json:"trigger_price,omitempty"`
	Price    string `json:"algo_price,omitempty"`
	Type     string `json:"algo_type,omitempty"`
	Callback string `json:"callback_rate,omitempty"`

	Variance string `json:"algo_variance,omitempty"`
	Average  string `json:"avg_amount,omitempty"`
	Range    string `json:"sweep_range,omitempty"`
	Ratio    string `json:"sweep_ratio,omitempty"`
	Single   string `json:"single_limit,omitempty"`
	Interval string `json:"time_interval,omitempty"`
	Limit    string `json:"limit_price,omitempty"`

	TakeTrigger string `json:"tp_trigger_price,omitempty"`
	TakePrice   string `json:"tp_price,omitempty"`
	TakeType    string `json:"tp_trigger_type,omitempty"`
	StopTrigger string `json:"sl_trigger_price,omitempty"`
	StopPrice   string `json:"sl_price,omitempty"`
	StopType    string `json:"sl_trigger_type,omitempty"`
}

// PlaceAlgo gives an approved order into the exchange's keeping, once, and says
// what the answer proves; ExchangeID is the algo order's id. No price of the
// terms may be worse than the approved one. What sells at the market keeps to
// no price at all, and nothing buys there.
//
// An algo order has no client order id: after an unknown answer it can be
// told only by its terms, from the list. What it places later has ids of the
// exchange alone.
func (c *Client) PlaceAlgo(ctx context.Context, a risk.Approved, t Terms) order.Result {
	return c.placeAlgo(ctx, a.Order(), t)
}

func (c *Client) placeAlgo(ctx context.Context, o order.Order, t Terms) order.Result {
	body, err := algoBody(&o, &t)
	if err != nil {
		return notSent(err)
	}
	bucket, err := c.turn(ctx, postAlgo, o.Instrument)
	if err != nil {
		return notSent(err)
	}
	return c.write(ctx, bucket, "/api/spot/v3/order_algo", body, (*answer).algoPlaced)
}

func algoBody(o *order.Order, t *Terms) ([]byte, error) {
	p := algoPlacement{
		Instrument: o.Instrument, Mode: "1", Kind: strconv.Itoa(int(t.Kind)), Side: o.Side.String(), Size: o.Quantity.String(),
	}
	switch {
	case o.Instrument == "" || o.Side != order.Buy && o.Side != order.Sell:
		return nil, errors.New("the order is not complete")
	case o.Price.Sign() <= 0 || o.Quantity.Sign() <= 0:
		return nil, fmt.Errorf("%s at %s is not positive", o.Quantity, o.Price)
	}
	if err := t.complete(); err != nil {
		return nil, err
	}
	if o.Side == order.Buy && (t.Kind == Trail || t.Stop.Market || t.Take.Market) {
		return nil, errors.New("whether the size of a buy at the market counts money or coins is not documented; give it a limit")
	}
	for _, price := range t.prices() {
		if o.Side == order.Buy && o.Price.Less(price) || o.Side == order.Sell && price.Less(o.Price) {
			return nil, fmt.Errorf("a %s at %s is worse than the approved %s", o.Side, price, o.Price)
		}
	}
	p.put(t)
	return json.Marshal(p)
}

// prices are the limits of what the terms place.
func (t *Terms) prices() []num.Price {
	var list []num.Price
	for _, l := range t.legs() {
		if !l.Market {
			list = append(list, l.Price)
		}
	}
	if t.Kind == Iceberg || t.Kind == TimeWeighted {
		list = append(list, t.Limit)
	}
	return list
}

func (t *Terms) legs() []Leg {
	switch t.Kind {
	case Trigger:
		return []Leg{t.Stop}
	case Pair:
		return []Leg{t.Take, t.Stop}
	default:
		return nil
	}
}

// complete refuses terms that lack something. Whether they are within the
// exchange's ranges is the exchange's to say.
func (t *Terms) complete() error {
	for _, l := range t.legs() {
		if l.Trigger.Sign() <= 0 || !l.Market && l.Price.Sign() <= 0 {
			return fmt.Errorf("a price to wait for of %s, and %s to place", l.Trigger, l.Price)
		}
	}
	switch {
	case t.Kind < Trigger || t.Kind > Pair:
		return fmt.Errorf("%d is not a kind of algo order", t.Kind)
	case t.Kind == Trail && (t.Stop.Trigger.Sign() <= 0 || t.Callback.Sign() <= 0),
		t.Kind == Iceberg && t.Variance.Sign() <= 0,
		t.Kind == TimeWeighted && (t.Range.Sign() <= 0 || t.Ratio.Sign() <= 0 || t.Interval < time.Second || t.Interval%time.Second != 0),
		(t.Kind == Iceberg || t.Kind == TimeWeighted) && (t.Part.Sign() <= 0 || t.Limit.Sign() <= 0):
		return errors.New("the terms are not complete")
	}
	return nil
}

func (p *algoPlacement) put(t *Terms) {
	switch t.Kind {
	case Trigger:
		p.Trigger, p.Price, p.Type = t.Stop.texts()
	case Trail:
		p.Trigger, p.Callback = t.Stop.Trigger.String(), t.Callback.String()
	case Iceberg:
		p.Variance, p.Average, p.Limit = t.Variance.String(), t.Part.String(), t.Limit.String()
	case TimeWeighted:
		p.Range, p.Ratio, p.Single, p.Limit = t.Range.String(), t.Ratio.String(), t.Part.String(), t.Limit.String()
		p.Interval = strconv.Itoa(int(t.Interval / time.Second))
	case Pair:
		p.TakeTrigger, p.TakePrice, p.TakeType = t.Take.texts()
		p.StopTrigger, p.StopPrice, p.StopType = t.Stop.texts()
	}
}

func (l *Leg) texts() (trigger, price, places string) {
	if l.Market {
		return l.Trigger.String(), "", "2"
	}
	return l.Trigger.String(), l.Price.String(), "1"
}

// algoPlaced classifies the answer to placing one.
func (a *answer) algoPlaced() order.Result {
	id := ""
	if a.body != nil && a.body.Type() == fastjson.TypeObject {
		r := newRow(a.body, nil)
		if id = r.Text("algo_id"); r.Err != nil {
			return a.unknown(r.Err.Error())
		}
	}
	if a.err == nil && a.status == http.StatusOK && a.result {
		if !orderIDValid(id) {
			return a.unknown("accepted without an id: " + quoted(id))
		}
		return order.Result{Class: order.Accepted, ExchangeID: id}
	}
	if orderIDValid(id) {
		return a.unknown("refused, and yet algo order " + quoted(id))
	}
	return a.refused(false)
}

// CancelAlgos asks for algo orders of one instrument and kind to be cancelled,
// once, and says of each what the answer proves. Accepted means that the
// cancel was begun. There are at most ten of them, six of the kinds that trade
// in parts.
func (c *Client) CancelAlgos(ctx context.Context, instrument string, kind AlgoKind, ids []string) []order.Result {
	results := make([]order.Result, len(ids))
	every := func(r order.Result) []order.Result {
		for i := range results {
			results[i] = r
		}
		return results
	}
	body, err := algoCancellation(instrument, kind, ids)
	var bucket *exchange.Bucket
	if err == nil {
		bucket = c.pacer.bucket(postCancelAlgos, "")
		err = bucket.Take(ctx, cancelWait)
	}
	if err != nil {
		return every(notSent(err))
	}
	reply, unsent := c.post(ctx, "/api/spot/v3/cancel_batch_algos", body)
	if unsent != nil {
		return every(*unsent)
	}
	a := newAnswer(&reply)
	c.heed(bucket, &reply, a.err)
	for i, id := range ids {
		results[i] = a.algoCanceled(id, len(ids))
	}
	return results
}

func algoCancellation(instrument string, kind AlgoKind, ids []string) ([]byte, error) {
	most := algosMax
	if kind == Iceberg || kind == TimeWeighted {
		most = algosMaxParts
	}
	seen := map[string]bool{}
	for _, id := range ids {
		if !orderIDValid(id) || seen[id] {
			return nil, fmt.Errorf("algo order %q has no id, or is there twice", wire.Clip([]byte(id)))
		}
		seen[id] = true
	}
	switch {
	case instrument == "" || kind < Trigger || kind > Pair:
		return nil, errors.New("algo orders are cancelled by instrument and kind")
	case len(ids) == 0 || len(ids) > most:
		return nil, fmt.Errorf("%d algo orders in one cancel, not 1 to %d", len(ids), most)
	}
	return json.Marshal(struct {
		Instrument string   `json:"instrument_id"`
		Kind       string   `json:"order_type"`
		IDs        []string `json:"algo_ids"`
	}{instrument, strconv.Itoa(int(kind)), ids})
}

// algoCanceled classifies what an answer about some algo orders says of one.
// The ids in it are those whose cancel was begun; of the others it says
// nothing, unless there was only one.
func (a *answer) algoCanceled(id string, asked int) order.Result {
	ids, err := a.algoIDs()
	if err != nil {
		return a.unknown("algo_ids: " + err.Error())
	}
	listed := slices.Contains(ids, id)
	succeeded := a.err == nil && a.status == http.StatusOK && a.result
	switch {
	case succeeded && listed:
		return order.Result{Class: order.Accepted, ExchangeID: id}
	case succeeded || len(ids) > 0:
		return a.unknown("the answer is not about algo order " + id)
	}
	r := a.refused(true)
	if asked > 1 && r.Class == order.Gone {
		return a.unknown("one of several algo orders is gone, or all of them")
	}
	return r
}

// algoIDs reads the ids of algo orders in an answer.
func (a *answer) algoIDs() (list []string, err error) {
	if a.body == nil || a.body.Get("algo_ids") == nil {
		return nil, nil
	}
	ids := a.body.Get("algo_ids")
	if ids.Type() != fastjson.TypeArray {
		return nil, wire.ErrShape
	}
	for _, e := range ids.GetArray() {
		id, err := wire.Text(e, nil)
		if err != nil {
			return nil, err
		}
		list = append(list, string(id))
	}
	return list, nil
}
