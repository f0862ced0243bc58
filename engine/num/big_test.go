package num_test

import (
	"errors"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rulebot/engine/num"
)

// text draws a decimal that Parse takes: up to 19 significant digits anywhere,
// with those near the bounds often.
func text(t *rapid.T, label string) string {
	coef := rapid.OneOf(
		rapid.Uint64Range(0, 1e19-1),
		rapid.Uint64Range(0, 1e9),
		rapid.SampledFrom([]uint64{0, 1, 9, 10, 1 << 53, 1<<53 + 1, 1 << 63, 1<<63 - 1, 1e18, 1e19 - 1}),
	).Draw(t, label)
	digits := strconv.FormatUint(coef, 10)
	scale := rapid.IntRange(max(0, len(digits)-18), 18).Draw(t, label+" scale")
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	if scale > 0 {
		digits = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	if strings.Trim(digits, "0.") != "" && rapid.Bool().Draw(t, label+" negative") {
		return "-" + digits
	}
	return digits
}

func price(t *rapid.T, label string) num.Price {
	s := text(t, label)
	p, err := num.ParsePrice(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return p
}

func quantity(t *rapid.T, label string) num.Quantity {
	return num.AsQuantity(price(t, label).Money())
}

func rat[U num.Unit](a num.Amount[U]) *big.Rat {
	r, ok := new(big.Rat).SetString(a.String())
	if !ok {
		panic("not a number: " + a.String())
	}
	return r
}

// unit returns 10^-scale.
func unit(scale int) *big.Rat {
	return new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
}

// cut returns r in whole steps, toward zero.
func cut(r, step *big.Rat) *big.Rat {
	n := new(big.Rat).Quo(r, step)
	return n.SetInt(new(big.Int).Quo(n.Num(), n.Denom())).Mul(n, step)
}

// fits reports whether r is a whole number of 10^-scale of at most 19 digits.
func fits(r *big.Rat, scale int) bool {
	n := new(big.Rat).Quo(r, unit(scale))
	return n.IsInt() && n.Num().CmpAbs(new(big.Int).Exp(big.NewInt(10), big.NewInt(19), nil)) < 0
}

// judge holds that a result is exactly what it should be, or refused because
// it does not fit 19 digits of its scale.
func judge[U num.Unit](t *rapid.T, what string, got num.Amount[U], err error, want *big.Rat, scale int) {
	t.Helper()
	may := scale >= 0 && scale <= 19 && fits(want, scale)
	switch {
	case err != nil && may:
		t.Fatalf("%s: refused, want %s", what, want.FloatString(20))
	case err != nil && (!errors.Is(err, num.ErrInexact) || !got.IsZero()):
		t.Fatalf("%s: got %s and error %v", what, got, err)
	case err == nil && rat(got).Cmp(want) != 0:
		t.Fatalf("%s: got %s, want %s", what, got, want.FloatString(20))
	}
}

// TestExactOrRefused compares the exact operations with fractions of any size.
func TestExactOrRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, q := price(t, "a"), price(t, "b"), quantity(t, "q")
		longer := max(a.Scale(), b.Scale())
		var add, sub, mul, cost num.Calc
		sum, diff := num.Add(&add, a, b), num.Sub(&sub, a, b)
		product, worth := num.Mul(&mul, a, q), num.Cost(&cost, a, q)
		judge(t, "sum", sum, add.Err(), new(big.Rat).Add(rat(a), rat(b)), longer)
		judge(t, "difference", diff, sub.Err(), new(big.Rat).Sub(rat(a), rat(b)), longer)
		judge(t, "product", product, mul.Err(), new(big.Rat).Mul(rat(a), rat(q)), a.Scale()+q.Scale())
		judge(t, "cost", worth, cost.Err(), new(big.Rat).Mul(rat(a), rat(q)), a.Scale()+q.Scale())
		if got, want := a.Cmp(b), rat(a).Cmp(rat(b)); got != want || a.Less(b) != (want < 0) || (a == b) != (want == 0) {
			t.Fatalf("%s and %s compare as %d, want %d", a, b, got, want)
		}
		if got := a.Max(b); got.Less(a) || got.Less(b) || got != a && got != b {
			t.Fatalf("max of %s and %s: got %s", a, b, got)
		}
		if got := a.Min(b); a.Less(got) || b.Less(got) || got != a && got != b {
			t.Fatalf("min of %s and %s: got %s", a, b, got)
		}
		if rat(a.Neg()).Cmp(new(big.Rat).Neg(rat(a))) != 0 || rat(a.Abs()).Cmp(new(big.Rat).Abs(rat(a))) != 0 {
			t.Fatalf("%s: negative %s, absolute %s", a, a.Neg(), a.Abs())
		}
	})
}

// TestDivisions compares what rounds by name with fractions of any size.
func TestDivisions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, q := price(t, "a"), quantity(t, "b"), quantity(t, "q")
		scale := rapid.IntRange(0, 19).Draw(t, "scale")
		product := new(big.Rat).Mul(rat(a), rat(q))
		var c num.Calc
		got := num.MulDown(&c, a, q, scale)
		if err := c.Err(); err == nil || fits(cut(product, unit(scale)), scale) {
			judge(t, "product down", got, err, cut(product, unit(scale)), scale)
		}
		var div, share num.Calc
		quotient := num.DivDown[num.MoneyUnit](&div, a, b, scale)
		part := num.MulDivDown(&share, a, q, b, scale)
		if b.IsZero() {
			if div.Err() == nil || share.Err() == nil {
				t.Fatalf("divided by zero: %s, %s", quotient, part)
			}
			return
		}
		judge(t, "quotient", quotient, div.Err(), cut(new(big.Rat).Quo(rat(a), rat(b)), unit(scale)), scale)
		judge(t, "share", part, share.Err(), cut(new(big.Rat).Quo(product, rat(b)), unit(scale)), scale)
		var per num.Calc
		average := num.PriceFor(&per, a.Money(), b, scale)
		judge(t, "average", average, per.Err(), cut(new(big.Rat).Quo(rat(a), rat(b)), unit(scale)), scale)
	})
}

