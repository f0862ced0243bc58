package report_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/report"
)

// near compares to nine digits.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(b)) }

// TestRatiosOfPublishedExamples: the figures of others, to the digits they
// print. The returns are those of the examples.
func TestRatiosOfPublishedExamples(t *testing.T) {
	yearly := []float64{.17, .15, .23, -.05, .12, .09, .13, -.04}
	daily := []float64{.01, .10, -.04, .02, .03, .02, .01, -.10}
	for _, tc := range []struct {
		source string
		got    float64
		want   float64
		digits float64
	}{
		{"Rollinger and Hoffman, Sortino: A Sharper Ratio", report.Sortino(yearly), 4.417, 1e-3},
		{"tests of empyrical, 252 days a year", report.Sharpe(daily) * math.Sqrt(252), 1.7238613961706866, 1e-12},
		{"tests of empyrical, 252 days a year", report.Sortino(daily) * math.Sqrt(252), 2.605531251673693, 1e-12},
	} {
		if math.Abs(tc.got-tc.want) > tc.digits {
			t.Errorf("%s: got %v, want %v", tc.source, tc.got, tc.want)
		}
	}
}

// marked is a run whose equity stands so at the end of each day.
func marked(equity ...float64) *report.Run {
	tally := report.New(nil)
	for i, e := range equity {
		tally.See(&engine.Event{Kind: engine.KindQuote, At: at(i * 24 * 60)}, &engine.Outcome{})
		tally.Mark(num.MustMoney(fmt.Sprint(e)))
	}
	run, err := tally.Run()
	if err != nil {
		panic(err)
	}
	return run
}

func figure(t *testing.T, r *report.Run, key string) (float64, bool) {
	t.Helper()
	v, ok := r.Values().Of(key)
	if math.IsNaN(v) {
		t.Fatalf("no figure %s", key)
	}
	return v, ok
}

// TestDeepestFall is the example of Investopedia's page on maximum drawdown:
// 500, 750, 400, 600, 350, 800 thousand.
func TestDeepestFall(t *testing.T) {
	r := marked(500, 750, 400, 600, 350, 800)
	if got, _ := figure(t, r, "max_drawdown_pct"); !near(got, 100*400.0/750) {
		t.Errorf("got %v, want 53.33", got)
	}
	if got, _ := figure(t, r, "max_drawdown_days"); !near(got, 4) { // from the second day to the sixth
		t.Errorf("lasted %v days, want 4", got)
	}
	if got, _ := figure(t, marked(500, 750, 400, 600), "max_drawdown_days"); !near(got, 2) {
		t.Errorf("lasted %v days to the end, want 2", got)
	}
	if _, ok := figure(t, marked(500, 600, 700), "max_drawdown_days"); ok {
		t.Error("no fall has no length")
	}
}

// TestYearlyFiguresByHand: an equity that gains 1 % and loses 0.5 % by turns,
// for 40 days.
func TestYearlyFiguresByHand(t *testing.T) {
	equity := []float64{1000}
	for i := range 40 {
		by := 1.01
		if i%2 == 1 {
			by = 0.995
		}
		equity = append(equity, math.Round(equity[i]*by*1e9)/1e9)
	}
	r := marked(equity...)
	mean, spread := 0.0025, 0.0075*math.Sqrt(40.0/39)
	pair := 1.01 * 0.995
	for key, want := range map[string]float64{
		"total_return_pct":  100 * (math.Pow(pair, 20) - 1),
		"annual_return_pct": 100 * (math.Pow(pair, 20*365.0/40) - 1),
		"volatility_pct":    100 * spread * math.Sqrt(365),
		"sharpe":            mean / spread * math.Sqrt(365),
		"sortino":           mean / math.Sqrt(0.005*0.005/2) * math.Sqrt(365),
		"max_drawdown_pct":  0.5,
		"calmar":            100 * (math.Pow(pair, 20*365.0/40) - 1) / 0.5,
	} {
		if got, ok := figure(t, r, key); !ok || math.Abs(got-want) > 1e-6*math.Abs(want) {
			t.Errorf("%s: got %v (%v), want %v", key, got, ok, want)
		}
	}
	for _, key := range []string{"annual_return_pct", "volatility_pct", "sharpe", "sortino", "calmar"} {
		if _, ok := figure(t, marked(equity[:30]...), key); ok {
			t.Errorf("%s of 29 days is told", key)
		}
	}
}

