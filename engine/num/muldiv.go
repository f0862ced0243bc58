package num

import (
	"math/big"

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
	top := new(big.Int).Mul(coefficient(a.d), coefficient(b.d))
	return ratio[U](k, top, coefficient(c.d), scale-a.d.Scale()-b.d.Scale()+c.d.Scale(), scale)
}

// MulDown returns a × b in the unit of a, rounded toward zero to scale digits:
// for valuations, whose exact product nobody is owed.
func MulDown[U, V Unit](k *Calc, a Amount[U], b Amount[V], scale int) Amount[U] {
	if k.err != nil {
		return Amount[U]{}
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
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(shift, -shift))), nil)
	if shift >= 0 {
		top.Mul(top, ten)
	} else {
		bottom = new(big.Int).Mul(bottom, ten)
	}
	q := top.Quo(top, bottom)
	if !q.IsInt64() {
		k.fail("ratio", ErrInexact)
		return Amount[U]{}
	}
	d, err := decimal.New(q.Int64(), scale)
	if err != nil {
		k.fail("ratio", ErrInexact)
		return Amount[U]{}
	}
	return canonical[U](d)
}
