package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/paper"
	"rulebot/internal/killpoint"
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
	// Tape is told what the core is told, before the core; nil is nobody.
	Tape Tape
	// Ready is called once, when the bot has reconciled and warmed up.
	Ready func()
	// Operator is where a person's instructions come from; nil is nowhere.
	// What waits there when the run begins is obeyed before anything else.
	Operator <-chan Instruction
	// Stop ends the run cleanly when it is closed; End when the market ended.
	Stop, End <-chan struct{}
	// Timing is the machine's time, unless another is given.
	Timing Timing
	Log    logrus.FieldLogger
}

// Exchange is where live orders go.
type Exchange struct {
	Executor    Executor
	Account     Account
	Keeper      Keeper // nil where the exchange holds no stops
	Instruments []string
	Currencies  []string // what trading them moves
	// Serial is for a stepped run, so that it repeats itself: one lane for
	// everything, and no order is late, since the market stands meanwhile.
	Serial bool
}

// WarmUp says which bars of the past the rules need. Longer series are
// fetched first, whole, where an exchange does not keep enough base bars for
// them; then the base bars, which also fill the longer bars under way.
type WarmUp struct {
	History History
	Longer  []Wanted
	Series  []market.Series // base bars of each instrument
	Bars    int             // at most so many of each
}

// Wanted is how many closed bars of a series are wanted.
type Wanted struct {
	Series market.Series
	Bars   int
}

// Loop is one run. Use it once.
type Loop struct {
	cfg    Config
	queue  chan item
	free   chan []engine.Event // used slices, to be filled again
	group  *errgroup.Group
	desk   *paper.Desk // nil when live
	lanes  *lanes      // nil in a dry run
	missed *missed
	wake   market.Time
	alarms <-chan market.Time
	timer  engine.Event
	progress
	unsaved
	looked  reading  // of the clocks, when the machine was last known to be awake
	stepper *Stepper // drives the loop in place of run; nil in a real one
	beat    beat
}

// unsaved is what waits for a commit.
type unsaved struct {
	gathered
	commitAt <-chan time.Time
	failed   bool // a commit failed: nothing may be sent any more
}

// progress is how far the start has come.
type progress struct {
	started bool // warmed up, and everything held back was taken
	settled bool // reconciled, or a reconciliation failed: the market may move
	ready   bool
}

// item is what the queue carries: the events of one frame or one answer.
type item struct {
	events []engine.Event
	came   market.Time // of a frame: when it came
	answer bool        // to a command
	bars   *fetched    // what came of a fetch of missed bars
	past   *past       // the warm-up; a stepper's alone
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
	cfg.Timing = cfg.Timing.withDefaults()
	if cfg.Tape == nil {
		cfg.Tape = untaped{}
	}
	l := &Loop{
		cfg:   cfg,
		queue: make(chan item, queueSize),
		free:  make(chan []engine.Event, queueSize),
	}
	l.looked = l.cfg.Timing.read()
	l.missed = newMissed(&l.cfg)
	if cfg.Paper != nil {
		l.desk = paper.New(cfg.Engine, cfg.Paper, l.see)
	} else {
		l.lanes = newLanes(&l.cfg, l.post)
	}
	return l
}

// Run trades until Stop or End is closed, ctx ends, or something breaks that
// the run must not survive. It returns when every goroutine has ended and the
// journal is committed.
func (l *Loop) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.group, ctx = errgroup.WithContext(ctx)
	l.feed(ctx, l.cfg.Streams.Market)
	l.feed(ctx, l.cfg.Streams.Private)
	l.group.Go(func() error { return l.missed.work(ctx, l.enqueue) })
	if l.lanes != nil {
		l.lanes.run(ctx, l.group)
	}
	err := l.obeyFirst()
	if err == nil {
		err = l.run(ctx)
	}
	l.cfg.Clock.WakeAt(0)
	var unsaved error
	if !l.failed {
		unsaved = l.commit()
	}
	l.beat.rest()
	cancel()
	if others := l.group.Wait(); others != nil && (err == nil || errors.Is(err, context.Canceled)) {
		err = others // what ended the run: the loop knows only that it ended
	}
	return errors.Join(err, unsaved)
}

func (l *Loop) feed(ctx context.Context, f Feed) {
	if f == nil {
		return
	}
	l.group.Go(func() error {
		err := f.Run(ctx, func(events []engine.Event) { l.enqueue(ctx, l.frame(events)) })
		switch {
		case over(ctx):
			return nil // that the feed ended is no news
		case err == nil:
			return errors.New("live: a feed ended by itself")
		}
		return err
	})
}

// frame is what a feed emitted.
func (l *Loop) frame(events []engine.Event) item {
	return item{events: l.copied(events), came: l.cfg.Clock.Now()}
}

// over reports whether the run is.
func over(ctx context.Context) bool { return ctx.Err() != nil }

// copied keeps events that are valid only during a call.
func (l *Loop) copied(events []engine.Event) []engine.Event {
	var into []engine.Event
	select {
	case into = <-l.free:
	default:
	}
	old := into[:cap(into)]
	into = into[:0]
	for i := range events {
		var levels market.Depth // of what stood here before: its memory is used again
		if i < len(old) {
			levels = old[i].Depth
		}
		levels.Set(events[i].Depth)
		into = append(into, events[i])
		into[i].Depth = levels
	}
	return into
}

