package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"rulebot/engine/market"
	"rulebot/exchange/history"
	"rulebot/strategies"
)

// refine plays bars by the way inside them that a file of finer ones knows.
func (m *marketOf) refine(f *strategies.File, bars *history.Bars, name string) (_ history.Events, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, misused("%w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	finer, err := m.cache.open(name, file, bars.Instrument)
	if err != nil {
		return nil, err
	}
	r, err := bars.Refine(finer)
	if err != nil {
		return nil, misused("--fine %s: %w", name, err)
	}
	if m.refined == nil {
		m.refined = map[string]*history.Refined{}
	}
	m.refined[bars.Instrument.ID] = r
	return r.Source(spread(f))
}

// inside returns the finer bars that a bar went the way of.
func (m *marketOf) inside(instrument string, open market.Time) []market.Bar {
	r := m.refined[instrument]
	if r == nil {
		return nil
	}
	return r.Inside(open)
}

func differ(n int) string {
	if n == 1 {
		return "differs"
	}
	return "differ"
}

// fineText says what finer bars there are and what is wrong with them.
func (m *marketOf) fineText() string {
	var all []string
	for _, id := range sortedKeys(m.refined) {
		r := m.refined[id]
		s := fmt.Sprintf("%s: %d of %s go the way of %s bars in %s", id,
			r.Known(), count(int64(r.Bars.Len()), r.Bars.Timeframe.String()+" bar"), r.Finer.Timeframe, m.finer[id])
		if r.Missing > 0 {
			s += fmt.Sprintf("; %d without any", r.Missing)
		}
		if r.Differs > 0 {
			s += fmt.Sprintf("; %d %s from theirs, first at %s", r.Differs, differ(r.Differs), stamp(r.First))
		}
		if r.Missing+r.Differs > 0 {
			s += ": those go the assumed way"
		}
		if r.Outside > 0 {
			s += fmt.Sprintf("; %s outside of every bar", count(int64(r.Outside), r.Finer.Timeframe.String()+" bar"))
		}
		all = append(all, s)
	}
	return strings.Join(all, "; ")
}
