package wire

import (
	"fmt"
	"strings"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// Small reads a decimal of at most 18 digits as coefficient ÷ 10^scale. It
// exists because it needs no string: what it does not take, num.Parse judges.
func Small(b []byte) (coefficient int64, scale int, ok bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	point := -1
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			coefficient = coefficient*10 + int64(c-'0')
		case c == '.' && point < 0:
			point = i
		default:
			return 0, 0, false
		}
		if i > 18 {
			return 0, 0, false
		}
	}
	switch {
	case point < 0 && len(b) >= 1 && len(b) <= 18:
	case point >= 1 && point < len(b)-1:
		scale = len(b) - 1 - point
	default:
		return 0, 0, false
	}
	if neg {
		coefficient = -coefficient
	}
	return coefficient, scale, true
}

// ParsePrice reads a price, exactly.
func ParsePrice(b []byte) (num.Price, error) {
	if c, scale, ok := Small(b); ok {
		return num.PriceOf(c, scale), nil
	}
	return num.ParsePrice(string(b))
}

// ParseQuantity reads a quantity, exactly.
func ParseQuantity(b []byte) (num.Quantity, error) {
	if c, scale, ok := Small(b); ok {
		return num.QuantityOf(c, scale), nil
	}
	return num.ParseQuantity(string(b))
}

// ParseMoney reads an amount, exactly.
func ParseMoney(b []byte) (num.Money, error) {
	if c, scale, ok := Small(b); ok {
		return num.MoneyOf(c, scale), nil
	}
	return num.ParseMoney(string(b))
}

// ParseRate reads a part of something, exactly.
func ParseRate(b []byte) (num.Rate, error) { return num.ParseRate(string(b)) }

// ParseBalance is ParseMoney, but cuts digits that do not fit toward zero:
// balances come with up to 16 digits after the point, which a rich account
// has no room for, and a balance rounded down is never spent twice.
func ParseBalance(b []byte) (num.Money, error) {
	m, err := ParseMoney(b)
	if err == nil {
		return m, nil
	}
	s := string(b)
	whole, fraction, _ := strings.Cut(s, ".")
	for n := min(len(fraction)-1, 18); n > 0; n-- {
		if m, cut := num.ParseMoney(whole + "." + fraction[:n]); cut == nil && Digits(fraction) {
			return m, nil
		}
	}
	return num.Money{}, err
}

// Digits reports whether a text is nothing but digits, and not too many.
func Digits(s string) bool {
	return len(s) <= 64 && strings.Trim(s, "0123456789") == ""
}

// ParseInt reads a whole number of at most 18 digits.
func ParseInt(b []byte) (int64, error) {
	n, scale, ok := Small(b)
	if !ok || scale != 0 {
		return 0, fmt.Errorf("%q is not a whole number", Clip(b))
	}
	return n, nil
}

// ParseMilli reads milliseconds since 1970.
func ParseMilli(b []byte) (market.Time, error) {
	const last = 7_258_118_400_000 // the year 2200
	n, err := ParseInt(b)
	if err != nil || n < 0 || n >= last {
		return 0, fmt.Errorf("%q is not a time in milliseconds", Clip(b))
	}
	return market.Time(n * int64(time.Millisecond)), nil
}

// ParseISO reads 2021-07-22T23:16:36.851Z, with no fraction or one of up to
// nine digits.
func ParseISO(b []byte) (market.Time, error) {
	const form = "0000-00-00T00:00:00"
	if len(b) < len(form)+1 || len(b) > len(form)+11 || b[len(b)-1] != 'Z' {
		return 0, fmt.Errorf("%q is not a time", Clip(b))
	}
	for i := range len(form) {
		if IsDigit(b[i]) != (form[i] == '0') || form[i] != '0' && b[i] != form[i] {
			return 0, fmt.Errorf("%q is not a time", Clip(b))
		}
	}
	nanos, ok := fraction(b[len(form) : len(b)-1])
	year, month, day := two(b[0:])*100+two(b[2:]), two(b[5:]), two(b[8:])
	hour, minute, second := two(b[11:]), two(b[14:]), two(b[17:])
	if !ok || year < 1970 || year > 2200 || hour > 23 || minute > 59 || second > 59 {
		return 0, fmt.Errorf("%q is not a time", Clip(b))
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	if t.Day() != day || t.Month() != time.Month(month) { // a 31st of June becomes July
		return 0, fmt.Errorf("%q is not a time", Clip(b))
	}
	return market.TimeOf(t), nil
}

func fraction(b []byte) (nanos int, ok bool) {
	if len(b) == 0 {
		return 0, true
	}
	if b[0] != '.' || len(b) == 1 {
		return 0, false
	}
	unit := int(time.Second)
	for _, c := range b[1:] {
		if !IsDigit(c) {
			return 0, false
		}
		unit /= 10
		nanos += int(c-'0') * unit
	}
	return nanos, true
}

// IsDigit reports whether a byte is a digit.
func IsDigit(c byte) bool { return c >= '0' && c <= '9' }

func two(b []byte) int { return int(b[0]-'0')*10 + int(b[1]-'0') }

// Clip keeps what an error quotes short.
func Clip(b []byte) string {
	if len(b) > 48 {
		return string(b[:48]) + "..."
	}
	return string(b)
}

// FormatISO writes the exchange's form: UTC with milliseconds and Z.
func FormatISO(t market.Time) string { return t.Std().Format("2006-01-02T15:04:05.000Z") }
