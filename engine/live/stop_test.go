package live_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// TestStopAwaitsAnswers stops while an order is on its way and another rests:
// the one is cancelled, both are answered, and the books know it.
//
// Faults: PR-03.
func TestStopAwaitsAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, strategy("b", "BTC-USD"), strategy("e", "ETH-USD"))
		r.rules.enter = true
		submit, cancel := r.x.submit, r.x.cancel
		r.x.submit = func(o order.Order) order.Result {
			if o.Instrument == "ETH-USD" {
				pause(3 * time.Second)
			}
			return submit(o)
		}
		r.x.cancel = func(o order.Order) order.Result { pause(time.Second); return cancel(o) }
		r.trading()
		r.until(opening.Add(time.Minute))
		for _, id := range []string{"BTC-USD", "ETH-USD"} {
			r.quote(id)
			r.bar(id, 0)
		}
		synctest.Wait()
		asked := time.Now()
		r.stopped()
		// ETH-USD is cancelled after its submit was answered: 3 + 1 s.
		if got := time.Since(asked); got != 4*time.Second {
			t.Errorf("stopping took %v, want 4s", got)
		}
		if n := r.x.count("cancel"); n != 2 {
			t.Errorf("%d cancels left, want 2", n)
		}
		for _, o := range r.engine.Unsettled() {
			if o.ExchangeID == "" || !o.CancelWanted {
				t.Errorf("after the stop %s is %s, exchange id %q, cancel wanted %t; want an id and true", o.Instrument, o.State, o.ExchangeID, o.CancelWanted)
			}
		}
	})
}

// TestStopDoesNotWaitForEver has an exchange that is slower than the wait.
func TestStopDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.rules.enter = true
		r.x.submit = func(order.Order) order.Result {
			pause(20 * time.Second)
			return order.Result{Class: order.Unknown}
		}
		r.trading()
		r.minute(0)
		asked := time.Now()
		close(r.stop)
		if err := r.over(); err != nil {
			t.Errorf("ended with %v, want no error", err)
		}
		// The answer is not waited for, but the request that left is not
		// broken off either: its goroutine ends with it.
		if got := time.Since(asked); got != 20*time.Second {
			t.Errorf("stopping took %v, want the 20s of the request", got)
		}
		if n := r.x.count("broken off"); n != 0 {
			t.Errorf("%d requests were broken off, want none", n)
		}
		last := r.journal.commits[len(r.journal.commits)-1]
		if got := last.Sub(opening.Add(time.Minute)); got > 5*time.Second {
			t.Errorf("the journal was committed %v after the stop, want at most 5s", got)
		}
		if o := r.engine.Unsettled(); len(o) != 1 {
			t.Errorf("%d orders unsettled, want the one without an answer: the next start asks", len(o))
		}
	})
}

// TestStopBreaksQuestionsOff: a scan that takes minutes does not hold the end.
func TestStopBreaksQuestionsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.cfg.Exchange.Account = stuckAccount{r.x}
		r.run()
		r.up()
		asked := time.Now()
		close(r.stop)
		if err := r.over(); err != nil {
			t.Errorf("ended with %v, want no error", err)
		}
		if got := time.Since(asked); got != 5*time.Second {
			t.Errorf("stopping took %v, want 5s", got)
		}
	})
}

// TestMarketEnd ends the run without cancelling.
func TestMarketEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.rules.enter = true
		r.trading()
		r.minute(0)
		close(r.end)
		if err := r.over(); err != nil {
			t.Errorf("ended with %v, want no error", err)
		}
		kinds := r.kinds()
		if got := kinds[len(kinds)-1]; got != engine.KindEnd || r.x.count("cancel") != 0 {
			t.Errorf("the last event was %v and %d cancels left, want %v and none", got, r.x.count("cancel"), engine.KindEnd)
		}
	})
}

