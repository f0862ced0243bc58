package strategies

import (
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"rulebot/engine"
)

// Value is one value of the language that is no series: what the strategy
// holds and did, the account, the market and the time, at an event. It has no
// bars, so no past and no mean.
type Value struct {
	Name      string // book.imbalance
	Usage     string // book.imbalance(n)
	Short     string
	Unit      string
	Range     string
	Empty     string // what it is while there is nothing to tell
	Condition bool
}

// viewField is one row of the table of values: what people are told, how it
// is read, and what it can be.
type viewField struct {
	Value
	read    func(v *engine.View) float64
	cause   func(v *engine.View) engine.Cause // what NaN means here
	endless bool                              // may be infinite: longer ago than any number
	values  span                              // while anything is held, and at all
	flat    span                              // while nothing is held; empty is not ready then
	needs   need                              // of the market
	zoned   func(z *time.Location) func(v *engine.View) float64
	method  func(x float64) func(v *engine.View) float64
}

// need is what of the market a value is read from.
type need struct {
	quotes bool
	levels int // of the book on each side; 1 is told by the quote
}

const (
	unitPrice    = "price"
	unitBase     = "base currency"
	unitQuote    = "quote currency"
	unitPercent  = "percent"
	unitCount    = "count"
	emptyZero    = "0"
	emptyMissing = "not ready"
)

// viewFields are all values, in the order in which people are told.
func viewFields() []viewField {
	return slices.Concat(positionValues(), accountValues(), tradeValues(), marketValues(), timeValues())
}

// row makes a value that is the same whatever is held.
func row(name, short, unit, empty string, values span, read func(v *engine.View) float64) viewField {
	return viewField{
		Value:  Value{Name: name, Usage: name, Short: short, Unit: unit, Range: values.text(), Empty: empty},
		read:   read,
		cause:  noData,
		values: values,
		flat:   values,
	}
}

func noData(*engine.View) engine.Cause { return engine.CauseNoData }

// held makes a value of a position: what it is while one is held, and while
// none is.
func held(name, short, unit string, values, flat span, read func(v *engine.View) float64) viewField {
	f := row(name, short, unit, emptyZero, values, read)
	f.flat = flat
	f.Range = values.union(flat).text()
	if flat.empty() {
		f.Empty = "not ready while flat"
		f.cause = func(*engine.View) engine.Cause { return engine.CauseFlat }
	}
	return f
}

// asCondition makes a condition of a row.
func asCondition(f viewField) viewField {
	f.Condition, f.Unit, f.Range, f.Empty = true, "condition", "true or false", "never empty"
	return f
}

func positionValues() []viewField {
	type v = *engine.View
	zero := exact(0)
	return []viewField{
		held("position.qty", "what the strategy holds", unitBase, aboveZero(), zero, func(x v) float64 { return x.Position.Qty }),
		held("position.value", "its worth at the last price", unitQuote, zeroOrMore(), zero, func(x v) float64 { return x.Position.Value }),
		held("position.entry_price", "mean price of what is held", unitPrice, aboveZero(), nothing(), func(x v) float64 { return x.Position.EntryPrice }),
		held("position.pnl", "what it has gained, not realised", unitQuote, anything(), zero, func(x v) float64 { return x.Position.PnL }),
		held("position.pnl_pct", "the same, of its cost", unitPercent, anything(), zero, func(x v) float64 { return x.Position.PnLPct }),
		held("position.bars", "closed bars since the entry", "bars", zeroOrMore(), zero, func(x v) float64 { return x.Position.Bars }),
		held("position.max_price", "highest price since the entry", unitPrice, aboveZero(), nothing(), func(x v) float64 { return x.Position.MaxPrice }),
		held("position.min_price", "lowest price since the entry", unitPrice, aboveZero(), nothing(), func(x v) float64 { return x.Position.MinPrice }),
		held("position.entries", "buys since flat", unitCount, zeroOrMore(), zero, func(x v) float64 { return x.Position.Entries }),
		asCondition(held("position.is_long", "something is held", "", exact(1), zero, func(x v) float64 { return oneIf(x.Position.Long) })),
		asCondition(held("position.is_flat", "nothing is held, whatever is under way: see for", "", zero, exact(1), func(x v) float64 { return oneIf(!x.Position.Long) })),
	}
}

