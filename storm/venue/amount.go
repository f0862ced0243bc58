package venue

import (
	"errors"
	"strconv"
	"strings"
)

// Amount is an exact amount in units of 10⁻¹⁰: the fees of the smallest order
// come out even in it.
type Amount int64

// The units in which prices and quantities move. Their product is 10⁻⁵.
const (
	Tick Amount = 1e9 // of every price: 0.1
	Lot  Amount = 1e6 // of every quantity: 0.0001
	unit        = 1e10
)

// fraction is how many digits after the point an Amount has.
const fraction = 10

// String writes the shortest decimal text.
func (a Amount) String() string { return string(a.append(nil)) }

func (a Amount) append(b []byte) []byte {
	if a < 0 {
		b, a = append(b, '-'), -a
	}
	b = strconv.AppendInt(b, int64(a)/unit, 10)
	rest := int64(a) % unit
	if rest == 0 {
		return b
	}
	var digits [fraction]byte
	for i := fraction - 1; i >= 0; i-- {
		digits[i] = byte('0' + rest%10)
		rest /= 10
	}
	n := fraction
	for digits[n-1] == '0' {
		n--
	}
	return append(append(b, '.'), digits[:n]...)
}

var errAmount = errors.New("venue: not an amount")

// parse reads a decimal of at most ten digits after the point.
func parse(text string) (Amount, error) {
	whole, rest, dotted := strings.Cut(text, ".")
	if dotted && rest == "" || len(rest) > fraction || len(whole) == 0 || len(whole) > 8 {
		return 0, errAmount
	}
	n, err := strconv.ParseUint(whole+rest+strings.Repeat("0", fraction-len(rest)), 10, 63)
	if err != nil {
		return 0, errAmount
	}
	return Amount(n), nil
}

// value is price × quantity, exactly.
func value(price, quantity Amount) Amount { return price / Tick * (quantity / Lot) * (unit / 1e5) }

// fee is a share of an amount in ten-thousandths; amounts are multiples of
// 10⁻⁵ at least, so that it comes out even.
func fee(a Amount, bps int64) Amount { return a / 1e4 * Amount(bps) }
