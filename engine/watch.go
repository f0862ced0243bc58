package engine

import (
	"slices"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/order"
)

// An order that was proven never accepted is asked about for a day all the
// same: an exchange in trouble may show one later than any proof waits, and
// what it fills is ours.
const (
	watchFirst  = 30 * time.Second // doubled with each question
	watchMax    = time.Hour
	watchFor    = 24 * time.Hour
	watchPause  = time.Second // between the questions about two such orders
	watchListed = 20          // so many are part of a reconciliation
)

// watch puts an order on the list of those proven absent, or takes it off.
func (b *orderBook) watch(t *tracked) {
	i := slices.Index(b.watched, t)
	switch absent := t.State == order.NotFound; {
	case absent && i < 0:
		b.watched = append(b.watched, t)
	case !absent && i >= 0:
		b.watched = slices.Delete(b.watched, i, i+1)
	}
}

// watchDue returns when the next of them is to be asked about; 0 is never.
func (b *orderBook) watchDue() market.Time {
	var first market.Time
	for _, t := range b.watched {
		first = sooner(first, t.next)
	}
	if first == 0 {
		return 0
	}
	return max(first, b.watchAt)
}

// lookAgain asks about one order that was proven absent, if one is due, and
// lets those go that were watched long enough.
func (e *Engine) lookAgain() {
	b := &e.book
	b.watched = slices.DeleteFunc(b.watched, func(t *tracked) bool { return e.now.Sub(t.Changed) > watchFor })
	if due := b.watchDue(); due == 0 || due > e.now {
		return
	}
	for _, t := range b.watched {
		if t.next != 0 && t.next <= e.now {
			e.command(CommandQuery, t.Order)
			t.asked++
			t.schedule(e.now)
			b.watchAt = e.now.Add(watchPause)
			return
		}
	}
}

// Watched returns the newest of the orders that were proven absent and may
// show yet, oldest first: a reconciliation asks about them too.
func (e *Engine) Watched() []order.Order {
	newest := e.book.watched[max(0, len(e.book.watched)-watchListed):]
	orders := make([]order.Order, len(newest))
	for i, t := range newest {
		orders[i] = t.Order
	}
	return orders
}
