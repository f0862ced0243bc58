package num

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/govalues/decimal"
)

// MulDivDown returns a × b ÷ c rounded toward zero to scale digits, without
// rounding in between: the share of a cost that goes with a part of a
// quantity. A zero divisor is refused.
func MulDivDown[U, V Unit](k *Calc, a Amount[U], b, c Amount[V], scale int) Amount[U] {
	if k.err != nil {
		return Amount[U]{}
	}
	if c.IsZero() {
		k.fail(a.String()+" × "+b.String()+" ÷ 0", ErrInexact)
		return Amount[U]{}
	}
	shift := scale - a.d.Scale() - b.d.Scale() + c.d.Scale()
	if hi, lo := bits.Mul64(a.d.Coef(), b.d.Coef()); hi == 0 {
		if q, ok := quotient(lo, c.d.Coef(), shift); ok {
			neg := a.d.IsNeg() != (b.d.IsNeg() != c.d.IsNeg())
			if d, ok := fromCoefficient(neg, q, scale); ok {
				return canonical[U](d)
			}
		}
	}
	top := new(big.Int).Mul(coefficient(a.d), coefficient(b.d))
	return ratio[U](k, top, coefficient(c.d), shift, scale)
}

// MulDown returns a × b in the unit of a, rounded toward zero to scale digits:
// for valuations, whose exact product nobody is owed.
func MulDown[U, V Unit](k *Calc, a Amount[U], b Amount[V], scale int) Amount[U] {
	if k.err != nil {
		return Amount[U]{}
	}
	if v, own, ok := product(a.d, b.d); ok && scale >= 0 {
		if own > scale {
			v, own = v/int64(ten[own-scale]), scale
		}
		return small[U](v, own)
	}
	if d, err := mulExact(a.d, b.d); err == nil {
		return RoundDown(canonical[U](d), scale)
	}
	top := new(big.Int).Mul(coefficient(a.d), coefficient(b.d))
	return ratio[U](k, top, big.NewInt(1), scale-a.d.Scale()-b.d.Scale(), scale)
}

// coefficient is the signed integer behind d.
func coefficient(d decimal.Decimal) *big.Int {
	n := new(big.Int).SetUint64(d.Coef())
	if d.IsNeg() {
		n.Neg(n)
	}
	return n
}

// ratio returns top × 10^shift ÷ bottom, cut to an integer, as a decimal of
// the given scale.
func ratio[U Unit](k *Calc, top, bottom *big.Int, shift, scale int) Amount[U] {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(shift, -shift))), nil)
	if shift >= 0 {
		top.Mul(top, power)
	} else {
		bottom = new(big.Int).Mul(bottom, power)
	}
	q := top.Quo(top, bottom)
	neg := q.Sign() < 0
	if q.Abs(q).IsUint64() {
		if d, ok := fromCoefficient(neg, q.Uint64(), scale); ok {
			return canonical[U](d)
		}
	}
	k.fail("ratio", ErrInexact)
	return Amount[U]{}
}

// coefMax is the largest coefficient of 19 digits.
const coefMax = 1e19 - 1

// ten holds the powers of ten that fit 64 bits.
var ten = [...]uint64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// quotient returns ⌊a × 10^shift ÷ b⌋ in 128 bits, for shifts that scales of
// at most 19 digits can make, and whether it fits 64 bits.
func quotient(a, b uint64, shift int) (uint64, bool) {
	last := len(ten) - 1
	switch {
	case b == 0:
		return 0, false
	case shift < -last: // b grows beyond any a
		return 0, true
	case shift < 0:
		hi, lo := bits.Mul64(b, ten[-shift])
		if hi > 0 {
			return 0, true
		}
		return a / lo, true
	case shift <= last:
		q, _, ok := mulQuo(a, ten[shift], b)
		return q, ok
	case shift > 2*last:
		return 0, false
	}
	// By long division: first 19 digits, then the rest of them.
	q, r, ok := mulQuo(a, ten[last], b)
	if !ok {
		return 0, false
	}
	hi, lo := bits.Mul64(q, ten[shift-last])
	low, _, ok := mulQuo(r, ten[shift-last], b)
	sum, carry := bits.Add64(lo, low, 0)
	return sum, ok && hi == 0 && carry == 0
}

// mulQuo returns a × m ÷ b with its remainder, and whether the quotient fits
// 64 bits.
func mulQuo(a, m, b uint64) (q, r uint64, ok bool) {
	hi, lo := bits.Mul64(a, m)
	if hi >= b {
		return 0, 0, false
	}
	q, r = bits.Div64(hi, lo, b)
	return q, r, true
}

// fromCoefficient makes a decimal of a coefficient and reports whether it fits
// 19 digits. The library takes signed ones, which are one bit short of that:
// the largest are put together.
func fromCoefficient(neg bool, coef uint64, scale int) (decimal.Decimal, bool) {
	if coef > coefMax || scale < 0 {
		return decimal.Decimal{}, false
	}
	sign := int64(1)
	if neg {
		sign = -1
	}
	if coef <= math.MaxInt64 {
		d, err := decimal.New(sign*int64(coef), scale)
		return d, err == nil
	}
	half := coef / 2 // fits
	a, errA := decimal.New(sign*int64(half), scale)
	b, errB := decimal.New(sign*int64(coef-half), scale)
	if errA != nil || errB != nil {
		return decimal.Decimal{}, false
	}
	d, err := a.AddExact(b, scale)
	return d, err == nil
}
