// Package risk decides whether an order intent may become an order.
//
// Check is the only maker of an Approved, and executors take nothing else, so
// an order that was not checked does not compile. Every refusal carries a
// code of one enumeration and the values that led to it.
package risk

import "rulebot/engine/num"

// Limits are what a person wrote in the risk block. A zero value means "not
// written": a written zero is an error long before it comes here. Money is in
// the account's quote currency.
type Limits struct {
	Allow            map[string]Sides        // R03; nil allows every instrument of the file
	MaxOrderQuantity map[string]num.Quantity // R12
	MaxOrderValue    num.Money               // R13
	Collar           num.Rate                // R14; 0.02 is 2 percent
	FundsBuffer      num.Rate                // R19
	MaxPositionValue num.Money               // R20
	MaxExposure      num.Money               // R21
	MaxOpenOrders    PerInstrument           // R22
	MaxFires         Fires                   // R25
	MaxOrders        Rates                   // R27
	MaxDailyLoss     Loss                    // R30
	MaxDrawdown      num.Rate                // R31
}

// Sides says which sides are allowed.
type Sides struct{ Buy, Sell bool }

// PerInstrument bounds a count for one instrument and for all.
type PerInstrument struct{ Instrument, Total int }

// Fires bounds how often one rule may fire.
type Fires struct{ Minute, Hour, Day int }

// Rates bounds how many orders may be sent.
type Rates struct{ Second, Minute, Day int }

// Loss is a loss in a day: the smaller of both counts. Rate is a share of the
// day's first equity.
type Loss struct {
	Rate  num.Rate
	Value num.Money
}
