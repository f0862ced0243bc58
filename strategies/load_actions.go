package strategies

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"rulebot/engine"
	"rulebot/engine/order"
)

// actionsMax is how many things one rule may want at once.
const actionsMax = 20

// actions reads one action or a list of them.
func (sc *scope) actions(n *yaml.Node) []engine.Action {
	if n.Kind != yaml.SequenceNode {
		return sc.action(n)
	}
	var list []engine.Action
	for _, item := range n.Content {
		list = append(list, sc.action(item)...)
	}
	sc.src.notEmpty(n, "do")
	if len(list) > actionsMax {
		sc.src.report(at(n), CodeLimit, "do has more than 20 actions", "")
	}
	return list
}

func (sc *scope) action(n *yaml.Node) []engine.Action {
	s := sc.src
	if n.Kind == yaml.ScalarNode && !broken(n) {
		return s.bareAction(n)
	}
	s.notEmpty(n, "the action")
	fields := s.fields(n, &actionKeys)
	if len(fields) > 1 {
		s.report(fields[1].key, CodeValue, "one action does one thing", "write a list: do: [{close: {type: market}}, {buy: ...}]")
	}
	var list []engine.Action
	for _, e := range fields {
		list = append(list, sc.actionOf(e))
	}
	return list
}

func (sc *scope) actionOf(e field) engine.Action {
	switch e.name {
	case "buy":
		return sc.order(e, engine.ActionBuy, &buyKeys)
	case "sell":
		return sc.order(e, engine.ActionSell, &sellKeys)
	case "close":
		return sc.order(e, engine.ActionClose, &closeKeys)
	case "reduce":
		return sc.order(e, engine.ActionReduce, &reduceKeys)
	case "cancel":
		return engine.Action{Kind: engine.ActionCancel, Cancel: sc.cancel(e.value)}
	case "set":
		return engine.Action{Kind: engine.ActionSet, Set: sc.assigns(e.value)}
	case "notify":
		return engine.Action{Kind: engine.ActionNotify, Text: sc.parts(e)}
	case "log":
		return engine.Action{Kind: engine.ActionLog, Text: sc.parts(e)}
	}
	return engine.Action{Kind: engine.ActionHalt, Text: sc.parts(e)}
}

// bareAction reads 'do: close', the one action that needs nothing more.
func (s *source) bareAction(n *yaml.Node) []engine.Action {
	missing := func(needs, write string) {
		s.report(at(n), CodeMissing, n.Value+" needs "+needs, "write "+write)
	}
	switch v := strings.TrimSpace(n.Value); v {
	case "close":
		return []engine.Action{{Kind: engine.ActionClose}}
	case "buy", "sell":
		missing("a size", "{"+v+": {size: {equity_pct: 10}, type: market}}")
	case "reduce":
		missing("a size", "{reduce: {size: {position_pct: 30}}}")
	case "cancel":
		missing("what to cancel", "{cancel: all}, {cancel: {tag: NAME}} or {cancel: {side: buy}}")
	case "halt":
		missing("a reason", `{halt: "why, for who reads it"}`)
	case "notify", "log":
		missing("a text", "{"+v+`: "close is {close}"}`)
	case "set":
		missing("variables and values", "{set: {NAME: 1}}")
	default:
		if contains(actionKeys.refused(), v) {
			s.later(at(n), v)
			break
		}
		s.report(at(n), CodeKey, "unknown action "+clip(v), didYouMean(v, actionKeys.known()))
	}
	return nil
}

// cancel reads all, or {tag, side}.
func (sc *scope) cancel(n *yaml.Node) engine.Cancel {
	s := sc.src
	var c engine.Cancel
	if n.Kind == yaml.ScalarNode {
		if v, ok := s.word(n, "cancel"); ok && v != "all" {
			hint := "write cancel: all"
			if aliasForm.MatchString(v) && v != "true" {
				hint += ", or cancel: {tag: " + clip(v) + "}"
			}
			s.report(at(n), CodeValue, "cancel must be all, or a map with tag or side, got "+clip(v), hint)
		}
		return c
	}
	s.notEmpty(n, "cancel")
	for _, e := range s.fields(n, &cancelKeys) {
		switch e.name {
		case "all":
			if !s.boolean(e.value, "all") || len(n.Content) > 2 {
				s.report(e.key, CodeValue, "all stands alone and is true", "write cancel: all")
			}
		case "tag":
			c.Tag = s.tag(e.value)
			sc.cancels.wanted = append(sc.cancels.wanted, tagged{c.Tag, at(e.value)})
		case "side":
			c.Side = s.side(e.value)
		}
	}
	return c
}

func (s *source) side(n *yaml.Node) order.Side {
	switch s.choice(n, "side", "buy", "sell") {
	case "buy":
		return order.Buy
	case "sell":
		return order.Sell
	}
	return 0
}

func (s *source) tag(n *yaml.Node) string {
	return s.form(n, "tag", aliasForm, "lower case letters, digits and -")
}

// tagged is one mention of a tag.
type tagged struct {
	tag string
	at  place
}

// tags are those that orders of a strategy carry, and those that it cancels.
type tags struct {
	given  []string
	wanted []tagged
}

// check reports what is cancelled and never placed.
func (t *tags) check(s *source) {
	for _, w := range t.wanted {
		if w.tag != "" && !contains(t.given, w.tag) {
			hint := suggestOnly(w.tag, t.given)
			if hint == "" {
				hint = "an order gets it with tag: " + w.tag
			}
			s.report(w.at, CodeName, "no order of this strategy has the tag "+clip(w.tag), hint)
		}
	}
}

// assigns reads {variable: expression}.
func (sc *scope) assigns(n *yaml.Node) []engine.Assign {
	s := sc.src
	s.notEmpty(n, "set")
	var list []engine.Assign
	for _, e := range s.shownEntries(n, "set", "set: {NAME: %s}") {
		v, known := sc.state[strings.TrimPrefix(e.name, "state.")]
		if !known {
			s.report(e.key, CodeName, "the strategy has no state "+e.name, sc.stateHint(e.name))
			continue
		}
		if strings.HasPrefix(e.name, "state.") {
			s.report(e.key, CodeName, "a variable is set by its name alone", "write set: {"+v.Name+": ...}")
			continue
		}
		sc.within = "state." + v.Name // what is read for it is read by it
		list = append(list, engine.Assign{Variable: v.index, Value: sc.compiled(e, v.Condition)})
		sc.within = ""
	}
	return list
}

func (sc *scope) stateHint(name string) string {
	if hint := suggestOnly(name, sc.stateNames()); hint != "" {
		return hint
	}
	return "declare it under state: of the strategy, as in state: {" + clip(name) + ": 0}"
}
