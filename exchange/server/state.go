package server

import (
	"fmt"
	"slices"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/sim"
)

// tapeMax is how many trades of the tape are kept for queries.
const tapeMax = 100

// State is everything the exchange knows. It is reached through With only.
type State struct {
	x        *Exchange
	engine   *sim.Exchange
	listings map[string]*listing
	order    []*listing  // as listed
	latest   market.Time // of what was told
	played   market.Time // of the market's events
}

// listing is one instrument and what was published of it.
type listing struct {
	inst     market.Instrument
	tradable bool  // the matching engine knows it
	delisted bool  // it is not any more
	bids     shown // as published
	asks     shown
	fedBids  shown // as the source's recorded book had them
	fedAsks  shown
	bookAt   market.Time // of the last book notice; 0 before the first
	tape     []Print     // newest last
	candles  candles
	fresh    market.Bar // the running candle; Timeframe 0 before the first closed bar
	moved    bool       // by trades that no candle and no ticker told yet
	pulsed   market.Time
}

// now returns exchange time to the millisecond, never earlier than what was
// told already.
func (s *State) now() market.Time {
	return s.stamp(s.x.clock.Now())
}

func (s *State) stamp(t market.Time) market.Time {
	s.latest = max(s.latest, t.Floor(time.Millisecond))
	return s.latest
}

// Now returns the time that an order placed now would carry.
func (s *State) Now() market.Time { return s.now() }

// event applies one event of the market and tells what came of it.
func (s *State) event(ev *engine.Event, at market.Time) error {
	l := s.listings[ev.Instrument]
	if l == nil {
		return fmt.Errorf("server: market: instrument %q is not listed", ev.Instrument)
	}
	if l.delisted {
		return nil
	}
	if ev.Kind == engine.KindTrade && at < s.played {
		s.tell(&sim.News{Kind: sim.NewsTrade, At: at, Instrument: l.inst.ID, Trade: ev.Trade})
		return nil // history: it fills nothing
	}
	s.played = max(s.played, at)
	at = s.stamp(at)
	if err := s.apply(l, ev, at); err != nil {
		return err
	}
	s.pulse(l, at)
	return nil
}

func (s *State) apply(l *listing, ev *engine.Event, at market.Time) error {
	if ev.Kind == engine.KindQuote {
		return s.quote(l, ev, at)
	}
	if ev.Kind == engine.KindTrade {
		return s.trade(l, ev.Trade, at)
	}
	if ev.Kind == engine.KindBar {
		s.bar(l, &ev.Bar, at)
	}
	return nil // other kinds are no news of a market
}

// quote makes a quote the market's liquidity and publishes the book once.
func (s *State) quote(l *listing, ev *engine.Event, at market.Time) error {
	books, whole := s.x.source.(BookSource)
	if !whole {
		if err := s.engine.Quote(l.inst.ID, at, ev.Quote); err != nil {
			return fmt.Errorf("server: %w", err)
		}
		s.news()
		s.publishBook(l, at)
		return nil
	}
	bids, asks := books.Book(l.inst.ID)
	if !l.tradable {
		s.tellBook(l, append(l.bids.next(), bids...), append(l.asks.next(), asks...), at)
		return nil
	}
	// Only levels that changed are stated, so that what users took from the
	// others stays taken.
	bids = l.fedBids.publish(append(l.fedBids.next(), bids...), true)
	asks = l.fedAsks.publish(append(l.fedAsks.next(), asks...), false)
	if err := s.engine.Liquidity(l.inst.ID, at, false, bids, asks); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	s.news()
	s.publishBook(l, at)
	return nil
}

// trade prints a trade of the market and fills what rested in its way.
func (s *State) trade(l *listing, t market.Trade, at market.Time) error {
	if !l.tradable {
		s.tell(&sim.News{Kind: sim.NewsTrade, At: at, Instrument: l.inst.ID, Trade: t})
		return nil
	}
	if _, err := s.engine.Trade(l.inst.ID, at, t); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	if s.news() {
		s.publishChange(l, at)
	}
	return nil
}

// bar publishes a closed candle and opens the next.
func (s *State) bar(l *listing, b *market.Bar, at market.Time) {
	closed := *b
	closed.Open += s.x.shift
	l.candles.add(&closed)
	s.x.front.Market(s, &Notice{Kind: NoticeCandle, Instrument: l.inst.ID, At: at, Candle: closed, Closed: true})
	l.fresh = after(&closed)
	s.x.front.Market(s, &Notice{Kind: NoticeCandle, Instrument: l.inst.ID, At: at, Candle: l.fresh})
	s.x.front.Market(s, &Notice{Kind: NoticeTicker, Instrument: l.inst.ID, At: at})
	l.moved, l.pulsed = false, at
}

// pulse tells the candles under way and the ticker, now and then, when trades
// have moved them.
func (s *State) pulse(l *listing, at market.Time) {
	every := s.x.cfg.Manner.Pulse
	if every == 0 || !l.moved || at.Sub(l.pulsed) < every {
		return
	}
	l.moved, l.pulsed = false, at
	s.x.front.Market(s, &Notice{Kind: NoticeMoved, Instrument: l.inst.ID, At: at})
	s.x.front.Market(s, &Notice{Kind: NoticeTicker, Instrument: l.inst.ID, At: at})
}

