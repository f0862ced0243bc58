package live_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// listing is an instrument against USD.
func listing(id string) market.Instrument {
	base, _, _ := strings.Cut(id, "-")
	return market.Instrument{
		ID: id, Base: base, Quote: "USD",
		Tick: num.MustPrice("0.01"), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("0.001"),
	}
}

// opening is where the market of every test begins: a full minute.
const opening = market.Time(1_767_571_200_000_000_000)

// rules is a program that says what the test wants: expression 1 is "enter"
// and 2 is "leave"; 3 is the size.
type rules struct {
	enter, leave bool
	bars         []market.Bar
}

func (r *rules) Update(_ int, b *market.Bar) { r.bars = append(r.bars, *b) }

func (r *rules) Condition(e engine.Expr, _ *engine.View) (engine.Truth, engine.Cause) {
	if e == 1 && r.enter || e == 2 && r.leave {
		return engine.True, engine.Ready
	}
	return engine.False, engine.Ready
}

func (r *rules) Number(engine.Expr, *engine.View) (float64, engine.Cause) { return 0.01, engine.Ready }

func (r *rules) Explain(engine.Expr, *engine.View, []engine.Reading) []engine.Reading { return nil }

// strategy enters while flat and leaves while long.
func strategy(name, instrument string) engine.Strategy {
	size := engine.Size{Unit: engine.SizeBase, Amount: 3}
	return engine.Strategy{
		Name: name, Series: market.Series{Instrument: instrument, Timeframe: market.Minute},
		Rules: []engine.Rule{
			{Name: "in", For: engine.ForFlat, When: 1, Level: true, Do: []engine.Action{{Kind: engine.ActionBuy, Size: size}}},
			{Name: "out", For: engine.ForLong, When: 2, Level: true, Do: []engine.Action{{Kind: engine.ActionClose}}},
		},
	}
}

// rig is a loop with fakes around it.
type rig struct {
	t               *testing.T
	market, private *feed
	x               *exchange
	journal         *journal
	rules           *rules
	engine          *engine.Engine
	clock           *watched
	cfg             live.Config
	stop, end       chan struct{}
	operator        chan live.Instruction
	done            chan error
	began           time.Time

	mu    sync.Mutex
	steps []engine.Event // as the observer saw them
	ready int
}

// watched is a real clock that counts what holds it.
type watched struct {
	*live.Real
	mu   sync.Mutex
	busy int
}

func (w *watched) Begin() { w.add(1) }
func (w *watched) End()   { w.add(-1) }

// Now and WakeAt take the lock, so that what the test read of the loop's
// things while all stood still was read before the loop goes on.
func (w *watched) Now() market.Time {
	w.add(0)
	return w.Real.Now()
}

func (w *watched) WakeAt(at market.Time) <-chan market.Time {
	w.add(0)
	return w.Real.WakeAt(at)
}

func (w *watched) add(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy += n
}

func (w *watched) held() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.busy
}

// newRig builds a live loop; call it in a bubble. Without strategies given it
// has one on BTC-USD.
func newRig(t *testing.T, strategies ...engine.Strategy) *rig {
	t.Helper()
	if len(strategies) == 0 {
		strategies = []engine.Strategy{strategy("s", "BTC-USD")}
	}
	clock := &watched{Real: live.NewReal(opening, 1), busy: 1}
	r := &rig{
		t: t, market: newFeed(clock.Begin), private: newFeed(clock.Begin), rules: &rules{}, clock: clock,
		stop: make(chan struct{}), end: make(chan struct{}), done: make(chan error, 1), began: time.Now(),
		operator: make(chan live.Instruction, 1),
	}
	r.journal = &journal{now: r.clock.Now}
	r.x = newExchange(r.clock.Now)
	r.engine = newEngine(t, r.rules, strategies)
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	r.cfg = live.Config{
		Engine: r.engine, Journal: r.journal, Clock: r.clock,
		Streams:  live.Streams{Market: r.market, Private: r.private},
		WarmUp:   live.WarmUp{History: r.x, Series: []market.Series{{Instrument: "BTC-USD", Timeframe: market.Minute}}, Bars: 3},
		Exchange: live.Exchange{Executor: r.x, Account: r.x},
		Observe:  r.see,
		Ready:    func() { r.ready++ },
		Stop:     r.stop, End: r.end, Operator: r.operator, Log: quiet,
	}
	for _, in := range listed(strategies) {
		r.cfg.Exchange.Instruments = append(r.cfg.Exchange.Instruments, in.ID)
	}
	return r
}

// listed returns the instruments of the strategies.
func listed(strategies []engine.Strategy) []market.Instrument {
	all := []market.Instrument{listing("BTC-USD")}
	for i := range strategies {
		in := listing(strategies[i].Series.Instrument)
		if !slices.Contains(all, in) {
			all = append(all, in)
		}
	}
	return all
}

func newEngine(t *testing.T, p engine.Program, strategies []engine.Strategy) *engine.Engine {
	t.Helper()
	return newAuditing(t, p, strategies, 0)
}

