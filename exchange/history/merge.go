package history

import (
	"slices"

	"rulebot/engine"
)

// Events is a source of events in the order of their time. Next fills ev and
// reports false at the end; an error ends the source.
type Events interface {
	Next(ev *engine.Event) (bool, error)
}

// Merged joins sources into one. Make one with Merge.
type Merged struct {
	sources []Events
	heads   []engine.Event // next event of each source that has one
	primed  bool
	taken   int   // the source of the newest event, to be read on; -1 is none
	failed  error // told at the call after the last good event
}

// Merge returns the events of all sources in the order of their time. At the
// same time closed bars come first, then sources in the order given.
func Merge(sources ...Events) *Merged {
	return &Merged{sources: append([]Events(nil), sources...), heads: make([]engine.Event, len(sources))}
}

// Next fills ev with the next event and reports false at the end.
func (m *Merged) Next(ev *engine.Event) (bool, error) {
	if !m.primed {
		m.primed, m.taken = true, -1
		for i := len(m.sources) - 1; i >= 0 && m.failed == nil; i-- {
			m.advance(i)
		}
	}
	if m.taken >= 0 {
		m.advance(m.taken)
		m.taken = -1
	}
	if m.failed != nil || len(m.sources) == 0 {
		return false, m.failed
	}
	first := 0
	for i := 1; i < len(m.heads); i++ {
		if before(&m.heads[i], &m.heads[first]) {
			first = i
		}
	}
	*ev, m.taken = m.heads[first], first
	return true, nil
}

// leaper is a source that can tell a while of the market as one event.
type leaper interface {
	Leap()
	Walk()
}

// Leap asks those sources for stretches that have any.
func (m *Merged) Leap() {
	for _, s := range m.sources {
		if l, ok := s.(leaper); ok {
			l.Leap()
		}
	}
}

// Walk has the source of the newest event, a stretch, tell it one by one.
func (m *Merged) Walk() {
	if l, ok := m.sources[m.taken].(leaper); ok {
		l.Walk()
	}
}

// advance reads the next event of source i, or drops the source at its end.
func (m *Merged) advance(i int) {
	more, err := m.sources[i].Next(&m.heads[i])
	if err != nil {
		m.failed = err
		return
	}
	if !more {
		m.sources = slices.Delete(m.sources, i, i+1)
		m.heads = slices.Delete(m.heads, i, i+1)
	}
}

func before(a, b *engine.Event) bool {
	if a.At != b.At {
		return a.At < b.At
	}
	return a.Kind == engine.KindBar && b.Kind != engine.KindBar
}
