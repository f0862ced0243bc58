package strategies

import "strings"

// foreignKey says what to write for a key of another platform, or of another
// place in the file.
func foreignKey(ks *keySet, name string) string {
	like := strings.ReplaceAll(strings.ToLower(name), "-", "_")
	kind := ks.id
	if kind == buyKeys.id || kind == sellKeys.id || kind == closeKeys.id || kind == reduceKeys.id {
		kind = "order"
	}
	for _, w := range otherKeys {
		if w.kind == kind && contains(w.names, like) {
			if strings.HasPrefix(w.write, "leave") {
				return w.write
			}
			return "write " + w.write
		}
	}
	return ""
}

// otherKey is a key that people bring from elsewhere.
type otherKey struct {
	kind  string // of the map
	names []string
	write string
}

var otherKeys = []otherKey{
	{"order", []string{"limit", "limit_price", "at"}, "type: limit and price: close * 0.999"},
	{"order", []string{"trigger", "trigger_price", "stop_px", "activation_price"}, "type: stop and stop_price: and the price"},
	{"order", []string{"stop", "stop_loss", "sl", "take_profit", "tp", "trailing_stop"}, "it under exits: of the strategy, which protect whatever position it holds"},
	{"order", []string{"qty", "quantity", "amount", "volume", "base"}, "size: {base: 0.01}"},
	{"order", []string{"value", "notional", "cash", "usd", "cost", "quote"}, "size: {quote: 500}"},
	{"order", []string{"percent", "pct", "equity_pct"}, "size: {equity_pct: 10}"},
	{"order", []string{"position_pct"}, "size: {position_pct: 50}"},
	{"order", []string{"slippage", "slippage_bps", "max_slippage", "max_slippage_pct"}, "max_slippage_bps: 20; 1 percent is 100"},
	{"order", []string{"time_in_force", "timeinforce"}, "tif: gtc, ioc or fok"},
	{"order", []string{"postonly", "maker", "maker_only"}, "post_only: true"},
	{"order", []string{"ttl", "timeout", "cancel_after", "good_till", "valid_for"}, "expire: 2 bars, or expire: 30s"},
	{"order", []string{"label", "id", "name", "client_id", "comment"}, "tag: and a name to cancel it by"},
	{"order", []string{"leverage", "margin"}, "leave it out: a spot market has none"},
	{"size", []string{"usd", "value", "amount", "notional", "cash", "cost"}, "quote: and the amount"},
	{"size", []string{"qty", "quantity", "units", "coins", "contracts"}, "base: and the quantity"},
	{"size", []string{"percent", "pct", "equity", "balance_pct", "account_pct"}, "equity_pct: 10"},
	{"size", []string{"position", "of_position"}, "position_pct: 50"},
	{"size", []string{"risk", "risk_percent"}, "risk_pct: 1 and stop: and the price at which that is lost"},
	{"rule", []string{"if", "condition", "entry", "buy_when", "trigger_when"}, "when: and the condition"},
	{"rule", []string{"then", "action", "actions"}, "do: and what to do"},
	{"rule", []string{"on", "trigger", "every", "interval", "timer"}, "event: bar, tick, book, fill, {timer: 30s} or {schedule: \"0 5 0 * * MON\"}"},
	{"rule", []string{"schedule", "cron"}, "event: {schedule: \"0 5 0 * * MON\"}"},
	{"rule", []string{"throttle", "wait", "debounce", "delay"}, "cooldown: 4 bars, or cooldown: 30m"},
	{"rule", []string{"position", "side", "state"}, "for: flat, long or any"},
	{"rule", []string{"pyramiding", "max_positions"}, "max_entries: and how many buys a position may have"},
	{"rule", []string{"stop_loss", "take_profit", "trailing_stop", "time_stop"}, "it under exits: of the strategy"},
	{"rule", []string{"size", "type", "price"}, "it in the action, as in do: {buy: {size: {quote: 500}}}"},
	{"exits", []string{"sl", "stop", "stoploss"}, "stop_loss: {pct: 2}"},
	{"exits", []string{"tp", "profit", "target", "takeprofit"}, "take_profit: {pct: 4}"},
	{"exits", []string{"trailing", "trail", "tsl"}, "trailing_stop: {distance_pct: 1}"},
	{"exits", []string{"max_bars", "timeout", "max_age", "time"}, "time_stop: {bars: 96}, or {age: 8h}"},
	{"action", []string{"alert", "message", "telegram", "email", "webhook", "tell"}, "notify: \"close is {close}\""},
	{"action", []string{"print", "comment"}, "log: \"close is {close}\""},
	{"action", []string{"exit", "flatten", "close_all", "sell_all", "liquidate"}, "close, which sells all that is held"},
	{"action", []string{"stop", "kill", "pause", "disable"}, "halt: and why"},
	{"action", []string{"assign", "state", "let", "var"}, "set: {NAME: value}"},
	{"action", []string{"short"}, "leave it out: on a spot market nothing can be sold that is not held"},
	{"event", []string{"every", "interval", "period"}, "timer: 30s"},
	{"event", []string{"cron", "at", "daily", "weekly", "hourly"}, "schedule: \"0 5 0 * * MON\": second minute hour day month weekday"},
	{"stop_loss", []string{"percent", "distance_pct"}, "pct: 2"},
	{"stop_loss", []string{"trailing"}, "trailing_stop: beside stop_loss, or ratchet: true"},
	{"stop_loss", []string{"level", "at", "stop_price"}, "price: and the price"},
	{"take_profit", []string{"percent", "distance_pct"}, "pct: 4"},
	{"take_profit", []string{"level", "at", "limit"}, "price: and the price"},
	{"take_profit", []string{"size", "share", "portion", "close_pct"}, "size_pct: 50"},
}

// foreignEvent says what to write for a word that is no event.
func foreignEvent(v string) string {
	switch low := strings.ToLower(strings.TrimSpace(v)); {
	case contains([]string{"candle", "close", "bar_close", "bars", "kline"}, low):
		return "write event: bar"
	case contains([]string{"trade", "trades", "price", "ticks"}, low):
		return "write event: tick"
	case contains([]string{"quote", "orderbook", "order_book", "depth"}, low):
		return "write event: book"
	case contains([]string{"order", "filled", "fills", "execution"}, low):
		return "write event: fill"
	case contains([]string{"daily", "hourly", "weekly", "monday"}, low):
		return `write event: {schedule: "0 0 0 * * *"}: second minute hour day month weekday`
	default:
		last := low[strings.LastIndexByte(low, ' ')+1:]
		if _, err := parseDuration(last); err == nil {
			return "write event: {timer: " + last + "}"
		}
		if len(strings.Fields(low)) >= 5 {
			return `write event: {schedule: "` + clip(v) + `"}`
		}
	}
	return ""
}
