package server

import (
	"sort"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// barsMax bounds the bars kept of an instrument: 90 days of minutes. When it
// is reached the oldest third is forgotten.
const barsMax = 90 * 1440

// candles are the closed bars of an instrument, oldest first, and
// the same by the hour for the day's figures.
type candles struct {
	bars  []market.Bar
	hours []hour
}

// hour is one hour of trading.
type hour struct {
	bar      market.Bar
	turnover num.Money // each bar's volume at its close, cut to eight decimals
}

// add appends a closed bar. A bar that is not later than the last is dropped:
// history and market may overlap by one.
func (c *candles) add(b *market.Bar) {
	if n := len(c.bars); n > 0 && b.Open <= c.bars[n-1].Open {
		return
	}
	if len(c.bars) >= barsMax {
		c.bars = append(c.bars[:0], c.bars[barsMax/3:]...)
	}
	c.bars = append(c.bars, *b)
	c.addHour(b)
}

func (c *candles) addHour(b *market.Bar) {
	var sum num.Calc
	worth := num.RoundDown(num.Cost(&sum, b.C, b.Volume), 8)
	open := market.Hour.Open(b.Open)
	n := len(c.hours)
	if n == 0 || c.hours[n-1].bar.Open != open {
		c.hours = append(c.hours, hour{merge([]market.Bar{*b}, open, market.Hour), worth})
		return
	}
	h := &c.hours[n-1]
	h.bar = merge([]market.Bar{h.bar, *b}, open, market.Hour)
	h.turnover = num.Add(&sum, h.turnover, worth)
}

// last returns the newest closed bar, or nil.
func (c *candles) last() *market.Bar {
	if len(c.bars) == 0 {
		return nil
	}
	return &c.bars[len(c.bars)-1]
}

// newest returns at most limit candles of length tf that opened within
// [from, to], newest first. The newest may still be open. There are none of a
// length that the bars are not a part of.
func (c *candles) newest(tf market.Timeframe, from, to market.Time, limit int) []market.Bar {
	var out []market.Bar
	if len(c.bars) == 0 || tf%c.bars[0].Timeframe != 0 {
		return nil
	}
	end := sort.Search(len(c.bars), func(i int) bool { return tf.Open(c.bars[i].Open) > to })
	for end > 0 && len(out) < limit {
		open := tf.Open(c.bars[end-1].Open)
		if open < from {
			break
		}
		start := sort.Search(end, func(i int) bool { return c.bars[i].Open >= open })
		if start == 0 && c.bars[0].Open != open && len(out) > 0 {
			break // its beginning is not remembered: half a candle is none
		}
		out = append(out, merge(c.bars[start:end], open, tf))
		end = start
	}
	return out
}

// merge makes one bar of several.
func merge(bars []market.Bar, open market.Time, tf market.Timeframe) market.Bar {
	var sum num.Calc
	m := bars[0]
	m.Open, m.Timeframe = open, tf
	for i := range bars[1:] {
		b := &bars[i+1]
		m.H, m.L, m.C = m.H.Max(b.H), m.L.Min(b.L), b.C
		m.Volume = num.Add(&sum, m.Volume, b.Volume)
	}
	return m
}

// day fills in the figures of the last 24 hours, the running one included.
func (c *candles) day(t *Ticker) {
	if len(c.hours) == 0 {
		return
	}
	newest := c.hours[len(c.hours)-1].bar.Open
	start := sort.Search(len(c.hours), func(i int) bool { return c.hours[i].bar.Open > newest.Add(-24*time.Hour) })
	hours := c.hours[start:]
	var sum num.Calc
	m, worth := hours[0].bar, hours[0].turnover
	for i := range hours[1:] {
		m = merge([]market.Bar{m, hours[i+1].bar}, m.Open, market.Day)
		worth = num.Add(&sum, worth, hours[i+1].turnover)
	}
	today := sort.Search(len(hours), func(i int) bool { return hours[i].bar.Open >= newest.Floor(24*time.Hour) })
	t.Open, t.High, t.Low, t.OpenUTC0 = m.O, m.H, m.L, hours[today].bar.O
	t.BaseVolume, t.QuoteVolume = m.Volume.Money(), worth
}
