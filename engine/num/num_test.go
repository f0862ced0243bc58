package num_test

import (
	"errors"
	"math"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"rulebot/engine/num"
)

func TestParse(t *testing.T) {
	tests := []struct{ in, want string }{
		{"0", "0"},
		{"-0", "0"},
		{"0.000", "0"},
		{"-0.0", "0"},
		{"1", "1"},
		{"-1.50", "-1.5"},
		{"007", "7"},
		{"100", "100"},
		{"0.000000000000000001", "0.000000000000000001"},
		{"999999999999999999", "999999999999999999"},
		{"999999999999999999.9", "999999999999999999.9"},
		{"9.999999999999999999", "9.999999999999999999"},
		{"000000000000000001.100000000000000000", "1.1"},
	}
	for _, tt := range tests {
		a, err := num.ParsePrice(tt.in)
		if err != nil || a.String() != tt.want {
			t.Errorf("%s: got %s and error %v, want %s", tt.in, a, err, tt.want)
		}
	}
	for _, bad := range []string{
		"", "-", ".", ".5", "5.", "+1", " 1", "1 ", "1e5", "1E5", "0x1", "1_000", "1,000", "--1", "1.2.3", "NaN", "Inf", "١",
		"1000000000000000000", "0.0000000000000000001", strings.Repeat("9", 1000),
	} {
		if a, err := num.ParsePrice(bad); err == nil || !a.IsZero() || len(err.Error()) > 200 {
			t.Errorf("%q: got %s and error %v", bad, a, err)
		}
	}
	for _, long := range []string{"12345678901.123456789", "100000000000000000.01"} { // 20 digits
		if _, err := num.ParsePrice(long); !errors.Is(err, num.ErrInexact) {
			t.Errorf("%s: got error %v, want %v", long, err, num.ErrInexact)
		}
	}
}

// TestDivDown has the cases where rounding to nearest, or in two steps, would
// come out above.
func TestDivDown(t *testing.T) {
	tests := []struct {
		a, b  string
		scale int
		want  string // "" when refused
	}{
		{"2", "3", 0, "0"},
		{"2", "3", 2, "0.66"},
		{"-2", "3", 2, "-0.66"},
		{"2", "-3", 2, "-0.66"},
		{"-2", "-3", 2, "0.66"},
		{"1", "3", 18, "0.333333333333333333"},
		{"2", "3", 19, "0.6666666666666666666"},
		{"999999999999999999", "1", 0, "999999999999999999"},
		{"999999999999999999", "1", 1, "999999999999999999"},
		{"999999999999999999", "1", 2, ""},
		{"9.999999999999999999", "10", 18, "0.999999999999999999"},
		{"0.000000000000000001", "999999999999999999", 19, "0"},
		{"1", "0.000000000000000001", 0, "1000000000000000000"},
		{"1", "0.000000000000000001", 1, ""},
		{"0.000000000000000001", "0.000000000000000003", 18, "0.333333333333333333"},
		{"10", "0.000000000000000003", 0, "3333333333333333333"},
		{"27.9", "0.000000000000000003", 0, "9300000000000000000"},
		{"30", "0.000000000000000003", 0, ""},
		{"1", "0", 2, ""},
		{"0", "0", 2, ""},
		{"0", "5", 2, "0"},
		{"1", "3", -1, ""},
		{"1", "3", 20, ""},
	}
	for _, tt := range tests {
		var c num.Calc
		got := num.DivDown[num.MoneyUnit](&c, num.MustMoney(tt.a), num.MustMoney(tt.b), tt.scale)
		if tt.want == "" {
			if !errors.Is(c.Err(), num.ErrInexact) || !got.IsZero() {
				t.Errorf("%s ÷ %s to %d places: got %s and error %v, want it refused", tt.a, tt.b, tt.scale, got, c.Err())
			}
			continue
		}
		if c.Err() != nil || got.String() != tt.want {
			t.Errorf("%s ÷ %s to %d places: got %s and error %v, want %s", tt.a, tt.b, tt.scale, got, c.Err(), tt.want)
		}
	}
}

