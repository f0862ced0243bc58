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
// # What it cannot see
//
// I19 (nothing here runs on paper), I21 (rules are bounded by their own tests)
// and the real sockets, goroutines and signals, which the tests of package
// live, the kill tests and the proxy of cmd/bot have.
package storm