// print keeps a trade of the tape, and lets the running candle take it in.
func (l *listing) print(t market.Trade, at market.Time) {
	if len(l.tape) == tapeMax {
		l.tape = append(l.tape[:0], l.tape[1:]...)
	}
	l.tape = append(l.tape, Print{t, at})
	l.moved = true
	f := &l.fresh
	if f.Timeframe == 0 || at < f.Open || at >= f.Close() {
		return // history, or no bar has been before
	}
	if f.Volume.IsZero() {
		f.O, f.H, f.L = t.Price, t.Price, t.Price
	}
	var sum num.Calc
	f.H, f.L, f.C = f.H.Max(t.Price), f.L.Min(t.Price), t.Price
	f.Volume = num.Add(&sum, f.Volume, t.Size)
}

// after returns the candle that begins when b ends: flat, without volume.
func after(b *market.Bar) market.Bar {
	return market.Bar{Open: b.Close(), Timeframe: b.Timeframe, O: b.C, H: b.C, L: b.C, C: b.C}
}

// news tells what the matching engine has to say, and reports whether an order
// was among it, so that the book may have changed.
func (s *State) news() (orders bool) {
	news := s.engine.Drain()
	if s.x.cfg.Manner.Unordered {
		unorder(news)
	}
	for i := range news {
		orders = orders || news[i].Kind == sim.NewsOrder
		s.tell(&news[i])
	}
	return orders
}

// unorder puts a balance before the order whose execution moved it, for every
// other execution: between channels there is no order, and clients must not
// lean on one.
func unorder(news []sim.News) {
	for i := 0; i < len(news); i++ {
		n := &news[i]
		if n.Kind != sim.NewsOrder || n.Order.Last.TradeID%2 == 0 {
			continue
		}
		same := func(later sim.News) bool { return later.Kind == sim.NewsBalance && later.Account == n.Account }
		j := slices.IndexFunc(news[i:], same)
		if j < 0 {
			continue
		}
		balance := news[i+j]
		copy(news[i+1:i+j+1], news[i:i+j])
		news[i] = balance
		i++ // the order, which is next now, has been dealt with
	}
}

func (s *State) tell(n *sim.News) {
	if n.Kind == sim.NewsTrade {
		s.listings[n.Instrument].print(n.Trade, n.At)
	}
	s.x.front.News(n)
}

// publishBook tells the book as it is now, changed or not.
func (s *State) publishBook(l *listing, at market.Time) {
	bids, asks := s.engine.Book(l.inst.ID, depthMax)
	s.tellBook(l, bids, asks, at)
}

// publishChange tells the book if it is not as it was told last.
func (s *State) publishChange(l *listing, at market.Time) {
	bids, asks := s.engine.Book(l.inst.ID, depthMax)
	if !slices.Equal(bids, l.bids.levels) || !slices.Equal(asks, l.asks.levels) {
		s.tellBook(l, bids, asks, at)
	}
}

// tellBook publishes levels, which l keeps.
func (s *State) tellBook(l *listing, bids, asks []market.Level, at market.Time) {
	n := Notice{Kind: NoticeBook, Instrument: l.inst.ID, At: at}
	n.BidDiff = l.bids.publish(bids, true)
	n.AskDiff = l.asks.publish(asks, false)
	n.Bids, n.Asks = l.bids.levels, l.asks.levels
	l.bookAt = at
	s.x.front.Market(s, &n)
}

// wake returns when something is due that no event of the market brings; 0 is
// never.
func (s *State) wake(heartbeat time.Duration) market.Time {
	due := s.engine.Due()
	if heartbeat > 0 {
		if beat := s.nextBeat(heartbeat); due == 0 || beat != 0 && beat < due {
			due = beat
		}
	}
	return due
}

// woken does what wake said is due.
func (s *State) woken(heartbeat time.Duration) {
	if due := s.engine.Due(); due != 0 && due <= s.now() {
		s.engine.Elapse(s.now())
		s.news()
		for _, l := range s.order {
			if l.tradable && !l.delisted {
				s.publishChange(l, s.now())
			}
		}
	}
	if heartbeat > 0 {
		s.beat(heartbeat)
	}
}

// nextBeat returns when the first silent book is due, or 0.
func (s *State) nextBeat(every time.Duration) market.Time {
	var first market.Time
	for _, l := range s.order {
		if due := l.bookAt.Add(every); l.bookAt != 0 && (first == 0 || due < first) {
			first = due
		}
	}
	return first
}

// beat publishes every book that has been silent for so long, unchanged.
func (s *State) beat(every time.Duration) {
	now := s.now()
	for _, l := range s.order {
		if l.bookAt == 0 || now.Sub(l.bookAt) < every {
			continue
		}
		l.bookAt = now
		s.x.front.Market(s, &Notice{
			Kind: NoticeBook, Instrument: l.inst.ID, At: now, Bids: l.bids.levels, Asks: l.asks.levels,
		})
	}
}