func (l *Loop) enqueue(ctx context.Context, it item) {
	if l.stepper != nil {
		l.stepper.queue = append(l.stepper.queue, it)
		return
	}
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
	switch last, err := l.start(ctx); {
	case err != nil:
		return err
	case last != nil:
		return l.finish(ctx, last)
	}
	for {
		var err error
		l.beat.rest()
		select {
		case it := <-l.queue:
			err = l.handle(it)
		case it := <-l.lanes.refusals():
			err = l.handle(it)
		case at := <-l.alarms:
			err = l.alarm(at)
		case in := <-l.cfg.Operator:
			err = l.obey(in)
		case <-l.commitAt:
			l.commitAt = nil
			err = l.commit()
		case <-l.cfg.Stop:
			return l.finish(ctx, stopped())
		case <-l.cfg.End:
			return l.finish(ctx, ended())
		case <-ctx.Done():
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// stopped is the last event of a run that a person ended: what on_exit says is
// carried out.
func stopped() *engine.Event {
	return &engine.Event{Kind: engine.KindCommand, Operator: engine.OperatorStop}
}

// ended is the last event of a run whose market ended.
func ended() *engine.Event { return &engine.Event{Kind: engine.KindEnd} }

// handle takes everything that one frame or answer says.
func (l *Loop) handle(it item) error {
	l.beat.work()
	if !it.lost() {
		defer l.cfg.Clock.End()
	}
	now, err := l.awake()
	if err != nil {
		return err
	}
	for i := range it.events {
		ev := &it.events[i]
		ev.Seen, ev.Market.Came = now, it.came
		if err := l.take(ev); err != nil {
			return err
		}
	}
	if it.answer {
		l.lanes.inFlight--
	}
	if it.bars != nil {
		if err := l.filled(it.bars); err != nil {
			return err
		}
	}
	select {
	case l.free <- it.events:
	default: // enough of them
	}
	l.schedule()
	return nil
}

func (l *Loop) take(ev *engine.Event) error {
	switch ev.Kind {
	case engine.KindLink:
		l.noteLink(&ev.Link)
	case engine.KindBar:
		if l.missed.hold(ev) {
			return nil
		}
	case engine.KindHistory:
		l.missed.note(&ev.Bar, ev.Instrument)
	default: // nothing that the driver looks at
	}
	return l.give(ev)
}

// give hands an event to the engine.
func (l *Loop) give(ev *engine.Event) error {
	l.cfg.Tape.Take(ev)
	if l.desk != nil {
		return l.desk.Take(ev)
	}
	return l.step(ev)
}

// step is the live half of what the desk is for a dry run.
func (l *Loop) step(ev *engine.Event) error {
	out := l.cfg.Engine.Step(ev)
	l.wake = out.Wake
	l.lanes.latch(out.Changes)
	if err := l.see(ev, out); err != nil {
		return err
	}
	if err := l.cfg.Engine.Err(); err != nil {
		return err
	}
	l.lanes.dispatch(out.Commands)
	if ev.Kind == engine.KindReconciled && !ev.Scan.Audit {
		l.reconciled(ev.Scan.Complete)
	}
	return nil
}

// see journals an outcome, durably when something is to be sent, and shows it.
func (l *Loop) see(ev *engine.Event, out *engine.Outcome) error {
	l.note(ev, out)
	if len(out.Changes) > 0 {
		l.cfg.Journal.Append(out.Changes)
	}
	if len(out.Commands) > 0 && l.cfg.Journal.Pending() > 0 {
		if err := l.commit(); err != nil {
			return fmt.Errorf("nothing was sent: %w", err)
		}
	}
	if l.cfg.Observe != nil {
		l.cfg.Observe(ev, out)
	}
	return nil
}

func (l *Loop) commit() error {
	l.beat.work()
	l.begin()
	if err := l.cfg.Journal.Commit(); err != nil {
		l.failed = true
		return fmt.Errorf("live: journal: %w", err)
	}
	l.durable()
	return nil
}

// schedule arms the group commit, and the alarm for when the engine is next
// due. It comes before the end of what is being handled: a stepped clock moves
// at once, and must know where to stop.
func (l *Loop) schedule() {
	if l.desk != nil {
		l.wake = l.desk.Wake()
	}
	l.alarms = l.cfg.Clock.WakeAt(l.wake)
	if l.stepper != nil {
		return // who drives it sees what is pending
	}
	if l.commitAt == nil && l.cfg.Journal.Pending() > 0 {
		l.commitAt = time.After(groupCommit)
	}
}

func (l *Loop) alarm(at market.Time) error {
	l.beat.work()
	defer l.cfg.Clock.End()
	l.wake = 0
	l.cfg.Clock.WakeAt(0) // it has rung: the same time again is another alarm
	if _, err := l.awake(); err != nil {
		return err
	}
	l.cfg.Tape.Ring(at)
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
	if link.Stream == engine.StreamMarket {
		l.missed.interrupted(l.started)
	}
}

// reconciled notes that a reconciliation ended. Also one that failed lets the
// market move: it is repeated after a while, and a while must pass.
func (l *Loop) reconciled(complete bool) {
	if complete && !l.ready {
		l.ready = true
		if l.cfg.Ready != nil {
			l.cfg.Ready()
		}
	}
	if !l.settled {
		l.settled = true
		l.cfg.Clock.End() // the first hold of a stepped clock
	}
}

// finish takes the last event of the run and waits for the answers that are
// under way.
func (l *Loop) finish(ctx context.Context, last *engine.Event) error {
	now := l.cfg.Clock.Now()
	last.At, last.Seen = now, now
	if l.desk != nil {
		l.cfg.Tape.Finish(last)
		return l.desk.Finish(last)
	}
	killpoint.Reach(killpoint.Stopping)
	if err := l.take(last); err != nil {
		return err
	}
	killpoint.Reach(killpoint.Stopping)
	deadline := time.After(stopWait)
	for l.lanes.inFlight > 0 {
		l.beat.rest()
		select {
		case it := <-l.queue:
			if err := l.handle(it); err != nil {
				return err
			}
		case it := <-l.lanes.refusals():
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
