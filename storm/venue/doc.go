// Package venue is a second exchange, written for the simulator alone: one
// account, a few markets that wander, orders that fill in parts, fees as the
// manual has them, and both gateways in bytes. It speaks Okcoin v3 or OKX v5: a
// [Face] says what of the same venue, whose matching, books and accounts know
// nothing of it.
//
// It knows nothing of the bot: it imports nothing of ours, counts in integers
// of its own, and computes checksums and signatures by itself. What it says
// over REST may lag behind what it pushes, an order may be accepted long before
// anybody can see it, and a client order id may be taken twice, as its config
// says. [Venue.Told] hears the truth, which the simulator's oracle keeps.
//
// Nothing here knows a clock or a random source but those it is given: calls
// with the same times, in the same order, give the same bytes.
package venue
