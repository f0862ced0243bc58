// Package oracle judges a simulated run. It is told what the exchange knows to
// be true, what leaves the bot's process, what the bot made durable and what it
// believes, and keeps a ledger of its own over all that, in rational numbers.
//
// It imports nothing of ours and repeats nothing of ours: the tables here are
// written from the contract. What it finds is a [Violation] of an invariant;
// only the first one counts, since what follows from a wrong state is wrong.
package oracle
