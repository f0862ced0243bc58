package strategies

import (
	"rulebot/strategies/indicator"
)

// What rows read of the bar.
const (
	readsRange   = "high, low"
	readsPrices  = "high, low, close"
	readsAll     = "high, low, close, volume"
	readsClose   = "close, volume"
	readsCandles = "open, high, low, close"
)

// ofPrices is an indicator of high, low and close.
type ofPrices interface {
	resetter
	Update(high, low, last float64) float64
}

func prices(of ofPrices) calc {
	return calc{of, func(b *floatBar, _, out []float64) { out[0] = of.Update(b.high, b.low, b.close) }}
}

// ofVolume is an indicator of high, low, close and volume.
type ofVolume interface {
	resetter
	Update(high, low, last, volume float64) float64
}

func volumes(of ofVolume) calc {
	return calc{of, func(b *floatBar, _, out []float64) { out[0] = of.Update(b.high, b.low, b.close, b.volume) }}
}

// ofRange is an indicator of high and low.
type ofRange interface {
	resetter
	Update(high, low float64) float64
}

func ranges(of ofRange) calc {
	return calc{of, func(b *floatBar, _, out []float64) { out[0] = of.Update(b.high, b.low) }}
}

// ofN makes a row of the bar and a length.
func ofN(name, short, definition, reads string, outputs []output, compute func(k []float64) calc) function {
	return function{
		name: name, short: short, definition: definition, example: name + "(14)", bars: reads,
		takes: justN(), outputs: outputs, compute: compute,
	}
}

// ofTheBar read the bar itself.
func ofTheBar() []function {
	return []function{
		ofN("atr", "average true range: rma of the true range", "rma(tr, n); the true range of the first bar is high - low", readsPrices,
			value(unitPrice, atN(), settleRMA, unsigned()), func(k []float64) calc { return prices(indicator.NewATR(whole(k, 0))) }),
		ofN("natr", "average true range in percent of the close", "100 * atr(n) / close", readsPrices,
			value(unitPercent, atN(), settleRMA, unsigned()), func(k []float64) calc { return prices(indicator.NewNATR(whole(k, 0))) }),
		ofN("cci", "distance from the mean in mean deviations, times 66.7", "(hlc3 - sma(hlc3, n)) / (0.015 * mean of |hlc3 - sma(hlc3, n)|); 0 where that is 0", readsPrices,
			value(unitPoints, atN(), settleNow, anyValue()), func(k []float64) calc { return prices(indicator.NewCCI(whole(k, 0))) }),
		ofN("mfi", "money flow, 0 to 100: an rsi of volume", "100 * up / (up + down), of the sums of hlc3 * volume over n bars in which hlc3 rose and in which it fell", readsAll,
			value(unitPoints, afterN(), settleNow, between(0, 100)), func(k []float64) calc { return volumes(indicator.NewMFI(whole(k, 0))) }),
		ofN("willr", "Williams' %R: how far the close is below the highest high, -100 to 0", "-100 * (h - close) / (h - l), of h = highest(high, n) and l = lowest(low, n); 0 where that is 0", readsPrices,
			value(unitPercent, atN(), settleNow, between(-100, 0)), func(k []float64) calc { return prices(indicator.NewWillR(whole(k, 0))) }),
		ofN("cmf", "Chaikin's money flow, -1 to 1: where bars close, weighted by volume", "sum of volume * ((close - low) - (high - close)) / (high - low) over n bars, over the sum of their volume; 0 without volume", readsAll,
			value(unitShare, atN(), settleNow, between(-1, 1)), func(k []float64) calc {
				c := indicator.NewCMF(whole(k, 0))
				return calc{c, func(b *floatBar, _, out []float64) { out[0] = kept(c.Update(b.high, b.low, b.close, b.volume), -1, 1) }}
			}),
		ofN("vwap", "mean price of the last n bars, weighted by volume; vwap alone is that of the day", "sum(hlc3 * volume, n) / sum(volume, n); not ready where the volume is 0", readsAll,
			value(unitPrice, atN(), settleNow, meanPrice()), func(k []float64) calc { return volumes(indicator.NewVWAP(whole(k, 0))) }),
		ultosc(), stoch(), awesome(),
		{
			name: "adosc", short: "Chaikin's oscillator: the pace of accumulation", example: "adosc(3, 10)", bars: readsAll,
			definition: "ema(adl, fast) - ema(adl, slow), both seeded with the first value of adl",
			takes:      []argument{length("fast"), length("slow")},
			outputs:    value(unitBase, from("max(fast, slow)", func(k []float64) int { return max(whole(k, 0), whole(k, 1)) }), settleLongest, anyValue()),
			compute:    func(k []float64) calc { return volumes(indicator.NewADOsc(whole(k, 0), whole(k, 1))) },
		},
		fisher(),
	}
}

