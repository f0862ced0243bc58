package engine

import (
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// Outcome is what one Step decided. Its slices belong to the engine and are
// valid until the next Step: who keeps anything, copies it.
type Outcome struct {
	Seq      uint64      // number of the step, from 1
	Changes  []Change    // what became true, in order; journaled before any command is carried out
	Commands []Command   // what the driver shall do once the changes are durable
	Wake     market.Time // when the engine wants a KindTimer event; 0 is never
}

// CommandKind says what the driver shall do.
type CommandKind uint8

// The commands of the engine to its driver.
const (
	CommandSubmit    CommandKind = iota + 1 // send Approved, once; answer with KindSubmitted
	CommandCancel                           // cancel Order; answer with KindCancelled
	CommandQuery                            // ask for Order by client order id; answer with KindEvidence
	CommandFills                            // read the fills of Order; answer with KindFill for each
	CommandHold                             // have the exchange hold Held, once, as Approved; answer with KindHeld
	CommandRelease                          // have it let Held go; answer with KindHeld
	CommandHeld                             // ask for Held and list the other stops of its instrument, in whatever state; answer with KindHeld
	CommandReconcile                        // scan open orders, fills and balances; answer with their events, then KindReconciled
	CommandAudit                            // list the open orders, ask for those that are not listed, read balances, and fills from Since on; answer as to CommandReconcile
)

// Command is one thing to do.
type Command struct {
	Kind     CommandKind
	Approved risk.Approved // CommandSubmit, CommandHold
	Held     HeldStop      // CommandHold, CommandRelease, CommandHeld
	Since    market.Time   // CommandAudit: 0 is no fills
	Order    order.Order   // the others
}

// ChangeKind says what became true.
type ChangeKind uint8

// The kinds of changes. The engine's durable state is the fold of its changes
// and of nothing else.
const (
	ChangeDecision   ChangeKind = iota + 1 // a rule fired or an exit triggered
	ChangeOrder                            // an order is now so
	ChangeFill                             // a fill was applied
	ChangeRule                             // a rule's memory is now so
	ChangeHolding                          // a strategy's memory of its position is now so
	ChangeBalance                          // a balance was taken as the baseline
	ChangeDay                              // day-start and peak equity are now so
	ChangeHalt                             // a halt was set or lifted
	ChangeState                            // variables of a strategy are now so
	ChangeNote                             // a rule had something said
	ChangeChecks                           // what an order was asked for as, and checked against; with Config.Trace
	ChangeEvaluation                       // a rule stands otherwise than before; with Config.Trace
	ChangeStanding                         // an order that the engine holds is now so
	ChangeHeld                             // a stop that the exchange holds is now so
)

// Change is one fact that the journal keeps. Which payload counts follows
// from Kind; the others are zero and are not written.
type Change struct {
	Kind     ChangeKind    `json:"kind"`
	At       market.Time   `json:"at"` // event time
	Decision Decision      `json:"decision,omitzero"`
	Order    order.Order   `json:"order,omitzero"`
	Fill     order.Fill    `json:"fill,omitzero"`
	Rule     RuleMemory    `json:"rule,omitzero"`
	Holding  Holding       `json:"holding,omitzero"`
	Balance  order.Balance `json:"balance,omitzero"`
	Day      Day           `json:"day,omitzero"`
	Halt     Halt          `json:"halt,omitzero"`
	State    Variables     `json:"state,omitzero"`
	Note     Note          `json:"note,omitzero"`
	Standing Standing      `json:"standing,omitzero"`
	Held     HeldStop      `json:"held,omitzero"`

	// What these point to is not changed any more.
	Checks     *Checks     `json:"checks,omitempty"`
	Evaluation *Evaluation `json:"evaluation,omitempty"`
}

// reset makes c zero. It clears what its kind carries: the rest is zero already.
func (c *Change) reset() {
	switch c.Kind {
	case ChangeOrder:
		c.Order = order.Order{}
	case ChangeFill:
		c.Fill = order.Fill{}
	case ChangeRule:
		c.Rule = RuleMemory{}
	case ChangeDecision:
		c.Decision = Decision{}
	case ChangeHolding:
		c.Holding = Holding{}
	case ChangeDay:
		c.Day = Day{}
	default:
		*c = Change{}
	}
	c.Kind, c.At = 0, 0
}

// Decision is an evaluation that fired, or an exit that triggered.
type Decision struct {
	ID       string      `json:"id"` // strategy and number: ema-cross-17
	Strategy string      `json:"strategy"`
	Rule     string      `json:"rule"` // rule name, or exit: stop_loss, take_profit ...
	At       market.Time `json:"at"`
	Price    num.Price   `json:"price"`              // last price when it was taken
	Readings []Reading   `json:"readings,omitempty"` // of when; of an exit its levels
	Unless   []Reading   `json:"unless,omitempty"`
	Guards   []Reading   `json:"guards,omitempty"`
	Chain    string      `json:"chain"` // hash over this decision and the one before
}

// RuleMemory is what a rule must remember over a restart.
type RuleMemory struct {
	Strategy string      `json:"strategy"`
	Rule     string      `json:"rule"`
	Known    Truth       `json:"known,omitzero"`     // last known truth of guard && when && !unless
	Fired    market.Time `json:"fired,omitzero"`     // last time it fired
	FiredBar market.Time `json:"fired_bar,omitzero"` // opening of the bar it fired at, or within, for cooldowns in bars
	Position int64       `json:"position,omitzero"`  // of once_per: position, the number of the position it fired in, from 1
	Tries    int         `json:"tries,omitzero"`     // how often this edge was denied
	TryAt    market.Time `json:"try_at,omitzero"`    // earliest bar opening of the next try after a denial
	Disabled bool        `json:"disabled,omitzero"`  // R25: off until a person re-enables it
}

// Holding is what a strategy must remember of its position beside quantity
// and cost, which come from the fills.
type Holding struct {
	Strategy string       `json:"strategy"`
	Opened   market.Time  `json:"opened,omitzero"`
	Bars     int64        `json:"bars,omitzero"`    // closed bars since the entry
	Entries  int          `json:"entries,omitzero"` // buys since flat
	Max      num.Price    `json:"max,omitzero"`     // highest price since the entry
	Min      num.Price    `json:"min,omitzero"`
	Entry    string       `json:"entry,omitzero"`    // client order id of the newest buy
	Stop     num.Price    `json:"stop,omitzero"`     // frozen stop loss
	Targets  []Aim        `json:"targets,omitempty"` // take profits, as they are written; what it points to is not changed any more
	Largest  num.Quantity `json:"largest,omitzero"`  // most that was held
	Activate num.Price    `json:"activate,omitzero"` // price at which the trailing stop arms
	Distance num.Price    `json:"distance,omitzero"` // trailing distance in price, frozen
	Trail    num.Rate     `json:"trail,omitzero"`    // or as a share of the highest price
	Tries    int          `json:"tries,omitzero"`    // exits re-issued
	TryAt    market.Time  `json:"try_at,omitzero"`   // earliest time of the next exit
}

// Aim is a take profit of a position.
type Aim struct {
	Price   num.Price    `json:"price,omitzero"`    // frozen, or of the newest bar
	SizePct num.Rate     `json:"size_pct,omitzero"` // of the largest quantity; zero is everything
	Sold    num.Quantity `json:"sold,omitzero"`
	Done    bool         `json:"done,omitzero"` // it sold its share, and sells no more
}

// Day is what the daily and drawdown limits measure from, in quote currency.
type Day struct {
	Start  market.Time `json:"start"`
	Equity num.Money   `json:"equity"` // at the first mark of the UTC day
	Peak   num.Money   `json:"peak"`   // highest equity ever
	Made   []Made      `json:"made,omitempty"`
}

// Made is what a strategy that has a daily loss limit of its own had made when
// its count of the day began, open profit included.
type Made struct {
	Strategy string    `json:"strategy"`
	Profit   num.Money `json:"profit"`
}

// Mode says what may be sent.
type Mode uint8

// The modes, from free to latched.
const (
	ModeReady Mode = iota
	ModeHaltNew
	ModeReduceOnly
	ModeHalt
)

// Halt is a mode that was entered, for one instrument or for all.
type Halt struct {
	Mode       Mode   `json:"mode"`
	Instrument string `json:"instrument,omitzero"` // "" is all
	Strategy   string `json:"strategy,omitzero"`   // ModeReduceOnly: of this one alone
	Code       string `json:"code"`
	Reason     string `json:"reason"`
	Flatten    bool   `json:"flatten,omitzero"` // a person wants sold what is held
}
