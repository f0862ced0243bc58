package strategies

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"rulebot/engine"
	"rulebot/engine/market"
)

// Limits of what one entry declares, and of the expressions of a file counted
// over the instruments of its entries.
const (
	instrumentsMax = 100
	feedsMax       = 50
	stateMax       = 100
	exprsMax       = 50_000
)

// clocks reads when the strategy's day begins and what its clock shows.
func (s *source) clocks(parts map[string]*yaml.Node, sc *scope, st *engine.Strategy) {
	if n := parts["timezone"]; n != nil {
		if v, ok := s.word(n, "timezone"); ok {
			if z, known := zoneOf(v); known {
				sc.zone = z
			} else {
				s.report(at(n), CodeValue, "timezone must be the IANA name of a time zone, got "+clip(v), zoneHint(v))
			}
		}
	}
	sc.day = day{zone: sc.clockZone()}
	if n := parts["day_start"]; n != nil {
		sc.day = day{zone: time.UTC, after: s.dayStart(n)}
	}
	st.Zone, st.Day = sc.day.zone, sc.day.after
	st.Series.Shift = shiftOf(st.Series.Timeframe, sc.day)
}

// shiftOf is where bars of a day and longer begin. Without day_start that is
// midnight UTC, as exchanges have it.
func shiftOf(tf market.Timeframe, d day) time.Duration {
	if tf < market.Day {
		return 0
	}
	return d.after
}

