package indicator_test

import (
	"rulebot/internal/oracle"
	"rulebot/strategies/indicator"
)

func oscillators() []kind {
	return []kind{
		{
			name: "RSI", reads: "c", scale: hundred, fades: rmaFades,
			make: func(n int) machine { return onX(indicator.NewRSI(n), one, n+1) },
			want: func(m market, n int) []oracle.Series { return few(oracle.RSI(m.last, n)) },
		},
		{
			name: "Stoch", reads: "hlc", scale: hundred,
			make: func(n int) machine {
				i := indicator.NewStoch(n, half(n), 3)
				return onBar(i, kd, i.KWarmUp(), i.WarmUp())
			},
			want: func(m market, n int) []oracle.Series {
				s := oracle.Stoch(m.high, m.low, m.last, n, half(n), 3)
				return s[:]
			},
		},
		{
			name: "StochRSI", reads: "c", scale: hundred, calm: true, fades: rmaFades,
			make: func(n int) machine {
				i := indicator.NewStochRSI(n, n, half(n), 3)
				return onX(i, kd, i.KWarmUp(), i.WarmUp())
			},
			want: func(m market, n int) []oracle.Series {
				s := oracle.StochRSI(m.last, n, n, half(n), 3)
				return s[:]
			},
		},
		{
			name: "MACD", reads: "c", scale: nearby, fades: func(n int) int { return emaFades(2 * n) },
			make: func(n int) machine {
				i := indicator.NewMACD(n, 2*n, half(n))
				return onX(i, lines, i.LineWarmUp(), i.WarmUp(), i.WarmUp())
			},
			want: func(m market, n int) []oracle.Series {
				s := oracle.MACD(m.last, n, 2*n, half(n))
				return s[:]
			},
		},
		{
			name: "PPO", reads: "c", scale: nearby, fades: func(n int) int { return emaFades(2 * n) },
			make: func(n int) machine {
				i := indicator.NewPPO(n, 2*n, half(n))
				return onX(i, lines, i.LineWarmUp(), i.WarmUp(), i.WarmUp())
			},
			want: func(m market, n int) []oracle.Series {
				s := oracle.PPO(m.last, n, 2*n, half(n))
				return s[:]
			},
		},
		{
			name: "ROC", reads: "c",
			make: func(n int) machine { return onX(indicator.NewROC(n), one, n+1) },
			want: func(m market, n int) []oracle.Series { return few(oracle.ROC(m.last, n)) },
		},
		{
			name: "TRIX", reads: "c", scale: nearby, fades: emaFades,
			make: func(n int) machine { return onX(indicator.NewTRIX(n), one, 3*n-1) },
			want: func(m market, n int) []oracle.Series { return few(oracle.TRIX(m.last, n)) },
		},
		{
			name: "CCI", reads: "hlc", scale: hundred,
			make: func(n int) machine { return onBar(indicator.NewCCI(n), one, n) },
			want: func(m market, n int) []oracle.Series { return few(oracle.CCI(m.typical, n)) },
		},
		{
			name: "WillR", reads: "hlc", scale: hundred,
			make: func(n int) machine { return onBar(indicator.NewWillR(n), one, n) },
			want: func(m market, n int) []oracle.Series { return few(oracle.WillR(m.high, m.low, m.last, n)) },
		},
		{
			name: "CMO", reads: "c", scale: hundred,
			make: func(n int) machine { return onX(indicator.NewCMO(n), one, n+1) },
			want: func(m market, n int) []oracle.Series { return few(oracle.CMO(m.last, n)) },
		},
		{
			name: "UltOsc", reads: "hlc", scale: hundred,
			make: func(n int) machine { return onBar(indicator.NewUltOsc(n, 2*n, 4*n), one, 4*n+1) },
			want: func(m market, n int) []oracle.Series {
				return few(oracle.UltOsc(m.high, m.low, m.last, n, 2*n, 4*n))
			},
		},
		{
			name: "AO", reads: "hl", scale: nearby,
			make: func(n int) machine { return onSpan(indicator.NewAO(n, 5*n), one, 5*n) },
			want: func(m market, n int) []oracle.Series { return few(oracle.AO(m.middle, n, 5*n)) },
		},
		{
			name: "Fisher", reads: "hl", scale: unit, fades: emaFades,
			make: func(n int) machine {
				i := indicator.NewFisher(n)
				return onSpan(i, transform, i.ValueWarmUp(), i.WarmUp())
			},
			want: func(m market, n int) []oracle.Series {
				f := oracle.Fisher(m.middle, n)
				return f[:]
			},
		},
	}
}

func volumes() []kind {
	return []kind{
		{
			name: "MFI", reads: "hlcv", scale: hundred,
			make: func(n int) machine { return onBarVolume(indicator.NewMFI(n), n+1) },
			want: func(m market, n int) []oracle.Series { return few(oracle.MFI(m.typical, m.volume, n)) },
		},
		{
			name: "OBV", reads: "cv", scale: nearby, fades: forever,
			make: func(int) machine { return onCloseVolume(indicator.NewOBV(), 1) },
			want: func(m market, _ int) []oracle.Series { return few(oracle.OBV(m.last, m.volume)) },
		},
		{
			name: "ADL", reads: "hlcv", scale: nearby, fades: forever,
			make: func(int) machine { return onBarVolume(indicator.NewADL(), 1) },
			want: func(m market, _ int) []oracle.Series { return few(oracle.ADL(m.high, m.low, m.last, m.volume)) },
		},
		{
			name: "ADOsc", reads: "hlcv", scale: nearby, fades: func(n int) int { return emaFades(3 * n) },
			make: func(n int) machine { return onBarVolume(indicator.NewADOsc(n, 3*n), 3*n) },
			want: func(m market, n int) []oracle.Series {
				return few(oracle.ADOsc(m.high, m.low, m.last, m.volume, n, 3*n))
			},
		},
		{
			name: "CMF", reads: "hlcv", scale: unit,
			make: func(n int) machine { return onBarVolume(indicator.NewCMF(n), n) },
			want: func(m market, n int) []oracle.Series { return few(oracle.CMF(m.high, m.low, m.last, m.volume, n)) },
		},
	}
}

