package strategies

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"rulebot/engine"
)

var ruleKeys = keySet{
	what:  "a rule",
	known: []string{"name", "event", "for", "when", "unless", "fire", "cooldown", "do"},
	later: []string{"once_per", "max_entries", "max_age"},
}

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
	return rules, places
}

func (sc *scope) rule(n *yaml.Node) engine.Rule {
	s := sc.src
	var r engine.Rule
	for _, e := range s.fields(n, ruleKeys) {
		switch e.name {
		case "name":
			r.Name = s.ruleName(e.value)
		case "for":
			r.For = s.guard(e.value)
		case "when":
			r.When = sc.condition(e)
		case "unless":
			r.Unless = sc.condition(e)
		case "fire":
			r.Level = s.choice(e.value, "fire", "edge", "while_true") == "while_true"
		case "cooldown":
			r.Cooldown = s.cooldown(e.value)
		case "do":
			r.Do = sc.actions(e.value)
		case "event":
			s.event(e.value)
		}
	}
	if n.Kind == yaml.MappingNode {
		s.required(n, false, "name", "write name: and a few words")
		s.required(n, false, "when", "write when: and a condition, as in when: close > open")
		s.required(n, false, "do", "write do: close, or do: {buy: {size: {equity_pct: 10}}}")
	}
	return r
}

func (s *source) ruleName(n *yaml.Node) string {
	v, ok := s.word(n, "the name of a rule")
	if ok && (len(v) > 80 || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f })) {
		s.report(at(n), CodeValue, "the name of a rule must be one line of at most 80 characters", "")
		return ""
	}
	if reservedRule(v) {
		s.report(at(n), CodeValue, v+" is the name of an exit", "choose another name for the rule")
	}
	return v
}

// reservedRule holds the names that decisions of exits carry.
func reservedRule(name string) bool {
	return contains(exitKeys.known, name)
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

func (s *source) event(n *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		s.later(at(n), "this event")
		return
	}
	switch v, _ := s.word(n, "event"); v {
	case "bar", "":
	case "tick", "book", "fill", "timer", "schedule":
		s.later(at(n), "event: "+v)
	default:
		s.choice(n, "event", "bar")
	}
}

var barsForm = regexp.MustCompile(`^([1-9][0-9]{0,6}) bars?$`)

// cooldown reads "4 bars" or "30m".
func (s *source) cooldown(n *yaml.Node) engine.Cooldown {
	v, ok := s.word(n, "cooldown")
	if !ok {
		return engine.Cooldown{}
	}
	if m := barsForm.FindStringSubmatch(v); m != nil {
		bars, _ := strconv.Atoi(m[1]) // the form has digits only
		return engine.Cooldown{Bars: bars}
	}
	d, err := parseDuration(v)
	if err != nil || d <= 0 {
		s.report(at(n), CodeValue, "cooldown must be like '4 bars' or '30m', got "+clip(v), "")
	}
	return engine.Cooldown{Age: d}
}

var actionKeys = keySet{
	what:  "an action",
	known: []string{"buy", "sell", "close"},
	later: []string{"reduce", "cancel", "group", "legs", "set", "notify", "halt", "log"},
}

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
	return list
}

func (sc *scope) action(n *yaml.Node) []engine.Action {
	s := sc.src
	if n.Kind == yaml.ScalarNode && !broken(n) {
		return s.bareAction(n)
	}
	s.notEmpty(n, "the action")
	fields := s.fields(n, actionKeys)
	if len(fields) > 1 {
		s.report(fields[1].key, CodeValue, "one action does one thing", "write a list: do: [{close: {type: market}}, {buy: ...}]")
	}
	var list []engine.Action
	for _, e := range fields {
		switch e.name {
		case "buy":
			list = append(list, sc.order(e, engine.ActionBuy))
		case "sell":
			list = append(list, sc.order(e, engine.ActionSell))
		case "close":
			list = append(list, sc.order(e, engine.ActionClose))
		}
	}
	return list
}

// bareAction reads 'do: close', the one action that needs nothing more.
func (s *source) bareAction(n *yaml.Node) []engine.Action {
	switch v := n.Value; {
	case v == "close":
		return []engine.Action{{Kind: engine.ActionClose}}
	case v == "buy" || v == "sell":
		s.report(at(n), CodeMissing, v+" needs a size", "write {"+v+": {size: {equity_pct: 10}, type: market}}")
	case contains(actionKeys.later, v):
		s.later(at(n), v)
	default:
		s.report(at(n), CodeKey, "unknown action "+clip(v), didYouMean(v, actionKeys.known))
	}
	return nil
}

