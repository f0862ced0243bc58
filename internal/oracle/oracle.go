// Package oracle computes indicators for tests: from their definitions, in 400
// bits of math/big, every window from scratch and every recursion from its
// first bar. It shares no code with what it judges, and nothing but tests may
// use it.
//
// A series has one value a bar; nil is "not defined yet". A length n that no
// window of the input has leaves every value nil.
package oracle

import "math/big"

const precision = 400

// Series is one value a bar.
type Series []*big.Float

// Of turns floats into a series, exactly.
func Of(values []float64) Series {
	s := make(Series, len(values))
	for i, v := range values {
		s[i] = exact(v)
	}
	return s
}

func exact(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }

func add(a, b *big.Float) *big.Float { return exact(0).Add(a, b) }
func sub(a, b *big.Float) *big.Float { return exact(0).Sub(a, b) }
func mul(a, b *big.Float) *big.Float { return exact(0).Mul(a, b) }
func quo(a, b *big.Float) *big.Float { return exact(0).Quo(a, b) }

// windows applies f to each window of n values.
func windows(x Series, n int, f func(Series) *big.Float) Series {
	out := make(Series, len(x))
	for i := n - 1; i < len(x); i++ {
		out[i] = f(x[i-n+1 : i+1])
	}
	return out
}

func mean(window Series) *big.Float {
	sum := exact(0)
	for _, x := range window {
		sum = add(sum, x)
	}
	return quo(sum, exact(float64(len(window))))
}

// SMA is the mean of the last n values.
func SMA(x Series, n int) Series { return windows(x, n, mean) }

// Stdev is the population standard deviation of the last n values.
func Stdev(x Series, n int) Series {
	return windows(x, n, func(window Series) *big.Float {
		m, sum := mean(window), exact(0)
		for _, x := range window {
			d := sub(x, m)
			sum = add(sum, mul(d, d))
		}
		return exact(0).Sqrt(quo(sum, exact(float64(len(window)))))
	})
}

// Highest is the greatest of the last n values.
func Highest(x Series, n int) Series {
	return windows(x, n, func(window Series) *big.Float { return extreme(window, 1) })
}

// Lowest is the smallest of the last n values.
func Lowest(x Series, n int) Series {
	return windows(x, n, func(window Series) *big.Float { return extreme(window, -1) })
}

func extreme(window Series, sign int) *big.Float {
	best := window[0]
	for _, x := range window {
		if x.Cmp(best)*sign > 0 {
			best = x
		}
	}
	return best
}

// EMA is e += 2 ÷ (n+1) × (x - e), from the mean of the first n values.
func EMA(x Series, n int) Series { return smoothed(x, n, 2, float64(n)+1) }

// RMA is e += (x - e) ÷ n, from the mean of the first n values.
func RMA(x Series, n int) Series { return smoothed(x, n, 1, float64(n)) }

func smoothed(x Series, n int, over, under float64) Series {
	out := make(Series, len(x))
	if len(x) < n {
		return out
	}
	alpha := quo(exact(over), exact(under))
	out[n-1] = mean(x[:n])
	for i := n; i < len(x); i++ {
		out[i] = add(out[i-1], mul(alpha, sub(x[i], out[i-1])))
	}
	return out
}

// RSI is 100 × RMA of rises ÷ (RMA of rises + RMA of falls), 0 for 0 ÷ 0.
func RSI(x Series, n int) Series {
	out := make(Series, len(x))
	if len(x) < 2 {
		return out
	}
	up, down := make(Series, len(x)-1), make(Series, len(x)-1)
	for i := range up {
		up[i], down[i] = exact(0), exact(0)
		if change := sub(x[i+1], x[i]); change.Sign() > 0 {
			up[i] = change
		} else {
			down[i] = sub(down[i], change)
		}
	}
	up, down = RMA(up, n), RMA(down, n)
	for i := n; i < len(x); i++ {
		out[i] = exact(0)
		if sum := add(up[i-1], down[i-1]); sum.Sign() > 0 {
			out[i] = quo(mul(exact(100), up[i-1]), sum)
		}
	}
	return out
}

// ATR is RMA of the true range, whose first value is high - low.
func ATR(high, low, last Series, n int) Series {
	tr := make(Series, len(high))
	for i := range tr {
		top, bottom := high[i], low[i]
		if i > 0 {
			top, bottom = extreme(Series{top, last[i-1]}, 1), extreme(Series{bottom, last[i-1]}, -1)
		}
		tr[i] = sub(top, bottom)
	}
	return RMA(tr, n)
}

// Lag is the value of n bars ago.
func Lag(x Series, n int) Series {
	out := make(Series, len(x))
	if n < len(x) {
		copy(out[n:], x)
	}
	return out
}

// Change is the value less the one of n bars ago.
func Change(x Series, n int) Series {
	out := make(Series, len(x))
	for i := n; i < len(x); i++ {
		out[i] = sub(x[i], x[i-n])
	}
	return out
}
