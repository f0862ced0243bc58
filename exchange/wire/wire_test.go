package wire_test

import (
	"errors"
	"strings"
	"testing"

	"rulebot/exchange/wire"
)

// TestRefused: what two parsers could read in two ways, and what only an
// attacker nests.
func TestRefused(t *testing.T) {
	for name, text := range map[string]string{
		"a key twice":   `{"a":1,"b":{"c":1,"c":2}}`,
		"too deep":      strings.Repeat("[", 40) + strings.Repeat("]", 40),
		"not JSON":      `{"a":`,
		"too many keys": `{` + strings.TrimSuffix(manyKeys(300), ",") + `}`,
	} {
		if _, err := new(wire.Decoder).Parse([]byte(text)); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`"` + strings.Repeat("k", i+1) + `":1,`)
	}
	return b.String()
}

// TestRowKeepsItsFirstError: what is read after it is zero.
func TestRowKeepsItsFirstError(t *testing.T) {
	v, err := new(wire.Decoder).Parse([]byte(`{"px":"1.50","sz":2,"ts":"1597026383085","side":"buy","empty":"","list":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	r := wire.NewRow(v, nil)
	if p, q, at := r.Price("px"), r.Quantity("sz"), r.Milli("ts"); r.Err != nil || p.String() != "1.5" || q.String() != "2" || at.Milli() != 1597026383085 {
		t.Errorf("got %s, %s, %s, %v", p, q, at, r.Err)
	}
	if r.Price("empty"); !errors.Is(r.Err, wire.ErrMissing) {
		t.Errorf("got %v", r.Err)
	}
	if p := r.Price("px"); p.Sign() != 0 || !errors.Is(r.Err, wire.ErrMissing) {
		t.Errorf("after an error: %s, %v", p, r.Err)
	}
	other := wire.NewRow(v, nil)
	if other.Text("list"); !errors.Is(other.Err, wire.ErrShape) {
		t.Errorf("got %v", other.Err)
	}
}

func TestMilli(t *testing.T) {
	for text, good := range map[string]bool{"0": true, "1597026383085": true, "-1": false, "1.5": false, "": false, "9999999999999": false} {
		if _, err := wire.ParseMilli([]byte(text)); (err == nil) != good {
			t.Errorf("%q: got %v", text, err)
		}
	}
}
