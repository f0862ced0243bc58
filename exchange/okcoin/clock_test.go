package okcoin_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/exchange/okcoin"
)

// far is an exchange's clock that is asked over a slow line.
type far struct {
	mu                 sync.Mutex
	ahead, there, back time.Duration
	asked              int
	err                error
}

// now is how the exchange stands, for one answer.
func (f *far) now() (ahead time.Duration, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ahead, f.err
}

// become changes it, and returns how often it was asked.
func (f *far) become(ahead time.Duration, err error) (asked int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ahead, f.err = ahead, err
	return f.asked
}

func (f *far) ask(ctx context.Context) (market.Time, error) {
	pass(ctx, f.there)
	f.mu.Lock()
	f.asked++
	f.mu.Unlock()
	ahead, err := f.now()
	at := market.TimeOf(time.Now()).Add(ahead)
	pass(ctx, f.back)
	return at, err
}

// pass lets time pass in a bubble.
func pass(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}

func wallTime() market.Time { return market.TimeOf(time.Now()) }

func TestClockIsMeasured(t *testing.T) {
	for _, c := range []struct {
		name    string
		far     *far
		within  time.Duration // of the truth
		trusted bool
	}{
		{"even line", &far{ahead: 300 * time.Millisecond, there: 20 * time.Millisecond, back: 20 * time.Millisecond}, 0, true},
		{"uneven line", &far{ahead: -300 * time.Millisecond, there: 100 * time.Millisecond}, 50 * time.Millisecond, true},
		{"two seconds off", &far{ahead: 2 * time.Second}, 0, true},
		{"six seconds off", &far{ahead: 6 * time.Second}, 0, false},
		{"six seconds behind", &far{ahead: -6 * time.Second}, 0, false},
		{"slow line", &far{there: 3 * time.Second, back: 3 * time.Second}, 0, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			clock := okcoin.NewClock(wallTime, 1)
			if _, err := clock.Measure(t.Context(), c.far.ask); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if d := clock.Now().Sub(wallTime().Add(c.far.ahead)).Abs(); d > c.within {
				t.Errorf("%s: %s off the truth, want at most %s", c.name, d, c.within)
			}
			if got := clock.Trusted() == nil; got != c.trusted {
				t.Errorf("%s: got %v, want trusted to be %v", c.name, clock.Trusted(), c.trusted)
			}
		})
	}
}

// TestClockIsKept: each minute, sooner while it is not trusted, and trusted
// again after the third good measure.
//
// Faults: CK-01 CK-05 CK-09.
func TestClockIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, there := okcoin.NewClock(wallTime, 1), &far{}
		var told []string
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			clock.Keep(ctx, there.ask, func(err error) { told = append(told, err.Error()) })
		}()
		expect := func(what string, after time.Duration, rounds int, trusted bool) {
			t.Helper()
			pass(ctx, after)
			synctest.Wait()
			if asked := there.become(there.now()); asked != 5*rounds || (clock.Trusted() == nil) != trusted {
				t.Errorf("%s: asked %d times, trusted: %v; want %d and %v", what, asked, clock.Trusted(), 5*rounds, trusted)
			}
		}
		expect("at first", time.Second, 1, true)
		expect("a minute later", time.Minute, 2, true)
		clock.Doubt()
		expect("after a refusal", 2*time.Second, 3, true)
		there.become(1500*time.Millisecond, nil)
		expect("after a jump", time.Minute, 4, false)
		expect("one good measure", 5*time.Second, 5, false)
		expect("three good measures", 10*time.Second, 7, true)
		there.become(1500*time.Millisecond, errors.New("nobody there"))
		pass(ctx, time.Minute)
		cancel()
		<-done
		if len(told) != 4 {
			t.Errorf("told %q, want the jump, how far, the end of it and the error", told)
		}
	})
}

