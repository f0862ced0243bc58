package live_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
)

// broken is a program that panics where nobody can go on: the bars are folded
// halfway.
type broken struct{ *rules }

func (b broken) Update(feed int, bar *market.Bar) {
	if b.enter {
		panic("index out of range")
	}
	b.rules.Update(feed, bar)
}

// TestPanicEndsTheRun: a panic of the loop is not swallowed. It ends the run at
// once, nothing is sent after it, and what is durable is what was committed
// before: the next start begins from there, as after any crash.
//
// Faults: PR-01.
func TestPanicEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		s := []engine.Strategy{strategy("s", "BTC-USD")}
		r.cfg.Engine = newEngine(t, broken{r.rules}, s)
		go func() {
			defer func() { r.done <- fmt.Errorf("panicked: %v", recover()) }()
			r.done <- live.New(r.cfg).Run(t.Context())
		}()
		synctest.Wait()
		r.up()
		r.until(opening.Add(61 * time.Second))
		r.quote("BTC-USD")
		synctest.Wait()
		before := r.journal.durable
		r.rules.enter = true
		r.bar("BTC-USD", 0)
		r.quote("BTC-USD")
		synctest.Wait()
		select {
		case err := <-r.done:
			if !strings.Contains(err.Error(), "panicked: index out of range") {
				t.Errorf("the run ended with %v", err)
			}
		default:
			t.Error("the run goes on")
		}
		if n := r.x.count("submit"); n != 0 || r.journal.durable != before {
			t.Errorf("%d orders sent, and %d changes durable, %d before the panic", n, r.journal.durable, before)
		}
	})
}
