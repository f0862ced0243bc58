package sim

import (
	"fmt"
	"slices"
	"strings"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// keptDone is how many ended orders a PaperState keeps, with their fills: what
// a bot may still ask about after a restart.
const keptDone = 200

// PaperState is everything of a paper venue that must survive a restart, as
// plain data. Liquidity is not in it: the market states it anew. Nor are
// commands on their way and news not yet popped: as with a real exchange, a
// restart loses them, and queries and a reconciliation bring the facts back.
// Keep it with the journal's own commit, so that the two never disagree.
type PaperState struct {
	At     market.Time    `json:"at"`
	Counts Counts         `json:"counts"`
	Drawn  int64          `json:"drawn,omitzero"`  // latencies so far
	Prints []PrintCount   `json:"prints"`          // by instrument
	Owned  []CurrencyBook `json:"owned"`           // by currency
	Orders []StoredOrder  `json:"orders"`          // every live order, the newest ended ones; oldest first
	Fills  []Fill         `json:"fills"`           // of those orders, oldest first
	Algos  []StoredAlgo   `json:"algos,omitzero"`  // live ones, oldest first
	Traded []TradedDay    `json:"traded,omitzero"` // by currency, then day; with fee tiers alone
}

// StoredAlgo is an algo order with what its future depends on.
type StoredAlgo struct {
	Algo
	From uint8        `json:"from,omitzero"` // whence a trigger is reached: 0 not settled, 1 below, 2 above
	Best num.Price    `json:"best,omitzero"` // that a trail has seen
	Next market.Time  `json:"next"`          // sweep
	Done num.Quantity `json:"done,omitzero"` // traded by parts that ended
}

// PrintCount is the number of an instrument's last public trade.
type PrintCount struct {
	Instrument string `json:"instrument"`
	Last       int64  `json:"last"`
}

// CurrencyBook is the ledger of one currency. Holds follow from the orders.
type CurrencyBook struct {
	Currency string    `json:"currency"`
	Opened   num.Money `json:"opened"`
	Total    num.Money `json:"total"`
	Market   num.Money `json:"market"`
	Fees     num.Money `json:"fees"`
}

// StoredOrder is an order with its place in its queue.
type StoredOrder struct {
	Order
	Ahead num.Quantity `json:"ahead,omitzero"`
	Blind bool         `json:"blind,omitzero"`
}

// Snapshot returns the state as it is now.
func (p *Paper) Snapshot() PaperState {
	a := p.x.accounts[owner]
	s := PaperState{At: p.now, Counts: p.x.counts, Drawn: p.drawn}
	for _, t := range a.turnovers {
		s.Traded = append(s.Traded, t.days...)
	}
	for id, b := range p.x.books {
		s.Prints = append(s.Prints, PrintCount{id, b.print})
	}
	slices.SortFunc(s.Prints, func(a, b PrintCount) int { return strings.Compare(a.Instrument, b.Instrument) })
	for _, b := range a.balances {
		s.Owned = append(s.Owned, CurrencyBook{
			Currency: b.currency, Opened: b.opened, Total: b.total,
			Market: p.x.market.balance(b.currency).total, Fees: p.x.revenue.balance(b.currency).total,
		})
	}
	kept := map[string]bool{}
	first := len(a.fills)
	for _, e := range keptOrders(a) {
		kept[e.ID] = true
		s.Orders = append(s.Orders, StoredOrder{e.Order, e.ahead, e.blind})
		if len(e.fills) > 0 {
			first = min(first, e.fills[0])
		}
	}
	for _, f := range a.fills[first:] {
		if kept[f.ExchangeID] {
			s.Fills = append(s.Fills, f)
		}
	}
	for _, w := range a.algos {
		if w.live() {
			s.Algos = append(s.Algos, StoredAlgo{w.Algo, uint8(w.side), w.best, w.next, w.done})
		}
	}
	return s
}

// Waits reports whether anything of the account rests or waits here.
func (p *Paper) Waits() bool {
	a := p.x.accounts[owner]
	for _, b := range p.x.books {
		if b.resting > 0 {
			return true
		}
	}
	return slices.ContainsFunc(a.algos, (*waiting).live)
}

// keptOrders returns what a state keeps, oldest first.
func keptOrders(a *account) []*entry {
	var list []*entry
	done := 0
	a.recent()
	for i := len(a.orders) - 1; i >= 0 && (i >= a.ended || done < keptDone); i-- {
		e := a.orders[i]
		if !e.live() {
			if done++; done > keptDone {
				continue
			}
		}
		list = append(list, e)
	}
	slices.Reverse(list)
	return list
}

// Restore puts a state into a paper venue that nothing was done with yet.
func (p *Paper) Restore(s PaperState) error {
	if p.x.counts != (Counts{}) || !p.due.empty() {
		return fmt.Errorf("sim: restore into a paper venue that was used")
	}
	a := &account{name: owner, clients: map[string]*entry{}, fills: slices.Clone(s.Fills)}
	for _, c := range s.Owned {
		b := a.balance(c.Currency)
		b.opened, b.total = c.Opened, c.Total
		p.x.market.balance(c.Currency).total = c.Market
		p.x.revenue.balance(c.Currency).total = c.Fees
	}
	p.x.accounts[owner] = a
	for _, n := range s.Prints {
		if b := p.x.books[n.Instrument]; b != nil {
			b.print = n.Last
		}
	}
	for i := range s.Orders {
		if err := p.restoreOrder(a, &s.Orders[i]); err != nil {
			return err
		}
	}
	for i := range s.Algos {
		if err := p.restoreAlgo(a, &s.Algos[i]); err != nil {
			return err
		}
	}
	for _, d := range s.Traded {
		t := a.turnover(d.Currency)
		t.days = append(t.days, d)
	}
	p.now, p.x.counts, p.drawn = s.At, s.Counts, s.Drawn
	p.x.touched = p.x.touched[:0]
	return nil
}

func (p *Paper) restoreAlgo(a *account, s *StoredAlgo) error {
	b := p.x.books[s.Instrument]
	if b == nil || !s.live() || s.From > uint8(fromAbove) || s.Kind < AlgoTrigger || s.Kind > AlgoSweep {
		return fmt.Errorf("sim: restore algo order %s: it cannot wait here", s.ID)
	}
	w := &waiting{Algo: s.Algo, side: reachSide(s.From), best: s.Best, next: s.Next, done: s.Done}
	if e := p.x.orders[s.OrderID]; e != nil && e.live() && s.Kind == AlgoIceberg {
		w.child = e
	}
	a.algos = append(a.algos, w)
	b.keep(w)
	return nil
}

func (p *Paper) restoreOrder(a *account, s *StoredOrder) error {
	e := &entry{Order: s.Order, acct: a, ahead: s.Ahead, blind: s.Blind}
	for i := range a.fills {
		if a.fills[i].ExchangeID == e.ID {
			e.fills = append(e.fills, i)
		}
	}
	p.x.keep(e)
	if !e.live() {
		return nil
	}
	b := p.x.books[e.Instrument]
	if b == nil || e.Type != Limit {
		return fmt.Errorf("sim: restore order %s: %s order of %q cannot rest here", e.ID, e.Type, e.Instrument)
	}
	e.held = e.Remaining().Money()
	if e.Side == order.Buy {
		var c num.Calc
		e.held = num.Cost(&c, e.Price, e.Remaining())
		if c.Err() != nil {
			return fmt.Errorf("sim: restore order %s: %w", e.ID, c.Err())
		}
	}
	if no := p.x.hold(a, gives(&b.inst, e.Side), e.held); no != nil {
		return fmt.Errorf("sim: restore order %s: %w", e.ID, no)
	}
	l := b.side(e.Side).at(e.Price)
	l.orders = append(l.orders, e)
	b.resting++
	return nil
}
