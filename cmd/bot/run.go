package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/order"
	"rulebot/engine/report"
	"rulebot/exchange"
	"rulebot/exchange/sim"
	"rulebot/internal/killpoint"
	"rulebot/persist"
	"rulebot/strategies"
)

type runFlags struct {
	config, state, market string
	live, json            bool
	seed                  uint64
	days, speed, crashes  int
	log                   string
	trouble               *trouble // of a drill; else nil
	spools                *spools  // of a run by itself; else nil
}

// runRun trades a strategies file: on paper unless --live is given.
func runRun(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	o, help, err := readRunFlags(args, stderr)
	if help || err != nil {
		return err
	}
	f, err := load(o.config)
	if err != nil {
		return err
	}
	if o.market != "" {
		f.Exchange.Market.File = o.market
	}
	level, err := logrus.ParseLevel(o.log)
	if err != nil {
		return misused("--log %q is not one of error, warn, info, debug", o.log)
	}
	hide := &exchange.Redactor{} // nothing is said past it, from before the keys are read
	o.spools = newSpools(stdout, stderr)
	stdout, stderr = hide.DataWriter(o.spools.out), hide.Writer(o.spools.log)
	log := logrus.New()
	log.SetOutput(stderr)
	log.SetLevel(level)
	if err := noCore(); err != nil {
		return err
	}
	err = trade(ctx, &o, f, log, hide, stdout, stderr)
	return hide.Error(withCode(errors.Join(err, o.spools.end())))
}

func readRunFlags(args []string, stderr io.Writer) (o runFlags, help bool, err error) {
	fs := newFlags("run", "run [flags]",
		"Trade the rules of a strategies file: on paper, unless --live is given. Without --config it plays the\nexample that the program carries, against the built-in exchange. Ctrl-C ends it cleanly.")
	fs.StringVar(&o.config, "config", "", "strategies `FILE`")
	fs.BoolVar(&o.live, "live", false, "send orders to the exchange that the file names")
	fs.StringVar(&o.state, "state", "./state", "`DIR` of the stores, in which runs are remembered")
	fs.StringVar(&o.market, "market", "", "built-in exchange: play `[INSTRUMENT=]FILE` of bars, trades or recorded frames")
	fs.Uint64Var(&o.seed, "seed", 0, "built-in exchange: `NUMBER` that makes the generated market; the file's unless given")
	fs.IntVar(&o.days, "days", -1, "built-in exchange: `NUMBER` of generated days, 0 without end; the file's unless given")
	fs.IntVar(&o.speed, "speed", 0, "`TIMES` the speed of the wall clock, up to 100; the built-in exchange is as fast as it goes unless given")
	fs.BoolVar(&o.json, "json", false, "print one JSON object a line: decisions, orders, fills, the summary")
	fs.IntVar(&o.crashes, "crashes", crashesMax, "begin halted after so many runs within five minutes that did not end well; `NUMBER`, 0 is any")
	fs.StringVar(&o.log, "log", "warn", "`LEVEL` of the log on stderr: error, warn, info, debug")
	if help, err = parse(fs, args, stderr); help || err != nil {
		return o, help, err
	}
	if err := noArguments(fs); err != nil {
		return o, false, err
	}
	if o.crashes < 0 {
		return o, false, misused("--crashes %d is negative", o.crashes)
	}
	if o.speed < 0 || o.speed > 100 {
		return o, false, misused("--speed %d is not between 0 and 100", o.speed)
	}
	return o, false, checkMarketFlags(o.market, o.seed, o.days)
}

// checkMarketFlags refuses to choose a generated market and a file at once.
func checkMarketFlags(market string, seed uint64, days int) error {
	switch {
	case days < -1:
		return misused("--days %d is negative", days)
	case market != "" && (seed != 0 || days >= 0):
		return misused("--seed and --days choose a generated market, --market %s plays a file: give one of them", market)
	}
	return nil
}

// trade connects, recovers and runs until the market ends or ctx does.
func trade(ctx context.Context, o *runFlags, f *strategies.File, log *logrus.Logger, hide *exchange.Redactor, stdout, stderr io.Writer) (err error) {
	if err := mayTradeLive(o, f); err != nil {
		return err
	}
	conn, err := connect(ctx, o, f, log, hide)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.close()) }()
	if o.spools != nil && !conn.fresh {
		o.spools.loosen() // its market does not wait
	}
	store, resumed, err := openStore(o, f, conn, stderr)
	if err != nil {
		return err
	}
	defer func() {
		if failed := store.Close(); failed != nil && !errors.Is(err, failed) { // what broke the run is said once
			err = errors.Join(err, failed)
		}
	}()
	r := &runner{options: o, file: f, conn: conn, store: store, log: log, printer: &printer{out: stdout, json: o.json}}
	if err := r.build(resumed); err != nil {
		return err
	}
	var absent *away
	if resumed && r.paper != nil {
		if absent, err = r.comeBack(ctx, conn.shielded()); err != nil {
			return err
		}
	}
	r.operators = newOperators(o.state, store.Dir(), log, stderr)
	r.operators.engine, r.operators.latches = r.engine, r.latches
	if err := r.operators.first(); err != nil {
		return err
	}
	r.banner(stderr)
	r.tellChanged(stderr)
	absent.report(stderr)
	if !conn.fresh && !o.json {
		r.pulse = pulse{out: stdout, nearest: r.engine.Nearest}
	}
	if err := r.run(ctx); err != nil {
		r.broken(stderr)
		return err
	}
	return errors.Join(r.finish(stderr), r.ended())
}

