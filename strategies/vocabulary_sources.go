package strategies

import (
	"rulebot/strategies/indicator"
)

// sources are bare names of the bar. A minute without a trade has a volume of
// 0.
func sources() []function {
	price := func(name, short string, e extent, read func(b *floatBar) float64) function {
		return ofBar(name, short, "of the bar", unitPrice, e, read)
	}
	return []function{
		price("open", "the first price", aPrice(), func(b *floatBar) float64 { return b.open }),
		price("high", "the highest price", aPrice(), func(b *floatBar) float64 { return b.high }),
		price("low", "the lowest price", aPrice(), func(b *floatBar) float64 { return b.low }),
		price("close", "the last price", aPrice(), func(b *floatBar) float64 { return b.close }),
		ofBar("volume", "what was traded; 0 where nothing was", "of the bar", unitBase, always("0 or more", zeroOrMore()), func(b *floatBar) float64 { return b.volume }),
		price("hl2", "(high + low) / 2", aPrice(), func(b *floatBar) float64 { return (b.high + b.low) / 2 }),
		price("hlc3", "(high + low + close) / 3", aPrice(), func(b *floatBar) float64 { return (b.high + b.low + b.close) / 3 }),
		price("ohlc4", "(open + high + low + close) / 4", aPrice(), func(b *floatBar) float64 { return (b.open + b.high + b.low + b.close) / 4 }),
		keeping("tr", "the true range", "max(high, close[1]) - min(low, close[1]); of the first bar, high - low", unitPrice, readsPrices, unsigned(), func() calc { return prices(indicator.NewTR()) }),
		keeping("obv", "on-balance volume", "adds the volume of a bar that closed higher than the one before, subtracts that of one that closed lower; starts at 0 with the first bar known", unitBase, readsClose, anyValue(), func() calc {
			o := indicator.NewOBV()
			return calc{o, func(b *floatBar, _, out []float64) { out[0] = o.Update(b.close, b.volume) }}
		}),
		keeping("adl", "accumulation and distribution", "adds volume * ((close - low) - (high - close)) / (high - low), 0 where high is low; starts with the first bar known", unitBase, readsAll, anyValue(), func() calc { return volumes(indicator.NewADL()) }),
		dayVWAP(), heikinAshi(), pivots(), ofTime(),
	}
}

func ofBar(name, short, definition, unit string, e extent, read func(b *floatBar) float64) function {
	return function{
		name: name, short: short, definition: definition, example: name, bars: name,
		outputs: value(unit, atOnce(), settleNow, e), price: read,
	}
}

func keeping(name, short, definition, unit, reads string, e extent, of func() calc) function {
	return function{
		name: name, short: short, definition: definition, example: name, bars: reads,
		outputs: value(unit, atOnce(), settleNow, e), compute: func([]float64) calc { return of() },
	}
}

func heikinAshi() function {
	smooth := func(name string) output {
		return outputOf(name, name+" of the smoothed bar", unitPrice, atOnce(), settleIn(20), meanPrice())
	}
	return function{
		name: "ha", short: "Heikin-Ashi: smoothed bars", example: "ha.close", bars: readsCandles,
		definition: "ha.close is ohlc4; ha.open is the mean of ha.open[1] and ha.close[1], first of open and close; ha.high and ha.low are the extremes of these and of high, low",
		outputs:    []output{smooth("open"), smooth("high"), smooth("low"), smooth("close")},
		compute: func([]float64) calc {
			h := indicator.NewHeikinAshi()
			return calc{h, func(b *floatBar, _, out []float64) {
				c := h.Update(b.open, b.high, b.low, b.close)
				out[0], out[1], out[2], out[3] = c.Open, c.High, c.Low, c.Close
			}}
		},
	}
}
