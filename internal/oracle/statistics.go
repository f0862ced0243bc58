package oracle

import "math/big"

// Sum is the sum of the last n values.
func Sum(x Series, n int) Series { return windows(x, n, total) }

// products is Σ (x - mean of x) × (y - mean of y).
func products(x, y Series) *big.Float {
	a, b, sum := mean(x), mean(y), exact(0)
	for i := range x {
		sum = add(sum, mul(sub(x[i], a), sub(y[i], b)))
	}
	return sum
}

func root(x *big.Float) *big.Float { return exact(0).Sqrt(x) }

// Variance is the population variance of the last n values.
func Variance(x Series, n int) Series {
	return windows(x, n, func(window Series) *big.Float { return quo(products(window, window), whole(n)) })
}

// Stdev is the population standard deviation of the last n values.
func Stdev(x Series, n int) Series {
	v := Variance(x, n)
	return each(v, v, func(v, _ *big.Float) *big.Float { return root(v) })
}

// ZScore is how many deviations the value lies above the mean.
func ZScore(x Series, n int) Series {
	return each(each(x, SMA(x, n), sub), Stdev(x, n), ratio)
}

// BB is the upper, middle and lower band, the width as a part of the middle,
// and where the value lies between the bands, nil when they are one.
func BB(x Series, n int, mult float64) [5]Series {
	mid, half := SMA(x, n), times(mult, Stdev(x, n))
	upper, lower := each(mid, half, add), each(mid, half, sub)
	between := each(upper, lower, sub)
	place := each(each(x, lower, sub), between, func(above, all *big.Float) *big.Float {
		if all.Sign() == 0 {
			return nil
		}
		return quo(above, all)
	})
	return [5]Series{upper, mid, lower, each(between, mid, ratio), place}
}

// Correlation is Pearson's r of n pairs.
func Correlation(x, y Series, n int) Series {
	return pairs(x, y, n, func(x, y Series) *big.Float {
		return ratio(products(x, y), root(mul(products(x, x), products(y, y))))
	})
}

// Beta is the covariance of n returns of x and y by the variance of those of x.
func Beta(x, y Series, n int) Series {
	returns := func(x Series) Series { return each(Change(x, 1), Lag(x, 1), ratio) }
	return pairs(returns(x), returns(y), n, func(x, y Series) *big.Float {
		return ratio(products(x, y), products(x, x))
	})
}

// Slope is that of the line of least squares through the last n values.
func Slope(x Series, n int) Series {
	places := make(Series, n)
	for i := range places {
		places[i] = whole(i)
	}
	return windows(x, n, func(window Series) *big.Float {
		return ratio(products(window, places), products(places, places))
	})
}

// LinReg is the value of that line at the newest.
func LinReg(x Series, n int) Series {
	return each(SMA(x, n), times(float64(n-1)/2, Slope(x, n)), add)
}

// Rising is 1 when the value is greater than each of the n before it, else 0.
func Rising(x Series, n int) Series { return tops(x, n, 1) }

// Falling is 1 when the value is smaller than each of the n before it, else 0.
func Falling(x Series, n int) Series { return tops(x, n, -1) }

func tops(x Series, n, sign int) Series {
	return windows(x, n+1, func(window Series) *big.Float {
		for _, old := range window[:n] {
			if window[n].Cmp(old)*sign <= 0 {
				return exact(0)
			}
		}
		return exact(1)
	})
}
