package strategies

import (
	"rulebot/strategies/indicator"
)

// trends tell which way the bars go.
func trends() []function {
	soon, late := afterN(), from("2 * n", func(k []float64) int { return 2 * whole(k, 0) })
	return []function{
		{
			name: "adx", short: "Wilder's directional index: how strong the trend is, either way", example: "adx(14).adx", bars: readsPrices,
			definition: "plus_di is 100 * rma(up) / rma(tr), up being high - high[1] where that is above 0 and above low[1] - low, minus_di the reverse; dx is 100 * |plus_di - minus_di| / (plus_di + minus_di); adx is rma(dx, n)",
			takes:      justN(),
			outputs: []output{
				outputOf("adx", "mean of dx", unitPoints, late, func(k []float64) int { return 2 * settleRMA(k) }, between(0, 100)),
				outputOf("plus_di", "moves up in percent of the true range", unitPercent, soon, settleRMA, between(0, 100)),
				outputOf("minus_di", "moves down in percent of the true range", unitPercent, soon, settleRMA, between(0, 100)),
				outputOf("dx", "distance of the two in percent of their sum", unitPercent, soon, settleRMA, between(0, 100)),
			},
			compute: func(k []float64) calc {
				a := indicator.NewADX(whole(k, 0))
				return calc{a, func(b *floatBar, _, out []float64) {
					d := a.Update(b.high, b.low, b.close)
					out[0], out[1], out[2], out[3] = inPercent(d.ADX), inPercent(d.PlusDI), inPercent(d.MinusDI), d.DX
				}}
			},
		},
		{
			name: "aroon", short: "how long ago the highest high and the lowest low were", example: "aroon(25).osc", bars: readsRange,
			definition: "up is 100 * (n - bars since the highest high of n + 1 bars) / n, the newest on a tie; down the same of the lowest low; osc is up - down",
			takes:      justN(),
			outputs: []output{
				outputOf("up", "100 at a new high", unitPercent, soon, settleNow, between(0, 100)),
				outputOf("down", "100 at a new low", unitPercent, soon, settleNow, between(0, 100)),
				outputOf("osc", "up less down", unitPercent, soon, settleNow, between(-100, 100)),
			},
			compute: func(k []float64) calc {
				a := indicator.NewAroon(whole(k, 0))
				return calc{a, func(b *floatBar, _, out []float64) {
					y := a.Update(b.high, b.low)
					out[0], out[1], out[2] = y.Up, y.Down, y.Osc
				}}
			},
		},
		{
			name: "supertrend", short: "a band mult average true ranges beside the price, on the side of the trend", example: "supertrend(10, 3).up", bars: readsPrices,
			definition: "bands hl2 ± mult * atr(n); the lower only rises while closes stay above it, the upper only falls while they stay below; a close beyond a band changes the side; it starts on the upper",
			takes:      []argument{length("n"), factor("mult")},
			outputs: []output{
				outputOf("value", "the band that holds", unitPrice, atN(), settleRMA, anyValue()),
				outputOf("up", "whether that is the lower one", unitCondition, atN(), settleRMA, isTrueOrFalse()),
			},
			compute: func(k []float64) calc {
				s := indicator.NewSuperTrend(whole(k, 0), k[1])
				return calc{s, func(b *floatBar, _, out []float64) {
					y := s.Update(b.high, b.low, b.close)
					out[0], out[1] = y.Value, y.Up
				}}
			},
		},
		{
			name: "psar", short: "Wilder's parabolic stop", example: "psar(0.02, 0.2)", bars: readsRange,
			definition: "the stop that holds for the bar: it moves to the extreme of the trend by step, and by step more at each new extreme, max at most; never inside the last two bars; a touch turns it",
			takes:      []argument{factor("step"), factor("max")},
			outputs:    value(unitPrice, from("2", func([]float64) int { return 2 }), settleNow, anyValue()),
			compute:    func(k []float64) calc { return ranges(indicator.NewPSAR(k[0], k[1])) },
		},
	}
}

