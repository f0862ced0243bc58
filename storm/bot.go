package storm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sirupsen/logrus"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/order"
	"rulebot/exchange"
)

// bot is one process: everything in it is gone when it dies.
type bot struct {
	run     *run
	clock   clock
	engine  *engine.Engine
	stepper *live.Stepper
	journal *journal
	ctx     context.Context
	threads
	ids   order.IDs
	known map[string]string // strategy of an order

	dead    bool
	planned bool          // a turn of the loop
	saving  bool          // a commit
	frozen  time.Duration // until then nothing of it runs
	chatter
}

// chatter is what a process logged in a second.
type chatter struct {
	second time.Duration
	lines  int
}

// threads are what of a process waits: for work, for answers, for frames.
type threads struct {
	fibers  []*fiber
	lanes   []*lane
	sockets []*socket
}

// lane carries out one request at a time.
type lane struct {
	name  string
	fiber *fiber
}

// Bounds of a process.
const (
	groupCommit = 5 * time.Millisecond
	queueMax    = 4096 // frames that a connection holds
	linesMax    = 500  // lines that it logs in a second
	loopMax     = 1024 // frames that wait for the loop; what reads them waits then
)

// start makes a process that finds what the one before it left.
func (r *run) start() error {
	b := &bot{run: r, ctx: context.Background(), known: map[string]string{}}
	r.bot = b
	b.clock = clock{bot: b, began: r.world.now, drift: r.knobs.Clock.Drift, origin: r.world.now}
	if off := int64(r.knobs.Clock.Offset); off > 0 {
		b.clock.origin += time.Duration(r.world.random.Int64N(2*off) - off)
	}
	if err := r.rot(); err != nil {
		return err
	}
	opened, err := r.disk.start()
	if err != nil {
		return fmt.Errorf("the journal does not open: %w", err)
	}
	b.journal = &journal{bot: b, store: opened}
	boot, err := opened.Boot(func() uint64 { return r.world.random.Uint64() >> 24 })
	if err != nil {
		return err
	}
	b.ids = order.IDs{Tag: order.Tag("storm", opened.ID()), Boot: boot}
	if b.engine, err = r.engine(b.ids); err != nil {
		return err
	}
	if err := b.restore(opened); err != nil {
		return err
	}
	return b.connect()
}

// restore folds the journal into the engine, and shows it to the judge.
func (b *bot) restore(from store) error {
	var all []engine.Change
	err := from.Replay(func(c engine.Change) error {
		all = append(all, c)
		if c.Kind == engine.ChangeOrder {
			b.known[c.Order.ClientID] = c.Order.Strategy
		}
		return b.engine.Restore(&c)
	})
	if err != nil {
		return fmt.Errorf("the journal does not restore: %w", err)
	}
	b.engine.Restored()
	b.run.judge.Started(b.records(all), len(all))
	b.run.say("start: %d records", len(all))
	return nil
}

// connect makes the loop and everything around it.
func (b *bot) connect() error {
	r := b.run
	timing := exchange.Timing{Now: b.clock.even, Sleep: r.world.sleep, Wall: b.clock.wall}
	log := logrus.New()
	log.SetOutput(io.Discard)
	hook := &logged{b}
	r.hooks = append(r.hooks, hook)
	log.AddHook(hook)
	ends, err := r.dialect.connect(b, &port{timing: timing, warn: func(what string) func(error) {
		return func(err error) { log.WithError(err).Warn(what) }
	}})
	if err != nil {
		return err
	}
	b.stepper = live.NewStepper(live.Config{
		Engine: b.engine, Journal: b.journal, Clock: &b.clock,
		WarmUp: r.plan.warmUp(ends.history), Observe: b.observe,
		Timing:   live.Timing{Elapsed: b.clock.elapsed, Sleep: r.world.sleep, Wall: b.clock.wall, Moved: b.clock.total},
		Log:      log,
		Streams:  ends.streams,
		Exchange: ends.exchange,
	})
	b.spawn(func() { ends.keepTime(b.ctx) })
	for _, run := range ends.feeds {
		b.feed(run)
	}
	for _, name := range append([]string{live.LaneScans, live.LaneBars}, r.plan.ids...) {
		b.open(name)
	}
	b.step(b.stepper.Begin)
	return nil
}

func (b *bot) spawn(fn func()) *fiber {
	f := b.run.world.spawn(func() time.Duration { return b.frozen }, fn)
	b.fibers = append(b.fibers, f)
	return f
}

func (b *bot) feed(run runs) {
	b.spawn(func() {
		err := run(b.ctx, func(events []engine.Event) {
			if !b.run.dialect.locks {
				b.room()
			}
			b.stepper.Frame(events)
			b.turnSoon()
		})
		b.exit(fmt.Errorf("a feed ended: %w", err))
	})
}

// room waits until the loop has some.
func (b *bot) room() {
	for b.stepper.Waiting() >= loopMax {
		_ = b.run.world.sleep(b.ctx, time.Millisecond) // it is killed, or it slept
	}
}

