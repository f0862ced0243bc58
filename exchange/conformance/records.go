package conformance

import (
	"slices"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// Page says which rows of a list to read, newest first: Older than one row's
// id, Newer than another's, or the newest.
type Page struct {
	Older, Newer string
	Limit        int
}

// Entry is one change of a balance.
type Entry struct {
	ID         string
	ExchangeID string // of the order behind it
	Amount     num.Money
	Balance    num.Money // after it
}

// Outage is a time in which the exchange takes no orders.
type Outage struct{ Start, End market.Time }

// recording is what the exchange has on file.
var recording = []conversation{
	{name: "the ledger adds up to the balance", needs: HasLedger, open: deep, run: ledgerAddsUp},
	{name: "the ledger in pages, both ways", needs: HasLedger, open: deep, run: ledgerPages},
	{name: "fees are those that fills are charged", needs: HasFees, run: feesAgree},
	{name: "the wallet is told, and is not for trading", needs: HasWallet, open: funded, run: walletTold},
	{name: "an outage is told while it lasts", needs: HasOutages, open: closed, run: outageTold},
}

// entries reads a page of a currency's ledger.
func (s *session) entries(currency string, p Page) []Entry {
	s.Helper()
	list, err := s.x.Ledger(s.ctx, currency, p)
	if err != nil {
		s.Fatalf("ledger of %s: %v", currency, err)
	}
	return list
}

// older reads a currency's whole ledger, page by page back from the newest.
func (s *session) older(currency string, limit int) (all []Entry) {
	s.Helper()
	p := Page{Limit: limit}
	for range 1000 {
		page := s.entries(currency, p)
		if all = append(all, page...); len(page) < limit {
			return all
		}
		p.Older = page[len(page)-1].ID
		s.requote() // exchanges limit how fast questions come
	}
	s.Fatalf("ledger of %s: the pages do not end", currency)
	return nil
}

func ledgerAddsUp(s *session) {
	o := s.place(order.Buy, order.IOC, levels, 100_000)
	held := s.balances()
	for _, currency := range []string{s.Instrument.Base, s.Instrument.Quote} {
		list := s.older(currency, 100)
		if len(list) == 0 || list[0].Balance != held[currency].Total {
			s.Fatalf("ledger of %s: %d rows, want the newest to end at %s", currency, len(list), held[currency].Total)
		}
		var k num.Calc
		for i, e := range list {
			before := s.before[currency]
			if i+1 < len(list) {
				before = list[i+1].Balance
			}
			if got := num.Add(&k, before, e.Amount); got != e.Balance || e.ExchangeID != o.ExchangeID {
				s.Errorf("ledger of %s: row %d is %+v after %s", currency, i, e, before)
			}
		}
		must(k.Err())
	}
}

func ledgerPages(s *session) {
	s.place(order.Buy, order.IOC, levels, 100_000)
	base := s.Instrument.Base
	all := s.older(base, 100)
	for _, limit := range []int{7, 55, 99, 100} {
		if got := s.older(base, limit); !slices.Equal(got, all) {
			s.Errorf("in pages of %d: got %d rows, want %d", limit, len(got), len(all))
		}
	}
	newer := s.entries(base, Page{Newer: all[10].ID, Limit: 100})
	if !slices.Equal(newer, all[:10]) {
		s.Errorf("newer than row 10: got %d rows, want 10", len(newer))
	}
	between := s.entries(base, Page{Newer: all[30].ID, Older: all[20].ID, Limit: 100})
	if !slices.Equal(between, all[21:30]) {
		s.Errorf("between rows 20 and 30: got %d rows, want 9", len(between))
	}
	if none := s.entries(base, Page{Newer: all[0].ID, Limit: 100}); len(none) != 0 {
		s.Errorf("newer than the newest: got %+v", none)
	}
}

func feesAgree(s *session) {
	maker, taker, err := s.x.Fees(s.ctx, s.Instrument.ID)
	if err != nil || maker != s.Maker || taker != s.Taker {
		s.Errorf("fees: got %s and %s, %v, want %s and %s", maker, taker, err, s.Maker, s.Taker)
	}
}

// funded gives the account money beside what trades.
func funded(c *Case, o *Opening) {
	o.Wallet = map[string]num.Money{c.Instrument.Quote: c.cost(0, 123)}
}

func walletTold(s *session) {
	list, err := s.x.Wallet(s.ctx)
	if err != nil {
		s.Fatalf("wallet: %v", err)
	}
	got := map[string]num.Money{}
	for _, b := range list {
		if !b.Total.IsZero() {
			got[b.Currency] = b.Total
		}
	}
	if want := s.cost(0, 123); len(got) != 1 || got[s.Instrument.Quote] != want {
		s.Errorf("wallet: got %v, want %s %s", got, want, s.Instrument.Quote)
	}
	s.owns(num.Money{}, num.Money{}) // it is none of the balances
}

// outageLasts is how long the exchange is closed in the conversation about it.
const outageLasts = time.Minute

func closed(_ *Case, o *Opening) { o.Outage = outageLasts }

func outageTold(s *session) {
	s.follow(s.x.Feed()) // an adapter whose feed tells it too is held to that by its case
	list, err := s.x.Outages(s.ctx)
	if err != nil || len(list) != 1 || list[0].Start > s.now || list[0].End != begin.Add(outageLasts) {
		s.Errorf("outages: got %+v, %v, want one that ends at %s", list, err, begin.Add(outageLasts))
	}
	o := s.order(order.Buy, order.GTC, -3, 1000)
	if r := s.send(s.x.Orders, o); r.Class == order.Accepted {
		s.Errorf("an order while the exchange is closed: got %+v", r)
	}
	s.open()
	s.later(outageLasts)
	s.requote()
	if list, err := s.x.Outages(s.ctx); err != nil || len(list) != 0 {
		s.Errorf("outages when it is over: got %+v, %v", list, err)
	}
	s.place(order.Buy, order.GTC, -3, 1000)
}
