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
	rows    []market.Bar
	offsets [points]time.Duration
	quarter num.Rate

	leaps   bool // tell the path of a bar as one event
	walking bool // but not of this bar
	before  tape // at its beginning

	row   int // the bar that is played
	step  int // two for each point, then one for the bar
	path  [points]num.Price
	each  num.Quantity // size of the first three trades
	last  num.Quantity // size of the last trade
	shown num.Quantity
	tape  tape
}

// tape is what successive trades have in common.
type tape struct {
	count int64 // trades so far: the number of the last
	price num.Price
	buyer bool
}

// Source plays the bars with a spread given as a share of the price.
func (b *Bars) Source(spread num.Rate) (*BarSource, error) {
	q, err := newQuoter(b.Instrument, spread)
	if err != nil {
		return nil, err
	}
	length := b.Timeframe.Duration()
	return &BarSource{
		quotes:  q,
		rows:    b.Rows,
		quarter: num.MustRate("0.25"),
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
	if s.row == len(s.rows) {
		return false, nil
	}
	bar := &s.rows[s.row]
	if s.step == 0 && !s.walking {
		if err := s.begin(bar); err != nil {
			return false, s.wrap(err)
		}
		if s.leaps {
			return true, s.leap(ev, bar)
		}
	}
	if s.step == 2*points {
		*ev = engine.Event{Kind: engine.KindBar, Instrument: s.quotes.inst.ID, At: bar.Close(), Bar: *bar}
		s.row++
		s.step, s.walking = 0, false
		return true, nil
	}
	point := s.step / 2
	at := bar.Open.Add(s.offsets[point])
	if s.step%2 == 1 {
		s.step++
		*ev = engine.Event{Kind: engine.KindTrade, Instrument: s.quotes.inst.ID, At: at, Trade: s.trade(point)}
		return true, nil
	}
	s.step++
	if bar.Volume.IsZero() {
		s.step++
	}
	var c num.Calc
	quote, err := s.quotes.around(&c, s.path[point], s.shown)
	if err == nil {
		err = c.Err()
	}
	if err != nil {
		return false, s.wrap(err)
	}
	*ev = engine.Event{Kind: engine.KindQuote, Instrument: s.quotes.inst.ID, At: at, Quote: quote}
	return true, nil
}

// Leap has the paths of bars told as one event each.
func (s *BarSource) Leap() { s.leaps = true }

// Walk has the path that was just told follow event by event.
func (s *BarSource) Walk() { s.step, s.walking, s.tape = 0, true, s.before }

// leap tells the path of a bar at once; the bar follows.
func (s *BarSource) leap(ev *engine.Event, bar *market.Bar) error {
	s.before, s.step = s.tape, 2*points
	*ev = engine.Event{Kind: engine.KindStretch, Instrument: s.quotes.inst.ID, At: bar.Open}
	w := &ev.Market.Stretch
	w.Until, w.Quotes = bar.Open.Add(s.offsets[points-1]), points
	if !bar.Volume.IsZero() {
		for point := range points {
			ev.Trade = s.trade(point)
		}
		w.Trades, w.Low, w.High = points, bar.L, bar.H
	}
	var c num.Calc
	var err error
	if ev.Quote, err = s.quotes.around(&c, s.path[points-1], s.shown); err == nil {
		err = c.Err()
	}
	if err != nil {
		return s.wrap(err)
	}
	return nil
}

func (s *BarSource) wrap(err error) error {
	return fmt.Errorf("history: %s bar of %s: %w", s.quotes.inst.ID, s.rows[s.row].Open, err)
}

// begin states path and sizes of a bar.
func (s *BarSource) begin(bar *market.Bar) error {
	var c num.Calc
	if s.row == 0 {
		s.quotes.begin(&c, bar.Volume)
		s.tape = tape{price: bar.O, buyer: !bar.C.Less(bar.O)}
	} else {
		s.quotes.fold(&c, s.rows[s.row-1].Volume)
	}
	var err error
	if s.shown, err = s.quotes.size(&c); err != nil {
		return err
	}
	s.path = Path(bar)
	if !bar.Volume.IsZero() {
		if err := s.split(&c, bar.Volume); err != nil {
			return err
		}
	}
	return c.Err()
}

// split divides a bar's volume into its trades.
func (s *BarSource) split(c *num.Calc, volume num.Quantity) error {
	lot := s.quotes.inst.Lot
	each, err := num.FloorTo(num.MulDown(c, volume, s.quarter, lot.Scale()), lot)
	if err != nil {
		return err
	}
	if each.IsZero() { // not a lot for each trade, yet the market was at each point
		each = num.Mul(c, volume, s.quarter)
	}
	s.each = each
	s.last = num.Sub(c, num.Sub(c, num.Sub(c, volume, each), each), each)
	return nil
}

// trade is the print at a point of the path.
func (s *BarSource) trade(point int) market.Trade {
	size := s.each
	if point == points-1 {
		size = s.last
	}
	return s.tape.print(s.path[point], size)
}

// print numbers the next trade and states its side: with the price.
func (t *tape) print(p num.Price, size num.Quantity) market.Trade {
	if d := p.Cmp(t.price); d != 0 {
		t.buyer = d > 0
	}
	t.price = p
	t.count++
	return market.Trade{ID: t.count, Price: p, Size: size, Buyer: t.buyer}
}

// Path returns the prices that a bar is taken to have passed: open, nearer
// extreme, farther extreme, close.
func Path(bar *market.Bar) [points]num.Price {
	var c num.Calc
	up, down := num.Sub(&c, bar.H, bar.O), num.Sub(&c, bar.O, bar.L)
	highFirst := up.Less(down) || up == down && bar.C.Less(bar.O)
	if c.Err() != nil { // digits too far apart to subtract: the bar's direction decides
		highFirst = bar.C.Less(bar.O)
	}
	if highFirst {
		return [points]num.Price{bar.O, bar.H, bar.L, bar.C}
	}
	return [points]num.Price{bar.O, bar.L, bar.H, bar.C}
}
