package html_test

import (
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"io"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rulebot/engine/report/html"
)

// unpacked reads a column as the page does.
func unpacked(t *rapid.T, data string, scale int) []float64 {
	raw, err := io.ReadAll(flate.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(data))))
	if err != nil {
		t.Fatal(err)
	}
	var values []float64
	sum := int32(0)
	for ; len(raw) > 0; raw = raw[4:] {
		d := int32(binary.LittleEndian.Uint32(raw))
		if d == math.MinInt32 {
			values = append(values, math.NaN())
			continue
		}
		sum += d
		values = append(values, float64(sum)/math.Pow10(scale))
	}
	return values
}

// TestColumns: what is read back is what was packed, to nine digits of the
// largest number or eight after the point.
func TestColumns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := math.Pow10(rapid.IntRange(-6, 15).Draw(t, "unit"))
		values := rapid.SliceOf(rapid.OneOf(rapid.Float64Range(-1, 1), rapid.Just(math.NaN()), rapid.SampledFrom([]float64{0, 1, -1}))).Draw(t, "values")
		largest := 0.0
		for i := range values {
			values[i] *= unit
			if v := math.Abs(values[i]); v > largest {
				largest = v
			}
		}
		data, scale, err := html.Pack(values)
		if err != nil {
			t.Fatal(err)
		}
		got := unpacked(t, data, scale)
		if len(got) != len(values) {
			t.Fatalf("%d values, want %d", len(got), len(values))
		}
		for i, v := range values {
			if math.IsNaN(v) != math.IsNaN(got[i]) || math.Abs(got[i]-v) > max(5.1e-9, largest*1e-8) {
				t.Fatalf("value %d of scale %d: got %v, want %v", i, scale, got[i], v)
			}
		}
	})
}

// TestCellText: what rounds to nothing has no sign.
func TestCellText(t *testing.T) {
	for pct, want := range map[float64]string{-0.004: "0.00", 0.004: "0.00", -0.006: "-0.01", 1.25: "1.25"} {
		if got := html.CellText(pct); got != want {
			t.Errorf("%v %% is shown as %q, want %q", pct, got, want)
		}
	}
}
