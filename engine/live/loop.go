package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/paper"
)

// Bounds of the loop.
const (
	queueSize   = 1024                   // frames; a full queue holds the feeds back, nothing is dropped
	groupCommit = 5 * time.Millisecond   // how long a change that sends nothing may wait for its commit
	sendAgeMax  = 250 * time.Millisecond // between an order's commit and its sending
	stopWait    = 5 * time.Second        // for answers under way when the run ends
)

// Config is what a loop is made of.
type Config struct {
	Engine  *engine.Engine
	Journal Journal
	Clock   Clock
	Streams Streams
	WarmUp  WarmUp
	// Paper is the simulated exchange of a dry run; nil when orders go to
	// Exchange.
	Paper    paper.Venue
	Exchange Exchange
	Observe  Observer
	// Ready is called once, when the bot has reconciled and warmed up.
	Ready func()
	// Stop ends the run cleanly when it is closed; End when the market ended.
	Stop, End <-chan struct{}
	Log       logrus.FieldLogger
}

// Streams are the feeds. Private is nil in a dry run.
type Streams struct{ Market, Private Feed }

// Exchange is where live orders go.
type Exchange struct {
	Executor    Executor
	Account     Account
	Instruments []string
	Serial      bool // one lane for all orders, so that a stepped run repeats itself
}

// WarmUp says which bars of the past the rules need.
type WarmUp struct {
	History History
	Series  []market.Series // base bars of each instrument
	Bars    int             // at most so many of each
}

// Loop is one run. Use it once.
type Loop struct {
	cfg      Config
	queue    chan item
	free     chan []engine.Event // used slices, to be filled again
	desk     *paper.Desk         // nil when live
	lanes    *lanes              // nil in a dry run
	wake     market.Time
	timer    engine.Event
	ready    bool
	commitAt <-chan time.Time
	up       map[string]bool
}

// item is what the queue carries: the events of one frame or one answer.
type item struct {
	events []engine.Event
	answer bool
}

// lost reports whether the item says that a stream went down: no frame was
// begun for that.
func (it item) lost() bool {
	for i := range it.events {
		if it.events[i].Kind == engine.KindLink && !it.events[i].Link.Up {
			return true
		}
	}
	return false
}

// New returns a loop that has not started.
func New(cfg Config) *Loop {
	l := &Loop{
		cfg:   cfg,
		queue: make(chan item, queueSize),
		free:  make(chan []engine.Event, queueSize),
		up:    make(map[string]bool),
	}
	if cfg.Paper != nil {
		l.desk = paper.New(cfg.Engine, cfg.Paper, l.see)
	} else {
		l.lanes = newLanes(&cfg, l.post)
	}
	return l
}

// Run trades until Stop or End is closed, ctx ends, or something breaks that
// the run must not survive. It returns when every goroutine has ended and the
// journal is committed.
func (l *Loop) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	g, ctx := errgroup.WithContext(ctx)
	l.feed(ctx, g, l.cfg.Streams.Market)
	l.feed(ctx, g, l.cfg.Streams.Private)
	if l.lanes != nil {
		l.lanes.run(ctx, g)
	}
	err := l.run(ctx)
	if commit := l.cfg.Journal.Commit(); commit != nil {
		err = errors.Join(err, fmt.Errorf("live: journal: %w", commit))
	}
	cancel()
	if others := g.Wait(); err == nil || errors.Is(err, context.Canceled) && others != nil {
		err = others
	}
	return err
}

func (l *Loop) feed(ctx context.Context, g *errgroup.Group, f Feed) {
	if f == nil {
		return
	}
	g.Go(func() error {
		err := f.Run(ctx, func(events []engine.Event) { l.enqueue(ctx, item{events: l.copied(events)}) })
		if ctx.Err() == nil {
			return err
		}
		return nil // the run is over: that the feed ended is no news
	})
}

// copied keeps events that are valid only during a call.
func (l *Loop) copied(events []engine.Event) []engine.Event {
	var into []engine.Event
	select {
	case into = <-l.free:
	default:
	}
	return append(into[:0], events...)
}

func (l *Loop) enqueue(ctx context.Context, it item) {
	select {
	case l.queue <- it:
	case <-ctx.Done():
	}
}

// post puts an answer into the queue.
func (l *Loop) post(ctx context.Context, events []engine.Event) {
	l.enqueue(ctx, item{events: events, answer: true})
}

