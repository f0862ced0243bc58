package strategies

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"rulebot/engine"
)

// rules reads the rules of a strategy.
func (sc *scope) rules(n *yaml.Node) ([]engine.Rule, []Position) {
	s := sc.src
	var rules []engine.Rule
	var places []Position
	names := map[string]int{}
	items := s.items(n, "rules")
	if len(items) == 0 && n.Kind == yaml.SequenceNode {
		s.report(at(n), CodeMissing, "rules is empty", "")
	}
	for _, item := range items {
		r := sc.rule(item)
		if line := names[r.Name]; line > 0 && r.Name != "" {
			s.report(at(item), CodeDuplicate, "a second rule named "+r.Name, fmt.Sprintf("the first is on line %d", line))
		}
		names[r.Name] = item.Line
		rules = append(rules, r)
		places = append(places, Position{item.Line, item.Column})
	}
	sc.cancels.check(s)
	return rules, places
}

func (sc *scope) rule(n *yaml.Node) engine.Rule {
	s := sc.src
	var r engine.Rule
	guarded := false // by once_per, as written
	for _, e := range s.fields(n, &ruleKeys) {
		switch e.name {
		case "name":
			r.Name = s.ruleName(e.value)
		case "for":
			r.For = s.guard(e.value)
		case "when":
			r.When = sc.condition(e)
		case "unless":
			r.Unless = sc.condition(e)
		case "event":
			r.On = sc.event(e.value)
		case "once_per":
			guarded = true
			r.OncePer = s.period(e.value)
		case "do":
			r.Do = sc.actions(e.value)
		default:
			s.pace(e, &r)
		}
	}
	if !guarded && (r.On.Kind == engine.OnTick || r.On.Kind == engine.OnBook) {
		r.OncePer = engine.OncePerBar // a market tells more than anybody means to trade on
		s.paced(keyAt(n, "event"), &r)
	}
	if (r.On.Kind == engine.OnSchedule || r.On.Kind == engine.OnFill) && !hasKey(n, "fire") {
		s.edged(keyAt(n, "event"), &r)
	}
	if n.Kind == yaml.MappingNode {
		s.required(n, false, "name", "write name: and a few words")
		s.required(n, false, "when", "write when: and a condition, as in when: close > open")
		s.required(n, false, "do", "write do: close, or do: {buy: {size: {equity_pct: 10}}}")
		s.sensibleRule(n, &r)
		sc.rises(n, &r)
	}
	return r
}

// pace reads how often and how late a rule may act.
func (s *source) pace(e field, r *engine.Rule) {
	switch e.name {
	case "fire":
		r.Level = s.choice(e.value, "fire", "edge", "while_true") == "while_true"
	case "cooldown":
		r.Cooldown = s.wait(e.value, "cooldown")
	case "max_entries":
		r.MaxEntries = s.count(e.value, "max_entries")
	case "max_age":
		r.MaxAge = s.duration(e.value, "max_age", positive)
	}
}

// rises refuses an edge on a timer or a schedule whose condition always holds:
// it never becomes true, and who writes 'when: true' there means each time.
func (sc *scope) rises(n *yaml.Node, r *engine.Rule) {
	when := sc.trees[r.When]
	if r.On.Kind != engine.OnTimer && r.On.Kind != engine.OnSchedule || r.Level || r.For != engine.ForAny || r.Unless != 0 || when == nil {
		return
	}
	if can := newJudge(r.For, false).can(when); can.hold && !can.fail {
		sc.src.report(keyAt(n, "when"), CodeNever, "the condition always holds, so it never becomes true: on the edge the rule never fires", "write fire: while_true to act each time")
	}
}

// sensibleRule refuses keys that have nothing to do.
func (s *source) sensibleRule(n *yaml.Node, r *engine.Rule) {
	if r.MaxEntries == 0 || len(r.Do) == 0 {
		return
	}
	for _, a := range r.Do {
		if a.Kind == engine.ActionBuy {
			return
		}
	}
	s.report(keyAt(n, "max_entries"), CodeValue, "max_entries counts buys, and this rule buys nothing", "remove it")
}

// keyAt is the place of a key of a map.
func keyAt(n *yaml.Node, key string) place {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return at(n.Content[i])
		}
	}
	return at(n)
}

func (s *source) ruleName(n *yaml.Node) string {
	return s.title(n, "the name of a rule")
}

