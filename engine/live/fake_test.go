package live_test

import (
	"context"
	"slices"
	"sync"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// feed is a stream that the test feeds.
type feed struct {
	frames chan []engine.Event
	fail   chan error
	begin  func() // a frame is on its way
}

func newFeed(begin func()) *feed {
	return &feed{frames: make(chan []engine.Event, 10_000), fail: make(chan error, 1), begin: begin}
}

func (f *feed) Run(ctx context.Context, emit func([]engine.Event)) error {
	scratch := make([]engine.Event, 0, 8)
	for {
		select {
		case events := <-f.frames:
			if ev := &events[0]; ev.Kind != engine.KindLink || ev.Link.Up {
				f.begin() // that a stream is down comes in no frame
			}
			scratch = append(scratch[:0], events...)
			emit(scratch)
			clear(scratch) // they were valid only during the call
		case err := <-f.fail:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// journal keeps changes in memory.
type journal struct {
	mu      sync.Mutex
	changes []engine.Change
	durable int
	commits []market.Time // when something became durable
	fail    error
	now     func() market.Time
}

func (j *journal) Append(changes []engine.Change) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.changes = append(j.changes, changes...)
}

func (j *journal) Commit() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fail != nil {
		return j.fail
	}
	if j.durable < len(j.changes) {
		j.durable = len(j.changes)
		j.commits = append(j.commits, j.now())
	}
	return nil
}

func (j *journal) Pending() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.changes) - j.durable
}

func (j *journal) breakNow(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.fail = err
}

// intends reports whether an intent of the order is durable.
func (j *journal) intends(clientID string, wish func(*order.Order) bool) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.ContainsFunc(j.changes[:j.durable], func(c engine.Change) bool {
		return c.Kind == engine.ChangeOrder && c.Order.ClientID == clientID && wish(&c.Order)
	})
}

// exchange is the far side: what each method says is the test's to choose.
type exchange struct {
	mu       sync.Mutex
	submit   func(o order.Order) order.Result
	cancel   func(o order.Order) order.Result
	query    func(o order.Order, asked market.Time) (order.Evidence, error)
	open     func() ([]order.Evidence, error)
	fills    func(id string) ([]order.Fill, error)
	balances func() ([]order.Balance, error)
	bars     func(n int, until market.Time) ([]market.Bar, error)
	calls    []call
	now      func() market.Time
}

type call struct {
	what string
	id   string
	at   market.Time
}

func (x *exchange) note(what, id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.calls = append(x.calls, call{what, id, x.now()})
}

// count returns how often something was called.
func (x *exchange) count(what string) (n int) {
	for _, c := range x.called() {
		if c.what == what {
			n++
		}
	}
	return n
}

func (x *exchange) called() []call {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.calls)
}

// names lists what was called, in order.
func (x *exchange) names() []string {
	var names []string
	for _, c := range x.called() {
		names = append(names, c.what)
	}
	return names
}

func (x *exchange) Submit(ctx context.Context, a risk.Approved) order.Result {
	o := a.Order()
	x.note("submit", o.ClientID)
	result := x.submit(o)
	if ctx.Err() != nil {
		x.note("broken off", o.ClientID)
	}
	return result
}

func (x *exchange) Cancel(_ context.Context, o order.Order) order.Result {
	x.note("cancel", o.ClientID)
	return x.cancel(o)
}

func (x *exchange) Order(_ context.Context, o order.Order, asked market.Time) (order.Evidence, error) {
	x.note("query", o.ClientID)
	return x.query(o, asked)
}

func (x *exchange) OpenOrders(context.Context, string) ([]order.Evidence, error) {
	x.note("open", "")
	return x.open()
}

func (x *exchange) Fills(_ context.Context, _, id string, since market.Time) ([]order.Fill, error) {
	x.note("fills", id)
	all, err := x.fills(id)
	return slices.DeleteFunc(all, func(f order.Fill) bool { return f.At < since }), err
}

func (x *exchange) Balances(context.Context, ...string) ([]order.Balance, error) {
	x.note("balances", "")
	return x.balances()
}

func (x *exchange) Bars(ctx context.Context, _ market.Series, n int, until market.Time) ([]market.Bar, error) {
	x.note("bars", "")
	if x.bars == nil {
		return nil, nil
	}
	bars, err := x.bars(n, until)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return bars, err
}

// newExchange accepts every order and fills none.
func newExchange(now func() market.Time) *exchange {
	return &exchange{
		now: now,
		submit: func(o order.Order) order.Result {
			return order.Result{Class: order.Accepted, ExchangeID: "1" + o.ClientID[14:20]}
		},
		cancel: func(o order.Order) order.Result { return order.Result{Class: order.Accepted, ExchangeID: o.ExchangeID} },
		query: func(o order.Order, asked market.Time) (order.Evidence, error) {
			return statement(&o, o.State, asked), nil
		},
		open:  func() ([]order.Evidence, error) { return nil, nil },
		fills: func(string) ([]order.Fill, error) { return nil, nil },
		balances: func() ([]order.Balance, error) {
			return []order.Balance{{Currency: "USD", Total: num.MustMoney("100000")}}, nil
		},
	}
}

// statement is evidence that the order is in a state, with what it filled.
func statement(o *order.Order, s order.State, asked market.Time) order.Evidence {
	ev := order.Evidence{
		Source: order.FromQuery, Asked: asked, Instrument: o.Instrument, ClientID: o.ClientID, ExchangeID: o.ExchangeID,
		State: s, Side: o.Side, Price: o.Price, Quantity: o.Quantity, Filled: o.Filled, At: asked,
	}
	if s == order.Filled {
		ev.Filled = o.Quantity
	}
	if ev.ExchangeID == "" {
		ev.ExchangeID = "1" + o.ClientID[14:20]
	}
	return ev
}

// fillOf executes an order completely, without a fee.
func fillOf(o *order.Order, at market.Time) order.Fill {
	return order.Fill{
		Instrument: o.Instrument, ClientID: o.ClientID, ExchangeID: o.ExchangeID, ID: "1", At: at,
		Side: o.Side, Price: o.Price, Quantity: o.Quantity, FeeCurrency: "USD",
	}
}

// stuckAccount never answers.
type stuckAccount struct{ *exchange }

func (stuckAccount) OpenOrders(ctx context.Context, _ string) ([]order.Evidence, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
