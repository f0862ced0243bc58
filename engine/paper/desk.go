// Package paper runs one engine against a simulated exchange on the driver's
// own goroutine. The backtest and the dry run are this, fed by history or by
// a live feed: what happens between a market event and the last consequence
// of it is the same code, so it cannot differ.
//
// For each market event, in this order: everything that was due before it
// (orders that arrive after their latency, timers of the engine) happens at
// its own time; the exchange matches against the event; the bot hears of its
// fills; the engine takes the event; what the engine wants is carried out.
package paper

import (
	"errors"

	"rulebot/engine"
	"rulebot/engine/market"
)

// Venue is a simulated exchange. All its methods are called from the desk's
// goroutine, and none of them blocks.
type Venue interface {
	// Market matches against a market event. A KindTimer event only lets what
	// is due at or before its time happen.
	Market(ev *engine.Event)
	// Do accepts a command that leaves the bot at a time.
	Do(cmd *engine.Command, at market.Time)
	// Next yields what the bot is told next, in order, until it returns false.
	Next(ev *engine.Event) bool
	// Wake returns when something is next due; 0 is never.
	Wake() market.Time
}

// Observer sees each event with its outcome before any command of it is
// carried out: it journals, prints and counts. An error stops the run with
// nothing sent. The outcome is valid only during the call.
type Observer func(ev *engine.Event, out *engine.Outcome) error

// Desk is one engine and its simulated exchange.
type Desk struct {
	engine *engine.Engine
	venue  Venue
	see    Observer
	wake   market.Time // of the engine
	ev     engine.Event
	timer  engine.Event
}

// New returns a desk whose engine has not started yet: call Start.
func New(e *engine.Engine, v Venue, see Observer) *Desk {
	return &Desk{engine: e, venue: v, see: see}
}

// Start reconciles the engine with its exchange, so that it may trade.
func (d *Desk) Start(at market.Time) error {
	d.venue.Do(&engine.Command{Kind: engine.CommandReconcile}, at)
	return d.Until(at)
}

// Take lets everything due before the event happen, and then the event.
func (d *Desk) Take(ev *engine.Event) error {
	if due := d.Wake(); due != 0 && due <= ev.At {
		if err := d.Until(ev.At); err != nil {
			return err
		}
	}
	switch ev.Kind {
	case engine.KindQuote, engine.KindTrade, engine.KindBar, engine.KindStretch:
		d.venue.Market(ev)
		if err := d.hear(ev.Seen); err != nil {
			return err
		}
	default: // not of the market
	}
	if err := d.step(ev); err != nil {
		return err
	}
	return d.hear(ev.Seen)
}

// Glide takes a stretch of the market at once, if it may be: Glides says so.
// What is due before it happens first, as it does for Take.
func (d *Desk) Glide(ev *engine.Event) (bool, error) {
	if due := d.Wake(); due != 0 && due <= ev.At {
		if err := d.Until(ev.At); err != nil {
			return false, err
		}
	}
	if !d.Glides(ev) {
		return false, nil
	}
	d.venue.Market(ev)
	return true, d.step(ev)
}

// Glides reports whether a stretch of the market may be taken at once: nothing
// is due before its end, and nothing in it matters to the engine. As nothing
// of the engine rests, nothing in it matters to the exchange either.
func (d *Desk) Glides(ev *engine.Event) bool {
	wake := d.Wake()
	return (wake == 0 || wake > ev.Market.Stretch.Until) && d.engine.Glides(ev)
}

// Wake returns when something is next due; 0 is never.
func (d *Desk) Wake() market.Time {
	v := d.venue.Wake()
	if v == 0 || d.wake != 0 && d.wake < v {
		return d.wake
	}
	return v
}

// Until lets everything happen that is due at or before a time, each at its
// own time.
func (d *Desk) Until(t market.Time) error {
	for {
		due := d.Wake()
		if due == 0 || due > t {
			return d.hear(t)
		}
		timer := d.wake == due
		d.timer = engine.Event{Kind: engine.KindTimer, At: due, Seen: due}
		d.venue.Market(&d.timer)
		if err := d.hear(due); err != nil {
			return err
		}
		if timer {
			d.timer = engine.Event{Kind: engine.KindTimer, At: due, Seen: due}
			if err := d.step(&d.timer); err != nil {
				return err
			}
		}
	}
}

// Finish takes the last event of a run and lets everything that is on its way
// to the simulated exchange arrive, so that no order ends half known.
func (d *Desk) Finish(last *engine.Event) error {
	if err := d.Take(last); err != nil {
		return err
	}
	for due := d.venue.Wake(); due != 0; due = d.venue.Wake() {
		if err := d.Until(due); err != nil {
			return err
		}
	}
	return nil
}

// hear takes everything the exchange has to say.
func (d *Desk) hear(seen market.Time) error {
	for d.venue.Next(&d.ev) {
		d.ev.Seen = max(d.ev.At, seen)
		if err := d.step(&d.ev); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) step(ev *engine.Event) error {
	out := d.engine.Step(ev)
	d.wake = out.Wake
	if err := d.see(ev, out); err != nil || d.engine.Err() != nil {
		return errors.Join(err, d.engine.Err()) // nothing leaves a core that found itself broken
	}
	for i := range out.Commands {
		d.venue.Do(&out.Commands[i], ev.At)
	}
	return nil
}
