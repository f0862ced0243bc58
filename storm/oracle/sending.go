package oracle

import (
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Submit judges an order whose bytes leave the process now: I1, I8, I9, I10
// and I11. signed is the time that the request is signed with.
func (j *Judge) Submit(client, instrument string, buy bool, price, size string, signed time.Duration) {
	d, known := j.durable.orders[client]
	switch {
	case j.sent[client] != nil:
		j.Violated("I1", "order %s is sent a second time", client)
	case !known:
		j.Violated("I8", "order %s left before its intent was durable", client)
	case d.State != "INTENT":
		j.Violated("I8", "order %s left in state %s", client, d.State)
	case d.Buy != buy || d.Instrument != instrument || !same(d.Price, price) || !same(d.Size, size):
		j.Violated("I10", "order %s left otherwise than it was checked", client)
	case !j.durable.checks[client]:
		j.Violated("I10", "order %s has no durable record of its checks", client)
	case j.memory.halted || j.durable.halted:
		j.Violated("I11", "order %s left after the halt", client)
	}
	j.paused(client, instrument)
	cost := new(big.Rat).Mul(rat(price), rat(size))
	j.sent[client] = &sent{signed: signed, buy: buy, cost: cost}
	if buy {
		j.exposed(client, instrument, cost)
	}
}

// paused is step 7 of the submission: while an order is not proven, nothing
// else is decided, and so leaves, in its instrument.
func (j *Judge) paused(client, instrument string) {
	for _, id := range slices.Sorted(maps.Keys(j.durable.orders)) {
		o := j.durable.orders[id]
		if id != client && o.Instrument == instrument && o.State == "UNKNOWN" && j.memory.orders[id].State == "UNKNOWN" && j.lost[id] < j.decided[client] {
			j.Violated("I1", "order %s left while %s is not proven", client, id)
		}
	}
}

// exposed counts what the bot could come to hold if everything fills: I9.
func (j *Judge) exposed(client, instrument string, cost *big.Rat) {
	if cost.Cmp(rat(j.limits.OrderValue)) > 0 {
		j.Violated("I9", "order %s is worth %s, more than %s", client, cost.FloatString(2), j.limits.OrderValue)
	}
	sum, here, all := new(big.Rat), 0, 0
	for _, o := range j.durable.orders {
		if !live(o.State) {
			continue
		}
		all++
		if o.Instrument == instrument {
			here++
		}
		if o.Buy {
			rest := new(big.Rat).Sub(rat(o.Size), rat(o.Booked))
			sum.Add(sum, rest.Mul(rest, rat(o.Price)))
		}
	}
	switch {
	case here > j.limits.Orders || all > j.limits.Total:
		j.Violated("I9", "with order %s, %d orders of %s and %d in all may be live", client, here, instrument, all)
	case sum.Cmp(rat(j.limits.Exposure)) > 0:
		j.Violated("I9", "with order %s, buys worth %s may fill, more than %s", client, sum.FloatString(2), j.limits.Exposure)
	}
}

// Cancel judges a cancel whose bytes leave: I8.
func (j *Judge) Cancel(id string) {
	for _, o := range j.durable.orders {
		if o.Client != id && o.Exchange != id {
			continue
		}
		if !o.CancelWanted && o.State != "CANCELING" {
			j.Violated("I8", "a cancel of %s left before it was durable", o.Client)
		}
		return
	}
	j.Violated("I8", "a cancel of %s left, which the journal does not know", id)
}

// budget counts the calls of one endpoint.
type budget struct {
	times  []time.Duration
	closed time.Duration // no call before this
}

// window is what the documented limits count in.
const window = 2 * time.Second

// Departs judges a call against the documented limit of its endpoint: I13.
func (j *Judge) Departs(endpoint string, most int) {
	b := j.budget(endpoint)
	if j.now < b.closed {
		j.Violated("I13", "%s is called %s before it may be", endpoint, b.closed-j.now)
	}
	for len(b.times) > 0 && b.times[0] <= j.now-window {
		b.times = b.times[1:]
	}
	b.times = append(b.times, j.now)
	if len(b.times) > most {
		j.Violated("I13", "%s is called %d times in %s, allowed are %d", endpoint, len(b.times), window, most)
	}
}

// TooMany takes a complaint that reached the bot: no call before that time.
func (j *Judge) TooMany(endpoint string, until time.Duration) {
	b := j.budget(endpoint)
	b.closed = max(b.closed, until)
}

func (j *Judge) budget(endpoint string) *budget {
	b := j.budgets[endpoint]
	if b == nil {
		b = &budget{}
		j.budgets[endpoint] = b
	}
	return b
}

func currencies(instrument string) (base, quote string) {
	base, quote, _ = strings.Cut(instrument, "-")
	return base, quote
}
