// Package num is exact decimal arithmetic for money.
//
// An [Amount] is a decimal of at most 19 digits, 18 of them after the point.
// Its phantom unit keeps a price from being added to a quantity: [Price] is
// quote currency for one unit of base, [Quantity] is base currency, [Money] is
// an amount of any one currency (cash, cost, fee), [Rate] is a plain fraction.
//
// Arithmetic is exact or refused, never rounded in silence. A [Calc] carries
// the first refusal through a run of operations, so that a formula reads as a
// formula and is checked once. Where an exact result need not exist (a
// division, a step of a grid) the function says in its name which way it
// rounds.
//
// The decimal underneath is github.com/govalues/decimal; no other package of
// this module imports it.
package num

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// ErrInexact is returned when a result does not fit 19 digits exactly.
var ErrInexact = errors.New("num: result does not fit 19 digits exactly")

type (
	price    struct{}
	quantity struct{}
	money    struct{}
	rate     struct{}
)

// Unit is what an Amount counts.
type Unit interface {
	price | quantity | money | rate
}

// The four kinds of amounts.
type (
	// Price is quote currency per unit of base currency.
	Price = Amount[price]
	// Quantity is an amount of base currency.
	Quantity = Amount[quantity]
	// Money is an amount of one currency, which the context names.
	Money = Amount[money]
	// Rate is a dimensionless fraction: 0.002 is 0.2 percent.
	Rate = Amount[rate]
)

// Amount is an exact decimal of unit U. The zero value is zero. Amounts are
// canonical (no trailing zeros after the point), so == is equality of value.
type Amount[U Unit] struct{ d decimal.Decimal }

func canonical[U Unit](d decimal.Decimal) Amount[U] {
	if d.Scale() > 0 && d.Coef()%10 == 0 {
		d = d.Trim(0)
	}
	if d.IsZero() {
		d = decimal.Decimal{}
	}
	return Amount[U]{d}
}

// Parse reads a decimal of the form -?digits[.digits], at most 18 digits on
// either side of the point and 19 significant digits in all. Exponents, signs
// of plus, spaces and anything else are errors.
func Parse[U Unit](s string) (Amount[U], error) {
	if err := checkForm(s); err != nil {
		return Amount[U]{}, err
	}
	d, err := decimal.Parse(s)
	if err != nil {
		return Amount[U]{}, fmt.Errorf("num: %q: %w", clip(s), ErrInexact)
	}
	return canonical[U](d), nil
}

// checkForm refuses what is not ^-?[0-9]{1,18}(\.[0-9]{1,18})?$ or has more
// than 19 significant digits, which the decimal library would round.
func checkForm(s string) error {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	whole, significant, seen := 0, 0, false
	digits := func() int {
		start := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			seen = seen || s[i] != '0'
			if seen {
				significant++
			}
			i++
		}
		return i - start
	}
	whole = digits()
	if whole < 1 || whole > 18 {
		return fmt.Errorf("num: %q is not a decimal number", clip(s))
	}
	if i < len(s) && s[i] == '.' {
		i++
		if n := digits(); n < 1 || n > 18 {
			return fmt.Errorf("num: %q is not a decimal number", clip(s))
		}
	}
	if i != len(s) {
		return fmt.Errorf("num: %q is not a decimal number", clip(s))
	}
	if significant > 19 {
		return fmt.Errorf("num: %q: %w", clip(s), ErrInexact)
	}
	return nil
}

func clip(s string) string {
	if len(s) > 48 {
		return s[:48] + "..."
	}
	return s
}

// ParsePrice reads a price.
func ParsePrice(s string) (Price, error) { return Parse[price](s) }

// ParseQuantity reads a quantity.
func ParseQuantity(s string) (Quantity, error) { return Parse[quantity](s) }

// ParseMoney reads an amount of money.
func ParseMoney(s string) (Money, error) { return Parse[money](s) }

