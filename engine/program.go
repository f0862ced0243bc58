package engine

import "rulebot/engine/market"

// Truth is three-valued. The zero value is NotReady.
type Truth uint8

// The truth values of Kleene's logic.
const (
	NotReady Truth = iota
	False
	True
)

// String returns not-ready, false or true.
func (t Truth) String() string { return [...]string{"not-ready", "false", "true"}[t] }

// Cause says why a value is not ready. The zero value is "it is ready".
type Cause uint8

// The causes of not-ready.
const (
	Ready         Cause = iota
	CauseWarmUp         // an indicator has seen too few bars
	CauseGap            // bars are missing
	CauseStale          // the data is too old
	CauseNaN            // the arithmetic gave no number
	CauseInf            // the arithmetic gave an infinite number
	CauseFlat           // position.entry_price and its like while flat
	CauseNoData         // nothing was received yet
	CauseNever          // what the value waits for has not happened
	CauseUnderway       // an order that is not over decides it: for: flat
)

// String returns the cause in words.
func (c Cause) String() string {
	return [...]string{"ready", "warming up", "gap in the bars", "stale data", "not a number", "infinite", "no position", "no data yet", "it never happened", "an own buy is under way"}[c]
}

// Program evaluates the expressions of all strategies of a bot: one graph of
// series slots, updated once per closed bar and read by every rule. The
// engine owns it and calls it from its own goroutine only; no method blocks,
// allocates in the steady state, or keeps what it is given.
type Program interface {
	// Update folds a closed bar of Config.Feeds[feed] into the slots. It is
	// called once per bar, in time order, before any expression is read. No
	// bar says that the feed fell silent: nothing of it is ready until its
	// next bar, which leaves out nothing that the windows need.
	Update(feed int, bar *market.Bar)
	// Condition evaluates a condition. The cause is Ready unless the truth is
	// NotReady.
	Condition(e Expr, v *View) (Truth, Cause)
	// Number evaluates a number. Unless the cause is Ready the number must
	// not be used; when it is, the number is finite.
	Number(e Expr, v *View) (float64, Cause)
	// Explain appends what the expression reads, clause by clause, for people
	// and for the journal: see Reading. It evaluates and changes nothing.
	Explain(e Expr, v *View, dst []Reading) []Reading
}

// GapPolicy says what missing intervals of a feed are.
type GapPolicy uint8

// The gap policies.
const (
	GapFill GapPolicy = iota // up to 60 become flat bars; more are a gap
	GapSkip                  // no bar: windows count bars that exist
	GapHold                  // any missing interval is a gap
)

// Feed is a series a program wants, and how many bars it needs before every
// value that depends on it is ready.
type Feed struct {
	Series market.Series
	WarmUp int
	Gap    GapPolicy
}

// View is what expressions may read beside the series: the strategy's own
// position and orders, the account and the market, as floats, at one instant.
// A value that has no meaning now (the entry price while flat) is NaN and
// reads as not-ready. It is valid during one call, and complete once Whole was
// called.
type View struct {
	At       market.Time // event time: time.*
	Opened   market.Time // opening of the bar that is judged, else At: session()
	Position PositionView
	Account  AccountView
	Trades   TradesView
	LastFill FillView
	Orders   OrdersView
	Market   MarketView
	State    []float64 // by Strategy.State
	entering int       // buys on their way of which nothing was booked yet
	opening  bool      // some buy is on its way, or held until its price is reached
	engine   *Engine   // with trader: they have what was not collected yet; nil is that nothing is missing
	trader   *trader
}

// PositionView is position.* of the rule language: the strategy's own
// sub-ledger, dust excluded from Flat.
type PositionView struct {
	Qty        float64 // base currency
	Value      float64 // quote currency, at the last price
	EntryPrice float64 // NaN while flat
	PnL        float64 // quote currency, unrealised
	PnLPct     float64 // percent of cost
	Bars       float64 // closed bars since the entry
	MaxPrice   float64 // highest price since the entry; NaN while flat
	MinPrice   float64 // lowest price since the entry; NaN while flat
	Entries    float64 // buys since flat
	Long       bool
}

// AccountView is account.* of the rule language, in the quote currency.
type AccountView struct {
	Equity      float64
	Cash        float64
	DrawdownPct float64
}

// TradesView is trades.*: the strategy's round trips, from one flat to the
// next.
type TradesView struct {
	Today         float64 // ended in the strategy's day
	LossesInRow   float64
	LastPnLPct    float64 // of the newest one that ended, percent of its cost; 0 before the first
	BarsSinceExit float64 // +Inf before the first
}

// FillView is last_fill.*: the strategy's newest execution; NaN before the
// first.
type FillView struct{ Price, Qty float64 }

// OrdersView is orders.*: the strategy's live orders.
type OrdersView struct{ Open, Buys, Sells float64 }

// MarketView is ticker.* and book.* of the strategy's instrument: NaN and
// empty until there is a quote that may be believed.
type MarketView struct {
	Why              Cause // there is no bid and ask: nothing was told yet, or it is too old
	Last             float64
	Bid, Ask         float64
	BidSize, AskSize float64
	Bids, Asks       []market.Level // as deep as the data says, best first; empty where only quotes are known
}
