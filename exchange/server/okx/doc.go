// Package okx is the OKX v5 face of the built-in exchange: signed REST and the
// three WebSocket paths on one listener. It is written from the protocol
// reference and shares no code with the client side, so that each checks the
// other. What it has in common with other faces is package front.
//
// # Files
//
//   - front.go, rest*.go: the HTTP mux, its envelope and its calls
//   - auth.go: who signed a request or a login, in which window
//   - codes.go: error codes and their HTTP status
//   - trade.go, market.go, algo.go: what one account asks for, over REST or a socket
//   - desk.go: what is noted of orders beside the matching; dead man's switches
//   - orders.go, rows.go, bars.go: the rows of answers and pushes
//   - session.go, topics.go, push.go: connections, their commands and streams
//
// # Choices where the reference leaves one
//
//   - The exchange plays one environment. A REST request of the other one is
//     refused with 50101, public ones too: a client that forgets the header
//     finds out.
//   - A market buy sized in base reserves, and pays at most, 5 % above the best
//     ask; a market sell sized in quote sells what the book shows to be worth
//     it. Both end without the rest. slippagePct is ignored, attached orders
//     are refused (51000).
//   - Without banAmend a market order that lacks funds is cut to what is there.
//   - A wrong form of a single order is answered with HTTP 400; in a batch, and
//     over a socket, with the sCode of its element.
//   - An order that was cancelled without a fill is unknown to every query two
//     hours later.
//   - A dead man's switch goes off with the first thing that happens at or after
//     its time; on a clock that runs by itself, in time. It cancels no algo
//     orders. triggerTime is in milliseconds.
//   - Self-trade prevention cancels the order that takes (cancel_taker), which
//     the account's configuration says.
//   - newSz at or below what is filled fails (amendResult -1) and leaves the
//     order as it is.
//   - The size of a conditional or trigger buy at the market is quote currency.
//     A trailing stop needs activePx and callbackRatio.
//   - Turnover of candles is their volume at the close. A bar without history
//     has none before.
//   - Sequence ids of a book rise by one; a book told again unchanged has equal
//     ids. The checksum is 0.
//   - The fills channel is open to everyone. Channels that need a fee tier do
//     not exist (60018), neither do price limits: they say that none is enabled.
//   - Commands of a socket are not subject to faults of requests; its frames are
//     subject to faults of frames. Three connections a second from an address
//     are admitted on average, sixty at once. Close codes are 1000.
//   - Rate limits count on the exchange's clock. On a stepped clock, which
//     stands still while clients work, real time counts too.
package okx
