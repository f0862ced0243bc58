package front_test

import (
	"testing"
	"time"

	"rulebot/engine/market"
	"rulebot/exchange/server/front"
)

func TestLimitsTakeSeveralOrNone(t *testing.T) {
	now := market.Time(time.Hour)
	l := front.NewLimits(func() market.Time { return now }, 2)
	by := front.Per2s(5) // ten, at twice the pace
	for _, c := range []struct {
		n    int
		want bool
	}{{8, true}, {3, false}, {2, true}, {1, false}} {
		if got := l.AllowN("call", "who", by, c.n); got != c.want {
			t.Errorf("%d calls: %v, want %v", c.n, got, c.want)
		}
	}
	now = now.Add(time.Second)
	if !l.AllowN("call", "who", by, 5) || l.Allow("call", "who", by) {
		t.Error("a second does not bring back five of ten in two seconds")
	}
}

func TestMembersAsText(t *testing.T) {
	f, wrong := front.ParseObject([]byte(`{"a":"x","b":1e-05,"c":null,"d":{},"e":["p",2]}`))
	if wrong != 0 {
		t.Fatal(wrong)
	}
	for _, c := range []struct {
		name, want string
		wrong      front.Wrong
	}{{"a", "x", 0}, {"b", "0.00001", 0}, {"c", "", 0}, {"d", "", front.BadShape}, {"absent", "", 0}} {
		if got, wrong := f.Text(c.name); got != c.want || wrong != c.wrong {
			t.Errorf("%s: %q %v", c.name, got, wrong)
		}
	}
	if list, wrong := f.Texts("e"); wrong != 0 || len(list) != 2 || list[1] != "2" {
		t.Errorf("list: %q %v", list, wrong)
	}
	for body, want := range map[string]front.Wrong{"": front.NoBody, "{": front.NotJSON, "null": front.BadShape, "[]": front.BadShape} {
		if _, got := front.ParseObject([]byte(body)); got != want {
			t.Errorf("%q: %v, want %v", body, got, want)
		}
	}
}
