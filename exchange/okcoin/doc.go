// Package okcoin is the adapter for the Okcoin v3 spot API: it turns frames
// and replies into the engine's values, and approved orders into requests.
// Nothing here decides anything about trading.
//
// A [Feed] follows public market data, a [Private] our own orders and
// balances; both emit engine events from the goroutine that reads their
// socket, once for each message received. A [Client] makes REST calls; it may
// be used by many goroutines.
//
// # What is trusted
//
// A book is believed only while the checksum of its best 25 levels verifies;
// texts are kept as received because the checksum is over them. Numbers are
// plain decimals, from JSON strings or numbers alike; exponents are refused.
// Unknown fields are ignored, unknown values of a known field are errors:
// nothing is guessed. An error in a stream ends the session, the link goes
// down with the reason, and the next session starts from nothing.
//
// A book that is silent for longer than its heartbeats allow is asked for
// again, and candles that trades prove to be missing end the session. Where
// the exchange does not give us depth_l2_tbt, depth takes its place.
//
// # What is asked for
//
// The topics of a connection are at most 4,096 bytes, in as many commands as
// that takes. Streams that are given one budget ([NewCommands]) send at most
// 240 commands an hour together: a session that could not subscribe does not
// connect, the link says until when, and renewing books leaves new sessions a
// quarter of the budget.
//
// # What leaves
//
// Placing and amending take approved orders only; each request is sent once,
// and its result says what the answer proves. Calls keep to the
// exchange's limits, which count orders for each instrument; cancels have a
// reserve. Orders may be given into the exchange's keeping, to be placed by it
// when a price is reached or in parts ([Client.PlaceAlgo]): they have no
// client order id, so what an unknown answer left behind is found by its
// terms. Signatures carry the exchange's time as [Client.KeepTime] measures
// it. No call withdraws, deposits or moves money.
//
// # Speed
//
// BenchmarkRecording measures the way from a compressed frame to events beside
// its floors: a recorded frame costs about 1.7 times its inflating and a JSON
// scan, 145,000 frames a second on one core. It is why klauspost/compress
// inflates (1.1 times as fast as the standard library on frames this small)
// and fastjson parses (values at the price of the standard library's mere
// check; its decoding alone is slower than our whole way).
//
// # Words
//
// Exchange words stay in here: a candle is a bar, a partial is a snapshot, a
// client_oid is a client order id.
package okcoin
