package report

import (
	"slices"
	"sort"
	"strings"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/portfolio"
)

// Trade is a round trip of one strategy: from the buy that opened a position
// to the sale that left less than can be sold alone, with all that was added
// and taken off between them. What it made is what the position realised
// meanwhile, after fees.
type Trade struct {
	Number        int          `json:"number"` // from 1, by opening
	Strategy      string       `json:"strategy"`
	Instrument    string       `json:"instrument"`
	EntryRule     string       `json:"entry_rule"`
	ExitRule      string       `json:"exit_rule"` // rule or exit of the newest sale; "" before the first
	EntryDecision string       `json:"entry_decision"`
	ExitDecision  string       `json:"exit_decision,omitzero"`
	Opened        market.Time  `json:"opened"`
	Closed        market.Time  `json:"closed,omitzero"` // zero while something is held
	Bought        num.Quantity `json:"bought"`          // before fees
	Sold          num.Quantity `json:"sold"`
	Entry         num.Price    `json:"entry"`           // mean price paid, fees aside
	Exit          num.Price    `json:"exit,omitzero"`   // mean price got, fees aside
	Paid          num.Money    `json:"paid"`            // for all that was bought, with fees in quote currency
	Profit        num.Money    `json:"profit"`          // realised, after fees
	Fees          num.Money    `json:"fees"`            // at the prices of the fills
	Slippage      num.Money    `json:"slippage"`        // what the fills cost more than the prices decided upon
	Lowest        num.Price    `json:"lowest,omitzero"` // last prices while it was held
	Highest       num.Price    `json:"highest,omitzero"`

	bought, sold num.Money // price × quantity, fees aside
	before       num.Money // realised before it
}

// ProfitPct is what the trade made, percent of what it paid.
func (t *Trade) ProfitPct() float64 { return percent(t.Profit.Float(), t.Paid.Float()) }

// Adverse is how far the price fell below the entry while the trade was on,
// percent of the entry (maximum adverse excursion); never negative.
func (t *Trade) Adverse() float64 {
	return max(0, percent(t.Entry.Float()-t.Lowest.Float(), t.Entry.Float()))
}

// Favourable is how far the price rose above the entry (maximum favourable
// excursion), percent of the entry; never negative.
func (t *Trade) Favourable() float64 {
	return max(0, percent(t.Highest.Float()-t.Entry.Float(), t.Entry.Float()))
}

func percent(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * part / whole
}

// Execution is one fill as the trade it belongs to saw it.
type Execution struct {
	order.Fill
	Trade    int       // number of the trade
	Strategy string    // whose
	Rule     string    // rule or exit that asked
	Decision string    // its id
	Profit   num.Money // realised by a sale, after fees; zero for a buy
	Holds    num.Quantity
}

// book folds a run's fills into trades. It keeps a ledger of its own: what a
// report says of a trade is computed from the fills alone.
type book struct {
	instruments []market.Instrument
	orders      map[string]order.Intent // by client order id, until settled
	ledger      *portfolio.Ledger
	open        []Trade // by instrument
	done        []Trade
	fills       []Execution
	count       int
	calc        num.Calc
	err         error
}

func newBook(instruments []market.Instrument) *book {
	return &book{instruments: instruments, orders: make(map[string]order.Intent), ledger: portfolio.New(nil)}
}

// price follows the extremes of the trades that are on.
func (b *book) price(instrument string, low, high num.Price) {
	on := b.on(instrument)
	for i := range on {
		on[i].reach(low, high)
	}
}

// on returns the trades of an instrument that are on.
func (b *book) on(instrument string) []Trade {
	n := len(b.open)
	if n == 0 || b.open[0].Instrument == instrument && b.open[n-1].Instrument == instrument {
		return b.open // all of them are
	}
	from := b.first(instrument)
	to := from
	for to < len(b.open) && b.open[to].Instrument == instrument {
		to++
	}
	return b.open[from:to]
}

// first returns where the trades of an instrument are among those that are on,
// or belong.
func (b *book) first(instrument string) int {
	i, _ := sort.Find(len(b.open), func(i int) int { return strings.Compare(instrument, b.open[i].Instrument) })
	return i
}

func (t *Trade) reach(low, high num.Price) {
	if t.Highest.Less(high) {
		t.Highest = high
	}
	if t.Lowest.IsZero() || low.Less(t.Lowest) {
		t.Lowest = low
	}
}

