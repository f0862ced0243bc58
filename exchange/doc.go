// Package exchange is the transport that all exchanges share: a WebSocket
// session, signed REST calls, rate limits and secrets. It moves bytes and says
// what can be proven about them; what the bytes mean is the adapter's.
//
// # WebSocket
//
// [Dial] opens a [Session]. The goroutine that calls Read is its only reader;
// one goroutine of the session writes. A session dies of the first error and
// is never repaired: [Keep] opens the next one after a pause that grows.
//
// # REST
//
// A [Caller] makes one HTTP call. There are two kinds, with a transport each:
// queries and market data go over HTTP/2 where the other side offers it;
// submits and cancels go over HTTP/1.1. Neither follows a redirect, uses a
// proxy of the environment, or repeats a call. [Reply.Connected] tells a call
// of which provably nothing left from one whose outcome is not known.
//
// # Time
//
// Everything here measures the wire (deadlines, pauses, rates), so it runs on
// the machine's clock whatever clock the market has.
package exchange
