package okcoin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/valyala/fastjson"

	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/exchange/wire"
)

// Time returns the exchange's clock.
func (c *Client) Time(ctx context.Context) (market.Time, error) {
	v, err := c.query(ctx, getTime, "/api/general/v3/time", false)
	if err != nil {
		return 0, fmt.Errorf("okcoin: time: %w", err)
	}
	r := newRow(v, nil)
	at, err := r.clock()
	if err != nil {
		return 0, fmt.Errorf("okcoin: time: %w", err)
	}
	return at, nil
}

// clock reads a time that is told in two forms, of which either may lack.
func (r *row) clock() (market.Time, error) {
	if len(r.Optional("iso")) == 0 {
		at := wire.Parsed(&r.Row, "epoch", parseEpoch)
		return at, r.Err
	}
	at := r.Time("iso")
	if len(r.Optional("epoch")) == 0 {
		return at, r.Err
	}
	epoch := wire.Parsed(&r.Row, "epoch", parseEpoch)
	if d := at.Sub(epoch); r.Err == nil && (d > time.Second || d < -time.Second) {
		r.Fail("epoch", fmt.Errorf("%s, and iso is %s", epoch, at))
	}
	return at, r.Err
}

// Instruments returns what the exchange lists.
func (c *Client) Instruments(ctx context.Context) ([]market.Instrument, error) {
	v, err := c.query(ctx, getInstruments, "/api/spot/v3/instruments", false)
	if err != nil {
		return nil, fmt.Errorf("okcoin: instruments: %w", err)
	}
	list, err := instruments(v)
	if err != nil {
		return nil, fmt.Errorf("okcoin: instruments: %w", err)
	}
	return list, nil
}

func instruments(v *fastjson.Value) ([]market.Instrument, error) {
	var list []market.Instrument
	err := eachRow(v, func(r *row) error {
		in := market.Instrument{
			ID:   canonical(r.Required("instrument_id")),
			Base: string(r.Required("base_currency")), Quote: string(r.Required("quote_currency")),
			Tick: r.Price("tick_size"), Lot: r.Quantity("size_increment"), Min: r.Quantity("min_size"),
		}
		switch {
		case r.Err != nil:
		case in.ID != in.Base+"-"+in.Quote:
			r.Fail("instrument_id", fmt.Errorf("%s trades %s against %s", in.ID, in.Base, in.Quote))
		case in.Tick.Sign() <= 0 || in.Lot.Sign() <= 0 || in.Min.Sign() < 0:
			r.Fail(in.ID, fmt.Errorf("tick %s, lot %s, minimum %s", in.Tick, in.Lot, in.Min))
		}
		list = append(list, in)
		return r.Err
	})
	return list, err
}

// BarPageMax is the most bars that one call returns.
const BarPageMax = candlesMax

const (
	candlesMax = 200 // one call returns at most
	emptyMax   = 2   // empty pages one after the other, until nothing older is expected
)

// granularities are the candle lengths the exchange has.
var granularities = [...]time.Duration{
	time.Minute, 3 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour,
}

// Bars returns the last n bars of a series that were closed at until, in
// ascending order. There are fewer when the exchange keeps no more.
func (c *Client) Bars(ctx context.Context, s market.Series, n int, until market.Time) ([]market.Bar, error) {
	tf := s.Timeframe
	if err := hasCandles(s); err != nil {
		return nil, err
	}
	var bars []market.Bar // newest first
	last := tf.Open(until).Add(-tf.Duration())
	count := min(n, candlesMax)
	for empty := 0; len(bars) < n && empty < emptyMax; {
		first := last.Add(-time.Duration(count-1) * tf.Duration())
		page, err := c.candles(ctx, s, first, last)
		if err != nil {
			return nil, fmt.Errorf("okcoin: bars %s: %w", s, err)
		}
		bars = append(bars, page...)
		last = first.Add(-tf.Duration())
		empty++ // the exchange may have been closed for as long as a page
		if len(page) > 0 {
			empty = 0
		}
		if len(page) == count {
			count = min(n-len(bars), candlesMax)
		} else {
			count = candlesMax // bars are missing: how far back to go is not known
		}
	}
	bars = bars[:min(n, len(bars))]
	slices.Reverse(bars)
	return bars, nil
}