var laterOrderKeys = []string{"price", "stop_price", "post_only", "tif", "expire", "then", "reduce_only", "tag", "feed", "legs"}

// order reads what stands under buy, sell or close.
func (sc *scope) order(e field, kind engine.ActionKind) engine.Action {
	s := sc.src
	a := engine.Action{Kind: kind}
	ks := keySet{what: e.name, shown: e.name + ": {size: {quote: %s}}", known: []string{"type", "size", "max_slippage_bps"}, later: laterOrderKeys}
	if kind == engine.ActionClose {
		if e.value.Kind == yaml.ScalarNode && e.value.Value == "market" {
			return a
		}
		ks.known = []string{"type", "max_slippage_bps"}
		ks.later = append([]string{"size"}, laterOrderKeys...)
	}
	for _, x := range s.fields(e.value, ks) {
		switch x.name {
		case "type":
			s.orderType(x.value)
		case "size":
			a.Size = sc.size(x.value, kind)
		case "max_slippage_bps":
			if s.rate(x.value, x.name, "0.0001", positive).Sign() > 0 {
				a.Order.MaxSlippageBps = s.float(x.value, x.name)
			}
		}
	}
	if kind != engine.ActionClose && e.value.Kind == yaml.MappingNode {
		s.required(e.value, false, "size", "write size: {equity_pct: 10}")
	}
	return a
}

func (s *source) orderType(n *yaml.Node) {
	v, _ := s.word(n, "type")
	if contains([]string{"limit", "stop", "stop_limit"}, v) {
		s.later(at(n), "type: "+v)
		return
	}
	s.choice(n, "type", "market")
}

var sizeKeys = keySet{
	what:  "size",
	known: []string{"base", "quote", "equity_pct", "position_pct", "risk_pct", "stop"},
}

// size reads an amount with its unit.
func (sc *scope) size(n *yaml.Node, kind engine.ActionKind) engine.Size {
	s := sc.src
	var size engine.Size
	if n.Kind == yaml.ScalarNode && !broken(n) {
		hint := "write size: {equity_pct: 10}, {quote: 500}, {base: 0.01}, {position_pct: 50} or {risk_pct: 1, stop: price}"
		if v, ok := strings.CutSuffix(n.Value, "%"); ok {
			hint = "write size: {equity_pct: " + clip(strings.TrimSpace(v)) + "}"
		}
		s.report(at(n), CodeValue, "size needs its unit", hint)
		return size
	}
	units, stop := 0, hasKey(n, "stop")
	for _, e := range s.fields(n, sizeKeys) {
		if e.name == "stop" {
			size.Stop = sc.amount(e, 0)
			continue
		}
		if units++; units > 1 {
			s.report(e.key, CodeValue, "size has one unit only", "")
			continue
		}
		size.Unit, size.Amount = sc.sized(e)
	}
	switch {
	case units == 0 && n.Kind == yaml.MappingNode && !stop && len(n.Content) == 0:
		s.report(at(n), CodeMissing, "size is empty", "")
	case size.Unit == engine.SizeRiskPct && !stop:
		s.report(at(n), CodeMissing, "risk_pct needs stop, the price at which the loss is counted", "write {risk_pct: 1, stop: close - 2 * atr(14)}")
	case size.Unit == engine.SizeRiskPct && kind == engine.ActionSell:
		s.report(at(n), CodeValue, "risk_pct sizes what is bought", "sell with position_pct, base or quote")
	case stop && size.Unit != engine.SizeRiskPct:
		s.report(at(n), CodeValue, "stop belongs to risk_pct", "a stop of the position is written under exits:")
	}
	return size
}

func (sc *scope) sized(e field) (engine.SizeUnit, engine.Expr) {
	switch e.name {
	case "base":
		return engine.SizeBase, sc.amount(e, 0)
	case "quote":
		return engine.SizeQuote, sc.amount(e, 0)
	case "equity_pct":
		return engine.SizeEquityPct, sc.amount(e, 100)
	case "position_pct":
		return engine.SizePositionPct, sc.amount(e, 100)
	}
	return engine.SizeRiskPct, sc.amount(e, 100)
}
