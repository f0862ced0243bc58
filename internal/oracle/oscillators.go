package oracle

import "math/big"

// moves are the rises and the falls from value to value, both without sign.
func moves(x Series) (up, down Series) {
	up, down = make(Series, len(x)), make(Series, len(x))
	for i, d := range Change(x, 1) {
		if d != nil {
			up[i], down[i] = positive(d), positive(sub(exact(0), d))
		}
	}
	return up, down
}

func positive(x *big.Float) *big.Float {
	if x.Sign() > 0 {
		return x
	}
	return exact(0)
}

// part is 100 × a ÷ (a + b).
func part(a, b *big.Float) *big.Float { return ratio(mul(exact(100), a), add(a, b)) }

// RSI is 100 × RMA of rises ÷ (RMA of rises + RMA of falls). It is rounded to
// 300 bits, so that decay, which leaves it as it is, does not show.
func RSI(x Series, n int) Series {
	up, down := moves(x)
	out := each(RMA(up, n), RMA(down, n), part)
	for _, r := range out {
		if r != nil {
			r.SetPrec(300).SetPrec(precision)
		}
	}
	return out
}

// CMO is 100 × (rises - falls) ÷ (rises + falls), of n changes.
func CMO(x Series, n int) Series {
	up, down := moves(x)
	return each(Sum(up, n), Sum(down, n), func(u, d *big.Float) *big.Float {
		return ratio(mul(exact(100), sub(u, d)), add(u, d))
	})
}

// MFI is the flow, x × volume, of the bars where x rose, in percent of that of
// those where it rose or fell.
func MFI(x, volume Series, n int) Series {
	up, down := moves(x)
	for i := range x {
		if up[i] == nil {
			continue
		}
		flow := mul(x[i], volume[i])
		up[i], down[i] = mul(flow, whole(up[i].Sign())), mul(flow, whole(down[i].Sign()))
	}
	return each(Sum(up, n), Sum(down, n), part)
}

// Stoch is where the close lies between the lowest low and the highest high,
// its mean over k, and the mean of that over d.
func Stoch(high, low, last Series, n, k, d int) [2]Series {
	smooth := SMA(inside(last, Lowest(low, n), Highest(high, n)), k)
	return [2]Series{smooth, SMA(smooth, d)}
}

// inside is where x lies between bottom and top, in percent.
func inside(x, bottom, top Series) Series {
	return times(100, each(each(x, bottom, sub), each(top, bottom, sub), ratio))
}

// StochRSI is the stochastic of m values of an RSI.
func StochRSI(x Series, n, m, k, d int) [2]Series {
	r := RSI(x, n)
	return Stoch(r, r, r, m, k, d)
}

// WillR is how far the close lies below the highest high, in percent of the
// range.
func WillR(high, low, last Series, n int) Series {
	top := Highest(high, n)
	return times(100, each(each(last, top, sub), each(top, Lowest(low, n), sub), ratio))
}

// CCI is x less its mean, by 0.015 × the mean distance from that mean.
func CCI(x Series, n int) Series {
	return windows(x, n, func(window Series) *big.Float {
		m, apart := mean(window), exact(0)
		for _, x := range window {
			apart = add(apart, size(sub(x, m)))
		}
		return ratio(sub(window[n-1], m), mul(quo(exact(15), exact(1000)), quo(apart, whole(n))))
	})
}

// ROC is the change over n in percent.
func ROC(x Series, n int) Series {
	return times(100, each(Change(x, n), Lag(x, n), ratio))
}

// UltOsc is how much of the true range lies below the close, over three
// lengths weighted 4, 2 and 1.
func UltOsc(high, low, last Series, a, b, c int) Series {
	below, tr := make(Series, len(last)), TR(high, low, last)
	for i := range last {
		if i == 0 {
			tr[i] = nil
			continue
		}
		below[i] = sub(last[i], extreme(Series{low[i], last[i-1]}, -1))
	}
	of := func(n int) Series { return each(Sum(below, n), Sum(tr, n), ratio) }
	sum := each(each(times(4, of(a)), times(2, of(b)), add), of(c), add)
	return each(sum, sum, func(s, _ *big.Float) *big.Float { return quo(mul(exact(100), s), exact(7)) })
}

// AO is the fast mean less the slow one.
func AO(x Series, fast, slow int) Series { return each(SMA(x, fast), SMA(x, slow), sub) }

// PercentRank is how many of the n values before are at most as great, in
// percent.
func PercentRank(x Series, n int) Series {
	return windows(x, n+1, func(window Series) *big.Float {
		count := 0
		for _, old := range window[:n] {
			if old.Cmp(window[n]) <= 0 {
				count++
			}
		}
		return quo(whole(100*count), whole(n))
	})
}

// Fisher is Ehlers' transform of x and its value of the bar before.
func Fisher(x Series, n int) [2]Series {
	top, bottom := Highest(x, n), Lowest(x, n)
	out, place, before := make(Series, len(x)), exact(0), exact(0)
	for i := range x {
		if top[i] == nil {
			continue
		}
		width := sub(top[i], bottom[i])
		if width.Sign() == 0 {
			width = quo(exact(1), exact(1000))
		}
		where := sub(quo(sub(x[i], bottom[i]), width), exact(0.5))
		place = add(hundredths(66, where), hundredths(67, place))
		if size(place).Cmp(hundredths(99, exact(1))) > 0 {
			place = mul(whole(place.Sign()), quo(exact(999), exact(1000)))
		}
		before = add(atanh(place), mul(exact(0.5), before))
		out[i] = before
	}
	return [2]Series{out, Lag(out, 1)}
}

func hundredths(count int, x *big.Float) *big.Float { return quo(mul(whole(count), x), exact(100)) }

// atanh is by its series, once (1 + x) ÷ (1 - x) is brought near 1 by roots.
func atanh(x *big.Float) *big.Float {
	const roots = 30
	r := quo(add(exact(1), x), sub(exact(1), x))
	for range roots {
		r = exact(0).Sqrt(r)
	}
	s := quo(sub(r, exact(1)), add(r, exact(1)))
	sum, power, square := exact(0), s, mul(s, s)
	for k := 1; k < 16; k += 2 {
		sum = add(sum, quo(power, whole(k)))
		power = mul(power, square)
	}
	return mul(sum, whole(1<<roots))
}
