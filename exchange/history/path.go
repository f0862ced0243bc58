package history

import (
	"fmt"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// points is how many points the path inside a bar has.
const points = 4

// BarSource plays bars as quotes, trades and closed bars. It is for one
// goroutine and reads the rows it was made from without changing them.
type BarSource struct {
	quotes  quoter
	bars    *Bars
	offsets [points]time.Duration

	leaps bool // tell the path of a bar as one event
	row   int  // the bar that is played
	step  int  // two for each point, then one for the bar
	playing
	tape tape
}

// playing is the bar that is played.
type playing struct {
	now   *packed
	bar   market.Bar
	path  [points]int64 // of now's places
	whole int           // its first points that are told one by one
	taken leapt
}

// leapt is where the newest stretch began.
type leapt struct {
	step int
	tape tape
}

// tape is what successive trades have in common.
type tape struct {
	count  int64 // trades so far: the number of the last
	price  int64
	places int
	buyer  bool
}

// Source plays the bars with a spread given as a share of the price.
func (b *Bars) Source(spread num.Rate) (*BarSource, error) {
	q, err := newQuoter(b.Instrument, spread)
	if err != nil {
		return nil, err
	}
	length := b.Timeframe.Duration()
	return &BarSource{
		quotes: q,
		bars:   b,
		offsets: [points]time.Duration{
			0,
			(length / 3).Truncate(time.Millisecond),
			(2 * length / 3).Truncate(time.Millisecond),
			length - time.Millisecond,
		},
	}, nil
}

// Next fills ev with the next event and reports false at the end.
func (s *BarSource) Next(ev *engine.Event) (bool, error) {
	if s.row == s.bars.count {
		return false, nil
	}
	if s.step == 0 && s.whole == 0 {
		if err := s.begin(); err != nil {
			return false, s.wrap(err)
		}
	}
	if s.leaps && s.step == 2*s.whole && s.step < 2*points {
		return true, s.leap(ev)
	}
	ev.Reset()
	ev.Instrument = s.quotes.inst.ID
	if s.step == 2*points {
		ev.Kind, ev.At, ev.Bar = engine.KindBar, s.bar.Close(), s.bar
		s.row++
		s.step, s.whole = 0, 0
		return true, nil
	}
	point := s.step / 2
	ev.At = s.bar.Open.Add(s.offsets[point])
	if s.step++; s.step%2 == 0 {
		ev.Kind = engine.KindTrade
		return true, s.trade(point, &ev.Trade)
	}
	if s.now.volume == 0 {
		s.step++
	}
	ev.Kind = engine.KindQuote
	return true, s.quote(point, &ev.Quote)
}

// Leap has the paths of bars told as one event each.
func (s *BarSource) Leap() { s.leaps = true }

// Walk has the path that was just told follow event by event. Most of what is
// in the way of a leap, an order on its way, is over with the first point: so
// the rest is told at once again, and only when that is taken back as well, all
// of it one by one.
func (s *BarSource) Walk() {
	s.step, s.tape = s.taken.step, s.taken.tape
	if s.whole = points; s.step == 0 {
		s.whole = 1
	}
}

// leap tells the path of a bar, or what is left of it, at once; the bar follows.
func (s *BarSource) leap(ev *engine.Event) error {
	s.taken = leapt{s.step, s.tape}
	from := s.step / 2
	s.step = 2 * points
	ev.Reset()
	ev.Kind, ev.Instrument, ev.At = engine.KindStretch, s.quotes.inst.ID, s.bar.Open.Add(s.offsets[from])
	w := &ev.Market.Stretch
	w.Until, w.Quotes = s.bar.Open.Add(s.offsets[points-1]), points-from
	if s.now.volume > 0 {
		w.Trades, w.Low, w.High = points-from, s.bar.L, s.bar.H // from the second point on, both extremes are still to come
		for _, price := range s.path[from:] {
			s.tape.move(price, int(s.now.price))
		}
		ev.Trade = market.Trade{ID: s.tape.count, Price: s.bar.C, Buyer: s.tape.buyer}
	}
	return s.quote(points-1, &ev.Quote)
}

func (s *BarSource) wrap(err error) error {
	return fmt.Errorf("history: %s bar of %s: %w", s.quotes.inst.ID, s.now.open, err)
}

// begin states the path of a bar.
func (s *BarSource) begin() error {
	before := s.now
	s.now = s.bars.row(s.row)
	s.now.unpack(&s.bar, s.bars.Timeframe)
	s.path = s.now.path()
	if before != nil {
		return s.quotes.fold(before.volume, int(before.size))
	}
	s.tape = tape{price: s.now.o, places: int(s.now.price), buyer: s.now.c >= s.now.o}
	return s.quotes.begin(s.now.volume, int(s.now.size))
}

func (s *BarSource) quote(point int, q *market.Quote) error {
	if err := s.quotes.around(q, s.path[point], int(s.now.price)); err != nil {
		return s.wrap(err)
	}
	return nil
}

// trade is the print at a point of the path: a part of the bar's volume, in
// whole lots where there is one for each; the last has the rest.
func (s *BarSource) trade(point int, t *market.Trade) error {
	s.tape.move(s.path[point], int(s.now.price))
	size, err := s.size(point)
	if err != nil {
		return s.wrap(err)
	}
	*t = market.Trade{ID: s.tape.count, Price: s.now.at(s.path[point]), Size: size, Buyer: s.tape.buyer}
	return nil
}

func (s *BarSource) size(point int) (num.Quantity, error) {
	w, volume, places := &s.quotes.cents, s.now.volume, int(s.now.size)
	each, err := w.lots(volume, places)
	if err != nil {
		return num.Quantity{}, err
	}
	each /= points
	each -= each % w.lot
	scale := max(places, w.lotPlaces)
	all, fits := times(volume, ten[scale-places])
	each, ok := times(each, ten[scale-w.lotPlaces])
	if each == 0 { // not a lot for each trade, yet the market was at each point
		scale = places + 2
		each, ok = volume*(100/points), scale < len(ten)
		all, fits = times(volume, 100)
	}
	if !ok || !fits {
		return num.Quantity{}, errSize
	}
	if point == points-1 {
		each = all - (points-1)*each
	}
	return num.QuantityOf(each, scale), nil
}

// move counts the next trade and states its side: with the price.
func (t *tape) move(price int64, places int) {
	t.count++
	if before := t.price; t.places == places {
		if price != before {
			t.buyer = price > before
		}
	} else if d := num.PriceOf(price, places).Cmp(num.PriceOf(before, t.places)); d != 0 {
		t.buyer = d > 0
	}
	t.price, t.places = price, places
}

// path is the prices that a bar is taken to have passed: open, nearer extreme,
// farther extreme, close.
func (p *packed) path() [points]int64 {
	if up, down := p.h-p.o, p.o-p.l; up < down || up == down && p.c < p.o {
		return [points]int64{p.o, p.h, p.l, p.c}
	}
	return [points]int64{p.o, p.l, p.h, p.c}
}
