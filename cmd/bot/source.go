package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/history"
	"rulebot/exchange/server/okcoin"
	"rulebot/exchange/synth"
	"rulebot/strategies"
)

// source yields a market: from files, a recording, or generated.
type source interface {
	Next(ev *engine.Event) (bool, error)
}

// marketOf is a market to run on, and what is listed there.
type marketOf struct {
	source      source
	instruments []market.Instrument
	base        market.Timeframe
	history     func(instrument string) []market.Bar // nil when there is none
	title       string
	length      string   // of a generated market, for people
	covered     []string // instruments that files say something about; nil is all
	start       market.Time
	unaligned   bool              // no bar: it may be shifted by any time
	files       []io.Closer       // open until the end of the run
	finer       map[string]string // files of finer bars, by instrument
	cache       barCache          // of the bars that were parsed before
	ahead       map[string]*history.Bars
	refined     map[string]*history.Refined
	levels      map[string]dataLevel // by instrument: what it tells
}

// close closes the files.
func (m *marketOf) close() error {
	var err error
	for _, f := range m.files {
		err = errors.Join(err, f.Close())
	}
	return err
}

// listings is what the built-in exchange lists: the instruments of the
// generated market, or as a strategies file says.
func listings(f *strategies.File) []market.Instrument {
	listed := append([]market.Instrument(nil), f.Instruments...)
	for _, in := range synth.New(synth.Config{Days: 1}).Instruments() {
		if _, ok := find(listed, in.ID); !ok {
			listed = append(listed, in)
		}
	}
	return listed
}

// generated is the market that a seed makes.
func generated(seed uint64, days int, instruments []string, lead int) *marketOf {
	m := synth.New(synth.Config{Seed: seed, Days: days, Lead: lead, Instruments: instruments})
	made := &marketOf{
		source: m, instruments: m.Instruments(), base: market.Minute, history: m.History,
		title: fmt.Sprintf("generated seed %d", seed), length: lengthText(days), start: synth.DefaultStart,
	}
	made.tells(levelQuotes, made.instruments)
	return made
}

// generatedFor is the market that a run or a backtest of a file is played on,
// with as many bars before it as the rules read.
func generatedFor(f *strategies.File, seed uint64, days int) (*marketOf, error) {
	names := feedInstruments(f)
	all := synth.New(synth.Config{Days: 1}).Instruments()
	for _, id := range names {
		if _, ok := find(all, id); !ok {
			return nil, misused("%s: the generated market has no %s, only %s; --market plays a file", f.Name, id, strings.Join(ids(all), ", "))
		}
	}
	seed, days = marketChoice(f, seed, days)
	return generated(seed, days, names, warmUpBars(f, market.Minute)+1), nil
}

func lengthText(days int) string {
	switch days {
	case 0:
		return ", without end"
	case 1:
		return ", 1 day"
	}
	return fmt.Sprintf(", %d days", days)
}

// openMarket opens files of bars, trades or recorded frames. Each argument is
// FILE or INSTRUMENT=FILE; without an instrument it is the first one traded. A
// folder is a file for each instrument.
func openMarket(f *strategies.File, args []string) (*marketOf, error) {
	return openMarketWith(f, args, nil, barCache{})
}

