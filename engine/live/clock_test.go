package live_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"rulebot/engine/live"
	"rulebot/engine/market"
)

// advance moves a stepped clock on a goroutine of its own.
func advance(ctx context.Context, c *live.Stepped, to market.Time) <-chan error {
	done := make(chan error, 1)
	go func() { done <- c.Advance(ctx, to) }()
	synctest.Wait()
	return done
}

// waiting reports whether an Advance has not returned.
func waiting(done <-chan error) bool {
	select {
	case <-done:
		return false
	default:
		return true
	}
}

func TestSteppedClockWaitsForEveryEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := live.NewStepped(1000)
		c.Begin()
		c.Begin()
		done := advance(t.Context(), c, 2000)
		for left := 3; left > 0; left-- { // two and the first hold
			if synctest.Wait(); !waiting(done) || c.Now() != 1000 {
				t.Fatalf("with %d under way the clock stands at %d, want it to wait at 1000", left, c.Now())
			}
			c.End()
		}
		if err := <-done; err != nil || c.Now() != 2000 {
			t.Errorf("got %v and %d, want no error and 2000", err, c.Now())
		}
		if err := c.Advance(t.Context(), 1500); err != nil || c.Now() != 2000 {
			t.Errorf("back to 1500: got %v and %d, want the clock to stay at 2000", err, c.Now())
		}
	})
}

func TestSteppedClockStopsForAlarms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := live.NewStepped(0)
		alarm := c.WakeAt(300)
		c.End()
		done := advance(t.Context(), c, 1000)
		var rung []market.Time
		for _, next := range []market.Time{500, 500, 400, 2000} { // again at once, and a time that has passed
			at := <-alarm
			rung = append(rung, at)
			if c.Now() != at || !waiting(done) {
				t.Errorf("alarm %d: the clock stands at %d, want it to wait", at, c.Now())
			}
			alarm = c.WakeAt(next)
			c.End()
			synctest.Wait()
		}
		if err := <-done; err != nil || c.Now() != 1000 {
			t.Errorf("got %v and %d, want no error and 1000", err, c.Now())
		}
		if want := []market.Time{300, 500, 500, 500}; !slices.Equal(rung, want) {
			t.Errorf("rang at %v, want %v", rung, want)
		}
		c.WakeAt(0) // taken back
		if err := c.Advance(t.Context(), 3000); err != nil || c.Now() != 3000 {
			t.Errorf("got %v and %d, want no error and 3000", err, c.Now())
		}
	})
}

func TestSteppedClockGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := live.NewStepped(1)
		ctx, cancel := context.WithCancel(t.Context())
		done := advance(ctx, c, 2)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) || c.Now() != 1 {
			t.Errorf("got %v and %d, want %v and 1", err, c.Now(), context.Canceled)
		}
		c.End()
		if err := c.Advance(ctx, 2); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
	})
}

func TestSteppedClockMisused(t *testing.T) {
	c := live.NewStepped(1)
	c.End()
	defer func() {
		if recover() == nil {
			t.Error("let go of once too often: want a panic")
		}
	}()
	c.End()
}

func TestSteppedClockStartsWhereTheMarketDoes(t *testing.T) {
	c := live.NewStepped(0)
	c.StartAt(500)
	c.StartAt(400)
	if c.Now() != 500 {
		t.Errorf("stands at %d, want 500", c.Now())
	}
}

// TestSteppedClockRepeats lets workers hold and release the clock from many
// goroutines: what is observed is the same whatever the scheduler does.
func TestSteppedClockRepeats(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		times := rapid.SliceOfN(rapid.IntRange(1, 50), 1, 20).Draw(rt, "times")
		wakes := rapid.SliceOfN(rapid.IntRange(0, 60), len(times), len(times)).Draw(rt, "wakes")
		slices.Sort(times)
		var seen [2][]market.Time
		for run := range seen {
			synctest.Test(t, func(t *testing.T) { seen[run] = observe(t, times, wakes) })
		}
		if !slices.Equal(seen[0], seen[1]) {
			rt.Fatalf("two runs saw %v and %v", seen[0], seen[1])
		}
		if !slices.IsSorted(seen[0]) {
			rt.Fatalf("time ran backwards: %v", seen[0])
		}
	})
}

