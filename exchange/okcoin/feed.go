package okcoin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/valyala/fastjson"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/exchange/wire"
)

// FeedConfig says which markets to follow.
type FeedConfig struct {
	StreamConfig
	Instruments []string // BTC-USD
	// Book is the book's channel: depth_l2_tbt unless written, for which depth
	// takes over when the exchange does not give it to us; depth; or depth5,
	// which nothing proves.
	Book    string
	Depth   bool               // quotes tell the levels behind them
	Candles []market.Timeframe // which bars come; minutes when empty
	// What rules know nothing of; nil does not subscribe. Called by the reading
	// goroutine.
	OnTicker func(Ticker)
	OnStatus func(Maintenance) // announced by the exchange
}

// Feed is the stream of public market data. Run may be called once.
type Feed struct {
	stream
	watch    FeedConfig
	candles  []candles
	current  int    // of candles, of the message in hand
	book     string // the book's table
	proven   bool   // a snapshot came from it
	listings map[string]*listing
	ids      []string
	wall     func() time.Time // the machine's clock, for pauses and silence
}

// candles is one length of candles that is followed.
type candles struct {
	table     string
	timeframe market.Timeframe
}

// The tables of the stream.
const (
	tableTrade  = "spot/trade"
	tableTicker = "spot/ticker"
	tableStatus = "system/status"
	tableTBT    = "spot/depth_l2_tbt"
	tableDepth  = "spot/depth"
	tableDepth5 = "spot/depth5"
)

// listing is what the feed remembers of one instrument.
type listing struct {
	id     string
	book   book
	levels market.Depth // of the newest quote; the engine copies
	quoted bool         // the engine believes the book
	resync resync
	heard  time.Time // when the book's last message came
	bars   []openBar
	owed   owed
	tape   tape
}

// openBar is a candle that is not over; Open is 0 until one was seen.
type openBar struct {
	market.Bar
	silent bool // it was told of once, as it opened, and nobody has traded since
}

// NewFeed returns a feed for the instruments.
func NewFeed(cfg FeedConfig) *Feed {
	if cfg.Book == "" {
		cfg.Book = "depth_l2_tbt"
	}
	if len(cfg.Candles) == 0 {
		cfg.Candles = []market.Timeframe{market.Minute}
	}
	f := &Feed{
		watch: cfg, book: "spot/" + cfg.Book, ids: cfg.Instruments,
		listings: make(map[string]*listing, len(cfg.Instruments)),
	}
	var channels []string
	for _, tf := range cfg.Candles {
		channel := fmt.Sprintf("candle%ds", tf.Duration()/time.Second)
		channels = append(channels, channel)
		f.candles = append(f.candles, candles{table: "spot/" + channel, timeframe: tf})
	}
	channels = append(channels, "trade", cfg.Book)
	if cfg.OnTicker != nil {
		channels = append(channels, "ticker")
	}
	topics := topicsOf(cfg.Instruments, channels...)
	if cfg.OnStatus != nil {
		topics = append(topics, tableStatus)
	}
	f.stream = newStream("market", cfg.StreamConfig, topics)
	f.wall = f.cfg.Timing.Now
	f.instead[tableTBT], f.instead[tableStatus] = tableDepth, ""
	for _, id := range cfg.Instruments {
		f.listings[id] = &listing{id: id, bars: make([]openBar, len(cfg.Candles))}
	}
	f.content = f
	return f
}

// Run follows the markets until ctx is done; it reconnects and subscribes
// again by itself. It calls emit from its own goroutine, exactly once for
// each message received, in order, even when the message holds no event; and
// once when the link is lost. The slice is valid during the call only. Emit
// may block: nothing is read meanwhile.
//
// A lost link makes every book invalid. Bars that were open then are not
// emitted: the caller reads them over REST.
func (f *Feed) Run(ctx context.Context, emit func([]engine.Event)) error {
	return f.run(ctx, emit)
}

func (f *Feed) begin() {
	if f.instead[tableTBT] == "" && f.book == tableTBT {
		f.book = tableDepth
	}
	at, now := f.cfg.Now(), f.wall()
	for _, id := range f.ids {
		l := f.listings[id]
		l.book.drop()
		clear(l.bars)
		l.owed = owed{}
		l.tape.subscribed(at)
		l.resync.waitFor(now)
	}
}

func (f *Feed) end() {
	for _, id := range f.ids {
		l := f.listings[id]
		l.book.drop()
		f.standing(l, market.BookInvalid, f.cfg.Now())
	}
}

// decoderOf returns what reads a table's rows.
func (f *Feed) decoderOf(table string) func(f *Feed, l *listing, r *row, action []byte) error {
	switch table {
	case f.book:
		if table == tableDepth5 {
			return (*Feed).depth5
		}
		return (*Feed).depth
	case tableTrade:
		return (*Feed).trade
	case tableTicker:
		return (*Feed).ticker
	}
	for i := range f.candles {
		if f.candles[i].table == table {
			f.current = i
			return (*Feed).bar
		}
	}
	return nil
}

