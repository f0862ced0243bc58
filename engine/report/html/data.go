package html

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/report"
)

// data is everything that the charts draw.
func (p *Page) data() (*data, error) {
	d := &data{Quote: p.Quote, Markets: []marketData{}, Trades: []tradeData{}}
	var c columns
	d.Times, d.Equity = c.times(p.Track.Times), c.numbers(p.Track.Equity)
	for i := range p.Track.Markets {
		course := &p.Track.Markets[i]
		m := marketData{
			Instrument: course.Instrument, Times: c.times(course.Times),
			High: c.numbers(course.High), Low: c.numbers(course.Low), Close: c.numbers(course.Close),
			Lines: []lineData{}, Fills: []fillData{},
		}
		for k := range p.Lines {
			if l := &p.Lines[k]; l.Instrument == course.Instrument {
				m.Lines = append(m.Lines, lineData{Name: l.Strategy + " " + l.Name, Times: c.times(l.Times), Values: c.numbers(l.Values)})
			}
		}
		for k := range p.Run.Executions {
			if x := &p.Run.Executions[k]; x.Instrument == course.Instrument {
				m.Fills = append(m.Fills, fill(x))
			}
		}
		d.Markets = append(d.Markets, m)
	}
	for i := range p.Run.Trades {
		d.Trades = append(d.Trades, p.trade(&p.Run.Trades[i]))
	}
	return d, c.err
}

// columns packs series until the first error.
type columns struct{ err error }

func (c *columns) numbers(values []float64) column {
	packed, err := newColumn(values)
	if c.err == nil {
		c.err = err
	}
	return packed
}

func (c *columns) times(times []market.Time) column {
	seconds := make([]float64, len(times))
	for i, t := range times {
		seconds[i] = math.Floor(since(t))
	}
	return c.numbers(seconds)
}

// since is a time in seconds, as charts count.
func since(t market.Time) float64 { return float64(t.Milli()) / 1000 }

func fill(x *report.Execution) fillData {
	text := fmt.Sprintf("%s %s at %s, %s (%s)", x.Side, x.Quantity, x.Price, x.Rule, x.Decision)
	if x.Side == order.Sell {
		text += ", " + hundredths(x.Profit)
	}
	return fillData{At: since(x.At), Price: x.Price.Float(), Buy: x.Side == order.Buy, Text: text}
}

func (p *Page) trade(t *report.Trade) tradeData {
	d := tradeData{Opened: since(t.Opened), Closed: since(t.Closed), Market: t.Instrument, Profit: t.Profit.Float(), Pct: t.ProfitPct()}
	if t.Closed == 0 {
		d.Open, d.Closed = true, since(p.Track.Times[len(p.Track.Times)-1])
	}
	return d
}

// year is a line of the table of monthly returns.
type year struct {
	Year   int
	Months [12]cell
	Whole  cell
}

// cell is a return in percent; Known is false for months outside the run.
type cell struct {
	Pct   float64
	Known bool
}

// Text is the return for people.
func (c cell) Text() string {
	if !c.Known {
		return ""
	}
	text := strconv.FormatFloat(c.Pct, 'f', 2, 64)
	if text == "-0.00" {
		return "0.00"
	}
	return text
}

// Tone colours a cell: a number of 1 to 5, with its sign, by how much was made.
func (c cell) Tone() int {
	if !c.Known || c.Pct == 0 {
		return 0
	}
	tone := int(min(5, math.Ceil(math.Abs(c.Pct)/2)))
	if c.Pct < 0 {
		return -tone
	}
	return tone
}

// months compounds the daily returns of a run by month and year.
func months(c *report.Curve) []year {
	var years []year
	for _, r := range c.Months() {
		at := r.At.Std()
		if n := len(years); n == 0 || years[n-1].Year != at.Year() {
			years = append(years, year{Year: at.Year(), Whole: cell{Known: true}})
		}
		y := &years[len(years)-1]
		y.Months[at.Month()-1] = cell{100 * r.Return, true}
		y.Whole.Pct = 100 * ((1+y.Whole.Pct/100)*(1+r.Return) - 1)
	}
	return years
}

func clock(t market.Time) string {
	if t == 0 {
		return ""
	}
	return t.Std().Format("2006-01-02 15:04:05")
}

// spanText is how long a trade lasted.
func spanText(from, to market.Time) string {
	if to == 0 {
		return "on"
	}
	return to.Sub(from).Round(time.Second).String()
}

// hundredths rounds half away from zero to two digits.
func hundredths(m num.Money) string { return strconv.FormatFloat(m.Float(), 'f', 2, 64) }

// sign names the colour of an amount.
func sign(m num.Money) string {
	switch m.Sign() {
	case 1:
		return "gain"
	case -1:
		return "loss"
	}
	return ""
}