// observe notes the clock whenever it moved, while three workers hold it.
func observe(t *testing.T, times, wakes []int) (seen []market.Time) {
	c := live.NewStepped(0)
	alarm := c.WakeAt(0)
	moved := make(chan market.Time)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		defer close(moved)
		for _, at := range times {
			if c.Advance(t.Context(), market.Time(at)) != nil {
				return
			}
			for range 3 {
				c.Begin()
				go c.End()
			}
			c.Begin()
			moved <- c.Now()
		}
	}()
	c.End()
	for n := 0; ; {
		select {
		case at, ok := <-moved:
			if !ok {
				return seen
			}
			seen = append(seen, at)
			c.WakeAt(market.Time(wakes[n]))
			n++
			c.End()
		case at := <-alarm:
			seen = append(seen, at)
			c.End()
		}
	}
}

func TestRealClock(t *testing.T) {
	for _, speed := range []int{0, 1, 7, 50} {
		synctest.Test(t, func(t *testing.T) {
			times := max(speed, 1)
			c := live.NewReal(opening, speed)
			pause(1500 * time.Millisecond)
			if got, want := c.Now(), opening.Add(1500*time.Millisecond*time.Duration(times)); got != want {
				t.Errorf("speed %d: got %v after 1.5 s, want %v", speed, got, want)
			}
			due := c.Now().Add(10 * time.Second)
			began := time.Now()
			at := <-c.WakeAt(due)
			if want := 10 * time.Second / time.Duration(times); time.Since(began) != want {
				t.Errorf("speed %d: rang after %v, want %v", speed, time.Since(began), want)
			}
			if at > due || at < due.Add(-time.Duration(times)) {
				t.Errorf("speed %d: rang at %v, want %v less a truncated nanosecond", speed, at, due)
			}
		})
	}
}

// TestRealClockAlarms are replaced, taken back, and asked for again.
func TestRealClockAlarms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := live.NewReal(opening, 1)
		began := time.Now()
		c.WakeAt(opening.Add(time.Second))
		alarm := c.WakeAt(opening.Add(3 * time.Second))
		if <-alarm; time.Since(began) != 3*time.Second {
			t.Errorf("rang after %v, want 3s: the second time replaces the first", time.Since(began))
		}
		c.WakeAt(0)
		c.WakeAt(opening.Add(time.Second)) // passed
		if <-alarm; time.Since(began) > 3*time.Second+time.Millisecond {
			t.Errorf("a time that has passed rang after %v", time.Since(began))
		}
		c.WakeAt(opening.Add(5 * time.Second))
		pause(10 * time.Second)
		c.WakeAt(0) // rang, and nobody heard it
		select {
		case at := <-alarm:
			t.Errorf("rang at %v, and it was taken back", at)
		case <-time.After(time.Hour):
		}
	})
}

// TestSteppedClockSleeps: sleepers wake in market time, the clock stands until
// they let go, and who gives up leaves nothing behind.
func TestSteppedClockSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := live.NewStepped(0) // the first sleeper's hold
		first, given := make(chan bool, 1), make(chan bool, 1)
		giveUp := make(chan struct{})
		c.Begin()
		go func() { first <- c.Sleep(nil, 300) }()
		go func() { given <- c.Sleep(giveUp, 200) }()
		late, cancel := c.After(700)
		_, forget := c.After(400)
		synctest.Wait()
		close(giveUp)
		if <-given {
			t.Error("who gave up was woken")
		}
		forget()
		c.End() // of who gave up, who holds the clock again
		done := advance(t.Context(), c, 1000)
		if !<-first || c.Now() != 300 || !waiting(done) {
			t.Errorf("the clock stands at %d, want it to wait at 300", c.Now())
		}
		c.End()
		<-late
		if c.Now() != 700 || !waiting(done) {
			t.Errorf("the clock stands at %d, want it to wait at 700", c.Now())
		}
		c.Begin()
		settled := make(chan struct{})
		go func() { c.Settle(); close(settled) }()
		synctest.Wait()
		c.End()
		<-settled
		cancel() // lets go
		if err := <-done; err != nil || c.Now() != 1000 {
			t.Errorf("got %v and %d, want no error and 1000", err, c.Now())
		}
	})
}
