package okcoin

import (
	"context"
	"slices"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange"
	"rulebot/exchange/wire"
)

// What the external tests need beside the exported API.

func SubmitOrder(ctx context.Context, c *Client, o order.Order) order.Result { return c.submit(ctx, o) }

// Decode decodes one message as the reading goroutine does.
func (f *Feed) Decode(text []byte) ([]engine.Event, error) {
	f.out = f.out[:0]
	err := f.message(text)
	return f.out, err
}

func (f *Feed) Begin() { f.restart() }

func (p *Private) Decode(text []byte) ([]engine.Event, error) {
	p.out = p.out[:0]
	err := p.message(text)
	return p.out, err
}

func (p *Private) Begin() { p.restart() }

// Books merges book messages of every table, without a feed around it.
type Books struct {
	codec wire.Decoder
	books map[string]*book
}

func NewBooks() *Books { return &Books{books: map[string]*book{}} }

// Apply returns the name of the book that a message changed, "" when it is no
// book message, and how verifying it ended.
func (b *Books) Apply(text []byte) (string, error) {
	v, err := b.codec.Parse(text)
	if err != nil {
		return "", err
	}
	action := string(v.GetStringBytes("action"))
	if action == "" {
		return "", nil
	}
	data := v.GetArray("data")[0]
	name := string(v.GetStringBytes("table")) + ":" + string(data.GetStringBytes("instrument_id"))
	if b.books[name] == nil {
		b.books[name] = &book{}
	}
	r := newRow(data, nil)
	return name, b.books[name].apply(action == "partial", &r)
}

// BookOf names the book that a message is about; "" is none.
func BookOf(text []byte) string {
	var d wire.Decoder
	v, err := d.Parse(text)
	if err != nil || len(v.GetStringBytes("action")) == 0 {
		return ""
	}
	return string(v.GetStringBytes("table")) + ":" + string(v.GetArray("data")[0].GetStringBytes("instrument_id"))
}

// Fork returns a copy of one book.
func (b *Books) Fork(name string) *Books {
	of := b.books[name]
	c := &book{live: of.live, at: of.at}
	c.bids = ladder{levels: slices.Clone(of.bids.levels), bids: true}
	c.asks = ladder{levels: slices.Clone(of.asks.levels)}
	return &Books{books: map[string]*book{name: c}}
}

// Differs says how a book differs from another: at levels that a checksum
// proves, or only below them.
func (b *Books) Differs(name string, from *Books) (proven, below bool) {
	x, y := b.books[name], from.books[name]
	for _, side := range [...][2][]level{{x.bids.levels, y.bids.levels}, {x.asks.levels, y.asks.levels}} {
		top := min(checkedLevels, max(len(side[0]), len(side[1])))
		if !slices.Equal(side[0][:min(top, len(side[0]))], side[1][:min(top, len(side[1]))]) {
			proven = true
		}
		below = below || !slices.Equal(side[0], side[1])
	}
	return proven, below && !proven
}

// Levels returns how many levels each side of a book has.
func (b *Books) Levels(name string) (bids, asks int) {
	return len(b.books[name].bids.levels), len(b.books[name].asks.levels)
}

// ApplyBook applies one data object to a fresh book with a snapshot's rules.
func ApplyBook(text []byte) (sum int32, err error) {
	var d wire.Decoder
	v, err := d.Parse(text)
	if err != nil {
		return 0, err
	}
	var b book
	b.drop()
	if err := b.asks.apply(v.Get("asks"), nil); err != nil {
		return 0, err
	}
	if err := b.bids.apply(v.Get("bids"), nil); err != nil {
		return 0, err
	}
	return b.checksum(), nil
}

func PairFills(text []byte, instrument string, since market.Time) ([]order.Fill, error) {
	var d wire.Decoder
	v, err := d.Parse(text)
	if err != nil {
		return nil, err
	}
	rows, err := ledgerRows(v, instrument)
	if err != nil {
		return nil, err
	}
	return pairFills(rows, instrument, since)
}

func OrderRow(text []byte) (order.Evidence, error) {
	var d wire.Decoder
	v, err := d.Parse(text)
	if err != nil {
		return order.Evidence{}, err
	}
	r := newRow(v, nil)
	if r.Err != nil {
		return order.Evidence{}, r.Err
	}
	ev := r.evidence(order.FromQuery)
	return ev, r.Err
}

func ParseJSON(text []byte) error {
	var d wire.Decoder
	_, err := d.Parse(text)
	return err
}

func ClassifySubmit(status int, body []byte, client string) order.Result {
	a := newAnswer(&exchange.Reply{Connected: true, Status: status, Body: body})
	return a.submitted(client)
}

func ClassifyCancel(status int, body []byte, o order.Order) order.Result {
	a := newAnswer(&exchange.Reply{Connected: true, Status: status, Body: body})
	return a.cancelled(&o)
}

