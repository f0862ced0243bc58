package synth_test

// The words of docs/market.md.
const (
	intro = `# The generated market

This page is generated: go test ./exchange/synth -update. The test behind it
fails when the page is stale, when a figure leaves its bounds, or, where there
is real data, when that says otherwise.

The built-in exchange trades a market drawn from a seed. The model and its
formulas are in the package comment of exchange/synth. Here it is held against
recorded markets: BTC-USD of seeds 1 to %d, %d days each. Every figure of every
seed must lie within the real range widened by the factor %g at both ends.

`
	sources = `
Where the real ranges come from:

- Bars: Bitstamp BTC/USD, 38,942 one-minute bars from 2025-01-07 to 2025-02-03;
  lowest and highest of the whole and its three thirds. (Bitstamp BTC/USD
  minute data, github.com/ff137/bitstamp-btcusd-minute-data, CC BY 4.0.)
- Spread: Binance BTC/USDT, 2024-08-08 23:54 to 2024-08-09 00:05, the mean over
  its 73,174 quotes and over its book once a second; Coinbase BTC-USD,
  2026-08-09, 24 s, over its book once a second. Nearly always it is one tick.
- Depth: those two books once a second, all that is within 10 bps of the middle,
  mean of both sides. The generated market's is that of the levels which the
  built-in exchange states around each quote (exchange/sim, Ladder), for every
  50th quote.
- Trade size: the trades of the same two recordings, each by itself and all of
  one moment and side as one.
- Correlation: Bitfinex BTC/USD and ETH/USD, the months of 2019, over minutes in
  which both traded.

Depth, spread and trades are of minutes, not months, of recording: they say the
order of magnitude. For comparison, the same figures of another exchange in
another year. Minutes without a row count as flat bars; holes of more than an
hour are closed up. Nothing is held to these:

`
	limits = `
What the generated market does not have: an order flow of its own. At most 8
trades a minute are printed, of the size of real ones, so a minute's volume is
smaller than on a real exchange: about 0.05 BTC in the median, where Bitstamp's
thirds have 0.13 to 0.32. Trades do not take from the quote that follows, and
returns do not depend on the sign of those before. ETH-USD, LTC-USD and SOL-USD
are the same model with other constants; only BTC-USD is fitted, and how
ETH-USD goes with it.

The first four days of each seed, without history before, BTC-USD:

`
)
