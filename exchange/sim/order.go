package sim

import (
	"fmt"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// Type says whether an order has a price.
type Type uint8

// The two types. A market order never rests: what finds no liquidity is
// cancelled.
const (
	Limit Type = iota + 1
	Market
)

var typeNames = [...]string{"", "limit", "market"}

// String returns "limit" or "market".
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("Type(%d)", uint8(t))
}

// MarshalText writes String.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (t *Type) UnmarshalText(b []byte) error {
	for i, name := range typeNames {
		if name == string(b) {
			*t = Type(i)
			return nil
		}
	}
	return fmt.Errorf("sim: order type %q is not known", b)
}

// Request is what an account asks for. A limit order has Price and Quantity,
// a market sell Quantity, a market buy Notional. The zero Type is Limit and
// the zero TIF is GTC; a market order is always treated as IOC.
type Request struct {
	Account    string            `json:"account"`
	ClientID   string            `json:"client_order_id,omitzero"` // need not be unique: the newest order answers to it
	Instrument string            `json:"instrument"`
	Side       order.Side        `json:"side"`
	Type       Type              `json:"type"`
	TIF        order.TimeInForce `json:"tif"`
	Price      num.Price         `json:"price,omitzero"`
	Quantity   num.Quantity      `json:"quantity,omitzero"`
	Notional   num.Money         `json:"notional,omitzero"` // quote currency to spend
}

// Order is an order as the exchange keeps it. State is Open, Partial, Filled
// or Canceled.
type Order struct {
	Request
	ID          string       `json:"id"` // 16 decimal digits
	State       order.State  `json:"state"`
	Created     market.Time  `json:"created"`
	Changed     market.Time  `json:"changed"`
	Filled      num.Quantity `json:"filled"`
	Spent       num.Money    `json:"filled_notional"` // sum of price × quantity of its fills
	Fee         num.Money    `json:"fee"`             // sum of its fees: positive is a cost
	FeeCurrency string       `json:"fee_currency"`
	Last        Last         `json:"last,omitzero"`
	Reason      string       `json:"reason,omitzero"` // why it was cancelled
	Amended     Amended      `json:"amended,omitzero"`
	LastRequest string       `json:"last_request,omitzero"` // the tag of the newest amendment
}

// Remaining returns what may still trade. It is zero for a market buy, whose
// measure is money.
func (o *Order) Remaining() num.Quantity {
	if o.byNotional() {
		return num.Quantity{}
	}
	var c num.Calc
	return num.Sub(&c, o.Quantity, o.Filled) // exact: both are multiples of the lot
}

func (o *Order) byNotional() bool { return o.Type == Market && o.Side == order.Buy }

// Last is the newest fill of an order; the zero value is none.
type Last struct {
	TradeID  int64        `json:"trade_id"`
	At       market.Time  `json:"at"`
	Price    num.Price    `json:"price"`
	Quantity num.Quantity `json:"quantity"`
}

// The reasons in Order.Reason.
const (
	ByUser     = "USER"         // the account cancelled it
	ByRest     = "IOC_REST"     // nothing more could trade at once
	ByFOK      = "FOK_UNFILLED" // not all of it could trade at once
	ByPostOnly = "POST_ONLY"    // it would have taken
	ByAmend    = "AMEND_FAILED" // it could not be amended, and its account asked for this then
	ByGuard    = "PRICE_GUARD"  // it would have taken too far from the best price
	ByAlgo     = "ALGO"         // the algo order that placed it took it back
	BySelf     = "SELF_TRADE"   // it would have met its own account's order
	ByAmount   = "AMOUNT"       // an execution would not fit the ledger's 19 digits
)

// Fill is one execution of an account's order. Its ID is the decimal text of
// the public trade's id. Each fill has two ledger rows, one a currency: what
// was given is row Ledger-1, what was received row Ledger.
type Fill struct {
	order.Fill
	Account string `json:"account"`
	Ledger  int64  `json:"ledger"`
}

// NewsKind says which payload of News counts.
type NewsKind uint8

// The kinds of news.
const (
	NewsOrder   NewsKind = iota + 1 // an order is now so: Order
	NewsFill                        // an order executed: Fill; its NewsOrder follows at once
	NewsBalance                     // a balance is now so: Balance
	NewsTrade                       // a print on the public tape: Trade
	NewsAlgo                        // an algo order is now so: Algo; the order it placed follows
)

// News is one thing the exchange has to tell. Account is "" for the public
// tape.
type News struct {
	Kind       NewsKind
	At         market.Time
	Account    string
	Instrument string
	Order      Order
	Fill       Fill
	Balance    order.Balance
	Trade      market.Trade
	Algo       *Algo
}

// Reason says why something was refused.
type Reason uint8

// The reasons of a refusal.
const (
	BadInstrument    Reason = iota + 1 // not listed here
	BadAccount                         // no such account
	BadOrder                           // side, type or time in force make no sense
	BadPrice                           // missing or not positive
	BadTick                            // price is not a multiple of the tick
	BadLot                             // quantity is not a multiple of the lot
	BadNotional                        // money to spend is missing, negative or finer than 8 decimals
	BelowMinimum                       // quantity is below the instrument's minimum
	TooLarge                           // amounts do not fit 19 digits
	Funds                              // less available than the order would hold
	UnknownOrder                       // cancel: no such order of this account and instrument
	AlreadyFilled                      // cancel: it is filled
	AlreadyCancelled                   // cancel: it is cancelled
	TooMany                            // algo orders are live already
	BadTerms                           // of an algo order make no sense
	TooValuable                        // a market order worth more than one may be
	WrongSide                          // of the last price: a trail's trigger
)

var reasonNames = [...]string{
	"", "BAD_INSTRUMENT", "BAD_ACCOUNT", "BAD_ORDER", "BAD_PRICE", "BAD_TICK", "BAD_LOT", "BAD_NOTIONAL",
	"BELOW_MINIMUM", "TOO_LARGE", "FUNDS", "UNKNOWN_ORDER", "ALREADY_FILLED", "ALREADY_CANCELLED",
	"TOO_MANY", "BAD_TERMS", "TOO_VALUABLE", "WRONG_SIDE",
}

// String returns the code in capitals, FUNDS.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return fmt.Sprintf("Reason(%d)", uint8(r))
}

// Refusal says that nothing was done, and why.
type Refusal struct {
	Reason Reason
	Text   string // for people
}

// Error returns the code and the text.
func (r *Refusal) Error() string { return "sim: " + r.Reason.String() + ": " + r.Text }

func refuse(reason Reason, format string, args ...any) *Refusal {
	return &Refusal{Reason: reason, Text: fmt.Sprintf(format, args...)}
}
