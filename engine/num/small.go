package num

import (
	"math"
	"math/bits"

	"github.com/govalues/decimal"
)

// Nearly every amount fits 62 bits, and so do sums and products of two of
// them. Those are computed here as whole numbers of 10^-scale; the decimal
// library, which spends most of its time finding out how large a number is,
// has the rest.

// smallMax is the largest magnitude of which two can be added.
const smallMax = math.MaxInt64 / 2

// whole returns d as a signed number of 10^-scale, for a scale not below its
// own, and whether it is small.
func whole(d decimal.Decimal, scale int) (int64, bool) {
	up := scale - d.Scale()
	if up < 0 || up >= len(ten)-1 {
		return 0, false
	}
	hi, lo := bits.Mul64(d.Coef(), ten[up])
	if hi != 0 || lo > smallMax {
		return 0, false
	}
	if d.IsNeg() {
		return -int64(lo), true
	}
	return int64(lo), true
}

// pair returns two decimals as signed numbers of the smaller of their units,
// and whether both are small.
func pair(a, b decimal.Decimal) (x, y int64, scale int, ok bool) {
	scale = max(a.Scale(), b.Scale())
	x, ok = whole(a, scale)
	if !ok {
		return 0, 0, 0, false
	}
	y, ok = whole(b, scale)
	return x, y, scale, ok
}

// product returns a × b where it is small.
func product(a, b decimal.Decimal) (int64, int, bool) {
	scale := a.Scale() + b.Scale()
	hi, lo := bits.Mul64(a.Coef(), b.Coef())
	if hi != 0 || lo > smallMax || scale > decimal.MaxScale {
		return 0, 0, false
	}
	if a.IsNeg() != b.IsNeg() {
		return -int64(lo), scale, true
	}
	return int64(lo), scale, true
}

// small makes the canonical amount of v × 10^-scale, for scales that a decimal
// has.
func small[U Unit](v int64, scale int) Amount[U] { return Amount[U]{smallDecimal(v, scale)} }

// smallDecimal is one body for all units: it is behind every bar, quote and sum.
func smallDecimal(v int64, scale int) decimal.Decimal {
	for scale > 0 && v%10 == 0 {
		if v == 0 {
			return decimal.Decimal{}
		}
		v, scale = v/10, scale-1
	}
	d, _ := decimal.New(v, scale) // cannot fail: v has 19 digits at most, and scale is one of a decimal
	return d
}

// addSmall returns a + b where both are small.
func addSmall(a, b decimal.Decimal) (decimal.Decimal, bool) {
	if x, y := a.Coef(), b.Coef(); a.Scale() == b.Scale() && x <= smallMax && y <= smallMax {
		return smallDecimal(signed(x, a.IsNeg())+signed(y, b.IsNeg()), a.Scale()), true
	}
	x, y, scale, ok := pair(a, b)
	if !ok {
		return decimal.Decimal{}, false
	}
	return smallDecimal(x+y, scale), true
}

func signed(coef uint64, negative bool) int64 {
	if negative {
		return -int64(coef)
	}
	return int64(coef)
}
