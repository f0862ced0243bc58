// Package synth is the generated market: quotes, trades and closed one-minute
// bars of a few instruments against USD, drawn from a seed by the model below.
// Its parameters (kinds.go) are fitted to recorded minutes of BTC-USD;
// docs/market.md shows how near they come.
//
// # What it yields
//
// Events come in the order of their time, which is whole milliseconds. Within
// a minute an instrument passes 3 to 8 points. Each has a quote and, at the
// same time, most have a trade, at the bid or the ask of that quote. The last
// point is within 400 ms of the end of the minute, so that the quote is fresh
// when the bar closes. At the end comes the bar, made of exactly the minute's
// trades. So there are at most 17 events a minute and instrument. At equal
// times the instrument that was listed first is first.
//
// A minute without a trade has a bar too: flat at the last trade's price, with
// volume 0. It is not marked synthetic, for that mark is of bars that we fill
// in, and this one is what the market says of itself. It has quotes, which may
// move away from the bar.
//
// Trades are numbered from 1, for each instrument, at the start.
//
// # The model
//
// Below, z is a normal number, drawn anew each time. A wave W(s, τ) forgets
// by 1/τ a step and has standard deviation s:
//
//	W ← W·e^(-1/τ) + s·√(1-e^(-2/τ))·z
//
// Each minute all instruments share a climate
//
//	heat = season + W(0.32, 2880) + W(0.45, 300)        steps of a minute
//	pull = z
//
// where the season is a polygon over the 24 hours of the day, UTC, highest at
// 15 h and lowest at 6 h. Then each instrument has the heat, the volatility σ
// and the move of its minute:
//
//	heat_i = heat + W(0.36, 25) + 0.33·z
//	σ_i    = 0.00047 · wildness_i · e^heat_i
//	move_i = likeness_i·pull + √(1-likeness_i²)·z
//
// A log-normal σ alone makes the tails of the returns fat; that its parts
// forget at different speeds makes the memory of their size long.
//
// With probability 0.012·e^(-1.5·heat_i) nothing trades, and σ_i is three
// tenths of that. The minute has 3 points and 5 times one more with
// probability 0.45 + 0.25·heat_i. Over its n points the price P goes by a
// bridge that ends where the minute moves to:
//
//	P ← P·(1 + σ_i/√n·(z_k - mean z) + σ_i·move_i/n - (P/P₀ - 1)/(n·129600))
//
// Its last term, a pull to the first price of 1/90 a day, keeps endless runs
// sane; no step is more than 5 %.
//
// Around P stands the quote, mostly one tick wide; the wider ones of BTC-USD,
// a twentieth, add a spread of 0.1 bps · e^(0.9·z). The size at each side is
// 1.35 BTC · e^W(0.55, 3), with steps of a point. A point trades with
// probability 0.85, one of the minute's surely, in four of five cases with the
// step; its size, in BTC, is
//
//	0.0019 · e^(heat_i + 0.6·|move_i| + 1.9·z)
//
// Other instruments multiply sizes by what they are worth against BTC. Sizes
// are rounded down to the lot and are at least the smallest order.
//
// # Repeatability
//
// The same configuration gives the same events, bit for bit, on every machine.
// That rests on integers (the generator is SplitMix64, a normal number the sum
// of twelve 16-bit ones, so that it ends at ±6), on the IEEE operations + - ×
// ÷ √ and floor, on an exponential of our own, and on conversions to float64
// around every product that is added to something, which forbids its fusion.
// Package math's transcendental functions are not used: they differ between
// machines.
//
// The climate and each instrument have generators of their own, so an
// instrument's events do not depend on which others are listed. They do depend
// on the length of the history, which is generated first, and on the start, by
// the time of day.
package synth
