package live_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rulebot/engine"
	"rulebot/engine/live"
)

// TestNothingLeavesAfterASleepUntilReconciled lets the wall clock run away from
// the even one: what the streams said before is not believed any more.
//
// Faults: CK-04.
func TestNothingLeavesAfterASleepUntilReconciled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		var slept atomic.Int64
		r.cfg.Timing.Wall = func() time.Time { return time.Now().Round(0).Add(time.Duration(slept.Load())) }
		r.run()
		r.up()
		r.rules.enter = true
		slept.Store(int64(40 * time.Second))
		r.minute(0)
		if n := r.x.count("submit"); n != 0 {
			t.Fatalf("%d orders left after a sleep, before a stream was up again", n)
		}
		r.link(r.private, engine.StreamPrivate, false)
		r.link(r.private, engine.StreamPrivate, true)
		r.rules.enter = false
		r.minute(1)
		r.rules.enter = true
		r.minute(2)
		if n := r.x.count("submit"); n != 1 {
			t.Errorf("%d orders left once the stream was up again, want 1", n)
		}
		r.stopped()
	})
}

func TestRealClockIsMovedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := live.NewReal(1000, 1)
		c.WakeAt(c.Now().Add(time.Minute))
		c.MoveOn(40 * time.Second)
		c.MoveOn(-time.Hour) // never back
		if got := c.Now(); got != 1000+40_000_000_000 {
			t.Errorf("reads %d", got)
		}
		alarm := c.WakeAt(1000 + 60_000_000_000)
		began := time.Now()
		<-alarm
		if d := time.Since(began); d != 20*time.Second {
			t.Errorf("the alarm rang after %s, want 20s", d)
		}
	})
}

// TestALateFeedIsStale quotes steadily, and half a minute late: nothing leaves
// on that.
//
// Faults: MD-11.
func TestALateFeedIsStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.trading()
		before := r.x.count("submit")
		r.rules.enter = true
		r.until(opening.Add(5 * time.Minute))
		late := r.x.now().Add(-30 * time.Second)
		r.market.frames <- []engine.Event{{Kind: engine.KindQuote, Instrument: "BTC-USD", At: late, Quote: aQuote()}}
		r.bar("BTC-USD", 4)
		synctest.Wait()
		if n := r.x.count("submit"); n != before {
			t.Errorf("%d orders left on a quote of half a minute ago", n-before)
		}
		r.stopped()
	})
}
