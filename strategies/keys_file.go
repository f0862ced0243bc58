package strategies

var fileKeys = keySet{what: "the file", id: "file", keys: []key{
	{name: "version", form: form{kind: formWhole, words: []string{"1"}}, needed: true, about: "the version of the language: 1"},
	{name: "mode", form: oneWord(string(DryRun), string(Live)), otherwise: string(DryRun), about: "whether the file asks for live trading: one of the three things that it needs"},
	{name: "exchange", form: keysOf(&exchangeKeys), needed: true, about: "where to trade"},
	{name: "account", form: keysOf(&accountKeys), about: "what a dry run or a backtest starts from"},
	{name: "instruments", form: namesTo(shapeInstrument, keysOf(&instrumentKeys)), about: "steps and minimum of instruments, in place of the exchange's"},
	{name: "risk", form: keysOf(&riskKeys), about: "limits that hold in every mode, for all strategies together"},
	{name: "on_exit", form: oneWord("cancel", "leave"), otherwise: "cancel", about: "what becomes of orders that open positions when the bot stops"},
	{name: "flatten", form: flag(), otherwise: "false", about: "whether `bot halt --flatten` may close positions; a halt alone never does"},
	{name: "record", form: flag(), otherwise: "false", about: "keep a recording of the run beside its store, for `bot verify`; runs on the built-in exchange always do"},
	{name: "include", form: listOf(words()), about: "files with more strategies, as in [strategies.d/*.yaml]"},
	{name: "strategies", form: listOf(keysOf(&strategyKeys)), about: "the strategies"},
}}

// includedKeys are those of a file that another one includes.
var includedKeys = keySet{what: "an included file", id: "included", keys: []key{
	{name: "strategies", form: listOf(keysOf(&strategyKeys)), needed: true, about: "the strategies"},
}}

var exchangeKeys = keySet{what: "exchange", id: "exchange", keys: []key{
	{name: "name", form: oneWord(exchangeNames[:]...), needed: true, about: "the exchange"},
	{name: "region", form: oneWord(exchangeRegions[:]...), otherwise: "global", about: "okx only: where the account was opened; not beside endpoint"},
	{name: "environment", form: oneWord(exchangeEnvironments[:]...), otherwise: "live; demo at an endpoint", about: "okx only: with real money or without; mode: live asks for it"},
	{name: "cancel_after", form: either(oneWord("off"), shaped(shapeDuration)), otherwise: "60s", about: "okx only: how long the exchange leaves our orders alone when a live bot is silent, 10s to 120s; then it cancels them, but not the stops that it holds"},
	{name: "unsafe_key", form: oneWord("refuse", "warn"), otherwise: "refuse", about: "okx only: what a live run does about a key that can take money out of the account"},
	{name: "endpoint", form: either(oneWord("builtin"), keysOf(&endpointKeys)), otherwise: "the real hosts", about: "builtin is an exchange inside the program"},
	{name: "market", form: keysOf(&marketKeys), about: "what the built-in exchange plays"},
}}

var endpointKeys = keySet{what: "endpoint", id: "endpoint", keys: []key{
	{name: "rest", form: words(), needed: true, about: "URL of the requests: https://host/path"},
	{name: "ws", form: words(), needed: true, about: "URL of the streams: wss://host/path"},
	{name: "ca", form: words(), otherwise: "the system's", about: "file of certificates (PEM), beside this one, that the exchange's must come from"},
}}

var marketKeys = keySet{what: "market", id: "market", keys: []key{
	{name: "seed", form: wholeNumber(orZero), otherwise: "1", about: "which generated market"},
	{name: "days", form: wholeNumber(orZero), otherwise: "4", about: "its length; 0 is without end"},
	{name: "file", form: words(), about: "a file of bars or a recorded market, instead of a generated one"},
}}

