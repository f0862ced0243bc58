// Package history is recorded market data as a source of market events: bars
// and trades in CSV, and recordings of WebSocket frames. Parsing and playing
// are pure; the caller opens the files. Every file may be compressed by gzip,
// which is told from its first bytes.
//
// # Files
//
// Bars have the columns time, open, high, low, close and volume, trades time,
// price, size, side and optionally id; a header names them, in any order. A
// time is Unix milliseconds or RFC 3339: for a bar its start, strictly rising
// and a multiple of the timeframe. The side is the taker's. Prices that are
// finer than the instrument's tick are rounded to the nearest, halves up; an
// instrument without a tick leaves them as written. Volumes and sizes finer
// than 8 decimals, which are left-overs of floats, are rounded to 8. Errors
// begin with file:line.
//
// # The path inside a bar
//
// A bar does not say how its trades went. Its source states a path: open,
// the extreme nearer to the open, the other extreme, close. When both are
// equally near, a rising bar falls first and a falling bar rises first. The
// four points are at the start, after a third, after two thirds, and one
// millisecond before the end of the bar, so that the market is fresh when the
// bar closes. At each point there is a quote, then a trade, at the same time;
// the closed bar follows at its end.
//
// A quote is the point less and plus half the spread, each rounded to the tick
// away from the point; one tick apart at least, and never below one tick. Both
// sides show a quarter of the mean volume of the 16 bars before (bars before
// the first count as the first), down to the lot, at least the smallest order.
// Nothing in a quote is known only later, the first bar's size excepted.
//
// The volume is split into four trades of equal size, down to the lot, and the
// last has the rest; a volume that is too small for that is split below the
// lot. A bar without volume has quotes but no trades. A trade's taker bought
// when the price rose from the point before; when it did not move, the taker
// is on the side of the trade before; the first trade of all is on the side of
// its bar.
//
// Trades play likewise: before each a quote around it, whose sizes are a mean
// of the 16 trades before, and after the last trade of an interval its bar.
// The interval in which the data ends has no bar: nothing says that it is
// complete.
//
// # Several instruments
//
// Merge joins sources by time. At the same time closed bars come first, for
// they tell of what was before; then sources in the order given.
package history
