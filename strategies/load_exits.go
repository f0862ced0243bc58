package strategies

import (
	"go.yaml.in/yaml/v4"

	"rulebot/engine"
)

var exitKeys = keySet{
	what:  "exits",
	known: []string{"stop_loss", "take_profit", "trailing_stop", "time_stop"},
}

// exits reads what protects the position of a strategy.
func (sc *scope) exits(n *yaml.Node) engine.Exits {
	var x engine.Exits
	for _, e := range sc.src.fields(n, exitKeys) {
		switch e.name {
		case "stop_loss":
			x.StopLoss = sc.target(e, 100)
		case "take_profit":
			if e.value.Kind == yaml.SequenceNode {
				sc.src.later(at(e.value), "a list under take_profit")
				continue
			}
			x.TakeProfit = []engine.Target{sc.target(e, 0)}
		case "trailing_stop":
			x.Trailing = sc.trailing(e)
		case "time_stop":
			x.Time = sc.timeStop(e)
		}
	}
	return x
}

// target reads {pct} or {price}.
func (sc *scope) target(e field, most float64) engine.Target {
	var t engine.Target
	ks := keySet{what: e.name, shown: e.name + ": {pct: %s}", known: []string{"pct", "price"}, later: []string{"where", "ratchet", "update", "size_pct"}}
	for _, x := range sc.src.fields(e.value, ks) {
		switch x.name {
		case "pct":
			t.Pct = sc.amount(x, most)
		case "price":
			t.Price = sc.amount(x, 0)
		}
	}
	sc.src.oneOf(e, "pct", "price")
	return t
}

// oneOf reports a map that has none or both of two keys.
func (s *source) oneOf(e field, a, b string) {
	if e.value.Kind != yaml.MappingNode {
		return
	}
	switch {
	case hasKey(e.value, a) && hasKey(e.value, b):
		s.report(at(e.value), CodeValue, e.name+" has either "+a+" or "+b, "")
	case !hasKey(e.value, a) && !hasKey(e.value, b):
		s.report(at(e.value), CodeMissing, e.name+" needs "+a+" or "+b, "")
	}
}

func (sc *scope) trailing(e field) engine.Trailing {
	var t engine.Trailing
	ks := keySet{what: e.name, shown: e.name + ": {distance_pct: %s}", known: []string{"activate_pct", "distance_pct", "distance"}, later: []string{"where", "update"}}
	for _, x := range sc.src.fields(e.value, ks) {
		switch x.name {
		case "activate_pct":
			t.ActivatePct = sc.amount(x, 0)
		case "distance_pct":
			t.DistancePct = sc.amount(x, 100)
		case "distance":
			t.Distance = sc.amount(x, 0)
		}
	}
	sc.src.oneOf(e, "distance_pct", "distance")
	return t
}

// timeStop reads {bars} or {age}. Bars are a literal or a param.
func (sc *scope) timeStop(e field) engine.TimeStop {
	var t engine.TimeStop
	for _, x := range sc.src.fields(e.value, keySet{what: e.name, shown: e.name + ": {bars: %s}", known: []string{"bars", "age"}}) {
		switch x.name {
		case "bars":
			t.Bars = sc.bars(x)
		case "age":
			t.Age = sc.src.duration(x.value, "age", positive)
		}
	}
	sc.src.oneOf(e, "bars", "age")
	return t
}

func (sc *scope) bars(e field) int {
	n, ok := sc.checked(e, false)
	if !ok {
		return 0
	}
	v, known := n.constant()
	if !known || v < 1 || v > 1e9 || v != float64(int(v)) {
		sc.src.report(at(e.value), CodeValue, "bars must be a whole number >= 1 known at load time (a literal or a param), got "+clip(e.value.Value), "")
		return 0
	}
	return int(v)
}
