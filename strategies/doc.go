// Package strategies turns a configuration file into strategies that the
// engine can run: YAML, checked to the last key, with expressions compiled to
// closures. [Load] does all of it and reports every mistake at once, each with
// line, column and what to write instead. The package reads no file, clock or
// network; it takes bytes and a name.
//
// # The file
//
//	version: 1
//	mode: dry-run                  # dry-run (default) | live
//	exchange:
//	  name: okcoin                 # okcoin | okx
//	  region: global               # okx only: global | us | eea | okcoin, where the account was opened
//	  environment: demo            # okx only: live | demo; mode: live asks for it
//	  cancel_after: 60s            # okx only: off, or how long our orders outlive a bot that is silent
//	  unsafe_key: refuse           # okx only: refuse | warn, of a key that can take money out
//	  endpoint: builtin            # builtin | {rest: URL, ws: URL, ca: FILE}; absent: the real hosts
//	  market: {seed: 1, days: 4}   # builtin only; or {file: PATH}
//	account:
//	  alias: main
//	  balances: {USD: 100000}
//	  fees: {maker_pct: 0.1, taker_pct: 0.2, tiers: [{traded: 50000, maker_pct: 0.08, taker_pct: 0.15}]}
//	  latency: 50ms                # or {from: 20ms, to: 200ms, draw: exponential, seed: 1}
//	  fills: {queue: trades, volume_pct: 100}
//	  slippage_bps: 0
//	  spread_bps: 2
//	  baseline: ignore             # ignore | adopt
//	instruments:
//	  BTC-USD: {tick: 0.01, lot: 0.0001, min: 0.0001} # and, where there are: max, min_value
//	risk:                          # money in the quote currency; zero is an error
//	  allow: {BTC-USD: [buy, sell]} # or of some kinds alone: [buy, sell, market, limit, gtc, ioc, fok, post_only]
//	  max_order_quantity: {BTC-USD: 0.1}
//	  max_order_value: 15000
//	  collar_pct: 2
//	  max_spread_pct: 1
//	  max_depth_pct: 10
//	  max_daily_traded: 100000
//	  funds_buffer_pct: 0.5
//	  max_position_value: 20000
//	  max_exposure: 40000
//	  max_open_orders: {instrument: 10, total: 20}
//	  max_orders: {second: 5, minute: 60, day: 1000}
//	  max_fires: {minute: 3, hour: 20, day: 100}
//	  max_daily_loss: {pct: 2, value: 2000}
//	  max_drawdown_pct: 5
//	on_exit: cancel                # cancel | leave
//	flatten: false                 # may bot halt --flatten close positions
//	record: false                  # keep a recording of the run beside its store
//	include: [strategies.d/*.yaml] # files that hold strategies: alone
//	strategies: [ ... ]
//
// Keys that exist in the language and not yet here are refused by name: "not
// in this version". Money, prices and quantities are exact decimals; numbers
// are written plainly, without separators, exponents or leading zeros. Tags,
// anchors, aliases, merge keys and a second document are errors, because YAML
// would read them as something else than they look.
//
// # A strategy
//
//	name: ema-cross                # [a-z0-9-], unique
//	description: follows the trend # for people
//	instrument: BTC-USD            # with timeframe: where bare names come from
//	timeframe: 15m                 # 1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w
//	timezone: America/New_York     # of time.*, session and days; UTC unless written
//	day_start: "17:00 -05:00"      # when days begin, and bars of 1d and 1w
//	feeds:  {h4: {timeframe: 4h}, eth: {instrument: ETH-USD, align: wait 20s, gap: hold}}
//	state:  {armed: false, bottom: 1500}    # kept over restarts, changed by set: alone
//	params: {fast: {value: 12, range: [5, 30], step: 1, choices: [9, 12]}}
//	let:    {ema_fast: ema(close, fast)}   # any order, no cycles
//	rules:
//	  - name: enter
//	    event: bar                 # bar (default) | tick | book | fill | {timer: 30s}
//	                               # | {schedule: "0 5 0 * * MON"}
//	    for: flat                  # flat | long | any (default)
//	    when: crossover(ema_fast, ema(close, 26))
//	    unless: rsi(close, 14) > 70
//	    fire: edge                 # edge (default): false to true | while_true
//	    once_per: day              # bar (default of tick and book) | day | position | event
//	    cooldown: 4 bars           # or 30m
//	    max_entries: 3             # no buy once a position has so many
//	    max_age: 2s                # dropped when later than this after the event
//	    do: {buy: {size: {equity_pct: 10}, type: market, max_slippage_bps: 20}}
//	  - name: leave
//	    for: long
//	    when: close < ema_fast
//	    do: close                  # or {close: {type: market}}, or a list of actions
//	exits:
//	  stop_loss:     {pct: 2}      # or {price: position.entry_price - 2 * atr(14)}
//	  take_profit:   {pct: 4}      # or {price: ...}, or a list: [{pct: 3, size_pct: 50}, {pct: 6}]
//	  trailing_stop: {activate_pct: 1, distance_pct: 0.5}   # or distance: in price
//	  time_stop:     {bars: 96}    # or {age: 8h}
//	risk: {max_order_value: 1000, max_open_orders: 2}   # limits of this strategy
//	tests: [ ... ]
//
// The limits of a strategy are max_order_quantity, max_order_value,
// max_position_value, max_open_orders, max_orders, max_fires and
// max_daily_loss. They may only tighten those of the file, count what is the
// strategy's own, and hold back everything but its exits.
//
// A size has one unit: base, quote, equity_pct, position_pct, or risk_pct with
// stop, the price at which that share of the equity is lost. Every number of
// a size, a price or an exit may be an expression.
//
// A schedule has six fields: second, minute, hour, day of the month, month,
// weekday. Each is *, a value, a range 1-5, a step */15 or 9-17/4, or a list
// of those; months and weekdays have names. It runs on the clock of timezone.
//
// # Actions
//
//	buy:    {size: {quote: 200}, type: limit, price: close * 0.999, post_only: true, expire: 2 bars, then: market}
//	sell:   {size: {base: 0.1}, type: stop, stop_price: lowest(low, 20)}
//	close:  {type: limit, price: book.ask, tif: gtc, tag: leave}     # all that is held
//	reduce: {size: {position_pct: 30}}     # a part of what is held
//	cancel: all                            # or {tag: leave}, {side: buy}
//	set:    {armed: close > open, bottom: max(state.bottom, low)}      # seen from the next event on
//	notify: "close is {close}, not {{braces}}"
//	log:    "held for {position.bars} bars"
//	halt:   "the drawdown is {account.drawdown_pct} %"
//
// An order is of type market (default), limit (price), stop (stop_price) or
// stop_limit (both); the engine holds a stop until the last price reaches it.
// tif is gtc, ioc or fok: ioc for what trades at the market, gtc for the rest.
// post_only rests or ends. expire cancels what is left after so many bars or so
// long, and then: market places that at the market. max_slippage_bps narrows
// the collar of what trades at the market. A tag is a name to cancel by.
// reduce_only: true is what holds of every sale anyway. What contradicts itself
// is refused.
//
// # Exits
//
// stop_loss is computed when the position opens; with update: every_bar again
// at each bar, and with ratchet: true so that it only rises. take_profit has
// update too, and size_pct: the share of the position at its largest. where:
// exchange lets the exchange hold the stop, beside every other exit: the engine
// replaces it when its price or the position changes.
//
// # Expressions
//
// Two types: numbers, which are 64-bit floats, and conditions. Operators, from
// loose to tight: c ? a : b, or (||), and (&&), comparisons (== != < <= > >=,
// chained as in 20 < r < 80), + -, not (!), * / %, unary -, **. Conditions
// compare with == and != only.
//
//	open high low close volume      of the last closed bar
//	hl2 hlc3 ohlc4                  means of its prices
//	tr obv adl                      true range, on-balance volume, accumulation
//	vwap                            mean price of the day, weighted by volume
//	ha.open ha.high ha.low ha.close smoothed bars, Heikin-Ashi
//	pivots.p r1 r2 r3 s1 s2 s3      levels from the day before: pivots.r1
//	bar.index bar.new_day           number of the bar since 1970; first of its day
//	x[n]                            x, n bars ago
//
// Of a series, which comes first:
//
//	sma ema rma wma dema tema hma kama trima vwma (x, n), t3(x, n[, b])
//	rsi roc mom cmo trix (x, n), macd ppo (x, fast, slow, signal), of which
//	    .line .signal .hist, stochrsi(x, n, m, k, d) .k .d
//	stdev variance zscore percentrank linreg linreg_slope (x, n)
//	bb(x, n, mult) .upper .middle .lower .width .percent_b
//	correlation beta (x, y, n)
//	highest lowest sum rising falling (x, n), change(x[, n])
//
// Of the bar:
//
//	atr natr cci mfi willr cmf vwap (n), ultosc(a, b, c)
//	ao adosc (fast, slow), psar(step, max)
//	stoch(n, k, d) .k .d, fisher(n) .value .trigger
//	adx(n) .adx .plus_di .minus_di .dx, aroon(n) .up .down .osc
//	supertrend(n, mult) .value .up, of which up is a condition
//	donchian(n) keltner(n, mult) .upper .middle .lower
//	ichimoku(a, b, c) .tenkan .kijun .span_a .span_b
//
// Of conditions and crosses:
//
//	barssince(cond) valuewhen(cond, x[, k])
//	within always count (cond, n)
//	crossover(a, b) crossunder(a, b) cross(a, b)
//
// Of numbers: abs round floor ceil sqrt log (x), min(a, b) max(a, b)
// clamp(x, low, high), and the condition near(a, b, tol).
//
// docs/rules.md has the definition, range and first bar of each. A call with
// several values needs one of its fields.
//
// not binds before a comparison: write not (a > b). In a | block, what follows
// // on a line is a comment.
//
// Lengths and indexes are whole literals or params, so that warm-up and memory
// are known at load. A series is made of bar data and params only:
// ema(position.qty, 10) is refused. Names of params and lets may not be words
// of the language, present or later ones.
//
// stdev is the population's. rsi and atr use rma. ema and rma start from the
// mean of their first n values; atr's first true range is high - low. highest,
// lowest and donchian include the current bar. What is made of conditions takes
// bar data and params only: within(position.is_long, 5) is refused.
//
// barssince is longer ago than any number before the first time. valuewhen is
// not ready before it. within is true, and always false, as soon as one bar
// says so; otherwise each of the n must be known. After a gap every series
// starts anew, barssince too. vwap and pivots begin with the first bar of a day
// of the strategy: what was seen of a day that had begun before is left out.
//
// # What is no series
//
// These are read at the event that wakes the rule. They have no bars: they
// stand beside a series in a condition, and never inside one.
//
//	position.   qty value entry_price pnl pnl_pct bars max_price min_price
//	            entries is_long is_flat
//	account.    equity cash drawdown_pct
//	trades.     today losses_in_row last_pnl_pct bars_since_exit
//	last_fill.  price qty
//	orders.     open open_buys open_sells
//	ticker.     last bid ask
//	book.       bid ask mid micro spread spread_bps bid_size ask_size
//	            imbalance(n) bid_depth(bps) ask_depth(bps)
//	time.       hour minute weekday (1 is Monday) day (of the month)
//	session("09:30-16:00"), session("22:00-02:00", "Europe/Berlin")
//	state.      the names under state:
//
// Before the first exit, trades.bars_since_exit is longer ago than any number:
// < 20 is false and > 20 is true. session asks when the bar opened, of other
// events when they happened; its end is excluded, and it may pass midnight.
//
// # Feeds
//
// Bare names are of the default feed: instrument and timeframe of the
// strategy. A named feed has the same bars of another timeframe or instrument:
// h4.close, h4.close[1], h4.atr(14), ema(h4.close, 50). Its values are those
// of its last closed bar. A condition may compare values of several feeds; a
// series is made of the bars of one feed alone, because the bars of two close
// at different times.
//
// gap says what a missing interval is: fill (the default) makes up to 60 flat
// bars and calls more a gap, skip counts only bars that exist, hold calls any
// missing interval a gap. align: wait 20s lets rules on a bar wait for the bar
// of another instrument that closes at the same time; latest, the default,
// takes its newest.
//
// instruments: [BTC-USD, ETH-USD] in place of instrument makes a strategy for
// each, NAME-btc-usd and NAME-eth-usd, with a position and a state of its own.
//
// The day of a strategy begins at day_start, else at midnight of its timezone.
// Zones come with the program where the machine has none.
//
// # Not ready
//
// A condition is true, false or not ready: warming up, after a gap, not a
// number, infinite, or a value that does not exist now (the entry price while
// flat). false and x is false, true or x is true, whatever x is; everything
// else that touches what is not ready is not ready. Only true fires; unless
// blocks when it is not ready. The cause is told.
//
// # How it runs
//
// github.com/expr-lang/expr parses; the checker and what runs are ours. Every
// distinct series of a file is one slot, whoever asks for it and however often,
// updated once per closed bar of its feed; a rule only reads slots. So && and
// || may stop early without starving a series, and a rule costs nanoseconds
// and no allocation. Products are rounded before they are summed, so that the
// same bars give the same bits on every machine.
package strategies
