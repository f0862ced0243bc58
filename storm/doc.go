// Package storm is the simulator: it runs the bot that trades, in one thread
// and in virtual time, against an exchange, a network, a disk and clocks that
// fail in every way a seed can think of, and lets a judge who shares no code
// with the bot look at each step. It is called storm because exchange/sim, the
// simulated exchange of dry runs, has the other name.
//
// # What is real, and what is not
//
// Real are the engine, the loop's own code (live.Stepper), the adapter with its
// sessions, parsers, signatures, limits and clock, the rules of a strategies
// file, and the journal: package persist on a memory-backed disk, or its
// in-memory twin for most seeds, since a bbolt file cannot be mapped from
// anything but a file. Replaced are sockets, disk, clocks and randomness, at
// the ports that they have. The exchange is package venue, which imports
// nothing of ours; so does the judge, package oracle.
//
// What blocks (a lane that waits for an answer, a feed that waits for a frame)
// is a fiber: a function that one thread enters and leaves where the original
// would wait. So the same code waits for an hour of simulated time in
// microseconds, and always in the same order.
//
// # Protocols
//
// Okcoin v3 and OKX v5 are played over the same market, accounts, network and
// knobs, and judged by the same judge. What differs is a dialect: okcoin.go and
// okx.go here, and the two faces of package venue. On OKX a session is three
// connections, books are chains of ids, orders carry the time until which they
// may be taken, stops are algo orders with ids of their own, and balances that
// are zero are left out of lists. [Both] plays OKX in one of four seeds, drawn
// from a source of its own, so that a seed of Okcoin's is the same run as ever.
// The dead man's switch is not armed by the loop, so that nothing plays it.
//
// # A run
//
// A seed draws a plan of trading and a handful of knobs, each from nothing to
// cruel, so that runs differ in kind (see [Knobs]). A safety phase plays some
// minutes with faults. Then they stop, and in the liveness phase everything
// must come to a proven end: within 120 s the bot agrees with the exchange to
// the last digit, or is halted on purpose.
//
// After every step the judge checks I1 to I22 as far as they apply: [Player.Run] gives
// the first violation with the last events, and a hash over all of them. The
// same seed gives the same hash in every process.
//
// # Ranges
//
// The knobs reach the ends that the contract gives them: a lag of 60 s, 50
// connections reset, 20 crashes, a partition of five minutes either way or one
// way, a clock an hour off, a machine that sleeps for eight hours. The ends are
// rare, since a bot that is never up shows nothing. Narrower are: a call's
// delay beyond 5 s is a deadline, as it is for the bot's own client; a body of
// status 200 is never a wrong empty list, which no client could tell from a
// right one; a stop for the exchange's keeping is never delivered twice where
// it has no id by which anybody could tell, as on Okcoin. The faults last until a machine that sleeps is awake again.
// [Options] has the ranges of before.
//
// A person changes limits by writing them into the file: the bot reads it when
// it starts, and at no other time, so that op.reload is a stop in order and a
// start with other limits. It never amends an order at the exchange, so that
// nothing amends here. A journal whose bits were flipped may be refused at the
// next start, by name: that ends a run, as it ends in a person's hands.
//
// # What it cannot see
//
// I19 (nothing here runs on paper), I21 (rules are bounded by their own tests)
// and the real sockets, goroutines and signals, which the tests of package
// live, the kill tests and the proxy of cmd/bot have.
package storm
