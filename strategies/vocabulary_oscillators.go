package strategies

import (
	"rulebot/strategies/indicator"
)

// oscillators swing, of a series.
func oscillators() []function {
	return []function{
		ofX("rsi", "relative strength, 0 to 100", "100 * up / (up + down), of rma(n) of rises and of falls", unitPoints, afterN(), settleRMA, between(0, 100),
			func(n int) unary { return indicator.NewRSI(n) }),
		ofX("roc", "change over n bars in percent", "100 * (x / x[n] - 1); 0 where x[n] is 0", unitPercent, afterN(), settleNow, anyValue(),
			func(n int) unary { return indicator.NewROC(n) }),
		ofX("mom", "change over n bars", "x - x[n]", unitLikeX, afterN(), settleNow, apart(),
			func(n int) unary { return indicator.NewChange(n) }),
		ofX("cmo", "rises against falls of n bars, -100 to 100", "100 * (up - down) / (up + down), of the sums of n rises and n falls", unitPoints, afterN(), settleNow, between(-100, 100),
			func(n int) unary { return indicator.NewCMO(n) }),
		ofX("trix", "change of a triple exponential mean in percent", "roc(ema(ema(ema(x, n), n), n), 1)", unitPercent,
			from("3 * n - 1", func(k []float64) int { return 3*whole(k, 0) - 1 }), chained(3), anyValue(), func(n int) unary { return indicator.NewTRIX(n) }),
		{
			name: "macd", short: "distance of two exponential means, and the mean of that", example: "macd(close, 12, 26, 9).hist",
			definition: "line is ema(x, fast) - ema(x, slow), each with its own seed; signal is ema(line, signal); hist is line - signal",
			takes:      []argument{series("x"), length("fast"), length("slow"), length("signal")},
			outputs:    converging(unitLikeX),
			compute: func(k []float64) calc {
				m := indicator.NewMACD(whole(k, 0), whole(k, 1), whole(k, 2))
				return calc{m, func(_ *floatBar, in, out []float64) {
					c := m.Update(in[0])
					out[0], out[1], out[2] = c.Line, c.Signal, c.Hist
				}}
			},
		},
		{
			name: "ppo", short: "macd in percent of the slow mean", example: "ppo(close, 12, 26, 9).line",
			definition: "line is 100 * (ema(x, fast) - ema(x, slow)) / ema(x, slow); signal is ema(line, signal); hist is line - signal",
			takes:      []argument{series("x"), length("fast"), length("slow"), length("signal")},
			outputs:    converging(unitPercent),
			compute: func(k []float64) calc {
				p := indicator.NewPPO(whole(k, 0), whole(k, 1), whole(k, 2))
				return calc{p, func(_ *floatBar, in, out []float64) {
					c := p.Update(in[0])
					out[0], out[1], out[2] = c.Line, c.Signal, c.Hist
				}}
			},
		},
		{
			name: "stochrsi", short: "where the rsi lies between its lowest and highest", example: "stochrsi(close, 14, 14, 3, 3).k",
			definition: "k is sma(k) of 100 * (r - lowest(r, m)) / (highest(r, m) - lowest(r, m)), where r is rsi(x, n); d is sma(d) of k",
			takes:      []argument{series("x"), length("n"), length("m"), length("k"), length("d")},
			outputs: []output{
				outputOf("k", "smoothed over k bars", unitPercent, from("n + m + k - 1", func(k []float64) int { return whole(k, 0) + whole(k, 1) + whole(k, 2) - 1 }), settleRMA, between(0, 100)),
				outputOf("d", "smoothed again, over d bars", unitPercent, from("n + m + k + d - 2", func(k []float64) int { return whole(k, 0) + whole(k, 1) + whole(k, 2) + whole(k, 3) - 2 }), settleRMA, between(0, 100)),
			},
			compute: func(k []float64) calc {
				s := indicator.NewStochRSI(whole(k, 0), whole(k, 1), whole(k, 2), whole(k, 3))
				return calc{s, func(_ *floatBar, in, out []float64) {
					y := s.Update(in[0])
					out[0], out[1] = inPercent(y.K), inPercent(y.D)
				}}
			},
		},
	}
}

// converging are the fields of macd and ppo: the line is there first.
func converging(unit string) []output {
	line := from("max(fast, slow)", func(k []float64) int { return max(whole(k, 0), whole(k, 1)) })
	rest := from("max(fast, slow) + signal - 1", func(k []float64) int { return max(whole(k, 0), whole(k, 1)) + whole(k, 2) - 1 })
	alone := func(k []float64) int { return settleLongest(k[:2]) }
	return []output{
		outputOf("line", "fast less slow", unit, line, alone, anyValue()),
		outputOf("signal", "exponential mean of the line", unit, rest, settleLongest, anyValue()),
		outputOf("hist", "line less signal", unit, rest, settleLongest, anyValue()),
	}
}
