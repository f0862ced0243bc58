package live_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// crowd is many strategies that act at the same bar. Of one instrument no
// more than three orders may leave at once.
func crowd(n int, instruments ...string) []engine.Strategy {
	var all []engine.Strategy
	for i := range n {
		all = append(all, strategy(fmt.Sprintf("s%d", i), instruments[i%len(instruments)]))
	}
	return all
}

// ends returns the newest state of every order, counted, with its reason.
func (r *rig) ends() map[string]int {
	r.journal.mu.Lock()
	defer r.journal.mu.Unlock()
	newest := make(map[string]string)
	for i := range r.journal.changes {
		if c := &r.journal.changes[i]; c.Kind == engine.ChangeOrder {
			newest[c.Order.ClientID] = strings.TrimSpace(c.Order.State.String() + " " + c.Order.Reason)
		}
	}
	ends := make(map[string]int)
	for _, s := range newest {
		ends[s]++
	}
	return ends
}

// TestIntentIsDurableBeforeItLeaves asks the journal at the moment of sending.
func TestIntentIsDurableBeforeItLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.rules.enter = true
		submit, cancel := r.x.submit, r.x.cancel
		r.x.submit = func(o order.Order) order.Result {
			if !r.journal.intends(o.ClientID, func(o *order.Order) bool { return o.State == order.Intended }) {
				t.Errorf("order %s left and its intent is not durable", o.ClientID)
			}
			return submit(o)
		}
		r.x.cancel = func(o order.Order) order.Result {
			if !r.journal.intends(o.ClientID, func(o *order.Order) bool { return o.CancelWanted }) {
				t.Errorf("the cancel of %s left and its intent is not durable", o.ClientID)
			}
			return cancel(o)
		}
		r.trading()
		r.minute(0)
		r.stopped() // on_exit: cancel
		if s, c := r.x.count("submit"), r.x.count("cancel"); s != 1 || c != 1 {
			t.Errorf("%d orders and %d cancels left, want 1 and 1", s, c)
		}
	})
}

// TestNothingIsSentAfterACommitFailed breaks the journal before an order.
//
// Faults: PS-05.
func TestNothingIsSentAfterACommitFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.rules.enter = true
		r.trading()
		full := errors.New("disk full")
		r.journal.breakNow(full)
		r.minute(0)
		if err := r.over(); !errors.Is(err, full) || strings.Count(err.Error(), full.Error()) != 1 {
			t.Errorf("ended with %v, want %v, once", err, full)
		}
		if n := r.x.count("submit"); n != 0 {
			t.Errorf("%d orders left, want none", n)
		}
	})
}

// TestWhatWaitsIsNotSentAfterTheEnd has orders in a lane when the journal
// breaks: the one that left is answered, the others never leave.
func TestWhatWaitsIsNotSentAfterTheEnd(t *testing.T) {
	for range 8 { // a lane that may choose chooses right now and then
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, crowd(3, "BTC-USD")...)
			r.rules.enter = true
			submit := r.x.submit
			r.x.submit = func(o order.Order) order.Result { pause(100 * time.Millisecond); return submit(o) }
			r.trading()
			r.minute(0)
			full := errors.New("disk full")
			r.journal.breakNow(full)
			if err := r.over(); !errors.Is(err, full) {
				t.Errorf("ended with %v, want %v", err, full)
			}
			// The first answer cannot be kept: the second left with it.
			if n := r.x.count("submit"); n != 2 {
				t.Errorf("%d orders left, want 2", n)
			}
		})
	}
}

// TestGroupCommit makes a change that sends nothing durable within 5 ms, and
// several of them at once.
func TestGroupCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.rules.enter = true
		r.trading()
		r.minute(0)
		synctest.Wait()
		r.pass(10 * time.Millisecond)
		before := len(r.journal.commits)
		asked := r.clock.Now()
		o := r.engine.Unsettled()[0]
		for n := range 3 { // news that nobody waits for
			ev := statement(&o, order.Partial, asked)
			ev.Source, ev.Asked, ev.Filled = order.FromPush, 0, num.QuantityOf(int64(n+1), 3)
			r.private.frames <- []engine.Event{{Kind: engine.KindEvidence, Instrument: o.Instrument, At: asked, Account: engine.AccountNews{Evidence: ev}}}
		}
		synctest.Wait()
		if n := r.journal.Pending(); n == 0 || len(r.journal.commits) != before {
			t.Fatalf("%d changes pending after %d commits, want some to wait", n, len(r.journal.commits)-before)
		}
		r.pass(5 * time.Millisecond)
		synctest.Wait()
		if n := r.journal.Pending(); n != 0 || len(r.journal.commits) != before+1 {
			t.Errorf("after 5 ms %d changes are pending and there were %d commits, want 0 and 1", n, len(r.journal.commits)-before)
		}
		r.stopped()
	})
}

// TestGroupCommitThatFails ends the run too.
func TestGroupCommitThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.rules.enter = true
		r.trading()
		r.minute(0)
		full := errors.New("disk full")
		r.journal.breakNow(full)
		if err := r.over(); !errors.Is(err, full) {
			t.Errorf("ended with %v, want %v", err, full)
		}
	})
}