// open starts a lane, which does what it is told, one request after the other.
func (b *bot) open(name string) {
	l := &lane{name: name}
	l.fiber = b.spawn(func() {
		for {
			do := b.stepper.Errand(name)
			if do == nil {
				b.run.world.current.idle()
				continue
			}
			if stall := b.run.faults().Process.Stall; stall > 0 {
				_ = b.run.world.sleep(b.ctx, b.run.world.upTo(stall)) // it is killed, or it slept
			}
			do(b.ctx)
			b.turnSoon()
		}
	})
	b.lanes = append(b.lanes, l)
}

// after lets the process do something later, unless it is dead by then; while
// it is stopped, nothing happens.
func (b *bot) after(d time.Duration, do func()) {
	w := b.run.world
	var then func()
	then = func() {
		switch {
		case b.dead:
		case b.frozen > w.now:
			w.after(b.frozen-w.now, then)
		default:
			do()
		}
	}
	w.after(d, then)
}

// turnSoon lets the loop take what waits.
func (b *bot) turnSoon() {
	if b.planned || b.dead {
		return
	}
	b.planned = true
	b.after(time.Duration(b.run.world.random.IntN(200))*time.Microsecond, func() {
		b.planned = false
		for !b.dead && b.stepper.Waiting() > 0 {
			if n := b.stepper.Waiting(); n > queueMax {
				b.run.judge.Violated("I17", "%d frames wait", n)
			}
			b.step(b.stepper.Step)
		}
	})
}

// step runs the loop's own code, in which the process may die.
func (b *bot) step(do func() error) {
	if b.dead {
		return
	}
	defer func() {
		if p := recover(); p != nil && p != any(killed{}) {
			b.run.judge.Violated("I15", "panic: %v", p)
			b.dying("a panic", nil)
		}
	}()
	if err := do(); err != nil {
		b.exit(err)
		return
	}
	for _, l := range b.lanes {
		l.fiber.wakeIdle()
	}
	if b.journal.Pending() > 0 && !b.saving {
		b.saving = true
		b.after(groupCommit, func() {
			b.saving = false
			b.step(b.stepper.Commit)
		})
	}
}

// exit is the end of a process that says why; a supervisor starts it again.
func (b *bot) exit(err error) {
	if b.dead {
		return
	}
	b.run.count("exit")
	if broken := b.engine.Err(); broken != nil {
		b.run.judge.Violated("I15", "the engine ended: %v", broken)
	}
	if !errors.Is(err, errDisk) && !errors.Is(err, errFull) {
		b.run.say("exit: %v", err)
	}
	b.dying("exit", nil)
}

// effect is a place where the process can die.
func (b *bot) effect(where string) {
	if b.doomed() {
		b.die(where)
	}
}

// doomed reports whether the process dies at the effect at hand.
func (b *bot) doomed() bool {
	r := b.run
	if r.calm || r.crashes >= r.knobs.Process.Crashes || !r.world.chance(crashShare) {
		return false
	}
	return true
}

// crashShare is how many effects in ten thousand a process does not survive.
const crashShare = 150

// die is kill -9: it unwinds whatever runs.
func (b *bot) die(where string) {
	if b.dead {
		panic(killed{})
	}
	b.run.crashes++
	b.run.count("crash " + where)
	b.dying(where, b.journal.left)
	panic(killed{})
}

// dying lets the process be dead, and another one start.
func (b *bot) dying(where string, left []byte) {
	r := b.run
	if b.dead {
		return
	}
	b.dead = true
	r.say("dead: %s", where)
	r.world.after(0, func() {
		for _, f := range b.fibers {
			f.kill()
		}
		for _, s := range b.sockets {
			s.drop("process gone")
		}
		if err := r.disk.crash(left); err != nil {
			r.broken(err)
		}
	})
	r.world.after(500*time.Millisecond+r.world.upTo(20*time.Second), func() {
		err := r.start()
		switch {
		case err != nil && r.flipped:
			r.count("refused to start")
			r.say("it refuses to start: %v", err)
			r.refused = true // on a damaged journal, and names it: a person has the word
		case err != nil:
			r.judge.Violated("I15", "the next start: %v", err)
		}
	})
}

// floods judges how much is logged: I17.
func (b *bot) floods() {
	if second := b.run.world.now.Truncate(time.Second); b.second != second {
		b.second, b.lines = second, 0
	}
	if b.lines++; b.lines > linesMax {
		b.run.judge.Violated("I17", "more than %d lines are logged in a second", linesMax)
	}
}

// logged shows the bot's log to the judge. A logger keeps what it wrote in a
// pool for two collections of garbage, and through its hook all of the run, were
// it not for the end of the run, which takes the bot away.
type logged struct{ bot *bot }

// Levels is all of them.
func (*logged) Levels() []logrus.Level { return logrus.AllLevels }

// Fire takes one entry.
func (l *logged) Fire(e *logrus.Entry) error {
	text := e.Message
	if err, ok := e.Data[logrus.ErrorKey].(error); ok {
		text += ": " + err.Error()
	}
	if l.bot == nil {
		return nil
	}
	l.bot.run.leaks("log", text)
	l.bot.floods()
	l.bot.run.say("log: %s", text)
	return nil
}
