package synth

import (
	"math"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// A minute in milliseconds, and how long before its end the last point is at
// most: the quote is fresh when the bar closes.
const (
	minuteMS = 60_000
	closing  = 400
)

// point is a moment at which the market shows a quote and, mostly, trades.
// Prices are in ticks and sizes in lots.
type point struct {
	ms               int // after the minute's start
	bid, ask         int64
	bidSize, askSize int64
	price, size      int64 // of the trade; size 0 is no trade
	buyer            bool
}

// grid is an instrument's tick and lot, as numbers and as decimal places.
type grid struct {
	tick, lot           float64
	tickScale, lotScale int
	least               float64 // smallest order, in lots
}

func gridOf(in *market.Instrument) grid {
	lot := in.Lot.Float()
	return grid{
		tick: in.Tick.Float(), lot: lot, tickScale: in.Tick.Scale(), lotScale: in.Lot.Scale(),
		least: math.Floor(in.Min.Float()/lot + 0.5),
	}
}

// candle is a minute's bar, prices in ticks and volume in lots.
type candle struct{ open, high, low, close, volume int64 }

// stream is one instrument. It plans a minute at a time and plays it.
type stream struct {
	kind
	grid   grid
	random random
	fast   wave
	price  float64 // what the market holds it worth, unrounded
	bids   wave    // log of the size at the best bid, over its median
	asks   wave
	last   int64 // price of the newest trade, in ticks
	trades int64 // since the start: the number of the newest

	minute market.Time // that was planned
	points [pointsMax]point
	n      int // points of the minute
	candle candle
	at     int  // point that is played next; n is the bar, n+1 nothing
	quoted bool // the quote of that point was played
}

func newStream(seed uint64, k kind) stream {
	s := stream{
		kind: k, grid: gridOf(&k.Instrument), random: seeded(seed, k.ID), price: k.price,
		fast: waveOf(fastSD, fastMinutes), bids: waveOf(touchSD, touchMemory), asks: waveOf(touchSD, touchMemory),
	}
	s.last = s.ticks()
	return s
}

// ticks returns the price in whole ticks, rounded down.
func (s *stream) ticks() int64 { return int64(math.Floor(s.price / s.grid.tick)) }

// plan makes the minute that opens at the given time.
func (s *stream) plan(open market.Time, c *climate) {
	s.minute, s.at, s.quoted = open, 0, false
	r := &s.random
	heat := c.heat + s.fast.step(r) + float64(whiteSD*r.normal())
	sigma := float64(volatility * s.wildness * exp(heat))
	idle := r.uniform() < float64(idleShare*exp(float64(idleHeat*heat)))
	own := math.Sqrt(1 - float64(s.likeness*s.likeness))
	move := float64(s.likeness*c.pull) + float64(own*r.normal())
	if idle {
		sigma = float64(sigma * idleCalm)
	}
	s.moments(heat)
	s.walk(sigma, move)
	if !idle {
		s.trade(heat, move)
	}
	s.fold()
}

// moments draws how many points the minute has and when they are.
func (s *stream) moments(heat float64) {
	r := &s.random
	busy := 0.45 + float64(0.25*heat)
	s.n = pointsMin
	for range pointsMax - pointsMin {
		if r.uniform() < busy {
			s.n++
		}
	}
	// One point in each of n equal parts: rising without a sort.
	part := (minuteMS - closing) / s.n
	for i := range s.n {
		s.points[i] = point{ms: i*part + 1 + r.below(part-1)}
	}
	s.points[s.n-1].ms = minuteMS - 1 - r.below(closing-1)
}

// walk moves the price through the points by a bridge that ends where the
// minute moves to, and states a quote around each.
func (s *stream) walk(sigma, move float64) {
	r := &s.random
	var steps [pointsMax]float64
	mean := 0.0
	for i := range s.n {
		steps[i] = r.normal()
		mean += steps[i]
	}
	n := float64(s.n)
	mean /= n
	each := float64(sigma / math.Sqrt(n))
	drift := float64(sigma*move)/n - float64(pullBack*(s.price/s.kind.price-1))/n
	for i := range s.n {
		change := float64(each*(steps[i]-mean)) + drift
		s.price += float64(s.price * min(max(change, -stepMax), stepMax))
		s.quote(&s.points[i], change > 0)
	}
}

// quote states the best prices around the market's at a point, and which side
// a trade there would take.
func (s *stream) quote(p *point, up bool) {
	r := &s.random
	spread := int64(1)
	if r.uniform() < s.spread {
		wide := float64(s.price * float64(wideMedian*exp(float64(wideSD*r.normal()))))
		spread += int64(math.Floor(wide / s.grid.tick))
	}
	p.bid = max(s.ticks()-spread/2, 1)
	p.ask = p.bid + spread
	p.bidSize = s.lots(float64(touchMedian * exp(s.bids.step(r))))
	p.askSize = s.lots(float64(touchMedian * exp(s.asks.step(r))))
	p.buyer = up == (r.uniform() < withMove)
}

// lots turns a size in BTC's terms into whole lots, at least the smallest
// order.
func (s *stream) lots(size float64) int64 {
	return int64(max(math.Floor(float64(size*s.worth)/s.grid.lot), s.grid.least))
}

// trade lets points of the minute trade, one at least.
func (s *stream) trade(heat, move float64) {
	r := &s.random
	always := r.below(s.n)
	scale := float64(sizeHeat*heat) + float64(sizeMove*math.Abs(move))
	for i := range s.n {
		p := &s.points[i]
		if r.uniform() < quietShare && i != always {
			continue
		}
		p.price = p.bid
		if p.buyer {
			p.price = p.ask
		}
		p.size = s.lots(float64(sizeMedian * exp(scale+float64(sizeSD*r.normal()))))
	}
}

// fold makes the minute's bar of its trades.
func (s *stream) fold() {
	c := candle{open: s.last, high: s.last, low: s.last, close: s.last}
	for i := range s.n {
		p := &s.points[i]
		if p.size == 0 {
			continue
		}
		if c.volume == 0 {
			c.open, c.high, c.low = p.price, p.price, p.price
		}
		c.high, c.low, c.close = max(c.high, p.price), min(c.low, p.price), p.price
		c.volume += p.size
	}
	s.candle, s.last = c, c.close
}

// due returns when the stream's next event is.
func (s *stream) due() market.Time {
	if s.at == s.n {
		return s.minute.Add(time.Minute)
	}
	return s.minute.Add(time.Duration(s.points[s.at].ms) * time.Millisecond)
}

// play fills ev with the stream's next event.
func (s *stream) play(ev *engine.Event) {
	*ev = engine.Event{Instrument: s.ID, At: s.due()}
	if s.at == s.n {
		ev.Kind, ev.Bar = engine.KindBar, s.bar()
		s.at++
		return
	}
	p := &s.points[s.at]
	if s.quoted {
		s.trades++
		ev.Kind = engine.KindTrade
		ev.Trade = market.Trade{ID: s.trades, Price: s.priceOf(p.price), Size: s.sizeOf(p.size), Buyer: p.buyer}
		s.at, s.quoted = s.at+1, false
		return
	}
	ev.Kind = engine.KindQuote
	ev.Quote = market.Quote{
		Bid: s.priceOf(p.bid), BidSize: s.sizeOf(p.bidSize),
		Ask: s.priceOf(p.ask), AskSize: s.sizeOf(p.askSize),
	}
	if p.size > 0 {
		s.quoted = true
	} else {
		s.at++
	}
}

func (s *stream) priceOf(ticks int64) num.Price { return num.PriceOf(ticks, s.grid.tickScale) }

func (s *stream) sizeOf(lots int64) num.Quantity { return num.QuantityOf(lots, s.grid.lotScale) }

func (s *stream) bar() market.Bar {
	c := &s.candle
	return market.Bar{
		Open: s.minute, Timeframe: market.Minute,
		O: s.priceOf(c.open), H: s.priceOf(c.high), L: s.priceOf(c.low), C: s.priceOf(c.close),
		Volume: s.sizeOf(c.volume),
	}
}

// over reports that the minute has been played.
func (s *stream) over() bool { return s.at > s.n }

// skip leaves the rest of the minute unplayed.
func (s *stream) skip() { s.at = s.n + 1 }
