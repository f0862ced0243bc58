package synth

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
)

// Config says which market to generate.
type Config struct {
	Seed        uint64
	Start       market.Time // rounded down to the minute; 0 is DefaultStart
	Days        int         // length; 0 is without end
	Lead        int         // minutes of history before Start
	Instruments []string    // of Names; empty is all
}

// DefaultStart is when the market starts unless told: 2026-01-05 00:00 UTC, a
// Monday. It is fixed so that runs repeat.
const DefaultStart = market.Time(1_767_571_200_000_000_000)

// Names returns the instruments that can be generated.
func Names() []string {
	all := kinds()
	names := make([]string, 0, len(all))
	for i := range all {
		names = append(names, all[i].ID)
	}
	return names
}

// Market is a generated market. It is for one goroutine.
type Market struct {
	climate climate
	streams []stream
	history [][]market.Bar // by stream
	minute  market.Time    // that is planned next
	end     market.Time    // 0 is never
	err     error
}

// New returns the market of a configuration, its history generated already.
// What cannot be generated is told by the first Next.
func New(cfg Config) *Market {
	start := cfg.Start.Floor(time.Minute)
	if start == 0 {
		start = DefaultStart
	}
	lead := max(cfg.Lead, 0)
	m := &Market{climate: newClimate(cfg.Seed), minute: start.Add(-time.Duration(lead) * time.Minute)}
	if cfg.Days > 0 {
		m.end = start.Add(time.Duration(cfg.Days) * 24 * time.Hour)
	}
	m.list(cfg.Seed, cfg.Instruments)
	m.past(lead)
	return m
}

func (m *Market) list(seed uint64, names []string) {
	all := kinds()
	if len(names) == 0 {
		names = Names()
	}
	for _, name := range names {
		i := slices.IndexFunc(all, func(k kind) bool { return k.ID == name })
		if i < 0 {
			m.err = fmt.Errorf("synth: no market for %q: there are %s", name, strings.Join(Names(), ", "))
			return
		}
		m.streams = append(m.streams, newStream(seed, all[i]))
	}
}

// past generates the history.
func (m *Market) past(minutes int) {
	m.history = make([][]market.Bar, len(m.streams))
	for i := range m.history {
		m.history[i] = make([]market.Bar, 0, minutes)
	}
	for range minutes {
		m.plan()
		for i := range m.streams {
			m.history[i] = append(m.history[i], m.streams[i].bar())
		}
	}
	for i := range m.streams {
		m.streams[i].skip()
	}
}

// plan makes the next minute of all instruments.
func (m *Market) plan() {
	m.climate.step(m.minute)
	for i := range m.streams {
		m.streams[i].plan(m.minute, &m.climate)
	}
	m.minute = m.minute.Add(time.Minute)
}

// Instruments returns the listed instruments, in the order configured.
func (m *Market) Instruments() []market.Instrument {
	list := make([]market.Instrument, 0, len(m.streams))
	for i := range m.streams {
		list = append(list, m.streams[i].Instrument)
	}
	return list
}

// History returns the closed one-minute bars before the start, oldest first,
// or nil when the instrument is not listed. The caller must not change them.
func (m *Market) History(instrument string) []market.Bar {
	for i := range m.streams {
		if m.streams[i].ID == instrument {
			return m.history[i]
		}
	}
	return nil
}

// Next fills ev with the next event and reports false at the end. It fails
// only when an instrument was configured that does not exist.
func (m *Market) Next(ev *engine.Event) (bool, error) {
	if m.err != nil || len(m.streams) == 0 {
		return false, m.err
	}
	s := m.first()
	if s == nil {
		if m.end > 0 && m.minute >= m.end {
			return false, nil
		}
		m.plan()
		s = m.first()
	}
	s.play(ev)
	return true, nil
}

// first returns the stream whose event is next, the one listed first among
// equals, or nil when the minute is over.
func (m *Market) first() *stream {
	var best *stream
	for i := range m.streams {
		if s := &m.streams[i]; !s.over() && (best == nil || s.due() < best.due()) {
			best = s
		}
	}
	return best
}