// run is the loop: everything that touches the engine happens here.
func (l *Loop) run(ctx context.Context) error {
	held, err := l.start(ctx)
	if err != nil {
		return err
	}
	for _, it := range held {
		if err := l.handle(it); err != nil {
			return err
		}
	}
	for {
		var err error
		select {
		case it := <-l.queue:
			err = l.handle(it)
		case at := <-l.cfg.Clock.WakeAt(l.wake):
			err = l.alarm(at)
		case <-l.commitAt:
			l.commitAt = nil
			err = l.cfg.Journal.Commit()
		case <-l.cfg.Stop:
			return l.stop(ctx)
		case <-l.cfg.End:
			return l.finish(ctx, engine.Event{Kind: engine.KindEnd})
		case <-ctx.Done():
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// handle takes everything that one frame or answer says.
func (l *Loop) handle(it item) error {
	if !it.lost() {
		defer l.cfg.Clock.End()
	}
	now := l.cfg.Clock.Now()
	for i := range it.events {
		ev := &it.events[i]
		ev.Seen = now
		if err := l.take(ev); err != nil {
			return err
		}
	}
	if it.answer {
		l.lanes.inFlight--
	}
	select {
	case l.free <- it.events:
	default:
	}
	l.schedule()
	return nil
}

func (l *Loop) take(ev *engine.Event) error {
	if ev.Kind == engine.KindLink {
		l.noteLink(&ev.Link)
	}
	if l.desk != nil {
		return l.desk.Take(ev)
	}
	return l.step(ev)
}

// step is the live half of what the desk is for a dry run.
func (l *Loop) step(ev *engine.Event) error {
	out := l.cfg.Engine.Step(ev)
	l.wake = out.Wake
	if err := l.see(ev, &out); err != nil {
		return err
	}
	l.lanes.dispatch(out.Commands)
	if ev.Kind == engine.KindReconciled {
		l.becomeReady()
	}
	return l.cfg.Engine.Err()
}

// see journals an outcome, durably when something is to be sent, and shows it.
func (l *Loop) see(ev *engine.Event, out *engine.Outcome) error {
	if len(out.Changes) > 0 {
		l.cfg.Journal.Append(out.Changes)
	}
	if len(out.Commands) > 0 && l.cfg.Journal.Pending() > 0 {
		if err := l.cfg.Journal.Commit(); err != nil {
			return fmt.Errorf("live: nothing was sent: journal: %w", err)
		}
	}
	if l.cfg.Observe != nil {
		l.cfg.Observe(ev, out)
	}
	return nil
}

// schedule arms the group commit and notes when the engine is next due.
func (l *Loop) schedule() {
	if l.desk != nil {
		l.wake = l.desk.Wake()
	}
	if l.commitAt == nil && l.cfg.Journal.Pending() > 0 {
		l.commitAt = time.After(groupCommit)
	}
}

func (l *Loop) alarm(at market.Time) error {
	defer l.cfg.Clock.End()
	l.wake = 0
	var err error
	if l.desk != nil {
		err = l.desk.Until(at)
	} else {
		l.timer = engine.Event{Kind: engine.KindTimer, At: at, Seen: at}
		err = l.step(&l.timer)
	}
	l.schedule()
	return err
}

// noteLink logs a stream that went down or came back, and fetches the bars
// that passed meanwhile.
func (l *Loop) noteLink(link *engine.Link) {
	entry := l.cfg.Log.WithField("stream", link.Stream)
	if !link.Up {
		entry.WithField("reason", link.Reason).Warn("stream down")
		return
	}
	entry.Info("stream up")
	if l.ready && link.Stream == engine.StreamMarket && l.lanes != nil {
		l.lanes.backfill()
	}
}

func (l *Loop) becomeReady() {
	if l.ready {
		return
	}
	l.ready = true
	if l.cfg.Ready != nil {
		l.cfg.Ready()
	}
	l.cfg.Clock.End() // the first hold of a stepped clock: the market may move
}

// streams returns the names of the streams that must be up before trading.
func (l *Loop) streams() []string {
	if l.cfg.Streams.Private == nil {
		return []string{engine.StreamMarket}
	}
	return []string{engine.StreamMarket, engine.StreamPrivate}
}

func (l *Loop) allUp() bool {
	return !slices.ContainsFunc(l.streams(), func(s string) bool { return !l.up[s] })
}

// start waits for the streams, holds back what they say, warms the rules up
// and, in a dry run, reconciles with the desk's exchange.
func (l *Loop) start(ctx context.Context) ([]item, error) {
	var held []item
	for !l.allUp() {
		select {
		case it := <-l.queue:
			held = append(held, it)
			for i := range it.events {
				if ev := &it.events[i]; ev.Kind == engine.KindLink {
					l.up[ev.Link.Stream] = ev.Link.Up
				}
			}
		case <-l.cfg.Stop:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if err := l.warmUp(ctx); err != nil {
		return nil, err
	}
	if l.desk != nil {
		if err := l.desk.Start(l.cfg.Clock.Now()); err != nil {
			return nil, err
		}
		l.becomeReady()
	}
	return held, nil
}

func (l *Loop) warmUp(ctx context.Context) error {
	w := &l.cfg.WarmUp
	if w.History == nil || w.Bars == 0 {
		return nil
	}
	for _, s := range w.Series {
		bars, err := w.History.Bars(ctx, s, w.Bars, l.cfg.Clock.Now())
		if err != nil {
			return fmt.Errorf("live: warm-up of %s: %w", s, err)
		}
		l.cfg.Log.WithFields(logrus.Fields{"series": s.String(), "bars": len(bars), "wanted": w.Bars}).Info("warm-up")
		for _, ev := range historyEvents(s.Instrument, bars) {
			ev.Seen = l.cfg.Clock.Now()
			if err := l.take(&ev); err != nil {
				return err
			}
		}
	}
	return nil
}

func historyEvents(instrument string, bars []market.Bar) []engine.Event {
	events := make([]engine.Event, 0, len(bars))
	for i := range bars {
		events = append(events, engine.Event{Kind: engine.KindHistory, Instrument: instrument, At: bars[i].Close(), Bar: bars[i]})
	}
	return events
}

// stop ends the run as a person asked: what on_exit says is carried out, and
// answers under way are waited for.
func (l *Loop) stop(ctx context.Context) error {
	return l.finish(ctx, engine.Event{Kind: engine.KindCommand, Operator: engine.OperatorStop})
}

func (l *Loop) finish(ctx context.Context, last engine.Event) error {
	last.At, last.Seen = l.cfg.Clock.Now(), l.cfg.Clock.Now()
	if l.desk != nil {
		return l.desk.Finish(&last)
	}
	if err := l.take(&last); err != nil {
		return err
	}
	deadline := time.After(stopWait)
	for l.lanes.inFlight > 0 {
		select {
		case it := <-l.queue:
			if err := l.handle(it); err != nil {
				return err
			}
		case <-deadline:
			l.cfg.Log.WithField("requests", l.lanes.inFlight).Warn("stopping with answers still under way: the next start asks for them")
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