func accountValues() []viewField {
	type v = *engine.View
	const never = "never empty"
	return []viewField{
		row("account.equity", "cash and holdings at the last prices", unitQuote, never, anything(), func(x v) float64 { return x.Account.Equity }),
		row("account.cash", "quote currency of the account", unitQuote, never, anything(), func(x v) float64 { return x.Account.Cash }),
		row("account.drawdown_pct", "fall from the highest equity", unitPercent, emptyZero, span{0, 100}, func(x v) float64 { return x.Account.DrawdownPct }),
	}
}

// tradeValues are the strategy's past: round trips from one flat to the next,
// its newest fill, its live orders.
func tradeValues() []viewField {
	type v = *engine.View
	ago := row("trades.bars_since_exit", "closed bars since the last round trip ended", "bars", "longer ago than any number", span{0, math.Inf(1)}, func(x v) float64 { return x.Trades.BarsSinceExit })
	ago.endless = true
	return []viewField{
		row("trades.today", "round trips that ended in the strategy's day", unitCount, emptyZero, zeroOrMore(), func(x v) float64 { return x.Trades.Today }),
		row("trades.losses_in_row", "losing round trips since the last that gained", unitCount, emptyZero, zeroOrMore(), func(x v) float64 { return x.Trades.LossesInRow }),
		row("trades.last_pnl_pct", "gain of the newest round trip, of its cost", unitPercent, emptyZero, anything(), func(x v) float64 { return x.Trades.LastPnLPct }),
		ago,
		row("last_fill.price", "price of the strategy's newest fill", unitPrice, "not ready before the first fill", aboveZero(), func(x v) float64 { return x.LastFill.Price }),
		row("last_fill.qty", "quantity of the strategy's newest fill", unitBase, "not ready before the first fill", aboveZero(), func(x v) float64 { return x.LastFill.Qty }),
		row("orders.open", "the strategy's live orders", unitCount, emptyZero, zeroOrMore(), func(x v) float64 { return x.Orders.Open }),
		row("orders.open_buys", "those that buy", unitCount, emptyZero, zeroOrMore(), func(x v) float64 { return x.Orders.Buys }),
		row("orders.open_sells", "those that sell", unitCount, emptyZero, zeroOrMore(), func(x v) float64 { return x.Orders.Sells }),
	}
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// fieldOf finds a value by its name.
func fieldOf(name string) (*viewField, bool) {
	for _, f := range viewFields() {
		if f.Name == name {
			return &f, true
		}
	}
	return nil, false
}

// ViewValues returns the values that are no series, in the order in which
// people are told.
func ViewValues() []Value {
	var all []Value
	for _, f := range viewFields() {
		all = append(all, f.Value)
	}
	return append(all, sessionValue())
}

// Values returns the names of all values that are not functions.
func Values() []string {
	names := barNames()
	for _, v := range ViewValues() {
		names = append(names, v.Name)
	}
	return names
}

// objects are the words before a dot.
func objects() []string {
	return append([]string{"position", "account", "trades", "last_fill", "orders", "ticker", "book", "time", "state"}, barObjects()...)
}

// fieldNames returns what may stand after "object.".
func fieldNames(object string) []string {
	var names []string
	for _, f := range viewFields() {
		if o, _, _ := strings.Cut(f.Name, "."); o == object {
			names = append(names, f.Usage[len(o)+1:])
		}
	}
	for _, name := range barNames() {
		if o, field, _ := strings.Cut(name, "."); o == object {
			names = append(names, field)
		}
	}
	sort.Strings(names)
	return names
}