func fisher() function {
	return function{
		name: "fisher", short: "Ehlers' transform of where the middle of the bar lies in its range", example: "fisher(9).value", bars: readsRange,
		definition: "value is 0.5 * ln((1 + x) / (1 - x)) + 0.5 * value[1]; x is 0.66 * (p - 0.5) + 0.67 * x[1], ±0.999 beyond ±0.99; p is the place of hl2 between its lowest and highest of n, 0 to 1",
		takes:      justN(),
		outputs: []output{
			outputOf("value", "the transform", unitPlain, atN(), settleIn(35), anyValue()),
			outputOf("trigger", "the value of the bar before", unitPlain, afterN(), settleIn(35), anyValue()),
		},
		compute: func(k []float64) calc {
			f := indicator.NewFisher(whole(k, 0))
			return calc{f, func(b *floatBar, _, out []float64) {
				y := f.Update(b.high, b.low)
				out[0], out[1] = y.Value, y.Trigger
			}}
		},
	}
}

func ultosc() function {
	longest := func(k []float64) int { return max(whole(k, 0), whole(k, 1), whole(k, 2)) + 1 }
	return function{
		name: "ultosc", short: "Williams' ultimate oscillator over three lengths, 0 to 100", example: "ultosc(7, 14, 28)", bars: readsPrices,
		definition: "100 * (4 * u(a) + 2 * u(b) + u(c)) / 7; u(n) is the sum of close - min(low, close[1]) over that of the true range, of n bars",
		takes:      []argument{length("a"), length("b"), length("c")},
		outputs:    value(unitPoints, from("max(a, b, c) + 1", longest), settleNow, between(0, 100)),
		compute: func(k []float64) calc {
			u := indicator.NewUltOsc(whole(k, 0), whole(k, 1), whole(k, 2))
			return calc{u, func(b *floatBar, _, out []float64) { out[0] = inPercent(u.Update(b.high, b.low, b.close)) }}
		},
	}
}

func awesome() function {
	return function{
		name: "ao", short: "awesome oscillator: distance of two means of hl2", example: "ao(5, 34)", bars: readsRange,
		definition: "sma(hl2, fast) - sma(hl2, slow)",
		takes:      []argument{length("fast"), length("slow")},
		outputs:    value(unitPrice, from("max(fast, slow)", func(k []float64) int { return max(whole(k, 0), whole(k, 1)) }), settleNow, anyValue()),
		compute:    func(k []float64) calc { return ranges(indicator.NewAO(whole(k, 0), whole(k, 1))) },
	}
}

func stoch() function {
	return function{
		name: "stoch", short: "where the close lies between the lowest low and the highest high", example: "stoch(14, 3, 3).k", bars: readsPrices,
		definition: "k is sma(k) of 100 * (close - l) / (h - l), of h = highest(high, n) and l = lowest(low, n), 0 where that is 0; d is sma(d) of k",
		takes:      []argument{length("n"), length("k"), length("d")},
		outputs: []output{
			outputOf("k", "smoothed over k bars", unitPercent, from("n + k - 1", func(k []float64) int { return whole(k, 0) + whole(k, 1) - 1 }), settleNow, between(0, 100)),
			outputOf("d", "smoothed again, over d bars", unitPercent, from("n + k + d - 2", func(k []float64) int { return whole(k, 0) + whole(k, 1) + whole(k, 2) - 2 }), settleNow, between(0, 100)),
		},
		compute: func(k []float64) calc {
			s := indicator.NewStoch(whole(k, 0), whole(k, 1), whole(k, 2))
			return calc{s, func(b *floatBar, _, out []float64) {
				y := s.Update(b.high, b.low, b.close)
				out[0], out[1] = inPercent(y.K), inPercent(y.D)
			}}
		},
	}
}
