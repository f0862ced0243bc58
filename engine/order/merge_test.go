package order_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// TestImpossible: what cannot be true of the order we sent makes a conflict.
//
// Faults: OE-11 OE-26.
func TestImpossible(t *testing.T) {
	tests := []struct {
		name, says string
		change     func(e *order.Evidence)
	}{
		{"another client id", "calls it", func(e *order.Evidence) { e.ClientID = "x" }},
		{"a second order", "two orders", func(e *order.Evidence) { e.ExchangeID = "8" }},
		{"instrument", "ETH-USD", func(e *order.Evidence) { e.Instrument = "ETH-USD" }},
		{"side", "shows sell", func(e *order.Evidence) { e.Side = order.Sell }},
		{"price", "shows 101", func(e *order.Evidence) { e.Price = num.MustPrice("101") }},
		{"quantity", "shows 4", func(e *order.Evidence) { e.Quantity = num.MustQuantity("4") }},
		{"overfill", "3.1 filled of 3", func(e *order.Evidence) { e.Filled = num.MustQuantity("3.1") }},
		{"negative", "-1 filled", func(e *order.Evidence) { e.Filled = num.MustQuantity("-1") }},
		{"filled, but not all", "FILLED with 2", func(e *order.Evidence) { e.State = order.Filled }},
		{"failed, but traded", "REJECTED with 2", func(e *order.Evidence) { e.State = order.Refused }},
		{"a conflict by the adapter", "CONFLICT with 2", func(e *order.Evidence) { e.State = order.Conflict }},
		{"no state", "with 2", func(e *order.Evidence) { e.State = order.StateNone }},
		{"our own word", "UNKNOWN with 2", func(e *order.Evidence) { e.State = order.Unproven }},
	}
	for _, tt := range tests {
		for _, s := range []order.State{order.Open, order.Partial, order.Canceling, order.Canceled} {
			o := in(s)
			e := says(order.Partial, "2")
			tt.change(&e)
			changed, err := o.Merge(e)
			var conflict *order.ConflictError
			if !errors.As(err, &conflict) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%s on %s: got error %v, want one with %q", tt.name, s, err, tt.says)
			}
			if !changed || o.State != order.Conflict || o.Settled || o.Reason != err.Error() {
				t.Errorf("%s on %s: got %s because of %q", tt.name, s, o.State, o.Reason)
			}
		}
	}
}

// TestFilledCountsMore: the filled quantity and the word beside it are not
// always written together.
func TestFilledCountsMore(t *testing.T) {
	tests := []struct {
		state  order.State
		filled string
		want   order.State
	}{
		{order.Open, "0", order.Open},
		{order.Open, "1", order.Partial},
		{order.Open, "3", order.Filled},
		{order.Partial, "0", order.Open},
		{order.Partial, "3", order.Filled},
		{order.Canceling, "0", order.Canceling},
		{order.Canceling, "3", order.Filled},
		{order.Canceled, "0", order.Canceled},
		{order.Canceled, "2", order.Canceled},
		{order.Canceled, "3", order.Filled},
		{order.Refused, "0", order.Refused},
	}
	for _, tt := range tests {
		o := in(order.Unproven)
		if _, err := o.Merge(says(tt.state, tt.filled)); err != nil || o.State != tt.want {
			t.Errorf("%s with %s filled: got %s and error %v, want %s", tt.state, tt.filled, o.State, err, tt.want)
		}
		if want := o.State.Terminal() && o.Filled.IsZero(); o.Settled != want {
			t.Errorf("%s with %s filled: got settled %v, want %v: fills are missing", tt.state, tt.filled, o.Settled, want)
		}
	}
}

// TestDating: less filled is old news, unless the question was surely asked
// after the newest news.
//
// Faults: OU-08 OU-14.
func TestDating(t *testing.T) {
	tests := []struct {
		name     string
		source   order.Source
		asked    time.Duration // after the newest news
		conflict bool
	}{
		{"push", order.FromPush, time.Hour, false},
		{"list", order.FromList, time.Hour, false},
		{"asked before", order.FromQuery, -time.Second, false},
		{"asked after, by clocks that may differ", order.FromQuery, 5 * time.Second, false},
		{"asked after", order.FromQuery, 5*time.Second + 1, true},
	}
	for _, tt := range tests {
		o := in(order.Partial)
		e := says(order.Open, "0")
		e.Source, e.Asked, e.At = tt.source, o.Changed.Add(tt.asked), 0
		changed, err := o.Merge(e)
		if (err != nil) != tt.conflict || changed != tt.conflict {
			t.Errorf("%s: got changed %v and error %v, want a conflict: %v", tt.name, changed, err, tt.conflict)
		}
		if !tt.conflict && o != in(order.Partial) {
			t.Errorf("%s: the order changed: %+v", tt.name, o)
		}
	}
}

