package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"rulebot/engine"
	"rulebot/engine/backtest"
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/engine/paper"
	"rulebot/engine/report"
	"rulebot/strategies"
)

// list collects the values of a flag that may be given several times.
type list []string

// String joins the values.
func (l *list) String() string { return strings.Join(*l, " ") }

// Set adds a value.
func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

type backtestFlags struct {
	config      string
	bars        list
	market      string
	seed        uint64
	days        int
	from, to    string
	state       string
	csv         string
	json, quiet bool
}

// runBacktest tries the rules on the past: same engine, same risk checks, same
// simulated exchange as a dry run, in virtual time.
func runBacktest(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	var o backtestFlags
	fs := newFlags("backtest", "backtest [--config FILE] [--bars [INSTRUMENT=]FILE...] [flags]",
		"Try the rules on the past: bars, trades or recorded frames; without a file, on a generated market.")
	fs.StringVar(&o.config, "config", "", "strategies `FILE`; the example that the program carries unless given")
	fs.Var(&o.bars, "bars", "`[INSTRUMENT=]FILE` of bars; may be repeated, one for each instrument")
	fs.StringVar(&o.market, "market", "", "`[INSTRUMENT=]FILE` of bars, trades or recorded frames")
	fs.Uint64Var(&o.seed, "seed", 0, "without a file: `NUMBER` that makes the generated market")
	fs.IntVar(&o.days, "days", -1, "without a file: `NUMBER` of generated days; the strategies file's unless given")
	fs.StringVar(&o.from, "from", "", "`TIME` to begin at, RFC 3339 or a date; bars before it warm the rules up")
	fs.StringVar(&o.to, "to", "", "`TIME` to end at")
	fs.StringVar(&o.state, "state", "", "keep a store in `DIR`, for 'bot explain', 'bot why' and 'bot orders'; none unless given")
	fs.StringVar(&o.csv, "csv", "", "write every execution to `FILE`, a line each, with its trade, rule, fee and profit")
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
	o.bars = append(o.bars, names...)
	if o.market != "" {
		o.bars = append(o.bars, o.market)
	}
	if err := checkMarketFlags(o.bars.String(), o.seed, o.days); err != nil {
		return err
	}
	return o.run(ctx, stdout, stderr)
}

// open opens the files to try the rules on, or a generated market.
func (o *backtestFlags) open(f *strategies.File) (*marketOf, error) {
	if len(o.bars) > 0 {
		return openMarket(f, o.bars)
	}
	m, err := generatedFor(f, o.seed, o.days)
	if err != nil {
		return nil, err
	}
	m.source = &warmed{bars: leadBars(m, feedInstruments(f), warmUpBars(f, m.base)), source: m.source}
	return m, nil
}

func (o *backtestFlags) run(ctx context.Context, stdout, stderr io.Writer) (err error) {
	f, err := load(o.config)
	if err != nil {
		return err
	}
	m, err := o.open(f)
	if err != nil {
		return err
	}
	defer func() {
		for _, file := range m.files {
			err = errors.Join(err, file.Close())
		}
	}()
	cut, err := newCut(m.source, o.from, o.to)
	if err != nil {
		return err
	}
	set, err := newSetup(f, m.instruments, m.base, startEquity(f))
	if err != nil {
		return err
	}
	p := &printer{out: stdout}
	if o.json || o.quiet {
		p.out = io.Discard
	}
	set.headline(stderr, heading{first: "BACKTEST of " + f.Name, market: m.title + m.length, covered: m.covered})
	kept, err := openKept(o.state, f)
	if err != nil {
		return withCode(err)
	}
	set.trace = kept != nil
	began := time.Now()
	played, err := play(ctx, set, set.deepened(cut), p, kept)
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
	if o.json {
		return played.writeJSON(stdout, float64(played.sum.Bars)/took.Seconds())
	}
	p = &printer{out: stdout}
	return errors.Join(p.summarise(&played.sum, &played.snap, set.quote), played.writeText(stdout, set.quote))
}

// play runs a backtest to its end.
func play(ctx context.Context, set *setup, src backtest.Source, p *printer, kept *kept) (*played, error) {
	e, err := set.engine(order.IDs{Tag: order.Tag(set.file.Account.Alias, "backtest"), Boot: 1})
	if err != nil {
		return nil, err
	}
	venue, err := set.paper()
	if err != nil {
		return nil, err
	}
	tally := report.New(set.instruments)
	desk := paper.New(e, venue, func(ev *engine.Event, out *engine.Outcome) error {
		p.See(ev, out)
		p.Standing(e, out)
		tally.See(ev, out)
		if ev.Kind == engine.KindBar || len(out.Changes) > 0 {
			tally.Mark(e.Equity())
		}
		return errors.Join(p.err, kept.add(out.Changes))
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

// marketChoice is which market to generate: flags over file.
func marketChoice(f *strategies.File, seed uint64, days int) (uint64, int) {
	if seed == 0 {
		seed = uint64(f.Exchange.Market.Seed)
	}
	if days < 0 {
		days = f.Exchange.Market.Days
	}
	return seed, days
}

// feedInstruments names the instruments the strategies need, each once.
func feedInstruments(f *strategies.File) []string {
	var names []string
	for _, feed := range f.Feeds {
		if !slices.Contains(names, feed.Series.Instrument) {
			names = append(names, feed.Series.Instrument)
		}
	}
	return names
}

// cut passes over what is before one time as history and ends at another.
type cut struct {
	source   source
	from, to market.Time
}

func newCut(src source, from, to string) (*cut, error) {
	c := &cut{source: src}
	var err error
	if c.from, err = parseTime("--from", from); err != nil {
		return nil, err
	}
	c.to, err = parseTime("--to", to)
	return c, err
}

func parseTime(flag, s string) (market.Time, error) {
	if s == "" {
		return 0, nil
	}
	for _, layout := range [...]string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return market.TimeOf(t), nil
		}
	}
	return 0, misused("%s %q is neither a date (2026-01-31) nor a time (2026-01-31T10:15:00Z)", flag, s)
}

// Next yields the next event of the span; bars before it warm the rules up.
func (c *cut) Next(ev *engine.Event) (bool, error) {
	for {
		ok, err := c.source.Next(ev)
		if !ok || err != nil {
			return false, err
		}
		if c.to != 0 && ev.At >= c.to {
			return false, nil
		}
		if ev.At >= c.from {
			return true, nil
		}
		if ev.Kind == engine.KindBar || ev.Kind == engine.KindHistory {
			ev.Kind, ev.At = engine.KindHistory, c.from // read as the run begins
			return true, nil
		}
	}
}

// warmed yields bars of the past before a market begins, as a run fetches them
// from an exchange: the same market, backtested or run, decides the same.
type warmed struct {
	bars   []engine.Event
	source source
}

func leadBars(m *marketOf, instruments []string, most int) []engine.Event {
	var events []engine.Event
	for _, id := range instruments {
		bars := m.history(id)
		bars = bars[max(0, len(bars)-most):] // as many as a run fetches: means depend on where they begin
		for _, b := range bars {
			if b.Close() <= m.start {
				events = append(events, engine.Event{Kind: engine.KindHistory, Instrument: id, At: m.start, Bar: b}) // read as the market begins
			}
		}
	}
	return events
}

// Next yields the next event.
func (w *warmed) Next(ev *engine.Event) (bool, error) {
	if len(w.bars) == 0 {
		return w.source.Next(ev)
	}
	*ev, w.bars = w.bars[0], w.bars[1:]
	return true, nil
}