var accountKeys = keySet{what: "account", id: "account", keys: []key{
	{name: "alias", form: shaped(shapeAlias), otherwise: "main", about: "the name of the account in ids and logs"},
	{name: "balances", form: namesTo(shapeCurrency, decimal(orZero)), about: "what a dry run begins with, by currency"},
	{name: "fees", form: keysOf(&feeKeys), about: "what trading costs"},
	{name: "latency", form: either(shaped(shapeDuration), keysOf(&latencyKeys)), otherwise: "50ms", about: "from a decision to the exchange"},
	{name: "fills", form: keysOf(&fillKeys), about: "how simulated orders that rest fill"},
	{name: "slippage_bps", form: decimal(orZero), unit: "basis points", otherwise: "0", about: "how much worse than the market a taker fills"},
	{name: "spread_bps", form: decimal(orZero), unit: "basis points", otherwise: "2", about: "the spread where the data has no quotes"},
	{name: "baseline", form: oneWord("ignore", "adopt"), otherwise: "ignore", about: "what the account holds already: left alone, or taken over"},
}}

var feeKeys = keySet{what: "fees", id: "fees", keys: []key{
	{name: "maker_pct", form: decimal(anySign), unit: "percent", otherwise: "0.1", about: "fee of an order that rested"},
	{name: "taker_pct", form: decimal(orZero), unit: "percent", otherwise: "0.2", about: "fee of an order that took"},
	{name: "tiers", form: listOf(keysOf(&tierKeys)), otherwise: "none", about: "other fees in a simulation for who trades enough, ascending"},
}}

var tierKeys = keySet{what: "a tier", id: "tier", keys: []key{
	{name: "traded", form: decimal(positive), unit: "quote currency", needed: true, about: "from so much on, traded on the thirty UTC days before"},
	{name: "maker_pct", form: decimal(anySign), unit: "percent", needed: true, about: "fee of an order that rested"},
	{name: "taker_pct", form: decimal(orZero), unit: "percent", needed: true, about: "fee of an order that took"},
}}

var latencyKeys = keySet{what: "latency", id: "latency", keys: []key{
	{name: "from", form: shaped(shapeDuration), needed: true, about: "the least"},
	{name: "to", form: shaped(shapeDuration), needed: true, about: "the most"},
	{name: "draw", form: oneWord("uniform", "exponential"), otherwise: "uniform", about: "every time as likely, or most of them near the least"},
	{name: "seed", form: wholeNumber(orZero), otherwise: "1", about: "which times are drawn; the same seed draws the same"},
}}

var fillKeys = keySet{what: "fills", id: "fills", keys: []key{
	{name: "queue", form: oneWord("trades", "book"), otherwise: "trades", about: "what was there before an order at its price must trade first; with book it may also be withdrawn"},
	{name: "volume_pct", form: decimal(positive), unit: "percent", otherwise: "100", about: "the most of each market trade, and of a quote beyond their price, that fills orders at rest"},
}}

var instrumentKeys = keySet{what: "an instrument", id: "instrument", keys: []key{
	{name: "tick", form: decimal(positive), unit: "quote currency", needed: true, about: "smallest step of a price"},
	{name: "lot", form: decimal(positive), unit: "base currency", needed: true, about: "smallest step of a quantity"},
	{name: "min", form: decimal(positive), unit: "base currency", needed: true, about: "smallest quantity of an order"},
	{name: "max", form: decimal(positive), unit: "base currency", otherwise: "any", about: "largest order"},
	{name: "min_value", form: decimal(positive), unit: "quote currency", otherwise: "any", about: "least that an order is worth"},
}}