// ParseRate reads a rate.
func ParseRate(s string) (Rate, error) { return Parse[rate](s) }

// must is for constants and tests.
func must[U Unit](s string) Amount[U] {
	a, err := Parse[U](s)
	if err != nil {
		panic(err)
	}
	return a
}

// MustPrice parses a price that is known to be well formed, or panics.
func MustPrice(s string) Price { return must[price](s) }

// MustQuantity parses a quantity that is known to be well formed, or panics.
func MustQuantity(s string) Quantity { return must[quantity](s) }

// MustMoney parses money that is known to be well formed, or panics.
func MustMoney(s string) Money { return must[money](s) }

// MustRate parses a rate that is known to be well formed, or panics.
func MustRate(s string) Rate { return must[rate](s) }

// New returns coefficient ÷ 10^scale. It panics on a scale outside 0..19.
func New[U Unit](coefficient int64, scale int) Amount[U] {
	if scale >= 0 && scale < len(ten)-1 && coefficient >= -smallMax && coefficient <= smallMax {
		return small[U](coefficient, scale)
	}
	return canonical[U](decimal.MustNew(coefficient, scale))
}

// PriceOf returns coefficient ÷ 10^scale as a price.
func PriceOf(coefficient int64, scale int) Price { return New[price](coefficient, scale) }

// QuantityOf returns coefficient ÷ 10^scale as a quantity.
func QuantityOf(coefficient int64, scale int) Quantity { return New[quantity](coefficient, scale) }

// MoneyOf returns coefficient ÷ 10^scale as money.
func MoneyOf(coefficient int64, scale int) Money { return New[money](coefficient, scale) }

// RateOf returns coefficient ÷ 10^scale as a rate.
func RateOf(coefficient int64, scale int) Rate { return New[rate](coefficient, scale) }

// String returns the shortest plain decimal text, never an exponent.
func (a Amount[U]) String() string { return a.d.String() }

// AppendText appends String to b without allocating when b has room.
func (a Amount[U]) AppendText(b []byte) ([]byte, error) { return a.d.AppendText(b) }

// MarshalText writes String, so that JSON holds the amount as a string.
func (a Amount[U]) MarshalText() ([]byte, error) { return a.d.AppendText(nil) }

// UnmarshalText reads what MarshalText wrote.
func (a *Amount[U]) UnmarshalText(b []byte) error {
	v, err := Parse[U](string(b))
	if err != nil {
		return err
	}
	*a = v
	return nil
}

// Sign returns -1, 0 or 1.
func (a Amount[U]) Sign() int { return a.d.Sign() }

// IsZero reports whether a is zero.
func (a Amount[U]) IsZero() bool { return a.d.IsZero() }

// Neg returns -a.
func (a Amount[U]) Neg() Amount[U] {
	if a.IsZero() {
		return a
	}
	return Amount[U]{a.d.Neg()}
}

// Abs returns the absolute value.
func (a Amount[U]) Abs() Amount[U] { return Amount[U]{a.d.Abs()} }

// Cmp returns -1, 0 or 1 as a is less than, equal to or greater than b.
func (a Amount[U]) Cmp(b Amount[U]) int {
	if x, y, _, ok := pair(a.d, b.d); ok {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	return a.d.Cmp(b.d)
}

// Less reports a < b.
func (a Amount[U]) Less(b Amount[U]) bool {
	if a.d.IsNeg() || b.d.IsNeg() {
		return a.Cmp(b) < 0
	}
	x, y := a.d.Coef(), b.d.Coef()
	switch finer := a.d.Scale() - b.d.Scale(); {
	case finer > 0:
		hi, lo := bits.Mul64(y, ten[finer])
		return hi > 0 || x < lo
	case finer < 0:
		hi, lo := bits.Mul64(x, ten[-finer])
		return hi == 0 && lo < y
	}
	return x < y
}

// Min returns the smaller of a and b.
func (a Amount[U]) Min(b Amount[U]) Amount[U] {
	if b.Less(a) {
		return b
	}
	return a
}

// Max returns the greater of a and b.
func (a Amount[U]) Max(b Amount[U]) Amount[U] {
	if a.Less(b) {
		return b
	}
	return a
}

// Whole returns a as a number of 10^-scale, and whether it is a whole number of
// them with room for a sum of two: at most half of what an int64 holds.
func (a Amount[U]) Whole(scale int) (int64, bool) { return whole(a.d, scale) }

// Scale returns how many digits stand after the point.
func (a Amount[U]) Scale() int { return a.d.Scale() }

var pow10 = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
}