// TestPrivateStreamReconnects: nothing leaves while it is down, nor before the
// next reconciliation has ended.
func TestPrivateStreamReconnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.trading()
		r.link(r.private, engine.StreamPrivate, false)
		synctest.Wait()
		r.rules.enter = true
		r.minute(0)
		if n := r.x.count("submit"); n != 0 {
			t.Fatalf("%d orders left while the private stream was down", n)
		}
		open := r.x.open
		r.x.open = func() ([]order.Evidence, error) { pause(2 * time.Minute); return open() }
		r.link(r.private, engine.StreamPrivate, true)
		r.minute(1)
		if n := r.x.count("submit"); n != 0 {
			t.Fatalf("%d orders left before the reconciliation ended", n)
		}
		r.pass(2 * time.Minute)
		r.minute(4)
		if s, b := r.x.count("submit"), r.x.count("balances"); s != 1 || b != 2 {
			t.Errorf("%d orders left and the balances were read %d times, want 1 and 2", s, b)
		}
		if r.ready != 1 {
			t.Errorf("ready was called %d times, want 1", r.ready)
		}
		r.stopped()
	})
}

// TestQuestionsThatFail leave nothing under way: the run stops at once after
// any number of them.
func TestQuestionsThatFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.rules.enter = true
		r.x.submit = func(order.Order) order.Result { return order.Result{Class: order.Unknown} }
		r.x.query = func(order.Order, market.Time) (order.Evidence, error) { return order.Evidence{}, errors.New("503") }
		r.trading()
		r.minute(0)
		r.pass(10 * time.Minute)
		asked := time.Now()
		r.stopped()
		if got := time.Since(asked); got != 0 {
			t.Errorf("stopping took %v, want no time: everything was answered", got)
		}
		if n := r.x.count("query"); n < 10 {
			t.Errorf("asked %d times in ten minutes, want at least 10", n)
		}
	})
}

// TestAlarmsOfAFastClock ring again when they rang a little early: a market at
// seven times the speed has no nanosecond of its own for every one of ours.
func TestAlarmsOfAFastClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.clock.Real = live.NewReal(opening, 7)
		r.rules.enter = true
		r.x.submit = func(order.Order) order.Result { return order.Result{Class: order.Unknown} }
		r.x.query = func(order.Order, market.Time) (order.Evidence, error) { return order.Evidence{}, errors.New("503") }
		r.trading()
		r.pass(time.Minute/7 + 1)
		r.quote("BTC-USD")
		r.bar("BTC-USD", 0)
		synctest.Wait()
		r.pass(10 * time.Minute / 7)
		if n := r.x.count("query"); n < 10 {
			t.Errorf("asked %d times in ten minutes of the market, want at least 10", n)
		}
		r.stopped()
	})
}

// TestFillsThatFail are asked for again until they come, however old: a stop
// that the exchange held may have filled long before we heard of it.
func TestFillsThatFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.rules.enter = true
		var sent order.Order
		submit := r.x.submit
		r.x.submit = func(o order.Order) order.Result {
			sent = o
			sent.ExchangeID = submit(o).ExchangeID
			ev := statement(&sent, order.Filled, 0)
			ev.Source, ev.At = order.FromPush, r.clock.Now()
			r.private.frames <- []engine.Event{{Kind: engine.KindEvidence, Instrument: o.Instrument, At: ev.At, Account: engine.AccountNews{Evidence: ev}}}
			return submit(o)
		}
		asks := 0
		r.x.fills = func(string) ([]order.Fill, error) {
			first := fillOf(&sent, r.clock.Now().Add(-time.Hour))
			second := first
			first.Quantity, second.ID = num.MustQuantity("0.001"), "2"
			var c num.Calc
			second.Quantity = num.Sub(&c, sent.Quantity, first.Quantity)
			switch asks++; asks {
			case 1, 3:
				return nil, errors.New("429")
			case 2:
				return []order.Fill{second}, errors.New("429") // the first page
			}
			return []order.Fill{second, first}, nil
		}
		r.trading()
		r.minute(0)
		r.rules.enter = false
		r.pass(time.Minute)
		synctest.Wait()
		if n := len(r.engine.Unsettled()); n != 0 || asks != 4 {
			t.Errorf("%d orders unsettled after %d questions, want 0 after 4", n, asks)
		}
		if n := len(r.took(engine.KindFill)); n != 3 {
			t.Errorf("the engine heard of %d fills, want one of a list in part and both", n)
		}
		r.stopped()
	})
}
