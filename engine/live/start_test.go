package live_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/order"
)

// TestStartOrder follows a start: streams up and held, warm-up, the engine
// hears the past first, reconciles, and only then trades.
func TestStartOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.rules.enter = true
		r.x.bars = func(n int, until market.Time) ([]market.Bar, error) {
			pause(2 * time.Second)
			return []market.Bar{flatBar(-3), flatBar(-2), flatBar(-1)}, nil
		}
		r.run()
		r.link(r.market, engine.StreamMarket, true)
		synctest.Wait()
		if got := r.x.names(); len(got) != 0 {
			t.Errorf("with one stream up: called %v, want nothing", got)
		}
		r.link(r.private, engine.StreamPrivate, true)
		synctest.Wait()
		diff(t, "while warming up", r.x.names(), []string{"bars"})
		r.quote("BTC-USD") // held until the past is known
		synctest.Wait()
		if got := r.kinds(); len(got) != 0 || r.ready != 0 {
			t.Errorf("before the warm-up was answered: the engine took %v, ready %d, want nothing", got, r.ready)
		}
		r.pass(2 * time.Second)
		synctest.Wait()
		want := []engine.Kind{
			engine.KindHistory, engine.KindHistory, engine.KindHistory,
			engine.KindLink, engine.KindLink, engine.KindQuote, engine.KindBalance, engine.KindReconciled,
		}
		if got := r.kinds(); !slices.Equal(got, want) {
			t.Errorf("the engine took %v, want %v", got, want)
		}
		diff(t, "after the warm-up", r.x.names(), []string{"bars", "open", "balances"})
		if r.ready != 1 {
			t.Errorf("ready was called %d times, want 1", r.ready)
		}
		r.minute(0)
		if n := r.x.count("submit"); n != 1 {
			t.Errorf("%d orders left after the first live bar, want 1", n)
		}
		r.stopped()
	})
}

// TestQuotesGetOldWhileTheyAreHeld lets the past come late: the quotes that
// were held meanwhile are as old as they are, and nothing trades on them.
func TestQuotesGetOldWhileTheyAreHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.rules.enter = true
		r.x.bars = func(int, market.Time) ([]market.Bar, error) {
			pause(20 * time.Second)
			return []market.Bar{flatBar(-1)}, nil
		}
		r.run()
		r.until(opening.Add(39 * time.Second))
		r.link(r.market, engine.StreamMarket, true)
		r.link(r.private, engine.StreamPrivate, true)
		synctest.Wait()
		r.quote("BTC-USD")
		r.until(opening.Add(time.Minute)) // a second after the engine took it
		synctest.Wait()
		r.bar("BTC-USD", 0)
		synctest.Wait()
		if n := r.x.count("submit"); n != 0 {
			t.Errorf("%d orders left on a quote of 21 seconds ago", n)
		}
		r.stopped()
	})
}

// TestNothingLeavesBeforeReconciled closes a bar while the reconciliation is
// under way.
func TestNothingLeavesBeforeReconciled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.rules.enter = true
		r.x.open = func() ([]order.Evidence, error) { pause(90 * time.Second); return nil, nil }
		r.run()
		r.up()
		r.minute(0)
		if n := r.x.count("submit"); n != 0 {
			t.Fatalf("%d orders left before the reconciliation ended", n)
		}
		r.pass(3 * time.Minute)
		synctest.Wait()
		if r.ready != 1 {
			t.Fatalf("ready was called %d times, want 1", r.ready)
		}
		r.rules.enter = false
		r.stopped()
	})
}

// TestReconciliationThatFails is repeated, and Ready waits for the one that
// succeeds.
func TestReconciliationThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		left := 3
		good := r.x.balances
		r.x.balances = func() ([]order.Balance, error) {
			if left--; left >= 0 {
				return nil, errors.New("busy")
			}
			return good()
		}
		r.run()
		r.up()
		if r.ready != 0 {
			t.Fatalf("ready after a reconciliation that failed")
		}
		r.pass(30 * time.Second)
		synctest.Wait()
		if n := r.x.count("balances"); n != 4 || r.ready != 1 {
			t.Errorf("reconciled %d times, ready %d; want 4 and 1", n, r.ready)
		}
		r.stopped()
	})
}

// TestStopWhileStarting closes Stop or End at every stage of the start.
func TestStopWhileStarting(t *testing.T) {
	stages := map[string]func(r *rig){
		"before anything":    func(*rig) {},
		"one stream up":      func(r *rig) { r.link(r.market, engine.StreamMarket, true) },
		"during the warm-up": func(r *rig) { r.up() },
	}
	for name, stage := range stages {
		for _, end := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := newRig(t)
					r.cfg.WarmUp.History = stuck{}
					r.run()
					stage(r)
					synctest.Wait()
					want := engine.KindCommand
					if end {
						want = engine.KindEnd
						close(r.end)
					} else {
						close(r.stop)
					}
					if err := r.over(); err != nil {
						t.Errorf("ended with %v, want no error", err)
					}
					if got := r.kinds(); !slices.Equal(got, []engine.Kind{want}) {
						t.Errorf("the engine took %v, want %v alone", got, want)
					}
					if r.elapsed() != 0 {
						t.Errorf("took %v, want no time", r.elapsed())
					}
					if s := r.engine.Snapshot(); s.Reason == "" {
						t.Error("the engine does not know that the run ended")
					}
				})
			})
		}
	}
}

// stuck is a history that never answers.
type stuck struct{}

func (stuck) Bars(ctx context.Context, _ market.Series, _ int, _ market.Time) ([]market.Bar, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestWarmUpThatFails ends the run with a reason, before anything was asked of
// the account.
func TestWarmUpThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		broken := errors.New("no candles today")
		r.x.bars = func(int, market.Time) ([]market.Bar, error) { return nil, broken }
		r.run()
		r.up()
		if err := r.over(); !errors.Is(err, broken) {
			t.Errorf("ended with %v, want %v", err, broken)
		}
		diff(t, "calls", r.x.names(), []string{"bars"})
	})
}

// TestHeldFrames lets one stream stay away for long: what the other says is
// kept only so far, and its end is what the engine starts from.
func TestHeldFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.run()
		r.link(r.market, engine.StreamMarket, true)
		const frames = 9000
		for range frames {
			r.quote("BTC-USD")
		}
		synctest.Wait()
		r.link(r.private, engine.StreamPrivate, true)
		synctest.Wait()
		if got := len(r.took(engine.KindQuote)); got == 0 || got > 4096 {
			t.Errorf("the engine took %d quotes of %d held, want the newest 4096 at most", got, frames)
		}
		if got := len(r.took(engine.KindLink)); got != 2 {
			t.Errorf("the engine took %d links, want 2", got)
		}
		r.stopped()
	})
}

// TestFeedThatEnds ends the run with its reason, at every stage.
func TestFeedThatEnds(t *testing.T) {
	for _, trading := range []bool{false, true} {
		for _, cause := range []error{errors.New("key refused"), nil} {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				if r.run(); trading {
					r.up()
				}
				r.private.fail <- cause
				err := r.over()
				if err == nil || cause != nil && !errors.Is(err, cause) {
					t.Errorf("ended with %v, want %v", err, cause)
				}
			})
		}
	}
}

// TestContextThatEnds ends the run with the context's error.
func TestContextThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.trading()
		ctx, cancel := context.WithCancel(t.Context())
		r.stopped()
		cancel()
		r = newRig(t)
		r.cfg.Exchange.Instruments = nil
		if err := live.New(r.cfg).Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v, want %v", err, context.Canceled)
		}
	})
}