// Float returns the float64 nearest to a, the same that parsing its text
// would give. For rules and statistics only.
func (a Amount[U]) Float() float64 {
	coef, scale := a.d.Coef(), a.d.Scale()
	if coef <= 1<<53 && scale < len(pow10) {
		f := float64(coef) / pow10[scale] // both exact, so the quotient is correctly rounded
		if a.d.IsNeg() {
			return -f
		}
		return f
	}
	f, _ := strconv.ParseFloat(a.d.String(), 64) // cannot fail: the text is a plain decimal
	return f
}

// Money returns the same number as money: a quantity of BTC is money in BTC.
func (a Amount[U]) Money() Money { return Money(a) }

// AsQuantity returns the same number as a quantity of base currency.
func AsQuantity(m Money) Quantity { return Quantity(m) }

// AsPrice returns the same number as a price.
func AsPrice(m Money) Price { return Price(m) }

// FromFloatDown turns a rule's number into the largest multiple of step that
// is not above it. It refuses what is not finite, negative, or too large.
// This is the one way from rule arithmetic to a quantity.
func FromFloatDown[U Unit](f float64, step Amount[U]) (Amount[U], error) {
	a, rest, err := fromFloat[U](f)
	if err != nil {
		return Amount[U]{}, err
	}
	if rest && step.Scale() > floatScale {
		return Amount[U]{}, fmt.Errorf("num: %v in steps of %s: %w", f, step, ErrInexact)
	}
	return FloorTo(a, step)
}

// FromFloatUp is FromFloatDown, but the smallest multiple not below f.
func FromFloatUp[U Unit](f float64, step Amount[U]) (Amount[U], error) {
	if a, rest, err := fromFloat[U](f); err != nil || !rest {
		if err != nil {
			return Amount[U]{}, err
		}
		return CeilTo(a, step)
	}
	down, err := FromFloatDown(f, step) // f is above a whole number of steps
	if err != nil {
		return Amount[U]{}, err
	}
	var c Calc
	return Add(&c, down, step), c.Err()
}

// floatScale is how many digits after the point are read from a float.
const floatScale = 18

// fromFloat goes through the shortest text that reads back as f, so that a
// rule's 0.3 is the decimal 0.3 and not the binary number below it. rest tells
// that f has digits beyond floatScale, which were cut.
func fromFloat[U Unit](f float64) (a Amount[U], rest bool, err error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Amount[U]{}, false, fmt.Errorf("num: %v is not a finite number", f)
	}
	if f < 0 || f >= 1e15 {
		return Amount[U]{}, false, fmt.Errorf("num: %v is out of range", f)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if point := strings.IndexByte(s, '.'); point >= 0 && len(s) > point+1+floatScale {
		s, rest = s[:point+1+floatScale], true // at least one digit that is cut is not zero
	}
	d, err := decimal.Parse(s) // exact: the shortest text has at most 17 digits
	if err != nil {
		return Amount[U]{}, false, fmt.Errorf("num: %v: %w", f, ErrInexact)
	}
	return canonical[U](d), rest, nil
}

// Units by name, for functions whose result unit cannot be inferred.
type (
	// MoneyUnit is the unit of Money.
	MoneyUnit = money
	// PriceUnit is the unit of Price.
	PriceUnit = price
	// QuantityUnit is the unit of Quantity.
	QuantityUnit = quantity
)
