// Package oracle computes indicators for tests: from their definitions, in 400
// bits of math/big, every window from scratch and every recursion from its
// first bar. It shares no code with what it judges, and nothing but tests may
// use it.
//
// A series has one value a bar; nil is "not defined", as it is before the first
// value. A length n that no window of the input has leaves every value nil. A
// window that holds a nil has no value. Whatever is divided by zero is 0, unless
// the definition says that it is nil.
package oracle

import "math/big"

const precision = 400

// Series is one value a bar.
type Series []*big.Float

// Of turns floats into a series, exactly; NaN is nil.
func Of(values []float64) Series {
	s := make(Series, len(values))
	for i, v := range values {
		if v == v {
			s[i] = exact(v)
		}
	}
	return s
}

func exact(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }

func add(a, b *big.Float) *big.Float { return exact(0).Add(a, b) }
func sub(a, b *big.Float) *big.Float { return exact(0).Sub(a, b) }
func mul(a, b *big.Float) *big.Float { return exact(0).Mul(a, b) }
func quo(a, b *big.Float) *big.Float { return exact(0).Quo(a, b) }

// ratio is a ÷ b, and 0 over a zero.
func ratio(a, b *big.Float) *big.Float {
	if b.Sign() == 0 {
		return exact(0)
	}
	return quo(a, b)
}

func whole(n int) *big.Float { return exact(float64(n)) }

// each applies f where both series have a value.
func each(a, b Series, f func(a, b *big.Float) *big.Float) Series {
	out := make(Series, len(a))
	for i := range a {
		if a[i] != nil && b[i] != nil {
			out[i] = f(a[i], b[i])
		}
	}
	return out
}

// times multiplies a series by a number.
func times(factor float64, x Series) Series {
	return each(x, x, func(x, _ *big.Float) *big.Float { return mul(exact(factor), x) })
}

// windows applies f to each window of n values.
func windows(x Series, n int, f func(Series) *big.Float) Series {
	return pairs(x, x, n, func(window, _ Series) *big.Float { return f(window) })
}

// pairs applies f to each window of n values of both.
func pairs(x, y Series, n int, f func(x, y Series) *big.Float) Series {
	out := make(Series, len(x))
	for i := max(n-1, 0); i < len(x); i++ {
		a, b := x[i-n+1:i+1], y[i-n+1:i+1]
		if !a.gaps() && !b.gaps() {
			out[i] = f(a, b)
		}
	}
	return out
}

func (s Series) gaps() bool {
	for _, x := range s {
		if x == nil {
			return true
		}
	}
	return false
}

// start is the place of the first value.
func (s Series) start() int {
	for i, x := range s {
		if x != nil {
			return i
		}
	}
	return len(s)
}

func total(window Series) *big.Float {
	sum := exact(0)
	for _, x := range window {
		sum = add(sum, x)
	}
	return sum
}

func mean(window Series) *big.Float { return quo(total(window), whole(len(window))) }

// SMA is the mean of the last n values.
func SMA(x Series, n int) Series { return windows(x, n, mean) }

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
	first := x.start() + n - 1
	if first >= len(x) {
		return out
	}
	if over == under { // and no recursion that rounds
		return x
	}
	alpha := quo(exact(over), exact(under))
	out[first] = mean(x[first-n+1 : first+1])
	for i := first + 1; i < len(x); i++ {
		out[i] = add(out[i-1], mul(alpha, sub(x[i], out[i-1])))
	}
	return out
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
func Change(x Series, n int) Series { return each(x, Lag(x, n), sub) }
