package report

import (
	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// Track keeps a run bar by bar, for charts: what the market did and what the
// account was worth. It grows with the run: 8 bytes a number.
type Track struct {
	Markets []Course
	Times   []market.Time // of Equity: when a bar had closed
	Equity  []float64
}

// Course is one instrument, base bar by base bar.
type Course struct {
	Instrument       string
	Times            []market.Time // closes
	High, Low, Close []float64
	Gaps             []Gap
}

// Gap is a stretch of the data without a bar.
type Gap struct {
	From market.Time `json:"from"` // close of the bar before it
	To   market.Time `json:"to"`   // opening of the bar after it
	Bars int64       `json:"bars"` // that are missing
}

// See takes one event, and what the account is worth after it.
func (t *Track) See(ev *engine.Event, equity num.Money) {
	if ev.Kind != engine.KindBar {
		return
	}
	t.course(ev.Instrument).add(ev.At, &ev.Bar)
	if n := len(t.Times); n > 0 && t.Times[n-1] == ev.At {
		t.Equity[n-1] = equity.Float() // bars of several instruments close together
		return
	}
	t.Times, t.Equity = append(t.Times, ev.At), append(t.Equity, equity.Float())
}

func (t *Track) course(instrument string) *Course {
	for i := range t.Markets {
		if t.Markets[i].Instrument == instrument {
			return &t.Markets[i]
		}
	}
	t.Markets = append(t.Markets, Course{Instrument: instrument})
	return &t.Markets[len(t.Markets)-1]
}

func (c *Course) add(at market.Time, b *market.Bar) {
	if n := len(c.Times); n > 0 && b.Open > c.Times[n-1] {
		missing := int64(b.Open.Sub(c.Times[n-1]) / b.Timeframe.Duration())
		c.Gaps = append(c.Gaps, Gap{From: c.Times[n-1], To: b.Open, Bars: missing})
	}
	c.Times = append(c.Times, at)
	c.High, c.Low, c.Close = append(c.High, b.H.Float()), append(c.Low, b.L.Float()), append(c.Close, b.C.Float())
}
