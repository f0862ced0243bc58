package main

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"rulebot/engine"
	"rulebot/engine/backtest"
	"rulebot/engine/market"
	"rulebot/strategies"
)

// pastMarket is which part of the past rules are tried on, by flags.
type pastMarket struct {
	bars     list
	fine     list
	market   string
	seed     uint64
	days     int
	from, to string
	noCache  bool
	exact    bool
}

// list collects the values of a flag that may be given several times.
type list []string

// String joins the values.
func (l *list) String() string { return strings.Join(*l, " ") }

// Set adds a value.
func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

// register declares the flags.
func (o *pastMarket) register(fs *flag.FlagSet) {
	fs.Var(&o.bars, "bars", "`[INSTRUMENT=]FILE` of bars; may be repeated, one for each instrument; or a folder of INSTRUMENT.csv[.gz]")
	fs.Var(&o.fine, "fine", "`[INSTRUMENT=]FILE` of finer bars, the way inside those of --bars; may be repeated")
	fs.StringVar(&o.market, "market", "", "`[INSTRUMENT=]FILE` of bars, trades or recorded frames")
	fs.Uint64Var(&o.seed, "seed", 0, "without a file: `NUMBER` that makes the generated market")
	fs.IntVar(&o.days, "days", -1, "without a file: `NUMBER` of generated days; the strategies file's unless given")
	fs.StringVar(&o.from, "from", "", "`TIME` to begin at, RFC 3339 or a date; bars before it warm the rules up")
	fs.BoolVar(&o.exact, "exact", false, "refuse data that tells less than the rules read, instead of replacing it")
	fs.StringVar(&o.to, "to", "", "`TIME` to end at")
	fs.BoolVar(&o.noCache, "no-cache", false, "parse files of bars anew, and keep nothing of them for the next run")
}

// take adds the files that stand beside the flags, and refuses flags that do
// not go together.
func (o *pastMarket) take(names []string) error {
	o.bars = append(o.bars, names...)
	if o.market != "" {
		o.bars = append(o.bars, o.market)
	}
	return checkMarketFlags(o.bars.String(), o.seed, o.days)
}

// open opens that part of the past for the strategies of a file, and makes
// what a run over it needs. The market is open until its close.
func (o *pastMarket) open(f *strategies.File) (*marketOf, *setup, error) {
	m, err := o.find(f)
	if err != nil {
		return nil, nil, err
	}
	if lacks := m.lacks(f); o.exact && len(lacks) > 0 {
		err := fmt.Errorf("the data tells %s, and --exact replaces nothing:\n  %s", m.levelOf(""), strings.Join(lacks, "\n  "))
		return nil, nil, errors.Join(err, m.close())
	}
	cut, err := newCut(m.source, o.from, o.to)
	if err != nil {
		return nil, nil, errors.Join(err, m.close())
	}
	set, err := newSetup(f, m.instruments, m.base, startEquity(f))
	if err != nil {
		return nil, nil, errors.Join(err, m.close())
	}
	m.source = set.deepened(cut)
	if len(m.refined) > 0 {
		set.inside = m.inside
	}
	return m, set, nil
}

// find opens the files, or generates a market.
func (o *pastMarket) find(f *strategies.File) (*marketOf, error) {
	var m *marketOf
	var err error
	switch {
	case len(o.bars) > 0:
		m, err = openMarketWith(f, o.bars, o.fine, userCache(o.noCache))
	case len(o.fine) > 0:
		return nil, misused("--fine %s is the way inside bars: give those with --bars FILE", o.fine[0])
	default:
		m, err = generatedFor(f, o.seed, o.days)
	}
	if err != nil || m.history == nil {
		return m, err
	}
	m.source = &warmed{bars: leadBars(m, feedInstruments(f), warmUpBars(f, m.base)), source: m.source}
	return m, nil
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

// Leap asks the market for stretches.
func (c *cut) Leap() { backtest.Leap(c.source) }

// Walk has the newest stretch told one by one.
func (c *cut) Walk() { backtest.Walk(c.source) }

// Next yields the next event of the span; bars before it warm the rules up.
func (c *cut) Next(ev *engine.Event) (bool, error) {
	for {
		ok, err := c.source.Next(ev)
		if !ok || err != nil {
			return false, err
		}
		if ev.Kind == engine.KindStretch && (ev.At < c.from || c.to != 0 && ev.Market.Stretch.Until >= c.to) {
			c.Walk() // the span begins or ends within it
			continue
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

// Leap asks the market for stretches.
func (w *warmed) Leap() { backtest.Leap(w.source) }

// Walk has the newest stretch told one by one.
func (w *warmed) Walk() { backtest.Walk(w.source) }

// Next yields the next event.
func (w *warmed) Next(ev *engine.Event) (bool, error) {
	if len(w.bars) == 0 {
		return w.source.Next(ev)
	}
	*ev, w.bars = w.bars[0], w.bars[1:]
	return true, nil
}
