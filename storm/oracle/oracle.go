package oracle

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"
)

// Violation is an invariant that did not hold.
type Violation struct {
	Invariant string // I1 to I22
	At        time.Duration
	Text      string
}

// Limits are what the person who runs the bot wrote down.
type Limits struct {
	OrderValue, Exposure string
	Orders, Total        int // open at once, of an instrument and of all
}

// Judge follows one run. The zero value is not ready: use New.
type Judge struct {
	limits   Limits
	now      time.Duration
	first    *Violation
	records  int                // of the journal that are durable
	truth    map[string]*truth  // by exchange id
	ours     map[string]*truth  // by client order id
	executed map[string]*Fill   // what the exchange executed of ours, by key
	sent     map[string]*sent   // submits that left, by client order id
	memory   books              // what the process believes
	durable  books              // what of it survives a crash
	budgets  map[string]*budget // by endpoint
	order
	stops  map[string]string        // by the exchange's id: which stop it is
	late   map[string]time.Duration // stops that the bot proved absent, and when it was shown one; 0 is not yet
	honest bool                     // the exchange shows at once what it accepted
}

// order is in which order the bot's process made its records.
type order struct {
	told    int            // records
	decided map[string]int // by client order id: which record first had it
	lost    map[string]int // likewise, first had it for not proven
}

// books are the bot's records as it made them.
type books struct {
	orders map[string]Order
	fills  map[string]Fill
	checks map[string]bool
	states map[string]int // of orders that are not settled
	stops  map[string]Stop
	halted bool
}

type truth struct{ Order }

type sent struct {
	signed time.Duration
	buy    bool
	cost   *big.Rat
}

// New returns a judge. honest says that the exchange shows an order as soon as
// it accepted it.
func New(limits Limits, honest bool) *Judge {
	return &Judge{
		limits: limits, honest: honest,
		truth: map[string]*truth{}, ours: map[string]*truth{}, executed: map[string]*Fill{}, sent: map[string]*sent{},
		memory: newBooks(), durable: newBooks(), budgets: map[string]*budget{}, order: order{decided: map[string]int{}, lost: map[string]int{}}, stops: map[string]string{}, late: map[string]time.Duration{},
	}
}

func newBooks() books {
	return books{orders: map[string]Order{}, fills: map[string]Fill{}, checks: map[string]bool{}, states: map[string]int{}, stops: map[string]Stop{}}
}

// Limit takes limits that replace those of before.
func (j *Judge) Limit(l Limits) { j.limits = l }

// Found returns the first violation, or nil.
func (j *Judge) Found() *Violation { return j.first }

// At tells the true time of what follows.
func (j *Judge) At(now time.Duration) { j.now = now }

// Violated notes a violation that somebody else saw.
func (j *Judge) Violated(invariant, format string, args ...any) {
	if j.first == nil {
		j.first = &Violation{invariant, j.now, fmt.Sprintf(format, args...)}
	}
}

// Started takes what a new process found in its journal, and how many records
// that were. What was durable must be in it; of a commit in which the process
// died, all or nothing.
func (j *Judge) Started(found []Record, records int) {
	if records < j.records {
		j.Violated("I15", "the journal has %d records, and %d were durable", records, j.records)
	}
	j.records = records
	j.durable = newBooks()
	for _, r := range found {
		j.durable.take(r)
	}
	j.memory = books{
		orders: maps.Clone(j.durable.orders), fills: maps.Clone(j.durable.fills),
		checks: maps.Clone(j.durable.checks), states: maps.Clone(j.durable.states), stops: maps.Clone(j.durable.stops), halted: j.durable.halted,
	}
	j.memory.states["UNKNOWN"] += j.memory.states["INTENT"]
	j.memory.states["INTENT"] = 0
	for _, b := range j.budgets { // a new process knows nothing of what the old one was told
		b.closed, b.times = 0, nil
	}
	for id := range j.late {
		if j.memory.stops[id].State == "ABSENT" { // it was not adopted
			j.late[id] = 0
		}
	}
	for id, o := range j.memory.orders {
		if o.State == "INTENT" {
			o.State = "UNKNOWN" // a restart reads it so
			j.memory.orders[id] = o
		}
	}
}

// Record is one record of the bot's journal. Which part counts follows from
// what is not nil.
type Record struct {
	Order  *Order
	Fill   *Fill
	Checks string // client order id
	Halt   *Halt
	Stop   *Stop
}

// Halt is the latch that was set, or lifted.
type Halt struct {
	All    bool // of everything; else of one instrument
	Lifted bool
	Code   string
}

// Order is an order as the bot, or the exchange, has it.
type Order struct {
	Client, Exchange, Instrument, State string
	Buy                                 bool
	Price, Size, Filled, Booked         string
	CancelWanted, Settled               bool
	Since                               time.Duration // of the record
}

// Fill is one execution, fee positive where it was charged.
type Fill struct {
	Exchange, ID, Client, Instrument string
	Strategy                         string
	Buy                              bool
	Price, Size, Fee, Currency       string
}

