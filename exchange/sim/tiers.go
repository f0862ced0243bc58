package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// Tier is what an account is charged instead once it traded enough: the sum
// of price × quantity of its fills on the thirty UTC days before the running
// one, counted for each quote currency alone.
type Tier struct {
	Traded num.Money
	Fees
}

// tierDays is how many days count.
const tierDays = 30

func checkTiers(tiers []Tier) error {
	for i := range tiers {
		t := &tiers[i]
		if err := t.check(); err != nil {
			return err
		}
		if t.Traded.Sign() <= 0 || i > 0 && !tiers[i-1].Traded.Less(t.Traded) {
			return fmt.Errorf("sim: fee tier from %s on: each must begin higher than the one before", t.Traded)
		}
	}
	return nil
}

// turnover is what an account traded in one currency.
type turnover struct {
	currency string
	days     []TradedDay // ascending; the last may be the running one
	fees     Fees        // of day
	day      int64
}

// TradedDay is what an account traded on one UTC day, counted from 1970.
type TradedDay struct {
	Currency string    `json:"currency"`
	Day      int64     `json:"day"`
	Value    num.Money `json:"value"`
}

func dayOf(at market.Time) int64 { return int64(at.Floor(24*time.Hour)) / int64(24*time.Hour) }

// Rates returns what an account is charged at a time for what it trades against
// a currency; of an account that there is not, what everybody is.
func (x *Exchange) Rates(at market.Time, account, quote string) Fees {
	if a := x.accounts[account]; a != nil {
		return x.rates(at, a, quote)
	}
	return x.fees
}

// rates returns what the account is charged at a time.
func (x *Exchange) rates(at market.Time, a *account, quote string) Fees {
	if len(x.tiers) == 0 {
		return x.fees
	}
	t := a.turnover(quote)
	if day := dayOf(at); t.day != day || t.fees == (Fees{}) {
		t.day, t.fees = day, x.tierOf(t.before(day))
	}
	return t.fees
}

func (x *Exchange) tierOf(traded num.Money) Fees {
	fees := x.fees
	for i := range x.tiers {
		if traded.Less(x.tiers[i].Traded) {
			break
		}
		fees = x.tiers[i].Fees
	}
	return fees
}

func (a *account) turnover(currency string) *turnover {
	i, found := slices.BinarySearchFunc(a.turnovers, currency, func(t *turnover, c string) int {
		return strings.Compare(t.currency, c)
	})
	if !found {
		a.turnovers = slices.Insert(a.turnovers, i, &turnover{currency: currency})
	}
	return a.turnovers[i]
}

// before forgets what no longer counts on a day, and returns the sum of what
// does.
func (t *turnover) before(day int64) num.Money {
	old := 0
	for old < len(t.days) && t.days[old].Day < day-tierDays {
		old++
	}
	t.days = slices.Delete(t.days, 0, old)
	var c num.Calc
	var sum num.Money
	for _, d := range t.days {
		if d.Day < day {
			sum = num.Add(&c, sum, d.Value)
		}
	}
	if c.Err() != nil {
		return num.Money{} // beyond 19 digits: no tier is so high
	}
	return sum
}

// count adds a fill.
func (x *Exchange) count(e *entry, inst *market.Instrument, last *Last) {
	if len(x.tiers) == 0 {
		return
	}
	var c num.Calc
	t, day := e.acct.turnover(inst.Quote), dayOf(last.At)
	value := num.Cost(&c, last.Price, last.Quantity)
	if n := len(t.days); n > 0 && t.days[n-1].Day == day {
		value = num.Add(&c, t.days[n-1].Value, value)
		t.days = t.days[:n-1]
	}
	if c.Err() == nil {
		t.days = append(t.days, TradedDay{inst.Quote, day, value})
	}
}

// charge is what one side of an execution pays, by its role.
func (x *Exchange) charge(at market.Time, e *entry, inst *market.Instrument, maker bool) num.Rate {
	fees := x.rates(at, e.acct, inst.Quote)
	if maker {
		return fees.Maker
	}
	return fees.Taker
}
