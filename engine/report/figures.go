package report

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Figure is one number that a trader judges a run by.
type Figure struct {
	Key        string // as JSON and tables call it
	Name       string // as a person reads it
	Unit       string // "%", "quote" for the account's currency, "days", "count", or ""
	Definition string // how it is computed
	Source     string // who defined it, where it is not plain
	of         func(*Run) (float64, bool)
}

// Of returns the figure of a run, and whether the run can tell: a mean needs
// something to be the mean of, and a yearly figure a month of days.
func (f *Figure) Of(r *Run) (float64, bool) {
	v, ok := f.of(r)
	return v, ok && !math.IsNaN(v) && !math.IsInf(v, 0)
}

const (
	year = 365 * day
	// leastDays is how many daily returns a yearly figure needs: from fewer,
	// one day more would tell another story.
	leastDays = 30
)

// Figures are all figures, in the order in which they are shown.
func Figures() []Figure {
	return []Figure{
		{"total_return_pct", "total return", "%", "Equity at the end over equity at the start, less one.", "", (*Run).totalReturn},
		{"buy_and_hold_pct", "buy and hold", "%", "The same money put into the run's instruments in equal parts at their first close, valued at their last; no fee.", "", (*Run).buyAndHold},
		{"annual_return_pct", "annual return", "%", "The yearly rate that compounds to the total return: (end / start)^(365 days / length) - 1. Needs 30 days.", "compound annual growth rate", (*Run).annualReturn},
		{"volatility_pct", "volatility", "%", "Standard deviation (n - 1) of the daily returns × √365. Days are UTC, the first and last may be parts of one. Needs 30 days.", "", (*Run).volatility},
		{"sharpe", "Sharpe ratio", "", "Mean of the daily returns over their standard deviation (n - 1), × √365; the riskless rate is taken as zero. Needs 30 days.", "Sharpe 1994, The Sharpe Ratio", (*Run).sharpe},
		{"sortino", "Sortino ratio", "", "Mean of the daily returns over their downside deviation, the root of the mean over all days of min(0, return)², × √365; the target is zero. Needs 30 days.", "Sortino and Price 1994, Performance Measurement in a Downside Risk Framework", (*Run).sortino},
		{"calmar", "Calmar ratio", "", "Annual return over the maximum drawdown of the run. Needs 30 days.", "Young 1991, Calmar Ratio: A Smoother Tool", (*Run).calmar},
		{"max_drawdown_pct", "maximum drawdown", "%", "The deepest fall of the equity below a height it had reached, of that height; looked at with every bar and every change.", "", (*Run).drawdown},
		{"max_drawdown_days", "its length", "days", "From that height until the equity stood as high again, or until the end.", "", (*Run).drawdownDays},
		{"trades", "trades", "count", "Round trips that ended: from the buy that opened a position to the sale that left less than can be sold alone.", "", func(r *Run) (float64, bool) { return float64(len(r.closed())), true }},
		{"win_rate_pct", "win rate", "%", "Trades that made more than nothing, after fees, of all that ended.", "", (*Run).winRate},
		{"profit_factor", "profit factor", "", "What the winning trades made over what the losing ones lost.", "", (*Run).profitFactor},
		{"expectancy", "expectancy", "quote", "Mean profit of a trade, after fees.", "", (*Run).expectancy},
		{"average_win", "average win", "quote", "Mean profit of the trades that made more than nothing.", "", func(r *Run) (float64, bool) { return r.average(1) }},
		{"average_loss", "average loss", "quote", "Mean profit of the trades that lost; below zero.", "", func(r *Run) (float64, bool) { return r.average(-1) }},
		{"losing_streak", "longest losing streak", "count", "Most trades in a row, by their end, that lost.", "", (*Run).losingStreak},
		{"mae_pct", "mean adverse excursion", "%", "Mean over the trades of how far the price fell below the mean entry while they were on, of that entry.", "Sweeney 1997, Maximum Adverse Excursion", func(r *Run) (float64, bool) { return r.mean((*Trade).Adverse) }},
		{"mfe_pct", "mean favourable excursion", "%", "The same for how far it rose above.", "Sweeney 1997, Maximum Adverse Excursion", func(r *Run) (float64, bool) { return r.mean((*Trade).Favourable) }},
		{"exposure_pct", "exposure", "%", "Share of the run during which any strategy held something.", "", (*Run).exposure},
		{"turnover", "turnover", "", "Value of all fills over the mean of the daily equity.", "", (*Run).turnover},
		{"fees", "fees paid", "quote", "All fees, those in another currency at the price of their fill; a rebate counts against them.", "", func(r *Run) (float64, bool) { return r.sum(func(t *Trade) float64 { return t.Fees.Float() }), true }},
		{"slippage", "slippage paid", "quote", "What the fills cost more, or sold for less, than the last price when the order was decided.", "Perold 1988, The Implementation Shortfall, without its opportunity cost", func(r *Run) (float64, bool) {
			return r.sum(func(t *Trade) float64 { return t.Slippage.Float() }), true
		}},
	}
}

func (r *Run) totalReturn() (float64, bool) {
	start, end := r.Curve.start.Equity.Float(), r.Curve.last.Equity.Float()
	return 100 * (end/start - 1), start > 0
}

func (r *Run) buyAndHold() (float64, bool) {
	sum := 0.0
	for i := range r.Held {
		sum += 100 * (r.Held[i].Last.Float()/r.Held[i].First.Float() - 1)
	}
	return sum / float64(len(r.Held)), len(r.Held) > 0
}

