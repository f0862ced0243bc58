// Package okcoin is the Okcoin v3 face of the built-in exchange: signed REST
// and a WebSocket on one listener. It is written from the protocol reference
// and shares no code with the client side, so that each checks the other.
//
// What it has in common with other faces is package front.
//
// # Files
//
//   - front.go, rest*.go, ledger.go: the HTTP mux and its calls
//   - faulty.go: what goes wrong on demand, as this protocol says it
//   - auth.go: who signed a request, in which window
//   - fault.go: error codes and their HTTP status
//   - fields.go: what is wrong with a request body
//   - session.go, command.go: one WebSocket connection; its commands
//   - topics.go, push.go: who gets which frame, and its text
//   - orders.go, algo.go, rows.go: the rows of answers and pushes
//   - depth.go: rows and checksum of books
//
// # Choices where the reference leaves one
//
//   - A refused order is answered with HTTP 200 and result false; with
//     [Options].RefusedStatus it is 400.
//   - Prices and sizes finer than the steps are refused (33028, 33029) rather
//     than cut in silence: a client should not lean on it.
//   - A batch in which an order lacks the funds is answered with HTTP 400, its
//     rows as always; every other batch with 200.
//   - The funding account shows what its account began with. Its lists are empty,
//     and calls that would move money are refused (34014 in, 30012 out, which
//     needs a right no key has).
//   - Pending orders can be asked for without an instrument, as in early
//     versions.
//   - Numbers of a body may have an exponent, as floats are written; texts not.
//   - An algo order holds no funds until it places one. The size of one that
//     buys at the market is money, as it is of a market order. How each kind
//     trades is told in package sim; which of 33037 to 33051 is which
//     parameter, as far as the table does not say, in fault.go. At most 100 are
//     live on an instrument. An order cancelled by the exchange itself, for
//     another reason than funds, has the cancel_code 0.
//   - The price guard of section 7.2 measures from the best price of the other
//     side when the order comes ([Rules]). An order that would go beyond is
//     told as open and then as cancelled, like every order that ends at once.
//   - A connection a second from an address is admitted on average, sixty at
//     once; then 429.
//   - A WebSocket that was not written to for 30 s is closed, in real time.
//   - Rate limits count on the exchange's clock. On a stepped clock, which
//     stands still while clients work, real time counts too.
package okcoin
