package synth

import "math"

// random is a SplitMix64 generator: one 64-bit word of state, the same
// sequence everywhere.
type random struct{ state uint64 }

// seeded returns a generator of its own for every seed and name.
func seeded(seed uint64, name string) random {
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	r := random{seed}
	r.state = r.next() ^ h
	return r
}

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// uniform returns a multiple of 2^-53 from 0 to below 1.
func (r *random) uniform() float64 { return float64(r.next()>>11) / (1 << 53) }

// below returns a whole number from 0 to n-1. Its bias, n in 2^31, is of no
// account here.
func (r *random) below(n int) int { return int((r.next() >> 33) * uint64(n) >> 31) }

// normal returns a number that is normal but for its tails, which end at six:
// the sum of twelve uniform 16-bit numbers, exact in integers.
func (r *random) normal() float64 {
	sum := -int64(12 * 65535 / 2)
	for range 3 {
		w := r.next()
		sum += int64(w&0xffff) + int64(w>>16&0xffff) + int64(w>>32&0xffff) + int64(w>>48)
	}
	return float64(float64(sum) / 65536)
}

// exp returns e^x to about 12 digits, and the same bits on every machine: the
// one of package math does not promise that. It is for |x| below 700.
func exp(x float64) float64 {
	const log2e, ln2 = 1.4426950408889634, 0.6931471805599453
	y := float64(x * log2e)
	whole := math.Floor(y + 0.5)
	r := float64((y - whole) * ln2) // within ±0.35
	p := 1.0
	for k := 11; k > 0; k-- { // Taylor's sum, innermost term first
		p = 1 + float64(p*r)/float64(k)
	}
	return float64(p * math.Float64frombits(uint64(int64(whole)+1023)<<52))
}
