package engine

import (
	"time"

	"rulebot/engine/market"
)

// Strategy is what the engine trades: rules in the order they were written,
// and the exits that protect whatever position they open. It is plain data;
// expressions are handles that a Program evaluates.
type Strategy struct {
	Name   string
	Series market.Series // default feed: its closed bars wake the rules
	Rules  []Rule
	Exits  Exits
}

// Expr is a handle of a compiled expression; 0 is "not written".
type Expr int32

// Rule is one condition and what it wants when true.
type Rule struct {
	Name     string
	For      Guard
	When     Expr // condition
	Unless   Expr // condition, optional
	Level    bool // fire: while_true; otherwise on the edge from false to true
	Cooldown Cooldown
	Do       []Action
}

// Guard is the position a rule wants to see; part of its condition.
type Guard uint8

// The position guards.
const (
	ForAny Guard = iota
	ForFlat
	ForLong
)

// Cooldown is how long a rule stays silent after it fired: bars of its own
// timeframe, or time. At most one is set.
type Cooldown struct {
	Bars int
	Age  time.Duration
}

// ActionKind is what a rule does.
type ActionKind uint8

// The actions.
const (
	ActionBuy ActionKind = iota + 1
	ActionSell
	ActionClose
)

// Action is one thing a rule wants done. Every order is a market order: an
// IOC limit at the collar.
type Action struct {
	Kind           ActionKind
	Size           Size    // buy and sell
	MaxSlippageBps float64 // narrows the collar; 0 is "not written"
}

// SizeUnit is what the number in a size counts.
type SizeUnit uint8

// The size units.
const (
	SizeBase        SizeUnit = iota + 1 // base currency
	SizeQuote                           // quote currency
	SizeEquityPct                       // percent of account equity
	SizePositionPct                     // percent of the strategy's position
	SizeRiskPct                         // percent of equity lost when Stop is reached
)

// Size says how much.
type Size struct {
	Unit   SizeUnit
	Amount Expr
	Stop   Expr // SizeRiskPct only: the price at which the loss is counted
}

// Exits protect a position. An expression is frozen when the position opens.
type Exits struct {
	StopLoss   Target
	TakeProfit Target
	Trailing   Trailing
	Time       TimeStop
}

// Target is a price, or a distance from the entry price in percent. At most
// one is written.
type Target struct{ Pct, Price Expr }

// Written reports whether the target was written at all.
func (t Target) Written() bool { return t.Pct != 0 || t.Price != 0 }

// Trailing follows the best price since the entry, once the position gained
// ActivatePct percent, at DistancePct percent or Distance in price below it.
type Trailing struct{ ActivatePct, DistancePct, Distance Expr }

// Written reports whether a trailing stop was written.
func (t Trailing) Written() bool { return t.DistancePct != 0 || t.Distance != 0 }

// TimeStop closes a position that is Bars bars or Age old.
type TimeStop struct {
	Bars int
	Age  time.Duration
}

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
	Ready       Cause = iota
	CauseWarmUp       // an indicator has seen too few bars
	CauseGap          // bars are missing
	CauseStale        // the data is too old
	CauseNaN          // the arithmetic gave no number
	CauseInf          // the arithmetic gave an infinite number
	CauseFlat         // position.entry_price and its like while flat
	CauseNoData       // nothing was received yet
)

// String returns the cause in words.
func (c Cause) String() string {
	return [...]string{"ready", "warming up", "gap in the bars", "stale data", "not a number", "infinite", "no position", "no data yet"}[c]
}

// Program evaluates the expressions of all strategies of a bot: one graph of
// series slots, updated once per closed bar and read by every rule. The
// engine owns it and calls it from its own goroutine only; no method blocks,
// allocates in the steady state, or keeps what it is given.
type Program interface {
	// Update folds a closed bar of Config.Feeds[feed] into the slots. It is
	// called once per bar, in time order, before any expression is read.
	Update(feed int, bar *market.Bar)
	// Condition evaluates a condition. The cause is Ready unless the truth is
	// NotReady.
	Condition(e Expr, v *View) (Truth, Cause)
	// Number evaluates a number. Unless the cause is Ready the number must
	// not be used; when it is, the number is finite.
	Number(e Expr, v *View) (float64, Cause)
	// Explain appends what the expression reads, clause by clause, for people
	// and for the journal. It may allocate: it runs for decisions only.
	Explain(e Expr, v *View, dst []Reading) []Reading
}

// Feed is a series a program wants, and how many bars it needs before every
// value that depends on it is ready.
type Feed struct {
	Series market.Series
	WarmUp int
}

// Reading is one value behind a decision: a clause with its truth, or a
// number that a clause read.
type Reading struct {
	Text   string  `json:"text"`            // as written: rsi(close, 14)
	Truth  Truth   `json:"truth,omitzero"`  // clauses
	Number float64 `json:"number,omitzero"` // numbers
	Clause bool    `json:"clause,omitzero"` // Truth counts, not Number
	Cause  Cause   `json:"cause,omitzero"`  // why not ready
}

// View is what expressions may read beside the series: the strategy's own
// position and the account, as floats, at one instant. A value that has no
// meaning now (the entry price while flat) is NaN and reads as not-ready.
type View struct {
	At       market.Time
	Position PositionView
	Account  AccountView
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