func (f *Fill) key() string { return f.Instrument + " " + f.Exchange + " " + f.ID }

// Believed takes a record that the bot's process made true for itself.
func (j *Judge) Believed(r Record) {
	switch {
	case r.Order != nil:
		j.transition(r.Order)
		j.told++
		if j.decided[r.Order.Client] == 0 {
			j.decided[r.Order.Client] = j.told
		}
		if r.Order.State == "UNKNOWN" && j.lost[r.Order.Client] == 0 {
			j.lost[r.Order.Client] = j.told
		}
	case r.Fill != nil:
		j.booked(r.Fill)
	case r.Stop != nil:
		j.missing(r.Stop)
	}
	j.memory.take(r)
}

// Durable takes the records that a commit made survive, and how many there
// were in all.
func (j *Judge) Durable(made []Record, records int) {
	j.records += records
	for _, r := range made {
		j.durable.take(r)
	}
}

func (b *books) take(r Record) {
	switch {
	case r.Order != nil:
		if old, known := b.orders[r.Order.Client]; known && !old.Settled {
			b.states[old.State]--
		}
		if !r.Order.Settled {
			b.states[r.Order.State]++
		}
		b.orders[r.Order.Client] = *r.Order
	case r.Fill != nil:
		b.fills[r.Fill.key()] = *r.Fill
	case r.Checks != "":
		b.checks[r.Checks] = true
	case r.Stop != nil:
		b.stops[r.Stop.ID] = *r.Stop
	case r.Halt != nil:
		b.halted = r.Halt.All && !r.Halt.Lifted || b.halted && !r.Halt.Lifted
	}
}

// booked judges a fill that the bot booked: I5, and I3 from the other side:
// nothing is invented.
func (j *Judge) booked(f *Fill) {
	if _, twice := j.memory.fills[f.key()]; twice {
		j.Violated("I5", "fill %s is booked twice", f.key())
	}
	x := j.executed[f.key()]
	switch {
	case x == nil:
		j.Violated("I3", "fill %s was booked and the exchange never executed it", f.key())
	case x.Buy != f.Buy || !same(x.Price, f.Price) || !same(x.Size, f.Size):
		j.Violated("I3", "fill %s was booked as %s at %s, and is %s at %s", f.key(), f.Size, f.Price, x.Size, x.Price)
	case !same(x.Fee, f.Fee) || x.Currency != f.Currency:
		j.Violated("I3", "fill %s was booked with fee %s %s, and cost %s %s", f.key(), f.Fee, f.Currency, x.Fee, x.Currency)
	}
}

// Holds compares a strategy's position with the fills that it booked: I3.
func (j *Judge) Holds(strategy, quantity string) {
	sum := new(big.Rat)
	for _, f := range j.memory.fills {
		if f.Strategy == strategy {
			sum.Add(sum, moved(&f))
		}
	}
	if sum.Cmp(rat(quantity)) != 0 {
		j.Violated("I3", "strategy %s holds %s, and its fills make %s", strategy, quantity, sum.FloatString(10))
	}
}

// moved is what a fill did to the base currency.
func moved(f *Fill) *big.Rat {
	d := rat(f.Size)
	if !f.Buy {
		return d.Neg(d)
	}
	if base, _ := currencies(f.Instrument); f.Currency == base {
		d.Sub(d, rat(f.Fee))
	}
	return d
}

// Executed takes an execution that happened at the exchange.
func (j *Judge) Executed(f Fill) { j.executed[f.key()] = &f }

// Accepted takes an order of ours as the exchange has it now.
func (j *Judge) Accepted(o Order) {
	t := j.truth[o.Exchange]
	if t == nil {
		t = &truth{}
		j.truth[o.Exchange] = t
		j.appeared(&o, t)
	}
	t.Order = o
}

// appeared judges an order that is new at the exchange: I1, and that it left
// as it was decided.
func (j *Judge) appeared(o *Order, t *truth) {
	if j.ours[o.Client] != nil {
		j.Violated("I1", "the exchange has two orders under %s", o.Client)
	}
	j.ours[o.Client] = t
	d, known := j.durable.orders[o.Client]
	_, stop := j.durable.stops[o.Client]
	switch {
	case stop: // judged when it was given to the exchange
	case !known:
		j.Violated("I2", "the exchange has order %s and the journal has no intent for it", o.Client)
	case d.Buy != o.Buy || d.Instrument != o.Instrument || !same(d.Price, o.Price) || !same(d.Size, o.Size):
		j.Violated("I10", "order %s is not what was checked", o.Client)
	}
}

// Live returns the states of orders that are not settled, for coverage, in no
// order.
func (j *Judge) Live() []string {
	var states []string
	for state, n := range j.memory.states {
		if n > 0 && !slices.Contains([]string{"DENIED", "REJECTED"}, state) {
			states = append(states, state)
		}
	}
	return states
}

func rat(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return new(big.Rat)
	}
	return r
}

func same(a, b string) bool { return a == b || rat(a).Cmp(rat(b)) == 0 }
