package sim

import (
	"fmt"
	"slices"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// ByDelisting is the reason of an order that ended with its instrument.
const ByDelisting = "DELISTED"

// Retick changes the step of an instrument's prices. Orders that rest keep
// theirs; the market's levels follow with their next update.
func (x *Exchange) Retick(instrument string, tick num.Price) error {
	b := x.books[instrument]
	if b == nil {
		return fmt.Errorf("sim: tick of %q: not listed", instrument)
	}
	inst := b.inst
	inst.Tick = tick
	if err := checkInstrument(&inst); err != nil {
		return err
	}
	b.spread()
	b.inst = inst
	return nil
}

// Delist ends trading of an instrument: every order on it is cancelled, and
// none is taken any more.
func (x *Exchange) Delist(at market.Time, instrument string) error {
	b := x.books[instrument]
	if b == nil {
		return fmt.Errorf("sim: delisting of %q: not listed", instrument)
	}
	var live []*entry
	for _, s := range [...]*side{&b.bids, &b.asks} {
		for i := range s.levels {
			live = append(live, s.levels[i].orders...)
		}
	}
	for _, e := range live {
		x.end(at, b, e, ByDelisting)
	}
	for _, w := range slices.Clone(b.algos) {
		x.withdraw(at, b, w)
		x.finish(at, b, w, AlgoCanceled, ByDelisting)
	}
	x.tellBalances(at)
	delete(x.books, instrument)
	return nil
}