func TestClockOfAFastMarket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, there := okcoin.NewClock(wallTime, 100), &far{ahead: time.Minute}
		if _, err := clock.Measure(t.Context(), there.ask); err != nil || clock.Trusted() != nil {
			t.Errorf("a minute off at 100 times the speed: got %v, %v, want it trusted", err, clock.Trusted())
		}
	})
}

// TestClockSigns: the correction is in the signature; a clock that is far off
// signs no new order, and the exchange hears nothing of it; cancels still go.
func TestClockSigns(t *testing.T) {
	var ahead atomic.Int64
	var stamps []string
	base, _ := fakeREST(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/general/v3/time":
			reply(t, w, 200, `{"iso":"`+okcoin.FormatTime(noon(t).Add(time.Duration(ahead.Load())))+`"}`)
		case "/api/spot/v3/orders":
			stamps = append(stamps, r.Header.Get("OK-ACCESS-TIMESTAMP"))
			reply(t, w, 200, `{"client_oid":"rab1c2d3","error_code":"0","order_id":"77","result":true}`)
		default:
			reply(t, w, 200, `{"client_oid":"rab1c2d3","error_code":"0","order_id":"77","result":true}`)
		}
	})
	c, err := okcoin.NewClient(okcoin.ClientConfig{Base: base, Keys: testKeys(), Now: fixed(noon(t))})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ahead.Store(int64(2 * time.Second))
	if warning, err := c.Measure(t.Context()); err != nil || warning == nil {
		t.Errorf("two seconds: got %v, %v, want a warning", warning, err)
	}
	if got := okcoin.SubmitOrder(t.Context(), c, testOrder()); got.Class != order.Accepted {
		t.Errorf("got %+v, want it accepted", got)
	}
	ahead.Store(int64(9 * time.Second))
	if _, err := c.Measure(t.Context()); err != nil {
		t.Error(err)
	}
	o := testOrder()
	if got := okcoin.SubmitOrder(t.Context(), c, o); got.Class != order.NotSent {
		t.Errorf("nine seconds off: got %+v, want it not sent", got)
	}
	if got := okcoin.SubmitBatch(t.Context(), c, []order.Order{o}); got[0].Class != order.NotSent {
		t.Errorf("nine seconds off, batch: got %+v, want it not sent", got)
	}
	if got := okcoin.AmendOrder(t.Context(), c, o); got.Class != order.NotSent {
		t.Errorf("nine seconds off, amend: got %+v, want it not sent", got)
	}
	if got := c.Cancel(t.Context(), o); got.Class != order.Accepted {
		t.Errorf("cancel: got %+v, want it accepted", got)
	}
	if len(stamps) != 1 || stamps[0] != "2024-03-01T12:00:02.000Z" {
		t.Errorf("signed at %q, want once, two seconds after noon", stamps)
	}
}

// TestClockThatStoodStillIsMovedOn measures a clock that a sleep left behind:
// once that is sure it is moved on, and soon trusted again.
func TestClockThatStoodStillIsMovedOn(t *testing.T) {
	var base, slept market.Time
	clock := okcoin.NewClock(func() market.Time { return base }, 0)
	clock.TellBehind(func(by time.Duration) { base = base.Add(by) })
	ask := func(context.Context) (market.Time, error) { return slept.Add(time.Second), nil }
	measure := func() {
		t.Helper()
		if _, err := clock.Measure(t.Context(), ask); err != nil {
			t.Fatal(err)
		}
	}
	measure()
	slept = slept.Add(40 * time.Second)
	for range 3 {
		measure()
		if clock.Trusted() == nil || base != 0 {
			t.Fatalf("trusted %v, moved to %s, before it was sure", clock.Trusted(), base)
		}
	}
	measure()
	if base != slept.Add(time.Second) {
		t.Errorf("moved to %s, want %s", base, slept.Add(time.Second))
	}
	for range 3 {
		measure()
	}
	if err := clock.Trusted(); err != nil {
		t.Errorf("after three more measures: %v", err)
	}
}
