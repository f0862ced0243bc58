package engine

import (
	"time"

	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// Strategy is what the engine trades: rules in the order they were written,
// and the exits that protect whatever position they open. It is plain data;
// expressions are handles that a Program evaluates. An entry of a file over
// several instruments is several strategies, one for each.
type Strategy struct {
	Name   string        // unique; of several instances, NAME-btc-usd
	Series market.Series // default feed: its closed bars wake the rules
	Zone   *time.Location
	Day    time.Duration // where its day begins, after midnight in Zone
	State  []Variable    // durable, changed by set alone; View.State has their values
	Rules  []Rule
	Exits  Exits
	Budget risk.Limits // written for this strategy alone: see risk.Limits.Budget; zero is not written
	Await  []Await     // feeds of other instruments whose bar a bar rule waits for
}

// Variable is one entry of a strategy's state.
type Variable struct {
	Name      string
	Initial   float64 // of a condition 1 or 0
	Condition bool
}

// Await is `align: wait 20s`: rules on a bar are read once the feed has closed
// its bar of the same time, and after Most without it.
type Await struct {
	Feed int // of Config.Feeds
	Most time.Duration
}

// Expr is a handle of a compiled expression; 0 is "not written".
type Expr int32

// Rule is one condition and what it wants when true.
type Rule struct {
	Name       string
	On         On
	For        Guard
	When       Expr // condition
	Unless     Expr // condition, optional
	Level      bool // fire: while_true; otherwise on the edge from false to true
	OncePer    Period
	Cooldown   Cooldown
	MaxEntries int           // buys of one position; 0 is without bound
	MaxAge     time.Duration // its actions are dropped when later than this after the event; 0 is never
	Do         []Action
}

// On is what wakes a rule. Every is for OnTimer, Schedule for OnSchedule.
type On struct {
	Kind     OnKind
	Every    time.Duration
	Schedule Schedule
}

// OnKind is the kind of event that wakes a rule.
type OnKind uint8

// The events that rules are read at.
const (
	OnBar      OnKind = iota // a bar of the strategy's series closed
	OnTick                   // a trade of the instrument was told
	OnBook                   // the best bid or ask changed
	OnFill                   // an order of the strategy executed
	OnTimer                  // every so often, on multiples of Every since 1970
	OnSchedule               // at the times of Schedule
)

// Period is what a rule may fire only once in.
type Period uint8

// The periods of once_per.
const (
	OnceAlways      Period = iota // not written
	OncePerBar                    // of the strategy's series
	OncePerDay                    // of the strategy: Zone and Day
	OncePerPosition               // from one flat to the next
)

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
	ActionBuy    ActionKind = iota + 1
	ActionSell              // of what is held
	ActionClose             // sell everything
	ActionReduce            // sell a part, never more than is held
	ActionCancel            // Cancel
	ActionSet               // Set
	ActionNotify            // Text, to people
	ActionLog               // Text, to the log
	ActionHalt              // Text says why; only a person lifts it
)

// Orders reports whether the action asks for an order.
func (k ActionKind) Orders() bool { return k >= ActionBuy && k <= ActionReduce }

// Action is one thing a rule wants done.
type Action struct {
	Kind   ActionKind
	Size   Size   // buy, sell, reduce
	Order  Style  // buy, sell, close, reduce
	Cancel Cancel // cancel
	Set    []Assign
	Text   []Part // notify, log, halt
}

// Style is how an order is placed. The zero value is a market order: an IOC
// limit at the collar.
type Style struct {
	Type           OrderType
	Price          Expr              // Limit, StopLimit
	StopPrice      Expr              // Stop, StopLimit
	TIF            order.TimeInForce // 0 is IOC for market and stop, GTC for the others
	Expire         Cooldown          // cancelled after so many bars or so long; zero is never
	ThenMarket     bool              // what is left on expiry is placed at the market
	MaxSlippageBps float64           // narrows the collar; 0 is "not written"
	Tag            string            // for cancel
}

// OrderType is the type of an order.
type OrderType uint8

// The order types. A stop is held by the engine until the last price reaches
// its stop price, then it is a market or a limit order.
const (
	Market OrderType = iota
	Limit
	Stop
	StopLimit
)

// Cancel says which live orders of the strategy to cancel. The zero value is
// all of them.
type Cancel struct {
	Tag  string
	Side order.Side
}

// Assign gives a variable of the strategy's state a new value, which is seen
// from the next event on.
type Assign struct {
	Variable int
	Value    Expr
}

// Part is a piece of a text: words, or an expression whose value stands there.
type Part struct {
	Words string
	Value Expr
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

// Exits protect a position. An expression is frozen when the position opens,
// unless its Target says otherwise.
type Exits struct {
	StopLoss   Target
	TakeProfit []Target // nearest first is not required: each is looked at on its own
	Trailing   Trailing
	Time       TimeStop
}

// Written reports whether any exit was written.
func (x *Exits) Written() bool {
	return x.StopLoss.Written() || len(x.TakeProfit) > 0 || x.Trailing.Written() || x.Time != TimeStop{}
}

// Target is a price, or a distance from the entry price in percent. At most
// one of both is written.
type Target struct {
	Pct, Price Expr
	SizePct    Expr // take profit: share of the largest position; 0 is all of it
	EveryBar   bool // update: every_bar: computed again at each bar
	Ratchet    bool // computed again at each bar, and moved in the position's favour only
	AtExchange bool // where: exchange: the exchange holds the order
}

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
