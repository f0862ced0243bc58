package okcoin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/klauspost/compress/flate"

	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/exchange/server"
	"rulebot/exchange/sim"
)

const timeLayout = "2006-01-02T15:04:05.000Z"

func iso(t market.Time) string { return t.Std().Format(timeLayout) }

func appendTime(b []byte, t market.Time) []byte { return t.Std().AppendFormat(b, timeLayout) }

// encoder makes frames: texts and their raw DEFLATE form. It is used with the
// exchange locked.
type encoder struct {
	text   []byte // scratch
	sum    []byte // scratch of checksums
	packed bytes.Buffer
	writer *flate.Writer
}

func newEncoder(level int) (*encoder, error) {
	w, err := flate.NewWriter(nil, level)
	if err != nil {
		return nil, fmt.Errorf("okcoin: deflate level %d: %w", level, err)
	}
	return &encoder{writer: w}, nil
}

// frame packs a text into one complete stream of its own.
func (e *encoder) frame(text []byte) []byte {
	e.packed.Reset()
	e.writer.Reset(&e.packed)
	_, err := e.writer.Write(text)
	if err == nil {
		err = e.writer.Close()
	}
	if err != nil {
		panic("okcoin: deflate into memory: " + err.Error())
	}
	return bytes.Clone(e.packed.Bytes())
}

// status makes the frame of a maintenance.
func (e *encoder) status(row statusRow) []byte {
	return e.json(struct {
		Table string      `json:"table"`
		Data  []statusRow `json:"data"`
	}{statusTopic, []statusRow{row}})
}

// json packs v.
func (e *encoder) json(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("okcoin: a frame that is not JSON: " + err.Error())
	}
	return e.frame(b)
}

// push is the envelope of the pushes that are not worth encoding by hand.
type push[T any] struct {
	Table string `json:"table"`
	Data  [1]T   `json:"data"`
}

func (e *encoder) trade(instrument string, p *server.Print) []byte {
	b := append(e.text[:0], `{"table":"spot/trade","data":[{"side":"`...)
	b = append(b, takerSide(p.Buyer)...)
	b = append(b, `","trade_id":"`...)
	b = strconv.AppendInt(b, p.ID, 10)
	b = append(b, `","price":"`...)
	b = appendNum(b, p.Price)
	b = append(b, `","size":"`...)
	b = appendNum(b, p.Size)
	b = append(b, `","instrument_id":"`...)
	b = append(b, instrument...)
	b = append(b, `","timestamp":"`...)
	b = appendTime(b, p.At)
	e.text = append(b, `"}]}`...)
	return e.frame(e.text)
}

func takerSide(buyer bool) string {
	if buyer {
		return order.Buy.String()
	}
	return order.Sell.String()
}

func (e *encoder) candle(t topic, c *market.Bar) []byte {
	b := append(e.text[:0], `{"table":"`...)
	b = append(b, t.Name()...)
	b = append(b, `","data":[{"candle":["`...)
	b = appendTime(b, c.Open)
	for _, p := range [...]string{c.O.String(), c.H.String(), c.L.String(), c.C.String(), c.Volume.String()} {
		b = append(b, `","`...)
		b = append(b, p...)
	}
	b = append(b, `"],"instrument_id":"`...)
	b = append(b, t.filter...)
	e.text = append(b, `"}]}`...)
	return e.frame(e.text)
}

// book packs levels of a book: the whole of it as partial, or what changed as
// update. whole is what the checksum covers.
func (e *encoder) book(t topic, action string, bids, asks []market.Level, whole *server.Notice) []byte {
	form := rowTick
	if t.channel != chanTick {
		form = rowDepth
	}
	b := append(e.text[:0], `{"table":"`...)
	b = append(b, t.Name()...)
	if action != "" {
		b = append(b, `","action":"`...)
		b = append(b, action...)
	}
	b = append(b, `","data":[{"instrument_id":"`...)
	b = append(b, t.filter...)
	b = append(b, `","asks":`...)
	b = appendRows(b, asks, form)
	b = append(b, `,"bids":`...)
	b = appendRows(b, bids, form)
	b = append(b, `,"timestamp":"`...)
	b = appendTime(b, whole.At)
	b = append(b, '"')
	if action != "" {
		var sum int32
		sum, e.sum = checksum(whole.Bids, whole.Asks, e.sum)
		b = append(b, `,"checksum":`...)
		b = strconv.AppendInt(b, int64(sum), 10)
	}
	e.text = append(b, `}]}`...)
	return e.frame(e.text)
}

func (e *encoder) ticker(instrument string, t server.Ticker) []byte {
	return e.json(push[tickerRow]{"spot/ticker", [1]tickerRow{newTicker(instrument, &t)}})
}

// own packs what concerns one account.
func (e *encoder) own(n *sim.News) []byte {
	switch n.Kind {
	case sim.NewsOrder:
		return e.order(&n.Order)
	case sim.NewsAlgo:
		return e.json(push[algoPush]{"spot/order_algo", [1]algoPush{newAlgoPush(n.Algo)}})
	default:
		return e.balance(&n.Balance, n.At)
	}
}

func (e *encoder) order(o *sim.Order) []byte {
	return e.json(push[orderPush]{"spot/order", [1]orderPush{newOrderPush(o)}})
}

func (e *encoder) balance(b *order.Balance, at market.Time) []byte {
	return e.json(push[balancePush]{"spot/account", [1]balancePush{newBalancePush(b, at)}})
}