func hasCandles(s market.Series) error {
	if !slices.Contains(granularities[:], s.Timeframe.Duration()) {
		return fmt.Errorf("okcoin: bars %s: the exchange has no candles of that length", s)
	}
	return nil
}

// BarPage returns the bars of a series that open within [first, last], in
// ascending order, in one call: at most BarPageMax may fit in. The last may be
// one that is not over. What the exchange does not keep is missing.
func (c *Client) BarPage(ctx context.Context, s market.Series, first, last market.Time) ([]market.Bar, error) {
	if err := hasCandles(s); err != nil {
		return nil, err
	}
	if n := last.Sub(first)/s.Timeframe.Duration() + 1; n < 1 || n > BarPageMax {
		return nil, fmt.Errorf("okcoin: bars %s: %d in one call, want 1 to %d", s, n, BarPageMax)
	}
	bars, err := c.candles(ctx, s, first, last)
	if err != nil {
		return nil, fmt.Errorf("okcoin: bars %s: %w", s, err)
	}
	slices.Reverse(bars)
	return bars, nil
}

// candles returns the candles that start in [first, last], newest first.
func (c *Client) candles(ctx context.Context, s market.Series, first, last market.Time) ([]market.Bar, error) {
	path := "/api/spot/v3/instruments/" + url.PathEscape(s.Instrument) + "/candles"
	v, err := c.query(ctx, getCandles, target(path, url.Values{
		"granularity": {strconv.Itoa(int(s.Timeframe.Duration() / time.Second))},
		"start":       {wire.FormatISO(first)},
		"end":         {wire.FormatISO(last)},
	}), false)
	if err != nil {
		return nil, err
	}
	return candlePage(v, s.Timeframe, first, last)
}

func candlePage(v *fastjson.Value, tf market.Timeframe, first, last market.Time) ([]market.Bar, error) {
	if v.Type() != fastjson.TypeArray {
		return nil, wire.ErrShape
	}
	var bars []market.Bar
	for _, e := range v.GetArray() {
		b, err := newBar(e, tf, nil)
		if err != nil {
			return nil, err
		}
		if b.Open >= first && b.Open <= last { // the exchange adds the open candle at times
			bars = append(bars, b)
		}
	}
	slices.SortFunc(bars, func(a, b market.Bar) int { return int(min(max(b.Open-a.Open, -1), 1)) })
	for i := range bars[:max(0, len(bars)-1)] {
		if bars[i].Open == bars[i+1].Open {
			return nil, fmt.Errorf("candle %s comes twice", bars[i].Open)
		}
	}
	return bars, nil
}

// Balances returns what the account holds, every currency that is not zero; and
// these, which are asked for one by one where the list leaves them out. What
// the exchange refuses to tell then stays out.
func (c *Client) Balances(ctx context.Context, currencies ...string) ([]order.Balance, error) {
	v, err := c.query(ctx, getAccounts, "/api/spot/v3/accounts", true)
	if err != nil {
		return nil, fmt.Errorf("okcoin: balances: %w", err)
	}
	var list []order.Balance
	err = eachRow(v, func(r *row) error {
		list = append(list, r.accountBalance())
		return r.Err
	})
	if err != nil {
		return nil, fmt.Errorf("okcoin: balances: %w", err)
	}
	for _, name := range currencies {
		if order.Listed(list, name) {
			continue
		}
		b, err := c.Balance(ctx, name)
		if refused, ok := errors.AsType[*Error](err); ok && refused.Code == noSuchCurrency {
			continue
		}
		if err != nil {
			return list, err
		}
		list = append(list, b)
	}
	return list, nil
}

// Order asks for an order by its client order id, or by the exchange's when it
// has no other. The evidence is Missing when the exchange says, in its own
// form, that there is none; asked is the run clock before the call, and is
// passed on. At is not known from a query.
func (c *Client) Order(ctx context.Context, o order.Order, asked market.Time) (order.Evidence, error) {
	ev, err := c.order(ctx, &o)
	if err != nil {
		return order.Evidence{}, fmt.Errorf("okcoin: order %s: %w", o.ClientID+o.ExchangeID, err)
	}
	ev.Asked = asked
	return ev, nil
}

