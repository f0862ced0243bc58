package live_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
)

// candles is a history that knows every bar which has closed.
func (r *rig) candles() func(n int, until market.Time) ([]market.Bar, error) {
	return func(n int, until market.Time) ([]market.Bar, error) {
		closed := int(until.Sub(opening) / time.Minute)
		if until < opening {
			closed = 0
		}
		var bars []market.Bar
		for i := closed - n; i < closed; i++ {
			bars = append(bars, flatBar(i))
		}
		return bars, nil
	}
}

// heard says which bars the program got: minute numbers, with "flat" for those
// the engine made up and "gap" where windows begin anew.
func (r *rig) heard() string {
	s := ""
	for i := range r.rules.bars {
		b := &r.rules.bars[i]
		s += fmt.Sprint(" ", int(b.Open.Sub(opening)/time.Minute))
		if b.Synthetic {
			s += "flat"
		}
		if b.Gap {
			s += "gap"
		}
	}
	return s
}

// dry makes the rig a dry run.
func (r *rig) dry() {
	r.cfg.Streams.Private = nil
	r.cfg.Exchange = live.Exchange{}
	r.cfg.Paper = &venue{}
}

// TestMissedBars loses the market stream over several bars, live and dry: the
// engine hears of each of them, in order and once, before the next.
//
// Faults: MD-14.
func TestMissedBars(t *testing.T) {
	for _, dry := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			if r.x.bars = r.candles(); dry {
				r.dry()
			}
			r.run()
			r.up()
			r.minute(0)
			r.link(r.market, engine.StreamMarket, false)
			r.until(opening.Add(4*time.Minute + 30*time.Second))
			r.link(r.market, engine.StreamMarket, true)
			synctest.Wait()
			r.minute(4)
			r.minute(5)
			if got, want := r.heard(), " -3 -2 -1 0 1 2 3 4 5"; got != want {
				t.Errorf("dry %t: the rules saw%s, want%s", dry, got, want)
			}
			r.stopped()
		})
	}
}

// TestMissedBarBetween loses a bar that closes between the fetch after the
// reconnect and the stream's first bar.
func TestMissedBarBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.x.bars = r.candles()
		r.trading()
		r.minute(0)
		r.link(r.market, engine.StreamMarket, false)
		r.until(opening.Add(2*time.Minute - time.Second))
		r.link(r.market, engine.StreamMarket, true)
		synctest.Wait()
		r.until(opening.Add(2*time.Minute + time.Second))
		r.minute(2) // the stream never told of minute 1
		if got, want := r.heard(), " -3 -2 -1 0 1 2"; got != want {
			t.Errorf("the rules saw%s, want%s", got, want)
		}
		for i := range r.rules.bars {
			if r.rules.bars[i].Synthetic {
				t.Errorf("bar %v was made up", r.rules.bars[i].Open)
			}
		}
		r.stopped()
	})
}

// TestMissedBarDuringAFetch has a fetch that is slow, and knows only what had
// closed when it was asked: the bar that came meanwhile waits for another.
func TestMissedBarDuringAFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		good := r.candles()
		r.x.bars = good
		r.trading()
		r.minute(0)
		r.x.bars = func(n int, until market.Time) ([]market.Bar, error) { pause(70 * time.Second); return good(n, until) }
		r.link(r.market, engine.StreamMarket, false)
		r.until(opening.Add(2*time.Minute - time.Second))
		r.link(r.market, engine.StreamMarket, true)
		r.minute(2)
		r.pass(2 * time.Minute)
		if got, want := r.heard(), " -3 -2 -1 0 1 2"; got != want {
			t.Errorf("the rules saw%s, want%s", got, want)
		}
		r.stopped()
	})
}

// TestMissedBarsLater has a history that fails at first: bars wait, for a
// while, and other events do not.
func TestMissedBarsLater(t *testing.T) {
	for failures, want := range map[int]string{
		2:   " -3 -2 -1 0 1 2 3 4",
		100: " -3 -2 -1 0 1flat 2flat 3gap 4",
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			good := r.candles()
			r.x.bars = good
			r.trading()
			r.minute(0)
			left := failures
			r.x.bars = func(n int, until market.Time) ([]market.Bar, error) {
				if left--; left >= 0 {
					return nil, errors.New("no route")
				}
				return good(n, until)
			}
			r.link(r.market, engine.StreamMarket, false)
			r.until(opening.Add(4*time.Minute - time.Second))
			r.link(r.market, engine.StreamMarket, true)
			r.minute(3)
			quotes := len(r.took(engine.KindQuote))
			if got := len(r.took(engine.KindBar)); got != 1 || quotes != 2 {
				t.Errorf("while the bars are fetched the engine took %d bars and %d quotes, want 1 and 2", got, quotes)
			}
			r.until(opening.Add(5 * time.Minute))
			r.minute(4)
			if got := r.heard(); got != want {
				t.Errorf("after %d failures the rules saw%s, want%s", failures, got, want)
			}
			r.stopped()
		})
	}
}

// TestStopWhileBarsAreFetched does not wait for them.
func TestStopWhileBarsAreFetched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.x.bars = r.candles()
		r.trading()
		r.minute(0)
		r.x.bars = func(int, market.Time) ([]market.Bar, error) { return nil, errors.New("no route") }
		r.link(r.market, engine.StreamMarket, false)
		r.link(r.market, engine.StreamMarket, true)
		synctest.Wait()
		asked := time.Now()
		close(r.stop)
		if err := r.over(); err != nil || time.Since(asked) != 0 {
			t.Errorf("stopping took %v and ended with %v, want no time and no error", time.Since(asked), err)
		}
	})
}

// TestBarsThatNobodyTradedIn are none: with a history that does not have them
// either, the next bar comes after one fetch, without a gap.
func TestBarsThatNobodyTradedIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.x.bars = r.candles()
		r.trading()
		r.minute(0)
		r.x.bars = func(int, market.Time) ([]market.Bar, error) { return []market.Bar{flatBar(-1), flatBar(0)}, nil }
		r.link(r.market, engine.StreamMarket, false)
		r.link(r.market, engine.StreamMarket, true)
		r.minute(3)
		if got, want := r.heard(), " -3 -2 -1 0 1flat 2flat 3"; got != want {
			t.Errorf("the rules saw%s, want%s", got, want)
		}
		if n := r.x.count("bars"); n != 3 {
			t.Errorf("bars were asked for %d times, want 3: warm-up, reconnect, and once more", n)
		}
		r.minute(6) // the link held: no question any more
		if n := r.x.count("bars"); n != 3 {
			t.Errorf("bars were asked for %d times, want no more", n)
		}
		r.stopped()
	})
}

// venue is a simulated exchange that does nothing but reconcile.
type venue struct{ told []engine.Event }

func (*venue) Market(*engine.Event) {}

func (v *venue) Do(cmd *engine.Command, at market.Time) {
	if cmd.Kind == engine.CommandReconcile {
		v.told = append(v.told, engine.Event{Kind: engine.KindReconciled, At: at, Scan: engine.Scan{Asked: at, Complete: true}})
	}
}

func (v *venue) Next(ev *engine.Event) bool {
	if len(v.told) == 0 {
		return false
	}
	*ev, v.told = v.told[0], v.told[1:]
	return true
}

func (*venue) Wake() market.Time { return 0 }
