package oracle

import "math/big"

// TR is the true range; that of the first bar is high less low.
func TR(high, low, last Series) Series {
	tr := make(Series, len(high))
	for i := range tr {
		top, bottom := high[i], low[i]
		if i > 0 {
			top, bottom = extreme(Series{top, last[i-1]}, 1), extreme(Series{bottom, last[i-1]}, -1)
		}
		tr[i] = sub(top, bottom)
	}
	return tr
}

// ATR is RMA of the true range, whose first value is high - low.
func ATR(high, low, last Series, n int) Series { return RMA(TR(high, low, last), n) }

// NATR is ATR in percent of the close.
func NATR(high, low, last Series, n int) Series {
	return times(100, each(ATR(high, low, last, n), last, ratio))
}

// ADX is Wilder's index and the +DI, -DI and DX that it is made of.
func ADX(high, low, last Series, n int) [4]Series {
	up, down, tr := make(Series, len(high)), make(Series, len(high)), TR(high, low, last)
	for i := range high {
		if i == 0 {
			tr[i] = nil
			continue
		}
		rise, fall := sub(high[i], high[i-1]), sub(low[i-1], low[i])
		up[i], down[i] = exact(0), exact(0)
		switch rise.Cmp(fall) {
		case 1:
			up[i] = positive(rise)
		case -1:
			down[i] = positive(fall)
		}
	}
	plus := times(100, each(RMA(up, n), RMA(tr, n), ratio))
	minus := times(100, each(RMA(down, n), RMA(tr, n), ratio))
	dx := times(100, each(each(plus, minus, sub), each(plus, minus, add), ratio))
	for _, x := range dx {
		if x != nil {
			x.Abs(x)
		}
	}
	return [4]Series{RMA(dx, n), plus, minus, dx}
}

// Aroon is how fresh the highest high and the lowest low of n + 1 bars are, in
// percent, and the difference.
func Aroon(high, low Series, n int) [3]Series {
	fresh := func(x Series, sign int) Series {
		return windows(x, n+1, func(window Series) *big.Float {
			best := n
			for i := n; i >= 0; i-- {
				if window[i].Cmp(window[best])*sign > 0 {
					best = i
				}
			}
			return quo(whole(100*best), whole(n))
		})
	}
	up, down := fresh(high, 1), fresh(low, -1)
	return [3]Series{up, down, each(up, down, sub)}
}

// Donchian is the highest high, the lowest low, and between them the middle.
func Donchian(high, low Series, n int) [3]Series {
	top, bottom := Highest(high, n), Lowest(low, n)
	return [3]Series{top, middle(top, bottom), bottom}
}

func middle(a, b Series) Series { return times(0.5, each(a, b, add)) }

// Ichimoku is tenkan, kijun, span A and span B, as computed at the bar.
func Ichimoku(high, low Series, a, b, c int) [4]Series {
	tenkan, kijun := Donchian(high, low, a)[1], Donchian(high, low, b)[1]
	return [4]Series{tenkan, kijun, middle(tenkan, kijun), Donchian(high, low, c)[1]}
}

// Keltner is EMA of the close and mult × EMA of the true range to either side.
func Keltner(high, low, last Series, n int, mult float64) [3]Series {
	mid, half := EMA(last, n), times(mult, EMA(TR(high, low, last), n))
	return [3]Series{each(mid, half, add), mid, each(mid, half, sub)}
}

// SuperTrend is the band that holds, and 1 when that is the lower one.
func SuperTrend(high, low, last Series, n int, mult float64) [2]Series {
	mid, half := middle(high, low), times(mult, ATR(high, low, last, n))
	lower, upper := each(mid, half, sub), each(mid, half, add)
	value, side := make(Series, len(last)), make(Series, len(last))
	rises := false
	for i := range last {
		if lower[i] == nil {
			continue
		}
		if i > 0 && lower[i-1] != nil {
			if lower[i].Cmp(lower[i-1]) <= 0 && last[i-1].Cmp(lower[i-1]) >= 0 {
				lower[i] = lower[i-1]
			}
			if upper[i].Cmp(upper[i-1]) >= 0 && last[i-1].Cmp(upper[i-1]) <= 0 {
				upper[i] = upper[i-1]
			}
			if !rises && last[i].Cmp(upper[i]) > 0 || rises && last[i].Cmp(lower[i]) < 0 {
				rises = !rises
			}
		}
		value[i], side[i] = upper[i], exact(0)
		if rises {
			value[i], side[i] = lower[i], exact(1)
		}
	}
	return [2]Series{value, side}
}

// PSAR is Wilder's stop and reverse by the rules of TA-Lib.
func PSAR(high, low Series, step, most float64) Series {
	out := make(Series, len(high))
	if len(high) < 2 {
		return out
	}
	rise, fall := sub(high[1], high[0]), sub(low[0], low[1])
	long := fall.Sign() <= 0 || fall.Cmp(rise) <= 0
	stop, far, pace := low[0], high[1], exact(step)
	if !long {
		stop, far = high[0], low[1]
	}
	for i := 1; i < len(high); i++ {
		before := max(i-1, 1)
		tops, bottoms := Series{high[before], high[i]}, Series{low[before], low[i]}
		switch {
		case long && low[i].Cmp(stop) <= 0:
			long, stop = false, extreme(append(tops, far), 1)
			out[i], far, pace = stop, low[i], exact(step)
		case !long && high[i].Cmp(stop) >= 0:
			long, stop = true, extreme(append(bottoms, far), -1)
			out[i], far, pace = stop, high[i], exact(step)
		default:
			out[i] = stop
			if long && high[i].Cmp(far) > 0 || !long && low[i].Cmp(far) < 0 {
				far = map[bool]*big.Float{true: high[i], false: low[i]}[long]
				pace = extreme(Series{add(pace, exact(step)), exact(most)}, -1)
			}
		}
		stop = add(stop, mul(pace, sub(far, stop)))
		if long {
			stop = extreme(append(bottoms, stop), -1)
		} else {
			stop = extreme(append(tops, stop), 1)
		}
	}
	return out
}
