package live_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/order"
)

// told gives an instruction and returns what came of it.
func (r *rig) told(by engine.Operator, reason string, decided ...live.Ended) error {
	r.t.Helper()
	answer := make(chan error, 1)
	r.operator <- live.Instruction{Operator: by, Reason: reason, Decided: decided, Done: func(err error) { answer <- err }}
	select {
	case err := <-answer:
		return err
	case <-time.After(time.Minute):
		r.t.Fatal("an instruction was not answered within a minute")
		return nil
	}
}

// nobody is a decision about an order that is not in the books.
var nobody = live.Ended{ClientID: "nobody", State: order.Canceled}

// TestHaltByHand halts while one order rests and another waits in its lane:
// the one is cancelled, the other never leaves, the halt is durable when it is
// answered, and until the exchange has said that nothing is live nobody may
// resume.
//
// Faults: RK-13 RK-14.
func TestHaltByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, strategy("a", "BTC-USD"), strategy("b", "BTC-USD"))
		r.rules.enter = true
		r.x.submit = func(o order.Order) order.Result {
			pause(100 * time.Millisecond) // the second order waits for the first, less than the late gate
			return order.Result{Class: order.Accepted, ExchangeID: "X" + o.ClientID}
		}
		live := true
		r.x.query = func(o order.Order, asked market.Time) (order.Evidence, error) {
			if live {
				return order.Evidence{}, errors.New("no answer")
			}
			return order.Evidence{ClientID: o.ClientID, ExchangeID: o.ExchangeID, Instrument: o.Instrument, State: order.Canceled, Asked: asked}, nil
		}
		r.trading()
		r.minute(0)
		if err := r.told(engine.OperatorHalt, "test"); err != nil {
			t.Errorf("halt: %v", err)
		}
		if r.journal.Pending() != 0 {
			t.Error("the halt was answered before it was durable")
		}
		if err := r.told(engine.OperatorResume, "test"); err == nil || !strings.Contains(err.Error(), "may still be live") {
			t.Errorf("resume while an order is being cancelled: got %v, want that it may still be live", err)
		}
		r.pass(time.Second)
		if n := r.x.count("submit"); n != 1 {
			t.Errorf("%d submits left, want 1: the second waited when the halt came", n)
		}
		if n := r.x.count("cancel"); n == 0 {
			t.Error("nothing was cancelled")
		}
		live = false
		r.pass(10 * time.Minute)
		if left := r.engine.Uncancelled(); len(left) != 0 {
			t.Errorf("ten minutes later %d orders may be live, want none: %+v", len(left), left)
		}
		if err := r.told(engine.OperatorResume, "test", nobody); err == nil || err.Error() != "there is no order nobody in the books" {
			t.Errorf("resume with a decision about no order: got %v", err)
		}
		if err := r.told(engine.OperatorResume, "test"); err != nil {
			t.Errorf("resume: %v", err)
		}
		r.stopped()
	})
}

// TestHaltBeforeTheRun halts before the loop runs, and while it waits for its
// streams: no order ever leaves.
func TestHaltBeforeTheRun(t *testing.T) {
	for _, when := range []string{"before", "starting"} {
		t.Run(when, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.rules.enter = true
				if when == "before" {
					r.operator <- live.Instruction{Operator: engine.OperatorHalt}
				}
				r.run()
				if when == "starting" {
					if err := r.told(engine.OperatorHalt, ""); err != nil {
						t.Errorf("halt: %v", err)
					}
				}
				if got := r.engine.Snapshot().Halt.Code; got != "OPERATOR" {
					t.Errorf("halted by %q, want OPERATOR", got)
				}
				r.up()
				for n := range 3 {
					r.minute(n)
				}
				if n := r.x.count("submit"); n != 0 {
					t.Errorf("%d submits left, want 0", n)
				}
				r.stopped()
			})
		})
	}
}
