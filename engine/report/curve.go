package report

import (
	"slices"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// day is how long the periods of a run's statistics are.
const day = 24 * time.Hour

// Point is the equity at a time.
type Point struct {
	At     market.Time `json:"at"`
	Equity num.Money   `json:"equity"`
}

// Fall is the deepest fall of the equity from a height it had reached.
type Fall struct {
	From      market.Time `json:"from"`               // when it stood highest
	Bottom    market.Time `json:"bottom"`             // when it stood lowest after that
	Recovered market.Time `json:"recovered,omitzero"` // when it stood as high again; zero if it never did
	Pct       float64     `json:"pct"`                // of the height
}

// Curve is the equity of a run: its value at the end of each UTC day and its
// deepest fall, in memory that grows by days.
type Curve struct {
	start, last Point
	today       market.Time // the UTC day of the newest mark
	days        []Point     // the last mark of each day that ended
	deepest     Fall
	peak        float64
	peakAt      market.Time
	high        bool // the newest mark is the peak
	running     Fall // since the newest height
}

// mark takes the equity at a time. What is before the first equity that is not
// zero is not counted: the account is not known yet.
func (c *Curve) mark(at market.Time, equity num.Money) {
	if c.start.At == 0 {
		if equity.IsZero() {
			return
		}
		c.start, c.today = Point{at, equity}, at.Floor(day)
		c.peak, c.peakAt = equity.Float(), at
	}
	for end := c.today.Add(day); end < at; end = c.today.Add(day) { // a mark at midnight ends the day before it
		c.days, c.today = append(c.days, c.last), end
	}
	if equity == c.last.Equity { // the usual case: nothing is held
		if c.last.At = at; c.high {
			c.peakAt = at
		}
		return
	}
	c.last = Point{at, equity}
	c.fall(at, equity.Float())
}

func (c *Curve) fall(at market.Time, equity float64) {
	if c.high = equity >= c.peak; c.high {
		if c.running.Pct > 0 && c.running.From == c.deepest.From {
			c.deepest.Recovered = at
		}
		c.peak, c.peakAt, c.running = equity, at, Fall{}
		return
	}
	if c.peak <= 0 {
		return
	}
	if pct := 100 * (c.peak - equity) / c.peak; pct > c.running.Pct {
		c.running = Fall{From: c.peakAt, Bottom: at, Pct: pct}
		if pct > c.deepest.Pct {
			c.deepest = c.running
		}
	}
}

// Month is a calendar month of UTC days and what it returned, as a share.
type Month struct {
	At     market.Time // within it
	Return float64
}

// Months are the returns by month; the first and the last may be parts of one.
func (c *Curve) Months() []Month {
	if c.start.At == 0 {
		return nil
	}
	var months []Month
	ends := append(slices.Clone(c.days), c.last)
	before := c.start.Equity.Float()
	for i := range ends {
		at := ends[i].At.Add(-1).Std() // what ends at midnight is of the day before
		if n := len(months); n == 0 || months[n-1].At.Std().Month() != at.Month() || months[n-1].At.Std().Year() != at.Year() {
			if n > 0 {
				before = ends[i-1].Equity.Float()
			}
			months = append(months, Month{})
		}
		months[len(months)-1] = Month{market.TimeOf(at), ends[i].Equity.Float()/before - 1}
	}
	return months
}

// Deepest returns the deepest fall; its Pct is zero where there was none.
func (c *Curve) Deepest() Fall { return c.deepest }

// Returns are the run's returns by UTC day, as shares of the equity before;
// the first and the last day may be parts of one.
func (c *Curve) Returns() []float64 {
	if c.start.At == 0 {
		return nil
	}
	returns := make([]float64, 0, len(c.days)+1)
	before := c.start.Equity.Float()
	for i := range len(c.days) + 1 {
		after := c.last.Equity.Float()
		if i < len(c.days) {
			after = c.days[i].Equity.Float()
		}
		if before > 0 {
			returns = append(returns, after/before-1)
		}
		before = after
	}
	return returns
}

// meanEquity is the mean over the ends of the days.
func (c *Curve) meanEquity() float64 {
	sum := c.last.Equity.Float()
	for _, p := range c.days {
		sum += p.Equity.Float()
	}
	return sum / float64(len(c.days)+1)
}
