// Package order is the life of an order: what a strategy wants ([Intent]),
// what we know of it at the exchange ([Order]), what the exchange tells us
// ([Evidence], [Result]) and what was executed ([Fill]).
//
// Orders move through the state machine of the transition table in
// machine.go; everything that is not in the table is a broken invariant. An
// order is only what the exchange owes us; positions come from fills alone.
package order

import (
	"slices"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// Side is buy or sell.
type Side uint8

// The two sides.
const (
	Buy Side = iota + 1
	Sell
)

// Opposite returns the other side.
func (s Side) Opposite() Side { return Buy + Sell - s }

// TimeInForce says how long an order may rest. Every order is a limit order:
// a market order is an IOC limit at the price collar.
type TimeInForce uint8

// The times in force.
const (
	GTC      TimeInForce = iota + 1 // rests until cancelled
	IOC                             // what does not trade at once ends
	FOK                             // all at once or nothing
	PostOnly                        // rests or ends; never takes
)

// Intent is what a strategy wants. Nothing about it has been checked.
type Intent struct {
	Strategy   string       `json:"strategy"`
	Rule       string       `json:"rule"`     // rule or exit that asked
	Decision   string       `json:"decision"` // id of the decision behind it, ema-cross-17
	Instrument string       `json:"instrument"`
	Side       Side         `json:"side"`
	TIF        TimeInForce  `json:"tif"`
	Price      num.Price    `json:"price"`            // limit
	Quantity   num.Quantity `json:"quantity"`         // base currency
	Reduces    bool         `json:"reduces,omitzero"` // may only make the position smaller
	Exit       bool         `json:"exit,omitzero"`    // comes from the exits block
	Reference  num.Price    `json:"reference"`        // decision price, for the collar and slippage
	Tag        string       `json:"tag,omitzero"`     // what a rule may cancel it by
	Expires    market.Time  `json:"expires,omitzero"` // event time at which it is cancelled; 0 is never
	Then       bool         `json:"then,omitzero"`    // what is left when it expires is placed at the market
	Limited    bool         `json:"limited,omitzero"` // its price is a rule's, and no collar of ours
	Close      bool         `json:"close,omitzero"`   // of everything that is held
	Value      num.Money    `json:"value,omitzero"`   // what a buy may cost, where its size was written in money
	Slippage   num.Rate     `json:"max_slippage,omitzero"`
	Target     int          `json:"target,omitzero"`  // of a take profit: which, from 1
	Flatten    bool         `json:"flatten,omitzero"` // a person had the kill switch sell it
	Held       string       `json:"held,omitzero"`    // id under which the engine held it before it was placed
}

// Rests reports whether the order may stay on the book.
func (in *Intent) Rests() bool { return in.TIF == GTC || in.TIF == PostOnly }

// Order is one order as far as it is known. Plain data; the zero value is no
// order.
type Order struct {
	Intent
	ClientID     string       `json:"client_order_id"`
	ExchangeID   string       `json:"exchange_order_id,omitzero"` // "" until acknowledged
	State        State        `json:"state"`
	Created      market.Time  `json:"created"`          // event time of the decision
	Changed      market.Time  `json:"changed"`          // exchange time of the newest evidence
	Filled       num.Quantity `json:"filled"`           // C: the exchange's cumulative quantity
	Booked       num.Quantity `json:"booked"`           // F: the sum of fills applied
	Settled      bool         `json:"settled,omitzero"` // terminal, C = F and every fee known
	CancelWanted bool         `json:"cancel_wanted,omitzero"`
	Expired      bool         `json:"expired,omitzero"` // that is why the cancel is wanted
	Reason       string       `json:"reason,omitzero"`  // why denied, rejected, cancelled
	Code         string       `json:"code,omitzero"`    // denial code or exchange error code
}

// Fill is one execution of one of our orders.
type Fill struct {
	Instrument  string       `json:"instrument"`
	ClientID    string       `json:"client_order_id"`
	ExchangeID  string       `json:"exchange_order_id"`
	ID          string       `json:"fill_id"` // unique within instrument and order only
	At          market.Time  `json:"at"`
	Side        Side         `json:"side"`
	Price       num.Price    `json:"price"`
	Quantity    num.Quantity `json:"quantity"`
	Fee         num.Money    `json:"fee"` // positive is a cost, negative a rebate
	FeeCurrency string       `json:"fee_currency"`
	Maker       bool         `json:"maker,omitzero"`
}

// Key identifies a fill within an account: ids repeat across instruments and
// even across orders.
type Key struct{ Instrument, ExchangeID, ID string }

// Key returns the identity of the fill.
func (f *Fill) Key() Key { return Key{f.Instrument, f.ExchangeID, f.ID} }

// Source says where evidence comes from.
type Source uint8

// The sources of evidence.
const (
	FromPush  Source = iota + 1 // private stream
	FromQuery                   // by-id query
	FromList                    // open-orders scan
)

// Evidence is one statement of the exchange about an order.
type Evidence struct {
	Source     Source
	Asked      market.Time // run clock when the query was sent; 0 for a push
	Instrument string
	ClientID   string
	ExchangeID string
	State      State // OPEN, PARTIAL, CANCELING, FILLED, CANCELED or REJECTED
	Side       Side
	Price      num.Price
	Quantity   num.Quantity
	Filled     num.Quantity
	At         market.Time // exchange time of the change
	Missing    bool        // the exchange says, well formed, that it has no such order
}

// Class says what an answer to a submit or cancel proves.
type Class uint8

// The classes of an answer.
const (
	Unknown  Class = iota // bytes may have left and nothing is proven
	Accepted              // acknowledged with an order id
	Rejected              // definitively refused
	NotSent               // proven that nothing left
	Gone                  // cancels only: unknown there, filled or cancelled already; proves nothing yet
)

// Result is the classified answer to a submit or cancel.
type Result struct {
	Class      Class
	ExchangeID string
	Code       string // exchange's error code, "" when none
	Message    string // for people
	Halt       Halt   // what else the refusal means
}

// Halt is what a refusal says beyond the order itself.
type Halt uint8

// The consequences of a refusal.
const (
	HaltNone       Halt = iota
	HaltAuth            // key, signature or account refused: stop everything
	HaltInstrument      // trading in this instrument is off
	HaltClock           // our time was refused
	HaltFunds           // the account lacks the funds: buying again is useless until its balance changes
	HaltIncident        // the exchange is out of service, or parts of it are
)

// Balance is what the exchange holds for us in one currency.
type Balance struct {
	Currency  string    `json:"currency"`
	Total     num.Money `json:"total"`
	Available num.Money `json:"available"` // total less holds
}

// Listed reports whether a list of balances tells of a currency.
func Listed(list []Balance, currency string) bool {
	return slices.ContainsFunc(list, func(b Balance) bool { return b.Currency == currency })
}
