package history

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// The times that a file may hold. A number below the first is in seconds, one
// above the last in microseconds or finer.
const (
	firstMilli = int64(365 * 24 * time.Hour / time.Millisecond)
	lastMilli  = int64(1<<63-1)/int64(time.Millisecond) - 1
)

// parseTime reads Unix milliseconds or RFC 3339, which is cut to milliseconds.
func parseTime(s string) (market.Time, error) {
	ms, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return 0, fmt.Errorf("time %q is neither Unix milliseconds nor RFC 3339", clip(s))
		}
		ms = t.UnixMilli()
	}
	if ms < firstMilli || ms > lastMilli {
		return 0, fmt.Errorf("time %q is out of range: Unix milliseconds are wanted", clip(s))
	}
	return market.Milli(ms), nil
}

// How many decimals are kept of a volume, and of a price that does not fit as
// written.
const (
	sizePlaces  = 8
	pricePlaces = 12
)

// parseSize reads a volume or a size, 0 or more.
func parseSize(what, s string) (num.Quantity, error) {
	q, err := num.ParseQuantity(s)
	if err != nil || q.Scale() > sizePlaces {
		text, ok := plain(s, sizePlaces)
		if !ok {
			return q, fmt.Errorf("%s %q is not a number", what, clip(s))
		}
		if q, err = num.ParseQuantity(text); err != nil {
			return q, fmt.Errorf("%s: %w", what, err)
		}
	}
	if q.Sign() < 0 {
		return q, fmt.Errorf("%s %s is negative", what, q)
	}
	return q, nil
}

// grid reads prices and puts them on the tick.
type grid struct {
	tick    num.Price
	half    num.Price
	decimal bool // the tick is a power of ten, at most 1
}

func newGrid(tick num.Price) (grid, error) {
	if tick.Sign() < 0 {
		return grid{}, fmt.Errorf("history: tick %s is negative", tick)
	}
	var c num.Calc
	half := num.Mul(&c, tick, num.MustRate("0.5"))
	return grid{tick, half, tick == num.PriceOf(1, tick.Scale())}, c.Err()
}

// parse reads a price, which must be positive, and rounds it to the tick.
func (g *grid) parse(what, s string) (num.Price, error) {
	p, err := num.ParsePrice(s)
	if err != nil {
		text, ok := plain(s, pricePlaces)
		if !ok {
			return p, fmt.Errorf("%s %q is not a number", what, clip(s))
		}
		if p, err = num.ParsePrice(text); err != nil {
			return p, fmt.Errorf("%s: %w", what, err)
		}
	}
	if p.Sign() <= 0 {
		return p, fmt.Errorf("%s %s is not positive", what, p)
	}
	if g.tick.IsZero() || g.decimal && p.Scale() <= g.tick.Scale() {
		return p, nil
	}
	var c num.Calc
	rounded, err := num.FloorTo(num.Add(&c, p, g.half), g.tick)
	if err == nil {
		err = c.Err()
	}
	if err != nil {
		return p, fmt.Errorf("%s: %w", what, err)
	}
	if rounded.IsZero() {
		return p, fmt.Errorf("%s %s is less than half a tick of %s", what, p, g.tick)
	}
	return rounded, nil
}

// plain turns a number as programs print it (an exponent, too many digits)
// into a plain decimal of at most places decimals, rounded half away from
// zero. It reports false for what is not a number or is absurdly large.
func plain(s string, places int) (string, bool) {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	exponent := 0
	if at := strings.IndexAny(s, "eE"); at >= 0 {
		e, err := strconv.Atoi(s[at+1:])
		if err != nil || e < -400 || e > 40 {
			return "", false
		}
		s, exponent = s[:at], e
	}
	whole, fraction, _ := strings.Cut(s, ".")
	digits := whole + fraction
	if whole == "" || len(digits) > 60 || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	point := len(whole) + exponent // digits before the point
	if point < 0 {
		digits, point = strings.Repeat("0", -point)+digits, 0
	}
	if pad := point + places + 1 - len(digits); pad > 0 {
		digits += strings.Repeat("0", pad)
	}
	kept := []byte(digits[:point+places])
	if digits[point+places] >= '5' {
		kept, point = increment(kept, point)
	}
	w := strings.TrimLeft(string(kept[:point]), "0")
	if w == "" {
		w = "0"
	}
	return sign + strings.TrimSuffix(strings.TrimRight(w+"."+string(kept[point:]), "0"), "."), true
}

// increment adds one in the last digit.
func increment(digits []byte, point int) ([]byte, int) {
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i] < '9' {
			digits[i]++
			return digits, point
		}
		digits[i] = '0'
	}
	return append([]byte{'1'}, digits...), point + 1
}