// TestCalcKeepsTheFirstRefusal: nothing after it counts.
func TestCalcKeepsTheFirstRefusal(t *testing.T) {
	var c num.Calc
	one, big := num.MustMoney("1"), num.MustMoney("999999999999999999.9")
	_ = num.Mul(&c, big, big)
	first := c.Err()
	results := []num.Money{
		num.Add(&c, one, one), num.Sub(&c, one, one), num.Mul(&c, one, one), num.MulDown(&c, one, one, 2),
		num.MulDivDown(&c, one, one, one, 2), num.DivDown[num.MoneyUnit](&c, one, one, 2),
		num.QuantityFor(&c, one, num.MustPrice("0"), num.MustQuantity("1")).Money(),
	}
	for i, r := range results {
		if !r.IsZero() {
			t.Errorf("operation %d after a refusal: got %s, want 0", i, r)
		}
	}
	if first == nil || !errors.Is(c.Err(), num.ErrInexact) || c.Err().Error() != first.Error() {
		t.Errorf("got error %v, want the first, %v", c.Err(), first)
	}
}

func TestFromFloatRefuses(t *testing.T) {
	step := num.MustQuantity("0.01")
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -0.01, -5e-324, 1e15, math.MaxFloat64} {
		if q, err := num.FromFloatDown(f, step); err == nil || !q.IsZero() {
			t.Errorf("%v down: got %s and error %v", f, q, err)
		}
		if q, err := num.FromFloatUp(f, step); err == nil || !q.IsZero() {
			t.Errorf("%v up: got %s and error %v", f, q, err)
		}
	}
}

func TestFromFloat(t *testing.T) {
	tests := []struct {
		f              float64
		step, down, up string
	}{
		{0.3, "0.1", "0.3", "0.3"}, // not the binary number below it
		{0, "0.1", "0", "0"},
		{math.Copysign(0, -1), "0.1", "0", "0"},
		{0.29, "0.1", "0.2", "0.3"},
		{5e-324, "0.01", "0", "0.01"},
		{1e-19, "0.000000000000000001", "0", "0.000000000000000001"},
		{math.Nextafter(0.001, 1), "0.001", "0.001", "0.002"},
		{123456.789, "0.25", "123456.75", "123457"},
		{999999999999999, "1", "999999999999999", "999999999999999"},
	}
	for _, tt := range tests {
		step := num.MustQuantity(tt.step)
		down, err := num.FromFloatDown(tt.f, step)
		up, errUp := num.FromFloatUp(tt.f, step)
		if err != nil || errUp != nil || down.String() != tt.down || up.String() != tt.up {
			t.Errorf("%v in steps of %s: got %s and %s (%v, %v), want %s and %s", tt.f, step, down, up, err, errUp, tt.down, tt.up)
		}
	}
}

var form = regexp.MustCompile(`^-?[0-9]{1,18}(\.[0-9]{1,18})?$`)

// FuzzParse: what is read is exactly what is written, and nothing else than
// plain decimals is read.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"0", "-0", "1.50", "007", "1e9", "9999999999999999999", "0.000000000000000001", "12345678901.123456789"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := num.ParseMoney(s)
		if err != nil {
			if form.MatchString(s) && !errors.Is(err, num.ErrInexact) {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok || !form.MatchString(s) || rat(a).Cmp(want) != 0 {
			t.Fatalf("%q reads as %s", s, a)
		}
		if back, err := num.ParseMoney(a.String()); err != nil || back != a {
			t.Fatalf("%q reads as %s, which reads as %s (%v)", s, a, back, err)
		}
	})
}

func BenchmarkAmounts(b *testing.B) {
	p, q, bid := num.MustPrice("64321.57"), num.MustQuantity("0.01234567"), num.MustPrice("64321.56")
	var c num.Calc
	var sink float64
	run := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
	run("Add", func() { num.Add(&c, p, bid) })
	run("Cost", func() { num.Cost(&c, p, q) })
	run("Cmp", func() { p.Cmp(bid) })
	run("Float", func() { sink += p.Float() })
	run("DivDown", func() { num.DivDown[num.QuantityUnit](&c, p, bid, 8) })
	run("FloorTo", func() { _, _ = num.FloorTo(p, bid) })
	if c.Err() != nil || math.IsNaN(sink) {
		b.Fatal(c.Err())
	}
}

// TestAmountsDoNotAllocate: what runs at every market event makes no garbage.
func TestAmountsDoNotAllocate(t *testing.T) {
	p, q, bid := num.MustPrice("64321.57"), num.MustQuantity("0.01234567"), num.MustPrice("64321.56")
	var c num.Calc
	got := testing.AllocsPerRun(100, func() {
		num.Add(&c, p, bid)
		num.Cost(&c, p, q)
		num.DivDown[num.QuantityUnit](&c, p, bid, 8)
		_ = p.Cmp(bid)
		_ = p.Float()
	})
	if got != 0 {
		t.Errorf("got %v allocations, want 0", got)
	}
}
