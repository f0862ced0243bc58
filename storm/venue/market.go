package venue

import (
	"hash/crc32"
	"slices"
	"time"
)

// Market is one instrument: a price that wanders, a book around it, candles.
type Market struct {
	ID, Base, Quote string
	Bid, Ask        Amount
	Crossed         bool // the book that is shown from the next move on

	venue   *Venue
	cfg     MarketConfig
	bids    []level
	asks    []level
	candles []candle
	changed []byte // scratch
	numbers
}

// numbers are those of a book, where it has some.
type numbers struct {
	seq      int64         // of what is shown
	told     time.Duration // when something was said of it
	restarts bool          // with the next change
}

type level struct{ price, size Amount }

type candle struct {
	open       time.Duration
	o, h, l, c Amount
	volume     Amount
	told       bool // that it opened
}

const (
	depth  = 4 // levels a side
	past   = 90
	minute = time.Minute
)

func newMarket(v *Venue, cfg MarketConfig) *Market {
	m := &Market{ID: cfg.Base + "-" + cfg.Quote, Base: cfg.Base, Quote: cfg.Quote, venue: v, cfg: cfg}
	m.Bid = cfg.Price / Tick * Tick
	m.quote()
	first := (v.now - past*minute).Truncate(minute)
	for at := first; at < v.now.Truncate(minute); at += minute {
		m.step()
		c := candle{open: at, o: m.Bid, h: m.Bid, l: m.Bid, c: m.Bid, volume: Lot, told: true}
		m.candles = append(m.candles, c)
	}
	m.quote()
	return m
}

// step moves the price.
func (m *Market) step() {
	swing := m.venue.cfg.Random.IntN(2*m.cfg.Swing+1) - m.cfg.Swing
	m.Bid = max(m.cfg.Price/2, m.Bid+Amount(swing)*Tick)
}

// quote draws a book around the price.
func (m *Market) quote() {
	random := m.venue.cfg.Random
	m.bids, m.asks = m.bids[:0], m.asks[:0]
	m.Ask = m.Bid + Amount(1+random.IntN(3))*Tick
	if m.Crossed {
		m.Ask = m.Bid - Amount(random.IntN(3))*Tick
	}
	for i := range depth {
		m.bids = append(m.bids, level{m.Bid - Amount(2*i)*Tick, Amount(5000+random.IntN(20000)) * Lot})
		m.asks = append(m.asks, level{m.Ask + Amount(2*i)*Tick, Amount(5000+random.IntN(20000)) * Lot})
	}
}

// Jump moves the price to a percentage of what it is, and returns what it was.
func (m *Market) Jump(percent int) Amount {
	was := m.Bid
	m.Bid = was / 100 * Amount(percent) / Tick * Tick
	m.Move()
	return was
}

// Return moves the price back after a jump.
func (m *Market) Return(to Amount) {
	m.Bid = to
	m.Move()
}

// Move lets the market move once: the book changes, somebody trades, and our
// orders that the price went through are filled.
func (m *Market) Move() {
	m.roll()
	before := [2][]level{slices.Clone(m.bids), slices.Clone(m.asks)}
	m.step()
	m.quote()
	m.venue.face.book(m, before)
	buyer := m.venue.chance(50)
	price := m.Bid
	if buyer {
		price = m.Ask
	}
	m.trade(price, Amount(1+m.venue.cfg.Random.IntN(300))*Lot, buyer)
	m.match()
}

// match fills resting orders that the best prices reach.
func (m *Market) match() {
	for _, o := range m.venue.orders {
		if !o.live() || o.market != m || o.Buy && o.Price < m.Ask || !o.Buy && o.Price > m.Bid {
			continue
		}
		size := o.Size - o.Filled
		if m.venue.chance(m.venue.cfg.Partial) {
			size = m.part(size)
		}
		m.venue.fill(o, o.Price, size, true)
	}
}

// part is a share of a quantity, one lot at least.
func (m *Market) part(size Amount) Amount {
	lots := int64(size / Lot)
	return Amount(1+m.venue.cfg.Random.Int64N(lots)) * Lot
}

// trade is a print on the tape.
func (m *Market) trade(price, size Amount, buyer bool) {
	v := m.venue
	v.trades++
	c := m.roll()
	c.o, c.told = first(c.o, price, c.volume == 0), true
	c.h, c.l, c.c = max(c.h, price), min(first(c.l, price, c.volume == 0), price), price
	c.volume += size
	v.face.tape(m, &traded{price, size, buyer})
	v.face.candle(m, c)
	m.trip(price)
}

