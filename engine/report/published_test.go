package report_test

import (
	"fmt"
	"math"
	"testing"

	"rulebot/engine"
	"rulebot/engine/num"
	"rulebot/engine/report"
)

// months is a run of some months of 365/12 days whose equity is marked each
// day, and moves by a return on the last day of each.
func months(t *testing.T, returns ...float64) *report.Run {
	t.Helper()
	const month = 365 * 24 * 60 / 12
	tally := report.New(nil)
	mark := func(minute int, equity float64) {
		tally.See(&engine.Event{Kind: engine.KindQuote, At: at(minute)}, &engine.Outcome{})
		tally.Mark(num.MustMoney(fmt.Sprintf("%.9f", equity)))
	}
	equity := 1e6
	mark(0, equity)
	for i, r := range returns {
		for minute := i * month; minute < (i+1)*month; minute += 24 * 60 {
			mark(minute, equity)
		}
		equity *= 1 + r
		mark((i+1)*month, equity)
	}
	run, err := tally.Run()
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// TestReturnsOfPublishedExamples: what the tests of empyrical (quantopian,
// empyrical/tests/test_stats.py) expect of its monthly, daily and falling
// returns.
func TestReturnsOfPublishedExamples(t *testing.T) {
	daily := []float64{.01, .10, -.04, .02, .03, .02, .01, -.10}
	monthly := append([]float64{0}, daily...)
	falling := []float64{0, -.06, -.07, -.01, -.09, -.02, -.06, -.08, -.05}
	_, deviation := report.Moments(daily)
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"volatility of days, 252 a year", deviation * math.Sqrt(252), 0.9136465399704637},
		{"total return", known(t, months(t, monthly...), "total_return_pct"), 100 * 0.038931091700480147},
		{"annual return", known(t, months(t, monthly...), "annual_return_pct"), 100 * 0.052242061386048144},
		{"maximum drawdown", known(t, months(t, monthly...), "max_drawdown_pct"), 100 * 0.1},
		{"Calmar ratio", known(t, months(t, monthly...), "calmar"), 0.52242061386048144},
		{"total return, falling", known(t, months(t, falling...), "total_return_pct"), 100 * -0.36590730349873601},
		{"maximum drawdown, falling", known(t, months(t, falling...), "max_drawdown_pct"), 100 * 0.36590730349873601},
	} {
		if !near(c.got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, c.got, c.want)
		}
	}
}

func known(t *testing.T, r *report.Run, key string) float64 {
	t.Helper()
	v, ok := figure(t, r, key)
	if !ok {
		t.Errorf("%s is not told", key)
	}
	return v
}

// ended is a run of trades that made so much each, in that order.
func ended(profits ...int64) *report.Run {
	var r report.Run
	for i, p := range profits {
		r.Trades = append(r.Trades, report.Trade{Opened: at(i), Closed: at(i + 1), Profit: num.MoneyOf(p, 2)})
	}
	return &r
}

// plan is wins of some cents and then losses.
func plan(wins int, won int64, losses int, lost int64) []int64 {
	var all []int64
	for range wins {
		all = append(all, won)
	}
	for range losses {
		all = append(all, -lost)
	}
	return all
}

// testerReport are trades with the sums of a report of MetaTrader 4's strategy
// tester that the tests of py-metatrader hold: 304 made 5640.39, 928 lost
// 5551.66, at most 30 of them in a row.
func testerReport() []int64 {
	won, lost := shares(564_039, 304), shares(555_166, 928)
	var all []int64
	for i := range lost {
		if i >= 30 && i%3 == 0 && len(won) > 0 || i == 30 {
			all, won = append(all, won[0]), won[1:]
		}
		all = append(all, -lost[i])
	}
	return append(all, won...)
}

// shares parts a sum into so many amounts, a cent apart at most.
func shares(sum int64, n int) []int64 {
	all := make([]int64, n)
	for i := range all {
		all[i] = sum*int64(i+1)/int64(n) - sum*int64(i)/int64(n)
	}
	return all
}

// TestTradesOfPublishedExamples: to the digits that are printed there.
func TestTradesOfPublishedExamples(t *testing.T) {
	for _, c := range []struct {
		source string
		trades []int64
		want   map[string]float64
		digits float64
	}{
		{"NetPicks, trade plan 1", plan(9, 100, 1, 2000), map[string]float64{"profit_factor": 0.45, "expectancy": -1.10}, 1e-9},
		{"NetPicks, trade plan 2", plan(1, 1800, 9, 100), map[string]float64{"profit_factor": 2, "expectancy": 0.90}, 1e-9},
		{"NetPicks, trade plan 3", plan(5, 1000, 5, 500), map[string]float64{"profit_factor": 2, "expectancy": 2.50}, 1e-9},
		{"MetaTrader 4", testerReport(), map[string]float64{
			"trades": 1232, "win_rate_pct": 24.68, "profit_factor": 1.02, "expectancy": 0.07, "average_win": 18.55, "average_loss": -5.98, "losing_streak": 30,
		}, 0.005},
	} {
		for key, want := range c.want {
			if got := known(t, ended(c.trades...), key); math.Abs(got-want) > c.digits {
				t.Errorf("%s: %s is %v, want %v", c.source, key, got, want)
			}
		}
	}
}
