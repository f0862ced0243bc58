package num

import (
	"fmt"
	"math"

	"github.com/govalues/decimal"
)

// Calc runs exact operations and keeps the first that was refused. After a
// refusal every result is zero and must not be used: check Err once, at the
// end. The zero value is ready; a Calc is for one formula in one goroutine.
type Calc struct{ err error }

// Err returns the first refusal, or nil.
func (c *Calc) Err() error { return c.err }

func (c *Calc) fail(op string, err error) {
	if c.err == nil {
		c.err = fmt.Errorf("num: %s: %w", op, err)
	}
}

// Add returns a + b.
func Add[U Unit](c *Calc, a, b Amount[U]) Amount[U] {
	if c.err != nil {
		return Amount[U]{}
	}
	if d, ok := addSmall(a.d, b.d); ok {
		return Amount[U]{d}
	}
	d, err := a.d.AddExact(b.d, max(a.d.Scale(), b.d.Scale()))
	if err != nil {
		c.fail(a.String()+" + "+b.String(), ErrInexact)
		return Amount[U]{}
	}
	return canonical[U](d)
}

// Sub returns a - b.
func Sub[U Unit](c *Calc, a, b Amount[U]) Amount[U] { return Add(c, a, b.Neg()) }

// Mul returns a × b in the unit of a.
func Mul[U, V Unit](c *Calc, a Amount[U], b Amount[V]) Amount[U] {
	if c.err != nil {
		return Amount[U]{}
	}
	if v, scale, ok := product(a.d, b.d); ok {
		return small[U](v, scale)
	}
	d, err := mulExact(a.d, b.d)
	if err != nil {
		c.fail(a.String()+" × "+b.String(), err)
		return Amount[U]{}
	}
	return canonical[U](d)
}

func mulExact(a, b decimal.Decimal) (decimal.Decimal, error) {
	scale := a.Scale() + b.Scale()
	if scale > decimal.MaxScale {
		return decimal.Decimal{}, ErrInexact
	}
	d, err := a.MulExact(b, scale)
	if err != nil {
		return decimal.Decimal{}, ErrInexact
	}
	return d, nil
}

// Cost returns price × quantity in quote currency.
func Cost(c *Calc, p Price, q Quantity) Money { return Mul(c, p.Money(), q) }

// DivDown returns a ÷ b rounded toward zero to scale digits after the point,
// in unit W. A zero divisor is refused.
func DivDown[W, U, V Unit](c *Calc, a Amount[U], b Amount[V], scale int) Amount[W] {
	if c.err != nil {
		return Amount[W]{}
	}
	coef, ok := quotient(a.d.Coef(), b.d.Coef(), scale-a.d.Scale()+b.d.Scale())
	if ok {
		var d decimal.Decimal
		if d, ok = fromCoefficient(a.d.IsNeg() != b.d.IsNeg(), coef, scale); ok {
			return canonical[W](d)
		}
	}
	c.fail(a.String()+" ÷ "+b.String(), ErrInexact)
	return Amount[W]{}
}

// QuantityFor returns the largest multiple of lot that money buys at price.
func QuantityFor(c *Calc, m Money, p Price, lot Quantity) Quantity {
	// The quotient cut at the lot's own digits still holds every whole lot.
	q := DivDown[quantity](c, m, p, lot.Scale())
	if c.err != nil {
		return Quantity{}
	}
	f, err := FloorTo(q, lot)
	if err != nil {
		c.fail("quantity", err)
	}
	return f
}

// PriceFor returns cost ÷ quantity rounded to scale digits toward zero. It is
// for averages that are shown; no balance is derived from it.
func PriceFor(c *Calc, m Money, q Quantity, scale int) Price {
	return DivDown[price](c, m, q, scale)
}

// FloorTo returns the largest multiple of step that is not above a (a ≥ 0).
func FloorTo[U Unit](a, step Amount[U]) (Amount[U], error) {
	if decimalStep(a, step) {
		return RoundDown(a, step.Scale()), nil
	}
	_, r, err := divideByStep(a, step)
	if err != nil {
		return Amount[U]{}, err
	}
	var c Calc
	return Sub(&c, a, r), c.Err()
}

// decimalStep reports whether steps of a are plain decimal places, as nearly
// every tick and lot is: cutting digits is much cheaper than a division.
func decimalStep[U Unit](a, step Amount[U]) bool {
	return step.d.Coef() == 1 && step.d.IsPos() && !a.d.IsNeg()
}

// CeilTo returns the smallest multiple of step that is not below a (a ≥ 0).
func CeilTo[U Unit](a, step Amount[U]) (Amount[U], error) {
	if decimalStep(a, step) {
		var c Calc
		return RoundUp(&c, a, step.Scale()), c.Err()
	}
	_, r, err := divideByStep(a, step)
	switch {
	case err != nil:
		return Amount[U]{}, err
	case r.IsZero():
		return a, nil
	}
	var c Calc
	return Add(&c, Sub(&c, a, r), step), c.Err()
}

// IsMultiple reports whether a is a whole number of steps.
func IsMultiple[U Unit](a, step Amount[U]) bool {
	if decimalStep(a, step) {
		return a.Scale() <= step.Scale()
	}
	_, r, err := divideByStep(a, step)
	return err == nil && r.IsZero()
}

func divideByStep[U Unit](a, step Amount[U]) (quotient, remainder Amount[U], err error) {
	if step.Sign() <= 0 {
		return quotient, remainder, fmt.Errorf("num: step %s is not positive", step)
	}
	if a.Sign() < 0 {
		return quotient, remainder, fmt.Errorf("num: %s is negative", a)
	}
	q, r, err := a.d.QuoRem(step.d)
	if err != nil {
		return quotient, remainder, fmt.Errorf("num: %s in steps of %s: %w", a, step, ErrInexact)
	}
	return canonical[U](q), canonical[U](r), nil
}

// RoundDown cuts a to scale digits after the point, toward zero.
func RoundDown[U Unit](a Amount[U], scale int) Amount[U] {
	if a.Scale() <= scale {
		return a
	}
	if over := a.Scale() - scale; scale >= 0 && a.d.Coef() <= math.MaxInt64 {
		v := int64(a.d.Coef() / ten[over])
		if a.d.IsNeg() {
			v = -v
		}
		return small[U](v, scale)
	}
	return canonical[U](a.d.Trunc(scale))
}

// RoundUp rounds a away from zero to scale digits after the point.
func RoundUp[U Unit](c *Calc, a Amount[U], scale int) Amount[U] {
	cut := RoundDown(a, scale)
	if cut == a {
		return a
	}
	step := New[U](int64(a.Sign()), max(scale, 0))
	return Add(c, cut, step)
}
