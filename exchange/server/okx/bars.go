package okx

import (
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/server"
)

// bar is a length of candles as clients name it. Those of months have no
// length of their own.
type bar struct {
	name   string
	length time.Duration
	months int
	utc    bool // its boundaries are UTC's, else those of UTC+8
}

// bars lists the lengths. Up to four hours both kinds of boundaries are the
// same.
var bars = [...]bar{
	{"1m", time.Minute, 0, true},
	{"3m", 3 * time.Minute, 0, true},
	{"5m", 5 * time.Minute, 0, true},
	{"15m", 15 * time.Minute, 0, true},
	{"30m", 30 * time.Minute, 0, true},
	{"1H", time.Hour, 0, true},
	{"2H", 2 * time.Hour, 0, true},
	{"4H", 4 * time.Hour, 0, true},
	{"6H", 6 * time.Hour, 0, false},
	{"12H", 12 * time.Hour, 0, false},
	{"1D", 24 * time.Hour, 0, false},
	{"2D", 48 * time.Hour, 0, false},
	{"3D", 72 * time.Hour, 0, false},
	{"5D", 120 * time.Hour, 0, false},
	{"1W", 168 * time.Hour, 0, false},
	{"1M", 0, 1, false},
	{"3M", 0, 3, false},
	{"6Hutc", 6 * time.Hour, 0, true},
	{"12Hutc", 12 * time.Hour, 0, true},
	{"1Dutc", 24 * time.Hour, 0, true},
	{"2Dutc", 48 * time.Hour, 0, true},
	{"3Dutc", 72 * time.Hour, 0, true},
	{"5Dutc", 120 * time.Hour, 0, true},
	{"1Wutc", 168 * time.Hour, 0, true},
	{"1Mutc", 0, 1, true},
	{"3Mutc", 0, 3, true},
}

func barOf(name string) (bar, bool) {
	for _, b := range bars {
		if b.name == name {
			return b, true
		}
	}
	return bar{}, false
}

// zone is how far the boundaries of a bar are before UTC's.
func (b bar) zone() time.Duration {
	if b.utc {
		return 0
	}
	return 8 * time.Hour
}

// open returns when the candle that t is in began.
func (b bar) open(t market.Time) market.Time {
	local := t.Add(b.zone())
	if b.months == 0 {
		return market.Timeframe(b.length).Open(local).Add(-b.zone())
	}
	d := local.Std().UTC()
	month := (int(d.Month())-1)/b.months*b.months + 1
	return market.TimeOf(time.Date(d.Year(), time.Month(month), 1, 0, 0, 0, 0, time.UTC)).Add(-b.zone())
}

// end returns when the candle that t is in ends.
func (b bar) end(t market.Time) market.Time {
	open := b.open(t)
	if b.months == 0 {
		return open.Add(b.length)
	}
	d := open.Add(b.zone()).Std().UTC()
	return market.TimeOf(d.AddDate(0, b.months, 0)).Add(-b.zone())
}

// part is the length of the candles that b is made of.
func (b bar) part() market.Timeframe {
	if b.months == 0 && b.utc {
		return market.Timeframe(b.length)
	}
	return market.Hour
}

// candle is one candle with whether it is final.
type candle struct {
	market.Bar
	final bool
}

// row writes a candle. The exchange keeps no turnover of a bar: it is the
// volume at the close.
func (c *candle) row() [9]string {
	var k num.Calc
	worth := num.RoundDown(num.Cost(&k, c.C, c.Volume), 8).String()
	confirm := "0"
	if c.final {
		confirm = "1"
	}
	return [9]string{milli(c.Open), c.O.String(), c.H.String(), c.L.String(), c.C.String(), c.Volume.String(), worth, worth, confirm}
}

// candles returns at most limit candles that opened within [from, to], newest
// first, the running one included.
func candles(s *server.State, id string, b bar, from, to market.Time, limit int) []candle {
	rows, to := b.parts(s, id, from, to, limit)
	var closed market.Time // what ends by then is final
	if running, ok := s.Running(id, b.part()); ok {
		closed = running.Open
		if running.Open >= from && running.Open <= to {
			if len(rows) > 0 && rows[0].Open == running.Open {
				rows = rows[1:]
			}
			rows = append([]market.Bar{running}, rows...)
		}
	}
	return gather(rows, b, from, closed, limit)
}

// parts returns what candles are made of that opened within [from, to], newest
// first, the running one not included, and when the last of it may open.
func (b bar) parts(s *server.State, id string, from, to market.Time, limit int) ([]market.Bar, market.Time) {
	part := b.part()
	parts := 1
	if span := b.end(0).Sub(b.open(0)); market.Timeframe(span) != part {
		parts = int(31 * 24 * time.Hour * time.Duration(max(1, b.months)) / time.Duration(part))
	}
	if parts > 1 && to < 1<<62 {
		to = b.end(to) - 1
	}
	return s.Candles(id, part, from, to, limit*parts), to
}

// gather makes candles of shorter ones, newest first. What ends by closed is
// final.
func gather(rows []market.Bar, b bar, from, closed market.Time, limit int) []candle {
	var out []candle
	for i := range rows {
		r := &rows[i]
		open := b.open(r.Open)
		if open < from {
			break
		}
		if n := len(out); n > 0 && out[n-1].Open == open {
			out[n-1].include(r)
			continue
		}
		if len(out) == limit {
			break
		}
		one := candle{*r, b.end(open) <= closed}
		one.Open = open
		out = append(out, one)
	}
	return out
}

// include takes in an earlier part.
func (c *candle) include(earlier *market.Bar) {
	var sum num.Calc
	c.O, c.H, c.L = earlier.O, c.H.Max(earlier.H), c.L.Min(earlier.L)
	c.Volume = num.Add(&sum, c.Volume, earlier.Volume)
}
