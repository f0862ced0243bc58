package main

import (
	"errors"
	"os"
	"runtime"

	"golang.org/x/sync/errgroup"

	"rulebot/engine/market"
	"rulebot/exchange/history"
	"rulebot/strategies"
)

// readAhead reads the files of bars among several files at the same time, on all
// processors. What is no such file, or cannot be read, it leaves to be opened in
// its turn: so what is said of it is the same, and in the same order.
func (m *marketOf) readAhead(f *strategies.File, args []string) {
	if len(args) < 2 {
		return
	}
	m.cache.secret() // made before several look for it
	listed := listings(f)
	read := make([]*history.Bars, len(args))
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for i, arg := range args {
		id, name := fileFor(f, arg)
		if in, ok := find(listed, id); ok {
			all.Go(func() (err error) {
				read[i], err = m.cache.barsOf(name, in)
				return err
			})
		}
	}
	_ = all.Wait() // said in turn
	m.ahead = make(map[string]*history.Bars)
	for i, arg := range args {
		if id, name := fileFor(f, arg); read[i] != nil {
			m.ahead[id+"="+name] = read[i]
		}
	}
}

// barsOf reads a file of bars; nil is that it is none.
func (c *barCache) barsOf(name string, in market.Instrument) (_ *history.Bars, err error) {
	if tape, err := isTape(name); err != nil || tape {
		return nil, err
	}
	if format, err := detect(name); err != nil || format != history.FormatBars {
		return nil, err
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return c.open(name, file, in)
}