// runner is one run being put together and driven.
type runner struct {
	options *runFlags
	file    *strategies.File
	conn    *connection
	store   *persist.Store
	log     *logrus.Logger
	printer *printer

	set    *setup
	engine *engine.Engine
	paper  *sim.Paper // nil when live
	tally  report.Tally
	pulse  pulse

	drilled *drilled // what a drill remembers; else nil

	begun
	operators *operators
}

// begun is with what a run began.
type begun struct {
	ids     order.IDs
	before  bool    // the store knows an earlier run
	latches latches // as the store left them
	crashes crashes
	changed []string // lines of the file, since the last run
}

// build makes the engine as the store left it.
func (r *runner) build(resumed bool) error {
	var err error
	if r.set, err = newSetup(r.file, r.conn.listed, r.conn.base, r.conn.equity); err != nil {
		return err
	}
	killpoint.Reach(killpoint.ConfigUnsettled)
	r.set.trace = true
	if r.options.live {
		r.set.audit = r.conn.auditEvery()
	}
	if err := errors.Join(r.began(), r.compareConfig(r.file.Texts)); err != nil {
		return err
	}
	boot, err := r.store.Boot(r.conn.bootBits(r.options.live))
	if err != nil {
		return err
	}
	r.ids = order.IDs{Tag: order.Tag(r.file.Account.Alias, r.store.ID()), Boot: boot}
	killpoint.Reach(killpoint.ConfigUnsettled)
	if r.engine, err = r.set.engine(r.ids); err != nil {
		return err
	}
	killpoint.Reach(killpoint.ConfigUnsettled)
	err = r.store.Replay(func(c engine.Change) error {
		r.before = true
		r.latches.fold(&c)
		return r.engine.Restore(&c)
	})
	if err == nil {
		err = r.restrain()
	}
	if err != nil {
		return err
	}
	r.engine.Restored()
	if r.options.live {
		return nil
	}
	if r.paper, err = r.set.paper(); err != nil {
		return err
	}
	if resumed {
		return r.restorePaper()
	}
	return nil
}

// paperBlob is the name under which a dry run keeps its simulated account.
const paperBlob = "paper"

func (r *runner) restorePaper() error {
	data, err := r.store.Blob(paperBlob)
	if err != nil || len(data) == 0 {
		return err
	}
	var s sim.PaperState
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("the simulated account of the store cannot be read: %w", err)
	}
	return r.paper.Restore(s)
}

// journal is the store as the loop sees it. A dry run that may be resumed
// keeps its simulated account in the same commits.
type journal struct {
	*persist.Store
	paper  *sim.Paper
	upkeep *upkeep // nil where the store ends with the run
}

// Commit makes everything appended durable.
func (j *journal) Commit() error {
	if j.paper != nil && j.Pending() > 0 {
		data, err := json.Marshal(j.paper.Snapshot())
		if err != nil {
			return err
		}
		j.PutBlob(paperBlob, data)
	}
	if err := j.Store.Commit(); err != nil || j.upkeep == nil {
		return err
	}
	j.upkeep.committed(time.Now())
	return nil
}

// streams are what the run listens to.
func (r *runner) streams() (s live.Streams, err error) {
	if s.Market, err = r.conn.feed(r.set); err == nil && r.paper == nil {
		s.Private, err = r.conn.private(r.set)
	}
	return s, err
}

