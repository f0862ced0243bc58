// Package sim is the simulated exchange: one matching engine, its accounts and
// its ledger. The built-in exchange serves it over sockets ([Exchange]); a dry
// run and a backtest drive it directly ([Paper]). It is pure: no clock, no
// goroutine, no randomness, and the same calls give the same results. Whoever
// owns an Exchange calls it from one goroutine; nothing in it locks.
//
// # Liquidity
//
// The market's own orders are given from outside, by level: as a recorded
// book ([Exchange.Liquidity]), or as a quote ([Exchange.Quote]) around which
// [Ladder] states the deeper levels. Prices off the tick are rounded to it, away from the middle;
// sizes are rounded down to the lot. A user's order that takes consumes the
// levels until their next update: a quote updates all of them.
//
// # Matching
//
// Price, then time. Users' orders and the market's levels stand in the same
// queues: a user's order stands behind the quantity that its price showed when
// it arrived, and moves up as that quantity trades or is withdrawn (a level
// that shows less than what was ahead has lost it). Execution is at the
// resting order's price. An order that would meet one of its own account's is
// cancelled before it does; what it traded until then stands.
//
// A resting user's order fills, as the maker and at its own price,
//
//   - when another user's order takes it;
//   - when the market's book moves through it: a level of the other side at or
//     beyond its price trades against it, once, with the quantity it shows;
//   - when a market trade passes its price: completely, whatever the trade's
//     size, for the market would not have traded there with the order standing;
//   - when a market trade is at its price, of its side: with what is left of
//     the trade's size after the quantity ahead of it.
//
// [Fills] may say more. With a share of the volume, a market trade fills orders
// at rest with at most that share of its size, all together; the book still
// fills them with what it shows, of a ladder with the quote alone, and trades
// that follow make up for that first. With a queue by trades, a level that
// shows less moves nobody up. Where a price is beyond what is told, behind the
// touch where only quotes are, an order there stands behind what its level
// shows when it is first told of.
//
// A market trade does not change the levels shown; their own updates do that.
// Its price is taken as it is: off the tick it passes prices but reaches none.
// [Rules] may bound how deep an order takes: one whose worst price would be
// too far from the best is cancelled before it takes anything.
//
// # Orders
//
// GTC takes what it can and rests. IOC takes what it can and is cancelled. FOK
// takes everything at once or is cancelled without trading. Post-only rests,
// or is cancelled when it would take. A market sell takes its quantity; a
// market buy takes while its money buys at least one lot of the next level.
// Every accepted order is told as open first, whatever follows. An order that
// rests can be amended: a lesser quantity at its price keeps its place.
//
// # Algo orders
//
// The exchange manages orders ([Exchange.SubmitAlgo]) that hold no funds until
// they place one. An order whose account then lacks the funds ends without it.
//
// A trigger, or a take profit and a stop loss of which one is placed, waits for
// a price: a print of the tape that reaches it, the market's or a user's,
// places the order when the operation that made the print has done the rest of
// its work; orders that wait longer are placed first. An operation whose prints
// reach both legs of a pair places the stop loss. A trail begins with the first
// print at or beyond its trigger, above the last price for a sell and below it
// for a buy, and places a market order when a print is back from the best since
// then by the callback.
//
// An iceberg keeps one limit order of about Part in the book, at the Distance
// from the best price of its side that is not its account's, and places the
// next when that has filled, or anew when it would stand more than two
// distances away. Its sizes are Part less or more a tenth, by SplitMix64 seeded
// with its id. A sweep takes at once and then each Interval, with an IOC order
// as far as the Distance from the best price of the other side, the Ratio of
// what stands there and Part at most; the first event at or after its time
// makes it, or [Exchange.Elapse]. Neither goes beyond its Limit, and both pause
// while the last print is. What is left below the instrument's minimum is not
// traded. Whoever cancels an iceberg's part ends the whole.
//
// # Ledger
//
// A limit buy holds price × quantity of quote currency, a limit sell its
// quantity of base. A fill releases its share of the hold at the limit price,
// so that an improvement of the price is available at once; the end of an
// order releases the rest. The fee is taken from what is received, at 8
// decimals and always rounded against the account: a fee up, a rebate down;
// never more than what was received. With [Tier]s its rate depends on what the
// account traded on the thirty UTC days before. Every fill moves each currency between
// accounts, the market and the exchange's fees, so that nothing is made or
// lost ([Exchange.Audit]). An execution whose amounts would not fit 19 digits does not
// happen: the order behind it is cancelled.
//
// # Numbers
//
// Order ids are texts of 16 digits, public trades and ledger rows are counted
// from 1. A market trade keeps the number it comes with as long as numbers
// rise. The fills of a market trade carry its number; two users' orders that
// meet, or a user's order that takes, make a print of their own for each
// execution.
package sim

