package sim

import (
	"fmt"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// Fills say how resting orders fill. The zero value is an exchange that knows
// nothing better: a trade beyond an order's price fills all of it.
type Fills struct {
	Queue Queue
	// Volume is the share of a market trade's size that resting orders may
	// fill with together, and of what a quote beyond their price shows; above 0
	// and at most 1. The zero value bounds nothing.
	Volume num.Rate
}

// Queue is what moves an order up in the queue of its price.
type Queue uint8

const (
	// ByBook moves an order up when the quantity ahead of it trades, and also
	// when its level shows less than that.
	ByBook Queue = iota
	// ByTrades moves it up when the quantity ahead of it trades, and not
	// otherwise.
	ByTrades
)

// String returns "book" or "trades".
func (q Queue) String() string {
	switch q {
	case ByBook:
		return "book"
	case ByTrades:
		return "trades"
	}
	return fmt.Sprintf("Queue(%d)", uint8(q))
}

func (f *Fills) check() error {
	if v := f.Volume; v.Sign() < 0 || num.MustRate("1").Less(v) || v.Scale() > rateScaleMax {
		return fmt.Errorf("sim: share of the volume %s is not between 0 and 1 with at most %d decimals", v, rateScaleMax)
	}
	if f.Queue > ByTrades {
		return fmt.Errorf("sim: %s is not known", f.Queue)
	}
	return nil
}

// allowance is what market trades leave to an instrument's resting orders.
type allowance struct {
	part num.Quantity // of a lot, not used yet
	owed num.Quantity // filled with what a book showed, before any trade of it
}

// permit is what one market trade may fill. It is worked out when the trade
// first meets an order, for most trades meet none.
type permit struct {
	of      *book
	volume  num.Rate
	size    num.Quantity // of the trade
	left    num.Quantity
	settled bool
}

// within returns how much of q the trade may fill.
func (p *permit) within(q num.Quantity) num.Quantity {
	if p.volume.IsZero() {
		return q
	}
	if !p.settled {
		p.settled = true
		p.left = p.of.grant(p.size, p.volume)
	}
	return q.Min(p.left)
}

func (p *permit) use(q num.Quantity) {
	if !p.volume.IsZero() {
		p.left = less(p.left, q)
	}
}

// shareScale is how many decimals of a lot a share of a trade keeps.
const shareScale = 4

// grant returns the whole lots that a trade allows, and keeps the rest of a
// lot for the next: a tenth of many small trades is not nothing. What a book
// filled before its trade came is taken off first.
func (b *book) grant(size num.Quantity, volume num.Rate) num.Quantity {
	var c num.Calc
	a := &b.allowance
	sum := num.Add(&c, a.part, num.MulDown(&c, size, volume, b.inst.Lot.Scale()+shareScale))
	lots, err := num.FloorTo(sum, b.inst.Lot)
	if c.Err() != nil || err != nil {
		return num.Quantity{} // no market trades so much
	}
	a.part = num.Sub(&c, sum, lots)
	paid := lots.Min(a.owed)
	a.owed = less(a.owed, paid)
	return less(lots, paid)
}

// invented reports whether level i of a side is a rung that Ladder made up:
// bounded orders that rest do not fill with those.
func (b *book) invented(far *side, i int) bool {
	return b.bounded() && b.laddered && far.levels[i].price != far.touch.Price
}

// beyond returns how much of what one side shows at and beyond the best order
// at rest on the other those may fill with; false is all of it.
func (b *book) beyond(users, far *side) (num.Quantity, bool) {
	l := users.firstUser()
	if l == nil || b.fills.Volume.Scale() == 0 { // unbounded, or the whole
		return num.Quantity{}, false
	}
	var c num.Calc
	var sum num.Quantity
	for i := range far.levels {
		if far.better(l.price, far.levels[i].price) || b.invented(far, i) {
			break
		}
		sum = num.Add(&c, sum, far.levels[i].shown)
	}
	part, ok := onLot(num.MulDown(&c, sum, b.fills.Volume, b.inst.Lot.Scale()), b.inst.Lot)
	if c.Err() != nil || !ok {
		return num.Quantity{}, true // no market shows so much
	}
	return part, true
}

// owes notes what a resting order filled with before a trade told of it.
func (b *book) owes(q num.Quantity) {
	if !b.bounded() {
		return
	}
	var c num.Calc
	if sum := num.Add(&c, b.owed, q); c.Err() == nil {
		b.owed = sum
	}
}

// sight settles the queues of orders whose price has come to be told of: what
// it shows now was there before.
func (s *side) sight() {
	for i := range s.levels {
		l := &s.levels[i]
		if !s.knows(l.price) {
			return
		}
		for _, e := range l.orders {
			if e.blind {
				e.blind, e.ahead = false, l.shown
			}
		}
	}
}

// passed clears the queues of prices that a trade went through.
func (s *side) passed(price num.Price) {
	for i := range s.levels {
		l := &s.levels[i]
		if !s.better(l.price, price) {
			return
		}
		for _, e := range l.orders {
			e.blind, e.ahead = false, num.Quantity{}
		}
	}
}

// permit begins what a market trade may fill.
func (b *book) permit(t market.Trade) permit {
	return permit{of: b, volume: b.fills.Volume, size: t.Size}
}

// bounded reports whether the volume bounds how orders at rest fill.
func (b *book) bounded() bool { return !b.fills.Volume.IsZero() }
