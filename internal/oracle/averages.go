package oracle

import (
	"math"
	"math/big"
)

// WMA is the mean with weights 1 to n, the newest heaviest.
func WMA(x Series, n int) Series {
	return windows(x, n, func(window Series) *big.Float {
		sum, weights := exact(0), exact(0)
		for i, x := range window {
			sum, weights = add(sum, mul(whole(i+1), x)), add(weights, whole(i+1))
		}
		return quo(sum, weights)
	})
}

// emas are k EMA, each of the one before.
func emas(x Series, n, k int) []Series {
	var es []Series
	for range k {
		x = EMA(x, n)
		es = append(es, x)
	}
	return es
}

// DEMA is 2 × E1 - E2.
func DEMA(x Series, n int) Series {
	e := emas(x, n, 2)
	return each(times(2, e[0]), e[1], sub)
}

// TEMA is 3 × E1 - 3 × E2 + E3.
func TEMA(x Series, n int) Series {
	e := emas(x, n, 3)
	return each(times(3, each(e[0], e[1], sub)), e[2], add)
}

// T3 is Tillson's, of six EMA and a volume factor b.
func T3(x Series, n int, b float64) Series {
	e := emas(x, n, 6)
	one := exact(b)
	two, three := mul(one, one), mul(mul(one, one), one)
	weights := [4]*big.Float{ // of E3, E4, E5, E6
		add(add(exact(1), mul(exact(3), one)), add(three, mul(exact(3), two))),
		sub(exact(0), add(mul(exact(6), two), add(mul(exact(3), one), mul(exact(3), three)))),
		mul(exact(3), add(two, three)),
		sub(exact(0), three),
	}
	out := make(Series, len(x))
	for i := range x {
		if e[5][i] == nil {
			continue
		}
		out[i] = exact(0)
		for k, w := range weights {
			out[i] = add(out[i], mul(w, e[k+2][i]))
		}
	}
	return out
}

// TRIX is the change of E3 in percent of its value before.
func TRIX(x Series, n int) Series { return ROC(emas(x, n, 3)[2], 1) }

// HMA is WMA(2 × WMA(n/2) - WMA(n), √n), lengths rounded down.
func HMA(x Series, n int) Series {
	return WMA(each(times(2, WMA(x, n/2)), WMA(x, n), sub), int(math.Sqrt(float64(n))))
}

// TRIMA is SMA of SMA.
func TRIMA(x Series, n int) Series {
	if n%2 == 1 {
		return SMA(SMA(x, (n+1)/2), (n+1)/2)
	}
	return SMA(SMA(x, n/2), n/2+1)
}

// KAMA is Kaufman's, from the n-th value on; its first is the one after.
func KAMA(x Series, n int) Series {
	out := make(Series, len(x))
	if len(x) <= n {
		return out
	}
	slow, fast := quo(exact(2), exact(31)), quo(exact(2), exact(3))
	k := x[n-1]
	for i := n; i < len(x); i++ {
		way := exact(0)
		for j := i - n + 1; j <= i; j++ {
			way = add(way, size(sub(x[j], x[j-1])))
		}
		er := exact(1)
		if way.Sign() != 0 {
			er = quo(size(sub(x[i], x[i-n])), way)
		}
		sc := add(mul(er, sub(fast, slow)), slow)
		k = add(k, mul(mul(sc, sc), sub(x[i], k)))
		out[i] = k
	}
	return out
}

func size(x *big.Float) *big.Float { return exact(0).Abs(x) }

// VWMA is the mean weighted by volume; nil without any.
func VWMA(x, volume Series, n int) Series {
	return pairs(x, volume, n, weighted)
}

func weighted(x, weight Series) *big.Float {
	sum := exact(0)
	for i := range x {
		sum = add(sum, mul(x[i], weight[i]))
	}
	if all := total(weight); all.Sign() != 0 {
		return quo(sum, all)
	}
	return nil
}

// DayVWAP is the mean weighted by volume since the day began; nil without any.
func DayVWAP(x, volume Series, day []int64) Series {
	out := make(Series, len(x))
	sum, all := exact(0), exact(0)
	for i := range x {
		if i > 0 && day[i] != day[i-1] {
			sum, all = exact(0), exact(0)
		}
		sum, all = add(sum, mul(x[i], volume[i])), add(all, volume[i])
		if all.Sign() != 0 {
			out[i] = quo(sum, all)
		}
	}
	return out
}

// MACD is the difference of two EMA, the EMA of that, and what is between.
func MACD(x Series, fast, slow, signal int) [3]Series {
	return converge(each(EMA(x, fast), EMA(x, slow), sub), signal)
}

// PPO is MACD in percent of the slow EMA.
func PPO(x Series, fast, slow, signal int) [3]Series {
	line := times(100, each(each(EMA(x, fast), EMA(x, slow), sub), EMA(x, slow), ratio))
	return converge(line, signal)
}

func converge(line Series, n int) [3]Series {
	signal := EMA(line, n)
	return [3]Series{line, signal, each(line, signal, sub)}
}
