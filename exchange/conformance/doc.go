// Package conformance is what every exchange adapter must do, as a test suite.
//
// [Run] drives an adapter and the exchange behind it through conversations
// whose outcome is known to the last digit: orders of every time in force,
// partial fills, cancels, refusals, balances, pushes, lost connections, bars.
// What not every exchange has (orders that it keeps, a ledger, a wallet) a
// [Case] declares as lacking, and the suite holds it to that. It sees both
// through small interfaces of its own and engine values only, so one suite
// serves every adapter, against any exchange that can be scripted.
//
// # The market
//
// Each conversation has an exchange of its own, whose market stands still but
// for what the suite does through [Market]. Nothing waits for time to pass:
// every call of Market returns when whoever listens has handled what it
// caused. Prices are whole ticks above [Case.Floor], quantities whole lots.
package conformance
