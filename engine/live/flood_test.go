package live_test

import (
	"testing"
	"testing/synctest"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// TestFloodHoldsTheFeedBack sends far more than the loop reads while it is held
// up: a bounded number waits in the queue, the rest at the feed, nothing is
// dropped, and all of it is taken in its order.
//
// Faults: MD-12.
func TestFloodHoldsTheFeedBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const flood, queue = 8000, 1024
		r := newRig(t)
		blocked, see := make(chan struct{}), r.cfg.Observe
		r.cfg.Observe = func(ev *engine.Event, out *engine.Outcome) {
			see(ev, out)
			if ev.Kind == engine.KindTrade {
				<-blocked
			}
		}
		r.trading()
		r.until(opening.Add(time.Second))
		r.market.frames <- []engine.Event{{Kind: engine.KindTrade, Instrument: "BTC-USD", At: opening, Trade: market.Trade{Price: num.MustPrice("100"), Size: num.MustQuantity("1")}}}
		synctest.Wait()
		before := len(r.took(engine.KindQuote))
		for range flood {
			r.quote("BTC-USD")
		}
		synctest.Wait()
		if waiting := flood - len(r.market.frames); waiting > queue+1 || waiting < queue {
			t.Errorf("%d frames left the feed while nobody read, want %d in the queue", waiting, queue)
		}
		close(blocked)
		synctest.Wait()
		if got := len(r.took(engine.KindQuote)) - before; got != flood {
			t.Errorf("got %d of %d quotes", got, flood)
		}
		r.stopped()
	})
}
