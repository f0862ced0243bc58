package strategies

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"rulebot/engine/num"
	"rulebot/engine/risk"
)

// budget reads the limits of one strategy. They may only tighten those of the
// file, which all of its strategies share.
func (sc *scope) budget(n *yaml.Node, instrument string, file *risk.Limits) risk.Limits {
	b := budgeting{source: sc.src, file: file, instrument: instrument}
	sc.limits = map[string]place{}
	b.notEmpty(n, "risk")
	for _, e := range b.fields(n, &budgetKeys) {
		sc.limits[e.name] = e.key
		b.limit(e)
	}
	return b.Limits
}

// budgeting reads one.
type budgeting struct {
	*source
	risk.Limits
	file       *risk.Limits
	instrument string
}

func (b *budgeting) limit(e field) {
	switch e.name {
	case "max_order_quantity":
		q := num.AsQuantity(b.money(e.value, e.name, positive))
		if q.IsZero() {
			return
		}
		b.MaxOrderQuantity = map[string]num.Quantity{b.instrument: q}
		most, written := b.file.MaxOrderQuantity[b.instrument]
		b.tighter(e, written && most.Less(q), "max_order_quantity."+b.instrument, most.String())
	case "max_order_value":
		b.MaxOrderValue = b.value(e, b.file.MaxOrderValue, e.name)
	case "max_position_value":
		b.MaxPositionValue = b.value(e, b.file.MaxPositionValue, e.name)
	case "max_open_orders":
		b.openOrders(e)
	case "max_orders":
		b.rates(e)
	case "max_fires":
		b.fires(e)
	case "max_daily_loss":
		b.MaxDailyLoss = b.loss(e.value)
		rate, value := b.file.MaxDailyLoss.Rate, b.file.MaxDailyLoss.Value
		b.tighter(e, !rate.IsZero() && rate.Less(b.MaxDailyLoss.Rate), e.name, rateText(rate)+" percent")
		b.tighter(e, !value.IsZero() && value.Less(b.MaxDailyLoss.Value), e.name, value.String())
	}
}

func (b *budgeting) value(e field, most num.Money, key string) num.Money {
	m := b.money(e.value, e.name, positive)
	b.tighter(e, !most.IsZero() && most.Less(m), key, most.String())
	return m
}

// tighter refuses what is above the limit of the file.
func (b *budgeting) tighter(e field, above bool, key, most string) {
	if !above {
		return
	}
	hint := "a strategy may only tighten the limits of the file"
	top := b.source
	if b.main != nil {
		top = b.main
	}
	if p, ok := top.limits[key]; ok {
		hint += "; that one is on " + b.line(seen{top.name, p.line})
	}
	b.report(at(e.value), CodeValue, fmt.Sprintf("%s is above risk.%s, which is %s", e.name, key, most), hint)
}

// openOrders reads one count, of the one instrument that a strategy trades.
func (b *budgeting) openOrders(e field) {
	n := b.count(e.value, e.name)
	b.MaxOpenOrders = risk.PerInstrument{Instrument: n, Total: n}
	if most := b.file.MaxOpenOrders; most != (risk.PerInstrument{}) {
		b.tighter(e, n > min(most.Instrument, most.Total), e.name, fmt.Sprint(min(most.Instrument, most.Total)))
	}
}

// rates and fires take what is left out from the file, else from what counts
// where nothing is written.
func (b *budgeting) rates(e field) {
	most := b.file.MaxOrders
	b.MaxOrders = most
	if most == (risk.Rates{}) {
		b.MaxOrders = risk.Rates{Second: 5, Minute: 60, Day: 1000}
	}
	l := &b.MaxOrders
	b.countsOf(e, &orderRateKeys, &l.Second, &l.Minute, &l.Day)
	if most != (risk.Rates{}) {
		b.tighterCounts(e, &orderRateKeys, []int{l.Second, l.Minute, l.Day}, []int{most.Second, most.Minute, most.Day})
	}
}

func (b *budgeting) fires(e field) {
	most := b.file.MaxFires
	b.MaxFires = most
	if most == (risk.Fires{}) {
		b.MaxFires = risk.Fires{Minute: 3, Hour: 20, Day: 100}
	}
	l := &b.MaxFires
	b.countsOf(e, &fireRateKeys, &l.Minute, &l.Hour, &l.Day)
	if most != (risk.Fires{}) {
		b.tighterCounts(e, &fireRateKeys, []int{l.Minute, l.Hour, l.Day}, []int{most.Minute, most.Hour, most.Day})
	}
}

func (b *budgeting) tighterCounts(e field, ks *keySet, got, most []int) {
	for i, k := range ks.keys {
		for j := 0; j+1 < len(e.value.Content); j += 2 {
			if e.value.Content[j].Value == k.name {
				b.tighter(field{e.name + "." + k.name, e.key, e.value.Content[j+1]}, got[i] > most[i], e.name, fmt.Sprintf("%d for each %s", most[i], k.name))
			}
		}
	}
}

func rateText(r num.Rate) string {
	var c num.Calc
	p := num.Mul(&c, r, num.MustRate("100"))
	if c.Err() != nil {
		return r.String() + " × 100"
	}
	return p.String()
}
