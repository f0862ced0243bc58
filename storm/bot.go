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
	"rulebot/exchange/okcoin"
)

// bot is one process: everything in it is gone when it dies.
type bot struct {
	run     *run
	clock   clock
	engine  *engine.Engine
	stepper *live.Stepper
	client  *okcoin.Client
	journal *journal
	ctx     context.Context
	threads
	ids   order.IDs
	known map[string]string // strategy of an order

	dead    bool
	planned bool          // a turn of the loop
	saving  bool          // a commit
	frozen  time.Duration // until then nothing of it runs
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
	queueMax    = 4096
)

// start makes a process that finds what the one before it left.
func (r *run) start() error {
	b := &bot{run: r, ctx: context.Background(), known: map[string]string{}}
	r.bot = b
	b.clock = clock{bot: b, began: r.world.now, drift: r.knobs.Clock.Drift, origin: r.world.now}
	if off := int64(r.knobs.Clock.Offset); off > 0 {
		b.clock.origin += time.Duration(r.world.random.Int64N(2*off) - off)
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
	if b.engine, err = r.plan.engine(b.ids); err != nil {
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
	wire := &wire{bot: b}
	keys := okcoin.Keys{Key: exchange.NewSecret(apiKey), Secret: exchange.NewSecret(apiSecret), Passphrase: exchange.NewSecret(apiPassphrase)}
	var err error
	b.client, err = okcoin.NewClient(okcoin.ClientConfig{
		Base: "https://storm.invalid", Keys: keys, Now: b.clock.Now, Queries: wire, Orders: wire, Timing: timing,
		Behind: b.clock.moveOn,
	})
	if err != nil {
		return err
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	log.AddHook(&logged{b})
	stream := okcoin.StreamConfig{
		Commands: okcoin.NewCommands(1, timing),
		Now:      b.clock.Now, Timing: timing, Dial: b.dial, Backoff: exchange.Backoff{Random: r.world.random.Float64},
		Report: func(err error) { log.WithError(err).Warn("stream") },
	}
	cfg := live.Config{
		Engine: b.engine, Journal: b.journal, Clock: &b.clock,
		WarmUp: r.plan.warmUp(b.client), Observe: b.observe,
		Timing: live.Timing{Elapsed: b.clock.elapsed, Sleep: r.world.sleep, Wall: b.clock.wall},
		Log:    log,
	}
	market := okcoin.NewFeed(okcoin.FeedConfig{StreamConfig: stream, Instruments: r.plan.ids})
	private := okcoin.NewPrivate(okcoin.PrivateConfig{
		StreamConfig: stream, Keys: keys, Stamp: b.client.Now, Instruments: r.plan.ids, Currencies: r.plan.currencies,
	})
	cfg.Streams = live.Streams{Market: market, Private: private}
	cfg.Exchange = live.Exchange{Executor: b.client, Account: b.client, Instruments: r.plan.ids}
	b.stepper = live.NewStepper(cfg)
	b.spawn(func() { b.client.KeepTime(b.ctx, func(err error) { log.WithError(err).Warn("clock") }) })
	b.feed(market)
	b.feed(private)
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

func (b *bot) feed(f live.Feed) {
	b.spawn(func() {
		err := f.Run(b.ctx, func(events []engine.Event) {
			b.stepper.Frame(events)
			b.turnSoon()
		})
		b.exit(fmt.Errorf("a feed ended: %w", err))
	})
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
	if !errors.Is(err, errDisk) {
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
		if err := r.start(); err != nil {
			r.judge.Violated("I15", "the next start: %v", err)
		}
	})
}

// logged shows the bot's log to the judge.
type logged struct{ bot *bot }

// Levels is all of them.
func (*logged) Levels() []logrus.Level { return logrus.AllLevels }

// Fire takes one entry.
func (l *logged) Fire(e *logrus.Entry) error {
	text := e.Message
	if err, ok := e.Data[logrus.ErrorKey].(error); ok {
		text += ": " + err.Error()
	}
	l.bot.run.leaks("log", text)
	l.bot.run.say("log: %s", text)
	return nil
}
