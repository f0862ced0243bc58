// Package sim is the simulated exchange: one matching engine, its accounts and
// its ledger. The built-in exchange serves it over sockets; a dry run and a
// backtest drive it directly. It is pure: no clock, no goroutine, no
// randomness, and the same calls give the same results.
//
// # Liquidity
//
// The market's own orders are given from outside, by level: as a recorded
// book (Liquidity), or as a quote (Quote) around which Ladder states the
// deeper levels. A user's order that takes consumes them until that level's
// next update. A user's order that rests fills when a market trade passes its
// price, or reaches it after the quantity shown ahead of it has traded.
package sim