// play feeds fills to a tally: one order each, decided at the price before.
type play struct {
	*report.Tally
	n int
}

func (p *play) trade(minute int, price string) {
	p.See(&engine.Event{Kind: engine.KindTrade, Instrument: "BTC-USD", At: at(minute), Trade: market.Trade{Price: num.MustPrice(price)}}, &engine.Outcome{})
	p.bar(minute, price)
}

func (p *play) bar(minute int, price string) {
	c := num.MustPrice(price)
	p.See(&engine.Event{Kind: engine.KindBar, Instrument: "BTC-USD", At: at(minute), Bar: market.Bar{O: c, H: c, L: c, C: c}}, &engine.Outcome{})
}

func (p *play) fill(minute int, rule string, side order.Side, quantity, decided, price, fee, currency string) {
	p.n++
	id := fmt.Sprint("id", p.n)
	in := order.Intent{
		Strategy: "s", Rule: rule, Decision: fmt.Sprint("s-", p.n), Instrument: "BTC-USD", Side: side,
		Quantity: num.MustQuantity(quantity), Reference: num.MustPrice(decided),
	}
	o := order.Order{Intent: in, ClientID: id, State: order.Intended}
	f := order.Fill{
		Instrument: "BTC-USD", ClientID: id, ExchangeID: id, ID: "1", At: at(minute), Side: side, Price: num.MustPrice(price),
		Quantity: num.MustQuantity(quantity), Fee: num.MustMoney(fee), FeeCurrency: currency,
	}
	done := o
	done.State, done.Settled = order.Filled, true
	p.See(&engine.Event{Kind: engine.KindFill, At: at(minute)}, &engine.Outcome{Changes: []engine.Change{
		{Kind: engine.ChangeOrder, Order: o}, {Kind: engine.ChangeFill, Fill: f}, {Kind: engine.ChangeOrder, Order: done},
	}})
}

