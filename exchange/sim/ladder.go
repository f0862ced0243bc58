package sim

import (
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// Rungs is how many levels a side Ladder states.
const Rungs = 20

// Ladder appends to bids and asks the market's levels around a quote, best
// first, and returns them:
//
//   - level 0 is the quote itself: its price (bids rounded down to the tick,
//     asks up) and its size;
//   - level i is i steps further out, where a step is one basis point of the
//     best price rounded down to the tick, at least one tick;
//   - its size is the quote's plus i times three tenths of that, the step
//     rounded down to the lot.
//
// So a side shows 77 times the touch over about 19 basis points. A side whose
// price or size is not positive is empty; bids end before zero. A quote whose
// bid is not below its ask cannot be believed and gives nothing.
func Ladder(inst market.Instrument, q market.Quote, bids, asks []market.Level) (b, a []market.Level) {
	if q.Bid.Sign() > 0 && q.Ask.Sign() > 0 && !q.Bid.Less(q.Ask) {
		return bids, asks
	}
	return rungs(&inst, q.Bid, q.BidSize, false, bids), rungs(&inst, q.Ask, q.AskSize, true, asks)
}

const (
	basisPoint = "0.0001" // as a rate
	growth     = "0.3"    // of the touch's size, a step
)

func rungs(inst *market.Instrument, best num.Price, size num.Quantity, up bool, dst []market.Level) []market.Level {
	size, ok := onLot(size, inst.Lot)
	if best.Sign() <= 0 || !ok {
		return dst
	}
	best, ok = onTick(best, inst.Tick, up)
	if !ok {
		return dst
	}
	var c num.Calc
	step, err := num.FloorTo(num.Mul(&c, best, num.MustRate(basisPoint)), inst.Tick)
	if c.Err() != nil || err != nil || step.IsZero() {
		step = inst.Tick
	}
	if !up {
		step = step.Neg()
	}
	more, err := num.FloorTo(num.Mul(&c, size, num.MustRate(growth)), inst.Lot)
	if err != nil {
		return dst
	}
	for range Rungs {
		dst = append(dst, market.Level{Price: best, Size: size})
		best, size = num.Add(&c, best, step), num.Add(&c, size, more)
		if c.Err() != nil || best.Sign() <= 0 {
			break
		}
	}
	return dst
}

// onTick rounds a market price to the tick, away from the middle: bids down,
// asks up. It reports false when nothing positive is left.
func onTick(p, tick num.Price, up bool) (num.Price, bool) {
	var err error
	if up {
		p, err = num.CeilTo(p, tick)
	} else {
		p, err = num.FloorTo(p, tick)
	}
	return p, err == nil && p.Sign() > 0
}

// onLot rounds a market quantity down to the lot. It reports false when
// nothing positive is left.
func onLot(q, lot num.Quantity) (num.Quantity, bool) {
	if q.Sign() <= 0 {
		return num.Quantity{}, false
	}
	q, err := num.FloorTo(q, lot)
	return q, err == nil && q.Sign() > 0
}
