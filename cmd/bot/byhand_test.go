package main

import (
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/internal/byhand"
	"rulebot/internal/realdata"
)

var byhandMarkets = flag.Uint64("byhand", 1, "markets for each classic strategy whose fills are also computed by hand")

// classic is a strategy as the bot reads it, and as it is computed by hand.
type classic struct {
	name, rules string
	byhand      byhand.Strategy
}

func classics() []classic {
	return []classic{
		{
			"ema-cross", `timeframe: 5m
    rules:
      - {name: in, for: flat, when: "crossover(ema(close, 12), ema(close, 26))", do: {buy: {size: {quote: 1000}}}}
      - {name: out, for: long, when: "crossunder(ema(close, 12), ema(close, 26))", do: close}
`, byhand.Strategy{
				Minutes: 5, EnterRule: "in", LeaveRule: "out", Quote: rat("1000"),
				Enter: byhand.CrossAbove(12, 26), Leave: byhand.CrossBelow(12, 26),
			},
		},
		{
			"rsi-reversion", `timeframe: 3m
    rules:
      - {name: in, for: flat, when: "rsi(close, 14) < 30", do: {buy: {size: {equity_pct: 1}}}}
      - {name: out, for: long, when: "rsi(close, 14) > 55", do: close}
    exits:
      take_profit: {pct: 0.5}
`, byhand.Strategy{
				Minutes: 3, EnterRule: "in", LeaveRule: "out", EquityShare: rat("0.01"), Target: rat("0.005"),
				Enter: byhand.Weak(14, 30), Leave: byhand.Strong(14, 55),
			},
		},
		{
			"donchian-breakout", `timeframe: 5m
    rules:
      - {name: in, for: flat, when: "close > donchian(20).upper[1]", do: {buy: {size: {base: 0.0123}}}}
      - {name: out, for: long, when: "close < donchian(10).lower[1]", do: close}
    exits:
      stop_loss: {pct: 0.4}
`, byhand.Strategy{
				Minutes: 5, EnterRule: "in", LeaveRule: "out", Base: rat("0.0123"), Stop: rat("0.004"),
				Enter: byhand.AboveChannel(20), Leave: byhand.BelowChannel(10),
			},
		},
	}
}

// file is the whole strategies file; costs are written, so that the list does
// not hang on defaults.
func (c *classic) file() string {
	return `version: 1
exchange: {name: okcoin, endpoint: builtin}
account:
  balances: {USD: 100000}
  fees: {maker_pct: 0.1, taker_pct: 0.2}
  latency: 50ms
  spread_bps: 2
instruments:
  BTC-USD: {tick: 0.01, lot: 0.0001, min: 0.001}
risk:
  collar_pct: 2
  max_fires: {minute: 10, hour: 100, day: 1000}
  max_daily_loss: {pct: 90}
strategies:
  - name: ` + c.name + `
    instrument: BTC-USD
    ` + c.rules
}

func costs() byhand.Market {
	return byhand.Market{
		Tick: rat("0.01"), Lot: rat("0.0001"), Least: rat("0.001"), Spread: rat("0.0002"),
		Taker: rat("0.002"), Collar: rat("0.02"), Cash: rat("100000"),
	}
}

func rat(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		panic("not a number: " + text)
	}
	return r
}

// TestFillsAreAsByHand compares the list of fills that a backtest writes with
// one that was computed from the documents alone, on walks of prices.
func TestFillsAreAsByHand(t *testing.T) {
	t.Parallel()
	name, minutes := filepath.Join(t.TempDir(), "bars.csv"), 4*1440
	if testing.Short() {
		minutes = 3 * 1440
	}
	for seed := range *byhandMarkets {
		if err := os.WriteFile(name, []byte(roughBars(seed, minutes)), 0o600); err != nil {
			t.Fatal(err)
		}
		compareByHand(t, name)
	}
}

// TestRealFillsAreAsByHand is the same on recorded bars.
func TestRealFillsAreAsByHand(t *testing.T) {
	t.Parallel()
	compareByHand(t, realdata.Path(t, "data/demo/btc-usd-1m.csv"))
}