// openMarketWith is openMarket with files of finer bars, and a cache of bars
// that were parsed before.
func openMarketWith(f *strategies.File, args, finer []string, cache barCache) (*marketOf, error) {
	m := &marketOf{title: strings.Join(args, " "), finer: map[string]string{}, cache: cache}
	for _, arg := range finer {
		id, name := fileFor(f, arg)
		if before := m.finer[id]; before != "" {
			return nil, misused("--fine %s: %s has %s already", name, id, before)
		}
		m.finer[id] = name
	}
	args, err := inFolders(f, args)
	if err != nil {
		return nil, err
	}
	m.readAhead(f, args)
	var parts []history.Events
	for _, arg := range args {
		id, name := fileFor(f, arg)
		part, err := m.open(f, id, name)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	for _, id := range sortedKeys(m.finer) {
		if m.refined[id] == nil {
			return nil, misused("--fine %s: there are no bars of %s that it could be inside of", m.finer[id], id)
		}
	}
	switch len(parts) {
	case 0:
		return nil, misused("no market file given")
	case 1:
		m.source = parts[0]
	default:
		m.source = history.Merge(parts...)
	}
	m.instruments = append(m.instruments, remaining(listings(f), m.instruments)...)
	return m, nil
}

// fileFor reads INSTRUMENT=FILE; without an instrument it is the first traded.
func fileFor(f *strategies.File, arg string) (id, name string) {
	if id, name, ok := strings.Cut(arg, "="); ok {
		return id, name
	}
	if len(f.Feeds) > 0 {
		return f.Feeds[0].Series.Instrument, arg
	}
	return defaultInstrument, arg
}

// remaining returns what is in all and not in some.
func remaining(all, some []market.Instrument) []market.Instrument {
	var rest []market.Instrument
	for _, in := range all {
		if _, ok := find(some, in.ID); !ok {
			rest = append(rest, in)
		}
	}
	return rest
}

func (m *marketOf) open(f *strategies.File, id, name string) (_ history.Events, err error) {
	if is, err := isTape(name); err != nil || is {
		if err != nil {
			return nil, err
		}
		return m.openTape(name)
	}
	format, err := detect(name)
	if err != nil {
		return nil, err
	}
	if format == history.FormatRecording {
		return m.openRecording(name)
	}
	in, ok := find(listings(f), id)
	if !ok {
		return nil, misused("%s is not listed; add it to instruments: of the strategies file, as {tick: …, lot: …, min: …}", id)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, misused("%w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	m.instruments, m.covered = append(m.instruments, in), append(m.covered, in.ID)
	m.tells(levelBars, []market.Instrument{in})
	if format == history.FormatTrades {
		m.tells(levelTrades, []market.Instrument{in})
		return m.openTrades(f, name, file, in)
	}
	return m.openBars(f, name, file, in)
}

func (m *marketOf) openBars(f *strategies.File, name string, file *os.File, in market.Instrument) (history.Events, error) {
	bars, err := m.ahead[in.ID+"="+name], error(nil)
	if bars == nil {
		bars, err = m.cache.open(name, file, in)
	}
	if err != nil {
		return nil, err
	}
	if m.base != 0 && m.base != bars.Timeframe {
		return nil, fmt.Errorf("%s: has %s bars, the file before it has %s", name, bars.Timeframe, m.base)
	}
	m.base = bars.Timeframe
	if first := bars.Bar(0).Open; m.start == 0 || first < m.start {
		m.start = first
	}
	if finer := m.finer[in.ID]; finer != "" {
		return m.refine(f, bars, finer)
	}
	return bars.Source(spread(f))
}

func (m *marketOf) openTrades(f *strategies.File, name string, r io.Reader, in market.Instrument) (history.Events, error) {
	trades, err := history.OpenTrades(name, r, in)
	if err != nil {
		return nil, err
	}
	m.base = market.Minute
	if len(trades.Rows) > 0 {
		m.start = trades.Rows[0].At
	}
	return trades.Source(spread(f), market.Minute)
}

// openRecording opens recorded frames, which know what they are about.
func (m *marketOf) openRecording(name string) (history.Events, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, misused("%w", err)
	}
	m.files = append(m.files, file)
	frames, err := history.OpenRecording(name, file)
	if err != nil {
		return nil, err
	}
	replay := okcoin.NewReplay(name, frames)
	m.base = market.Minute
	m.instruments = append(m.instruments, replay.Instruments()...)
	m.unaligned = !replay.Barred()
	m.covered = append(m.covered, ids(replay.Instruments())...)
	m.tells(levelBook, replay.Instruments())
	return replay, nil
}

func detect(name string) (format history.Format, err error) {
	file, err := os.Open(name)
	if err != nil {
		return 0, misused("%w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	head, err := bufio.NewReaderSize(file, history.DetectBytes).Peek(history.DetectBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	return history.Detect(name, head)
}

func spread(f *strategies.File) num.Rate {
	return f.Account.Spread
}
