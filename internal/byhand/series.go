package byhand

import "math/big"

// Series are the closed bars of a strategy, oldest first.
type Series struct{ High, Low, Close []*big.Rat }

// fold makes longer bars of minutes. The last one counts when it is complete.
func fold(bars []Bar, minutes int) (s Series, ends map[int]int) {
	length := int64(minutes) * minute
	ends = make(map[int]int) // the number of the longer bar, by that of the minute that ends it
	var high, low *big.Rat
	for i, b := range bars {
		if b.Open%length == 0 {
			high, low = b.H, b.L
		}
		if high == nil {
			continue // the first one had begun before
		}
		if b.H.Cmp(high) > 0 {
			high = b.H
		}
		if b.L.Cmp(low) < 0 {
			low = b.L
		}
		if (b.Open+minute)%length == 0 {
			ends[i] = len(s.Close)
			s.High, s.Low, s.Close = append(s.High, high), append(s.Low, low), append(s.Close, b.C)
		}
	}
	return s, ends
}

// value is a number of 400 bits; nil is not ready.
type value = *big.Float

func float(x *big.Rat) value { return new(big.Float).SetPrec(400).SetRat(x) }

func number(n int) value { return new(big.Float).SetPrec(400).SetInt64(int64(n)) }

// smooth starts with the mean of the first n values that are ready, and then
// moves towards each by its weight.
func smooth(x []value, n int, weight value) []value {
	y := make([]value, len(x))
	sum, seen := number(0), 0
	for i, v := range x {
		switch {
		case v == nil:
		case seen < n:
			sum.Add(sum, v)
			if seen++; seen == n {
				y[i] = new(big.Float).Quo(sum, number(n))
			}
		default:
			step := new(big.Float).Sub(v, y[i-1])
			y[i] = new(big.Float).Add(y[i-1], step.Mul(step, weight))
		}
	}
	return y
}

// mean is the exponential mean.
func mean(x []*big.Rat, n int) []value {
	values := make([]value, len(x))
	for i, v := range x {
		values[i] = float(v)
	}
	return smooth(values, n, new(big.Float).Quo(number(2), number(n+1)))
}

// strength is the relative strength.
func strength(x []*big.Rat, n int) []value {
	rises, falls := make([]value, len(x)), make([]value, len(x))
	for i := 1; i < len(x); i++ {
		rises[i], falls[i] = number(0), number(0)
		switch move := sub(x[i], x[i-1]); move.Sign() {
		case 1:
			rises[i] = float(move)
		case -1:
			falls[i] = float(move.Neg(move))
		}
	}
	weight := new(big.Float).Quo(number(1), number(n))
	up, down := smooth(rises, n, weight), smooth(falls, n, weight)
	y := make([]value, len(x))
	for i := range x {
		if up[i] == nil {
			continue
		}
		if all := new(big.Float).Add(up[i], down[i]); all.Sign() > 0 {
			y[i] = all.Quo(new(big.Float).Mul(up[i], number(100)), all)
		}
	}
	return y
}

// Truth is what a condition says of a bar.
type Truth int8

// What a condition can say. The zero value is not ready.
const (
	NotReady Truth = iota
	False
	True
)

func truth(is bool) Truth {
	if is {
		return True
	}
	return False
}

func both(a, b Truth) Truth {
	switch {
	case a == False || b == False:
		return False
	case a == True && b == True:
		return True
	}
	return NotReady
}

// crosses says where a rises above b.
func crosses(a, b []value) []Truth {
	is := make([]Truth, len(a))
	for i := 1; i < len(a); i++ {
		if a[i-1] != nil && b[i-1] != nil {
			is[i] = truth(a[i].Cmp(b[i]) > 0 && a[i-1].Cmp(b[i-1]) <= 0)
		}
	}
	return is
}

// CrossAbove says where the fast exponential mean of the close rises above the
// slow one.
func CrossAbove(fast, slow int) func(Series) []Truth {
	return func(s Series) []Truth { return crosses(mean(s.Close, fast), mean(s.Close, slow)) }
}

// CrossBelow says where it falls below.
func CrossBelow(fast, slow int) func(Series) []Truth {
	return func(s Series) []Truth { return crosses(mean(s.Close, slow), mean(s.Close, fast)) }
}

// Weak says where the relative strength of the close is below a level.
func Weak(n, level int) func(Series) []Truth { return strong(n, level, -1) }

// Strong says where it is above.
func Strong(n, level int) func(Series) []Truth { return strong(n, level, 1) }

func strong(n, level, sign int) func(Series) []Truth {
	return func(s Series) []Truth {
		is := make([]Truth, len(s.Close))
		for i, v := range strength(s.Close, n) {
			if v != nil {
				is[i] = truth(v.Cmp(number(level)) == sign)
			}
		}
		return is
	}
}

// AboveChannel says where the close is above every high of the n bars before.
func AboveChannel(n int) func(Series) []Truth {
	return func(s Series) []Truth { return beyond(s.Close, s.High, n, 1) }
}

// BelowChannel says where it is below every low of them.
func BelowChannel(n int) func(Series) []Truth {
	return func(s Series) []Truth { return beyond(s.Close, s.Low, n, -1) }
}

func beyond(x, edge []*big.Rat, n, sign int) []Truth {
	is := make([]Truth, len(x))
	for i := n; i < len(x); i++ {
		is[i] = True
		for _, e := range edge[i-n : i] {
			is[i] = both(is[i], truth(x[i].Cmp(e) == sign))
		}
	}
	return is
}