func compareByHand(t *testing.T, bars string) {
	t.Helper()
	for _, c := range classics() {
		want, err := byhand.Play(costs(), c.byhand, barsByHand(t, bars))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if len(want) < 4 {
			t.Errorf("%s: %d fills are too few to compare", c.name, len(want))
		}
		if diff := cmp.Diff(linesByHand(want), linesOfBot(t, &c, bars)); diff != "" {
			t.Errorf("%s: (-by hand +bot):\n%s", c.name, diff)
		}
	}
}

// linesOfBot backtests and returns the columns that are computed by hand.
func linesOfBot(t *testing.T, c *classic, bars string) []string {
	t.Helper()
	dir := t.TempDir()
	config, list := filepath.Join(dir, "file.yaml"), filepath.Join(dir, "fills.csv")
	if err := os.WriteFile(config, []byte(c.file()), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{bars, "--config", config, "--quiet", "--csv", list}
	if err := runBacktest(t.Context(), args, nil, io.Discard, io.Discard); err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	var lines []string
	for _, row := range csvRows(t, list) {
		fee := row["fee_currency"]
		if fee == "BTC" {
			fee = "base"
		} else {
			fee = "quote"
		}
		profit := row["profit"]
		if profit != "" {
			profit = rat(profit).FloatString(2)
		}
		lines = append(lines, fmt.Sprintf("%s #%s %s %s %s at %s = %s, fee %s %s, profit %s, holds %s",
			row["time"], row["trade"], row["rule"], row["side"], exact(row["quantity"]), exact(row["price"]), exact(row["value"]),
			exact(row["fee"]), fee, profit, exact(row["holds"])))
	}
	return lines
}

func exact(text string) string { return rat(text).FloatString(8) }

func linesByHand(fills []byhand.Fill) []string {
	var lines []string
	for _, f := range fills {
		profit := ""
		if f.Profit != nil {
			profit = f.Profit.FloatString(2)
		}
		lines = append(lines, fmt.Sprintf("%s #%d %s %s %s at %s = %s, fee %s %s, profit %s, holds %s",
			time.UnixMilli(f.At).UTC().Format("2006-01-02T15:04:05.000Z"), f.Trade, f.Rule, f.Side, f.Quantity.FloatString(8), f.Price.FloatString(8),
			f.Value.FloatString(8), f.Fee.FloatString(8), f.FeeIn, profit, f.Holds.FloatString(8)))
	}
	return lines
}

// csvRows reads a file by the names of its columns.
func csvRows(t *testing.T, name string) []map[string]string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // read only
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", name, len(rows), err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		named := make(map[string]string, len(row))
		for i, text := range row {
			named[rows[0][i]] = text
		}
		out = append(out, named)
	}
	return out
}

func barsByHand(t *testing.T, name string) []byhand.Bar {
	t.Helper()
	var bars []byhand.Bar
	for _, row := range csvRows(t, name) {
		bars = append(bars, byhand.Bar{
			Open: rat(row["time"]).Num().Int64(), O: rat(row["open"]), H: rat(row["high"]), L: rat(row["low"]), C: rat(row["close"]), Volume: rat(row["volume"]),
		})
	}
	return bars
}

// roughBars walks, leaps, stands still, and has minutes without a trade.
func roughBars(seed uint64, n int) string {
	rng := rand.New(rand.NewPCG(seed, 7))
	var b strings.Builder
	b.WriteString("time,open,high,low,close,volume\n")
	open, last := int64(1_700_006_400_000), int64(5_000_000) // midnight; cents
	for i := range n {
		from := last + rng.Int64N(401) - 200
		to := max(1_000_000, from+rng.Int64N(6001)-3000)
		high, low := max(from, to)+rng.Int64N(3)*rng.Int64N(1000), min(from, to)-rng.Int64N(3)*rng.Int64N(1000)
		volume := 20_000 + rng.Int64N(100_000) // ten-thousandths
		switch rng.IntN(20) {
		case 0:
			from, high, low, to, volume = last, last, last, last, 0
		case 1:
			to = from + (high-from)/2
			low = from - (high - from) // as near as the high
		case 2:
			to, high, low = from, from+500, from-500
		}
		fmt.Fprintf(&b, "%d,%s,%s,%s,%s,%s\n", open+int64(i)*60_000, hundredths(from), hundredths(high), hundredths(low), hundredths(to), rat(fmt.Sprintf("%d/10000", volume)).FloatString(4))
		last = to
	}
	return b.String()
}

func hundredths(n int64) string { return rat(fmt.Sprintf("%d/100", n)).FloatString(2) }