func (b *book) change(c *engine.Change) {
	switch c.Kind {
	case engine.ChangeOrder:
		if o := &c.Order; o.Settled || o.State == order.Denied {
			delete(b.orders, o.ClientID)
		} else if _, known := b.orders[o.ClientID]; !known { // what it is for does not change
			b.orders[o.ClientID] = o.Intent
		}
	case engine.ChangeFill:
		b.fill(&c.Fill)
	default: // moves no position
	}
}

func (b *book) fill(f *order.Fill) {
	in, known := b.orders[f.ClientID]
	i := slices.IndexFunc(b.instruments, func(m market.Instrument) bool { return m.ID == f.Instrument })
	if !known || i < 0 {
		return // of an order before this run
	}
	var before portfolio.Position
	if p := b.ledger.Position(in.Strategy); p != nil {
		before = *p
	}
	if err := b.ledger.Fold(in.Strategy, b.instruments[i], f); err != nil {
		b.err = err
		return
	}
	after := b.ledger.Position(in.Strategy)
	t := b.trade(&in, f, &before)
	t.add(&b.calc, &in, f, &before, after)
	made := num.Sub(&b.calc, after.Realised, before.Realised)
	if len(b.fills) == cap(b.fills) {
		b.fills = slices.Grow(b.fills, len(b.fills)+1) // twice as many: a long run has very many, and each copy is of all
	}
	b.fills = append(b.fills, Execution{Fill: *f, Trade: t.Number, Strategy: in.Strategy, Rule: in.Rule, Decision: in.Decision, Profit: made, Holds: after.Quantity})
	if after.Quantity.Less(b.instruments[i].Min) && f.Side == order.Sell {
		t.Closed = f.At
		b.done = append(b.done, *t)
		b.open = slices.DeleteFunc(b.open, func(o Trade) bool { return o.Number == t.Number })
	}
}

// trade returns the trade that a fill belongs to: the one that is on, or a new
// one.
func (b *book) trade(in *order.Intent, f *order.Fill, before *portfolio.Position) *Trade {
	for i := range b.open {
		if t := &b.open[i]; t.Strategy == in.Strategy {
			return t
		}
	}
	b.count++
	i := b.first(f.Instrument)
	b.open = slices.Insert(b.open, i, Trade{
		Number: b.count, Strategy: in.Strategy, Instrument: f.Instrument, EntryRule: in.Rule, EntryDecision: in.Decision,
		Opened: f.At, Lowest: f.Price, Highest: f.Price, before: before.Realised,
	})
	return &b.open[i]
}

// meanScale is how many digits after the point a mean price keeps.
const meanScale = 8

func (t *Trade) add(c *num.Calc, in *order.Intent, f *order.Fill, before, after *portfolio.Position) {
	t.reach(f.Price, f.Price)
	gross := num.Cost(c, f.Price, f.Quantity)
	worse := num.Sub(c, f.Price, in.Reference)
	if f.Side == order.Buy {
		t.bought, t.Bought = num.Add(c, t.bought, gross), num.Add(c, t.Bought, f.Quantity)
		t.Entry = num.PriceFor(c, t.bought, t.Bought, meanScale)
		t.Paid = num.Add(c, t.Paid, num.Sub(c, after.Cost, before.Cost))
	} else {
		worse = worse.Neg()
		t.sold, t.Sold = num.Add(c, t.sold, gross), num.Add(c, t.Sold, f.Quantity)
		t.Exit = num.PriceFor(c, t.sold, t.Sold, meanScale)
		t.ExitRule, t.ExitDecision = in.Rule, in.Decision
	}
	if !in.Reference.IsZero() {
		t.Slippage = num.Add(c, t.Slippage, num.MulDown(c, worse.Money(), f.Quantity, meanScale))
	}
	t.Fees = num.Add(c, t.Fees, num.Sub(c, after.Fees, before.Fees))
	t.Profit = num.Sub(c, after.Realised, t.before)
}

// trades returns all trades by their number, those that are on included.
func (b *book) trades() []Trade {
	all := slices.Concat(b.done, b.open)
	slices.SortFunc(all, func(x, y Trade) int { return x.Number - y.Number })
	return all
}