// threeTrades is a run of two whole days: a trade bought in two parts with
// fees in base currency and sold in two, one that loses, and one that is on at
// the end.
func threeTrades(t *testing.T) *report.Run {
	p := play{Tally: report.New([]market.Instrument{{ID: "BTC-USD", Base: "BTC", Quote: "USD", Lot: num.MustQuantity("0.1"), Min: num.MustQuantity("0.1")}})}
	p.trade(0, "100")
	p.Mark(num.MustMoney("1000"))
	p.fill(60, "in", order.Buy, "1", "100", "100", "0.01", "BTC")
	p.trade(90, "95")
	p.fill(120, "add", order.Buy, "1", "102", "104", "0.01", "BTC")
	p.trade(150, "110")
	p.fill(180, "take_profit", order.Sell, "1", "108", "108", "1", "USD")
	p.fill(240, "out", order.Sell, "0.9", "107", "106", "1", "USD")
	p.fill(600, "in", order.Buy, "1", "100", "100", "1", "USD")
	p.fill(660, "stop_loss", order.Sell, "1", "90", "89", "1", "USD")
	p.trade(1440, "80")
	p.Mark(num.MustMoney("900"))
	p.fill(2160, "in", order.Buy, "0.5", "80", "80", "0", "USD")
	p.trade(2880, "120")
	p.Mark(num.MustMoney("1100"))
	run, err := p.Run()
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func TestTradesByHand(t *testing.T) {
	r := threeTrades(t)
	if len(r.Trades) != 3 || len(r.Executions) != 7 {
		t.Fatalf("%d trades of %d fills, want 3 of 7", len(r.Trades), len(r.Executions))
	}
	// Bought 2 for 204, held 1.98 of it; 1 and then 0.9 sold, 0.08 stays.
	x := r.Trades[0]
	got := fmt.Sprintln(x.Number, x.EntryRule, x.ExitRule, x.EntryDecision, x.ExitDecision, x.Closed == at(240), x.Bought, x.Sold, x.Entry, x.Exit, x.Paid, x.Fees, x.Slippage, x.Lowest, x.Highest)
	if want := "1 in out s-1 s-4 true 2 1.9 102 107.05263157 204 4.04 2.9 95 110\n"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	removed := 204.0 * 1.9 / 1.98
	if made := 108 + 0.9*106 - 2 - removed; math.Abs(x.Profit.Float()-made) > 2e-8 {
		t.Errorf("made %s, want %.8f", x.Profit, made)
	}
	if y := r.Trades[1]; !near(y.Adverse(), 11) || !near(y.Favourable(), 0) || y.Paid != num.MustMoney("101") {
		t.Errorf("second trade: adverse %v, favourable %v, paid %s", y.Adverse(), y.Favourable(), y.Paid)
	}
	if z := r.Trades[2]; z.Closed != 0 || z.ExitRule != "" || !near(z.Favourable(), 50) {
		t.Errorf("third trade: %+v", z)
	}
}

func TestFiguresOfTradesByHand(t *testing.T) {
	r := threeTrades(t)
	won := r.Trades[0].Profit.Float()
	// The dust of the first trade goes with the second: 0.08 at its cost.
	lost := r.Trades[1].Profit.Float()
	for key, want := range map[string]float64{
		"trades": 2, "win_rate_pct": 50, "losing_streak": 1,
		"profit_factor": won / -lost, "expectancy": (won + lost) / 2, "average_win": won, "average_loss": lost,
		"mae_pct":      (100*7.0/102 + 11) / 2,
		"mfe_pct":      100 * 8.0 / 102 / 2,
		"fees":         4.04 + 2,
		"slippage":     2.9 + 1,
		"exposure_pct": 100 * float64(3*time.Hour+time.Hour+12*time.Hour) / float64(48*time.Hour),
		"turnover":     (204 + 108 + 95.4 + 100 + 89 + 40) / ((900 + 1100) / 2.0),
		// 100 to 120 at the last close.
		"buy_and_hold_pct": 20, "total_return_pct": 10, "max_drawdown_pct": 10,
	} {
		if got, ok := figure(t, r, key); !ok || !near(got, want) {
			t.Errorf("%s: got %v (%v), want %v", key, got, ok, want)
		}
	}
}

// TestAmbiguousBars: a bar with both the stop and the nearest open target of a
// position that was on when it opened.
func TestAmbiguousBars(t *testing.T) {
	p := play{Tally: report.New([]market.Instrument{{ID: "BTC-USD", Base: "BTC", Quote: "USD", Lot: num.MustQuantity("0.1"), Min: num.MustQuantity("0.1")}})}
	bar := func(minute int, low, high string) {
		b := market.Bar{L: num.MustPrice(low), H: num.MustPrice(high), O: num.MustPrice(low), C: num.MustPrice(high)}
		p.See(&engine.Event{Kind: engine.KindBar, Instrument: "BTC-USD", At: at(minute), Bar: b}, &engine.Outcome{})
	}
	p.fill(0, "in", order.Buy, "1", "100", "100", "0", "USD")
	hold := engine.Holding{Strategy: "s", Stop: num.MustPrice("95"), Targets: []engine.Aim{
		{Price: num.MustPrice("104"), Done: true}, {Price: num.MustPrice("110")}, {Price: num.MustPrice("105")},
	}}
	p.See(&engine.Event{Kind: engine.KindFill, At: at(0)}, &engine.Outcome{Changes: []engine.Change{{Kind: engine.ChangeHolding, Holding: hold}}})
	bar(1, "90", "120") // the position came within it: no stop was there when it opened
	bar(2, "95.1", "120")
	bar(3, "95", "104.9")
	bar(4, "95", "105") // both, to the tick
	p.fill(5, "stop_loss", order.Sell, "1", "95", "95", "0", "USD")
	bar(5, "90", "120") // was on when it opened
	bar(6, "90", "120")
	got, err := p.Summary(&engine.Snapshot{})
	if err != nil || got.Ambiguous != 2 {
		t.Errorf("got %d ambiguous bars (%v), want 2", got.Ambiguous, err)
	}
}

// TestFiguresOfNothing: what a run cannot tell is null, never a number.
func TestFiguresOfNothing(t *testing.T) {
	run, err := report.New(nil).Run()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(run.Values())
	if err != nil {
		t.Fatal(err)
	}
	var by map[string]*float64
	if err := json.Unmarshal(text, &by); err != nil {
		t.Fatal(err)
	}
	for key, v := range by {
		if known := v != nil; known != (key == "trades" || key == "fees" || key == "slippage") || known && *v != 0 {
			t.Errorf("%s is %v", key, v)
		}
	}
	if len(by) != len(report.Figures()) {
		t.Errorf("%d figures, want %d: is a key written twice?", len(by), len(report.Figures()))
	}
}
