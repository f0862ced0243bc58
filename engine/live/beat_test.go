package live_test

import (
	"testing"
	"testing/synctest"
	"time"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
)

// caught is a program that does not come back.
type caught struct {
	*rules
	until chan struct{}
}

func (s caught) Update(feed int, bar *market.Bar) {
	if s.enter {
		<-s.until
	}
	s.rules.Update(feed, bar)
}

// TestBeat: from outside it is seen whether the loop waits, gets on, or hangs.
//
// Faults: PR-05.
func TestBeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		until := make(chan struct{})
		r.cfg.Engine = newEngine(t, caught{r.rules, until}, []engine.Strategy{strategy("s", "BTC-USD")})
		loop := live.New(r.cfg)
		go func() { r.done <- loop.Run(t.Context()) }()
		synctest.Wait()
		r.up()
		r.until(opening.Add(61 * time.Second))
		r.quote("BTC-USD")
		synctest.Wait()
		waiting := loop.Beat()
		r.quote("BTC-USD")
		synctest.Wait()
		if b := loop.Beat(); b%2 != 0 || b == waiting {
			t.Errorf("at rest: got %d, %d before a quote", b, waiting)
		}
		r.rules.enter = true
		r.bar("BTC-USD", 0)
		synctest.Wait()
		hung := loop.Beat()
		r.pass(time.Minute)
		if b := loop.Beat(); b%2 != 1 || b != hung {
			t.Errorf("hung: got %d, %d a minute before", b, hung)
		}
		r.rules.enter = false
		close(until)
		synctest.Wait()
		if b := loop.Beat(); b%2 != 0 {
			t.Errorf("at rest again: got %d", b)
		}
		r.stopped()
	})
}
