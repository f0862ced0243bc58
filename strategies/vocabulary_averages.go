package strategies

import (
	"math"

	"rulebot/strategies/indicator"
)

// ofX makes a row of a series and a length.
func ofX(name, short, definition, unit string, f ready, s settle, e extent, of func(n int) unary) function {
	return function{
		name: name, short: short, definition: definition, example: name + "(close, 20)",
		takes: xn(), outputs: value(unit, f, s, e), unary: of,
	}
}

// averages follow a series.
func averages() []function {
	const x = unitLikeX
	hma := ofX("hma", "Hull's mean: less lag than wma", "wma(√n) of 2 * wma(x, n/2) - wma(x, n); n/2 and √n rounded down", x,
		from("n + floor(sqrt(n)) - 1", func(k []float64) int { return whole(k, 0) + int(math.Sqrt(k[0])) - 1 }), settleNow, anyValue(),
		func(n int) unary { return indicator.NewHMA(n) })
	hma.takes = []argument{series("x"), lengthFrom("n", 2)}
	return []function{
		ofX("sma", "mean of the last n", "(x + x[1] + ... + x[n-1]) / n", x, atN(), settleNow, likeInput(),
			func(n int) unary { return indicator.NewSMA(n) }),
		ofX("ema", "exponential mean, seeded with the mean of the first n", "y[1] + 2/(n+1) * (x - y[1]); first the mean of n", x, atN(), settleEMA, likeInput(),
			func(n int) unary { return indicator.NewEMA(n) }),
		ofX("rma", "Wilder's mean: ema with weight 1/n", "y[1] + 1/n * (x - y[1]); first the mean of n", x, atN(), settleRMA, likeInput(),
			func(n int) unary { return indicator.NewRMA(n) }),
		ofX("wma", "mean weighted by age, the newest n times, the oldest once", "(n * x + (n-1) * x[1] + ... + x[n-1]) / (n * (n+1) / 2)", x, atN(), settleNow, likeInput(),
			func(n int) unary { return indicator.NewWMA(n) }),
		ofX("dema", "double exponential mean: less lag than ema", "2 * e - ema(e, n), where e is ema(x, n)", x,
			from("2 * n - 1", func(k []float64) int { return 2*whole(k, 0) - 1 }), chained(2), anyValue(), func(n int) unary { return indicator.NewDEMA(n) }),
		ofX("tema", "triple exponential mean: less lag than dema", "3 * e - 3 * ema(e, n) + ema(ema(e, n), n), where e is ema(x, n)", x,
			from("3 * n - 2", func(k []float64) int { return 3*whole(k, 0) - 2 }), chained(3), anyValue(), func(n int) unary { return indicator.NewTEMA(n) }),
		hma,
		ofX("kama", "Kaufman's mean: fast in a trend, slow in noise", "y[1] + s * (x - y[1]); s is (e * (2/3 - 2/31) + 2/31)^2, e is |x - x[n]| over the way of its last n changes, 1 where it did not move; y starts as x[1]", x,
			afterN(), settleIn(3320), likeInput(), func(n int) unary { return indicator.NewKAMA(n) }),
		ofX("trima", "mean of means: the middle of the window weighs most", "sma of sma: twice (n+1)/2 for odd n, n/2 and n/2 + 1 for even n", x, atN(), settleNow, likeInput(),
			func(n int) unary { return indicator.NewTRIMA(n) }),
		t3(), vwma(),
	}
}

func t3() function {
	return function{
		name: "t3", short: "Tillson's mean: six exponential means in a row", example: "t3(close, 5)",
		definition: "with e1 = ema(x, n), e2 = ema(e1, n) and so on: -b^3 * e6 + (3b^2 + 3b^3) * e5 - (6b^2 + 3b + 3b^3) * e4 + (1 + 3b + b^3 + 3b^2) * e3",
		takes:      []argument{series("x"), length("n"), factor("b").or(0.7)},
		outputs:    value(unitLikeX, from("6 * n - 5", func(k []float64) int { return 6*whole(k, 0) - 5 }), chained(6), anyValue()),
		compute: func(k []float64) calc {
			t := indicator.NewT3(whole(k, 0), k[1])
			return calc{t, func(_ *floatBar, in, out []float64) { out[0] = t.Update(in[0]) }}
		},
	}
}

func vwma() function {
	return function{
		name: "vwma", short: "mean of the last n, weighted by volume", example: "vwma(close, 20)", bars: "volume",
		definition: "sum(x * volume, n) / sum(volume, n); not ready where the volume is 0",
		takes:      xn(), outputs: value(unitLikeX, atN(), settleNow, likeInput()),
		compute: func(k []float64) calc {
			v := indicator.NewVWMA(whole(k, 0))
			return calc{v, func(b *floatBar, in, out []float64) { out[0] = v.Update(in[0], b.volume) }}
		},
	}
}

// statistics describe the last values of a series, or of two.
func statistics() []function {
	const x = unitLikeX
	return []function{
		ofX("stdev", "population standard deviation of the last n", "root of the mean of (x - sma(x, n))^2", x, atN(), settleNow, extent{"0 or more", deviation},
			func(n int) unary { return indicator.NewStdev(n) }),
		ofX("variance", "population variance of the last n", "mean of (x - sma(x, n))^2", "that of x, squared", atN(), settleNow, unsigned(),
			func(n int) unary { return indicator.NewVariance(n) }),
		ofX("zscore", "how many deviations x is from its mean", "(x - sma(x, n)) / stdev(x, n); 0 where that is 0", "deviations", atN(), settleNow, anyValue(),
			func(n int) unary { return indicator.NewZScore(n) }),
		ofX("percentrank", "share of the n values before that are at most x", "100 * (how many of x[1] ... x[n] are <= x) / n", unitPercent, afterN(), settleNow, between(0, 100),
			func(n int) unary { return indicator.NewPercentRank(n) }),
		ofX("linreg", "the straight line through the last n, at its end", "least squares over the last n, at the newest of them", x, atN(), settleNow, anyValue(),
			func(n int) unary { return indicator.NewLinReg(n) }),
		ofX("linreg_slope", "how steep the straight line through the last n is", "least squares over the last n: change a bar", "that of x a bar", atN(), settleNow, anyValue(),
			func(n int) unary { return indicator.NewSlope(n) }),
		{
			name: "correlation", short: "how closely two series move together, -1 to 1", example: "correlation(close, volume, 20)",
			definition: "Pearson's, over the last n pairs; 0 where one of them does not move",
			takes:      xyn(), outputs: value(unitPlain, atN(), settleNow, between(-1, 1)),
			compute: func(k []float64) calc {
				c := indicator.NewCorrelation(whole(k, 0))
				return calc{c, func(_ *floatBar, in, out []float64) { out[0] = kept(c.Update(in[0], in[1]), -1, 1) }}
			},
		},
		{
			name: "beta", short: "how far y goes when x goes by 1 percent, in percent", example: "beta(high, low, 20)",
			definition: "covariance of the returns of x and y over the variance of those of x, over the last n returns; 0 where x does not move",
			takes:      xyn(), outputs: value(unitPlain, afterN(), settleNow, anyValue()),
			compute: func(k []float64) calc {
				b := indicator.NewBeta(whole(k, 0))
				return calc{b, func(_ *floatBar, in, out []float64) { out[0] = b.Update(in[0], in[1]) }}
			},
		},
	}
}
