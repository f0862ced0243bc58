package strategies

import "rulebot/engine/market"

var strategyKeys = keySet{what: "a strategy", id: "strategy", choose: []string{"instrument", "instruments"}, keys: []key{
	{name: "name", form: shaped(shapeID), needed: true, about: "lower case letters, digits and -; unique"},
	{name: "description", form: words(), about: "for people"},
	{name: "instrument", form: shaped(shapeInstrument), about: "what it trades, as in BTC-USD; with timeframe, where bare names come from"},
	{name: "timeframe", form: oneWord(market.TimeframeNames()...), needed: true, about: "the length of its bars"},
	{name: "instruments", form: listOf(shaped(shapeInstrument)), about: "instead of instrument: one instance of the strategy for each"},
	{name: "day_start", form: shaped(shapeDay), otherwise: "00:00 UTC", about: "when a day begins"},
	{name: "timezone", form: words(), otherwise: "UTC", about: "of time.*, session, schedules and once_per: day"},
	{name: "feeds", form: namesTo(shapeName, keysOf(&feedKeys)), about: "bars of other timeframes and instruments, by name"},
	{name: "params", form: namesTo(shapeName, keysOf(&paramKeys)), about: "numbers with names"},
	{name: "let", form: namesTo(shapeName, either(numeric(), conditional())), about: "expressions with names"},
	{name: "state", form: namesTo(shapeName, either(decimal(anySign), flag())), about: "variables with their first values; changed by set alone, and durable"},
	{name: "rules", form: listOf(keysOf(&ruleKeys)), needed: true, about: "what to do, and when"},
	{name: "exits", form: keysOf(&exitKeys), about: "what protects whatever position the strategy holds"},
	{name: "risk", form: keysOf(&budgetKeys), about: "limits of this strategy; they may only tighten those of the file"},
	{name: "tests", form: listOf(keysOf(&testKeys)), about: "what the rules must do on given bars"},
	{name: "grid", later: true, about: "orders at levels between two prices"},
	{name: "dca", later: true, about: "a first order and safety orders below it"},
	{name: "quotes", later: true, about: "bids and asks around a price"},
	{name: "rebalance", later: true, about: "a basket by score"},
}}

var feedKeys = keySet{what: "a feed", id: "feed", shown: "{timeframe: 4h}", keys: []key{
	{name: "instrument", form: shaped(shapeInstrument), otherwise: "the strategy's", about: "whose bars"},
	{name: "timeframe", form: oneWord(market.TimeframeNames()...), otherwise: "the strategy's", about: "the length of the bars"},
	{name: "align", form: words(), otherwise: "latest", about: "latest, or as in 'wait 20s': how long a rule on a bar waits for the feed's bar of the same time"},
	{name: "gap", form: oneWord("fill", "skip", "hold"), otherwise: "fill", about: "what missing bars are"},
	{name: "day_start", form: shaped(shapeDay), otherwise: "the strategy's", about: "when its bars of a day and longer begin"},
	{name: "exchange", later: true},
}}

var paramKeys = keySet{what: "a param", id: "param", keys: []key{
	{name: "value", form: decimal(anySign), needed: true, about: "its value"},
	{name: "range", form: listOf(decimal(anySign)), about: "[low, high] that an optimiser may try"},
	{name: "step", form: decimal(positive), about: "between tried values"},
	{name: "choices", form: listOf(decimal(anySign)), about: "the values that may be tried"},
}}

var exitKeys = keySet{what: "exits", id: "exits", keys: []key{
	{name: "stop_loss", form: keysOf(&stopLossKeys), about: "closes the position at a loss"},
	{name: "take_profit", form: either(keysOf(&takeProfitKeys), listOf(keysOf(&takeProfitKeys))), about: "closes the position, or parts of it, at a profit"},
	{name: "trailing_stop", form: keysOf(&trailingKeys), about: "follows the best price since the entry"},
	{name: "time_stop", form: keysOf(&timeStopKeys), about: "closes an old position"},
}}

var stopLossKeys = keySet{what: "stop_loss", id: "stop_loss", choose: []string{"pct", "price"}, shown: "stop_loss: {pct: %s}", keys: []key{
	{name: "pct", form: numeric(), unit: "percent", about: "below the entry price"},
	{name: "price", form: numeric(), unit: "quote currency", about: "the price itself"},
	{name: "where", form: oneWord("engine", "exchange"), otherwise: "engine", about: "who holds it: the engine sells when the price is reached; the exchange does so even while the bot is away"},
	{name: "ratchet", form: flag(), otherwise: "false", about: "computed again at each bar, and moved upwards only"},
	{name: "update", form: oneWord("entry", "every_bar"), otherwise: "entry", about: "computed when the position opens, or again at each bar"},
}}

var takeProfitKeys = keySet{what: "take_profit", id: "take_profit", choose: []string{"pct", "price"}, shown: "take_profit: {pct: %s}", keys: []key{
	{name: "pct", form: numeric(), unit: "percent", about: "above the entry price"},
	{name: "price", form: numeric(), unit: "quote currency", about: "the price itself"},
	{name: "size_pct", form: numeric(), unit: "percent of the position at its largest", otherwise: "all that is left", about: "how much is sold"},
	{name: "update", form: oneWord("entry", "every_bar"), otherwise: "entry", about: "computed when the position opens, or again at each bar"},
}}

var trailingKeys = keySet{what: "trailing_stop", id: "trailing_stop", choose: []string{"distance_pct", "distance"}, shown: "trailing_stop: {distance_pct: %s}", keys: []key{
	{name: "activate_pct", form: numeric(), unit: "percent", otherwise: "from the entry on", about: "gain from which it follows"},
	{name: "distance_pct", form: numeric(), unit: "percent", about: "below the best price"},
	{name: "distance", form: numeric(), unit: "quote currency", about: "below the best price"},
	{name: "where", later: true},
	{name: "update", later: true},
}}

var timeStopKeys = keySet{what: "time_stop", id: "time_stop", choose: []string{"bars", "age"}, shown: "time_stop: {bars: %s}", keys: []key{
	{name: "bars", form: numeric(), unit: "bars of the strategy", about: "a whole number or a param"},
	{name: "age", form: shaped(shapeDuration), about: "as in 8h"},
}}