// yearly returns the daily returns where there are enough of them.
func (r *Run) yearly() ([]float64, bool) {
	returns := r.Curve.Returns()
	return returns, len(returns) >= leastDays
}

func (r *Run) annualReturn() (float64, bool) {
	c := &r.Curve
	if _, ok := r.yearly(); !ok {
		return 0, false
	}
	years := float64(c.last.At.Sub(c.start.At)) / float64(year)
	return 100 * (math.Pow(c.last.Equity.Float()/c.start.Equity.Float(), 1/years) - 1), true
}

func (r *Run) volatility() (float64, bool) {
	returns, ok := r.yearly()
	_, deviation := moments(returns)
	return annualised(100 * deviation), ok
}

func (r *Run) sharpe() (float64, bool) {
	returns, ok := r.yearly()
	return annualised(sharpe(returns)), ok
}

// sharpe is the mean return over the standard deviation, for one period.
func sharpe(returns []float64) float64 {
	mean, deviation := moments(returns)
	return mean / deviation
}

func (r *Run) sortino() (float64, bool) {
	returns, ok := r.yearly()
	return annualised(sortino(returns)), ok
}

// sortino is the mean return over the downside deviation, for one period.
func sortino(returns []float64) float64 {
	mean, _ := moments(returns)
	squares := 0.0
	for _, x := range returns {
		squares += float64(min(0, x) * min(0, x))
	}
	return mean / math.Sqrt(squares/float64(len(returns)))
}

func (r *Run) calmar() (float64, bool) {
	annual, ok := r.annualReturn()
	return annual / r.Curve.deepest.Pct, ok && r.Curve.deepest.Pct > 0
}

// annualised turns a figure of days into one of a year of them.
func annualised(x float64) float64 { return x * math.Sqrt(float64(year/day)) }

// moments returns the mean and the standard deviation (n - 1).
func moments(x []float64) (mean, deviation float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	squares := 0.0
	for _, v := range x {
		squares += float64((v - mean) * (v - mean))
	}
	return mean, math.Sqrt(squares / float64(len(x)-1))
}

func (r *Run) drawdown() (float64, bool) { return r.Curve.deepest.Pct, r.Curve.start.At != 0 }

func (r *Run) drawdownDays() (float64, bool) {
	d := r.Curve.deepest
	end := d.Recovered
	if end == 0 {
		end = r.Curve.last.At
	}
	return float64(end.Sub(d.From)) / float64(day), d.Pct > 0
}

// closed returns the trades that ended.
func (r *Run) closed() []*Trade {
	var ended []*Trade
	for i := range r.Trades {
		if t := &r.Trades[i]; t.Closed != 0 {
			ended = append(ended, t)
		}
	}
	return ended
}

func (r *Run) winRate() (float64, bool) {
	ended, won := r.closed(), 0
	for _, t := range ended {
		if t.Profit.Sign() > 0 {
			won++
		}
	}
	return percent(float64(won), float64(len(ended))), len(ended) > 0
}

func (r *Run) profitFactor() (float64, bool) {
	won, lost := 0.0, 0.0
	for _, t := range r.closed() {
		won += max(0, t.Profit.Float())
		lost -= min(0, t.Profit.Float())
	}
	return won / lost, lost > 0
}

func (r *Run) expectancy() (float64, bool) {
	return r.mean(func(t *Trade) float64 { return t.Profit.Float() })
}

// average is the mean profit of the trades whose profit has a sign.
func (r *Run) average(sign int) (float64, bool) {
	sum, n := 0.0, 0
	for _, t := range r.closed() {
		if t.Profit.Sign() == sign {
			sum += t.Profit.Float()
			n++
		}
	}
	return sum / float64(n), n > 0
}

func (r *Run) mean(of func(*Trade) float64) (float64, bool) {
	sum, ended := 0.0, r.closed()
	for _, t := range ended {
		sum += of(t)
	}
	return sum / float64(len(ended)), len(ended) > 0
}

// sum adds up over all trades, those that are on included.
func (r *Run) sum(of func(*Trade) float64) float64 {
	sum := 0.0
	for i := range r.Trades {
		sum += of(&r.Trades[i])
	}
	return sum
}

func (r *Run) losingStreak() (float64, bool) {
	ended := r.closed()
	slices.SortStableFunc(ended, func(a, b *Trade) int { return cmp.Compare(a.Closed, b.Closed) })
	longest, now := 0, 0
	for _, t := range ended {
		if now++; t.Profit.Sign() >= 0 {
			now = 0
		}
		longest = max(longest, now)
	}
	return float64(longest), len(ended) > 0
}

// exposure is the length of the union of all trades.
func (r *Run) exposure() (float64, bool) {
	from, to := r.Curve.start.At, r.Curve.last.At
	var held time.Duration
	end := from
	for i := range r.Trades { // by their opening
		t := &r.Trades[i]
		closed := t.Closed
		if closed == 0 {
			closed = to
		}
		if begin := max(t.Opened, end); begin < closed {
			held += closed.Sub(begin)
			end = closed
		}
	}
	return 100 * float64(held) / float64(to.Sub(from)), to > from
}

func (r *Run) turnover() (float64, bool) {
	sum := r.sum(func(t *Trade) float64 { return t.bought.Float() + t.sold.Float() })
	mean := r.Curve.meanEquity()
	return sum / mean, mean > 0
}
