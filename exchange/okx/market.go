package okx

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/valyala/fastjson"

	"rulebot/engine/market"
	"rulebot/exchange/wire"
)

// Time returns the exchange's clock.
func (c *Client) Time(ctx context.Context) (market.Time, error) {
	v, err := c.public(ctx, getTime, "/api/v5/public/time", nil)
	var at market.Time
	if err == nil {
		at, err = timeOf(v)
	}
	if err != nil {
		return 0, fmt.Errorf("okx: time: %w", err)
	}
	return at, nil
}

func timeOf(v *fastjson.Value) (market.Time, error) {
	r, err := first(v)
	if err != nil {
		return 0, err
	}
	at := r.Milli("ts")
	return at, r.Err
}

// Instruments returns what the exchange lists for spot trading.
func (c *Client) Instruments(ctx context.Context) ([]market.Instrument, error) {
	v, err := c.public(ctx, getInstruments, "/api/v5/public/instruments", url.Values{"instType": {"SPOT"}})
	var list []market.Instrument
	if err == nil {
		list, err = instruments(v)
	}
	if err != nil {
		return nil, fmt.Errorf("okx: instruments: %w", err)
	}
	return list, nil
}

// instruments reads a list, of which only spot pairs are kept. A pair that is
// not listed yet has no steps, and cannot be traded.
func instruments(v *fastjson.Value) ([]market.Instrument, error) {
	var list []market.Instrument
	err := eachRow(v, func(r *row) error {
		in := market.Instrument{
			ID: string(r.Required("instId")), Base: r.Text("baseCcy"), Quote: r.Text("quoteCcy"), State: string(r.Required("state")),
		}
		if r.Err != nil || r.Text("instType") != "SPOT" || in.State == "preopen" && len(r.Optional("tickSz")) == 0 {
			return r.Err
		}
		in.Tick, in.Lot, in.Min = r.Price("tickSz"), r.Quantity("lotSz"), r.Quantity("minSz")
		in.Max = r.mayQuantity("maxLmtSz")
		if in.State == "live" {
			in.State = ""
		}
		switch {
		case r.Err != nil:
		case in.ID != in.Base+"-"+in.Quote:
			r.Fail("instId", fmt.Errorf("%s trades %s against %s", in.ID, in.Base, in.Quote))
		case in.Tick.Sign() <= 0 || in.Lot.Sign() <= 0 || in.Min.Sign() < 0:
			r.Fail(in.ID, fmt.Errorf("tick %s, lot %s, minimum %s", in.Tick, in.Lot, in.Min))
		}
		list = append(list, in)
		return r.Err
	})
	return list, err
}

// BarPageMax is the most bars that one call returns.
const BarPageMax = 100

// recentBars is what the call for new candles goes back.
const recentBars = 1440

// barNames are the candles of the exchange; from six hours on those that begin
// at midnight UTC.
var barNames = map[time.Duration]string{
	time.Minute: "1m", 3 * time.Minute: "3m", 5 * time.Minute: "5m", 15 * time.Minute: "15m", 30 * time.Minute: "30m",
	time.Hour: "1H", 2 * time.Hour: "2H", 4 * time.Hour: "4H", 6 * time.Hour: "6Hutc", 12 * time.Hour: "12Hutc",
	24 * time.Hour: "1Dutc", 7 * 24 * time.Hour: "1Wutc",
}

func barName(s market.Series) (string, error) {
	name := barNames[s.Timeframe.Duration()]
	if name == "" {
		return "", fmt.Errorf("okx: bars %s: the exchange has no candles of that length", s)
	}
	return name, nil
}

// Bars returns the last n bars of a series that were closed at until, in
// ascending order. There are fewer when the exchange keeps no more.
func (c *Client) Bars(ctx context.Context, s market.Series, n int, until market.Time) ([]market.Bar, error) {
	tf := s.Timeframe
	var bars []market.Bar // newest first
	last := tf.Open(until).Add(-tf.Duration())
	for len(bars) < n {
		first := last.Add(-(BarPageMax - 1) * tf.Duration())
		page, err := c.candles(ctx, s, first, last)
		if err == nil && len(page) == 0 { // an outage or the beginning: what is older, wherever it is
			page, err = c.candles(ctx, s, 0, last)
		}
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		bars = append(bars, page...)
		last = min(first, page[len(page)-1].Open).Add(-tf.Duration())
	}
	bars = bars[:min(n, len(bars))]
	slices.Reverse(bars)
	return bars, nil
}

