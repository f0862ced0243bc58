package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/engine/portfolio"
	"rulebot/exchange/server"
	"rulebot/exchange/server/faults"
	"rulebot/exchange/sim"
)

// drilled is what a drill remembers of a run, and of the exchange's books at
// its end.
type drilled struct {
	orders []*fate // oldest first
	index  map[string]*fate
	halts  map[string]int // by code
	ledger *portfolio.Ledger
	fills  []order.Fill
	end    market.Time

	placed   map[string][]sim.Order // at the exchange, by client id
	balances []order.Balance        // of the exchange
	applied  error
}

// fate is what became of one order.
type fate struct {
	order.Order
	Course  []stop        `json:"course"`            // the states it went through
	Doubt   time.Duration `json:"-"`                 // how long its outcome was not known
	Seconds float64       `json:"seconds_unknown"`   // the same, for scripts
	Wrong   []string      `json:"wrong,omitempty"`   // what must not be
	There   string        `json:"exchange,omitzero"` // how it stands at the exchange
	doubted market.Time
}

// stop is a state and since when.
type stop struct {
	At    market.Time `json:"at"`
	State order.State `json:"state"`
}

func newDrilled() *drilled {
	return &drilled{index: map[string]*fate{}, halts: map[string]int{}, ledger: portfolio.New(nil)}
}

// See takes down what a step changed. A nil one takes down nothing.
func (d *drilled) See(out *engine.Outcome) {
	if d == nil {
		return
	}
	for i := range out.Changes {
		c := &out.Changes[i]
		d.end = max(d.end, c.At)
		switch c.Kind {
		case engine.ChangeOrder:
			d.order(c.At, &c.Order)
		case engine.ChangeFill:
			d.fills = append(d.fills, c.Fill)
		case engine.ChangeBalance:
			d.ledger.SetBaseline(c.Balance.Currency, c.Balance.Total)
		case engine.ChangeHalt:
			if c.Halt.Mode != engine.ModeReady {
				d.halts[c.Halt.Code]++
			}
		default: // nothing of an order
		}
	}
}

func (d *drilled) order(at market.Time, o *order.Order) {
	c := d.index[o.ClientID]
	if c == nil {
		c = &fate{}
		d.index[o.ClientID] = c
		d.orders = append(d.orders, c)
	}
	if n := len(c.Course); n == 0 || c.Course[n-1].State != o.State {
		c.Course = append(c.Course, stop{at, o.State})
	}
	doubt := o.State == order.Unproven
	switch {
	case doubt && c.doubted == 0:
		c.doubted = at
	case !doubt && c.doubted != 0:
		c.Doubt += at.Sub(c.doubted)
		c.doubted = 0
	}
	c.Order = *o
}

// compare takes down the exchange's books, and books our own fills against
// them.
func (d *drilled) compare(x *server.Exchange, instruments []market.Instrument) {
	d.placed = map[string][]sim.Order{}
	x.With(func(s *server.State) {
		for i := range instruments {
			for _, o := range s.Orders(tradingAccount, instruments[i].ID, func(order.State) bool { return true }) {
				d.placed[o.ClientID] = append(d.placed[o.ClientID], o)
			}
		}
		d.balances = s.Balances(tradingAccount)
		d.end = max(d.end, s.Now())
	})
	for _, f := range d.fills {
		in, _ := find(instruments, f.Instrument)
		strategy := ""
		if c := d.index[f.ClientID]; c != nil {
			strategy = c.Strategy
		}
		if err := d.ledger.Apply(strategy, in, f); err != nil && d.applied == nil {
			d.applied = err
		}
	}
}

// drillReport is what a person should look at.
type drillReport struct {
	Title    string         `json:"drill"`
	Seed     uint64         `json:"drill_seed"`
	Passed   bool           `json:"passed"`
	Orders   int            `json:"orders"`
	Doubted  int            `json:"unknown_for_a_while"`
	Longest  float64        `json:"longest_unknown_seconds"`
	Happened []happening    `json:"faults"`
	Halts    map[string]int `json:"halts,omitempty"`
	Wrong    []string       `json:"wrong,omitempty"`
	Money    []money        `json:"balances"`

	courses []*fate
	longest time.Duration
}

// happening is a fault and how often it struck.
type happening struct {
	What  string `json:"fault"`
	Times int    `json:"times"` // 0 of what is in force for a time
	kind  faults.Kind
}

// money is a balance in both books.
type money struct {
	Currency string `json:"currency"`
	Ours     string `json:"ours"`
	Theirs   string `json:"exchange"`
}

// report judges.
func (d *drilled) report(title string, s faults.Scenario, hits []int) *drillReport {
	r := &drillReport{Title: title, Seed: s.Seed, Orders: len(d.orders), Halts: d.halts, courses: d.orders}
	for i := range s.Faults {
		r.Happened = append(r.Happened, happening{faultText(&s.Faults[i]), hits[i], s.Faults[i].Kind})
	}
	for _, c := range d.orders {
		d.judge(c)
		c.Seconds = c.Doubt.Seconds()
		if c.Doubt > 0 {
			r.Doubted++
			r.longest = max(r.longest, c.Doubt)
		}
		for _, w := range c.Wrong {
			r.Wrong = append(r.Wrong, c.ClientID+" "+w)
		}
	}
	r.Longest = r.longest.Seconds()
	for _, id := range slices.Sorted(maps.Keys(d.placed)) {
		if d.index[id] == nil {
			r.Wrong = append(r.Wrong, "the exchange has order "+id+", which we do not know")
		}
	}
	if d.applied != nil {
		r.Wrong = append(r.Wrong, d.applied.Error())
	}
	for _, b := range d.balances {
		m := money{b.Currency, d.ledger.Balance(b.Currency).String(), b.Total.String()}
		if m.Ours != m.Theirs && slices.Contains(d.ledger.Currencies(), b.Currency) {
			r.Wrong = append(r.Wrong, fmt.Sprintf("%s: we count %s, the exchange %s", m.Currency, m.Ours, m.Theirs))
		}
		r.Money = append(r.Money, m)
	}
	r.Passed = len(r.Wrong) == 0
	return r
}

// judge holds an order against the exchange's.
func (d *drilled) judge(c *fate) {
	if c.doubted != 0 {
		c.Doubt += d.end.Sub(c.doubted)
	}
	wrong := func(format string, args ...any) { c.Wrong = append(c.Wrong, fmt.Sprintf(format, args...)) }
	there := d.placed[c.ClientID]
	if len(there) > 1 {
		wrong("is at the exchange %d times: doubled", len(there))
	}
	switch {
	case c.State == order.Unproven, c.State == order.Conflict, c.State == order.Intended:
		wrong("is %s at the end, after %s", c.State, c.Doubt)
	case len(there) == 0 && c.State != order.Denied && c.State != order.NotFound && c.State != order.Refused:
		wrong("is %s, and the exchange does not have it: lost", c.State)
	case len(there) > 0 && (c.State == order.Denied || c.State == order.NotFound || c.State == order.Refused):
		wrong("is %s, and the exchange has it, %s: lost", c.State, there[0].State)
	}
	if len(there) > 0 {
		c.There = there[0].State.String()
		if there[0].Filled != c.Booked {
			wrong("%s of it are booked, the exchange says %s", c.Booked, there[0].Filled)
		}
	}
}
