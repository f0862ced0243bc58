package strategies

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// Load reads, validates and compiles a configuration. The name is used in
// messages only. It returns all mistakes at once, in the order of their
// places; the file counts only when there is none. A file that includes others
// needs LoadWith.
func Load(name string, src []byte) (*File, Diagnostics) { return LoadWith(name, src, nil) }

// LoadWith is Load for a file that may include others, which open finds.
func LoadWith(name string, src []byte, open Open) (*File, Diagnostics) {
	src = bytes.TrimPrefix(src, []byte("\uFEFF"))
	s := &source{name: name, lines: splitLines(string(src)), open: open}
	f := defaults(name)
	f.Texts = []Text{{Name: name, Text: string(src)}}
	f.graph = newGraph()
	if root := s.parse(src); root != nil {
		s.traps(root, 0)
		s.file(root, f)
	} else if len(s.found) == 0 {
		s.report(place{1, 1}, CodeMissing, "the file is empty", "start with 'version: 1'")
	}
	if found := s.all(func(s *source) Diagnostics { return s.found }); len(found) > 0 {
		return nil, found
	}
	f.Feeds, f.Settled = f.graph.needs()
	f.entries, f.limits, f.tests = s.read, s.limits, s.tests
	s.examine(f)
	f.Notes = s.all(func(s *source) Diagnostics { return s.notes })
	return f, nil
}

// file reads the top level. Strategies come last, whatever the order in the
// file, because they refer to the rest.
func (s *source) file(root *yaml.Node, f *File) {
	var strategies, include, place *yaml.Node
	version := false
	for _, e := range s.fields(root, &fileKeys) {
		switch e.name {
		case "version":
			version = true
			s.version(e)
		case "mode":
			f.Mode, f.mode = Mode(s.choice(e.value, "mode", string(DryRun), string(Live))), at(e.value)
		case "exchange":
			place = e.value
			s.exchange(e.value, &f.Exchange)
		case "account":
			s.account(e.value, &f.Account)
		case "instruments":
			f.Instruments = s.instruments(e.value)
		case "risk":
			s.risk(e.value, &f.Risk)
		case "strategies":
			strategies = e.value
		case "include":
			include = e.value
		default:
			s.shutdown(e, f)
		}
	}
	s.required(root, version, "version", "start the file with 'version: 1'")
	s.required(root, hasKey(root, "include"), "strategies", "")
	s.required(root, hasKey(root, "exchange"), "exchange", "for the built-in one: 'exchange: {name: okcoin, endpoint: builtin}'")
	if place != nil {
		s.staged(place, f)
	}
	if strategies != nil {
		s.strategies(strategies, f)
	}
	if include != nil {
		s.include(include, f)
	}
}

// hasKey tells whether a key is there at all, right or wrong.
func hasKey(n *yaml.Node, key string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return n.Kind != yaml.MappingNode
}

func (s *source) required(n *yaml.Node, there bool, key, hint string) {
	if s.patched {
		return // it may stand in a line that could not be read
	}
	if !there && !hasKey(n, key) {
		s.report(at(n), CodeMissing, key+" is missing", hint)
	}
}

func (s *source) version(e field) {
	if v, ok := s.word(e.value, "version"); ok && v != "1" {
		s.report(at(e.value), CodeValue, "version must be 1, got "+clip(v), "")
	}
}

func (s *source) shutdown(e field, f *File) {
	switch e.name {
	case "on_exit":
		f.Leave = s.choice(e.value, "on_exit", "cancel", "leave") == "leave"
	case "flatten":
		f.Flatten = s.boolean(e.value, "flatten")
	case "record":
		f.Record = s.boolean(e.value, "record")
	}
}

func (s *source) url(n *yaml.Node, what string, schemes ...string) string {
	v, ok := s.word(n, what)
	if !ok {
		return ""
	}
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || !contains(schemes, u.Scheme) || u.User != nil {
		s.report(at(n), CodeValue, fmt.Sprintf("%s must be a URL like %s://host/path, got %s", what, schemes[0], clip(v)), "")
		return ""
	}
	return v
}

func (s *source) market(n *yaml.Node, m *Market) {
	for _, e := range s.fields(n, &marketKeys) {
		switch e.name {
		case "seed":
			m.Seed = s.whole(e.value, "seed", 0)
		case "days":
			m.Days = int(min(s.whole(e.value, "days", 0), 1_000_000))
		case "file":
			m.File, _ = s.word(e.value, "file")
		}
	}
	if m.File != "" && (hasKey(n, "seed") || hasKey(n, "days")) {
		s.report(at(n), CodeValue, "market has either a file, or seed and days", "")
	}
}

var (
	aliasForm      = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	currencyForm   = regexp.MustCompile(`^[A-Z0-9]{2,12}$`)
	instrumentForm = regexp.MustCompile(`^[A-Z0-9]{2,12}-[A-Z0-9]{2,12}$`)
)

func (s *source) form(n *yaml.Node, what string, form *regexp.Regexp, words string) string {
	v, ok := s.word(n, what)
	if ok && !form.MatchString(v) {
		s.report(at(n), CodeValue, fmt.Sprintf("%s must be %s, got %s", what, words, clip(v)), "")
		return ""
	}
	return v
}

func (s *source) instruments(n *yaml.Node) []market.Instrument {
	if n.Kind == yaml.SequenceNode {
		s.report(at(n), CodeValue, "instruments must be a map of keys, got a list", "write 'BTC-USD: {tick: 0.01, lot: 0.0001, min: 0.0001}'")
		return nil
	}
	var list []market.Instrument
	for _, e := range s.entries(n, "instruments") {
		if !s.isInstrument(e.key, e.name) {
			continue
		}
		base, quote, _ := strings.Cut(e.name, "-")
		i := market.Instrument{ID: e.name, Base: base, Quote: quote}
		for _, x := range s.fields(e.value, instrumentKeys.called(e.name)) {
			m := s.money(x.value, x.name, positive)
			switch x.name {
			case "tick":
				i.Tick = num.AsPrice(m)
			case "lot":
				i.Lot = num.AsQuantity(m)
			case "min":
				i.Min = num.AsQuantity(m)
			case "max":
				i.Max = num.AsQuantity(m)
			case "min_value":
				i.MinValue = m
			}
		}
		for _, key := range []string{"tick", "lot", "min"} {
			s.required(e.value, false, key, "")
		}
		list = append(list, i)
	}
	return list
}

func (s *source) isInstrument(p place, id string) bool {
	if instrumentForm.MatchString(id) {
		return true
	}
	hint := "write it like BTC-USD"
	if up := likeInstrument(id); up != "" {
		hint = "did you mean " + up + "?"
	}
	s.report(p, CodeValue, clip(id)+" is not an instrument", hint)
	return false
}