// BarPage returns the closed bars of a series that open within [first, last],
// in ascending order, in one call: at most BarPageMax may fit in. What the
// exchange does not keep is missing.
func (c *Client) BarPage(ctx context.Context, s market.Series, first, last market.Time) ([]market.Bar, error) {
	if n := last.Sub(first)/s.Timeframe.Duration() + 1; n < 1 || n > BarPageMax {
		return nil, fmt.Errorf("okx: bars %s: %d in one call, want 1 to %d", s, n, BarPageMax)
	}
	bars, err := c.candles(ctx, s, first, last)
	slices.Reverse(bars)
	return bars, err
}

// candles returns the closed candles that start in [first, last], newest first.
// From a first of zero on it is the newest of them, as many as a page has.
func (c *Client) candles(ctx context.Context, s market.Series, first, last market.Time) ([]market.Bar, error) {
	name, err := barName(s)
	if err != nil {
		return nil, err
	}
	e, path := getHistoryCandles, "/api/v5/market/history-candles"
	if c.Now().Sub(first) < (recentBars-BarPageMax)*s.Timeframe.Duration() {
		e, path = getCandles, "/api/v5/market/candles"
	}
	query := url.Values{
		"instId": {s.Instrument}, "bar": {name}, "limit": {strconv.Itoa(BarPageMax)},
		"after": {strconv.FormatInt(last.Milli()+1, 10)}, // older than
	}
	if first != 0 {
		query.Set("before", strconv.FormatInt(first.Milli()-1, 10))
	}
	v, err := c.public(ctx, e, path, query)
	var bars []market.Bar
	if err == nil {
		bars, err = candlePage(v, s.Timeframe, first, last)
	}
	if err != nil {
		return nil, fmt.Errorf("okx: bars %s: %w", s, err)
	}
	return bars, nil
}

func candlePage(v *fastjson.Value, tf market.Timeframe, first, last market.Time) ([]market.Bar, error) {
	if v.Type() != fastjson.TypeArray {
		return nil, wire.ErrShape
	}
	var bars []market.Bar
	for _, e := range v.GetArray() {
		b, closed, err := newBar(e, tf, nil)
		if err != nil {
			return nil, err
		}
		if closed && b.Open >= first && b.Open <= last {
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

// newBar reads [ts, open, high, low, close, volume, …, confirm]; its time is
// its start.
func newBar(v *fastjson.Value, tf market.Timeframe, buf []byte) (b market.Bar, closed bool, err error) {
	const cells = 9
	if v.Type() != fastjson.TypeArray || len(v.GetArray()) < cells {
		return b, false, fmt.Errorf("candle: %w", wire.ErrShape)
	}
	vs := v.GetArray()
	b = market.Bar{Timeframe: tf}
	confirm := int64(0)
	err = errors.Join(
		cell(vs[0], buf, wire.ParseMilli, &b.Open),
		cell(vs[1], buf, wire.ParsePrice, &b.O), cell(vs[2], buf, wire.ParsePrice, &b.H),
		cell(vs[3], buf, wire.ParsePrice, &b.L), cell(vs[4], buf, wire.ParsePrice, &b.C),
		cell(vs[5], buf, wire.ParseQuantity, &b.Volume), cell(vs[cells-1], buf, wire.ParseInt, &confirm),
	)
	if err == nil {
		err = b.Check()
	}
	if err == nil && tf.Open(b.Open) != b.Open {
		err = fmt.Errorf("%s is not where a %s bar starts", b.Open, tf)
	}
	if err != nil {
		return market.Bar{}, false, fmt.Errorf("candle: %w", err)
	}
	return b, confirm == 1, nil
}

func cell[T any](v *fastjson.Value, buf []byte, parse func([]byte) (T, error), to *T) error {
	b, err := wire.Text(v, buf)
	if err == nil {
		*to, err = parse(b)
	}
	return err
}
