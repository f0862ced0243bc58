package num_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"rulebot/engine/num"
)

func ratOf(t *rapid.T, p num.Price) *big.Rat {
	r, ok := new(big.Rat).SetString(p.String())
	if !ok {
		t.Fatalf("%s is not a fraction", p)
	}
	return r
}

// TestSteps compares rounding to steps, of one decimal place or any other
// size, with whole numbers of steps in exact fractions.
func TestSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := num.PriceOf(rapid.Int64Range(0, 10_000_000_000).Draw(t, "a"), rapid.IntRange(0, 8).Draw(t, "scale"))
		step := num.PriceOf(rapid.SampledFrom([]int64{1, 1, 2, 5, 10, 25, 100}).Draw(t, "step"), rapid.IntRange(0, 8).Draw(t, "step scale"))
		floor, err := num.FloorTo(a, step)
		if err != nil {
			t.Fatal(err)
		}
		ceil, err := num.CeilTo(a, step)
		if err != nil {
			t.Fatal(err)
		}
		count := new(big.Rat).Quo(ratOf(t, a), ratOf(t, step))
		whole := new(big.Int).Quo(count.Num(), count.Denom())
		want := new(big.Rat).Mul(new(big.Rat).SetInt(whole), ratOf(t, step))
		if ratOf(t, floor).Cmp(want) != 0 {
			t.Fatalf("%s down to steps of %s: got %s, want %s", a, step, floor, want.FloatString(10))
		}
		if !count.IsInt() {
			want.Add(want, ratOf(t, step))
		}
		if ratOf(t, ceil).Cmp(want) != 0 {
			t.Fatalf("%s up to steps of %s: got %s, want %s", a, step, ceil, want.FloatString(10))
		}
		if got := num.IsMultiple(a, step); got != count.IsInt() {
			t.Fatalf("%s in steps of %s: got a multiple %v, want %v", a, step, got, count.IsInt())
		}
	})
	for _, step := range []string{"0", "-0.01"} {
		if _, err := num.FloorTo(num.MustPrice("1"), num.MustPrice(step)); err == nil {
			t.Errorf("down to steps of %s: got no error", step)
		}
		if _, err := num.CeilTo(num.MustPrice("1"), num.MustPrice(step)); err == nil {
			t.Errorf("up to steps of %s: got no error", step)
		}
	}
	if _, err := num.FloorTo(num.MustPrice("-1"), num.MustPrice("0.1")); err == nil {
		t.Error("a negative price: got no error")
	}
}