func (c *Client) order(ctx context.Context, o *order.Order) (order.Evidence, error) {
	id := o.ClientID
	switch {
	case id == "" && orderIDValid(o.ExchangeID):
		id = o.ExchangeID
	case !clientIDValid(id):
		return order.Evidence{}, errors.New("the id is not one the exchange could have")
	}
	path := target("/api/spot/v3/orders/"+id, url.Values{"instrument_id": {o.Instrument}})
	v, err := c.query(ctx, getOrder, path, true)
	var refused *Error
	if errors.As(err, &refused) && missing(refused) {
		ev := order.Evidence{Source: order.FromQuery, Instrument: o.Instrument, ClientID: o.ClientID, Missing: true}
		if o.ClientID == "" {
			ev.ExchangeID = o.ExchangeID
		}
		return ev, nil
	}
	if err != nil {
		return order.Evidence{}, err
	}
	r := newRow(v, nil)
	ev := r.evidence(order.FromQuery)
	switch {
	case r.Err != nil:
		return ev, r.Err
	case ev.Instrument != o.Instrument, id != ev.ClientID && (o.ClientID != "" || id != ev.ExchangeID):
		return ev, fmt.Errorf("the answer is about order %q of %s", wire.Clip([]byte(ev.ClientID+ev.ExchangeID)), ev.Instrument)
	}
	return ev, nil
}

// Codes for what does not exist.
const (
	noSuchOrder    = "33014"
	noSuchCurrency = "30031"
)

// missing reports whether an error proves absence: the code for it, or a 404
// with any code of the exchange that does not speak of something else. A 404
// without a code comes from something in between.
func missing(e *Error) bool {
	if e.Code == noSuchOrder {
		return e.Status < http.StatusInternalServerError
	}
	return e.Status == http.StatusNotFound && e.Code != "" && (e.Class == ClassGone || newError(0, e.Code, "").Class == ClassUnlisted)
}

// OpenOrders returns every open order of an instrument, ours or not; with an
// error, those of the pages before it. Asked is left to the caller, whose clock
// it is.
func (c *Client) OpenOrders(ctx context.Context, instrument string) ([]order.Evidence, error) {
	var list []order.Evidence
	err := c.pages(ctx, getPending, "/api/spot/v3/orders_pending", url.Values{"instrument_id": {instrument}},
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
		return list, fmt.Errorf("okcoin: open orders %s: %w", instrument, err)
	}
	return list, nil
}

// Fills returns the fills of an instrument since a time, newest first; of one
// order when exchangeOrderID is given. The list does not tell client order
// ids, so ClientID is empty. Beside an error come those that are whole in what
// was read.
func (c *Client) Fills(ctx context.Context, instrument, exchangeOrderID string, since market.Time) ([]order.Fill, error) {
	since = since.Floor(time.Millisecond) // what the exchange cuts its times to
	query := url.Values{"instrument_id": {instrument}}
	if exchangeOrderID != "" {
		query.Set("order_id", exchangeOrderID)
	}
	var rows []ledgerRow
	err := c.pages(ctx, getFills, "/api/spot/v3/fills", query,
		func(v *fastjson.Value) (oldest string, more bool, err error) {
			page, err := ledgerRows(v, instrument)
			if err != nil || len(page) == 0 {
				return "", false, err
			}
			rows = append(rows, page...)
			last := &page[len(page)-1]
			return strconv.FormatInt(last.ledger, 10), last.at >= since, nil
		})
	fills, unpaired := pairFills(rows, instrument, since)
	if err == nil {
		err = unpaired // where reading broke off, halves are missing
	}
	if err != nil {
		return fills, fmt.Errorf("okcoin: fills %s %s: %w", instrument, exchangeOrderID, err)
	}
	return fills, nil
}

// pages reads a list from its newest row to its oldest. A page that is not
// full is the last; take returns the id of its page's oldest row, and whether
// older ones are of interest.
func (c *Client) pages(ctx context.Context, e endpoint, path string, query url.Values,
	take func(*fastjson.Value) (oldest string, more bool, err error),
) error {
	query.Set("limit", strconv.Itoa(pageSize))
	for range pagesMax {
		v, err := c.query(ctx, e, target(path, query), true)
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
	return fmt.Errorf("more than %d pages", pagesMax)
}
