package strategies

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"rulebot/engine/num"
)

func (s *source) account(n *yaml.Node, a *Account) {
	for _, e := range s.fields(n, &accountKeys) {
		switch e.name {
		case "alias":
			a.Alias = s.form(e.value, "alias", aliasForm, "lower case letters, digits and -")
		case "balances":
			a.Balances = s.balances(e.value)
		case "fees":
			s.fees(e.value, a)
		case "latency":
			a.Latency = s.latency(e.value)
		case "fills":
			s.fills(e.value, &a.Fills)
		case "slippage_bps":
			a.Slippage = s.rate(e.value, e.name, "0.0001", orZero)
		case "spread_bps":
			a.Spread = s.rate(e.value, e.name, "0.0001", orZero)
		case "baseline":
			a.Adopt = s.choice(e.value, "baseline", "ignore", "adopt") == "adopt"
		}
	}
}

func (s *source) balances(n *yaml.Node) []Balance {
	var bs []Balance
	for _, e := range s.entries(n, "balances") {
		if !currencyForm.MatchString(e.name) {
			s.report(e.key, CodeValue, e.name+" is not a currency", "write it like USD")
			continue
		}
		bs = append(bs, Balance{e.name, s.money(e.value, "the balance of "+e.name, orZero)})
	}
	return bs
}

func (s *source) fees(n *yaml.Node, a *Account) {
	for _, e := range s.fields(n, &feeKeys) {
		switch e.name {
		case "maker_pct":
			a.MakerFee = s.fee(e, anySign)
		case "taker_pct":
			a.TakerFee = s.fee(e, orZero)
		case "tiers":
			a.Tiers = s.tiers(e.value)
		}
	}
}

// fee reads a fee: the exchange counts in millionths.
func (s *source) fee(e field, b bounds) num.Rate {
	r := s.percent(e.value, e.name, b)
	if r.Scale() > 6 {
		s.report(at(e.value), CodeValue, e.name+" has too many digits: at most 4 after the point", "")
	}
	return r
}

// tiersMax is how many tiers fees may have.
const tiersMax = 20

func (s *source) tiers(n *yaml.Node) []Tier {
	var list []Tier
	items := s.items(n, "tiers")
	if len(items) > tiersMax {
		s.report(at(n), CodeLimit, fmt.Sprintf("tiers has %d entries; at most %d are taken", len(items), tiersMax), "")
		return nil
	}
	for _, item := range items {
		var t Tier
		for _, e := range s.fields(item, &tierKeys) {
			switch e.name {
			case "traded":
				t.Traded = s.money(e.value, "traded", positive)
			case "maker_pct":
				t.Maker = s.fee(e, anySign)
			case "taker_pct":
				t.Taker = s.fee(e, orZero)
			}
		}
		for _, key := range []string{"traded", "maker_pct", "taker_pct"} {
			s.required(item, false, key, "write {traded: 50000, maker_pct: 0.08, taker_pct: 0.15}")
		}
		if k := len(list); k > 0 && t.Traded.Sign() > 0 && !list[k-1].Traded.Less(t.Traded) {
			s.report(at(item), CodeValue, fmt.Sprintf("this tier begins at %s, the one before it at %s", t.Traded, list[k-1].Traded), "write the tiers from the least traded to the most")
		}
		list = append(list, t)
	}
	return list
}

func (s *source) latency(n *yaml.Node) Latency {
	if n.Kind == yaml.ScalarNode {
		return Latency{From: s.duration(n, "latency", orZero)}
	}
	l := Latency{Seed: 1}
	for _, e := range s.fields(n, &latencyKeys) {
		switch e.name {
		case "from":
			l.From = s.duration(e.value, "from", orZero)
		case "to":
			l.To = s.duration(e.value, "to", positive)
		case "draw":
			l.Exponential = s.choice(e.value, "draw", "uniform", "exponential") == "exponential"
		case "seed":
			l.Seed = s.whole(e.value, "seed", 0)
		}
	}
	if n.Kind != yaml.MappingNode {
		return l
	}
	s.required(n, false, "from", "write {from: 20ms, to: 200ms}, or one duration alone")
	s.required(n, false, "to", "write {from: 20ms, to: 200ms}, or one duration alone")
	if l.To > 0 && l.To <= l.From {
		s.report(at(n), CodeValue, fmt.Sprintf("latency goes from %s to %s", l.From, l.To), "from is the least, to the most")
	}
	return l
}

func (s *source) fills(n *yaml.Node, f *Fills) {
	for _, e := range s.fields(n, &fillKeys) {
		switch e.name {
		case "queue":
			f.ByBook = s.choice(e.value, "queue", "trades", "book") == "book"
			f.At = Position{e.key.line, e.key.col}
		case "volume_pct":
			f.Volume = s.fee(e, positive)
		}
	}
}