// TestLateOrders are not sent: the market they were decided on has gone.
//
// Faults: PS-13.
func TestLateOrders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, crowd(3, "BTC-USD")...)
		r.rules.enter = true
		submit := r.x.submit
		r.x.submit = func(o order.Order) order.Result { pause(130 * time.Millisecond); return submit(o) }
		r.trading()
		r.minute(0)
		r.rules.enter = false
		r.pass(time.Second)
		synctest.Wait()
		// They left after 0 and 130 ms; the third would have after 260.
		want := map[string]int{"OPEN": 2, "DENIED the order waited too long to be sent": 1}
		if got := r.ends(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("orders ended as %v, want %v", got, want)
		}
		if n := r.x.count("submit"); n != 2 {
			t.Errorf("%d orders left, want 2", n)
		}
		r.stopped()
	})
}

// TestNothingIsLateInASteppedRun: the market stands still meanwhile.
func TestNothingIsLateInASteppedRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, crowd(3, "BTC-USD")...)
		r.cfg.Exchange.Serial = true
		r.rules.enter = true
		submit := r.x.submit
		r.x.submit = func(o order.Order) order.Result { pause(time.Second); return submit(o) }
		r.trading()
		r.minute(0)
		r.rules.enter = false
		r.pass(5 * time.Second)
		synctest.Wait()
		if got := r.ends(); got["OPEN"] != 3 {
			t.Errorf("orders ended as %v, want 3 OPEN", got)
		}
		r.stopped()
	})
}

// TestLaneThatIsFull answers what finds no place, and nothing is lost or sent
// twice.
func TestLaneThatIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const orders = 300
		var instruments []string
		for i := range orders / 3 {
			instruments = append(instruments, fmt.Sprintf("A%d-USD", i))
		}
		r := newRig(t, crowd(orders, instruments...)...)
		r.cfg.Exchange.Serial = true // so that none is late
		r.rules.enter = true
		submit := r.x.submit
		r.x.submit = func(o order.Order) order.Result { pause(10 * time.Millisecond); return submit(o) }
		r.trading()
		r.until(opening.Add(time.Minute))
		for _, id := range instruments {
			r.quote(id)
		}
		synctest.Wait()
		for _, id := range instruments {
			r.bar(id, 0)
		}
		r.pass(time.Second)
		r.rules.enter = false
		r.pass(10 * time.Second)
		synctest.Wait()
		sent := r.x.count("submit")
		got := r.ends()
		if refused := got["DENIED too many requests are waiting"]; sent+refused != orders || got["OPEN"] != sent || refused < orders-258 || refused > orders-256 {
			t.Errorf("%d sent and ended as %v, want %d in all, about 257 of them OPEN", sent, got, orders)
		}
		r.stopped()
	})
}

// TestSlowInstrumentHoldsUpNobody blocks one lane.
func TestSlowInstrumentHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, strategy("b", "BTC-USD"), strategy("e", "ETH-USD"))
		r.rules.enter = true
		submit := r.x.submit
		r.x.submit = func(o order.Order) order.Result {
			if o.Instrument == "BTC-USD" {
				pause(4 * time.Second)
			}
			return submit(o)
		}
		r.trading()
		r.until(opening.Add(time.Minute))
		r.quote("BTC-USD")
		r.quote("ETH-USD")
		r.bar("BTC-USD", 0)
		r.bar("ETH-USD", 0)
		synctest.Wait()
		var states []string
		for _, o := range r.engine.Unsettled() {
			states = append(states, o.Instrument+" "+o.State.String())
		}
		diff(t, "while the BTC-USD order is under way", states, []string{"BTC-USD INTENT", "ETH-USD OPEN"})
		r.pass(10 * time.Second)
		r.stopped()
	})
}

// TestUnprovenOrderIsAskedAfter loses an answer: the order is never sent
// again, questions follow at growing distances, and its end is booked.
func TestUnprovenOrderIsAskedAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.rules.enter = true
		r.x.submit = func(order.Order) order.Result { return order.Result{Class: order.Unknown, Message: "connection reset"} }
		asks := 0
		r.x.query = func(o order.Order, asked market.Time) (order.Evidence, error) {
			if asks++; asks <= 3 {
				return order.Evidence{}, errors.New("503")
			}
			ev := statement(&o, order.Open, asked)
			if asks <= 5 {
				ev.Missing = true
				return ev, nil
			}
			ev.State = order.Canceled
			return ev, nil
		}
		r.trading()
		r.minute(0)
		if o := r.engine.Unsettled(); len(o) != 1 || o[0].State != order.Unproven {
			t.Fatalf("unsettled %v, want one that is UNKNOWN", o)
		}
		r.rules.enter = false
		r.pass(time.Minute)
		synctest.Wait()
		var gaps []time.Duration
		var last market.Time
		for _, c := range r.x.called() {
			switch c.what {
			case "submit":
				last = c.at
			case "query":
				gaps = append(gaps, c.at.Sub(last))
				last = c.at
			}
		}
		want := []time.Duration{200, 500, 1000, 2000, 4000, 8000}
		if len(gaps) != len(want) {
			t.Fatalf("asked after %v, want %d questions", gaps, len(want))
		}
		for i := range want {
			if w := want[i] * time.Millisecond; gaps[i] < w*8/10 || gaps[i] > w*12/10 {
				t.Errorf("question %d came after %v, want %v or a fifth more or less", i+1, gaps[i], w)
			}
		}
		if n := len(r.engine.Unsettled()); n != 0 || r.x.count("submit") != 1 {
			t.Errorf("%d orders unsettled, %d sent; want 0 and 1", n, r.x.count("submit"))
		}
		r.stopped()
	})
}
