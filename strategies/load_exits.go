package strategies

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"rulebot/engine"
)

// exits reads what protects the position of a strategy.
func (sc *scope) exits(n *yaml.Node) engine.Exits {
	var x engine.Exits
	for _, e := range sc.src.fields(n, &exitKeys) {
		switch e.name {
		case "stop_loss":
			x.StopLoss = sc.stopLoss(e)
		case "take_profit":
			x.TakeProfit = sc.takeProfits(e)
		case "trailing_stop":
			x.Trailing = sc.trailing(e)
		case "time_stop":
			x.Time = sc.timeStop(e)
		}
	}
	return x
}

// stopLoss reads {pct} or {price}, who holds it, and whether it moves.
func (sc *scope) stopLoss(e field) engine.Target {
	s := sc.src
	var t engine.Target
	for _, x := range s.fields(e.value, &stopLossKeys) {
		switch x.name {
		case "where":
			t.AtExchange = s.choice(x.value, "where", "engine", "exchange") == "exchange"
		case "ratchet":
			t.Ratchet = s.boolean(x.value, "ratchet")
		default:
			sc.target(x, &t, 100)
		}
	}
	s.oneOf(e, "pct", "price")
	switch {
	case t.Ratchet && hasKey(e.value, "update") && !t.EveryBar:
		s.report(keyAt(e.value, "update"), CodeValue, "ratchet computes the stop at each bar, and update: entry never again", "leave update out")
	case t.Ratchet && sc.fixedPct(t):
		s.report(keyAt(e.value, "ratchet"), CodeValue, "a fixed distance from the entry price never moves: ratchet has nothing to do", "write a price that moves, as in price: close - 2 * atr(14), or a trailing_stop")
	}
	return t
}

// fixedPct reports a distance in percent that is known at load.
func (sc *scope) fixedPct(t engine.Target) bool {
	n := sc.trees[t.Pct]
	if n == nil {
		return false
	}
	_, known := n.constant()
	return known
}

// target reads what stop_loss and take_profit share.
func (sc *scope) target(x field, t *engine.Target, most float64) {
	switch x.name {
	case "pct":
		t.Pct = sc.amount(x, most)
	case "price":
		t.Price = sc.amount(x, 0)
	case "update":
		t.EveryBar = sc.src.choice(x.value, "update", "entry", "every_bar") == "every_bar"
	}
}

// profitsMax is how many take profits one position may have.
const profitsMax = 10

// takeProfits reads one or a list.
func (sc *scope) takeProfits(e field) []engine.Target {
	s := sc.src
	if e.value.Kind != yaml.SequenceNode {
		return []engine.Target{sc.takeProfit(e)}
	}
	s.notEmpty(e.value, e.name)
	if len(e.value.Content) > profitsMax {
		s.report(at(e.value), CodeLimit, fmt.Sprintf("take_profit has %d entries; at most %d are taken", len(e.value.Content), profitsMax), "")
		return nil
	}
	var list []engine.Target
	var sold float64
	rest := false
	for _, item := range e.value.Content {
		t := sc.takeProfit(field{e.name, at(item), item})
		list = append(list, t)
		if !hasKey(item, "size_pct") {
			if rest {
				s.report(at(item), CodeValue, "a second take_profit without size_pct: both sell all that is left", "write size_pct: and the share that it sells")
			}
			rest = true
			continue
		}
		if n := sc.trees[t.SizePct]; n != nil {
			if v, known := n.constant(); known {
				sold += v
			}
		}
	}
	if sold > 100+1e-9 {
		s.report(at(e.value), CodeValue, "the size_pct of take_profit add up to "+formatNumber(sold)+" percent", "a position has 100 percent")
	}
	return list
}

func (sc *scope) takeProfit(e field) engine.Target {
	var t engine.Target
	for _, x := range sc.src.fields(e.value, &takeProfitKeys) {
		if x.name == "size_pct" {
			t.SizePct = sc.amount(x, 100)
			continue
		}
		sc.target(x, &t, 0)
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
	for _, x := range sc.src.fields(e.value, &trailingKeys) {
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
	for _, x := range sc.src.fields(e.value, &timeStopKeys) {
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