// title reads the name of a rule or of a test.
func (s *source) title(n *yaml.Node, what string) string {
	v, ok := s.word(n, what)
	if ok && (len(v) > 80 || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f })) {
		s.report(at(n), CodeValue, what+" must be one line of at most 80 characters", "")
		return ""
	}
	if reservedRule(v) {
		s.report(at(n), CodeValue, v+" is the name of an exit", "choose another name")
	}
	return v
}

// reservedRule holds the names that decisions of exits carry.
func reservedRule(name string) bool {
	return contains(exitKeys.known(), name)
}

func (s *source) guard(n *yaml.Node) engine.Guard {
	if v, _ := s.word(n, "for"); v == "short" {
		s.report(at(n), CodeLater, "for: short is refused: the exchange is a spot market, where nothing can be sold that is not held", "use for: flat or for: long")
		return engine.ForAny
	}
	switch s.choice(n, "for", "flat", "long", "any") {
	case "flat":
		return engine.ForFlat
	case "long":
		return engine.ForLong
	}
	return engine.ForAny
}

func (s *source) period(n *yaml.Node) engine.Period {
	switch s.choice(n, "once_per", "bar", "day", "position", "event") {
	case "bar":
		return engine.OncePerBar
	case "day":
		return engine.OncePerDay
	case "position":
		return engine.OncePerPosition
	}
	return engine.OnceAlways
}

const (
	shortestTimer = time.Second
	longestTimer  = 7 * 24 * time.Hour
)

// event reads what wakes a rule: a word, {timer: 30s} or {schedule: "..."}.
func (sc *scope) event(n *yaml.Node) engine.On {
	s := sc.src
	var on engine.On
	if n.Kind == yaml.ScalarNode {
		return s.bareEvent(n)
	}
	fields := s.fields(n, &eventKeys)
	if len(fields) > 1 {
		s.report(fields[1].key, CodeValue, "a rule has one event", "write two rules")
	}
	for _, e := range fields {
		switch e.name {
		case "timer":
			on.Kind, on.Every = engine.OnTimer, s.duration(e.value, "timer", positive)
			if on.Every > 0 && (on.Every < shortestTimer || on.Every > longestTimer) {
				s.report(at(e.value), CodeValue, "timer must be between 1s and 7d, got "+clip(e.value.Value), "")
			}
		case "schedule":
			on.Kind, on.Schedule = engine.OnSchedule, s.schedule(e.value)
			on.Schedule.Zone = sc.zone
		}
	}
	return on
}

func (s *source) bareEvent(n *yaml.Node) engine.On {
	words := []string{"bar", "tick", "book", "fill"}
	if v, _ := s.word(n, "event"); v == "timer" || v == "schedule" {
		hint := map[string]string{"timer": "write event: {timer: 30s}", "schedule": `write event: {schedule: "0 5 0 * * MON"}`}[v]
		s.report(at(n), CodeMissing, "event: "+v+" does not say when", hint)
		return engine.On{}
	}
	if hint := foreignEvent(n.Value); hint != "" && !contains(words, n.Value) {
		s.report(at(n), CodeValue, "event must be one of "+strings.Join(words, ", ")+", {timer: 30s} or {schedule: ...}, got "+clip(n.Value), hint)
		return engine.On{}
	}
	switch s.choice(n, "event", words...) {
	case "tick":
		return engine.On{Kind: engine.OnTick}
	case "book":
		return engine.On{Kind: engine.OnBook}
	case "fill":
		return engine.On{Kind: engine.OnFill}
	}
	return engine.On{}
}

var barsForm = regexp.MustCompile(`^([1-9][0-9]{0,6}) bars?$`)

// wait reads "4 bars" or "30m".
func (s *source) wait(n *yaml.Node, what string) engine.Cooldown {
	v, ok := s.word(n, what)
	if !ok {
		return engine.Cooldown{}
	}
	if m := barsForm.FindStringSubmatch(v); m != nil {
		bars, _ := strconv.Atoi(m[1]) // the form has digits only
		return engine.Cooldown{Bars: bars}
	}
	d, err := parseDuration(v)
	if err != nil || d <= 0 {
		hint := ""
		if n, err := strconv.Atoi(v); err == nil && n > 0 {
			hint = fmt.Sprintf("write %d bars, or %dm for minutes", n, n)
		}
		s.report(at(n), CodeValue, what+" must be like '4 bars' or '30m', got "+clip(v), hint)
	}
	return engine.Cooldown{Age: d}
}
