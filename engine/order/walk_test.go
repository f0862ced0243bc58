package order_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rulebot/engine/num"
	"rulebot/engine/order"
)

// history is what one order went through at an exchange, made without any of
// our states' rules: a list of what it published, each at its own time.
type history struct {
	said  []order.Evidence
	fills []order.Fill
	end   order.State
	total int64 // filled, in thousandths
}

// happened draws a history. Times are of the exchange's clock.
func happened(t *rapid.T) history {
	var h history
	at := noon.Add(time.Second)
	publish := func(s order.State) {
		e := says(s, "0")
		e.Filled, e.At = num.QuantityOf(h.total, 3), at
		h.said, h.end = append(h.said, e), s
	}
	publish(order.Open)
	canceling := false
	for h.end == order.Open || h.end == order.Partial || h.end == order.Canceling {
		at = at.Add(time.Duration(rapid.Int64Range(1, 2000).Draw(t, "ms")) * time.Millisecond)
		switch rapid.IntRange(0, 5).Draw(t, "event") {
		case 0, 1, 2:
			q := rapid.Int64Range(1, 3000-h.total).Draw(t, "quantity")
			h.total += q
			f := fill(strconv.Itoa(len(h.fills)), "1")
			f.Quantity, f.At = num.QuantityOf(q, 3), at
			h.fills = append(h.fills, f)
			switch {
			case h.total == 3000:
				publish(order.Filled)
			case canceling:
				publish(order.Canceling)
			default:
				publish(order.Partial)
			}
		case 3:
			canceling = true
			publish(order.Canceling)
		case 4:
			publish(order.Canceled)
		case 5:
			if h.total == 0 && !canceling {
				publish(order.Refused)
			}
		}
	}
	return h
}

// asAnswer turns a push into the answer to a question that left just after,
// by a clock that is off by skew.
func asAnswer(e order.Evidence, skew time.Duration) order.Evidence {
	e.Source, e.Asked, e.At = order.FromQuery, e.At.Add(skew+1), 0
	return e
}

// TestAnyOrder delivers the pushes, answers, fills and the reply to the submit
// of a history in any order and any number of times, over clocks that differ.
// The order always ends where it did at the exchange, and never in a conflict.
func TestAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := happened(t)
		skew := time.Duration(rapid.Int64Range(-2000, 2000).Draw(t, "skew")) * time.Millisecond
		if h.end == order.Refused {
			skew = 0 // by differing clocks, life before a failure looks like life after it: a person looks
		}
		o := fresh()
		booked := map[string]bool{}
		var deliver []func() error
		for _, e := range h.said {
			push := func() error { _, err := o.Merge(e); return err }
			answer := func() error { _, err := o.Merge(asAnswer(e, skew)); return err }
			deliver = append(deliver, push, push, answer)
		}
		for _, f := range h.fills {
			book := func() error {
				if booked[f.ID] {
					return nil
				}
				booked[f.ID] = true
				return o.Book(f)
			}
			deliver = append(deliver, book, book)
		}
		reply := order.Result{Class: rapid.SampledFrom([]order.Class{order.Accepted, order.Unknown}).Draw(t, "reply"), ExchangeID: "7"}
		deliver = append(deliver, func() error { return o.Submitted(reply, noon.Add(time.Second)) })
		for _, i := range rapid.Permutation(slices.Collect(upTo(len(deliver)))).Draw(t, "order") {
			before := o
			if err := deliver[i](); err != nil {
				t.Fatalf("from %s: %v", before.State, err)
			}
			holds(t, &before, &o)
		}
		total := num.QuantityOf(h.total, 3)
		if o.State != h.end || o.Filled != total || o.Booked != total || !o.Settled || o.ExchangeID != "7" {
			t.Fatalf("got %s, filled %s, booked %s, settled %v, id %q; want %s, %s",
				o.State, o.Filled, o.Booked, o.Settled, o.ExchangeID, h.end, total)
		}
	})
}

