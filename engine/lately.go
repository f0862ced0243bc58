package engine

import (
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// lately is what limits over time count, oldest first. It follows from the
// changes, and so survives a restart.
type lately struct {
	created  []creation    // of orders that were sent within the last day
	rejected []rejection   // by the exchange within risk.RejectWindow
	executed []market.Time // of the fills within the last hour
	outside  []market.Time // of those that were worse than the price their orders were sent with
	traded   num.Money     // on the UTC day that tradedOn begins
	tradedOn market.Time
}

// creation is an order that was sent.
type creation struct {
	at                   market.Time
	instrument, strategy string
	side                 order.Side
	price                num.Price
	quantity             num.Quantity
}

type rejection struct {
	at         market.Time
	instrument string
}

const day = 24 * time.Hour

func (l *lately) sent(o *order.Order) {
	l.created = append(l.created, creation{o.Created, o.Instrument, o.Strategy, o.Side, o.Price, o.Quantity})
}

// fill notes an execution. What cannot be computed exactly is reported by the
// ledger, which books the same fill.
func (l *lately) fill(f *order.Fill) {
	l.executed = append(l.executed, f.At)
	if on := f.At.Floor(day); on > l.tradedOn {
		l.traded, l.tradedOn = num.Money{}, on
	}
	var c num.Calc
	if f.At >= l.tradedOn {
		l.traded = num.Add(&c, l.traded, num.Cost(&c, f.Price, f.Quantity))
	}
}

// forget drops what no limit counts any more.
func (l *lately) forget(now market.Time) {
	l.created = after(l.created, func(x *creation) bool { return now.Sub(x.at) < day })
	l.rejected = after(l.rejected, func(x *rejection) bool { return now.Sub(x.at) < risk.RejectWindow })
	l.executed = after(l.executed, func(at *market.Time) bool { return now.Sub(*at) < time.Hour })
	l.outside = after(l.outside, func(at *market.Time) bool { return now.Sub(*at) < outsideWindow })
}

// after drops the first ones, up to one that counts.
func after[T any](all []T, counts func(*T) bool) []T {
	old := 0
	for old < len(all) && !counts(&all[old]) {
		old++
	}
	return all[old:]
}

// tradedToday is the value of the fills of the UTC day.
func (l *lately) tradedToday(now market.Time) num.Money {
	if now.Floor(day) != l.tradedOn {
		return num.Money{}
	}
	return l.traded
}

// count fills in how many orders there are, and were lately.
func (b *orderBook) count(n *risk.Orders, o *order.Intent, now market.Time) {
	for _, t := range b.live {
		here := t.Instrument == o.Instrument
		// An order of this very event has not been sent yet: its outcome is
		// not in doubt, and what it reserves is counted elsewhere.
		if t.State == order.Unproven || t.State == order.Intended && t.Created < now {
			n.UnprovenTotal++
			n.UnprovenHere += count(here)
		}
		if t.State.Live() {
			n.LiveTotal++
			n.LiveHere += count(here)
		}
	}
	for _, s := range b.held {
		if s.State == HeldUnproven || s.State == HeldSent && s.Created < now {
			n.UnprovenTotal++
			n.UnprovenHere += count(s.Instrument == o.Instrument)
		}
	}
	n.OwnBid, n.OwnAsk = b.resting(o.Instrument)
	b.forget(now)
	n.Day = len(b.created)
	for i := len(b.created) - 1; i >= 0; i-- {
		x := &b.created[i]
		age := now.Sub(x.at)
		if age >= time.Hour {
			break // and so are those before it
		}
		n.Hour++
		n.Minute += count(age < time.Minute)
		n.Second += count(age < time.Second)
		n.BurstHere += count(age < risk.BurstWindow && x.instrument == o.Instrument)
		n.Twin = n.Twin || age < risk.TwinWindow && x.strategy == o.Strategy && x.instrument == o.Instrument && x.side == o.Side && x.price == o.Price && x.quantity == o.Quantity
	}
	for i := range b.rejected {
		n.Rejects += count(b.rejected[i].instrument == o.Instrument)
	}
	n.Fills = len(b.executed)
}
