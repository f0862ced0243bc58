package okx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/valyala/fastjson"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/exchange"
	"rulebot/exchange/wire"
)

// Judge says what an answer proves of orders.
func Judge(status int, body []byte, orders []order.Order, cancel bool) []order.Result {
	reply := &exchange.Reply{Connected: true, Status: status, Body: body}
	results, _ := judge(reply, orders, cancel)
	if bytes.Contains(body, []byte("algoId")) {
		results, _ = judgeBy(reply, orders, cancel, algoIDs)
	}
	return results
}

// SubmitAny sends an order that nobody approved.
func (c *Client) SubmitAny(ctx context.Context, o order.Order) order.Result { return c.submit(ctx, o) }

// SubmitAnyBatch sends orders that nobody approved.
func (c *Client) SubmitAnyBatch(ctx context.Context, orders []order.Order) []order.Result {
	return c.submitBatch(ctx, orders)
}

// TagOf is the tag of an order.
func (c *Client) TagOf(clientID string) string { return c.tagOf(clientID) }

// LimitOf is how often a call may be made.
func LimitOf(name string) (calls int, window time.Duration, known bool) {
	e, known := map[string]endpoint{
		"trade/order": postOrder, "trade/cancel-order": postCancel, "trade/batch-orders": postBatch, "trade/cancel-batch-orders": postCancelBatch,
		"trade/order-algo": postAlgo, "trade/cancel-algos": postCancelAlgos, "trade/cancel-all-after": postCancelAfter,
		"GET trade/order": getOrder, "trade/orders-pending": getPending, "trade/fills": getFills, "trade/orders-history": getHistory,
		"trade/fills-history": getFillsHistory, "GET trade/order-algo": getAlgo, "trade/orders-algo": getAlgos, "account/balance": getBalance,
		"account/config": getConfig, "account/trade-fee": getFee, "account/max-avail-size": getAvailable, "public/instruments": getInstruments,
		"public/time": getTime, "market/candles": getCandles, "market/books": getBook, "market/history-candles": getHistoryCandles,
		"system/status": getStatus,
	}[name]
	return limits[e].Calls, limits[e].Window, known
}

// HoldAny has a sale kept that nobody approved.
func (c *Client) HoldAny(ctx context.Context, o order.Order) order.Result { return c.hold(ctx, o) }

// Envelope returns the error of an answer to a query.
func Envelope(status int, body []byte) error {
	_, err := envelope(&exchange.Reply{Connected: true, Status: status, Body: body})
	return err
}

// Book is a book that nobody tells of.
type Book struct{ b book }

// Apply takes a frame: by the chain of ids, or by its levels alone. Action is ""
// for a frame of something else.
func (b *Book) Apply(frame []byte, chained bool) (action string, sum int64, err error) {
	var d wire.Decoder
	v, err := d.Parse(frame)
	if err != nil {
		return "", 0, err
	}
	action = string(v.GetStringBytes("action"))
	if action == "" {
		return "", 0, nil
	}
	r, err := first(v.Get("data"))
	if err != nil {
		return action, 0, err
	}
	switch {
	case chained:
		err = b.b.apply(action == "snapshot", &r)
	case action == "snapshot":
		err = b.b.whole(&r)
	default:
		err = b.b.merge(&r)
	}
	return action, v.GetInt64("data", "0", "checksum"), err
}

// Sides are its levels, best first.
func (b *Book) Sides() (bids, asks []market.Level) { return b.b.bids.levels, b.b.asks.levels }

// State tells where it stands.
func (b *Book) State() string {
	if !b.b.live {
		return "waits"
	}
	q, _ := b.b.quote()
	return fmt.Sprintf("%d: %s×%s %s×%s", b.b.seq, q.Bid, q.BidSize, q.Ask, q.AskSize)
}

// Lost are the errors of a book that is no longer believed, and that waits.
var (
	ErrChain      = errChain
	ErrNoSnapshot = errNoSnapshot
)

// Decode reads a message of the feed as its first session would.
func (f *Feed) Decode(text []byte) ([]engine.Event, error) { return decode(f.streams[0], text) }

// Decode reads a message of the private stream.
func (p *Private) Decode(text []byte) ([]engine.Event, error) { return decode(p.s, text) }

func decode(s *stream, text []byte) ([]engine.Event, error) {
	if s.conn == nil {
		if err := s.open(silent{}); err != nil {
			return nil, err
		}
	}
	var out []engine.Event
	err := s.take(text, func(list []engine.Event) { out = append(out, list...) })
	return out, err
}

// silent is a connection on which nothing comes.
type silent struct{}

func (silent) Send([]byte) error { return nil }
func (silent) Close()            {}
func (silent) Read(time.Duration) ([]byte, error) {
	return nil, errors.New("nothing comes")
}

// Reply reads the data of an answer as an endpoint's.
func Reply(kind string, text []byte) (any, error) {
	data, err := envelope(&exchange.Reply{Connected: true, Status: 200, Body: text})
	if err != nil {
		return nil, err
	}
	return read(kind, data)
}

func read(kind string, v *fastjson.Value) (any, error) {
	switch kind {
	case "time":
		return timeOf(v)
	case "instruments":
		return instruments(v)
	case "account":
		return accountOf(v)
	case "balance":
		return balances(v)
	case "fee":
		return feesOf(v, "1")
	case "status":
		return rowsOf(v, (*row).maintenance)
	case "fills":
		return rowsOf(v, (*row).fill)
	case "orders":
		return rowsOf(v, func(r *row) (order.Evidence, error) { ev := r.evidence(order.FromQuery); return ev, r.Err })
	case "stops":
		return rowsOf(v, (*row).held)
	case "book":
		r, err := first(v)
		if err != nil {
			return nil, err
		}
		var b book
		err = b.whole(&r)
		return []any{b.bids.levels, b.asks.levels, b.at}, err
	case "candles":
		return candlePage(v, market.Hour, 0, math.MaxInt64)
	case "available":
		r, err := first(v)
		return []any{r.Balance("availBuy"), r.Quantity("availSell"), r.Err}, err
	}
	return nil, errors.New("no reader for " + kind)
}