import (
	"errors"
	"fmt"
	"slices"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// Fees are shares of what a fill receives, at most six decimals; negative is
// a rebate.
type Fees struct {
	Maker num.Rate `json:"maker"`
	Taker num.Rate `json:"taker"`
}

// Rules bound what one order may do. The zero value bounds nothing.
type Rules struct {
	// Guard is the part by which the worst price of a taking order may be away
	// from the best one; an order that would go beyond is cancelled whole.
	Guard num.Rate
	// MarketMax is the most that one market order may be worth, by quote
	// currency; what sells is valued at the best bid.
	MarketMax map[string]num.Money
}

// Config is what an exchange lists, charges and allows.
type Config struct {
	Instruments []market.Instrument
	Fees        Fees
	Rules       Rules
	Tiers       []Tier // ascending; in place of Fees for who trades enough
	Fills       Fills
}

// Exchange is the whole exchange. Make one with New.
type Exchange struct {
	fees     Fees
	tiers    []Tier
	books    map[string]*book
	accounts map[string]*account
	orders   map[string]*entry // by id
	market   *account          // what the market's own orders gained and lost
	revenue  *account          // fees charged, less rebates
	counts   Counts
	news     []News
	touched  []touch  // balances changed by the running operation, in order
	slip     num.Rate // share by which taking from the market is made worse; Paper sets it
	quiet    bool     // no prints of the tape in news; Paper sets it
}

// Counts are the exchange's counters.
type Counts struct {
	Orders int64 `json:"orders"`         // orders accepted
	Ledger int64 `json:"ledger"`         // ledger rows written
	Algos  int64 `json:"algos,omitzero"` // algo orders accepted
}

// New returns an exchange without accounts and liquidity.
func New(cfg Config) (*Exchange, error) {
	if err := cfg.Fees.check(); err != nil {
		return nil, err
	}
	if err := errors.Join(checkTiers(cfg.Tiers), cfg.Fills.check()); err != nil {
		return nil, err
	}
	if g := cfg.Rules.Guard; !g.IsZero() && !fraction(g) {
		return nil, fmt.Errorf("sim: price guard %s is not a fraction of at most %d decimals", g, rateScaleMax)
	}
	x := &Exchange{
		fees:     cfg.Fees,
		tiers:    cfg.Tiers,
		books:    make(map[string]*book, len(cfg.Instruments)),
		accounts: map[string]*account{},
		orders:   map[string]*entry{},
		market:   &account{name: "market"},
		revenue:  &account{name: "fees"},
	}
	for _, inst := range cfg.Instruments {
		if err := checkInstrument(&inst); err != nil {
			return nil, err
		}
		if x.books[inst.ID] != nil {
			return nil, fmt.Errorf("sim: instrument %s is listed twice", inst.ID)
		}
		b := newBook(inst)
		b.fills = cfg.Fills
		b.bounds = bounds{cfg.Rules.Guard, cfg.Rules.MarketMax[inst.Quote]}
		x.books[inst.ID] = b
	}
	return x, nil
}

// scaleMax bounds the decimals of tick and lot together, and rateScaleMax
// those of a fee, so that fees of any fill can be computed exactly.
const (
	scaleMax     = 12
	rateScaleMax = 6
)

func (f Fees) check() error {
	one := num.MustRate("1")
	for _, r := range [...]num.Rate{f.Maker, f.Taker} {
		if r.Scale() > rateScaleMax || !r.Abs().Less(one) {
			return fmt.Errorf("sim: fee rate %s is not a fraction of at most %d decimals", r, rateScaleMax)
		}
	}
	return nil
}

func checkInstrument(i *market.Instrument) error {
	switch {
	case i.ID == "" || i.Base == "" || i.Quote == "" || i.Base == i.Quote:
		return fmt.Errorf("sim: instrument %q trades %q for %q", i.ID, i.Base, i.Quote)
	case i.Tick.Sign() <= 0 || i.Lot.Sign() <= 0 || i.Min.Sign() < 0:
		return fmt.Errorf("sim: instrument %s: tick %s, lot %s and minimum %s must be positive", i.ID, i.Tick, i.Lot, i.Min)
	case i.Tick.Scale()+i.Lot.Scale() > scaleMax:
		return fmt.Errorf("sim: instrument %s: tick %s and lot %s have more than %d decimals together", i.ID, i.Tick, i.Lot, scaleMax)
	}
	return nil
}

// Instrument returns what is listed under id.
func (x *Exchange) Instrument(id string) (market.Instrument, bool) {
	b := x.books[id]
	if b == nil {
		return market.Instrument{}, false
	}
	return b.inst, true
}

// Drain returns what happened since the last Drain, in order. The slice is
// valid until the next call of any method that changes the exchange.
func (x *Exchange) Drain() []News {
	news := x.news
	x.news = x.news[:0]
	return news
}

// Order returns the account's order by exchange id or client id. Of orders
// with the same client id it is the newest.
func (x *Exchange) Order(account, id string) (Order, bool) {
	e := x.find(account, id)
	if e == nil {
		return Order{}, false
	}
	return e.Order, true
}

func (x *Exchange) find(account, id string) *entry {
	a := x.accounts[account]
	if a == nil || id == "" {
		return nil
	}
	if e := x.orders[id]; e != nil && e.Account == account {
		return e
	}
	return a.clients[id]
}

// Orders returns the account's orders newest first. An empty instrument is
// all of them; keep chooses by state, nil keeps all.
func (x *Exchange) Orders(account, instrument string, keep func(order.State) bool) []Order {
	a := x.accounts[account]
	if a == nil {
		return nil
	}
	var found []Order
	for _, e := range slices.Backward(a.orders) {
		if (instrument == "" || e.Instrument == instrument) && (keep == nil || keep(e.State)) {
			found = append(found, e.Order)
		}
	}
	return found
}

// Fills returns the account's fills newest first. An empty instrument is all
// of them.
func (x *Exchange) Fills(account, instrument string) []Fill {
	a := x.accounts[account]
	if a == nil {
		return nil
	}
	var found []Fill
	for _, f := range slices.Backward(a.fills) {
		if instrument == "" || f.Instrument == instrument {
			found = append(found, f)
		}
	}
	return found
}
