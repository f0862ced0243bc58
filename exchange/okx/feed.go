package okx

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/valyala/fastjson"
	"golang.org/x/sync/errgroup"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
)

// FeedConfig says which markets to follow.
type FeedConfig struct {
	StreamConfig
	Instruments []string           // BTC-USDT
	Book        string             // books unless written; books5 and bbo-tbt are whole in each message
	Depth       bool               // quotes tell the levels behind them
	Candles     []market.Timeframe // which bars come; minutes when empty
	// Announce is told of maintenance of this environment, by the reading
	// goroutine; nil is nobody.
	Announce func(Maintenance)
}

// Feed follows public market data. Books and trades come from one address and
// candles from another, so it is two sessions; the link is up while both are.
// Run may be called once.
type Feed struct {
	cfg      FeedConfig
	streams  []*stream
	frames   map[string]market.Timeframe // by channel
	listings map[string]*listing

	mu sync.Mutex // held while a message is decoded and emitted
	up int        // sessions that are
}

// listing is what the feed remembers of one instrument.
type listing struct {
	id     string
	book   book
	levels market.Depth // of the newest quote; the engine copies
	quoted bool         // the engine believes the book
	asked  time.Time    // when a snapshot was asked for
	trade  market.Time
	last   int64                 // id of the last trade
	bars   map[string]market.Bar // the candle that is not over, by channel
	told   map[string]market.Time
}

// The channels of the feed.
const (
	channelTrades = "trades"
	channelBooks  = "books"
	channelStatus = "status"
)

// snapshotWithin is how long a book may take to arrive.
const snapshotWithin = 10 * time.Second

// NewFeed returns a feed for the instruments.
func NewFeed(cfg FeedConfig) (*Feed, error) {
	cfg.StreamConfig = cfg.withDefaults()
	if cfg.Book == "" {
		cfg.Book = channelBooks
	}
	if len(cfg.Candles) == 0 {
		cfg.Candles = []market.Timeframe{market.Minute}
	}
	f := &Feed{cfg: cfg, frames: make(map[string]market.Timeframe), listings: make(map[string]*listing)}
	var public, business []topic
	for _, id := range cfg.Instruments {
		f.listings[id] = &listing{id: id, bars: make(map[string]market.Bar), told: make(map[string]market.Time)}
		public = append(public, topic{Channel: cfg.Book, Instrument: id}, topic{Channel: channelTrades, Instrument: id})
		for _, tf := range cfg.Candles {
			name, err := barName(market.Series{Instrument: id, Timeframe: tf})
			if err != nil {
				return nil, err
			}
			f.frames["candle"+name] = tf
			business = append(business, topic{Channel: "candle" + name, Instrument: id})
		}
	}
	if cfg.Announce != nil && !cfg.Place.oneStream() {
		public = append(public, topic{Channel: channelStatus})
	}
	if cfg.Place.oneStream() {
		public, business = append(public, business...), nil
	}
	f.add("public", cfg.Place.Public, public)
	if business != nil {
		f.add("business", cfg.Place.Business, business)
	}
	return f, nil
}

func (f *Feed) add(name, url string, topics []topic) {
	s := newStream(name, url, f.cfg.StreamConfig, topics)
	s.content, s.mu = &half{Feed: f, s: s}, &f.mu
	s.linked = func(up bool, reason string) { f.linked(s, up, reason) }
	f.streams = append(f.streams, s)
}

// Run follows the markets until ctx is done. It reconnects by itself. emit is
// called once for each message received, never twice at a time.
func (f *Feed) Run(ctx context.Context, emit func([]engine.Event)) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, run := range f.Sessions() {
		group.Go(func() error { return run(ctx, emit) })
	}
	return group.Wait()
}

// Sessions are what Run runs side by side, for who has a way of their own to do
// that: each is to be run once, all of them at the same time.
func (f *Feed) Sessions() []func(context.Context, func([]engine.Event)) error {
	var list []func(context.Context, func([]engine.Event)) error
	for _, s := range f.streams {
		list = append(list, s.run)
	}
	return list
}

// Doubt has the next message of each session end it.
func (f *Feed) Doubt() {
	for _, s := range f.streams {
		s.doubted.Store(true)
	}
}

// linked tells that the link is up once all sessions are, and each loss.
func (f *Feed) linked(s *stream, up bool, reason string) {
	switch {
	case up:
		f.up++
	case s.up:
		f.up--
		s.up = false
	}
	if up && f.up < len(f.streams) {
		return
	}
	if !up {
		for _, t := range s.topics {
			if l := f.listings[t.Instrument]; l != nil && t.Channel == f.cfg.Book && l.quoted {
				l.quoted = false
				s.add(engine.Event{Kind: engine.KindBook, Instrument: l.id, At: f.cfg.Now(), Book: market.BookInvalid})
			}
		}
	}
	s.add(engine.Event{Kind: engine.KindLink, At: f.cfg.Now(), Link: engine.Link{Stream: engine.StreamMarket, Up: up, Reason: reason}})
}

// half is the content of one of the feed's sessions; no two follow the same
// channel.
type half struct {
	*Feed
	s *stream
}

func (h *half) begin() {
	now := h.cfg.Timing.Now()
	for _, t := range h.s.topics {
		l := h.listings[t.Instrument]
		if _, candle := h.frames[t.Channel]; candle {
			delete(l.bars, t.Channel)
		} else if t.Channel == h.cfg.Book {
			l.book.drop()
			l.asked = now
		}
	}
}

