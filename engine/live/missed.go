package live

import (
	"context"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
)

// fetchPauses are the pauses, in real time, after a fetch of missed bars that
// failed: a network that has just come back is often not quite there.
var fetchPauses = [...]time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}

// missed finds the bars that closed while the market stream was down. A bar
// that does not follow the one before it is held until a fetch has been made
// that began after it: only then a missing bar is one in which nobody traded,
// and not one that we did not hear of. When the bars cannot be had, the gap is
// marked in the bar and windows start anew. All but work and fetch belongs to
// the loop.
type missed struct {
	cfg    *Config
	newest map[string]market.Time // opening of the newest bar of an instrument
	doubt  map[string]bool        // the link was lost since
	held   []heldBar
	asks   chan ask
	begun  int // fetches so far
	asking bool
}

// heldBar waits for a fetch later than the given one.
type heldBar struct {
	event engine.Event
	after int
}

// ask is a fetch: the series with how many bars of each.
type ask struct {
	series []market.Series
	bars   []int
}

// fetched is the answer.
type fetched struct {
	events []engine.Event
	failed map[string]error // by instrument
}

func newMissed(cfg *Config) *missed {
	return &missed{
		cfg: cfg, newest: make(map[string]market.Time), doubt: make(map[string]bool), asks: make(chan ask, 1),
	}
}

// interrupted says that the market stream came up, and asks for what was
// missed unless the run has only just begun: then the warm-up has it.
func (m *missed) interrupted(running bool) {
	if m.cfg.WarmUp.History == nil {
		return
	}
	for _, s := range m.cfg.WarmUp.Series {
		m.doubt[s.Instrument] = true
	}
	if running {
		m.ask()
	}
}

// note keeps the newest bar of an instrument.
func (m *missed) note(b *market.Bar, instrument string) {
	m.newest[instrument] = max(m.newest[instrument], b.Open)
}

// hold reports whether the engine must wait for a bar.
func (m *missed) hold(ev *engine.Event) bool {
	if m.follows(ev) {
		m.doubt[ev.Instrument] = false
		m.note(&ev.Bar, ev.Instrument)
		return false
	}
	m.held = append(m.held, heldBar{event: *ev, after: m.begun})
	m.ask()
	return true
}

// follows reports whether no bar can be missing before this one.
func (m *missed) follows(ev *engine.Event) bool {
	newest := m.newest[ev.Instrument]
	return !m.doubt[ev.Instrument] || newest == 0 || ev.Bar.Open <= newest.Add(ev.Bar.Timeframe.Duration())
}

// ask begins a fetch, one at a time.
func (m *missed) ask() {
	if m.asking {
		return
	}
	var a ask
	now := m.cfg.Clock.Now()
	for _, s := range m.cfg.WarmUp.Series {
		if !m.doubt[s.Instrument] {
			continue
		}
		n := m.cfg.WarmUp.Bars
		if newest := m.newest[s.Instrument]; newest != 0 {
			n = max(n, int(now.Sub(newest)/s.Timeframe.Duration())+1)
		}
		a.series, a.bars = append(a.series, s), append(a.bars, n)
	}
	m.asking = true
	m.begun++
	m.cfg.Clock.Begin()
	m.asks <- a // never waits: one at a time
}

// work fetches until the run ends.
func (m *missed) work(ctx context.Context, enqueue func(context.Context, item)) error {
	for {
		select {
		case a := <-m.asks:
			enqueue(ctx, item{bars: m.fetch(ctx, &a)})
		case <-ctx.Done():
			return nil
		}
	}
}

func (m *missed) fetch(ctx context.Context, a *ask) *fetched {
	f := &fetched{failed: make(map[string]error)}
	for i, s := range a.series {
		bars, err := m.bars(ctx, s, a.bars[i])
		if err != nil {
			f.failed[s.Instrument] = err
			continue
		}
		f.events = append(f.events, historyEvents(s.Instrument, bars)...)
	}
	return f
}

// bars tries a few times.
func (m *missed) bars(ctx context.Context, s market.Series, n int) ([]market.Bar, error) {
	for try := 0; ; try++ {
		bars, err := m.cfg.WarmUp.History.Bars(ctx, s, n, m.cfg.Clock.Now())
		if err == nil || over(ctx) {
			return bars, err
		}
		m.cfg.Log.WithError(err).WithField("series", s.String()).Warn("missed bars")
		if try == len(fetchPauses) {
			return nil, err
		}
		if err := m.cfg.Timing.Sleep(ctx, fetchPauses[try]); err != nil {
			return nil, err
		}
	}
}

// filled takes the answer of a fetch: the engine hears of the bars, then of
// those that waited for them.
func (l *Loop) filled(f *fetched) error {
	m := l.missed
	m.asking = false
	now := l.cfg.Clock.Now()
	for i := range f.events {
		f.events[i].Seen = now
		if err := l.take(&f.events[i]); err != nil {
			return err
		}
	}
	waiting := m.held
	m.held = nil
	for i := range waiting {
		h := &waiting[i]
		ev := &h.event
		ev.Seen = now
		if !m.follows(ev) && h.after == m.begun {
			m.held = append(m.held, *h) // it came while the fetch was under way
			continue
		}
		if !m.follows(ev) && f.failed[ev.Instrument] != nil {
			ev.Bar.Gap = true
			l.cfg.Log.WithField("instrument", ev.Instrument).WithField("bar", ev.Bar.Open.String()).Warn("bars are missing before this one")
		}
		m.doubt[ev.Instrument] = false
		m.note(&ev.Bar, ev.Instrument)
		if err := l.give(ev); err != nil {
			return err
		}
	}
	if len(m.held) > 0 {
		m.ask()
	}
	return nil
}
