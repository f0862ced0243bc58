package main

import (
	"context"
	"time"

	"github.com/sirupsen/logrus"
)

// deadman is the switch at the exchange that cancels our orders when nobody
// renews it: should this process die, nothing that it placed stays open for
// long. Only orders with our tag are touched, and no stop that the exchange
// holds. That it cannot be armed holds nothing back: who trades is alive, and
// exits must leave. It is told.
type deadman struct {
	arm    func(ctx context.Context, within time.Duration) error // no time takes it away
	within time.Duration
	every  time.Duration // by this machine's clock
	log    logrus.FieldLogger

	renewed time.Time // when it was last armed; zero is never
	failing bool
	over    context.CancelFunc
	ended   chan struct{}
}

// renewals is how many renewals fit into the time that the switch waits.
const renewals = 4

// takeAways is how often a clean stop asks for the switch to be taken away: the
// renewal just before may have used up what the exchange takes in a second. The
// adapter waits its turn.
const takeAways = 3

// deadmanOf is the switch of a live run at an exchange of its own; else nil.
func (r *runner) deadmanOf() *deadman {
	within, arm := r.file.Exchange.CancelAfter, r.conn.spoken.cancelAfter
	if r.paper != nil || r.conn.builtin != nil || arm == nil || within == 0 {
		return nil
	}
	return &deadman{
		arm: func(ctx context.Context, within time.Duration) error {
			return r.conn.hide.Error(arm(ctx, r.conn.client, r.ids.Tag, within))
		},
		within: within, every: within / renewals / time.Duration(max(r.conn.speed, 1)), log: r.log,
	}
}

// start arms the switch before any order leaves, and renews it until stop. What
// is asked is not taken back when the run ends: an answer is waited for.
func (d *deadman) start(ctx context.Context) {
	if d == nil {
		return
	}
	ctx, d.over = context.WithCancel(ctx)
	d.ended = make(chan struct{})
	d.renew(ctx, time.Now())
	go func() {
		defer close(d.ended)
		next := time.NewTimer(d.every)
		defer next.Stop()
		for {
			select {
			case now := <-next.C:
				d.renew(ctx, now)
				next.Reset(d.every) // from the answer on: a slow one is not followed by a hasty call
			case <-ctx.Done():
				return
			}
		}
	}()
}

// renew arms the switch anew. That it fails is told once, and that it does not
// any more.
func (d *deadman) renew(ctx context.Context, now time.Time) {
	err := d.arm(context.WithoutCancel(ctx), d.within)
	switch {
	case err == nil:
		if d.failing {
			d.log.WithField("cancel_after", d.within).Warn("the dead man's switch at the exchange is armed again")
		}
		d.renewed, d.failing = now, false
	case d.renewed.IsZero() && !d.failing:
		d.log.WithError(err).Error("the dead man's switch at the exchange is not armed: if this bot dies now, its orders stay open; it is tried again, and trading goes on")
	case !d.failing:
		d.log.WithError(err).WithField("cancel_after", d.within).Error("the dead man's switch at the exchange was not renewed: it cancels our orders when the time is over; it is tried again")
	}
	d.failing = err != nil
}

// stop renews the switch no more. After a clean end it takes it away, so that
// what the run left open stays; otherwise the exchange cancels it.
func (d *deadman) stop(ctx context.Context, clean bool) {
	if d == nil {
		return
	}
	d.over()
	<-d.ended
	if !clean {
		d.log.WithField("cancel_after", d.within).Warn("the dead man's switch at the exchange stays armed: it cancels what is left of our orders")
		return
	}
	var err error
	for range takeAways {
		if err = d.arm(context.WithoutCancel(ctx), 0); err == nil {
			return
		}
	}
	d.log.WithError(err).WithField("cancel_after", d.within).Error("the dead man's switch at the exchange could not be taken away: it cancels the orders that were left open")
}
