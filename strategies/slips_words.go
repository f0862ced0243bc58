package strategies

import (
	"regexp"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// typed is a character that editors and chats put in place of a plain one.
type typed struct {
	characters string
	what, hint string
	repair     string // one character: parsing goes on with it
}

func typedCharacters() []typed {
	return []typed{
		{"“”„‟«»‘’‚`´", "a typographic quote", "delete it: an expression needs no quotes; YAML takes plain ' and \" around a whole value", " "},
		{"≥", "≥", "write >=", ">"},
		{"≤", "≤", "write <=", "<"},
		{"≠", "≠", "write !=", "<"},
		{"×·", "a multiplication sign", "write *", "*"},
		{"÷", "a division sign", "write /", "/"},
		{"−–—", "a typographic minus", "write the plain -", "-"},
		{"∧∨¬", "a sign of logic", "write and, or, not", " "},
		{"$€£", "a currency sign", "write the number alone", " "},
		{"\u200b\u200c\u200d\u2060\ufeff", "an invisible character", "delete it, or type the line again", " "},
	}
}

// charSlips finds such characters and replaces them.
func charSlips(runes []rune) []slip {
	var found []slip
	for i, r := range runes {
		if r < 0x80 && r != '$' && r != '`' {
			continue
		}
		for _, t := range typedCharacters() {
			if strings.ContainsRune(t.characters, r) {
				found = append(found, slip{at: i, message: t.what + " has no meaning in an expression", hint: t.hint})
				runes[i] = []rune(t.repair)[0]
			}
		}
	}
	return found
}

// foreign are the words of other platforms, and ours for them.
func foreign(word string) string {
	for _, p := range [...][2]string{
		{"price", "close"},
		{"current_price", "close"},
		{"last_price", "close"},
		{"vol", "volume"},
		{"position_size", "position.qty"},
		{"position_avg_price", "position.entry_price"},
		{"entry_price", "position.entry_price"},
		{"equity", "account.equity"},
		{"cash", "account.cash"},
		{"balance", "account.cash"},
		{"pnl", "position.pnl"},
		{"profit", "position.pnl"},
		{"crosses_above", "crossover"},
		{"crossabove", "crossover"},
		{"cross_above", "crossover"},
		{"crossed_above", "crossover"},
		{"crosses_below", "crossunder"},
		{"crossbelow", "crossunder"},
		{"cross_below", "crossunder"},
		{"crossed_below", "crossunder"},
		{"ma", "sma"},
		{"mean", "sma"},
		{"average", "sma"},
		{"std", "stdev"},
		{"stddev", "stdev"},
		{"hhv", "highest"},
		{"llv", "lowest"},
		{"ref", "x[n]"},
		{"now", "close"},
		{"last", "ticker.last"},
		{"dayofweek", "time.weekday"},
		{"dayofmonth", "time.day"},
		{"security", "a feed: feeds: {h4: {timeframe: 4h}}, and then h4.close"},
		{"barslastexit", "trades.bars_since_exit"},
		{"bar_index", "bar.index"},
		{"new_day", "bar.new_day"},
	} {
		if strings.EqualFold(p[0], word) {
			return "write " + p[1]
		}
	}
	for _, p := range foreignFunctions() {
		if strings.EqualFold(p[0], word) {
			return "write " + p[1]
		}
	}
	switch strings.ToLower(word) {
	case "yes", "no", "on", "off":
		return "write true or false, or a comparison as in close > open"
	case "na", "nz", "isnan":
		return "leave it out: what is not ready makes a condition not ready by itself"
	}
	return ""
}

// foreignFunctions are the functions of other platforms, and ours for them.
func foreignFunctions() [][2]string {
	return [][2]string{
		{"bbands", "bb(close, 20, 2).upper"},
		{"bollinger", "bb(close, 20, 2).upper"},
		{"bbw", "bb(close, 20, 2).width"},
		{"kc", "keltner(20, 2).upper"},
		{"dmi", "adx(14).plus_di"},
		{"plus_di", "adx(14).plus_di"},
		{"minus_di", "adx(14).minus_di"},
		{"sar", "psar(0.02, 0.2)"},
		{"wpr", "willr(14)"},
		{"williams", "willr(14)"},
		{"stochastic", "stoch(14, 3, 3).k"},
		{"momentum", "mom(close, 10)"},
		{"atrp", "natr(14)"},
		{"truerange", "tr"},
		{"true_range", "tr"},
		{"ad", "adl"},
		{"accdist", "adl"},
		{"awesome", "ao(5, 34)"},
		{"slope", "linreg_slope(close, 14)"},
		{"corr", "correlation(x, y, n)"},
		{"correl", "correlation(x, y, n)"},
		{"smma", "rma"},
		{"wilder", "rma"},
		{"heikinashi", "ha.close"},
		{"heikin_ashi", "ha.close"},
		{"pivot", "pivots.p"},
		{"ima", "sma(close, 20)"},
		{"irsi", "rsi(close, 14)"},
		{"iatr", "atr(14)"},
		{"imacd", "macd(close, 12, 26, 9).line"},
		{"ibands", "bb(close, 20, 2).upper"},
		{"istochastic", "stoch(14, 3, 3).k"},
		{"pow", "x ** y"},
		{"exp", "2.718281828459045 ** x"},
		{"ln", "log"},
		{"log10", "log(x) / log(10)"},
		{"avg", "(a + b) / 2, or sma(x, n) for the last n"},
		{"trunc", "floor, or ceil below zero"},
		{"int", "floor, or ceil below zero"},
		{"iff", "condition ? a : b"},
		{"bars_since", "barssince"},
		{"value_when", "valuewhen"},
	}
}

// platform reports the prefixes that other platforms put before their names.
func platform(object string) bool {
	return contains([]string{"ta", "math", "strategy", "talib", "indicators", "tulip", "pandas_ta", "syminfo", "request"}, strings.ToLower(object))
}

// prefixed says what to write for ta.ema, strategy.position_size, close.ema.
func (c *checker) prefixed(object, name string) string {
	f, ours := lexicon.byName[name]
	_, source := lexicon.bare[name]
	switch hint := foreign(name); {
	case platform(object) && (ours || source || contains(laterNames(), name)):
		return "write " + name + " alone, without " + object + "."
	case platform(object) && hint != "":
		return hint
	case platform(object):
		return "names of the language have no prefix"
	case ours && c.isValue(object):
		return "write " + strings.Replace(f.usage(), "(x", "("+object, 1)
	}
	return ""
}

// arityHint shows the call as it was most likely meant.
func arityHint(f *function, args []*node) string {
	use := f.usage()
	one := len(args) == 1 && args[0].op != opBad
	switch {
	case one && f.over != 0 && args[0].op == opCompare:
		return "write " + f.name + "(" + args[0].args[0].String() + ", " + args[0].args[1].String() + ")"
	case one && f.unary != nil && args[0].op == opNumber:
		return "write " + f.name + "(close, " + args[0].String() + ")"
	case one && f.unary != nil && !args[0].cond:
		return "write " + use + ", as in " + f.name + "(" + clip(args[0].String()) + ", 14)"
	}
	return "write " + use + ", as in " + f.example
}

// foreignField is our word for a field of another platform.
func foreignField(field string, ours []string) string {
	for _, p := range [...][2]string{
		{"macd", "line"},
		{"histogram", "hist"},
		{"diff", "line"},
		{"dea", "signal"},
		{"mid", "middle"},
		{"basis", "middle"},
		{"sma", "middle"},
		{"top", "upper"},
		{"bottom", "lower"},
		{"bandwidth", "width"},
		{"bbw", "width"},
		{"pct_b", "percent_b"},
		{"percentb", "percent_b"},
		{"bbp", "percent_b"},
		{"pdi", "plus_di"},
		{"plus", "plus_di"},
		{"di_plus", "plus_di"},
		{"mdi", "minus_di"},
		{"minus", "minus_di"},
		{"di_minus", "minus_di"},
		{"direction", "up"},
		{"trend", "up"},
		{"oscillator", "osc"},
		{"line", "value"},
		{"fisher", "value"},
		{"conversion", "tenkan"},
		{"base", "kijun"},
		{"senkou_a", "span_a"},
		{"senkou_b", "span_b"},
		{"lead1", "span_a"},
		{"lead2", "span_b"},
		{"fast", "k"},
		{"slow", "d"},
	} {
		if strings.EqualFold(p[0], field) && contains(ours, p[1]) {
			return p[1]
		}
	}
	return ""
}

// walkAll checks arguments of a call that is wrong itself.
func (c *checker) walkAll(args []ast.Node) []*node {
	nodes := make([]*node, len(args))
	for i, a := range args {
		nodes[i] = c.walk(a)
	}
	return nodes
}

var joinedPair = regexp.MustCompile(`^([A-Z0-9]{2,8})(USDT|USDC|USD|EUR|GBP|BTC|ETH)$`)

// likeInstrument makes BTC-USD of btcusd and BTC/USD; "" when it cannot.
func likeInstrument(id string) string {
	up := strings.ToUpper(strings.NewReplacer("/", "-", "_", "-", ":", "-", " ", "").Replace(id))
	if m := joinedPair.FindStringSubmatch(up); m != nil {
		up = m[1] + "-" + m[2]
	}
	if up != id && instrumentForm.MatchString(up) {
		return up
	}
	return ""
}

var timeframeForm = regexp.MustCompile(`^([0-9]*)([a-z]*)([0-9]*)$`)

// likeTimeframe makes 15m of "15 min", M15 and 15; "" when it cannot.
func likeTimeframe(v string, known []string) string {
	m := timeframeForm.FindStringSubmatch(strings.ToLower(strings.ReplaceAll(v, " ", "")))
	if m == nil {
		return ""
	}
	count, unit := m[1]+m[3], m[2]
	if unit != "" {
		unit = unit[:1]
	}
	if minutes := map[string]string{"60": "1h", "120": "2h", "240": "4h", "360": "6h", "720": "12h", "1440": "1d"}[count]; minutes != "" && (unit == "" || unit == "m") {
		return minutes
	}
	if unit == "" {
		unit = "m"
	}
	if count == "" {
		count = "1"
	}
	if contains(known, count+unit) {
		return count + unit
	}
	return ""
}
