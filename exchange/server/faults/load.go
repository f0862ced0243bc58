package faults

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"rulebot/engine/num"
)

// Load reads a scenario. Every mistake is in the error, each with the file's
// name, line and column.
func Load(name string, text []byte) (Scenario, error) {
	l := loader{name: name}
	s := Scenario{Seed: 1}
	var doc yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(text)).Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return s, fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(doc.Content) == 0 {
		return s, fmt.Errorf("%s:1:1: no scenario is written; begin with faults: and a list", name)
	}
	l.pairs(doc.Content[0], "a scenario", "seed faults", func(key string, v *yaml.Node) {
		if key == "seed" {
			s.Seed = uint64(l.whole(v, 0, 1<<62))
			return
		}
		if v.Kind != yaml.SequenceNode {
			l.say(v, "faults is a list; write each fault after a dash")
			return
		}
		for _, n := range v.Content {
			s.Faults = append(s.Faults, l.fault(n))
		}
	})
	return s, errors.Join(l.mistakes...)
}

type loader struct {
	name     string
	mistakes []error
}

func (l *loader) say(n *yaml.Node, format string, args ...any) {
	l.mistakes = append(l.mistakes, fmt.Errorf("%s:%d:%d: %s", l.name, n.Line, n.Column, fmt.Sprintf(format, args...)))
}

// pairs goes through a map whose keys are known.
func (l *loader) pairs(n *yaml.Node, what, known string, take func(key string, v *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		l.say(n, "%s is a map; write one of its keys: %s", what, list(known))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case !contains(known, k.Value):
			l.say(k, "%q is no key of %s; write one of %s", k.Value, what, list(known))
		case seen[k.Value]:
			l.say(k, "%s is written twice; remove one", k.Value)
		default:
			take(k.Value, v)
		}
		seen[k.Value] = true
	}
}

func list(known string) string { return strings.Join(strings.Fields(known), ", ") }

func contains(known, word string) bool {
	return slices.Contains(strings.Fields(known), word)
}

const (
	kinds   = "latency error limit maintenance drop duplicate reorder half_open lost cut clock tick delist"
	classes = "place cancel amend algo query public"
	common  = "fault from until every "
)

// keysOf are the keys of each kind beside the common ones.
var keysOf = [...]struct {
	kind Kind
	keys string
}{
	{Latency, "call channel share times delay jitter"},
	{Error, "call share times status applied"},
	{Limit, "call share times"},
	{Maintenance, ""},
	{Drop, "channel share times"},
	{Duplicate, "channel share times"},
	{Reorder, "channel share times"},
	{HalfOpen, ""},
	{Lost, "call share times applied"},
	{Cut, ""},
	{Clock, "offset"},
	{Tick, "instrument tick"},
	{Delist, "instrument"},
}

// needs are the keys without which a kind says nothing.
func (f *Fault) needs() string {
	switch {
	case f.Kind == Latency && f.Delay == 0 && f.Jitter == 0:
		return "delay"
	case f.Kind == Clock && f.Offset == 0:
		return "offset"
	case (f.Kind == Tick || f.Kind == Delist) && f.Instrument == "":
		return "instrument"
	case f.Kind == Tick && f.Tick.IsZero():
		return "tick"
	}
	return ""
}

func (l *loader) fault(n *yaml.Node) Fault {
	f := Fault{Status: 503}
	known := common
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == "fault" {
				f.Kind = Kind(l.word(n.Content[i+1], kinds))
			}
		}
	}
	if f.Kind == "" && n.Kind == yaml.MappingNode {
		if len(l.mistakes) == 0 {
			l.say(n, "which fault is not written; write fault: and one of %s", list(kinds))
		}
		return f
	}
	known += keysFor(f.Kind)
	l.pairs(n, strings.TrimSuffix("a fault "+string(f.Kind), " "), known, func(key string, v *yaml.Node) { l.field(&f, key, v) })
	if f.Until != 0 && f.Until <= f.From {
		l.say(n, "until is not after from; write a longer time")
	}
	if f.Every != 0 && (f.Until == 0 && f.Kind != Cut || f.Until-f.From >= f.Every) {
		l.say(n, "every: %s needs an until before it comes again", f.Every)
	}
	if need := f.needs(); need != "" {
		l.say(n, "fault %s does nothing; write %s", f.Kind, need)
	}
	return f
}

// keysFor lists the keys that a fault takes beside the common ones.
func keysFor(kind Kind) string {
	for _, k := range keysOf {
		if k.kind == kind {
			return k.keys
		}
	}
	return ""
}

func (l *loader) field(f *Fault, key string, v *yaml.Node) {
	switch key {
	case "from":
		f.From = l.span(v, 0)
	case "until":
		f.Until = l.span(v, time.Millisecond)
	case "every":
		f.Every = l.span(v, time.Millisecond)
	case "call":
		f.Call = l.word(v, classes)
	case "channel":
		f.Channel = v.Value
	case "share":
		f.Share = l.share(v)
	case "times":
		f.Times = l.whole(v, 1, 1<<31)
	case "delay":
		f.Delay = l.span(v, 0)
	case "jitter":
		f.Jitter = l.span(v, 0)
	case "status":
		f.Status = l.whole(v, 500, 599)
	case "applied":
		f.Applied = l.word(v, "true false") == "true"
	case "instrument":
		f.Instrument = strings.ToUpper(v.Value)
	case "tick":
		f.Tick = l.tick(v)
	case "offset":
		f.Offset = l.span(v, -24*time.Hour)
	}
}

func (l *loader) tick(n *yaml.Node) num.Price {
	p, err := num.ParsePrice(n.Value)
	if err != nil || p.Sign() <= 0 {
		l.say(n, "%q is not a step of prices, as in 0.01", n.Value)
	}
	return p
}

func (l *loader) word(n *yaml.Node, known string) string {
	if !contains(known, n.Value) {
		l.say(n, "%q is not one of %s", n.Value, list(known))
		return ""
	}
	return n.Value
}

func (l *loader) whole(n *yaml.Node, least, most int) int {
	i, err := strconv.Atoi(n.Value)
	if err != nil || i < least || i > most {
		l.say(n, "%q is not a whole number from %d to %d", n.Value, least, most)
	}
	return i
}

func (l *loader) share(n *yaml.Node) float64 {
	f, err := strconv.ParseFloat(n.Value, 64)
	if err != nil || !(f > 0 && f <= 1) {
		l.say(n, "%q is not a share above 0 and up to 1, as in 0.5", n.Value)
	}
	return f
}

func (l *loader) span(n *yaml.Node, least time.Duration) time.Duration {
	d, err := time.ParseDuration(n.Value)
	if err != nil || d < least {
		l.say(n, "%q is not a time, at least %s; write it as 200ms, 30s or 5m", n.Value, least)
	}
	return d
}
