package main

import (
	"slices"

	"rulebot/engine"
	"rulebot/engine/backtest"
	"rulebot/engine/market"
)

// staged is the program of a trial: that of the file, with the feeds that the
// test gives in place of those the engine builds, and with feeds that fall
// silent.
type staged struct {
	engine.Program
	feeds  []int // of the file, by the engine's number
	stages []stage
	cover  *coverage
	all    []engine.Feed
}

// stage is one feed of the file at work.
type stage struct {
	feed   int
	given  []market.Bar // not told yet
	last   market.Time  // close of the newest bar told
	silent []stretch    // when it tells nothing
	stale  bool
}

// stretch is a stretch of time; an end of zero is for good.
type stretch struct{ from, until market.Time }

func (s stretch) covers(at market.Time) bool { return at >= s.from && (s.until == 0 || at < s.until) }

func newStaged(t *trial, cover *coverage) (*staged, error) {
	p := &staged{Program: t.file.Program(), cover: cover, all: t.file.Feeds}
	for _, feed := range t.file.FeedsOf(t.test.Strategy) {
		s := stage{feed: feed}
		for _, f := range t.test.Faults {
			if f.Feed != feed {
				continue
			}
			from, err := t.at(f.From)
			if err != nil {
				return nil, err
			}
			until, err := t.at(f.Until)
			if err != nil {
				return nil, err
			}
			s.silent = append(s.silent, stretch{from, until})
		}
		given, err := t.givenTo(feed)
		if err != nil {
			return nil, err
		}
		if s.given = given; given == nil {
			p.feeds = append(p.feeds, feed)
		}
		p.stages = append(p.stages, s)
	}
	return p, nil
}

// awaited returns what a strategy waits for of the feeds that the engine
// builds. What the test gives is there when its bar closes.
func (p *staged) awaited(all []engine.Await) []engine.Await {
	var list []engine.Await
	for _, a := range all {
		if i := slices.Index(p.feeds, a.Feed); i >= 0 {
			list = append(list, engine.Await{Feed: i, Most: a.Most})
		}
	}
	return list
}

// givenTo returns the bars that the test gives for a feed, or nil.
func (t *trial) givenTo(feed int) ([]market.Bar, error) {
	series := t.file.Feeds[feed].Series
	for i := range t.test.Feeds {
		if t.test.Feeds[i].Feed != feed {
			continue
		}
		inst, _ := find(listings(t.file), series.Instrument) // only the tick counts, for reading
		bars, err := t.played(&t.test.Feeds[i].Bars, inst, series.Timeframe)
		if err != nil {
			return nil, err
		}
		return bars.All(), nil
	}
	return nil, nil
}

// feedList returns the feeds that the engine builds.
func (p *staged) feedList() []engine.Feed {
	var list []engine.Feed
	for _, i := range p.feeds {
		list = append(list, p.all[i])
	}
	return list
}

// Update tells a bar of a feed, after what is given for others up to then.
func (p *staged) Update(feed int, bar *market.Bar) {
	at := bar.Close()
	for i := range p.stages {
		s := &p.stages[i]
		for len(s.given) > 0 && s.given[0].Close() <= at {
			p.tell(s, &s.given[0])
			s.given = s.given[1:]
		}
		if s.feed == p.feeds[feed] {
			p.tell(s, bar)
		}
	}
	for i := range p.stages {
		p.age(&p.stages[i], at)
	}
}

func (p *staged) tell(s *stage, bar *market.Bar) {
	for _, x := range s.silent {
		if x.covers(bar.Close()) {
			return
		}
	}
	s.last, s.stale = bar.Close(), false
	p.Program.Update(s.feed, bar)
}

// age tells the program of a feed that has missed a bar.
func (p *staged) age(s *stage, at market.Time) {
	tf := p.all[s.feed].Series.Timeframe.Duration()
	if s.last != 0 && !s.stale && at.Sub(s.last) > tf {
		s.stale = true
		p.Program.Update(s.feed, nil)
	}
}

// Condition notes how each clause stands.
func (p *staged) Condition(e engine.Expr, v *engine.View) (engine.Truth, engine.Cause) {
	truth, cause := p.Program.Condition(e, v)
	p.cover.note(p.Program, e, v, truth)
	return truth, cause
}

// silenced leaves out what the market tells while the strategy's own feed is
// silent.
type silenced struct {
	source backtest.Source
	trial  *trial
}

// Next yields the next event that is told.
func (s *silenced) Next(ev *engine.Event) (bool, error) {
	for {
		ok, err := s.source.Next(ev)
		if !ok || err != nil || !s.trial.mute(ev.At) {
			return ok, err
		}
	}
}

// mute reports whether the strategy's own feed is silent.
func (t *trial) mute(at market.Time) bool {
	own := t.file.Strategies[t.test.Strategy].Series
	for _, s := range t.program.stages {
		if t.file.Feeds[s.feed].Series != own {
			continue
		}
		for _, x := range s.silent {
			if x.covers(at) {
				return true
			}
		}
	}
	return false
}