var riskKeys = keySet{what: "risk", id: "risk", keys: []key{
	{name: "allow", form: namesTo(shapeInstrument, listOf(oneWord("buy", "sell", "market", "limit", "gtc", "ioc", "fok", "post_only"))), otherwise: "every instrument of the file", about: "what may be traded, on which side, and, where some are written, by which kinds of orders: `market`, `limit`, or limit orders with a time in force; exits and `close` are of any kind"},
	{name: "max_order_quantity", form: namesTo(shapeInstrument, decimal(positive)), unit: "base currency", otherwise: "none", about: "largest order, by instrument; what sells more is divided"},
	{name: "max_order_value", form: decimal(positive), unit: "quote currency", otherwise: "the starting equity", about: "largest order; what sells more is divided"},
	{name: "collar_pct", form: decimal(positive), unit: "percent", otherwise: "2", about: "how far from the market an order may be priced"},
	{name: "max_spread_pct", form: decimal(positive), unit: "percent", otherwise: "1", about: "how far apart bid and ask may be; exits and close pass"},
	{name: "max_depth_pct", form: decimal(positive), unit: "percent", otherwise: "10", about: "largest buy that takes, as a share of what the book shows within the collar, where more is known than its best"},
	{name: "funds_buffer_pct", form: decimal(positive), unit: "percent", otherwise: "0.5", about: "share of the cash that no order may use"},
	{name: "max_position_value", form: decimal(positive), unit: "quote currency", otherwise: "the starting equity", about: "largest position in one instrument, open orders included"},
	{name: "max_exposure", form: decimal(positive), unit: "quote currency", otherwise: "the starting equity", about: "all positions together, open orders included"},
	{name: "max_open_orders", form: keysOf(&openOrderKeys), about: "orders that may be open at once; sales that do not rest pass"},
	{name: "max_orders", form: keysOf(&orderRateKeys), about: "orders that may be sent; exits and close have a fifth more"},
	{name: "max_fires", form: keysOf(&fireRateKeys), about: "how often one rule may fire; close is not held back"},
	{name: "max_daily_loss", form: keysOf(&lossKeys), about: "the loss in a UTC day from which on only reducing orders leave; at one and a half times of it the bot halts"},
	{name: "max_daily_traded", form: decimal(positive), unit: "quote currency", otherwise: "any", about: "value of all fills of a UTC day from which on only reducing orders leave"},
	{name: "max_drawdown_pct", form: decimal(positive), unit: "percent", otherwise: "50", about: "the fall from the highest equity at which the bot halts"},
}}

var openOrderKeys = keySet{what: "max_open_orders", id: "max_open_orders", keys: []key{
	{name: "instrument", form: wholeNumber(positive), otherwise: "10", about: "of one instrument"},
	{name: "total", form: wholeNumber(positive), otherwise: "20", about: "of all"},
}}

var orderRateKeys = keySet{what: "max_orders", id: "max_orders", keys: []key{
	{name: "second", form: wholeNumber(positive), otherwise: "5", about: "in a second"},
	{name: "minute", form: wholeNumber(positive), otherwise: "60", about: "in a minute"},
	{name: "day", form: wholeNumber(positive), otherwise: "1000", about: "in a day"},
}}

var fireRateKeys = keySet{what: "max_fires", id: "max_fires", keys: []key{
	{name: "minute", form: wholeNumber(positive), otherwise: "3", about: "in a minute"},
	{name: "hour", form: wholeNumber(positive), otherwise: "20", about: "in an hour"},
	{name: "day", form: wholeNumber(positive), otherwise: "100", about: "in a day"},
}}

var lossKeys = keySet{what: "max_daily_loss", id: "max_daily_loss", keys: []key{
	{name: "pct", form: decimal(positive), unit: "percent", otherwise: "20 in a dry run", about: "of the equity that the day began with"},
	{name: "value", form: decimal(positive), unit: "quote currency", about: "as an amount; the smaller of both counts"},
}}

// budgetKeys are the limits of one strategy. They may only tighten.
var budgetKeys = keySet{what: "risk of a strategy", id: "budget", keys: []key{
	{name: "max_order_quantity", form: decimal(positive), unit: "base currency", about: "largest order; what sells more is divided"},
	{name: "max_order_value", form: decimal(positive), unit: "quote currency", about: "largest order; what sells more is divided"},
	{name: "max_position_value", form: decimal(positive), unit: "quote currency", about: "largest position of the strategy, open orders included"},
	{name: "max_open_orders", form: wholeNumber(positive), about: "its orders that may be open at once; exits and close pass all limits of the strategy"},
	{name: "max_orders", form: keysOf(&orderRateKeys), about: "orders that it may send"},
	{name: "max_fires", form: keysOf(&fireRateKeys), about: "how often one of its rules may fire"},
	{name: "max_daily_loss", form: keysOf(&lossKeys), about: "its loss in a UTC day, open positions included, at which it only sells until the next"},
}}
