package strategies_test

import (
	"math"
	"testing"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/strategies"
)

var minutes = market.Series{Instrument: "BTC-USD", Timeframe: market.Minute}

// flat is what the engine shows while a strategy holds nothing.
func flat() *engine.View {
	nan := math.NaN()
	return &engine.View{
		Position: engine.PositionView{EntryPrice: nan, MaxPrice: nan, MinPrice: nan},
		Account:  engine.AccountView{Equity: 10_000, Cash: 10_000},
	}
}

// long is a view with a position.
func long() *engine.View {
	return &engine.View{
		Position: engine.PositionView{
			Qty: 0.5, Value: 50, EntryPrice: 98, PnL: 1, PnLPct: 2, Bars: 7, MaxPrice: 103, MinPrice: 97, Entries: 1, Long: true,
		},
		Account: engine.AccountView{Equity: 10_050, Cash: 10_000, DrawdownPct: 0.25},
	}
}

// bar makes the i-th minute bar around a close in cents.
func bar(i int, cents int64) market.Bar {
	return market.Bar{
		Open: market.Time(int64(i) * int64(market.Minute)), Timeframe: market.Minute,
		O: num.PriceOf(cents-3, 2), H: num.PriceOf(cents+11, 2), L: num.PriceOf(cents-7, 2), C: num.PriceOf(cents, 2),
		Volume: num.QuantityOf(int64(1+i%5), 1),
	}
}

// wave is a deterministic path of prices that rises and falls.
func wave(i int) int64 {
	return 10_000 + int64(300*math.Sin(float64(i)/5)) + int64(i*7919%101)
}

func single(t testing.TB, value string) *strategies.Single {
	t.Helper()
	s, ds := strategies.LoadExpression("test", value, minutes)
	if len(ds) > 0 {
		t.Fatalf("LoadExpression(%q):\n%s", value, ds.Render([]byte(value)))
	}
	return s
}

// fed returns a program after n bars of the wave.
func fed(s *strategies.Single, n int) engine.Program {
	p := s.Program()
	for i := range n {
		b := bar(i, wave(i))
		p.Update(0, &b)
	}
	return p
}
