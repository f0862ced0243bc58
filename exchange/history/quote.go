package history

import (
	"errors"
	"fmt"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// DefaultSpread is the spread of data that has no quotes, as a share of the
// price: 2 basis points.
func DefaultSpread() num.Rate { return num.MustRate("0.0002") }

// memory is over how many bars or trades the size shown is averaged.
const memory = 16

// quoter states quotes around prices. It counts in whole ticks and lots.
type quoter struct {
	inst  market.Instrument
	half  num.Rate     // half the spread
	least num.Quantity // smallest size shown
	cents cents        // half, tick and lot as whole numbers
	sum   int64        // of seen
	seen  [memory]int64
	at    int
	begun bool
	shown num.Quantity // what sum makes, while stated
	known bool
}

// cents are the steps of a market as whole numbers of their last digits.
type cents struct {
	half, tick, lot                   int64
	halfPlaces, tickPlaces, lotPlaces int
}

func newQuoter(inst market.Instrument, spread num.Rate) (quoter, error) {
	if inst.Tick.Sign() <= 0 || inst.Lot.Sign() <= 0 {
		return quoter{}, fmt.Errorf("history: %q needs a tick and a lot to be played", inst.ID)
	}
	if spread.Sign() < 0 || !spread.Less(num.MustRate("1")) {
		return quoter{}, fmt.Errorf("history: spread %s is not a share from 0 to 1", spread)
	}
	var c num.Calc
	q := quoter{inst: inst, half: num.Mul(&c, spread, num.MustRate("0.5")), least: inst.Min.Max(inst.Lot)}
	if c.Err() != nil {
		return quoter{}, c.Err()
	}
	w := &q.cents
	w.halfPlaces, w.tickPlaces, w.lotPlaces = q.half.Scale(), inst.Tick.Scale(), inst.Lot.Scale()
	var half, tick, lot bool
	w.half, half = q.half.Whole(w.halfPlaces)
	w.tick, tick = inst.Tick.Whole(w.tickPlaces)
	w.lot, lot = inst.Lot.Whole(w.lotPlaces)
	if !half || !tick || !lot {
		return quoter{}, fmt.Errorf("history: %q cannot be played: tick %s, lot %s or spread %s has too many digits", inst.ID, inst.Tick, inst.Lot, spread)
	}
	return q, nil
}

// sizeMax is the largest size that is averaged, in units of the lot's last
// digit: as many as are remembered can be added.
const sizeMax = 1 << 57

// lots returns a size as a number of units of the lot's last digit, rounded
// down.
func (w *cents) lots(size int64, places int) (int64, error) {
	if over := places - w.lotPlaces; over > 0 {
		size /= ten[over]
	} else if over < 0 {
		var ok bool
		if size, ok = times(size, ten[-over]); !ok {
			size = sizeMax
		}
	}
	if size >= sizeMax {
		return 0, errSize
	}
	return size, nil
}

var errSize = errors.New("the volume has too many digits for the instrument's lot")

// begin lets what was before the first bar or trade count as the first.
func (q *quoter) begin(first int64, places int) error {
	for !q.begun {
		if err := q.fold(first, places); err != nil {
			return err
		}
		q.begun = q.at == 0
	}
	return nil
}

// fold remembers the volume of a bar, or the size of a trade, that is over.
func (q *quoter) fold(size int64, places int) error {
	size, err := q.cents.lots(size, places)
	if err != nil {
		return err
	}
	if size != q.seen[q.at] {
		q.sum, q.seen[q.at], q.known = q.sum+size-q.seen[q.at], size, false
	}
	q.at = (q.at + 1) % memory
	return nil
}

// size returns what each side shows: a quarter of the mean.
func (q *quoter) size() num.Quantity {
	if !q.known {
		w := &q.cents
		shown := q.sum / (4 * memory)
		if w.lot != 1 {
			shown -= shown % w.lot
		}
		q.shown = num.QuantityOf(shown, w.lotPlaces).Max(q.least)
		q.known = true
	}
	return q.shown
}

// around states the best bid and ask around a price, given as a whole number
// of so many places.
func (q *quoter) around(to *market.Quote, p int64, places int) (err error) {
	w, size := &q.cents, q.size()
	scale := max(places+w.halfPlaces, w.tickPlaces)
	if scale < len(ten) {
		mid, ok := times(p, ten[scale-places])
		step, fits := times(w.tick, ten[scale-w.tickPlaces])
		half, whole := times(p, w.half)
		if whole {
			half, whole = times(half, ten[scale-places-w.halfPlaces])
		}
		if ok && fits && whole {
			bid := max((mid-half)/step, 1)
			ask := max((mid+half+step-1)/step, bid+1)
			to.Bid, to.Ask = num.PriceOf(bid*w.tick, w.tickPlaces), num.PriceOf(ask*w.tick, w.tickPlaces)
			to.BidSize, to.AskSize = size, size
			return nil
		}
	}
	*to, err = q.exactly(num.PriceOf(p, places), size)
	return err
}

// exactly is around for a price of any number of digits.
func (q *quoter) exactly(p num.Price, size num.Quantity) (market.Quote, error) {
	var c num.Calc
	half, tick := num.Mul(&c, p, q.half), q.inst.Tick
	bid, err := num.FloorTo(num.Sub(&c, p, half), tick)
	if err != nil {
		return market.Quote{}, err
	}
	ask, err := num.CeilTo(num.Add(&c, p, half), tick)
	if err != nil {
		return market.Quote{}, err
	}
	bid = bid.Max(tick)
	if !bid.Less(ask) {
		ask = num.Add(&c, bid, tick)
	}
	return market.Quote{Bid: bid, Ask: ask, BidSize: size, AskSize: size}, c.Err()
}
