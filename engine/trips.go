package engine

import (
	"math"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/portfolio"
)

// trips is what a strategy's fills say of its round trips, each from one flat
// to the next. It follows from the fills, so it is as durable as they are.
type trips struct {
	ended  int64       // so many
	exit   market.Time // when the newest one did
	today  int         // in the day that begins at day
	day    market.Time
	losses int       // in a row
	pct    float64   // what the newest one made, percent of its cost
	before num.Money // realised before the one under way
	paid   num.Money // for all that it bought, with fees
	last   FillView  // the newest fill
	filled bool
}

// book folds a fill in, with the position before and after it. A position
// below the exchange's minimum is flat.
func (t *trader) book(f *order.Fill, before, after *portfolio.Position, least num.Quantity) {
	s := &t.trips
	s.last, s.filled = FillView{f.Price.Float(), f.Quantity.Float()}, true
	wasFlat, flat := before.Quantity.Less(least), after.Quantity.Less(least)
	var c num.Calc
	if wasFlat {
		s.before, s.paid = before.Realised, num.Money{}
	}
	if f.Side == order.Buy {
		s.paid = num.Add(&c, s.paid, num.Sub(&c, after.Cost, before.Cost))
	}
	if wasFlat || !flat {
		return
	}
	made := num.Sub(&c, after.Realised, s.before)
	if c.Err() != nil {
		return // beyond 19 digits: no amount of ours depends on it
	}
	s.close(f.At, made, t)
}

// close ends a round trip.
func (s *trips) close(at market.Time, made num.Money, t *trader) {
	s.ended++
	s.exit = at
	s.pct = 0
	if paid := s.paid.Float(); paid > 0 {
		s.pct = 100 * made.Float() / paid
	}
	if start := t.dayStart(at); start == s.day {
		s.today++
	} else {
		s.day, s.today = start, 1
	}
	s.losses++
	if made.Sign() >= 0 {
		s.losses = 0
	}
}

// tradesView is trades.* at a time. Bars since the exit are counted as
// position.bars are: one once the bar in which it happened closed.
func (t *trader) tradesView(at market.Time) TradesView {
	s := &t.trips
	v := TradesView{LossesInRow: float64(s.losses), LastPnLPct: s.pct, BarsSinceExit: math.Inf(1)}
	if s.ended == 0 {
		return v
	}
	if s.day == t.dayStart(at) {
		v.Today = float64(s.today)
	}
	series := &t.strategy.Series
	span := series.Open(max(at, t.bar.Close())).Sub(series.Open(s.exit))
	v.BarsSinceExit = float64(max(span/series.Timeframe.Duration(), 0))
	return v
}

// lastFill is last_fill.*.
func (s *trips) lastFill() FillView {
	if !s.filled {
		return FillView{math.NaN(), math.NaN()}
	}
	return s.last
}

// calendar remembers the day of a strategy that was asked for last.
type calendar struct{ from, to market.Time }

// dayStart returns when the strategy's day that a time falls into began, by
// the wall clock of its zone.
func (t *trader) dayStart(at market.Time) market.Time {
	c := &t.calendar
	if c.from <= at && at < c.to {
		return c.from
	}
	zone := t.strategy.Zone
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := at.Std().In(zone).Date()
	begins := func(d int) market.Time {
		return market.TimeOf(time.Date(y, m, d, 0, 0, 0, int(t.strategy.Day), zone))
	}
	for d++; begins(d) > at; { // today or, before its beginning, yesterday
		d--
	}
	c.from, c.to = begins(d), begins(d+1)
	return c.from
}

// today reports whether a time that has passed is of the same day of the
// strategy as now.
func (t *trader) today(now, passed market.Time) bool { return passed >= t.dayStart(now) }
