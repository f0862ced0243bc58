package strategies_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/strategies"
)

// at is a moment in UTC.
func at(t testing.TB, text string) market.Time {
	t.Helper()
	m, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		t.Fatal(err)
	}
	return market.Time(m.UnixNano())
}

func levels(pairs ...int64) []market.Level {
	var side []market.Level
	for i := 0; i < len(pairs); i += 2 {
		side = append(side, market.Level{Price: num.PriceOf(pairs[i], 2), Size: num.QuantityOf(pairs[i+1], 1)})
	}
	return side
}

// busy is a view in which everything has a value of its own.
func busy(t testing.TB) *engine.View {
	v := long()
	v.At, v.Opened = at(t, "2024-02-29 17:45"), at(t, "2024-02-29 17:30") // a Thursday
	v.Trades = engine.TradesView{Today: 2, LossesInRow: 1, LastPnLPct: -1.5, BarsSinceExit: 12}
	v.LastFill = engine.FillView{Price: 98.5, Qty: 0.25}
	v.Orders = engine.OrdersView{Open: 3, Buys: 2, Sells: 1}
	v.Market = engine.MarketView{
		Last: 100.5, Bid: 100, Ask: 101, BidSize: 3, AskSize: 1,
		Bids: levels(100_00, 30, 99_90, 10, 99_00, 40), Asks: levels(101_00, 10, 101_20, 20, 103_00, 50),
	}
	return v
}

// bare is a view before anything happened.
func bare(t testing.TB) *engine.View {
	v := flat()
	nan := math.NaN()
	v.At, v.Opened = at(t, "1970-01-01 00:00"), at(t, "1970-01-01 00:00") // a Thursday
	v.Trades.BarsSinceExit = math.Inf(1)
	v.LastFill = engine.FillView{Price: nan, Qty: nan}
	v.Market = engine.MarketView{Last: nan, Bid: nan, Ask: nan, BidSize: nan, AskSize: nan}
	return v
}

// TestValues reads every value of the table: of a busy strategy, and before
// anything happened.
func TestValues(t *testing.T) {
	const none = engine.CauseNoData
	tests := map[string]struct {
		busy  float64
		empty float64
		why   engine.Cause
	}{
		"position.qty":           {0.5, 0, 0},
		"position.value":         {50, 0, 0},
		"position.entry_price":   {98, 0, engine.CauseFlat},
		"position.pnl":           {1, 0, 0},
		"position.pnl_pct":       {2, 0, 0},
		"position.bars":          {7, 0, 0},
		"position.max_price":     {103, 0, engine.CauseFlat},
		"position.min_price":     {97, 0, engine.CauseFlat},
		"position.entries":       {1, 0, 0},
		"position.is_long":       {1, 0, 0},
		"position.is_flat":       {0, 1, 0},
		"account.equity":         {10_050, 10_000, 0},
		"account.cash":           {10_000, 10_000, 0},
		"account.drawdown_pct":   {0.25, 0, 0},
		"trades.today":           {2, 0, 0},
		"trades.losses_in_row":   {1, 0, 0},
		"trades.last_pnl_pct":    {-1.5, 0, 0},
		"trades.bars_since_exit": {12, 0, engine.CauseInf},
		"last_fill.price":        {98.5, 0, none},
		"last_fill.qty":          {0.25, 0, none},
		"orders.open":            {3, 0, 0},
		"orders.open_buys":       {2, 0, 0},
		"orders.open_sells":      {1, 0, 0},
		"ticker.last":            {100.5, 0, none},
		"ticker.bid":             {100, 0, none},
		"ticker.ask":             {101, 0, none},
		"book.bid":               {100, 0, none},
		"book.ask":               {101, 0, none},
		"book.mid":               {100.5, 0, none},
		"book.micro":             {100.75, 0, none}, // (100 * 1 + 101 * 3) / 4: nearer to the side that is thinner
		"book.spread":            {1, 0, none},
		"book.spread_bps":        {10_000 / 100.5, 0, none},
		"book.bid_size":          {3, 0, none},
		"book.ask_size":          {1, 0, none},
		"book.imbalance(1)":      {0.75, 0, none},
		"book.imbalance(2)":      {4.0 / 7, 0, none},
		"book.imbalance(25)":     {0.5, 0, none},
		"book.bid_depth(50)":     {3, 0, none}, // down to 99.9975
		"book.bid_depth(60)":     {4, 0, none}, // down to 99.897
		"book.ask_depth(100)":    {3, 0, none}, // up to 101.505
		"book.ask_depth(1)":      {0, 0, none}, // nothing so near
		"time.hour":              {17, 0, 0},
		"time.minute":            {45, 0, 0},
		"time.weekday":           {4, 4, 0},
		"time.day":               {29, 1, 0},
		`session("17:30-17:31")`: {1, 0, 0},
		`session("17:00-17:30")`: {0, 0, 0}, // the end is excluded
		`session("23:00-01:00")`: {0, 1, 0}, // past midnight
		`session("18:00-24:00")`: {0, 0, 0},
	}
	for _, v := range strategies.ViewValues() {
		known := false
		for name := range tests {
			known = known || name == v.Name || strings.HasPrefix(name, v.Name+"(")
		}
		if !known {
			t.Errorf("%s has no test", v.Name)
		}
	}
	for text, want := range tests {
		s := single(t, text)
		p := s.Program()
		read := func(v *engine.View) (float64, engine.Cause) {
			if !s.Condition {
				return p.Number(s.Expr, v)
			}
			truth, why := p.Condition(s.Expr, v)
			return float64(truth) - float64(engine.False), why
		}
		if got, why := read(busy(t)); got != want.busy || why != engine.Ready {
			t.Errorf("%s got %v (%v), want %v", text, got, why, want.busy)
		}
		if got, why := read(bare(t)); why != want.why || why == engine.Ready && got != want.empty {
			t.Errorf("%s before anything happened got %v (%v), want %v (%v)", text, got, why, want.empty, want.why)
		}
		if s.Impure == "" {
			t.Errorf("%s is taken for a series", text)
		}
		v := busy(t)
		if n := testing.AllocsPerRun(10, func() { read(v) }); n > 0 {
			t.Errorf("%s allocates %v times", text, n)
		}
	}
}

