package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"rulebot/engine/market"
)

// maintenance is a time in which an exchange does not trade.
type maintenance struct {
	title    string
	phase    phase
	from, to market.Time
}

// phase is how far maintenance is.
type phase uint8

const (
	announced phase = iota
	running
	over
)

// maintenanceTold says what the exchange tells of its maintenance, each thing once.
// Nothing is held back for it: what the exchange answers while it is on does
// that, and tells for how long.
//
// incident is told while it is on, and then "": an order whose fate is not known
// then waits longer for the proof that it was never accepted.
//
// It may be called by a stream and by who asks.
func maintenanceTold(log logrus.FieldLogger, incident func(reason string)) func(maintenance) {
	said, one := map[maintenance]bool{}, sync.Mutex{}
	return func(m maintenance) {
		one.Lock()
		defer one.Unlock()
		if said[m] {
			return
		}
		said[m] = true
		entry := log.WithFields(logrus.Fields{"title": m.title, "from": stamp(m.from), "to": stamp(m.to)})
		switch m.phase {
		case announced:
			entry.Warn("the exchange announces maintenance: no order can be placed or cancelled then")
		case running:
			entry.Warn("the exchange is under maintenance: no order leaves until it answers again and the account was compared")
			incident("maintenance: " + m.title)
		case over:
			entry.Info("maintenance of the exchange is over")
			incident("")
		}
	}
}

// followStatus asks for maintenance now and each minute, whatever a stream told,
// until ctx is done.
func (c *connection) followStatus(ctx context.Context) {
	if c.spoken.status == nil || c.fresh || c.announce == nil {
		return
	}
	t := time.NewTicker(time.Minute)
	defer t.Stop()
	var on []maintenance
	for {
		list, err := c.spoken.status(ctx, c.client)
		if err == nil {
			on = askedStatus(on, list, c.announce)
		} else if ctx.Err() == nil {
			c.log.WithError(err).Warn("maintenance is not known")
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

// askedStatus tells what is listed, and that what was on and is not listed any
// more is over: an exchange lists what comes and what is. It returns what is on.
func askedStatus(was, listed []maintenance, announce func(maintenance)) (on []maintenance) {
	for _, m := range listed {
		announce(m)
		if m.phase == running {
			on = append(on, m)
		}
	}
	for _, m := range was {
		m.phase = over
		if !slices.ContainsFunc(listed, func(l maintenance) bool { return l.title == m.title && l.from == m.from }) {
			announce(m)
		}
	}
	return on
}