var dayStartForm = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9]) (?:UTC|([+-])(0[0-9]|1[0-4]):([0-5][0-9]))$`)

// dayStart reads when days begin, as time after midnight UTC: "00:00 UTC",
// "17:00 -05:00".
func (s *source) dayStart(n *yaml.Node) time.Duration {
	v, ok := s.word(n, "day_start")
	if !ok {
		return 0
	}
	m := dayStartForm.FindStringSubmatch(v)
	if m == nil {
		hint := `write it like "00:00 UTC", or "17:00 -05:00"`
		if time, zone, two := strings.Cut(v, " "); two {
			if _, known := zoneOf(zone); known {
				hint = `days of a zone are not all of one length: write its distance from UTC, as in "` + time + ` -05:00", or timezone: ` + zone + " for a day that follows its clocks"
			}
		}
		s.report(at(n), CodeValue, "day_start must be a time and UTC or an offset, got "+clip(v), hint)
		return 0
	}
	span := func(hours, minutes string) time.Duration {
		h, _ := strconv.Atoi(hours) // the form has digits alone
		m, _ := strconv.Atoi(minutes)
		return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	}
	d := span(m[1], m[2])
	switch m[3] {
	case "+":
		d -= span(m[4], m[5])
	case "-":
		d += span(m[4], m[5])
	}
	const whole = 24 * time.Hour
	return (d + whole) % whole
}

// feeds reads the named feeds of a strategy.
func (s *source) feeds(n *yaml.Node, sc *scope, st *engine.Strategy, taken map[string]named) {
	sc.blind = sc.blind || n.Kind != yaml.MappingNode
	for _, e := range s.atMost(n, "feeds", feedsMax, s.shownEntries(n, "feeds", "feeds: {h4: {timeframe: 4h}}")) {
		if !s.isName(e, "feed", taken) {
			continue
		}
		f := s.feed(e, sc, st)
		f.name = e.name
		sc.feeds[e.name] = f
		sc.declared = append(sc.declared, declared{"feed", e.name, e.key})
	}
}

// atMost refuses more entries than a strategy may have.
func (s *source) atMost(n *yaml.Node, what string, most int, all []field) []field {
	if len(all) <= most {
		return all
	}
	s.report(at(n), CodeLimit, fmt.Sprintf("%s has %d entries; at most %d are read", what, len(all), most), "split the strategy")
	return all[:most]
}

// feed reads one feed. What is not written is that of the strategy.
func (s *source) feed(e field, sc *scope, st *engine.Strategy) *feedRef {
	f := &feedRef{feed: sc.feed, day: sc.day}
	if broken(e.value) {
		return f
	}
	series, gap, wait := st.Series, engine.GapFill, time.Duration(0)
	var aligned *yaml.Node
	for _, x := range s.fields(e.value, &feedKeys) {
		switch x.name {
		case "instrument":
			if v, ok := s.word(x.value, "instrument"); ok && s.isInstrument(at(x.value), v) {
				series.Instrument = v
			}
		case "timeframe":
			if tf, err := market.ParseTimeframe(s.timeframe(x.value)); err == nil {
				series.Timeframe = tf
			}
		case "align":
			aligned, wait = x.value, s.align(x.value, st.Series.Timeframe)
		case "gap":
			gap = s.gap(x.value)
		case "day_start":
			f.day = day{zone: time.UTC, after: s.dayStart(x.value)}
		}
	}
	if e.value.Kind != yaml.MappingNode {
		return f
	}
	series.Shift = shiftOf(series.Timeframe, f.day)
	own := series == st.Series && gap == engine.GapFill
	if own && (!sc.several || !hasKey(e.value, "instrument")) {
		s.note(e.key, CodeRedundant, "feed "+e.name+" is the default feed: the same instrument and timeframe", "write "+"close instead of "+e.name+".close, or give the feed another timeframe or instrument")
	}
	f.feed = sc.graph.feed(series, gap)
	switch {
	case wait == 0:
	case series.Instrument != st.Series.Instrument:
		st.Await = append(st.Await, engine.Await{Feed: f.feed, Most: wait})
	case !sc.several:
		s.note(at(aligned), CodeRedundant, "feed "+e.name+" is of the strategy's own instrument: its bars are made of the same trades and are never late", "leave align out")
	}
	return f
}

// align reads latest, or wait 20s.
func (s *source) align(n *yaml.Node, tf market.Timeframe) time.Duration {
	v, ok := s.word(n, "align")
	if !ok || v == "latest" {
		return 0
	}
	text, waits := strings.CutPrefix(v, "wait ")
	d, err := parseDuration(text)
	switch {
	case !waits || err != nil || d <= 0:
		s.report(at(n), CodeValue, "align must be latest, or wait and how long at most, got "+clip(v), "write align: wait 20s")
		return 0
	case tf != 0 && d >= tf.Duration():
		s.report(at(n), CodeValue, fmt.Sprintf("align waits for %s, and the next bar is there after %s", text, tf), "write a shorter time, as in wait 20s")
		return 0
	}
	return d
}

func (s *source) gap(n *yaml.Node) engine.GapPolicy {
	switch s.choice(n, "gap", "fill", "skip", "hold") {
	case "skip":
		return engine.GapSkip
	case "hold":
		return engine.GapHold
	}
	return engine.GapFill
}

// state reads the variables of a strategy, typed by what they start from.
func (s *source) state(n *yaml.Node, sc *scope, st *engine.Strategy, taken map[string]named) {
	sc.blind = sc.blind || n.Kind != yaml.MappingNode
	for _, e := range s.atMost(n, "state", stateMax, s.shownEntries(n, "state", "state: {armed: false}")) {
		v := s.variable(e)
		if !s.isName(e, "state", taken) {
			continue
		}
		v.index, v.key, v.Name = len(st.State), e.key, e.name
		st.State = append(st.State, v.Variable)
		sc.state[e.name] = v
		sc.declared = append(sc.declared, declared{"state", e.name, e.key})
	}
}

func (s *source) variable(e field) *variable {
	v := &variable{}
	if broken(e.value) {
		return v
	}
	if e.value.Kind == yaml.ScalarNode && (e.value.Value == "true" || e.value.Value == "false") && e.value.Style == 0 {
		v.Condition, v.Initial = true, oneIf(e.value.Value == "true")
		return v
	}
	before := len(s.found)
	v.Initial = s.float(e.value, "the initial value of "+e.name)
	if len(s.found) > before {
		s.found[len(s.found)-1].Hint = "a variable starts from a number, or from true or false, and is changed by set:"
	}
	return v
}

// instance is what one strategy of an entry trades.
type instance struct {
	name, instrument string
	at               *yaml.Node
}

// instances reads instrument, or instruments: an entry over several is a
// strategy for each, named after it.
func (s *source) instances(parts map[string]*yaml.Node, name string) []instance {
	one, many := parts["instrument"], parts["instruments"]
	if many == nil {
		return []instance{{name, s.part(parts, "instrument", s.instrument), one}}
	}
	if one != nil {
		s.report(at(many), CodeValue, "a strategy has an instrument, or instruments", "keep one of the two")
	}
	items := s.items(many, "instruments")
	if len(items) == 0 && many.Kind == yaml.SequenceNode {
		s.report(at(many), CodeMissing, "instruments is empty", "write instruments: [BTC-USD, ETH-USD]")
	}
	if len(items) > instrumentsMax {
		s.report(at(many), CodeLimit, fmt.Sprintf("instruments has %d entries; at most %d are read", len(items), instrumentsMax), "write several entries, or several files")
		items = items[:instrumentsMax]
	}
	var all []instance
	var known []string
	for _, item := range items {
		id := s.instrument(item)
		switch {
		case slices.Contains(known, id):
			s.report(at(item), CodeDuplicate, id+" stands here twice", "")
		case id != "" && name != "":
			all = append(all, instance{name + "-" + strings.ToLower(id), id, item})
		case id != "":
			all = append(all, instance{"", id, item})
		}
		if id != "" {
			known = append(known, id)
		}
	}
	if len(all) == 0 { // in error already; the rest is read all the same
		all = append(all, instance{name, "", many})
	}
	return all
}

func (s *source) instrument(n *yaml.Node) string {
	v, ok := s.word(n, "instrument")
	if !ok || !s.isInstrument(at(n), v) {
		return ""
	}
	return v
}
