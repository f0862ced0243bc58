package synth

import (
	"math"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// minuteMS is a minute in milliseconds, and closing how long before its end
// the last point is at most: the quote is fresh when the bar closes.
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

// stream is one instrument. It plans a minute at a time and plays it.
type stream struct {
	kind
	random        random
	tick, lot     float64
	tickScale     int
	lotScale      int
	fast          wave
	price         float64 // what the market holds it worth, unrounded
	bidLog        float64 // log of the sizes shown, over their median
	askLog        float64
	last          int64 // of the newest trade, in ticks
	trades        int64
	points        [pointsMax]point
	n             int
	minute        market.Time
	at            int  // point that is played; n is the bar
	quoted        bool // the point's quote was played
	o, h, l, c, v int64
}

func newStream(seed uint64, k kind) stream {
	s := stream{
		kind: k, random: seeded(seed, k.ID),
		tick: k.Tick.Float(), lot: k.Lot.Float(), tickScale: k.Tick.Scale(), lotScale: k.Lot.Scale(),
		fast: waveOf(fastSD, fastMinutes), price: k.price,
	}
	s.last = int64(math.Floor(s.price / s.tick))
	return s
}

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
		s.price += float64(s.price * min(max(change, -0.05), 0.05))
		s.quote(&s.points[i], change > 0)
	}
}

func (s *stream) quote(p *point, up bool) {
	r := &s.random
	spread := int64(1)
	if r.uniform() < s.spread {
		wide := float64(s.price * float64(wideMedian*exp(float64(wideSD*r.normal()))))
		spread += int64(math.Floor(wide / s.tick))
	}
	p.bid = max(int64(math.Floor(s.price/s.tick))-spread/2, 1)
	p.ask = p.bid + spread
	p.bidSize, p.askSize = s.touch(&s.bidLog), s.touch(&s.askLog)
	p.buyer = up == (r.uniform() < withMove)
}

// touch draws the size at a best price, which remembers the one before.
func (s *stream) touch(log *float64) int64 {
	fresh := math.Sqrt(1 - touchKeep*touchKeep)
	*log = float64(touchKeep**log) + float64(fresh*float64(touchSD*s.random.normal()))
	return s.lots(float64(touchMedian * exp(*log)))
}

// lots turns a size in BTC's terms into whole lots, at least the smallest
// order.
func (s *stream) lots(size float64) int64 {
	least := math.Floor(s.Min.Float()/s.lot + 0.5)
	return int64(max(math.Floor(float64(size*s.worth)/s.lot), least))
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
		size := float64(sizeMedian * exp(scale+float64(sizeSD*r.normal())))
		p.size = s.lots(size)
	}
}

// fold makes the minute's bar of its trades.
func (s *stream) fold() {
	s.o, s.h, s.l, s.c, s.v = s.last, s.last, s.last, s.last, 0
	for i := range s.n {
		p := &s.points[i]
		if p.size == 0 {
			continue
		}
		if s.v == 0 {
			s.o, s.h, s.l = p.price, p.price, p.price
		}
		s.h, s.l, s.c = max(s.h, p.price), min(s.l, p.price), p.price
		s.v += p.size
	}
	s.last = s.c
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
	if !s.quoted {
		ev.Kind = engine.KindQuote
		ev.Quote = market.Quote{
			Bid: num.PriceOf(p.bid, s.tickScale), BidSize: num.QuantityOf(p.bidSize, s.lotScale),
			Ask: num.PriceOf(p.ask, s.tickScale), AskSize: num.QuantityOf(p.askSize, s.lotScale),
		}
		s.quoted = p.size > 0
		if !s.quoted {
			s.at++
		}
		return
	}
	s.trades++
	ev.Kind = engine.KindTrade
	ev.Trade = market.Trade{
		ID: s.trades, Price: num.PriceOf(p.price, s.tickScale),
		Size: num.QuantityOf(p.size, s.lotScale), Buyer: p.buyer,
	}
	s.at, s.quoted = s.at+1, false
}

func (s *stream) bar() market.Bar {
	return market.Bar{
		Open: s.minute, Timeframe: market.Minute,
		O: num.PriceOf(s.o, s.tickScale), H: num.PriceOf(s.h, s.tickScale),
		L: num.PriceOf(s.l, s.tickScale), C: num.PriceOf(s.c, s.tickScale),
		Volume: num.QuantityOf(s.v, s.lotScale),
	}
}

// over reports that the minute has been played.
func (s *stream) over() bool { return s.at > s.n }
