package okx

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/valyala/fastjson"

	"rulebot/engine"
	"rulebot/engine/order"
	"rulebot/engine/risk"
	"rulebot/exchange"
)

// stop is the body that asks the exchange to keep a sale.
type stop struct {
	Instrument string `json:"instId"`
	Mode       string `json:"tdMode"`
	Side       string `json:"side"`
	Type       string `json:"ordType"`
	Size       string `json:"sz"`
	Unit       string `json:"tgtCcy"`
	Trigger    string `json:"slTriggerPx"`
	Price      string `json:"slOrdPx"`
	ClientID   string `json:"algoClOrdId"`
	Tag        string `json:"tag,omitempty"`
}

// atMarket is the price of what is placed at the market.
const atMarket = "-1"

// Hold has the exchange keep an approved sale until its price is reached, and
// place it at the market then. It does not keep the funds for it.
func (c *Client) Hold(ctx context.Context, a risk.Approved) order.Result {
	return c.hold(ctx, a.Order())
}

func (c *Client) hold(ctx context.Context, o order.Order) order.Result {
	body := stop{
		Instrument: o.Instrument, Mode: "cash", Side: o.Side.String(), Type: "conditional", Size: o.Quantity.String(), Unit: "base_ccy",
		Trigger: o.Price.String(), Price: atMarket, ClientID: o.ClientID, Tag: c.tagOf(o.ClientID),
	}
	switch {
	case o.Side != order.Sell:
		return notSent(errors.New("only a sale is held by the exchange: a buy at the market has no bound"))
	case !clientIDValid(o.ClientID) || o.Instrument == "" || o.Price.Sign() <= 0 || o.Quantity.Sign() <= 0:
		return notSent(errors.New("the order is not complete"))
	}
	bucket, err := c.turn(ctx, postAlgo, o.Instrument)
	if err != nil {
		return notSent(err)
	}
	return c.writeAlgo(ctx, bucket, "/api/v5/trade/order-algo", body, &o, false)
}

// Release asks for what Hold placed to be cancelled.
func (c *Client) Release(ctx context.Context, h engine.HeldStop) order.Result {
	if !orderIDValid(h.ExchangeID) {
		return notSent(errors.New("the stop has no id to cancel it by"))
	}
	bucket := c.pacer.bucket(postCancelAlgos, "")
	if err := bucket.Take(ctx, cancelWait); err != nil {
		return notSent(err)
	}
	body := []struct {
		Instrument string `json:"instId"`
		ID         string `json:"algoId"`
	}{{h.Instrument, h.ExchangeID}}
	return c.writeAlgo(ctx, bucket, "/api/v5/trade/cancel-algos", body, &order.Order{ExchangeID: h.ExchangeID}, true)
}

// writeAlgo makes one POST call about one algo order.
func (c *Client) writeAlgo(ctx context.Context, bucket *exchange.Bucket, target string, body any, o *order.Order, cancel bool) order.Result {
	reply, unsent := c.post(ctx, target, body, false)
	if unsent != nil {
		return *unsent
	}
	results, err := judgeBy(&reply, []order.Order{*o}, cancel, algoIDs)
	c.heed(bucket, &reply, err)
	return results[0]
}

// held are the states of a stop, as far as they are of concern: whether it is
// over, and why.
var held = map[string]string{
	"live": "", "pause": "", "partially_effective": "",
	"effective": "its price was reached", "canceled": "cancelled at the exchange",
	"order_failed": "the exchange could not place it", "partially_failed": "the exchange could not place all of it",
}

// Held lists the stops of an instrument: all that wait, the newest of those
// that are over, and this one wherever it is. What was read before an error
// comes with it: a stop that shows in it shows once, perhaps.
func (c *Client) Held(ctx context.Context, h engine.HeldStop) ([]engine.HeldRow, error) {
	query := func() url.Values {
		return url.Values{"ordType": {"conditional"}, "instType": {"SPOT"}, "instId": {h.Instrument}}
	}
	rows, err := c.heldPages(ctx, "/api/v5/trade/orders-algo-pending", query(), pagesMax)
	for _, state := range [...]string{"effective", "canceled", "order_failed"} {
		if err != nil {
			break
		}
		over := query()
		over.Set("state", state)
		var page []engine.HeldRow
		page, err = c.heldPages(ctx, "/api/v5/trade/orders-algo-history", over, 1)
		rows = append(rows, page...)
	}
	if err == nil && h.ExchangeID != "" && !slices.ContainsFunc(rows, func(r engine.HeldRow) bool { return r.ExchangeID == h.ExchangeID }) {
		var one []engine.HeldRow
		one, err = c.heldOne(ctx, h.ExchangeID)
		rows = append(rows, one...)
	}
	if err != nil {
		return rows, fmt.Errorf("okx: stops %s: %w", h.Instrument, err)
	}
	return rows, nil
}

// heldOne asks for one stop; none is no error.
func (c *Client) heldOne(ctx context.Context, id string) ([]engine.HeldRow, error) {
	v, err := c.private(ctx, getAlgo, "/api/v5/trade/order-algo", url.Values{"algoId": {id}})
	if e, ok := errors.AsType[*Error](err); ok && e.Code == noSuchOrder {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return rowsOf(v, (*row).held)
}

// heldPages reads pages of stops; with an error, those before it.
func (c *Client) heldPages(ctx context.Context, path string, query url.Values, pages int) ([]engine.HeldRow, error) {
	var rows []engine.HeldRow
	err := c.pages(ctx, getAlgos, path, query, pages, func(v *fastjson.Value) (oldest string, more bool, err error) {
		page, err := rowsOf(v, (*row).held)
		if err != nil || len(page) == 0 {
			return "", false, err
		}
		rows = append(rows, page...)
		return page[len(page)-1].ExchangeID, true, nil
	})
	return rows, err
}

// held reads a stop.
func (r *row) held() (engine.HeldRow, error) {
	state := string(r.Required("state"))
	why, known := held[state]
	if !known {
		r.Fail("state", fmt.Errorf("%s is no state of a stop that is known here", quoted(state)))
	}
	h := engine.HeldRow{
		ExchangeID: string(r.Required("algoId")), Side: r.Side(), Quantity: r.mayQuantity("sz"),
		Trigger: r.mayPrice("slTriggerPx"), State: engine.HeldLive, Why: why, At: r.Milli("cTime"),
	}
	if why != "" {
		h.State = engine.HeldOver
	}
	if list := r.Value.GetArray("ordIdList"); len(list) > 0 {
		h.OrderID = string(list[0].GetStringBytes())
	}
	return h, r.Err
}

// algoIDs are the fields by which elements name algo orders.
var algoIDs = ids{own: "algoClOrdId", theirs: "algoId"}