// TestQuantityFor: it is affordable, and one lot more is not.
func TestQuantityFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, p := price(t, "money").Abs().Money(), price(t, "price").Abs()
		lot := num.QuantityOf(rapid.SampledFrom([]int64{1, 5, 25, 100, 3}).Draw(t, "lot"), rapid.IntRange(0, 12).Draw(t, "lot scale"))
		var c num.Calc
		q := num.QuantityFor(&c, m, p, lot)
		if c.Err() != nil {
			if p.IsZero() {
				return
			}
			quotient := cut(new(big.Rat).Quo(rat(m), rat(p)), unit(lot.Scale()))
			judge(t, "quantity", q, c.Err(), quotient, lot.Scale())
			return
		}
		if want := cut(new(big.Rat).Quo(rat(m), rat(p)), rat(lot)); rat(q).Cmp(want) != 0 {
			t.Fatalf("%s at %s in lots of %s: got %s, want %s", m, p, lot, q, want.FloatString(20))
		}
	})
}

// TestGrid compares the roundings to steps and places, and what they refuse.
func TestGrid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, step := price(t, "a"), price(t, "step")
		down, errDown := num.FloorTo(a, step)
		up, errUp := num.CeilTo(a, step)
		if a.Sign() < 0 || step.Sign() <= 0 {
			if errDown == nil || errUp == nil || !down.IsZero() || !up.IsZero() || num.IsMultiple(a, step) {
				t.Fatalf("%s in steps of %s: got %s and %s", a, step, down, up)
			}
			return
		}
		want := cut(rat(a), rat(step))
		if errDown == nil && rat(down).Cmp(want) != 0 {
			t.Fatalf("%s down to steps of %s: got %s, want %s", a, step, down, want.FloatString(20))
		}
		whole := want.Cmp(rat(a)) == 0
		if errDown == nil && num.IsMultiple(a, step) != whole {
			t.Fatalf("%s is a multiple of %s: got %v, want %v", a, step, !whole, whole)
		}
		if !whole {
			want.Add(want, rat(step))
		}
		if errUp == nil && rat(up).Cmp(want) != 0 {
			t.Fatalf("%s up to steps of %s: got %s, want %s", a, step, up, want.FloatString(20))
		}
		for _, err := range []error{errDown, errUp} {
			if err != nil && !errors.Is(err, num.ErrInexact) {
				t.Fatalf("%s in steps of %s: %v", a, step, err)
			}
		}
	})
}

func TestPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, scale := price(t, "a"), rapid.IntRange(-1, 19).Draw(t, "scale")
		want := cut(rat(a), unit(max(scale, 0)))
		if down := num.RoundDown(a, scale); rat(down).Cmp(want) != 0 {
			t.Fatalf("%s down to %d places: got %s, want %s", a, scale, down, want.FloatString(20))
		}
		if want.Cmp(rat(a)) != 0 {
			want.Add(want, new(big.Rat).Mul(unit(max(scale, 0)), big.NewRat(int64(a.Sign()), 1)))
		}
		var c num.Calc
		up := num.RoundUp(&c, a, scale)
		judge(t, "up", up, c.Err(), want, max(scale, 0))
	})
}

// TestFloats: a rule's number becomes the multiple below or above its shortest
// text, and an amount becomes the float that its text would.
func TestFloats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.OneOf(rapid.Float64Range(0, 1e15-1), rapid.Float64Range(0, 1), rapid.Float64Range(0, 1e-12)).Draw(t, "f")
		step := num.QuantityOf(rapid.SampledFrom([]int64{1, 5, 25, 3}).Draw(t, "step"), rapid.IntRange(0, 18).Draw(t, "step scale"))
		exact, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'f', -1, 64))
		want := cut(exact, rat(step))
		down, err := num.FromFloatDown(f, step)
		if err == nil && rat(down).Cmp(want) != 0 {
			t.Fatalf("%v down to steps of %s: got %s, want %s", f, step, down, want.FloatString(20))
		}
		if want.Cmp(exact) != 0 {
			want.Add(want, rat(step))
		}
		up, errUp := num.FromFloatUp(f, step)
		if errUp == nil && rat(up).Cmp(want) != 0 {
			t.Fatalf("%v up to steps of %s: got %s, want %s", f, step, up, want.FloatString(20))
		}
		if (err != nil || errUp != nil) && f < 1e6 && step.Scale() <= 8 {
			t.Fatalf("%v in steps of %s: refused: %v, %v", f, step, err, errUp)
		}
	})
}

func TestFloat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := price(t, "a")
		want, err := strconv.ParseFloat(a.String(), 64)
		if got := a.Float(); err != nil || got != want {
			t.Fatalf("%s: got %v, want %v (%v)", a, got, want, err)
		}
	})
}

// TestTextRoundTrip: text, amount and text again, in the shortest form.
func TestTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := text(t, "a")
		a, err := num.ParseMoney(s)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := new(big.Rat).SetString(s)
		if rat(a).Cmp(want) != 0 {
			t.Fatalf("%s reads as %s", s, a)
		}
		if got := a.String(); strings.Contains(got, ".") && strings.HasSuffix(got, "0") || got == "-0" {
			t.Fatalf("%s is written %s", s, got)
		}
		b, err := a.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back num.Money
		if err := back.UnmarshalText(b); err != nil || back != a {
			t.Fatalf("%s: got %s and error %v", b, back, err)
		}
	})
}