func statistics() []kind {
	of := func(name string, s scale, f func(n int) machine, want func(x oracle.Series, n int) oracle.Series) kind {
		return kind{
			name: name, reads: "c", scale: s, make: f,
			want: func(m market, n int) []oracle.Series { return few(want(m.last, n)) },
		}
	}
	return []kind{
		of("Stdev", self, func(n int) machine { return onX(indicator.NewStdev(n), one, n) }, oracle.Stdev),
		of("Variance", self, func(n int) machine { return onX(indicator.NewVariance(n), one, n) }, oracle.Variance),
		of("ZScore", unit, func(n int) machine { return onX(indicator.NewZScore(n), one, n) }, oracle.ZScore),
		of("PercentRank", self, func(n int) machine { return onX(indicator.NewPercentRank(n), one, n+1) }, oracle.PercentRank),
		of("LinReg", self, func(n int) machine { return onX(indicator.NewLinReg(n), one, n) }, oracle.LinReg),
		of("Slope", nearby, func(n int) machine { return onX(indicator.NewSlope(n), one, n) }, oracle.Slope),
		of("Highest", self, func(n int) machine { return onX(indicator.NewHighest(n), one, n) }, oracle.Highest),
		of("Lowest", self, func(n int) machine { return onX(indicator.NewLowest(n), one, n) }, oracle.Lowest),
		of("Change", self, func(n int) machine { return onX(indicator.NewChange(n), one, n+1) }, oracle.Change),
		of("Lag", self, func(n int) machine { return onX(indicator.NewLag(n), one, n+1) }, oracle.Lag),
		of("Rising", self, func(n int) machine { return onX(indicator.NewRising(n), one, n+1) }, oracle.Rising),
		of("Falling", self, func(n int) machine { return onX(indicator.NewFalling(n), one, n+1) }, oracle.Falling),
		{
			name: "BB", reads: "c",
			make: func(n int) machine { return onX(indicator.NewBB(n, 2), bands, n, n, n, n, n) },
			want: func(m market, n int) []oracle.Series {
				b := oracle.BB(m.last, n, 2)
				return b[:]
			},
		},
		{
			name: "Correlation", reads: "cv", scale: unit,
			make: func(n int) machine { return onCloseVolume(indicator.NewCorrelation(n), n) },
			want: func(m market, n int) []oracle.Series { return few(oracle.Correlation(m.last, m.volume, n)) },
		},
		{
			name: "Beta", reads: "hl", scale: nearby,
			make: func(n int) machine { return onSpan(indicator.NewBeta(n), one, n+1) },
			want: func(m market, n int) []oracle.Series { return few(oracle.Beta(m.high, m.low, n)) },
		},
	}
}

func conditions() []kind {
	of := func(name string, f func(n int) machine, fades func(int) int, want func(c oracle.Series, n int) oracle.Series) kind {
		return kind{
			name: name, reads: "t", make: f, fades: fades,
			want: func(m market, n int) []oracle.Series { return few(want(m.truth, n)) },
		}
	}
	return []kind{
		of("Within", func(n int) machine { return onTruth(indicator.NewWithin(n), 1) }, nil, oracle.Within),
		of("Always", func(n int) machine { return onTruth(indicator.NewAlways(n), 1) }, nil, oracle.Always),
		of("Count", func(n int) machine { return onTruth(indicator.NewCount(n), n) }, nil, oracle.Count),
		of("BarsSince", func(int) machine { return onTruth(indicator.NewBarsSince(), 1) }, forever,
			func(c oracle.Series, _ int) oracle.Series { return oracle.BarsSince(c) }),
		{
			name: "ValueWhen", reads: "t", fades: forever,
			make: func(n int) machine { return onValueWhen(indicator.NewValueWhen(n-1), n-1) },
			want: func(m market, n int) []oracle.Series { return few(oracle.ValueWhen(m.truth, m.last, n-1)) },
		},
	}
}

func sourceKinds() []kind {
	return []kind{
		{
			name: "HeikinAshi", reads: "ohlc", fades: func(int) int { return 100 },
			make: func(int) machine { return onHeikinAshi(indicator.NewHeikinAshi()) },
			want: func(m market, _ int) []oracle.Series {
				h := oracle.HeikinAshi(m.open, m.high, m.low, m.last)
				return h[:]
			},
		},
		{
			name: "Pivots", reads: "hlc", fades: forever,
			make: func(int) machine { return onPivots(indicator.NewPivots()) },
			want: func(m market, _ int) []oracle.Series {
				p := oracle.Pivots(m.high, m.low, m.last, m.day)
				return p[:]
			},
		},
	}
}
