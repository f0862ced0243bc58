// Package backtest drives the engine in virtual time: it reads market events
// from a source, in order, and lets the desk take each. No goroutine, no
// clock; the run clock is the event's own time.
package backtest

import (
	"context"
	"fmt"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/paper"
)

// Source yields the market, in time order.
type Source interface {
	// Next fills ev with the next event and reports whether there was one. It
	// is called from the backtest's goroutine and may read a file; an error
	// ends the run.
	Next(ev *engine.Event) (bool, error)
}

// Leaper is a source that can tell a while of the market as one event,
// engine.KindStretch.
type Leaper interface {
	Source
	// Leap asks for stretches from now on. Until then there are none.
	Leap()
	// Walk takes the newest event back, which must be a stretch: what it stood
	// for follows one by one.
	Walk()
}

// Leap asks a source for stretches, if it has any.
func Leap(src any) {
	if l, ok := src.(Leaper); ok {
		l.Leap()
	}
}

// Walk has a source tell one by one what its newest stretch stood for.
func Walk(src any) {
	if l, ok := src.(Leaper); ok {
		l.Walk()
	}
}

// Run takes every event of the source, then KindEnd. It stops early when ctx
// is done, with its error.
func Run(ctx context.Context, d *paper.Desk, src Source) error {
	var ev engine.Event
	var end market.Time
	started := false
	Leap(src)
	for n := 0; ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		ok, err := src.Next(&ev)
		if err != nil {
			return fmt.Errorf("backtest: %w", err)
		}
		if !ok {
			break
		}
		ev.Seen = ev.At
		if !started {
			started = true
			if err := d.Start(ev.At); err != nil {
				return err
			}
		}
		if ev.Kind != engine.KindStretch {
			end = ev.At
			err = d.Take(&ev)
		} else if ok, err = d.Glide(&ev); ok {
			end = ev.Market.Stretch.Until
		} else {
			Walk(src)
		}
		if err != nil {
			return err
		}
	}
	return d.Finish(&engine.Event{Kind: engine.KindEnd, At: end, Seen: end})
}

// checkEvery is how many events pass between two looks at the context.
const checkEvery = 4096
