package okcoin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/valyala/fastjson"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/wire"
)

// Bounds of the public lists.
const (
	bookMax   = 200
	tradesMax = 60
)

// Ticker is the state of one market over a day. Sizes are zero where an old
// reply lacks them; a quote side that nobody offers has a price of zero.
type Ticker struct {
	Instrument      string
	At              market.Time
	Last            num.Price
	Quote           market.Quote
	Open, High, Low num.Price
	Volume          num.Quantity // in the base currency, of 24 hours
	Turnover        num.Money    // in the quote currency
}

// Book returns the best levels of each side, at most 200, and their time.
// Nothing proves them: REST has no checksum.
func (c *Client) Book(ctx context.Context, instrument string, levels int) (market.Depth, market.Time, error) {
	path := target(instrumentPath(instrument, "book"), url.Values{"size": {strconv.Itoa(min(max(levels, 1), bookMax))}})
	v, err := c.query(ctx, getBook, path, false)
	var d market.Depth
	var at market.Time
	if err == nil {
		d, at, err = depthReply(v)
	}
	if err != nil {
		return market.Depth{}, 0, fmt.Errorf("okcoin: book %s: %w", instrument, err)
	}
	return d, at, nil
}

func instrumentPath(instrument, what string) string {
	return "/api/spot/v3/instruments/" + url.PathEscape(instrument) + "/" + what
}

// depthReply reads a whole book: best price first, no price twice.
func depthReply(v *fastjson.Value) (market.Depth, market.Time, error) {
	r := newRow(v, nil)
	at := r.Time("timestamp")
	if r.Err != nil {
		return market.Depth{}, 0, r.Err
	}
	asks, err := levelsOf(v.Get("asks"), 1)
	if err != nil {
		return market.Depth{}, 0, fmt.Errorf("asks: %w", err)
	}
	bids, err := levelsOf(v.Get("bids"), -1)
	if err != nil {
		return market.Depth{}, 0, fmt.Errorf("bids: %w", err)
	}
	return market.Depth{Bids: bids, Asks: asks}, at, nil
}

// levelsOf reads one side, whose prices must go in this direction.
func levelsOf(v *fastjson.Value, direction int) ([]market.Level, error) {
	if v == nil || v.Type() != fastjson.TypeArray {
		return nil, wire.ErrShape
	}
	if len(v.GetArray()) > levelsMax {
		return nil, errLevels
	}
	side := make([]market.Level, 0, len(v.GetArray()))
	for _, e := range v.GetArray() {
		l, err := newLevel(e, nil)
		switch {
		case err != nil:
			return nil, err
		case l.size.IsZero():
			return nil, fmt.Errorf("level at %s is empty", l.price)
		case len(side) > 0 && l.price.Cmp(side[len(side)-1].Price) != direction:
			return nil, fmt.Errorf("level at %s is out of order", l.price)
		}
		side = append(side, market.Level{Price: l.price, Size: l.size})
	}
	return side, nil
}

// Ticker returns one market's ticker.
func (c *Client) Ticker(ctx context.Context, instrument string) (Ticker, error) {
	v, err := c.query(ctx, getTicker, instrumentPath(instrument, "ticker"), false)
	var t Ticker
	if err == nil {
		r := newRow(v, nil)
		t, err = r.ticker()
	}
	if err == nil && t.Instrument != instrument {
		err = fmt.Errorf("the answer is about %q", t.Instrument)
	}
	if err != nil {
		return Ticker{}, fmt.Errorf("okcoin: ticker %s: %w", instrument, err)
	}
	return t, nil
}

// Tickers returns the ticker of every market.
func (c *Client) Tickers(ctx context.Context) ([]Ticker, error) {
	v, err := c.query(ctx, getTickers, "/api/spot/v3/instruments/ticker", false)
	var list []Ticker
	if err == nil {
		list, err = rowsOf(v, (*row).ticker)
	}
	if err != nil {
		return nil, fmt.Errorf("okcoin: tickers: %w", err)
	}
	return list, nil
}

// ticker reads what REST and the stream send alike. The last price is
// required; the rest may be absent, as in a market where nobody traded.
func (r *row) ticker() (Ticker, error) {
	t := Ticker{
		Instrument: canonical(r.Required("instrument_id")), At: r.Time("timestamp"), Last: r.Price("last"),
		Quote: market.Quote{
			Bid: r.optionalPrice("best_bid"), Ask: r.optionalPrice("best_ask"),
			BidSize: r.orZero("best_bid_size"), AskSize: r.orZero("best_ask_size"),
		},
		Open: r.optionalPrice("open_24h"), High: r.optionalPrice("high_24h"), Low: r.optionalPrice("low_24h"),
		Volume: r.orZero("base_volume_24h"), Turnover: r.optionalBalance("quote_volume_24h"),
	}
	q := &t.Quote
	for _, s := range [...]int{
		t.Last.Sign(), q.Bid.Sign(), q.Ask.Sign(), q.BidSize.Sign(), q.AskSize.Sign(),
		t.Open.Sign(), t.High.Sign(), t.Low.Sign(), t.Volume.Sign(), t.Turnover.Sign(),
	} {
		if s < 0 {
			r.Fail("ticker "+t.Instrument, errors.New("negative amount"))
		}
	}
	return t, r.Err
}

// Print is one trade of the public list.
type Print struct {
	At    market.Time
	Trade market.Trade
}

// Trades returns the newest trades of a market, newest first, at most 60.
func (c *Client) Trades(ctx context.Context, instrument string, n int) ([]Print, error) {
	path := target(instrumentPath(instrument, "trades"), url.Values{"limit": {strconv.Itoa(min(max(n, 1), tradesMax))}})
	v, err := c.query(ctx, getTrades, path, false)
	var list []Print
	if err == nil {
		list, err = rowsOf(v, (*row).print)
	}
	if err != nil {
		return nil, fmt.Errorf("okcoin: trades %s: %w", instrument, err)
	}
	return list, nil
}

// print reads a trade, of the public list or of a push.
func (r *row) print() (Print, error) {
	p := Print{At: r.Time("timestamp"), Trade: market.Trade{
		ID: r.Int("trade_id"), Price: r.Price("price"), Size: r.Quantity("size"),
		Buyer: r.Side() == order.Buy,
	}}
	if t := &p.Trade; r.Err == nil && (t.Price.Sign() <= 0 || t.Size.Sign() <= 0) {
		r.Fail(fmt.Sprintf("trade %d", t.ID), fmt.Errorf("%s at %s is out of range", t.Size, t.Price))
	}
	return p, r.Err
}

// rowsOf reads an array of objects.
func rowsOf[T any](v *fastjson.Value, read func(*row) (T, error)) ([]T, error) {
	var list []T
	err := eachRow(v, func(r *row) error {
		e, err := read(r)
		list = append(list, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}
