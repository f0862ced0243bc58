package oracle

import (
	"maps"
	"math/big"
	"slices"
)

// Rest is how the bot stands when everything has come to rest.
type Rest struct {
	Ready  bool
	Halted bool   // on purpose, with a reason: everything, or one instrument
	All    bool   // everything
	Why    string // when it is neither
	// Balances are what the bot counts, beside what the account began with
	// and what the exchange has now.
	Balances map[string][3]string
	Stops    []string // that wait at the exchange, by its ids
	Strange  bool     // somebody else traded: balances cannot agree, and the bot must have noticed
}

// AtRest returns why things have not come to a proven end, or "": I2, I4, I18.
func (j *Judge) AtRest(r *Rest) (invariant, text string) {
	if !r.Ready && !r.Halted {
		return "I18", "the bot is neither ready nor halted: " + r.Why
	}
	conflict := false
	for _, o := range j.memory.orders {
		conflict = conflict || o.State == "CONFLICT"
	}
	if text := j.settled(r.All, r.Strange && r.Halted); text != "" {
		return "I18", text
	}
	for _, id := range slices.Sorted(maps.Keys(j.ours)) {
		t := j.ours[id]
		o, known := j.memory.orders[id]
		switch {
		case !known:
			return "I2", "order " + id + " is at the exchange and not in the books"
		case o.State == "CONFLICT":
		case o.State != t.State || !same(o.Filled, t.Filled):
			return "I18", "order " + id + " is " + o.State + " with " + o.Filled + " for the bot, and " + t.State + " with " + t.Filled + " at the exchange"
		}
	}
	if text := j.stopped(r.Stops); text != "" {
		return "I18", text
	}
	if conflict || r.Strange {
		return "", ""
	}
	return j.agrees(r)
}

// settled returns an order that has not come to its end. Where somebody else
// traded, what he did may be taken for an unproven order: a person looks.
func (j *Judge) settled(halted, doubted bool) string {
	for _, id := range slices.Sorted(maps.Keys(j.memory.orders)) {
		o := j.memory.orders[id]
		switch {
		case o.State == "CONFLICT" || o.State == "DENIED" || o.State == "REJECTED" || o.State == "NOT_FOUND":
		case o.State == "UNKNOWN" && doubted:
		case o.State == "INTENT" || o.State == "UNKNOWN":
			return "order " + id + " is still " + o.State
		case o.State == "CANCELING" || o.CancelWanted && !over(o.State):
			return "the cancel of order " + id + " is still under way"
		case over(o.State) && !o.Settled:
			return "order " + id + " is " + o.State + " and not settled"
		case halted && !over(o.State):
			return "order " + id + " is " + o.State + " after a halt"
		}
	}
	return ""
}

// agrees compares the bot's balances with the exchange's, and with the fills:
// I4.
func (j *Judge) agrees(r *Rest) (invariant, text string) {
	for _, currency := range slices.Sorted(maps.Keys(r.Balances)) {
		b := r.Balances[currency]
		own := rat(b[1])
		for _, key := range slices.Sorted(maps.Keys(j.executed)) {
			own.Add(own, effect(j.executed[key], currency))
		}
		switch {
		case own.Cmp(rat(b[2])) != 0:
			return "I4", currency + ": executions make " + own.FloatString(10) + ", the exchange has " + b[2] + ": the simulator is wrong"
		case rat(b[0]).Cmp(own) != 0:
			return "I4", currency + ": the bot counts " + b[0] + ", the exchange has " + b[2]
		}
	}
	return "", ""
}

// effect is what a fill did to a currency.
func effect(f *Fill, currency string) *big.Rat {
	base, quote := currencies(f.Instrument)
	d := new(big.Rat)
	switch currency {
	case base:
		d = rat(f.Size)
		if !f.Buy {
			d.Neg(d)
		}
	case quote:
		d.Mul(rat(f.Price), rat(f.Size))
		if f.Buy {
			d.Neg(d)
		}
	}
	if currency == f.Currency {
		d.Sub(d, rat(f.Fee))
	}
	return d
}
