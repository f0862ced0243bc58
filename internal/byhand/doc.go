// Package byhand computes by itself the fills that a backtest of three classic
// strategies must have: the cross of two means, reversion by relative strength,
// and the breakout from a channel. It is written from the documents alone
// (docs/rules.md, docs/figures.md, the path inside a bar as package history
// states it), in fractions and in 400 bits, knows only what these three need,
// and uses nothing of ours: a test compares it with the bot, line by line.
//
// It shows every step at once, and is slow.
package byhand

import "math/big"

// Bar is a bar of a minute.
type Bar struct {
	Open       int64 // milliseconds since 1970
	O, H, L, C *big.Rat
	Volume     *big.Rat
}

// Market is the instrument and what trading costs.
type Market struct {
	Tick, Lot, Least *big.Rat // of prices, of quantities, smallest order
	Spread           *big.Rat // share of the price
	Taker            *big.Rat // fee, share of what is received
	Collar           *big.Rat // how far from the middle an order may fill, as a share
	Cash             *big.Rat // what the account begins with
}

// Strategy is what the rules say of each closed bar, and how much is bought.
type Strategy struct {
	Minutes     int // of its bars
	Enter       func(Series) []Truth
	EnterRule   string
	Leave       func(Series) []Truth
	LeaveRule   string
	Base        *big.Rat // size of a buy: a quantity, or
	Quote       *big.Rat // a value, or
	EquityShare *big.Rat // a share of the equity; the others are nil
	Stop        *big.Rat // stop loss and take profit, as shares of the entry; nil is none
	Target      *big.Rat
}

// Fill is a line of the list.
type Fill struct {
	At                          int64 // milliseconds since 1970
	Trade                       int
	Rule, Side, FeeIn           string
	Quantity, Price, Value, Fee *big.Rat
	Profit                      *big.Rat // of a sale
	Holds                       *big.Rat // after it
}

func whole(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

func add(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }
func sub(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }
func mul(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }
func quo(a, b *big.Rat) *big.Rat { return new(big.Rat).Quo(a, b) }

// floor rounds down to a multiple of the step.
func floor(x, step *big.Rat) *big.Rat {
	steps := quo(x, step)
	n := new(big.Int).Div(steps.Num(), steps.Denom()) // Euclidean, and the divisor is positive: down
	return mul(new(big.Rat).SetInt(n), step)
}

// ceil rounds up to a multiple of the step.
func ceil(x, step *big.Rat) *big.Rat {
	down := floor(x, step)
	if down.Cmp(x) == 0 {
		return down
	}
	return add(down, step)
}