// TestAnswerIsDatedByItsQuestion: two answers that overtook each other.
func TestAnswerIsDatedByItsQuestion(t *testing.T) {
	o := in(order.Open)
	newer, older := says(order.Partial, "1"), says(order.Open, "0")
	newer.Source, newer.At, newer.Asked = order.FromQuery, 0, noon.Add(time.Minute)
	older.Source, older.At, older.Asked = order.FromQuery, 0, noon.Add(30*time.Second)
	for _, e := range []order.Evidence{newer, older} {
		if _, err := o.Merge(e); err != nil {
			t.Fatal(err)
		}
	}
	if o.State != order.Partial || o.Changed != newer.Asked {
		t.Errorf("got %s of %s, want PARTIAL of %s", o.State, o.Changed, newer.Asked)
	}
}

// TestRejectedAndThere: a refusal of ours is contradicted by any life at all;
// one that the exchange tells after it had taken the order only by newer life.
func TestRejectedAndThere(t *testing.T) {
	tests := []struct {
		name     string
		id       string
		at       market.Time
		filled   string
		conflict bool
	}{
		{"refused by the answer, older life", "", noon.Add(-time.Second), "0", true},
		{"failed there, older life", "7", noon.Add(-time.Second), "0", false},
		{"failed there, newer life", "7", noon.Add(time.Second), "0", true},
		{"failed there, older but filled", "7", noon.Add(-time.Second), "1", true},
	}
	for _, tt := range tests {
		o := in(order.Refused)
		o.ExchangeID = tt.id
		e := says(order.Open, tt.filled)
		e.At = tt.at
		if _, err := o.Merge(e); (err != nil) != tt.conflict {
			t.Errorf("%s: got error %v, want a conflict: %v", tt.name, err, tt.conflict)
		}
	}
}

// TestAppears: an order that was taken for never accepted is adopted however
// old the evidence is, and says why.
func TestAppears(t *testing.T) {
	o := in(order.NotFound)
	o.Reason = "proven never accepted"
	e := says(order.Open, "0")
	e.Source, e.At, e.Asked = order.FromList, 0, noon.Add(-time.Hour)
	if _, err := o.Merge(e); err != nil {
		t.Fatal(err)
	}
	if o.State != order.Open || o.Settled || !strings.HasPrefix(o.Reason, "appeared") || o.ExchangeID != "7" {
		t.Errorf("got %s, settled %v, reason %q, id %q", o.State, o.Settled, o.Reason, o.ExchangeID)
	}
}

func TestAbsenceIsNoEvidence(t *testing.T) {
	for _, s := range order.States() {
		o := in(s)
		changed, err := o.Merge(order.Evidence{Source: order.FromQuery, ClientID: clientID, Missing: true, Asked: noon.Add(time.Hour)})
		if changed || err != nil || o != in(s) {
			t.Errorf("%s: got changed %v and error %v", s, changed, err)
		}
	}
}

// TestConflictCounts: in a conflict money is still counted and nothing moves.
func TestConflictCounts(t *testing.T) {
	o := in(order.Conflict)
	o.Reason = "first"
	if changed, err := o.Merge(says(order.Filled, "3.5")); !changed || err != nil {
		t.Errorf("evidence: got changed %v and error %v", changed, err)
	}
	if err := o.Book(fill("1", "4")); err != nil {
		t.Errorf("fill: %v", err)
	}
	if o.State != order.Conflict || o.Reason != "first" || o.Booked != num.MustQuantity("4") || o.Filled != o.Booked {
		t.Errorf("got %s, %q, booked %s of %s", o.State, o.Reason, o.Booked, o.Filled)
	}
}

func TestBookContradictions(t *testing.T) {
	tests := []struct {
		name   string
		change func(f *order.Fill)
		booked string
	}{
		{"nothing", func(f *order.Fill) { f.Quantity = num.Quantity{} }, "0"},
		{"negative", func(f *order.Fill) { f.Quantity = f.Quantity.Neg() }, "0"},
		{"overfill", func(f *order.Fill) { f.Quantity = num.MustQuantity("3.01") }, "3.01"},
		{"side", func(f *order.Fill) { f.Side = order.Sell }, "1"},
		{"instrument", func(f *order.Fill) { f.Instrument = "ETH-USD" }, "1"},
		{"a second order", func(f *order.Fill) { f.ExchangeID = "8" }, "1"},
	}
	for _, tt := range tests {
		o, f := in(order.Open), fill("1", "1")
		tt.change(&f)
		err := o.Book(f)
		var conflict *order.ConflictError
		if !errors.As(err, &conflict) || o.State != order.Conflict || o.Booked.String() != tt.booked || o.Settled {
			t.Errorf("%s: got %s, booked %s, error %v", tt.name, o.State, o.Booked, err)
		}
	}
}
