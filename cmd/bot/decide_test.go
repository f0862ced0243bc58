package main

import (
	"strings"
	"testing"

	"rulebot/cmd/bot/internal/control"
	"rulebot/engine"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// TestDecidedWhileNobodyRuns ends an order in conflict as a person says, and
// nothing else.
func TestDecidedWhileNobodyRuns(t *testing.T) {
	t.Parallel()
	conflict := order.Order{ClientID: "a", State: order.Conflict, CancelWanted: true, Reason: "two orders at the exchange", Booked: num.MustQuantity("1"), Filled: num.MustQuantity("1")}
	open := order.Order{ClientID: "b", State: order.Open}
	for _, c := range []struct {
		say, want string // of the order, or why not
	}{
		{"a=canceled", "CANCELED true false decided by hand: looked"},
		{"a=FILLED", "FILLED true false decided by hand: looked"},
		{"b=CANCELED", "no order b is in CONFLICT there"},
		{"c=CANCELED", "no order c is in CONFLICT there"},
		{"a=OPEN", "OPEN is no end of an order: write FILLED, CANCELED, REJECTED or NOT_FOUND"},
		{"a=gone", "GONE is no end of an order: write FILLED, CANCELED, REJECTED or NOT_FOUND"},
		{"a", "write ORDER=STATE, such as r2in0000000100000001t0=CANCELED"},
	} {
		l := &latches{live: []order.Order{conflict, open}}
		var o operatorFlags
		var changes []engine.Change
		err := o.decide(c.say)
		if err == nil {
			changes, err = l.decide(o.decided, "decided by hand: looked")
		}
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case len(changes) == 1 && len(l.live) == 1 && len(conflicts(l.live)) == 0:
			x := &changes[0].Order
			got = strings.Join([]string{x.State.String(), map[bool]string{true: "true", false: "false"}[x.Settled], map[bool]string{true: "true", false: "false"}[x.CancelWanted], x.Reason}, " ")
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.say, got, c.want)
		}
	}
	if _, err := endsOf([]control.Ended{{Order: "a", State: "PARTIAL"}}); err == nil {
		t.Error("a decision that is no end was taken")
	}
	want := "order a stays in CONFLICT and reserves what it is for: look for it at the exchange, then give --decide a=STATE (two orders at the exchange)"
	if got := conflicts([]order.Order{conflict, open}); len(got) != 1 || got[0] != want {
		t.Errorf("got %q", got)
	}
}
