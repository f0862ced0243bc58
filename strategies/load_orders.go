package strategies

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"rulebot/engine"
	"rulebot/engine/order"
)

// placed is how an order is placed, as written: what is missing and what
// contradicts is judged when all of it is read.
type placed struct {
	engine.Style
	postOnly bool
	keys     map[string]field
}

// order reads what stands under buy, sell, close or reduce.
func (sc *scope) order(e field, kind engine.ActionKind, ks *keySet) engine.Action {
	s := sc.src
	a := engine.Action{Kind: kind}
	if kind == engine.ActionClose && e.value.Kind == yaml.ScalarNode && e.value.Value == "market" {
		return a
	}
	p := placed{keys: map[string]field{}}
	for _, x := range s.fields(e.value, ks) {
		p.keys[x.name] = x
		switch x.name {
		case "size":
			a.Size = sc.size(x.value, kind)
		case "reduce_only":
			if !s.boolean(x.value, x.name) {
				s.report(at(x.value), CodeValue, "reduce_only: false is refused: on a spot market nothing is sold that is not held", "leave it out")
			}
		default:
			sc.style(x, &p)
		}
	}
	if e.value.Kind == yaml.MappingNode {
		s.required(e.value, kind == engine.ActionClose, "size", sizeHint(kind))
		s.agrees(e.value, &p)
	}
	a.Order = p.Style
	return a
}

func sizeHint(kind engine.ActionKind) string {
	if kind == engine.ActionBuy {
		return "write size: {equity_pct: 10}"
	}
	return "write size: {position_pct: 50}, or close for all of it"
}

// style reads one key of how an order is placed.
func (sc *scope) style(x field, p *placed) {
	s := sc.src
	switch x.name {
	case "type":
		p.Type = s.orderType(x.value)
	case "price":
		p.Price = sc.amount(x, 0)
	case "stop_price":
		p.StopPrice = sc.amount(x, 0)
	case "post_only":
		p.postOnly = s.boolean(x.value, x.name)
	case "tif":
		p.TIF = s.tif(x.value)
	case "expire":
		p.Expire = s.wait(x.value, "expire")
	case "then":
		p.ThenMarket = s.choice(x.value, "then", "market") == "market"
	case "max_slippage_bps":
		if s.rate(x.value, x.name, "0.0001", positive).Sign() > 0 {
			p.MaxSlippageBps = s.float(x.value, x.name)
		}
	case "tag":
		p.Tag = s.tag(x.value)
		sc.cancels.given = append(sc.cancels.given, p.Tag)
	}
}

func (s *source) orderType(n *yaml.Node) engine.OrderType {
	switch s.choice(n, "type", "market", "limit", "stop", "stop_limit") {
	case "limit":
		return engine.Limit
	case "stop":
		return engine.Stop
	case "stop_limit":
		return engine.StopLimit
	}
	return engine.Market
}

func (s *source) tif(n *yaml.Node) order.TimeInForce {
	v, ok := s.word(n, "tif")
	switch {
	case !ok:
	case v == "gtc":
		return order.GTC
	case v == "ioc":
		return order.IOC
	case v == "fok":
		return order.FOK
	case contains([]string{"day", "gtd", "gtt"}, strings.ToLower(v)):
		s.report(at(n), CodeValue, "tif must be one of gtc, ioc, fok, got "+clip(v), "an order that ends by itself is written expire: 1 bar, or expire: 8h")
	case contains([]string{"po", "post_only", "gtx"}, strings.ToLower(v)):
		s.report(at(n), CodeValue, "tif must be one of gtc, ioc, fok, got "+clip(v), "write post_only: true")
	default:
		s.choice(n, "tif", "gtc", "ioc", "fok")
	}
	return 0
}

// clash is a rule about keys of an order: when it does not hold, the key that
// stands too much, or the one that is missing, is reported.
type clash struct {
	key, message, hint string
	wrong              bool
}

// agrees reports what contradicts in how an order is placed, and what is
// missing. A wrong type was reported, and says nothing about the rest.
func (s *source) agrees(n *yaml.Node, p *placed) {
	has := func(key string) bool { return hasKey(n, key) }
	if x, ok := p.keys["type"]; has("type") && (!ok || !contains([]string{"market", "limit", "stop", "stop_limit"}, x.value.Value)) {
		return
	}
	if !has("type") && (has("price") || has("stop_price")) {
		write := map[[2]bool]string{{true, true}: "stop_limit", {true, false}: "limit", {false, true}: "stop"}[[2]bool{has("price"), has("stop_price")}]
		s.report(at(n), CodeMissing, "type is missing: an order without it is a market order, which has no price", "write type: "+write)
		return
	}
	for _, c := range p.clashes(has) {
		if !c.wrong {
			continue
		}
		if has(c.key) {
			s.report(keyAt(n, c.key), CodeValue, c.message, c.hint)
		} else {
			s.report(at(n), CodeMissing, c.message, c.hint)
		}
	}
	if p.postOnly {
		p.TIF = order.PostOnly
	}
}

// clashes lists what an order of each type must and must not have.
func (p *placed) clashes(has func(string) bool) []clash {
	limited, stopped := p.Type == engine.Limit || p.Type == engine.StopLimit, p.Type == engine.Stop || p.Type == engine.StopLimit
	name := [...]string{"market", "limit", "stop", "stop_limit"}[p.Type]
	atOnce := p.TIF == order.IOC || p.TIF == order.FOK
	return []clash{
		{"price", "type: " + name + " needs price", "write price: and the limit, as in price: close * 0.999", limited && !has("price")},
		{"stop_price", "type: " + name + " needs stop_price", "write stop_price: and the last price at which the order is placed", stopped && !has("stop_price")},
		{"price", "a " + name + " order has no price: it trades at the market", "write type: " + map[bool]string{false: "limit", true: "stop_limit"}[stopped] + ", or leave price out", !limited && has("price")},
		{"stop_price", "a " + name + " order has no stop_price", "write type: " + map[bool]string{false: "stop", true: "stop_limit"}[limited] + ", or leave stop_price out", !stopped && has("stop_price")},
		{"post_only", "a " + name + " order always takes: post_only contradicts it", "write type: limit and a price", !limited && p.postOnly},
		{"tif", "a " + name + " order trades at once or ends: it cannot rest", "write type: limit and a price, or leave tif out", !limited && p.TIF == order.GTC},
		{"post_only", "post_only wants to rest, and tif: " + p.TIF.String() + " never does", "leave tif out", limited && p.postOnly && atOnce},
		{"expire", "a market order does not rest, so it cannot expire", "write type: limit and a price, or leave expire out", p.Type == engine.Market && has("expire")},
		{"expire", "tif: " + p.TIF.String() + " never rests, so it cannot expire", "leave tif out, or expire", p.Type == engine.Limit && atOnce && has("expire")},
		{"then", "then says what follows when the order expires, and it has no expire", "write expire: 2 bars, or expire: 30s", has("then") && !has("expire") && limited},
		{"then", "then follows a limit order that expires; a stop that was not reached was never placed", "leave then out", has("then") && stopped},
		{"then", "a market order has nothing left to place at the market", "leave then out", has("then") && p.Type == engine.Market},
		{"max_slippage_bps", "price is what bounds a " + name + " order; max_slippage_bps belongs to what trades at the market", "leave it out", has("max_slippage_bps") && limited && !has("then")},
	}
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
	for _, e := range s.fields(n, &sizeKeys) {
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
	case size.Unit == engine.SizeRiskPct && kind != engine.ActionBuy:
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