func (f *Feed) rows(table, action []byte, data []*fastjson.Value) error {
	if string(table) == tableStatus {
		f.status(data)
		return nil
	}
	decode := f.decoderOf(string(table))
	if decode == nil {
		f.cfg.Report(fmt.Errorf("okcoin: market stream: unknown table %q", wire.Clip(table)))
		return nil
	}
	for _, v := range data {
		f.row = newRow(v, f.codec.Digits[:])
		r := &f.row // kept in the feed: a row of its own would be allocated for each message
		id := r.Required("instrument_id")
		if r.Err != nil {
			return r.Err
		}
		l := f.listings[string(id)]
		if l == nil {
			f.cfg.Report(fmt.Errorf("okcoin: market stream: %s for %q, which was not asked for", table, wire.Clip(id)))
			continue
		}
		if err := decode(f, l, r, action); err != nil {
			return fmt.Errorf("%s: %w", l.id, err)
		}
	}
	return nil
}

// depth applies a book message. What is wrong with a book costs that book
// only: it is dropped and asked for again.
func (f *Feed) depth(l *listing, r *row, action []byte) error {
	snapshot := string(action) == "partial"
	if !snapshot && string(action) != "update" {
		return fmt.Errorf("unknown action %q", wire.Clip(action))
	}
	l.heard = f.wall()
	switch err := l.book.apply(snapshot, r); {
	case errors.Is(err, errNoSnapshot):
		return nil // left over from before we asked for a snapshot
	case err != nil:
		f.cfg.Report(fmt.Errorf("okcoin: book %s: %w", l.id, err))
		f.standing(l, market.BookInvalid, l.book.at)
		l.resync.broken(l.heard)
		return nil
	}
	if snapshot {
		f.proven = true
		l.resync.done(l.heard)
	}
	quote, ok := l.book.quote()
	if !ok {
		f.standing(l, market.BookInvalid, l.book.at) // one side is empty: right, but no market
		return nil
	}
	f.standing(l, market.BookResynchronised, l.book.at)
	if f.watch.Depth {
		l.book.tell(&l.levels)
	}
	f.add(engine.Event{Kind: engine.KindQuote, Instrument: l.id, At: l.book.at, Quote: quote, Depth: l.levels})
	return nil
}

// standing tells the engine when it may begin or must cease to believe the
// book, and only then.
func (f *Feed) standing(l *listing, state market.BookState, at market.Time) {
	believed := state != market.BookInvalid
	if l.quoted == believed {
		return
	}
	l.quoted = believed
	f.add(engine.Event{Kind: engine.KindBook, Instrument: l.id, At: at, Book: state})
}

func (f *Feed) trade(l *listing, r *row, _ []byte) error {
	p, err := r.print()
	if err != nil {
		return err
	}
	if l.tape.fresh(p.Trade.ID, p.At) {
		f.owe(l, p.At)
		f.add(engine.Event{Kind: engine.KindTrade, Instrument: l.id, At: p.At, Trade: p.Trade})
	}
	return nil
}

// bar keeps the open candle and emits it when a later one appears. A candle
// of which only the opening was told, without volume, is no bar when the later
// one has volume: it closed some time ago, and nobody shall act on it as if it
// had closed now. The engine fills what nobody traded in.
func (f *Feed) bar(l *listing, r *row, _ []byte) error {
	b := &l.bars[f.current]
	candle, err := newBar(r.Value.Get("candle"), f.candles[f.current].timeframe, r.Buf)
	if err != nil {
		return err
	}
	l.owed.paid(f.current, candle.Open)
	done := b.Bar
	switch {
	case candle.Open < done.Open:
		f.cfg.Report(fmt.Errorf("okcoin: candle %s of %s came after a later one", l.id, candle.Open))
		return nil
	case candle.Open > done.Open && done.Open != 0 && (!b.silent || candle.Volume.IsZero()):
		f.add(engine.Event{Kind: engine.KindBar, Instrument: l.id, At: done.Close(), Bar: done})
	}
	b.silent = candle.Open > done.Open && candle.Volume.IsZero()
	b.Bar = candle
	return nil
}

func (f *Feed) ticker(_ *listing, r *row, _ []byte) error {
	t, err := r.ticker()
	if err == nil && f.watch.OnTicker != nil {
		f.watch.OnTicker(t)
	}
	return err
}

// status tells of maintenance. The form of these pushes is known from the REST
// call only, so what cannot be read is reported and costs nothing else.
func (f *Feed) status(data []*fastjson.Value) {
	for _, v := range data {
		r := newRow(v, nil)
		m, err := r.maintenance()
		if err != nil {
			f.cfg.Report(fmt.Errorf("okcoin: %s: %w", tableStatus, err))
		} else if f.watch.OnStatus != nil {
			f.watch.OnStatus(m)
		}
	}
}

// depth5 takes the five best levels a side, whole and unproven.
func (f *Feed) depth5(l *listing, r *row, _ []byte) error {
	d, at, err := depthReply(r.Value)
	if err != nil {
		return err
	}
	if len(d.Bids) == 0 || len(d.Asks) == 0 {
		f.standing(l, market.BookInvalid, at)
		return nil
	}
	f.standing(l, market.BookResynchronised, at)
	ev := engine.Event{Kind: engine.KindQuote, Instrument: l.id, At: at, Quote: market.Quote{
		Bid: d.Bids[0].Price, BidSize: d.Bids[0].Size, Ask: d.Asks[0].Price, AskSize: d.Asks[0].Size,
	}}
	if f.watch.Depth {
		ev.Depth = d
	}
	f.add(ev)
	return nil
}
