// Package indicator holds streaming indicators in float64: one value in, one
// value out, in constant time, without allocating after construction.
//
// # Contract
//
// Update takes the next input and returns the indicator's value, or NaN while
// it is warming up. WarmUp is the number of inputs that the first value
// needs. A NaN or infinite input means that the value is missing: the answer
// is NaN and the warm-up starts anew with the next input, as after Reset. The
// same happens when the arithmetic itself overflows, so that no indicator
// stays broken after one absurd input. A length below 1 (below 0 for Lag) is
// a mistake of the caller and panics.
//
// Peek answers what Update would and changes nothing: that is what a rule sees
// of a bar that still forms. It is Update on a copy. The copy shares the
// memory of its windows, but writes only what the next Update writes anew
// before it reads it: the place of the newest input, and the suffixes of a
// block when that input completes it.
//
// An indicator belongs to one goroutine. The inputs alone decide the outputs,
// to the bit, on every machine: every product is rounded by a conversion,
// float64(x*y), which keeps the compiler from fusing it with a sum that it
// meets later, in another statement or another function, into one operation
// with another rounding on some architectures. Of math only what is exact or
// rounded by definition is used (Sqrt, Abs, Frexp), never Log or Exp, whose
// last bit differs between architectures.
//
// # Exactness
//
// A running sum that adds the new value and subtracts the old one drifts.
// Here every window is put together from two parts instead: the rest of the
// last full block of n values, whose suffixes were computed when the block
// was complete, and the values since then. Nothing is ever subtracted again,
// so no error outlives 2n inputs. Completing a block costs n steps once in n
// updates: constant time on average.
//
// Means are of x - K, where K is a value of the window. Prices near 100,000
// that move by 0.01 lose no digits, a flat price has the very price as its
// mean and exactly 0 as its deviation. Sums of what cannot be negative are
// plain: a window of zeros sums to 0, and a part never exceeds the whole.
//
// Recursive averages are written e += alpha × (x - e), which forgets its
// rounding errors as it forgets its inputs. Their seed is the mean of the
// first n inputs.
package indicator

import "math"

// missing reports whether x is NaN or infinite. It subtracts nothing: x - x of
// a product could be fused into what the product's rounding left.
func missing(x float64) bool { return !(math.Abs(x) <= math.MaxFloat64) }

// mustLength panics on a length that no indicator can have.
func mustLength(n, least int) {
	if n < least {
		panic("indicator: length is too small")
	}
}

// absent reports whether one of them is missing.
func absent(a, b, c float64) bool { return missing(a) || missing(b) || missing(c) }

// finite returns x, or NaN for what overflowed.
func finite(x float64) float64 {
	if missing(x) {
		return math.NaN()
	}
	return x
}

// ratio is a / b, and 0 over a zero denominator; a that is NaN stays NaN.
func ratio(a, b float64) float64 {
	if b == 0 && a == a {
		return 0
	}
	return a / b
}

// percent is a / b in percent, and 0 over a zero denominator.
func percent(a, b float64) float64 { return float64(100 * ratio(a, b)) }
