package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/engine/risk"
	"rulebot/exchange"
)

// trouble is what a drill does to a run on the built-in exchange: what goes
// wrong there, and that every pause of the bot passes in market time, so that
// it takes no time and two drills see the same.
type trouble struct {
	wrong  wrongs
	random *rand.Rand // of the pauses between connections; the streams take turns
	clock  *live.Stepped

	measured market.Time // when the exchange's clock is next

	mu   sync.Mutex
	owed int // holds of the clock for connections that a fault ended
}

// goodbyeWithin is how long, in real time, the market stands for a stream that
// should notice the end of its connection. One that had ended it itself does
// not.
const goodbyeWithin = 2 * time.Second

// farewell notes that the clock is held until a stream noticed its end.
func (t *trouble) farewell() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.owed++
	time.AfterFunc(goodbyeWithin, func() {
		if t.settle() {
			t.clock.End()
		}
	})
}

// settle takes over a hold, if there is one.
func (t *trouble) settle() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.owed == 0 {
		return false
	}
	t.owed--
	return true
}

// timing is the time of what holds the clock while it works: requests.
func (t *trouble) timing() exchange.Timing {
	if t == nil {
		return exchange.Timing{}
	}
	return exchange.Timing{
		Now: func() time.Time { return t.clock.Now().Std() },
		Sleep: func(ctx context.Context, d time.Duration) error {
			t.clock.Sleep(ctx.Done(), d)
			return ctx.Err()
		},
	}
}

// tether is how the connections of a stream are made again: after pauses of
// market time, which then stands until the attempt has ended. A stream may have
// several connections.
type tether struct {
	*trouble
	mu    sync.Mutex
	holds int // of the clock, by attempts that are to dial
}

// sleep is the pause before a connection is made.
func (t *tether) sleep(ctx context.Context, d time.Duration) error {
	if !t.settle() {
		t.clock.Begin()
	}
	if !t.clock.Sleep(ctx.Done(), d) {
		t.clock.End()
		return ctx.Err()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.holds++
	return nil
}

// taken hands the hold of an attempt over, if there is one: a first connection
// has none.
func (t *tether) taken() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.holds == 0 {
		return false
	}
	t.holds--
	return true
}

func (t *trouble) draw() float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.random.Float64()
}

// clocked makes the calls of a drill's run repeat themselves. It measures the
// exchange's clock each minute of market time, before an order: on a clock that
// stands while the bot works nobody else has the time. And it hands an answer
// over when all that the streams said meanwhile has been handled.
type clocked struct {
	caller
	clock  *live.Stepped
	began  market.Time // the clock is held beside us until it moves
	next   *market.Time
	report func(error)
}

// Submit measures the clock if that is due, and sends the order.
func (c clocked) Submit(ctx context.Context, a risk.Approved) order.Result {
	c.measure(ctx)
	defer c.settle()
	return c.caller.Submit(ctx, a)
}

func (c clocked) settle() {
	if c.clock.Now() > c.began {
		c.clock.Settle()
	}
}

func (c clocked) measure(ctx context.Context) {
	now := c.clock.Now()
	rounds := 0
	switch late := now.Sub(*c.next); {
	case late >= time.Minute:
		rounds = 4 // by now a jump would have been followed by three good ones
	case late >= 0:
		rounds = 1
	}
	for range rounds {
		*c.next = now.Add(time.Minute)
		warning, err := c.Measure(ctx)
		if err == nil {
			err = warning
		}
		if err != nil {
			c.report(err)
		}
	}
}

// Cancel cancels an order.
func (c clocked) Cancel(ctx context.Context, o order.Order) order.Result {
	defer c.settle()
	return c.caller.Cancel(ctx, o)
}

// Order asks how an order stands.
func (c clocked) Order(ctx context.Context, o order.Order, asked market.Time) (order.Evidence, error) {
	defer c.settle()
	return c.caller.Order(ctx, o, asked)
}

// Fills lists fills.
func (c clocked) Fills(ctx context.Context, instrument, exchangeID string, since market.Time) ([]order.Fill, error) {
	defer c.settle()
	return c.caller.Fills(ctx, instrument, exchangeID, since)
}

// OpenOrders lists what is open.
func (c clocked) OpenOrders(ctx context.Context, instrument string) ([]order.Evidence, error) {
	defer c.settle()
	return c.caller.OpenOrders(ctx, instrument)
}

// Balances reads what the account holds.
func (c clocked) Balances(ctx context.Context, currencies ...string) ([]order.Balance, error) {
	defer c.settle()
	return c.caller.Balances(ctx, currencies...)
}
