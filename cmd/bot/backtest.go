package main

import (
	"context"
	"errors"
	"io"
	"time"

	"rulebot/engine"
	"rulebot/engine/backtest"
	"rulebot/engine/order"
	"rulebot/engine/paper"
	"rulebot/engine/report"
)

type backtestFlags struct {
	pastMarket
	config      string
	state       string
	csv, report string
	json, quiet bool
}

// runBacktest tries the rules on the past: same engine, same risk checks, same
// simulated exchange as a dry run, in virtual time.
func runBacktest(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	var o backtestFlags
	fs := newFlags("backtest", "backtest [--config FILE] [--bars [INSTRUMENT=]FILE...] [flags]",
		"Try the rules on the past: bars, trades or recorded frames; without a file, on a generated market.")
	fs.StringVar(&o.config, "config", "", "strategies `FILE`; the example that the program carries unless given")
	o.register(fs)
	fs.StringVar(&o.state, "state", "", "keep a store in `DIR`, for 'bot explain', 'bot why' and 'bot orders'; none unless given")
	fs.StringVar(&o.csv, "csv", "", "write every execution to `FILE`, a line each, with its trade, rule, fee and profit")
	fs.StringVar(&o.report, "report", "", "write the whole run to `FILE.html`: one page that opens anywhere, offline")
	fs.BoolVar(&o.json, "json", false, "print the summary, the figures and the trades alone, as JSON")
	fs.BoolVar(&o.quiet, "quiet", false, "print the summary alone")
	names, help, err := parseMixed(fs, args, stderr)
	if help || err != nil {
		return err
	}
	for _, name := range names {
		if isYAML(name) {
			return misused("unexpected argument %q: a strategies file is given as --config %s", name, name)
		}
	}
	if err := o.take(names); err != nil {
		return err
	}
	return o.run(ctx, stdout, stderr)
}

func (o *backtestFlags) run(ctx context.Context, stdout, stderr io.Writer) (err error) {
	f, err := load(o.config)
	if err != nil {
		return err
	}
	m, set, err := o.open(f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	p := &printer{out: stdout}
	if o.json || o.quiet {
		p.out = io.Discard
	}
	head := heading{first: "BACKTEST of " + f.Name, market: m.title + m.length, fine: m.fineText(), data: m.dataText(f), covered: m.covered}
	set.headline(stderr, head)
	kept, err := openKept(o.state, f)
	if err != nil {
		return withCode(err)
	}
	var seen *album
	if o.report != "" {
		if seen, err = newAlbum(f, o.config); err != nil {
			return err
		}
	}
	set.trace = kept != nil || seen != nil
	began := time.Now()
	played, err := play(ctx, set, m.source, p, kept.add, seen)
	err = errors.Join(err, kept.close())
	if err != nil {
		return withCode(err)
	}
	took := time.Since(began)
	if o.csv != "" {
		if err := played.writeCSV(o.csv); err != nil {
			return err
		}
	}
	if o.report != "" {
		if err := seen.write(o.report, played, set, head); err != nil {
			return err
		}
	}
	if o.json {
		return played.writeJSON(stdout, float64(played.sum.Bars)/took.Seconds())
	}
	p = &printer{out: stdout}
	return errors.Join(p.summarise(&played.sum, &played.snap, set.quote), played.writeText(stdout, set.quote))
}

// play runs a backtest to its end. What becomes true is given to keep, step by
// step; an album, which may be nil, sees all of it.
func play(ctx context.Context, set *setup, src backtest.Source, p *printer, keep func([]engine.Change) error, seen *album) (*played, error) {
	program := set.file.Program()
	e, err := set.engineOf(program, order.IDs{Tag: order.Tag(set.file.Account.Alias, "backtest"), Boot: 1})
	if err != nil {
		return nil, err
	}
	venue, err := set.paper()
	if err != nil {
		return nil, err
	}
	tally := report.New(set.instruments)
	seen.read(program)
	desk := paper.New(e, venue, func(ev *engine.Event, out *engine.Outcome) error {
		if len(out.Changes) > 0 {
			p.See(ev, out)
			p.Standing(e, out)
		}
		if set.inside != nil && ev.Kind == engine.KindBar {
			tally.Inside(set.inside(ev.Instrument, ev.Bar.Open))
		}
		tally.See(ev, out)
		if ev.Kind == engine.KindBar || len(out.Changes) > 0 {
			tally.Mark(e.Equity())
		}
		seen.see(ev, out, e.Equity())
		if err := keep(out.Changes); err != nil || p.err != nil {
			return errors.Join(p.err, err)
		}
		return nil
	})
	if err := backtest.Run(ctx, desk, src); err != nil {
		return nil, err
	}
	r := &played{snap: e.Snapshot()}
	if r.sum, err = tally.Summary(&r.snap); err != nil {
		return nil, err
	}
	r.run, err = tally.Run()
	return r, err
}