// newAuditing makes an engine that has its books compared so often; 0 is
// never.
func newAuditing(t *testing.T, p engine.Program, strategies []engine.Strategy, every time.Duration) *engine.Engine {
	t.Helper()
	all := listed(strategies)
	var l risk.Limits
	l.MaxOpenOrders = risk.PerInstrument{Instrument: 1000, Total: 1000}
	l.MaxFires = risk.Fires{Minute: 1000, Hour: 1000, Day: 100_000}
	l.MaxOrders = risk.Rates{Second: 1000, Minute: 1000, Day: 100_000}
	l, _ = l.Effective(num.MustMoney("100000"))
	var feeds []engine.Feed
	for _, in := range all {
		feeds = append(feeds, engine.Feed{Series: market.Series{Instrument: in.ID, Timeframe: market.Minute}, WarmUp: 1})
	}
	e, err := engine.New(engine.Config{
		Strategies: strategies, Program: p, Feeds: feeds, Instruments: all,
		Base: market.Minute, Quote: "USD", Limits: l, IDs: order.IDs{Tag: order.Tag("main", "test"), Boot: 1},
		CancelOnStop: true, Audit: every,
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (r *rig) see(ev *engine.Event, _ *engine.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.steps = append(r.steps, *ev)
}

// kinds returns the kinds of the events that the engine took.
func (r *rig) kinds() []engine.Kind {
	r.mu.Lock()
	defer r.mu.Unlock()
	var kinds []engine.Kind
	for i := range r.steps {
		kinds = append(kinds, r.steps[i].Kind)
	}
	return kinds
}

func (r *rig) took(kind engine.Kind) []engine.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	var events []engine.Event
	for i := range r.steps {
		if r.steps[i].Kind == kind {
			events = append(events, r.steps[i])
		}
	}
	return events
}

// run starts the loop.
func (r *rig) run() {
	go func() { r.done <- live.New(r.cfg).Run(r.t.Context()) }()
	synctest.Wait()
}

// up says that the streams are up.
func (r *rig) up() {
	r.link(r.market, engine.StreamMarket, true)
	r.link(r.private, engine.StreamPrivate, true)
	synctest.Wait()
}

func (r *rig) link(f *feed, name string, up bool) {
	f.frames <- []engine.Event{{Kind: engine.KindLink, At: r.clock.Now(), Link: engine.Link{Stream: name, Up: up, Reason: "test"}}}
}

// trading starts the loop and waits until it trades.
func (r *rig) trading() {
	r.run()
	r.up()
	if r.ready != 1 {
		r.t.Fatalf("Ready was called %d times, want 1", r.ready)
	}
}

// quote says what an instrument costs.
func (r *rig) quote(instrument string) {
	r.market.frames <- []engine.Event{{Kind: engine.KindQuote, Instrument: instrument, At: r.cfg.Clock.Now(), Quote: aQuote()}}
}

func aQuote() market.Quote {
	return market.Quote{
		Bid: num.MustPrice("99.99"), Ask: num.MustPrice("100.01"), BidSize: num.MustQuantity("10"), AskSize: num.MustQuantity("10"),
	}
}

// bar closes the bar of minute n after the opening. The clock must be past it.
func (r *rig) bar(instrument string, n int) {
	b := flatBar(n)
	r.market.frames <- []engine.Event{{Kind: engine.KindBar, Instrument: instrument, At: b.Close(), Bar: b}}
}

func flatBar(n int) market.Bar {
	p := num.MustPrice("100")
	open := opening.Add(time.Duration(n) * time.Minute)
	return market.Bar{Open: open, Timeframe: market.Minute, O: p, H: p, L: p, C: p, Volume: num.MustQuantity("1")}
}

// minute lets market time pass to the end of minute n, quotes, and closes it.
func (r *rig) minute(n int) {
	r.until(opening.Add(time.Duration(n+1) * time.Minute))
	r.quote("BTC-USD")
	r.bar("BTC-USD", n)
	synctest.Wait()
}

// until lets time pass.
func (r *rig) until(at market.Time) { r.pass(at.Sub(r.clock.Now())) }

// pass lets time pass until nothing is left to do in it.
func (r *rig) pass(d time.Duration) {
	r.clock.add(0)
	pause(d)
	synctest.Wait()
}

func pause(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}

// over waits for the end of the run and returns its error. After it nothing
// may be left: no goroutine (the bubble would complain), nothing pending.
func (r *rig) over() error {
	r.t.Helper()
	r.clock.add(0)
	var err error
	select {
	case err = <-r.done:
	case <-time.After(time.Minute):
		r.t.Fatal("the run did not end within a minute")
	}
	if n := r.journal.Pending(); n != 0 && r.journal.fail == nil {
		r.t.Errorf("%d changes are not durable after the run", n)
	}
	return err
}

// stopped ends the run as a person does: with everything handled.
func (r *rig) stopped() {
	r.t.Helper()
	synctest.Wait()
	close(r.stop)
	if err := r.over(); err != nil {
		r.t.Errorf("the run ended with %v, want no error", err)
	}
	alarms := len(r.took(engine.KindTimer)) // which only a stepped clock begins
	if n := r.clock.held() + alarms; n != 0 && r.ready > 0 {
		r.t.Errorf("a stepped clock would be held %d times after the run, want 0", n)
	}
}

func (r *rig) elapsed() time.Duration { return time.Since(r.began) }

// diff compares lists of names.
func diff(t *testing.T, what string, got, want []string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
