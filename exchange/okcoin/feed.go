package okcoin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/valyala/fastjson"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/exchange"
)

// FeedConfig says which markets to follow.
type FeedConfig struct {
	StreamConfig
	Instruments []string // BTC-USD
	Book        string   // book channel; depth_l2_tbt unless written (depth is the other)
	Depth       bool     // quotes tell the levels behind them
	Ticker      bool     // also subscribe to tickers; they are decoded and yield no event
}

// Feed is the stream of public market data. Run may be called once.
type Feed struct {
	stream
	tables   feedTables
	listings map[string]*listing
	ids      []string
	deep     bool
	commands *exchange.Bucket // commands of a connection; shared by all its sessions, to be safe
	wall     func() time.Time // the machine's clock, for pauses
}

type feedTables struct{ candle, trade, book, ticker string }

// listing is what the feed remembers of one instrument.
type listing struct {
	id     string
	book   book
	levels market.Depth // of the newest quote; the engine copies
	quoted bool         // the engine believes the book
	resync resync
	candle market.Bar // the open candle; Open is 0 until one was seen
	silent bool       // it was told of once, as it opened, and nobody has traded since
	tape   tape
}

// NewFeed returns a feed for the instruments.
func NewFeed(cfg FeedConfig) *Feed {
	bookChannel := cfg.Book
	if bookChannel == "" {
		bookChannel = "depth_l2_tbt"
	}
	channels := []string{"candle60s", "trade", bookChannel}
	if cfg.Ticker {
		channels = append(channels, "ticker")
	}
	f := &Feed{
		stream: newStream("market", cfg.StreamConfig, topicsOf(cfg.Instruments, channels...)),
		tables: feedTables{
			candle: "spot/candle60s", trade: "spot/trade", book: "spot/" + bookChannel, ticker: "spot/ticker",
		},
		listings: make(map[string]*listing, len(cfg.Instruments)),
		ids:      cfg.Instruments,
		deep:     cfg.Depth,
		commands: exchange.NewBucket(240, time.Hour),
		wall:     time.Now,
	}
	for _, id := range cfg.Instruments {
		f.listings[id] = &listing{id: id}
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
	at, now := f.cfg.Now(), f.wall()
	for _, id := range f.ids {
		l := f.listings[id]
		l.book.drop()
		l.candle = market.Bar{}
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

func (f *Feed) rows(table, action []byte, data []*fastjson.Value) error {
	var decode func(l *listing, r *row, action []byte) error
	switch string(table) {
	case f.tables.book:
		decode = f.depth
	case f.tables.trade:
		decode = f.trade
	case f.tables.candle:
		decode = f.bar
	case f.tables.ticker:
		decode = f.ticker
	default:
		f.cfg.Report(fmt.Errorf("okcoin: market stream: unknown table %q", clip(table)))
		return nil
	}
	for _, v := range data {
		f.row = newRow(v, f.codec.digits[:])
		r := &f.row // kept in the feed: a row of its own would be allocated for each message
		id := r.required("instrument_id")
		if r.err != nil {
			return r.err
		}
		l := f.listings[string(id)]
		if l == nil {
			f.cfg.Report(fmt.Errorf("okcoin: market stream: %s for %q, which was not asked for", table, clip(id)))
			continue
		}
		if err := decode(l, r, action); err != nil {
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
		return fmt.Errorf("unknown action %q", clip(action))
	}
	switch err := l.book.apply(snapshot, r); {
	case errors.Is(err, errNoSnapshot):
		return nil // left over from before we asked for a snapshot
	case err != nil:
		f.cfg.Report(fmt.Errorf("okcoin: book %s: %w", l.id, err))
		f.standing(l, market.BookInvalid, l.book.at)
		l.resync.broken(f.wall())
		return nil
	}
	if snapshot {
		l.resync.done(f.wall())
	}
	quote, ok := l.book.quote()
	if !ok {
		f.standing(l, market.BookInvalid, l.book.at) // one side is empty: right, but no market
		return nil
	}
	f.standing(l, market.BookResynchronised, l.book.at)
	if f.deep {
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

// settle asks again for books that broke, as the limits allow.
func (f *Feed) settle() {
	for _, id := range f.ids {
		l := f.listings[id]
		if l.book.live || !l.resync.due(f.wall()) || !f.commands.Allow() || !f.commands.Allow() {
			continue
		}
		l.resync.asked(f.wall())
		topic := f.tables.book + ":" + l.id
		for _, op := range [...]string{"unsubscribe", "subscribe"} {
			if err := f.conn.Send(command(op, topic)); err != nil {
				f.cfg.Report(fmt.Errorf("okcoin: book %s: %w", l.id, err))
			}
		}
	}
}

func (f *Feed) trade(l *listing, r *row, _ []byte) error {
	p, err := r.print()
	if err != nil {
		return err
	}
	if l.tape.fresh(p.Trade.ID, p.At) {
		f.add(engine.Event{Kind: engine.KindTrade, Instrument: l.id, At: p.At, Trade: p.Trade})
	}
	return nil
}

// bar keeps the open candle and emits it when a later one appears. A candle
// of which only the opening was told, without volume, is no bar when the later
// one has volume: it closed some time ago, and nobody shall act on it as if it
// had closed now. The engine fills what nobody traded in.
func (f *Feed) bar(l *listing, r *row, _ []byte) error {
	candle, err := newBar(r.v.Get("candle"), market.Minute, r.buf)
	if err != nil {
		return err
	}
	done := l.candle
	switch {
	case candle.Open < done.Open:
		f.cfg.Report(fmt.Errorf("okcoin: candle %s of %s came after a later one", l.id, candle.Open))
		return nil
	case candle.Open > done.Open && done.Open != 0 && (!l.silent || candle.Volume.IsZero()):
		f.add(engine.Event{Kind: engine.KindBar, Instrument: l.id, At: done.Close(), Bar: done})
	}
	l.silent = candle.Open > done.Open && candle.Volume.IsZero()
	l.candle = candle
	return nil
}

func (f *Feed) ticker(_ *listing, r *row, _ []byte) error {
	_, err := r.ticker()
	return err
}