// tellTrade pushes a trade.
func (m *Market) tellTrade(p *traded) {
	v := m.venue
	side := "sell"
	if p.buyer {
		side = "buy"
	}
	b := append([]byte(nil), `{"table":"spot/trade","data":[{"side":"`+side+`","trade_id":"`+digits(v.trades)+`","price":"`...)
	b = p.price.append(b)
	b = p.size.append(append(b, `","size":"`...))
	b = append(b, `","instrument_id":"`+m.ID+`","timestamp":"`...)
	b = append(appendTime(b, v.now), `"}]}`...)
	v.publish("spot/trade:"+m.ID, b)
}

func first(old, price Amount, fresh bool) Amount {
	if fresh {
		return price
	}
	return old
}

// roll returns the candle of now, opened at the last close if need be.
func (m *Market) roll() *candle {
	open := m.venue.now.Truncate(minute)
	for {
		last := &m.candles[len(m.candles)-1]
		if last.open >= open {
			return last
		}
		m.candles = append(m.candles, candle{open: last.open + minute, o: last.c, h: last.c, l: last.c, c: last.c})
		if len(m.candles) > 4*past {
			m.candles = slices.Delete(m.candles, 0, past)
		}
		m.venue.face.candle(m, &m.candles[len(m.candles)-1])
	}
}

func (c *candle) append(b []byte) []byte {
	b = appendTime(append(b, `["`...), c.open)
	for _, a := range [...]Amount{c.o, c.h, c.l, c.c, c.volume} {
		b = a.append(append(b, `","`...))
	}
	return append(b, `"]`...)
}

func (m *Market) tellCandle(c *candle) {
	b := append([]byte(nil), `{"table":"spot/candle60s","data":[{"candle":`...)
	b = append(c.append(b), `,"instrument_id":"`+m.ID+`"}]}`...)
	m.venue.publish("spot/candle60s:"+m.ID, b)
}

// tellBook pushes what changed of the book.
func (m *Market) tellBook(before [2][]level) {
	b := m.bookHead("update")
	b = appendLevels(b, changes(before[1], m.asks))
	b = appendLevels(append(b, `,"bids":`...), changes(before[0], m.bids))
	m.venue.publish("spot/depth_l2_tbt:"+m.ID, m.bookTail(b))
}

// snapshot is the whole book.
func (m *Market) snapshot() []byte {
	b := appendLevels(m.bookHead("partial"), m.asks)
	b = appendLevels(append(b, `,"bids":`...), m.bids)
	return m.bookTail(b)
}

func (m *Market) bookHead(action string) []byte {
	return append([]byte(nil), `{"table":"spot/depth_l2_tbt","action":"`+action+`","data":[{"instrument_id":"`+m.ID+`","asks":`...)
}

func (m *Market) bookTail(b []byte) []byte {
	b = appendTime(append(b, `,"timestamp":"`...), m.venue.now)
	b = append(b, `","checksum":`...)
	return append(append(b, digits(int64(m.checksum()))...), `}]}`...)
}

// changes are the levels that lead from one side to another.
func changes(old, next []level) []level {
	var list []level
	for _, l := range old {
		if !slices.ContainsFunc(next, func(n level) bool { return n.price == l.price }) {
			list = append(list, level{price: l.price})
		}
	}
	for _, n := range next {
		if !slices.Contains(old, n) {
			list = append(list, n)
		}
	}
	return list
}

func appendLevels(b []byte, levels []level) []byte {
	b = append(b, '[')
	for i, l := range levels {
		if i > 0 {
			b = append(b, ',')
		}
		b = l.price.append(append(b, `["`...))
		b = l.size.append(append(b, `","`...))
		b = append(b, `","0","1"]`...)
	}
	return append(b, ']')
}

// checksum is the CRC-32 of bid:size:ask:size and so on, best levels first.
func (m *Market) checksum() int32 {
	b := m.changed[:0]
	for i := range depth {
		for _, l := range [...]level{m.bids[i], m.asks[i]} {
			if len(b) > 0 {
				b = append(b, ':')
			}
			b = l.price.append(b)
			b = l.size.append(append(b, ':'))
		}
	}
	m.changed = b
	return int32(crc32.ChecksumIEEE(b))
}
