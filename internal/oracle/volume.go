package oracle

import "math/big"

// OBV adds the volume of a bar that closed higher, and subtracts that of one
// that closed lower, from 0 on.
func OBV(last, volume Series) Series {
	out, sum := make(Series, len(last)), exact(0)
	for i := range last {
		if i > 0 {
			sum = add(sum, mul(volume[i], whole(last[i].Cmp(last[i-1]))))
		}
		out[i] = sum
	}
	return out
}

// flows are volume × ((close - low) - (high - close)) ÷ (high - low).
func flows(high, low, last, volume Series) Series {
	out := make(Series, len(last))
	for i := range last {
		lean := sub(sub(last[i], low[i]), sub(high[i], last[i]))
		out[i] = mul(volume[i], ratio(lean, sub(high[i], low[i])))
	}
	return out
}

// ADL is the sum of all flows.
func ADL(high, low, last, volume Series) Series {
	out, sum := make(Series, len(last)), exact(0)
	for i, f := range flows(high, low, last, volume) {
		sum = add(sum, f)
		out[i] = sum
	}
	return out
}

// ADOsc is a fast EMA of ADL less a slow one, both from its first value on.
func ADOsc(high, low, last, volume Series, fast, slow int) Series {
	line := ADL(high, low, last, volume)
	follow := func(n int) Series {
		out, alpha := make(Series, len(line)), quo(exact(2), whole(n+1))
		for i, x := range line {
			if out[i] = x; i > 0 {
				out[i] = add(out[i-1], mul(alpha, sub(x, out[i-1])))
			}
		}
		return out
	}
	out := each(follow(fast), follow(slow), sub)
	for i := range min(max(fast, slow)-1, len(out)) {
		out[i] = nil
	}
	return out
}

// CMF is the sum of n flows by that of the volume.
func CMF(high, low, last, volume Series, n int) Series {
	return each(Sum(flows(high, low, last, volume), n), Sum(volume, n), ratio)
}

// HeikinAshi is the open, high, low and close of smoothed bars.
func HeikinAshi(open, high, low, last Series) [4]Series {
	var out [4]Series
	for k := range out {
		out[k] = make(Series, len(open))
	}
	for i := range open {
		from, to := open[i], last[i]
		if i > 0 {
			from, to = out[0][i-1], out[3][i-1]
		}
		first, newest := quo(add(from, to), exact(2)), mean(Series{open[i], high[i], low[i], last[i]})
		out[0][i], out[3][i] = first, newest
		out[1][i] = extreme(Series{high[i], first, newest}, 1)
		out[2][i] = extreme(Series{low[i], first, newest}, -1)
	}
	return out
}

// Pivots are P, R1, R2, R3, S1, S2 and S3 of the day before, nil where that
// day has no bar.
func Pivots(high, low, last Series, day []int64) [7]Series {
	var out [7]Series
	for k := range out {
		out[k] = make(Series, len(last))
	}
	from, until := 0, 0 // the day before
	var known [7]*big.Float
	for i := range last {
		if day[i] != day[max(i-1, 0)] {
			from, until = until, i
			known = [7]*big.Float{}
			if day[until-1] == day[i]-1 {
				known = levels(extreme(high[from:until], 1), extreme(low[from:until], -1), last[until-1])
			}
		}
		for k, level := range known {
			out[k][i] = level
		}
	}
	return out
}

func levels(h, l, c *big.Float) [7]*big.Float {
	p := quo(add(add(h, l), c), exact(3))
	twice := func(x *big.Float) *big.Float { return mul(exact(2), x) }
	return [7]*big.Float{
		p, sub(twice(p), l), add(p, sub(h, l)), add(h, twice(sub(p, l))),
		sub(twice(p), h), sub(p, sub(h, l)), sub(l, twice(sub(h, p))),
	}
}
