package okx

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/valyala/fastjson"

	"rulebot/engine/market"
	"rulebot/engine/order"
)

// Order asks for an order by its client order id, or by the exchange's when it
// has no other. The evidence is Missing when the exchange says, in its own
// form, that there is none; asked is the run clock before the call, and is
// passed on. At is not known from a query.
func (c *Client) Order(ctx context.Context, o order.Order, asked market.Time) (order.Evidence, error) {
	ev, err := c.order(ctx, &o)
	if err != nil {
		return order.Evidence{}, fmt.Errorf("okx: order %s: %w", o.ClientID+o.ExchangeID, err)
	}
	ev.Asked = asked
	return ev, nil
}

func (c *Client) order(ctx context.Context, o *order.Order) (order.Evidence, error) {
	query := url.Values{"instId": {o.Instrument}}
	switch {
	case o.ClientID == "" && orderIDValid(o.ExchangeID):
		query.Set("ordId", o.ExchangeID)
	case clientIDValid(o.ClientID):
		query.Set("clOrdId", o.ClientID)
	default:
		return order.Evidence{}, errors.New("the id is not one the exchange could have")
	}
	v, err := c.private(ctx, getOrder, "/api/v5/trade/order", query)
	if e, ok := errors.AsType[*Error](err); ok && e.Code == noSuchOrder && e.Status < http.StatusInternalServerError {
		ev := order.Evidence{Source: order.FromQuery, Instrument: o.Instrument, ClientID: o.ClientID, Missing: true}
		if o.ClientID == "" {
			ev.ExchangeID = o.ExchangeID
		}
		return ev, nil
	}
	if err != nil {
		return order.Evidence{}, err
	}
	r, err := first(v)
	if err != nil {
		return order.Evidence{}, err
	}
	ev := r.evidence(order.FromQuery)
	switch {
	case r.Err != nil:
		return ev, r.Err
	case ev.Instrument != o.Instrument, o.ClientID != "" && ev.ClientID != o.ClientID, o.ClientID == "" && ev.ExchangeID != o.ExchangeID:
		return ev, fmt.Errorf("the answer is about order %q of %s", ev.ClientID+ev.ExchangeID, ev.Instrument)
	}
	return ev, nil
}

// OpenOrders returns every open order of an instrument, ours or not; with an
// error, those of the pages before it. Asked is left to the caller, whose clock
// it is.
func (c *Client) OpenOrders(ctx context.Context, instrument string) ([]order.Evidence, error) {
	return c.orderList(ctx, getPending, "/api/v5/trade/orders-pending", instrument, pagesMax)
}

// Orders returns the newest finished orders of an instrument, of the last
// seven days. One that was cancelled without a fill is forgotten after two
// hours.
func (c *Client) Orders(ctx context.Context, instrument string) ([]order.Evidence, error) {
	return c.orderList(ctx, getHistory, "/api/v5/trade/orders-history", instrument, 1)
}

func (c *Client) orderList(ctx context.Context, e endpoint, path, instrument string, pages int) ([]order.Evidence, error) {
	var list []order.Evidence
	err := c.pages(ctx, e, path, url.Values{"instType": {"SPOT"}, "instId": {instrument}}, pages,
		func(v *fastjson.Value) (oldest string, more bool, err error) {
			var page []order.Evidence
			err = eachRow(v, func(r *row) error {
				ev, err := r.listed(instrument)
				page, oldest = append(page, ev), ev.ExchangeID
				return err
			})
			if err == nil {
				list = append(list, page...)
			}
			return oldest, true, err
		})
	if err != nil {
		return list, fmt.Errorf("okx: orders %s: %w", instrument, err)
	}
	return list, nil
}

// fillsKept is how long the quick list of fills goes back, less an hour.
const fillsKept = 71 * time.Hour

// Fills returns the fills of an instrument since a time, newest first; of one
// order when exchangeOrderID is given. With an error come those of the pages
// before it.
func (c *Client) Fills(ctx context.Context, instrument, exchangeOrderID string, since market.Time) ([]order.Fill, error) {
	since = since.Floor(time.Millisecond) // what the exchange cuts its times to
	query := url.Values{"instType": {"SPOT"}, "instId": {instrument}}
	if exchangeOrderID != "" {
		query.Set("ordId", exchangeOrderID)
	}
	e, path := getFills, "/api/v5/trade/fills"
	if c.Now().Sub(since) > fillsKept {
		e, path = getFillsHistory, "/api/v5/trade/fills-history"
	}
	var fills []order.Fill
	err := c.pages(ctx, e, path, query, pagesMax, func(v *fastjson.Value) (oldest string, more bool, err error) {
		// Pages are in the order of booking, which is not quite that of trading:
		// only where nothing of a page is of interest is nothing behind it.
		var page []order.Fill
		err = eachRow(v, func(r *row) error {
			oldest = string(r.Required("billId"))
			f, err := r.fill()
			switch {
			case err != nil:
			case f.Instrument != instrument || exchangeOrderID != "" && f.ExchangeID != exchangeOrderID:
				err = fmt.Errorf("trade %s is of order %s of %s", f.ID, f.ExchangeID, f.Instrument)
			case f.At >= since:
				page, more = append(page, f), true
			}
			return err
		})
		if err == nil {
			fills = append(fills, page...)
		}
		return oldest, more, err
	})
	if err != nil {
		return fills, fmt.Errorf("okx: fills %s %s: %w", instrument, exchangeOrderID, err)
	}
	return fills, nil
}

// pages reads a list from its newest row to its oldest. A page that is not
// full is the last; take returns the id of its page's oldest row, and whether
// older ones are of interest.
func (c *Client) pages(ctx context.Context, e endpoint, path string, query url.Values, pages int,
	take func(*fastjson.Value) (oldest string, more bool, err error),
) error {
	query.Set("limit", strconv.Itoa(pageSize))
	for range pages {
		v, err := c.private(ctx, e, path, query)
		if err != nil {
			return err
		}
		oldest, more, err := take(v)
		switch {
		case err != nil:
			return err
		case !more || len(v.GetArray()) < pageSize:
			return nil
		case oldest == "" || oldest == query.Get("after"):
			return errors.New("the next page does not go further back")
		}
		query.Set("after", oldest)
	}
	if pages == pagesMax {
		return fmt.Errorf("more than %d pages", pagesMax)
	}
	return nil
}

// Balances returns what the trading account holds, every currency that is not
// zero; and these, since the list leaves out nothing else.
func (c *Client) Balances(ctx context.Context, currencies ...string) ([]order.Balance, error) {
	v, err := c.private(ctx, getBalance, "/api/v5/account/balance", nil)
	var list []order.Balance
	if err == nil {
		list, err = balances(v)
	}
	if err != nil {
		return nil, fmt.Errorf("okx: balances: %w", err)
	}
	for _, name := range currencies {
		if !order.Listed(list, name) {
			list = append(list, order.Balance{Currency: name})
		}
	}
	return list, nil
}

func balances(v *fastjson.Value) ([]order.Balance, error) {
	r, err := first(v)
	if err != nil {
		return nil, err
	}
	return rowsOf(r.Value.Get("details"), (*row).balance)
}