func upTo(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// holds checks what is true of every step.
func holds(t rapid.TB, before, o *order.Order) {
	t.Helper()
	conflict := o.State == order.Conflict
	if !conflict && (o.Filled.Sign() < 0 || o.Quantity.Less(o.Filled) || o.Filled.Less(o.Booked)) {
		t.Fatalf("%s: booked %s, filled %s of %s", o.State, o.Booked, o.Filled, o.Quantity)
	}
	if o.Filled.Less(before.Filled) || o.Booked.Less(before.Booked) || o.Changed < before.Changed {
		t.Fatalf("went back from %+v to %+v", *before, *o)
	}
	if o.Settled != (o.State.Terminal() && o.Booked == o.Filled) && o.State != before.State {
		t.Fatalf("%s: settled %v, booked %s of %s", o.State, o.Settled, o.Booked, o.Filled)
	}
	late := before.State == order.NotFound || before.State == order.Canceled && o.State == order.Filled
	if before.State.Terminal() && o.State != before.State && !conflict && !late {
		t.Fatalf("an end moved: %s to %s", before.State, o.State)
	}
	if (o.State == order.Partial) && (o.Filled.IsZero() || o.Filled == o.Quantity) ||
		(o.State == order.Filled) != (o.Filled == o.Quantity) && !conflict && o.State != order.Canceled {
		t.Fatalf("%s with %s filled of %s", o.State, o.Filled, o.Quantity)
	}
}

// anything draws evidence of any kind, possible or not.
func anything(t *rapid.T) order.Evidence {
	e := says(rapid.SampledFrom(order.States()).Draw(t, "state"), "0")
	e.Filled = num.QuantityOf(rapid.Int64Range(-1, 8).Draw(t, "filled")*5, 1)
	e.Source = rapid.SampledFrom([]order.Source{order.FromPush, order.FromQuery, order.FromList}).Draw(t, "source")
	e.ExchangeID = rapid.SampledFrom([]string{"7", "7", "7", "", "8"}).Draw(t, "id")
	e.Side = rapid.SampledFrom([]order.Side{order.Buy, order.Buy, order.Buy, 0, order.Sell}).Draw(t, "side")
	e.At = noon.Add(time.Duration(rapid.Int64Range(-20, 20).Draw(t, "at")) * time.Second)
	if e.Source != order.FromPush {
		e.At, e.Asked = 0, e.At
	}
	return e
}

// TestMergeIsIdempotent: the same evidence again changes nothing, whatever it
// says and whatever the order is.
func TestMergeIsIdempotent(t *testing.T) { rapid.Check(t, mergeAgain) }

func mergeAgain(t *rapid.T) {
	o := in(rapid.SampledFrom(order.States()).Draw(t, "in"))
	for range rapid.IntRange(1, 6).Draw(t, "steps") {
		mergeTwice(t, &o, anything(t))
	}
}

// mergeTwice merges evidence, and again: whatever it says, the contract of
// Merge holds.
func mergeTwice(t rapid.TB, o *order.Order, e order.Evidence) {
	t.Helper()
	before := *o
	if _, err := o.Merge(e); err != nil && o.State != order.Conflict {
		t.Fatalf("error without a conflict: %v", err)
	}
	holds(t, &before, o)
	once := *o
	if changed, err := o.Merge(e); changed || err != nil || *o != once {
		t.Fatalf("again: changed %v, error %v\n got %+v\nwant %+v", changed, err, *o, once)
	}
}

// TestWalk does anything at all to an order and compares it with a model that
// knows only the table and sums.
func TestWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := fresh()
		var booked int64 // tenths
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			before := o
			var err error
			var news bool // from the exchange about fills, which counts in a mistake too
			switch rapid.IntRange(0, 6).Draw(t, "what") {
			case 0:
				c := rapid.SampledFrom([]order.Class{order.Unknown, order.Accepted, order.Rejected, order.NotSent, order.Gone}).Draw(t, "class")
				err = o.Submitted(order.Result{Class: c, ExchangeID: "7"}, o.Changed+1)
			case 1:
				err = o.Cancelling(o.Changed + 1)
			case 2:
				err = o.CancelAnswered(order.Result{Class: order.Rejected}, o.Changed+1)
			case 3:
				err = o.NeverAccepted(o.Changed + 1)
			case 4:
				o.Recovered()
			case 5:
				_, err = o.Merge(anything(t))
			case 6:
				q := rapid.Int64Range(1, 12).Draw(t, "fill")
				f := fill("1", "1")
				f.Quantity = num.QuantityOf(q, 1)
				booked += q
				err, news = o.Book(f), true
			}
			holds(t, &before, &o)
			legal(t, &before, &o, err, news)
			if o.Booked != num.QuantityOf(booked, 1) {
				t.Fatalf("booked %s, want %d tenths", o.Booked, booked)
			}
		}
	})
}

// legal holds that a move is in the table, that a mistake moves nothing, and
// that coming into a conflict is an error.
func legal(t *rapid.T, before, o *order.Order, err error, fill bool) {
	t.Helper()
	entered := o.State == order.Conflict && before.State != order.Conflict
	var conflict *order.ConflictError
	if errors.As(err, &conflict) != entered {
		t.Fatalf("%s to %s: error %v", before.State, o.State, err)
	}
	var forbidden *order.ForbiddenError
	if errors.As(err, &forbidden) && (fill || o.State != before.State) {
		t.Fatalf("%s to %s: %v", before.State, o.State, err)
	}
	if o.State == before.State || entered {
		return
	}
	for _, h := range order.Happenings() {
		if to, ok := order.Next(before.State, h); ok && to == o.State {
			return
		}
	}
	t.Fatalf("%s to %s is not in the table", before.State, o.State)
}

// TestFillsAreASet: any order of the same fills leaves the same order.
//
// Faults: OU-01 OU-04.
func TestFillsAreASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.SampledFrom([]order.State{order.Intended, order.Unproven, order.Open, order.Canceling, order.Canceled, order.NotFound}).Draw(t, "in")
		var fills []order.Fill
		for i := range rapid.IntRange(1, 8).Draw(t, "fills") {
			f := fill(strconv.Itoa(i), "1")
			f.Quantity = num.QuantityOf(rapid.Int64Range(1, 6).Draw(t, "quantity"), 1)
			f.At = noon.Add(time.Duration(i) * time.Second)
			fills = append(fills, f)
		}
		book := func(fs []order.Fill) order.Order {
			o := in(from)
			for _, f := range fs {
				if err := o.Book(f); err != nil && o.State != order.Conflict {
					t.Fatal(err)
				}
			}
			o.Reason = "" // of a conflict: which fill was too much
			return o
		}
		if a, b := book(fills), book(rapid.Permutation(fills).Draw(t, "again")); a != b {
			t.Fatalf("two orders of the same fills:\n%+v\n%+v", a, b)
		}
	})
}
