package live

import (
	"context"
	"fmt"
	"slices"

	"github.com/sirupsen/logrus"

	"rulebot/engine"
	"rulebot/engine/market"
)

// heldMax is how many frames are held back while the bot starts. Of more, the
// oldest are forgotten: bars come with the warm-up, books with later frames.
const heldMax = 4096

// starting is what start knows before the engine takes its first event.
type starting struct {
	loop *Loop
	up   map[string]bool
	held []item
	past chan past // the warm-up, once
}

// past is the answer of the warm-up.
type past struct {
	events []engine.Event
	err    error
}

func newStarting(l *Loop) *starting {
	return &starting{loop: l, up: make(map[string]bool), past: make(chan past, 1)}
}

// start waits for the streams, holds back what they say, warms the rules up
// and lets the engine have what was held. A dry run is then reconciled with
// the desk's exchange; a live one reconciles when it hears that its private
// stream is up. It returns the run's last event when that came before.
func (l *Loop) start(ctx context.Context) (last *engine.Event, err error) {
	s := newStarting(l)
	warmed, last, err := s.wait(ctx)
	if last != nil || err != nil {
		return last, err
	}
	return nil, s.begin(warmed)
}

// begin warms the rules up and lets the engine have what was held.
func (s *starting) begin(warmed []engine.Event) error {
	l := s.loop
	now := l.cfg.Clock.Now()
	for i := range warmed {
		warmed[i].Seen = now
		if err := l.take(&warmed[i]); err != nil {
			return err
		}
	}
	if l.desk != nil {
		l.cfg.Tape.Start(now)
		if err := l.desk.Start(now); err != nil {
			return err
		}
		l.reconciled(true)
	}
	for _, it := range s.held {
		if err := l.handle(it); err != nil {
			return err
		}
	}
	l.started = true
	l.schedule()
	return nil
}

// wait returns the bars of the warm-up, which is asked for when all streams
// are up.
func (s *starting) wait(ctx context.Context) (warmed []engine.Event, last *engine.Event, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // a warm-up that nobody waits for
	asked := false
	for {
		if !asked && s.allUp() {
			asked = true
			s.loop.group.Go(func() error {
				events, err := s.loop.warmUp(ctx)
				s.past <- past{events, err}
				return nil
			})
		}
		s.loop.beat.rest()
		select {
		case it := <-s.loop.queue:
			s.hold(it)
		case in := <-s.loop.cfg.Operator:
			if err := s.loop.obey(in); err != nil {
				return nil, nil, err
			}
		case p := <-s.past:
			return p.events, nil, p.err
		case <-s.loop.cfg.Stop:
			return nil, stopped(), nil
		case <-s.loop.cfg.End:
			return nil, ended(), nil
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

func (s *starting) allUp() bool {
	if s.loop.cfg.Streams.Private != nil && !s.up[engine.StreamPrivate] {
		return false
	}
	return s.up[engine.StreamMarket]
}

// hold keeps a frame, and forgets the oldest one that says nothing of a link
// when there are too many.
func (s *starting) hold(it item) {
	for i := range it.events {
		if ev := &it.events[i]; ev.Kind == engine.KindLink {
			s.up[ev.Link.Stream] = ev.Link.Up
		}
	}
	s.held = append(s.held, it)
	if len(s.held) <= heldMax {
		return
	}
	i := slices.IndexFunc(s.held, func(it item) bool { return !it.link() })
	if i < 0 {
		return
	}
	s.held = slices.Delete(s.held, i, i+1)
	s.loop.cfg.Clock.End()
}

// link reports whether the item says anything of a stream.
func (it item) link() bool {
	return slices.ContainsFunc(it.events, func(ev engine.Event) bool { return ev.Kind == engine.KindLink })
}

// warmUp fetches the bars of the past that the rules need.
func (l *Loop) warmUp(ctx context.Context) ([]engine.Event, error) {
	w := &l.cfg.WarmUp
	if w.History == nil || w.Bars == 0 {
		return nil, nil
	}
	wanted := slices.Clone(w.Longer)
	for _, s := range w.Series {
		wanted = append(wanted, Wanted{s, w.Bars})
	}
	var events []engine.Event
	for _, want := range wanted {
		bars, err := w.History.Bars(ctx, want.Series, want.Bars, l.cfg.Clock.Now())
		if err != nil {
			return nil, fmt.Errorf("live: warm-up of %s: %w", want.Series, err)
		}
		entry := l.cfg.Log.WithFields(logrus.Fields{"series": want.Series.String(), "bars": len(bars), "wanted": want.Bars})
		if len(bars) < want.Bars {
			entry.Warn("the exchange remembers fewer bars than the rules need: they stay not ready until more have closed")
		} else {
			entry.Info("warm-up")
		}
		events = append(events, historyEvents(want.Series.Instrument, bars)...)
	}
	return events, nil
}

func historyEvents(instrument string, bars []market.Bar) []engine.Event {
	events := make([]engine.Event, 0, len(bars))
	for i := range bars {
		events = append(events, engine.Event{Kind: engine.KindHistory, Instrument: instrument, At: bars[i].Close(), Bar: bars[i]})
	}
	return events
}
