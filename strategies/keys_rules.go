package strategies

var ruleKeys = keySet{what: "a rule", id: "rule", keys: []key{
	{name: "name", form: words(), needed: true, about: "shown with every decision; unique in the strategy"},
	{name: "event", form: either(oneWord("bar", "tick", "book", "fill"), keysOf(&eventKeys)), otherwise: "bar", about: "what wakes the rule"},
	{name: "for", form: oneWord("flat", "long", "any"), otherwise: "any", about: "the position it wants to see; part of the condition; flat is not ready while a buy of the strategy is under way or waits for its price"},
	{name: "when", form: conditional(), needed: true, about: "the condition"},
	{name: "unless", form: conditional(), about: "blocks the rule while it holds or is not ready"},
	{name: "fire", form: oneWord("edge", "while_true"), otherwise: "edge", about: "when the condition rises from false to true (what was not ready is no false), or at each event while it is true"},
	{name: "once_per", form: oneWord("bar", "day", "position", "event"), otherwise: "bar for tick and book", about: "fires once in it at most; event is no such guard"},
	{name: "cooldown", form: shaped(shapeWait), about: "how long it stays silent after it fired, as in '4 bars' or 30m"},
	{name: "max_entries", form: wholeNumber(positive), otherwise: "without bound", about: "buys of one position, by any rule, after which this one buys no more"},
	{name: "max_age", form: shaped(shapeDuration), otherwise: "never", about: "what it wants is dropped when it is later than this after the event"},
	{name: "do", form: either(actionForm(), listOf(actionForm())), needed: true, about: "one action, or a list of them"},
}}

var eventKeys = keySet{what: "event", id: "event", single: true, shown: "event: {timer: %s}", keys: []key{
	{name: "timer", form: shaped(shapeDuration), about: "every so often, as in 30s"},
	{name: "schedule", form: shaped(shapeSchedule), about: "second minute hour day month weekday, as in \"0 5 0 * * MON\""},
}}

func actionForm() form { return either(oneWord("close"), keysOf(&actionKeys)) }

var actionKeys = keySet{what: "an action", id: "action", single: true, keys: []key{
	{name: "buy", form: keysOf(&buyKeys), about: "buy"},
	{name: "sell", form: keysOf(&sellKeys), about: "sell of what is held"},
	{name: "close", form: either(oneWord("market"), keysOf(&closeKeys)), about: "sell all that is held"},
	{name: "reduce", form: keysOf(&reduceKeys), about: "sell a part of what is held, never more"},
	{name: "cancel", form: either(oneWord("all"), keysOf(&cancelKeys)), about: "cancel orders of the strategy"},
	{name: "set", form: namesTo(shapeName, either(numeric(), conditional())), about: "give variables of the state new values, seen from the next event on"},
	{name: "notify", form: words(), about: "tell people; {expression} in it becomes its value"},
	{name: "halt", form: words(), about: "stop everything, exits too, until a person lifts it; says why"},
	{name: "log", form: words(), about: "a line in the log; {expression} in it becomes its value"},
	{name: "group", later: true},
	{name: "legs", later: true},
}}

// orderKeys are how an order is placed.
func orderKeys() []key {
	return []key{
		{name: "type", form: oneWord("market", "limit", "stop", "stop_limit"), otherwise: "market", about: "how it is placed; a stop waits in the engine for its price"},
		{name: "price", form: numeric(), unit: "quote currency", about: "limit of a limit or stop_limit order"},
		{name: "stop_price", form: numeric(), unit: "quote currency", about: "last price at which a stop or stop_limit order is placed"},
		{name: "post_only", form: flag(), otherwise: "false", about: "rests or ends, never takes"},
		{name: "tif", form: oneWord("gtc", "ioc", "fok"), otherwise: "ioc for market and stop, gtc for the others", about: "rests until cancelled; what does not trade at once ends; all at once or nothing"},
		{name: "expire", form: shaped(shapeWait), otherwise: "never", about: "cancelled after so long, as in '2 bars' or 30s"},
		{name: "then", form: oneWord("market"), about: "what is left on expiry is placed at the market"},
		{name: "max_slippage_bps", form: decimal(positive), unit: "basis points", otherwise: "collar_pct", about: "how much worse than the middle of bid and ask a market order may fill"},
		{name: "tag", form: shaped(shapeAlias), about: "a name to cancel it by"},
		{name: "feed", later: true},
		{name: "legs", later: true},
	}
}

func sized() key {
	return key{name: "size", form: keysOf(&sizeKeys), needed: true, about: "how much, with its unit"}
}

func reduceOnly() key {
	return key{name: "reduce_only", form: flag(), otherwise: "true", about: "true is what holds anyway: on a spot market nothing is sold that is not held"}
}

var (
	buyKeys    = keySet{what: "buy", id: "buy", shown: "buy: {size: {quote: %s}}", keys: append(orderKeys(), sized())}
	sellKeys   = keySet{what: "sell", id: "sell", shown: "sell: {size: {quote: %s}}", keys: append(orderKeys(), sized(), reduceOnly())}
	closeKeys  = keySet{what: "close", id: "close", shown: "close: {type: market}", keys: append(orderKeys(), reduceOnly())}
	reduceKeys = keySet{what: "reduce", id: "reduce", shown: "reduce: {size: {position_pct: %s}}", keys: append(orderKeys(), sized(), reduceOnly())}
)

var sizeKeys = keySet{what: "size", id: "size", choose: []string{"base", "quote", "equity_pct", "position_pct", "risk_pct"}, keys: []key{
	{name: "base", form: numeric(), unit: "base currency", about: "a quantity"},
	{name: "quote", form: numeric(), unit: "quote currency", about: "a value, at the worst price that the order may fill at"},
	{name: "equity_pct", form: numeric(), unit: "percent", about: "of the account's equity, at that price too"},
	{name: "position_pct", form: numeric(), unit: "percent", about: "of what the strategy holds"},
	{name: "risk_pct", form: numeric(), unit: "percent", about: "of the equity, lost when stop is reached"},
	{name: "stop", form: numeric(), unit: "quote currency", about: "of risk_pct: the price at which the loss is counted"},
}}

var cancelKeys = keySet{what: "cancel", id: "cancel", shown: "cancel: all", keys: []key{
	{name: "all", form: flag(), about: "all live orders of the strategy"},
	{name: "tag", form: shaped(shapeAlias), about: "those with the tag"},
	{name: "side", form: oneWord("buy", "sell"), about: "those of the side"},
}}
