package history

import (
	"fmt"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// DefaultSpread is the spread of data that has no quotes, as a share of the
// price: 2 basis points.
func DefaultSpread() num.Rate { return num.MustRate("0.0002") }

// memory is over how many bars or trades the size shown is averaged.
const memory = 16

// quoter states quotes around prices.
type quoter struct {
	inst  market.Instrument
	half  num.Rate     // half the spread
	share num.Rate     // 1 ÷ (4 × memory): a quarter of the mean, from the sum
	least num.Quantity // smallest size shown
	sum   num.Quantity // of seen
	seen  [memory]num.Quantity
	at    int
	begun bool
}

func newQuoter(inst market.Instrument, spread num.Rate) (quoter, error) {
	if inst.Tick.Sign() <= 0 || inst.Lot.Sign() <= 0 {
		return quoter{}, fmt.Errorf("history: %q needs a tick and a lot to be played", inst.ID)
	}
	if spread.Sign() < 0 || !spread.Less(num.MustRate("1")) {
		return quoter{}, fmt.Errorf("history: spread %s is not a share from 0 to 1", spread)
	}
	var c num.Calc
	q := quoter{
		inst:  inst,
		half:  num.Mul(&c, spread, num.MustRate("0.5")),
		share: num.MustRate("0.015625"),
		least: inst.Min.Max(inst.Lot),
	}
	return q, c.Err()
}

// begin lets what was before the first bar or trade count as the first.
func (q *quoter) begin(c *num.Calc, first num.Quantity) {
	for !q.begun {
		q.fold(c, first)
		q.begun = q.at == 0
	}
}

// fold remembers the volume of a bar, or the size of a trade, that is over.
func (q *quoter) fold(c *num.Calc, size num.Quantity) {
	size = num.RoundDown(size, q.inst.Lot.Scale())
	q.sum = num.Sub(c, num.Add(c, q.sum, size), q.seen[q.at])
	q.seen[q.at] = size
	q.at = (q.at + 1) % memory
}

// size returns what each side shows.
func (q *quoter) size(c *num.Calc) (num.Quantity, error) {
	shown, err := num.FloorTo(num.MulDown(c, q.sum, q.share, q.inst.Lot.Scale()), q.inst.Lot)
	return shown.Max(q.least), err
}

// around returns the best bid and ask around a price, size at each.
func (q *quoter) around(c *num.Calc, p num.Price, size num.Quantity) (market.Quote, error) {
	half, tick := num.Mul(c, p, q.half), q.inst.Tick
	bid, err := num.FloorTo(num.Sub(c, p, half), tick)
	if err != nil {
		return market.Quote{}, err
	}
	ask, err := num.CeilTo(num.Add(c, p, half), tick)
	if err != nil {
		return market.Quote{}, err
	}
	bid = bid.Max(tick)
	if !bid.Less(ask) {
		ask = num.Add(c, bid, tick)
	}
	return market.Quote{Bid: bid, Ask: ask, BidSize: size, AskSize: size}, nil
}