// TestValuesTold holds that each row tells people all that they ask.
func TestValuesTold(t *testing.T) {
	for _, v := range strategies.ViewValues() {
		if v.Name == "" || v.Usage == "" || v.Short == "" || v.Unit == "" || v.Empty == "" {
			t.Errorf("a row lacks a part: %+v", v)
		}
	}
}

// TestLongAgo holds that what never happened is longer ago than any number,
// and is not a number to compute with.
func TestLongAgo(t *testing.T) {
	for text, want := range map[string]engine.Truth{
		"trades.bars_since_exit > 20":                            engine.True,
		"trades.bars_since_exit < 20":                            engine.False,
		"not (trades.bars_since_exit < 20)":                      engine.True,
		"trades.last_pnl_pct > 0 && trades.bars_since_exit < 20": engine.False,
		"min(trades.bars_since_exit, 50) == 50":                  engine.True,
		"trades.bars_since_exit + 1 > 20":                        engine.NotReady,
		"trades.bars_since_exit == trades.bars_since_exit":       engine.True,
		"(position.is_long ? 1 : trades.bars_since_exit) > 100":  engine.True,
		"last_fill.price > 0":                                    engine.NotReady,
		"not (last_fill.price > 0)":                              engine.NotReady,
		"last_fill.price > 0 or trades.today == 0":               engine.True,
		`book.bid > 1 and session("00:00-01:00")`:                engine.NotReady,
		`book.bid > 1 and session("01:00-02:00")`:                engine.False,
	} {
		s := single(t, text)
		if got, _ := s.Program().Condition(s.Expr, bare(t)); got != want {
			t.Errorf("%s got %v, want %v", text, got, want)
		}
	}
}

// TestNoQuote holds that a quote that is missing says why.
func TestNoQuote(t *testing.T) {
	s := single(t, "book.spread_bps < 10")
	v := bare(t)
	if _, why := s.Program().Condition(s.Expr, v); why != engine.CauseNoData {
		t.Errorf("before the first quote: got %v, want %v", why, engine.CauseNoData)
	}
	v.Market.Why = engine.CauseStale
	if _, why := s.Program().Condition(s.Expr, v); why != engine.CauseStale {
		t.Errorf("with a stale quote: got %v, want %v", why, engine.CauseStale)
	}
}

// TestQuotesOnly holds what is known of the book where only quotes are.
func TestQuotesOnly(t *testing.T) {
	v := busy(t)
	v.Market.Bids, v.Market.Asks = nil, nil
	for text, want := range map[string]engine.Cause{
		"book.imbalance(1)": engine.Ready, "book.imbalance(2)": engine.CauseNoData, "book.bid_depth(10)": engine.CauseNoData,
		"book.micro": engine.Ready, "book.spread": engine.Ready,
	} {
		s := single(t, text)
		if _, why := s.Program().Number(s.Expr, v); why != want {
			t.Errorf("%s got %v, want %v", text, why, want)
		}
	}
}
