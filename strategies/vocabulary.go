package strategies

import (
	"slices"
	"sort"

	"rulebot/engine"
	"rulebot/strategies/indicator"
)

// lengthMax is the longest window and the farthest index.
const lengthMax = 10_000

// unary is an indicator of one series.
type unary interface {
	Update(x float64) float64
	Reset()
	WarmUp() int
}

// windowed are the functions of a series and a length. The second function
// tells how many inputs after the first value the seed's weight is below 1e-6;
// windows forget at once and have none.
type windowed struct {
	name   string
	make   func(n int) unary
	settle func(n int) int
}

// settleEMA is 7(n+1): (1 - 2/(n+1))^k is below 1e-6 from there.
func settleEMA(n int) int { return 7 * (n + 1) }

// settleRMA is 14n: (1 - 1/n)^k is below 1e-6 from there.
func settleRMA(n int) int { return 14 * n }

func settleNow(int) int { return 0 }

func windowedOf(name string) (windowed, bool) {
	for _, w := range [...]windowed{
		{"sma", func(n int) unary { return indicator.NewSMA(n) }, settleNow},
		{"ema", func(n int) unary { return indicator.NewEMA(n) }, settleEMA},
		{"rma", func(n int) unary { return indicator.NewRMA(n) }, settleRMA},
		{"rsi", func(n int) unary { return indicator.NewRSI(n) }, settleRMA},
		{"stdev", func(n int) unary { return indicator.NewStdev(n) }, settleNow},
		{"highest", func(n int) unary { return indicator.NewHighest(n) }, settleNow},
		{"lowest", func(n int) unary { return indicator.NewLowest(n) }, settleNow},
		{"change", func(n int) unary { return indicator.NewChange(n) }, settleNow},
	} {
		if w.name == name {
			return w, true
		}
	}
	return windowed{}, false
}

// Function is one function of the language, for people and for messages.
type Function struct {
	Name  string
	Usage string
	Short string
}

// Functions returns the functions of this version, by name.
func Functions() []Function {
	return []Function{
		{"abs", "abs(x)", "the number without its sign"},
		{"atr", "atr(n)", "average true range: rma of the true range"},
		{"change", "change(x[, n])", "x less its value n bars ago (1 unless written)"},
		{"clamp", "clamp(x, low, high)", "x, at least low and at most high"},
		{"crossover", "crossover(a, b)", "a > b now and a <= b one bar ago"},
		{"crossunder", "crossunder(a, b)", "a < b now and a >= b one bar ago"},
		{"ema", "ema(x, n)", "exponential mean, seeded with the mean of the first n"},
		{"highest", "highest(x, n)", "largest of the last n, this bar included"},
		{"lowest", "lowest(x, n)", "smallest of the last n, this bar included"},
		{"max", "max(a, b)", "the larger"},
		{"min", "min(a, b)", "the smaller"},
		{"rma", "rma(x, n)", "Wilder's mean: ema with weight 1/n"},
		{"rsi", "rsi(x, n)", "relative strength, 0 to 100"},
		{"sma", "sma(x, n)", "mean of the last n"},
		{"stdev", "stdev(x, n)", "population standard deviation of the last n"},
	}
}

func usage(name string) (string, bool) {
	for _, f := range Functions() {
		if f.Name == name {
			return f.Usage, true
		}
	}
	return "", false
}

// barNames are the values of a bar, in the order of their slots' kinds.
func barNames() []string {
	return []string{"open", "high", "low", "close", "volume", "hl2", "hlc3", "ohlc4"}
}

// viewField is a value that the engine gives at an event; it has no bars.
type viewField struct {
	name  string
	cond  bool
	cause engine.Cause // what NaN means here
	read  func(v *engine.View) float64
}

func viewFields() []viewField {
	type v = *engine.View
	flat, none := engine.CauseFlat, engine.CauseNoData
	return []viewField{
		{"position.qty", false, none, func(x v) float64 { return x.Position.Qty }},
		{"position.value", false, none, func(x v) float64 { return x.Position.Value }},
		{"position.entry_price", false, flat, func(x v) float64 { return x.Position.EntryPrice }},
		{"position.pnl", false, none, func(x v) float64 { return x.Position.PnL }},
		{"position.pnl_pct", false, none, func(x v) float64 { return x.Position.PnLPct }},
		{"position.bars", false, none, func(x v) float64 { return x.Position.Bars }},
		{"position.max_price", false, flat, func(x v) float64 { return x.Position.MaxPrice }},
		{"position.min_price", false, flat, func(x v) float64 { return x.Position.MinPrice }},
		{"position.entries", false, none, func(x v) float64 { return x.Position.Entries }},
		{"position.is_long", true, none, func(x v) float64 { return oneIf(x.Position.Long) }},
		{"position.is_flat", true, none, func(x v) float64 { return oneIf(!x.Position.Long) }},
		{"account.equity", false, none, func(x v) float64 { return x.Account.Equity }},
		{"account.cash", false, none, func(x v) float64 { return x.Account.Cash }},
		{"account.drawdown_pct", false, none, func(x v) float64 { return x.Account.DrawdownPct }},
	}
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Values returns the names of all values that are not functions.
func Values() []string {
	names := barNames()
	for _, f := range viewFields() {
		names = append(names, f.name)
	}
	return names
}

// laterNames are the names of later versions: refused by name, and not free
// for params and lets, so that no file breaks when they come.
func laterNames() []string {
	return []string{
		"adl", "adosc", "adx", "always", "ao", "aroon", "bar", "barssince", "bb", "beta", "book", "cci", "ceil", "cmf", "cmo",
		"correlation", "count", "cross", "dema", "donchian", "falling", "fisher", "floor", "funding", "ha", "hma", "ichimoku",
		"instrument", "kama", "keltner", "last_fill", "level", "level_price", "linreg", "linreg_slope", "log", "macd", "mfi",
		"mom", "natr", "near", "obv", "orders", "percentrank", "pivots", "ppo", "psar", "rank", "rising", "roc", "round",
		"session", "signal", "sqrt", "state", "stoch", "stochrsi", "sum", "supertrend", "t3", "tema", "ticker", "time", "tr",
		"trades", "trima", "trix", "ultosc", "valuewhen", "variance", "vwap", "vwma", "willr", "within", "wma", "zscore",
	}
}

// objects are the words before a dot.
func objects() []string { return []string{"position", "account"} }

// functionNames returns the names of all functions.
func functionNames() []string {
	var names []string
	for _, f := range Functions() {
		names = append(names, f.Name)
	}
	return names
}

// reserved reports whether a name belongs to the vocabulary of any version.
func reserved(name string) bool {
	return slices.Contains(barNames(), name) || slices.Contains(functionNames(), name) ||
		slices.Contains(objects(), name) || slices.Contains(laterNames(), name) ||
		slices.Contains([]string{
			"and", "or", "not", "true", "false", "nil", "let", "if", "else", "in",
			"matches", "contains", "startsWith", "endsWith",
		}, name)
}

// fieldNames returns what may stand after "object.".
func fieldNames(object string) []string {
	var names []string
	for _, f := range viewFields() {
		if n := len(object); len(f.name) > n && f.name[:n] == object && f.name[n] == '.' {
			names = append(names, f.name[n+1:])
		}
	}
	sort.Strings(names)
	return names
}