func ClassifyQuery(status int, body []byte) error {
	_, err := envelope(&exchange.Reply{Connected: true, Status: status, Body: body})
	return err
}

func ParseInstruments(text []byte) ([]market.Instrument, error) {
	var d wire.Decoder
	v, err := d.Parse(text)
	if err != nil {
		return nil, err
	}
	return instruments(v)
}

func CandlePage(text []byte, tf market.Timeframe, first, last market.Time) ([]market.Bar, error) {
	var d wire.Decoder
	v, err := d.Parse(text)
	if err != nil {
		return nil, err
	}
	return candlePage(v, tf, first, last)
}

var (
	Prehash    = prehash
	ParseTime  = wire.ParseISO
	FormatTime = wire.FormatISO
)

func ParsePrice(b []byte) (num.Price, error)   { return wire.ParsePrice(b) }
func ParseBalance(b []byte) (num.Money, error) { return wire.ParseBalance(b) }

func (k *Keys) Login(at market.Time) []byte { return k.login(at) }

func (k *Keys) Headers(at market.Time, method, target string, body []byte) map[string][]string {
	return k.headers(at, method, target, body)
}

// Decode decodes a REST reply of a kind, as the calls of that name do.
func Decode(kind string, text []byte) (any, error) {
	var d wire.Decoder
	v, err := d.Parse(text)
	if err != nil {
		return nil, err
	}
	r := newRow(v, nil)
	switch kind {
	case "book":
		depth, at, err := depthReply(v)
		return DepthAt{depth, at}, err
	case "ticker":
		return r.ticker()
	case "tickers":
		return rowsOf(v, (*row).ticker)
	case "trades":
		return rowsOf(v, (*row).print)
	case "ledger":
		return rowsOf(v, (*row).entry)
	case "fee":
		return r.fees()
	case "status":
		return rowsOf(v, (*row).maintenance)
	case "time":
		return r.clock()
	case "balance":
		return r.accountBalance(), r.Err
	default:
		panic("no decoder for " + kind)
	}
}

type DepthAt struct {
	Depth market.Depth
	At    market.Time
}

var ParseEpoch = parseEpoch

func SubmitBatch(ctx context.Context, c *Client, orders []order.Order) []order.Result {
	return c.submitBatch(ctx, orders)
}

func AmendOrder(ctx context.Context, c *Client, o order.Order) order.Result { return c.amend(ctx, o) }

// JudgeBatch classifies an answer to a batch.
func JudgeBatch(status int, body []byte, orders []order.Order) []order.Result {
	b := newBatchAnswer(&exchange.Reply{Connected: true, Status: status, Body: body})
	return b.judge(orders, (*answer).placed)
}

// NewClock is a clock without a client around it.
func NewClock(base func() market.Time, pace int) *exchange.Clock {
	return exchange.NewClock(base, pace, exchange.Timing{})
}

// Drain uses up an instrument's calls, as another complaint would.
func (c *Client) Drain(instrument string) {
	c.pacer.bucket(postOrder, instrument).Complained(time.Hour)
}

func (c *Client) DrainCancels(instrument string) {
	c.pacer.bucket(postCancel, instrument).Complained(time.Hour)
}

// SetWall replaces the machine's clock.
func (f *Feed) SetWall(now func() time.Time) { f.wall = now }

func DecodeAlgo(text []byte) (Algo, error) {
	var d wire.Decoder
	v, err := d.Parse(text)
	if err != nil {
		return Algo{}, err
	}
	r := newRow(v, nil)
	return r.algo()
}

var SpeaksOf = speaksOf

// ClassOf returns the class of an error code.
func ClassOf(code string) Class { return newError(0, code, "").Class }

func PlaceAlgo(ctx context.Context, c *Client, o order.Order, t Terms) order.Result {
	return c.placeAlgo(ctx, o, t)
}

func ClassifyAlgo(status int, body []byte) order.Result {
	a := newAnswer(&exchange.Reply{Connected: true, Status: status, Body: body})
	return a.algoPlaced()
}

func ClassifyAlgoCancel(status int, body []byte, ids ...string) []order.Result {
	a := newAnswer(&exchange.Reply{Connected: true, Status: status, Body: body})
	var list []order.Result
	for _, id := range ids {
		list = append(list, a.algoCanceled(id, len(ids)))
	}
	return list
}

func DecodeAlgos(text []byte, instrument string, kind AlgoKind) ([]Algo, error) {
	var d wire.Decoder
	v, err := d.Parse(text)
	if err != nil {
		return nil, err
	}
	return algoRows(v, instrument, kind)
}

// Commands are the texts that subscribe to topics.
func Commands(topics []string) [][]byte { return commands("subscribe", topics) }
