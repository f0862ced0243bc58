package strategies

import (
	"math"
	"slices"
	"strings"

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

// function is one row of the vocabulary: what people are told about it, what
// its values can be, and, of a series and a length, how to compute it. Every
// row has every part that its kind needs; a test holds that.
type function struct {
	Function
	extent extent
	unary  func(n int) unary // nil where the graph makes the slot, or none is needed
	settle func(n int) int   // inputs after the first value until the seed's weight is below 1e-6
}

// Function is one function of the language, for people and for messages.
type Function struct {
	Name       string
	Usage      string
	Short      string
	Definition string // how it is computed, to the bit that matters
	Unit       string // of its values
	First      string // the first bar with a value, in n; 1 is the first bar of all
	Range      string // of its values, in words
}

// extent is the range of a function's values: in words, and computed from the
// ranges of its arguments.
type extent struct {
	text string
	of   func(args []span) span
}

// between is a range that no argument changes.
func between(lo, hi float64) extent {
	s := span{lo, hi}
	return extent{s.text(), func([]span) span { return s }}
}

// likeInput is the range of means and extremes: that of the first argument,
// and a last bit for rounding.
func likeInput() extent {
	return extent{"that of x", func(a []span) span { return rounded(a[0]) }}
}

func rounded(s span) span {
	const slack = 1e-9
	return span{s.lo - slack*math.Abs(s.lo), s.hi + slack*math.Abs(s.hi)}
}

// apart is the range of a difference of two values of the first argument.
func apart() extent {
	return extent{"any", func(a []span) span { return operate("-", a[0], a[0]) }}
}

func isTrueOrFalse() extent { return extent{"true or false", func([]span) span { return span{0, 1} }} }

// settleEMA is 7(n+1): (1 - 2/(n+1))^k is below 1e-6 from there.
func settleEMA(n int) int { return 7 * (n + 1) }

// settleRMA is 14n: (1 - 1/n)^k is below 1e-6 from there.
func settleRMA(n int) int { return 14 * n }

// settleNow is for windows: they forget at once.
func settleNow(int) int { return 0 }

// vocabulary is the one table of functions, by name. A new function is a row
// here; the checker, the messages, the static findings and the reference read
// nothing else.
func vocabulary() []function {
	const atOnce = "with its arguments"
	return slices.Concat([]function{
		{
			Function: Function{Name: "abs", Usage: "abs(x)", Short: "the number without its sign", Definition: "x where x >= 0, else -x", Unit: "that of x", First: atOnce},
			extent:   extent{"0 or more", func(a []span) span { return a[0].absolute() }},
		},
		{
			Function: Function{Name: "atr", Usage: "atr(n)", Short: "average true range: rma of the true range", Definition: "rma(n) of max(high, close[1]) - min(low, close[1]); of the first bar, high - low", Unit: "price", First: "n"},
			extent:   extent{"0 or more", func([]span) span { return zeroOrMore() }},
		},
		{
			Function: Function{Name: "clamp", Usage: "clamp(x, low, high)", Short: "x, at least low and at most high", Definition: "min(max(x, low), high)", Unit: "that of x", First: atOnce},
			extent:   extent{"low to high", clamped},
		},
		{
			Function: Function{Name: "crossover", Usage: "crossover(a, b)", Short: "a > b now and a <= b one bar ago", Definition: "a > b and a[1] <= b[1]", Unit: "condition", First: "2"},
			extent:   isTrueOrFalse(),
		},
		{
			Function: Function{Name: "crossunder", Usage: "crossunder(a, b)", Short: "a < b now and a >= b one bar ago", Definition: "a < b and a[1] >= b[1]", Unit: "condition", First: "2"},
			extent:   isTrueOrFalse(),
		},
		{
			Function: Function{Name: "max", Usage: "max(a, b)", Short: "the larger", Definition: "a where a >= b, else b", Unit: "that of a", First: atOnce},
			extent:   extent{"those of a and b", func(a []span) span { return largerOf(a[0], a[1]) }},
		},
		{
			Function: Function{Name: "min", Usage: "min(a, b)", Short: "the smaller", Definition: "a where a <= b, else b", Unit: "that of a", First: atOnce},
			extent:   extent{"those of a and b", func(a []span) span { return smallerOf(a[0], a[1]) }},
		},
	}, windows())
}

// windows are the functions of a series and a length.
func windows() []function {
	row := func(name, short, definition, unit, first string, e extent, of func(n int) unary, settle func(n int) int) function {
		return function{Function{Name: name, Usage: name + "(x, n)", Short: short, Definition: definition, Unit: unit, First: first}, e, of, settle}
	}
	same := "that of x"
	rows := []function{
		row("change", "x less its value n bars ago (1 unless written)", "x - x[n]", same, "n + 1", apart(),
			func(n int) unary { return indicator.NewChange(n) }, settleNow),
		row("ema", "exponential mean, seeded with the mean of the first n", "y[1] + 2/(n+1) * (x - y[1]); first the mean of n", same, "n", likeInput(),
			func(n int) unary { return indicator.NewEMA(n) }, settleEMA),
		row("highest", "largest of the last n, this bar included", "max(x, x[1], ..., x[n-1])", same, "n", extent{"that of x", func(a []span) span { return a[0] }},
			func(n int) unary { return indicator.NewHighest(n) }, settleNow),
		row("lowest", "smallest of the last n, this bar included", "min(x, x[1], ..., x[n-1])", same, "n", extent{"that of x", func(a []span) span { return a[0] }},
			func(n int) unary { return indicator.NewLowest(n) }, settleNow),
		row("rma", "Wilder's mean: ema with weight 1/n", "y[1] + 1/n * (x - y[1]); first the mean of n", same, "n", likeInput(),
			func(n int) unary { return indicator.NewRMA(n) }, settleRMA),
		row("rsi", "relative strength, 0 to 100", "100 * up / (up + down), of rma(n) of rises and of falls", "points", "n + 1", between(0, 100),
			func(n int) unary { return indicator.NewRSI(n) }, settleRMA),
		row("sma", "mean of the last n", "(x + x[1] + ... + x[n-1]) / n", same, "n", likeInput(),
			func(n int) unary { return indicator.NewSMA(n) }, settleNow),
		row("stdev", "population standard deviation of the last n", "root of the mean of (x - sma(x, n))^2", same, "n", extent{"0 or more", deviation},
			func(n int) unary { return indicator.NewStdev(n) }, settleNow),
	}
	rows[0].Usage = "change(x[, n])"
	return rows
}

// deviation is at most half of what x spans.
func deviation(a []span) span {
	return span{0, rounded(exact(above(a[0].hi - a[0].lo))).hi}
}

// functionOf finds a row of the vocabulary.
func functionOf(name string) (function, bool) {
	for _, f := range vocabulary() {
		if f.Name == name {
			return f, true
		}
	}
	return function{}, false
}

// Functions returns the functions of this version, by name.
func Functions() []Function {
	var fs []Function
	for _, f := range vocabulary() {
		f.Range = f.extent.text
		fs = append(fs, f.Function)
	}
	slices.SortFunc(fs, func(a, b Function) int { return strings.Compare(a.Name, b.Name) })
	return fs
}

func usage(name string) (string, bool) {
	f, ok := functionOf(name)
	return f.Usage, ok
}

// barField is a value of the bar.
type barField struct {
	name, short, unit string
	values            span
}

// barFields are the values of a bar, in the order of their slots' kinds. A
// minute without a trade has a volume of 0.
func barFields() []barField {
	const price = "price"
	return []barField{
		{"open", "the first price", price, aboveZero()},
		{"high", "the highest price", price, aboveZero()},
		{"low", "the lowest price", price, aboveZero()},
		{"close", "the last price", price, aboveZero()},
		{"volume", "what was traded", "base currency", zeroOrMore()},
		{"hl2", "(high + low) / 2", price, aboveZero()},
		{"hlc3", "(high + low + close) / 3", price, aboveZero()},
		{"ohlc4", "(open + high + low + close) / 4", price, aboveZero()},
	}
}

func barNames() []string {
	var names []string
	for _, f := range barFields() {
		names = append(names, f.name)
	}
	return names
}

// laterNames are the names of later versions: refused by name, and not free
// for params and lets, so that no file breaks when they come.
func laterNames() []string {
	return []string{
		"adl", "adosc", "adx", "always", "ao", "aroon", "bar", "barssince", "bb", "beta", "cci", "ceil", "cmf", "cmo",
		"correlation", "count", "cross", "dema", "donchian", "falling", "fisher", "floor", "funding", "ha", "hma", "ichimoku",
		"instrument", "kama", "keltner", "level", "level_price", "linreg", "linreg_slope", "log", "macd", "mfi",
		"mom", "natr", "near", "obv", "percentrank", "pivots", "ppo", "psar", "rank", "rising", "roc", "round",
		"signal", "sqrt", "stoch", "stochrsi", "sum", "supertrend", "t3", "tema", "tr",
		"trima", "trix", "ultosc", "valuewhen", "variance", "vwap", "vwma", "willr", "within", "wma", "zscore",
	}
}

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
		slices.Contains(objects(), name) || slices.Contains(laterNames(), name) || name == "session" ||
		slices.Contains([]string{
			"and", "or", "not", "true", "false", "nil", "let", "if", "else", "in",
			"matches", "contains", "startsWith", "endsWith",
		}, name)
}