func (r *runner) run(ctx context.Context) (err error) {
	end, ended := context.WithCancel(context.WithoutCancel(ctx))
	defer ended()
	go r.conn.awaitEnd(end, ended)
	go r.conn.keepTime(end)
	watch, watched := context.WithCancel(context.WithoutCancel(ctx))
	go r.operators.watch(watch)
	defer func() { watched(); <-r.operators.ended }()
	j := &journal{Store: r.store}
	if !r.conn.fresh {
		j.paper = r.paper
		if j.upkeep, err = newUpkeep(r.store, r.log); err != nil {
			return err
		}
		defer func() {
			if err == nil {
				err = j.upkeep.end(time.Now())
			}
			j.upkeep.under.Wait()
		}()
	}
	kept, err := r.tape()
	if err != nil {
		return err
	}
	defer kept.end(r.log)
	if r.conn.builtin == nil {
		r.conn.announce = maintenanceTold(r.log, r.operators.incident)
		go r.conn.followStatus(end)
	}
	streams, err := r.streams()
	if err != nil {
		return err
	}
	cfg := live.Config{
		Engine: r.engine, Journal: j, Clock: r.conn.clock, Tape: kept.to(),
		Streams:  streams,
		WarmUp:   r.set.warmUp(r.conn.shielded()),
		Observe:  r.see,
		Operator: r.operators.told,
		Stop:     ctx.Done(), End: end.Done(),
		Timing: live.Timing{Wall: r.conn.wall(), Moved: r.conn.moved(), Sleep: r.conn.trouble.timing().Sleep},
		Log:    r.log,
	}
	if r.paper != nil {
		cfg.Paper = r.paper
	} else {
		cfg.Exchange = live.Exchange{
			Executor: r.conn.shielded(), Account: r.conn.shielded(), Keeper: r.conn.shielded(),
			Instruments: ids(r.set.instruments), Currencies: currencies(r.set.instruments), Serial: r.conn.fresh,
		}
	}
	loop := live.New(cfg)
	if !r.conn.fresh { // else what is printed may hold it up
		dog := newWatchdog(loop.Beat, r.options, r.log)
		go dog.watch(end)
		go alive(end, loop.Beat, r.log)
	}
	guard := r.deadmanOf()
	guard.start(end)
	err = loop.Run(context.WithoutCancel(ctx))
	guard.stop(end, err == nil)
	return errors.Join(err, r.printer.err, r.watched())
}

// see shows and counts a step.
func (r *runner) see(ev *engine.Event, out *engine.Outcome) {
	r.operators.See(out) // what to do about a halt is said before the halt is printed
	r.drilled.See(out)
	r.printer.See(ev, out)
	r.printer.Standing(r.engine, out)
	r.tally.See(ev, out)
	logNotes(r.log, out)
	if ev.Kind == engine.KindBar || len(out.Changes) > 0 {
		r.tally.Mark(r.engine.Equity())
	}
	if ev.Kind == engine.KindBar {
		r.printer.err = errors.Join(r.printer.err, r.watched())
	}
	r.pulse.See(ev, out)
}

func (r *runner) finish(stderr io.Writer) error {
	snap := r.engine.Snapshot()
	sum, err := r.tally.Summary(&snap)
	if err != nil {
		return err
	}
	if err := r.printer.summarise(&sum, &snap, r.set.quote); err != nil {
		return err
	}
	farewell(stderr, &snap, r.file.Strategies)
	return r.conn.ended()
}

// broken names what nobody watches once something ended the run. An order that
// is only intended never left.
func (r *runner) broken(stderr io.Writer) {
	snap := r.engine.Snapshot()
	snap.Live = slices.DeleteFunc(snap.Live, func(o order.Order) bool { return o.State == order.Intended })
	farewell(stderr, &snap, r.file.Strategies)
	fmt.Fprintln(stderr, "The run was broken off. Next: mend what is said below, then bot run with the same --state: it asks the exchange about every order first")
}

// banner says what the run is, before anything happens.
func (r *runner) banner(w io.Writer) {
	first := "DRY RUN of " + r.file.Name + ": orders go to a simulated exchange, no money is at risk"
	switch {
	case r.options.live && r.conn.fresh:
		first = "LIVE run of " + r.file.Name + " on the built-in exchange: signed orders, play money"
	case r.options.live && loopback(r.conn.rest):
		first = "LIVE run of " + r.file.Name + " on an exchange on this machine: signed orders, its money"
	case r.options.live:
		first = "LIVE run of " + r.file.Name + ": orders trade real money"
	}
	store := r.store.Dir()
	if r.before {
		store += ", continued"
		if r.crashes.former != "" {
			store += ", last by rulebot " + r.crashes.former
		}
	}
	if h := r.engine.Snapshot().Halt; h.Mode != engine.ModeReady {
		store += "\n" + strings.Repeat(" ", 13) + "it is HALTED, " + h.Code + ": " + h.Reason
		store += "\n" + strings.Repeat(" ", 13) + "no order leaves until " + resumeCommand(r.options.state)
	}
	r.set.headline(w, heading{first: first, market: r.conn.title, store: store, live: r.options.live, covered: r.conn.covered})
}

// openStore opens the store of the run. An in-process exchange begins a new
// account every time, and so a new store; the former one is kept aside.
func openStore(o *runFlags, f *strategies.File, conn *connection, stderr io.Writer) (store *persist.Store, resumed bool, err error) {
	id := persist.Identity{Mode: "dry-run", Exchange: conn.name, Account: f.Account.Alias}
	if o.live {
		id.Mode = "live"
	}
	dir := persist.Dir(o.state, id)
	var opts persist.Options
	if conn.fresh {
		opts.ID = "builtin"
		rotated, err := persist.Rotate(dir)
		if err != nil {
			return nil, false, err
		}
		if rotated {
			fmt.Fprintf(stderr, "the former run's store is now %s.1\n\n", dir)
		}
	}
	if err := os.MkdirAll(o.state, 0o700); err != nil {
		return nil, false, err
	}
	store, err = openWhole(dir, o.state, id, opts, stderr)
	return store, !conn.fresh, err
}
