package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"rulebot/exchange"
	"rulebot/exchange/server/faults"
	"rulebot/strategies"
)

//go:embed drills
var drillFiles embed.FS

type drillFlags struct {
	config, faults, state string
	seed, drillSeed       uint64
	days                  int
	all, json, list       bool
	log                   string
}

// drillQuiet is how much of a drill's end nothing goes wrong in: what was left
// open is settled then.
const drillQuiet = 2 * time.Hour

// runDrill runs a strategies file as it is, live on the built-in exchange, while
// things go wrong there, and says what became of each order.
func runDrill(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	o, help, err := readDrillFlags(args, stderr)
	if help || err != nil {
		return err
	}
	if o.list {
		return listDrills(stdout)
	}
	f, err := load(o.config)
	if err != nil {
		return err
	}
	level, err := logrus.ParseLevel(o.log)
	if err != nil {
		return misused("--log %q is not one of error, warn, info, debug", o.log)
	}
	hide := &exchange.Redactor{}
	stdout, stderr = hide.DataWriter(stdout), hide.Writer(stderr)
	log := logrus.New()
	log.SetOutput(stderr)
	log.SetLevel(level)
	return hide.Error(withCode(drill(ctx, &o, f, log, hide, stdout)))
}

func readDrillFlags(args []string, stderr io.Writer) (o drillFlags, help bool, err error) {
	fs := newFlags("drill", "drill [--config FILE] --faults NAME [flags]",
		"Run a strategies file as it is, live on the built-in exchange, while things go wrong there, and say what\nbecame of each order. It takes seconds and risks nothing; the same seeds repeat it. Exit code 1 says that an\norder was doubled, lost or left in doubt, or that the books differ.")
	fs.StringVar(&o.config, "config", "", "strategies `FILE`; the example unless given")
	fs.StringVar(&o.faults, "faults", "", "`NAME` of a drill ("+strings.Join(drillNames(), ", ")+"), or a file as 'bot exchange --faults' reads it")
	fs.BoolVar(&o.list, "list", false, "list the drills that the program carries")
	fs.Uint64Var(&o.seed, "seed", 0, "`NUMBER` that makes the generated market; the file's unless given")
	fs.Uint64Var(&o.drillSeed, "drill-seed", 0, "`NUMBER` that draws which requests and frames go wrong; the scenario's unless given")
	fs.IntVar(&o.days, "days", -1, "`NUMBER` of generated days, at least 1; the file's unless given")
	fs.StringVar(&o.state, "state", "", "`DIR` to keep the run's store in, for 'bot explain'; none is kept unless given")
	fs.BoolVar(&o.all, "all", false, "show also the orders that nothing happened to")
	fs.BoolVar(&o.json, "json", false, "print one JSON object a line: orders, then the verdict")
	fs.StringVar(&o.log, "log", "error", "`LEVEL` of the log on stderr: error, warn, info, debug")
	if help, err = parse(fs, args, stderr); help || err != nil {
		return o, help, err
	}
	switch {
	case fs.NArg() > 0:
		err = noArguments(fs)
	case o.days == 0 || o.days < -1:
		err = misused("--days %d: a drill has an end, after 1 day at least", o.days)
	case o.faults == "" && !o.list:
		err = misused("--faults is not given; 'bot drill --list' says which drills there are")
	}
	return o, false, err
}

// drill runs it and judges.
func drill(ctx context.Context, o *drillFlags, f *strategies.File, log *logrus.Logger, hide *exchange.Redactor, stdout io.Writer) (err error) {
	length := drillLength(o, f)
	scenario, title, err := drillScenario(o, length)
	if err != nil {
		return err
	}
	wrong := wrongsOf(scenario)
	run := runFlags{
		live: true, state: o.state, seed: o.seed, days: o.days, json: o.json,
		trouble: &trouble{wrong: wrong, random: rand.New(rand.NewPCG(scenario.Seed, 0))},
	}
	if run.state == "" {
		if run.state, err = os.MkdirTemp("", "bot-drill-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(run.state)) }()
	}
	if !f.Exchange.Builtin { // as it is, but not there
		f.Exchange = strategies.Exchange{
			Name: f.Exchange.Name, Environment: f.Exchange.Environment, Builtin: true, Market: strategies.Market{Seed: 1, Days: 4},
		}
	}
	seen := newDrilled()
	r := &runner{options: &run, file: f, log: log, drilled: seen, printer: &printer{out: io.Discard}}
	if err := r.drill(ctx, hide, seen); err != nil {
		return fmt.Errorf("the run ended: %w", err)
	}
	rep := seen.report(title, scenario, wrong.plan.Hits())
	if err := rep.print(stdout, o); err != nil {
		return err
	}
	if !rep.Passed {
		return coded{exitFailed, errors.New("the drill found what must not be")}
	}
	return nil
}

// drill runs to the market's end, and takes down the exchange's books before it
// closes.
func (r *runner) drill(ctx context.Context, hide *exchange.Redactor, seen *drilled) (err error) {
	conn, err := connect(ctx, r.options, r.file, r.log, hide)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.close()) }()
	r.conn = conn
	if r.store, _, err = openStore(r.options, r.file, conn, io.Discard); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.store.Close()) }()
	if err := r.build(false); err != nil {
		return err
	}
	r.operators = newOperators(r.options.state, r.store.Dir(), r.log, io.Discard)
	r.operators.engine, r.operators.latches = r.engine, r.latches
	if err := r.run(ctx); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return errors.New("it was stopped before the market's end")
	}
	seen.compare(conn.builtin, r.set.instruments)
	return conn.ended()
}

// drillLength is how long the market is; 0 is not known: a file's.
func drillLength(o *drillFlags, f *strategies.File) time.Duration {
	if f.Exchange.Market.File != "" {
		return 0
	}
	_, days := marketChoice(f, o.seed, o.days)
	if days == 0 && !f.Exchange.Builtin {
		days = 4
	}
	return time.Duration(days) * 24 * time.Hour
}

// drillScenario reads what shall go wrong. All of it ends before the market
// does.
func drillScenario(o *drillFlags, length time.Duration) (s faults.Scenario, title string, err error) {
	name, title := o.faults, o.faults
	text, err := drillFiles.ReadFile("drills/" + name + ".yaml")
	if err == nil {
		title += ": " + drillAbout(text)
	} else if text, err = os.ReadFile(name); err != nil {
		return s, "", misused("--faults %s is no drill of the program (%s) and no file that can be read", name, strings.Join(drillNames(), ", "))
	}
	if s, err = faults.Load(name, text); err != nil {
		return s, "", misused("%v", err)
	}
	if o.drillSeed != 0 {
		s.Seed = o.drillSeed
	}
	s.End = max(0, length-drillQuiet)
	return s, title, nil
}

// drillNames are the drills that the program carries.
func drillNames() []string {
	list, err := drillFiles.ReadDir("drills")
	if err != nil {
		panic("bot: the drills are not in the program: " + err.Error())
	}
	names := make([]string, 0, len(list))
	for _, f := range list {
		names = append(names, strings.TrimSuffix(f.Name(), ".yaml"))
	}
	slices.Sort(names)
	return names
}

// drillAbout is the first line of a drill's file, which says what it is.
func drillAbout(text []byte) string {
	first, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(strings.TrimPrefix(first, "# "), ".")
}

func listDrills(w io.Writer) error {
	for _, name := range drillNames() {
		text, err := drillFiles.ReadFile("drills/" + name + ".yaml")
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%-14s %s\n", name, drillAbout(text)); err != nil {
			return err
		}
	}
	return nil
}
