package sim

import (
	"math"

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

// basisPlaces are the digits after the point of a basis point as a rate.
const basisPlaces = 4

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
	step, err := num.FloorTo(num.Mul(&c, best, num.RateOf(1, basisPlaces)), inst.Tick)
	if c.Err() != nil || err != nil || step.IsZero() {
		step = inst.Tick
	}
	if !up {
		step = step.Neg()
	}
	more, err := num.FloorTo(num.Mul(&c, size, num.RateOf(3, 1)), inst.Lot) // three tenths
	if err != nil {
		return dst
	}
	if all, ok := counted(best, step, size, more, dst); ok {
		return all
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

// counted appends the levels of a side that fits whole numbers of its last
// digits, as nearly every one does.
func counted(best, step num.Price, size, more num.Quantity, dst []market.Level) ([]market.Level, bool) {
	places, lots := max(best.Scale(), step.Scale()), max(size.Scale(), more.Scale())
	p, known := best.Whole(places)
	by, fits := step.Whole(places)
	q, whole := size.Whole(lots)
	grows, small := more.Whole(lots)
	const room = math.MaxInt64 / 2 / (Rungs + 1)
	if !known || !fits || !whole || !small || max(p, by, q, grows) > room {
		return dst, false
	}
	for range Rungs {
		dst = append(dst, market.Level{Price: num.PriceOf(p, places), Size: num.QuantityOf(q, lots)})
		if p, q = p+by, q+grows; p <= 0 {
			break
		}
	}
	return dst, true
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
