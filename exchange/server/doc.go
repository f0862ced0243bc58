// Package server is the built-in exchange: a matching engine behind real
// sockets, for dry runs, drills and tests.
//
// An [Exchange] joins four things: a [Source] of market events, the pure
// simulated exchange of package sim (matching, accounts, ledger), a [Clock]
// that paces the market, and a [Front] that speaks one protocol to clients.
//
// # Order of things
//
// One mutex serialises market events and clients' requests. Whatever happens
// is told to the front as [Notice] values while the mutex is held, so every
// client sees one order of events, and the notices of one event always come in
// the same order: first the market's own news, then orders, fills and balances
// of users in the order in which the matching engine produced them, then the
// book if it changed.
//
// # Publication
//
//   - A quote event becomes liquidity (sim.Ladder) and then exactly one book
//     notice, even if no level changed, with the event's time.
//   - A trade event becomes one trade notice. Ids rise by instrument: the
//     source's id where it has one, moved up past ids that users' trades took.
//   - A bar event becomes the final candle, then the first candle of the next
//     minute, flat at the close with volume 0. Trades move it; with
//     [Manner].Pulse that and the ticker are told so often while they come.
//   - A recorded book replaces the liquidity and becomes one book notice.
//
// Requests happen at the clock's present; the notices they cause are queued to
// every client before the request is answered.
//
// # Time
//
// In a stepped run the clock is the bot's own (package engine/live) and is
// told of every frame before it is written, so that market time moves only
// when all of them were handled. On its own the exchange runs on a [Wall]
// clock, and the market is shifted so that it starts now: by whole minutes
// where there are bars, so that candles stay on their boundaries, else
// exactly.
package server