// settle ends the session when a book does not come.
func (h *half) settle() error {
	if h.cfg.Book != channelBooks {
		return nil
	}
	now := h.cfg.Timing.Now()
	for _, t := range h.s.topics {
		if l := h.listings[t.Instrument]; t.Channel == channelBooks && !l.book.live && now.Sub(l.asked) > snapshotWithin {
			return fmt.Errorf("books %s: no snapshot within %s", l.id, snapshotWithin)
		}
	}
	return nil
}

func (h *half) data(t topic, action []byte, rows []*fastjson.Value) error {
	if t.Channel == channelStatus && h.cfg.Announce != nil {
		return h.announce(rows)
	}
	l := h.listings[t.Instrument]
	tf, candle := h.frames[t.Channel]
	if l == nil || !candle && t.Channel != h.cfg.Book && t.Channel != channelTrades {
		h.cfg.Report(fmt.Errorf("okx: %s stream: channel %s of %s was not asked for", h.s.name, quoted(t.Channel), quoted(t.Instrument)))
		return nil
	}
	for _, v := range rows {
		if candle {
			if err := h.bar(l, t.Channel, tf, v); err != nil {
				return err
			}
			continue
		}
		h.s.row = newRow(v, h.s.codec.Digits[:])
		r := &h.s.row // kept in the stream: a row of its own would be allocated for each message
		var err error
		switch {
		case r.Err != nil:
			err = r.Err
		case t.Channel == channelTrades:
			err = h.trade(l, r)
		default:
			err = h.depth(l, r, string(action))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *half) announce(rows []*fastjson.Value) error {
	for _, v := range rows {
		r := newRow(v, nil)
		m, err := r.maintenance()
		if err != nil {
			return err
		}
		if !m.elsewhere(&h.cfg.Place) {
			h.cfg.Announce(m)
		}
	}
	return nil
}

// depth applies a book message. What is wrong with a book costs that book
// only: it is dropped and asked for again, as long as commands are left.
func (h *half) depth(l *listing, r *row, action string) error {
	var err error
	switch {
	case h.cfg.Book != channelBooks:
		err = l.book.whole(r)
	case action == "snapshot", action == "update":
		err = l.book.apply(action == "snapshot", r)
	default:
		return fmt.Errorf("unknown action %s", quoted(action))
	}
	switch {
	case errors.Is(err, errNoSnapshot):
		return nil
	case err != nil:
		h.cfg.Report(fmt.Errorf("okx: book %s: %w", l.id, err))
		h.standing(l, market.BookInvalid)
		return h.renew(l, err)
	}
	quote, ok := l.book.quote()
	if !ok {
		h.standing(l, market.BookInvalid) // one side is empty: right, but no market
		return nil
	}
	h.standing(l, market.BookResynchronised)
	if h.cfg.Depth {
		l.book.tell(&l.levels, levelsTold)
	}
	h.s.add(engine.Event{Kind: engine.KindQuote, Instrument: l.id, At: l.book.at, Quote: quote, Depth: l.levels})
	return nil
}

// renewing is how many commands bring a book's snapshot.
const renewing = 2

func (h *half) renew(l *listing, why error) error {
	if h.cfg.Book != channelBooks {
		return nil // the next message is whole
	}
	if !h.cfg.Commands.AllowAll(renewing, sessionsOwn) {
		return fmt.Errorf("book %s: %w", l.id, why)
	}
	l.asked = h.cfg.Timing.Now()
	t := []topic{{Channel: channelBooks, Instrument: l.id}}
	return errors.Join(h.s.send("unsubscribe", t), h.s.send("subscribe", t))
}

// standing tells the engine when it may begin or must cease to believe the
// book, and only then.
func (h *half) standing(l *listing, state market.BookState) {
	believed := state != market.BookInvalid
	if l.quoted == believed {
		return
	}
	l.quoted = believed
	h.s.add(engine.Event{Kind: engine.KindBook, Instrument: l.id, At: l.book.at, Book: state})
}

func (h *half) trade(l *listing, r *row) error {
	t := market.Trade{ID: r.Int("tradeId"), Price: r.Price("px"), Size: r.Quantity("sz"), Buyer: r.Side() == order.Buy}
	at := r.Milli("ts")
	if r.Err == nil && (t.Price.Sign() <= 0 || t.Size.Sign() <= 0) {
		r.Fail(fmt.Sprintf("trade %d", t.ID), fmt.Errorf("%s at %s is out of range", t.Size, t.Price))
	}
	if r.Err != nil || t.ID <= l.last && at <= l.trade {
		return r.Err
	}
	l.last, l.trade = t.ID, at
	h.s.add(engine.Event{Kind: engine.KindTrade, Instrument: l.id, At: at, Trade: t})
	return nil
}

// bar emits a candle when the exchange says that it is final, or when a later
// one appears, and each once.
func (h *half) bar(l *listing, channel string, tf market.Timeframe, v *fastjson.Value) error {
	b, closed, err := newBar(v, tf, h.s.codec.Digits[:])
	if err != nil {
		return err
	}
	open := l.bars[channel]
	if open.Open != 0 && b.Open > open.Open {
		h.tell(l, channel, open)
	}
	if b.Open < open.Open {
		h.cfg.Report(fmt.Errorf("okx: candle %s of %s came after a later one", b.Open, l.id))
		return nil
	}
	l.bars[channel] = b
	if closed {
		h.tell(l, channel, b)
	}
	return nil
}

func (h *half) tell(l *listing, channel string, b market.Bar) {
	if l.told[channel] >= b.Open {
		return
	}
	l.told[channel] = b.Open
	h.s.add(engine.Event{Kind: engine.KindBar, Instrument: l.id, At: b.Close(), Bar: b})
}
