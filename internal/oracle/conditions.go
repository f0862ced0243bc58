package oracle

import "math/big"

// A condition is a series of 1, 0 and nil: true, false and not known. Before
// the first bar it is not known.

// tally counts what the last n values of a condition were.
func tally(condition Series, n int, f func(yes, no, unknown int) *big.Float) Series {
	out := make(Series, len(condition))
	for i := range condition {
		yes, no, unknown := 0, 0, 0
		for j := i - n + 1; j <= i; j++ {
			switch {
			case j < 0 || condition[j] == nil:
				unknown++
			case condition[j].Sign() != 0:
				yes++
			default:
				no++
			}
		}
		out[i] = f(yes, no, unknown)
	}
	return out
}

// Within is 1 when one of the last n is true, 0 when all are false.
func Within(condition Series, n int) Series {
	return tally(condition, n, func(yes, _, unknown int) *big.Float {
		switch {
		case yes > 0:
			return exact(1)
		case unknown > 0:
			return nil
		}
		return exact(0)
	})
}

// Always is 1 when all of the last n are true, 0 when one is false.
func Always(condition Series, n int) Series {
	return tally(condition, n, func(_, no, unknown int) *big.Float {
		switch {
		case no > 0:
			return exact(0)
		case unknown > 0:
			return nil
		}
		return exact(1)
	})
}

// Count is how many of the last n are true, when all are known.
func Count(condition Series, n int) Series {
	return tally(condition, n, func(yes, _, unknown int) *big.Float {
		if unknown > 0 {
			return nil
		}
		return whole(yes)
	})
}

// BarsSince is how many bars ago the condition was last true, and +Inf when it
// never was; nil where it is not known.
func BarsSince(condition Series) Series {
	out, age := make(Series, len(condition)), exact(0).SetInf(false)
	for i, c := range condition {
		age = add(age, exact(1))
		if c == nil {
			continue
		}
		if c.Sign() != 0 {
			age = exact(0)
		}
		out[i] = age
	}
	return out
}

// ValueWhen is x where the condition was true for the k-th last time, 0 being
// the latest; nil where the condition is not known.
func ValueWhen(condition, x Series, k int) Series {
	out := make(Series, len(x))
	var then Series
	for i, c := range condition {
		if c == nil {
			continue
		}
		if c.Sign() != 0 {
			then = append(then, x[i])
		}
		if len(then) > k {
			out[i] = then[len(then)-1-k]
		}
	}
	return out
}
