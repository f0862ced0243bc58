package server

import (
	"context"
	"fmt"
	"slices"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// Change is what becomes of an instrument while the market runs: it gets
// another tick, or it is delisted.
type Change struct {
	After      time.Duration // of exchange time, since the exchange was made
	Instrument string
	Tick       num.Price
	Delist     bool
}

// plan takes over the changes, soonest first.
func (x *Exchange) plan(changes []Change) error {
	x.changes = slices.Clone(changes)
	slices.SortStableFunc(x.changes, func(a, b Change) int { return int(a.After - b.After) })
	for _, c := range x.changes {
		l := x.state.listings[c.Instrument]
		if l == nil || !l.tradable {
			return fmt.Errorf("server: a change of %q, which is not traded here", c.Instrument)
		}
	}
	return nil
}

// until moves time to the market's next event, and does what is planned on the
// way.
func (x *Exchange) until(ctx context.Context, to market.Time) error {
	for len(x.changes) > 0 && x.began.Add(x.changes[0].After) <= to {
		c := x.changes[0]
		x.changes = x.changes[1:]
		if err := x.advance(ctx, x.began.Add(c.After)); err != nil {
			return err
		}
		var err error
		x.With(func(s *State) { err = s.change(&c) })
		if err != nil {
			return err
		}
	}
	return x.advance(ctx, to)
}

func (s *State) change(c *Change) error {
	l := s.listings[c.Instrument]
	if l.delisted {
		return nil
	}
	if !c.Delist {
		if err := s.engine.Retick(c.Instrument, c.Tick); err != nil {
			return fmt.Errorf("server: %w", err)
		}
		l.inst.Tick = c.Tick
		return nil
	}
	at := s.now()
	if err := s.engine.Delist(at, c.Instrument); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	s.news()
	l.delisted, l.bookAt = true, 0
	return nil
}