// channels lie around a series or the bar.
func channels() []function {
	return []function{
		{
			name: "bb", short: "Bollinger's bands: a mean and mult deviations to either side", example: "bb(close, 20, 2).upper",
			definition: "middle is sma(x, n); upper and lower are middle ± mult * stdev(x, n); width is (upper - lower) / middle; percent_b is (x - lower) / (upper - lower), not ready where the bands are one",
			takes:      []argument{series("x"), length("n"), factor("mult")},
			outputs: []output{
				outputOf("upper", "", unitLikeX, atN(), settleNow, extent{"any", func(a []span) span { return span{rounded(a[0]).lo, anything().hi} }}),
				outputOf("middle", "", unitLikeX, atN(), settleNow, likeInput()),
				outputOf("lower", "", unitLikeX, atN(), settleNow, extent{"any", func(a []span) span { return span{anything().lo, rounded(a[0]).hi} }}),
				outputOf("width", "distance of the bands, 0.1 is ten percent of the middle", unitShare, atN(), settleNow, extent{"0 or more, of an x above 0", widthOf}),
				outputOf("percent_b", "0 on the lower band, 1 on the upper", unitShare, atN(), settleNow, anyValue()),
			},
			compute: func(k []float64) calc {
				b := indicator.NewBB(whole(k, 0), k[1])
				return calc{b, func(_ *floatBar, in, out []float64) {
					y := b.Update(in[0])
					out[0], out[1], out[2], out[3], out[4] = y.Upper, y.Middle, y.Lower, y.Width, y.PercentB
				}}
			},
		},
		channel("keltner", "a mean and mult average ranges to either side", "middle is ema(close, n); upper and lower are middle ± mult * ema(tr, n)", "keltner(20, 2).upper", readsPrices,
			[]argument{length("n"), factor("mult")}, settleEMA, [3]extent{meanPrice(), meanPrice(), anyValue()},
			func(k []float64) calc {
				c := indicator.NewKeltner(whole(k, 0), k[1])
				return calc{c, func(b *floatBar, _, out []float64) { lines(c.Update(b.high, b.low, b.close), out) }}
			}),
		donchian(),
		ichimoku(),
	}
}

func donchian() function {
	f := channel("donchian", "the highest high and the lowest low, this bar included", "upper is highest(high, n), lower is lowest(low, n), middle is their mean", "donchian(20).upper[1]", readsRange,
		justN(), settleNow, [3]extent{aPrice(), meanPrice(), aPrice()},
		func(k []float64) calc {
			c := indicator.NewDonchian(whole(k, 0))
			return calc{c, func(b *floatBar, _, out []float64) { lines(c.Update(b.high, b.low), out) }}
		})
	f.outputs[0].extreme, f.outputs[2].extreme = extreme{isMore, "high"}, extreme{isLess, "low"}
	return f
}

func widthOf(a []span) span {
	if a[0].lo >= 0 {
		return span{0, anything().hi}
	}
	return anything()
}

func lines(c indicator.Channel, out []float64) { out[0], out[1], out[2] = c.Upper, c.Middle, c.Lower }

func channel(name, short, definition, example, reads string, takes []argument, s settle, e [3]extent, compute func(k []float64) calc) function {
	return function{
		name: name, short: short, definition: definition, example: example, bars: reads, takes: takes,
		outputs: []output{
			outputOf("upper", "", unitPrice, atN(), s, e[0]),
			outputOf("middle", "", unitPrice, atN(), s, e[1]),
			outputOf("lower", "", unitPrice, atN(), s, e[2]),
		},
		compute: compute,
	}
}

func ichimoku() function {
	nth := func(name string, i int) ready { return from(name, func(k []float64) int { return whole(k, i) }) }
	return function{
		name: "ichimoku", short: "Ichimoku's lines, as computed at the bar: nothing is shifted", example: "ichimoku(9, 26, 52).span_a", bars: readsRange,
		definition: "tenkan, kijun and span_b are the middle of highest high and lowest low over a, b and c bars; span_a is the mean of tenkan and kijun. A chart draws the spans 26 bars later: span_a[26]",
		takes:      []argument{length("a"), length("b"), length("c")},
		outputs: []output{
			outputOf("tenkan", "", unitPrice, nth("a", 0), settleNow, meanPrice()),
			outputOf("kijun", "", unitPrice, nth("b", 1), settleNow, meanPrice()),
			outputOf("span_a", "", unitPrice, from("max(a, b)", func(k []float64) int { return max(whole(k, 0), whole(k, 1)) }), settleNow, meanPrice()),
			outputOf("span_b", "", unitPrice, nth("c", 2), settleNow, meanPrice()),
		},
		compute: func(k []float64) calc {
			i := indicator.NewIchimoku(whole(k, 0), whole(k, 1), whole(k, 2))
			return calc{i, func(b *floatBar, _, out []float64) {
				c := i.Update(b.high, b.low)
				out[0], out[1], out[2], out[3] = c.Tenkan, c.Kijun, c.SpanA, c.SpanB
			}}
		},
	}
}
