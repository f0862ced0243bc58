package strategies

import (
	"go.yaml.in/yaml/v4"

	"rulebot/engine/num"
	"rulebot/engine/risk"
)

// risk reads the limits. A limit of zero would read as "not written", so zero
// is an error, like everything below it.
func (s *source) risk(n *yaml.Node, l *risk.Limits) {
	s.limits = map[string]place{}
	for _, e := range s.fields(n, &riskKeys) {
		s.limits[e.name] = e.key
		switch e.name {
		case "allow":
			l.Allow = s.allow(e.value)
		case "max_order_quantity":
			l.MaxOrderQuantity = s.quantities(e.value)
		case "max_order_value":
			l.MaxOrderValue = s.money(e.value, e.name, positive)
		case "max_position_value":
			l.MaxPositionValue = s.money(e.value, e.name, positive)
		case "max_exposure":
			l.MaxExposure = s.money(e.value, e.name, positive)
		case "collar_pct":
			l.Collar = s.percent(e.value, e.name, positive)
		case "max_spread_pct":
			l.MaxSpread = s.percent(e.value, e.name, positive)
		case "max_depth_pct":
			l.MaxDepth = s.percent(e.value, e.name, positive)
		case "max_daily_traded":
			l.MaxDailyTraded = s.money(e.value, e.name, positive)
		case "funds_buffer_pct":
			l.FundsBuffer = s.percent(e.value, e.name, positive)
		case "max_drawdown_pct":
			l.MaxDrawdown = s.percent(e.value, e.name, positive)
		case "max_daily_loss":
			l.MaxDailyLoss = s.loss(e.value)
		default:
			s.counts(e, l)
		}
	}
}

// counts reads limits of several counts. The ones that are left out of a
// written limit are what they are when the whole limit is left out.
func (s *source) counts(e field, l *risk.Limits) {
	switch e.name {
	case "max_open_orders":
		l.MaxOpenOrders = risk.PerInstrument{Instrument: 10, Total: 20}
		s.countsOf(e, &openOrderKeys, &l.MaxOpenOrders.Instrument, &l.MaxOpenOrders.Total)
	case "max_orders":
		l.MaxOrders = risk.Rates{Second: 5, Minute: 60, Day: 1000}
		s.countsOf(e, &orderRateKeys, &l.MaxOrders.Second, &l.MaxOrders.Minute, &l.MaxOrders.Day)
	case "max_fires":
		l.MaxFires = risk.Fires{Minute: 3, Hour: 20, Day: 100}
		s.countsOf(e, &fireRateKeys, &l.MaxFires.Minute, &l.MaxFires.Hour, &l.MaxFires.Day)
	}
}

func (s *source) countsOf(e field, ks *keySet, into ...*int) {
	s.notEmpty(e.value, e.name)
	for _, x := range s.fields(e.value, ks) {
		for i, k := range ks.keys {
			if k.name == x.name {
				*into[i] = s.count(x.value, x.name)
			}
		}
	}
}

// notEmpty reports a map or list without entries.
func (s *source) notEmpty(n *yaml.Node, what string) {
	if n.Kind != yaml.ScalarNode && len(n.Content) == 0 {
		s.report(at(n), CodeMissing, what+" is empty", "")
	}
}

func (s *source) loss(n *yaml.Node) risk.Loss {
	s.notEmpty(n, "max_daily_loss")
	var l risk.Loss
	for _, e := range s.fields(n, &lossKeys) {
		switch e.name {
		case "pct":
			l.Rate = s.percent(e.value, "pct", positive)
		case "value":
			l.Value = s.money(e.value, "value", positive)
		}
	}
	return l
}

// allow reads {BTC-USD: [buy, sell]}, or with kinds: [buy, sell, limit, market].
func (s *source) allow(n *yaml.Node) map[string]risk.Sides {
	s.notEmpty(n, "allow")
	sides := map[string]risk.Sides{}
	for _, e := range s.entries(n, "allow") {
		if !s.isInstrument(e.key, e.name) {
			continue
		}
		s.notEmpty(e.value, e.name)
		var a risk.Sides
		for _, item := range s.items(e.value, e.name) {
			s.allowOne(item, &a)
		}
		sides[e.name] = a
		s.limits["allow."+e.name] = e.key
	}
	return sides
}

// allowOne reads a side, or a kind of orders.
func (s *source) allowOne(n *yaml.Node, a *risk.Sides) {
	switch s.choice(n, "a side or kind of order", "buy", "sell", "market", "limit", "gtc", "ioc", "fok", "post_only") {
	case "buy":
		a.Buy = true
	case "sell":
		a.Sell = true
	case "market":
		a.Kinds.Market = true
	case "limit":
		a.Kinds.Limit = true
	case "gtc":
		a.Kinds.GTC = true
	case "ioc":
		a.Kinds.IOC = true
	case "fok":
		a.Kinds.FOK = true
	case "post_only":
		a.Kinds.PostOnly = true
	}
}

func (s *source) quantities(n *yaml.Node) map[string]num.Quantity {
	s.notEmpty(n, "max_order_quantity")
	qs := map[string]num.Quantity{}
	for _, e := range s.entries(n, "max_order_quantity") {
		if s.isInstrument(e.key, e.name) {
			s.limits["max_order_quantity."+e.name] = e.key
			qs[e.name] = num.AsQuantity(s.money(e.value, e.name, positive))
		}
	}
	return qs
}
