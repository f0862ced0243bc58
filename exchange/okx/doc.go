// Package okx is the adapter for the OKX v5 spot API: it turns frames and
// replies into the engine's values, and approved orders into requests. Nothing
// here decides anything about trading.
//
// A [Feed] follows public market data, a [Private] our own orders and
// balances; both emit engine events, one call at a time. A [Client] makes REST
// calls; it may be used by many goroutines.
//
// # Where
//
// An account lives in a region, and its hosts and the header of demo trading go
// together: a [Place] holds them all, and nothing mixes them.
//
// # What is trusted
//
// A book is believed only while each update names the one before it. Numbers
// are plain decimals; unknown fields are ignored; an unknown state of an order
// is an error, for nothing is guessed.
//
// # What leaves
//
// Placing takes approved orders only, which all have a limit; what sells at the
// market, a stop of the exchange's, states the unit of its size. Each request is
// sent once, and an order expires at the exchange five seconds after it was
// signed: what was not there after that never will be. Each
// element of an answer is judged by its own code, and a code that is not in the
// table proves nothing about a write. No call moves money.
package okx
