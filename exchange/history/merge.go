package history

import (
	"rulebot/engine"
	"rulebot/engine/market"
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
	keys    []key          // of heads: events are large, and a heap looks at many
	order   []int          // those sources, as a heap: the first is the one whose event is next
	primed  bool
	taken   bool  // the newest event is of the first, which is to be read on
	failed  error // told at the call after the last good event
}

// key is what the order of events depends on.
type key struct {
	at    market.Time
	opens bool // it closes no bar
}

// Merge returns the events of all sources in the order of their time. At the
// same time closed bars come first, then sources in the order given.
func Merge(sources ...Events) *Merged {
	return &Merged{sources: append([]Events(nil), sources...), heads: make([]engine.Event, len(sources)), keys: make([]key, len(sources))}
}

// Next fills ev with the next event and reports false at the end.
func (m *Merged) Next(ev *engine.Event) (bool, error) {
	if !m.primed {
		m.prime()
	}
	if m.taken {
		m.taken = false
		if more := m.read(m.order[0]); !more {
			last := len(m.order) - 1
			m.order[0], m.order = m.order[last], m.order[:last]
		}
		m.sink(0)
	}
	if m.failed != nil || len(m.order) == 0 {
		return false, m.failed
	}
	ev.Take(&m.heads[m.order[0]])
	m.taken = true
	return true, nil
}

// prime reads the first event of every source.
func (m *Merged) prime() {
	m.primed = true
	for i := range m.sources {
		if m.failed == nil && m.read(i) {
			m.order = append(m.order, i)
		}
	}
	for i := len(m.order)/2 - 1; i >= 0; i-- {
		m.sink(i)
	}
}

// read reads the next event of a source and reports whether there is one.
func (m *Merged) read(i int) bool {
	more, err := m.sources[i].Next(&m.heads[i])
	if err != nil {
		m.failed = err
		return false
	}
	m.keys[i] = key{m.heads[i].At, m.heads[i].Kind != engine.KindBar}
	return more
}

// sink puts a source in its place below others whose events come before.
func (m *Merged) sink(i int) {
	for {
		first := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(m.order); child++ {
			if m.before(m.order[child], m.order[first]) {
				first = child
			}
		}
		if first == i {
			return
		}
		m.order[i], m.order[first] = m.order[first], m.order[i]
		i = first
	}
}

// before reports whether the event of one source comes before another's.
func (m *Merged) before(i, k int) bool {
	a, b := m.keys[i], m.keys[k]
	switch {
	case a.at != b.at:
		return a.at < b.at
	case a.opens != b.opens:
		return b.opens
	}
	return i < k
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
	if l, ok := m.sources[m.order[0]].(leaper); ok {
		l.Walk()
	}
}
