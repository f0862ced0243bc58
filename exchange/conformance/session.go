package conformance

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// session is one conversation under way.
type session struct {
	*Case
	*testing.T
	x      *Exchange
	ctx    context.Context
	ids    order.IDs
	count  uint64
	now    market.Time // of the market
	before map[string]num.Money
}

func (c *Case) start(t *testing.T, o Opening) *session {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return &session{
		Case: c, T: t, x: c.Open(t, o), ctx: ctx, now: o.At, before: o.Balances,
		ids: order.IDs{Tag: order.Tag("conformance", "suite"), Boot: 1},
	}
}

// later moves the suite's own time, for the next thing the market does.
func (s *session) later(d time.Duration) market.Time {
	s.now = s.now.Add(d)
	return s.now
}

// order makes an order that was not sent.
func (s *session) order(side order.Side, tif order.TimeInForce, ticks, lots int64) order.Order {
	s.count++
	return order.Order{
		Intent: order.Intent{
			Strategy: "conformance", Rule: "suite", Instrument: s.Instrument.ID,
			Side: side, TIF: tif, Price: s.price(ticks), Quantity: s.lots(lots),
		},
		ClientID: s.ids.New(s.count), State: order.Intended, Created: s.now,
	}
}

// send submits an order and returns the answer.
func (s *session) send(to Orders, o order.Order) order.Result {
	s.Helper()
	a, no := approve(o)
	if no != nil {
		s.Fatalf("the suite's own order %+v was denied: %s %s", o, no.Code, no.Reason)
	}
	r := to.Submit(s.ctx, a)
	s.x.Market.Settle()
	return r
}

// place submits an order that must be accepted.
func (s *session) place(side order.Side, tif order.TimeInForce, ticks, lots int64) order.Order {
	s.Helper()
	o := s.order(side, tif, ticks, lots)
	r := s.send(s.x.Orders, o)
	if r.Class != order.Accepted || r.ExchangeID == "" || r.Halt != order.HaltNone {
		s.Fatalf("%s %s %s at %s: got %+v, want it accepted with an id", o.Side, o.TIF, o.Quantity, o.Price, r)
	}
	o.ExchangeID = r.ExchangeID
	return o
}

// cancel cancels an order and wants an answer of this class.
func (s *session) cancel(o order.Order, want order.Class) {
	s.Helper()
	r := s.x.Orders.Cancel(s.ctx, o)
	s.x.Market.Settle()
	if r.Class != want || r.Halt != order.HaltNone {
		s.Errorf("cancel of %s: got %+v, want class %d", o.ClientID, r, want)
	}
}

// ask queries an order.
func (s *session) ask(o order.Order) order.Evidence {
	s.Helper()
	asked := s.now.Add(time.Millisecond)
	ev, err := s.x.Orders.Order(s.ctx, o, asked)
	if err != nil {
		s.Fatalf("query %s: %v", o.ClientID, err)
	}
	if ev.Source != order.FromQuery || ev.Asked != asked {
		s.Errorf("query %s: source %d asked %s, want a query asked at %s", o.ClientID, ev.Source, ev.Asked, asked)
	}
	return ev
}

// stands asks for an order and wants it to be so.
func (s *session) stands(o order.Order, state order.State, lots int64) {
	s.Helper()
	ev := s.ask(o)
	want := order.Evidence{
		Source: order.FromQuery, Asked: ev.Asked, Instrument: o.Instrument, ClientID: o.ClientID, ExchangeID: o.ExchangeID,
		State: state, Side: o.Side, Price: o.Price, Quantity: o.Quantity, Filled: s.lots(lots), At: ev.At,
	}
	if ev != want {
		s.Errorf("order is\n%+v, want\n%+v", ev, want)
	}
}

// open wants exactly these orders to be open, in any order.
func (s *session) open(want ...order.Order) {
	s.Helper()
	list, err := s.x.Account.OpenOrders(s.ctx, s.Instrument.ID)
	if err != nil {
		s.Fatalf("open orders: %v", err)
	}
	got, ids := clientIDs(list), make([]string, 0, len(want))
	for i := range want {
		ids = append(ids, want[i].ClientID)
	}
	slices.Sort(ids)
	if !slices.Equal(got, ids) {
		s.Errorf("open orders: got %s, want %s", got, ids)
	}
	for _, ev := range list {
		if ev.Source != order.FromList || ev.State.Terminal() {
			s.Errorf("open order %s: source %d, state %s", ev.ClientID, ev.Source, ev.State)
		}
	}
}

func clientIDs(list []order.Evidence) []string {
	ids := make([]string, 0, len(list))
	for i := range list {
		ids = append(ids, list[i].ClientID)
	}
	slices.Sort(ids)
	return ids
}

// fills reads fills in the order in which they happened.
func (s *session) fills(exchangeID string, since market.Time) []order.Fill {
	s.Helper()
	list, err := s.x.Account.Fills(s.ctx, s.Instrument.ID, exchangeID, since)
	if err != nil {
		s.Fatalf("fills of %q: %v", exchangeID, err)
	}
	slices.SortFunc(list, func(a, b order.Fill) int {
		if a.At != b.At {
			return int(min(max(a.At-b.At, -1), 1))
		}
		if len(a.ID) != len(b.ID) {
			return len(a.ID) - len(b.ID)
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}

// execution is one fill that is expected.
type execution struct {
	ticks, lots int64
	maker       bool
}

// traded wants an order to have exactly these fills, with the fee that the
// case prescribes in the currency that was received.
func (s *session) traded(o order.Order, want ...execution) {
	s.Helper()
	got := s.fills(o.ExchangeID, 0)
	if len(got) != len(want) {
		s.Errorf("order %s: got %d fills, want %d: %+v", o.ClientID, len(got), len(want), got)
		return
	}
	for i, w := range want {
		g := got[i]
		f := order.Fill{
			Instrument: o.Instrument, ClientID: g.ClientID, ExchangeID: o.ExchangeID, ID: g.ID, At: g.At,
			Side: o.Side, Price: s.price(w.ticks), Quantity: s.lots(w.lots), Maker: w.maker,
		}
		f.Fee, f.FeeCurrency = s.fee(&f)
		if g != f || g.ID == "" || g.At == 0 || g.ClientID != "" && g.ClientID != o.ClientID {
			s.Errorf("order %s: fill %d is\n%+v, want\n%+v", o.ClientID, i, g, f)
		}
	}
}

// fee returns what a fill costs.
func (s *session) fee(f *order.Fill) (num.Money, string) {
	var k num.Calc
	received, currency := f.Quantity.Money(), s.Instrument.Base
	if f.Side == order.Sell {
		received, currency = num.Cost(&k, f.Price, f.Quantity), s.Instrument.Quote
	}
	rate := s.Taker
	if f.Maker {
		rate = s.Maker
	}
	fee := num.Mul(&k, received, rate)
	if fee.Sign() < 0 {
		fee = num.RoundDown(fee, s.FeeScale)
	} else {
		fee = num.RoundUp(&k, fee, s.FeeScale)
	}
	must(k.Err())
	return fee, currency
}

// balances reads what the account holds, by currency.
func (s *session) balances() map[string]order.Balance {
	s.Helper()
	list, err := s.x.Account.Balances(s.ctx)
	if err != nil {
		s.Fatalf("balances: %v", err)
	}
	m := make(map[string]order.Balance, len(list))
	for _, b := range list {
		m[b.Currency] = b
	}
	return m
}

// owns wants balances to be what the account began with and its fills, fees
// included, less these holds.
func (s *session) owns(holdBase, holdQuote num.Money) {
	s.Helper()
	var k num.Calc
	base, quote := s.before[s.Instrument.Base], s.before[s.Instrument.Quote]
	for _, f := range s.fills("", 0) {
		q, cost := f.Quantity.Money(), num.Cost(&k, f.Price, f.Quantity)
		if f.Side == order.Buy {
			base, quote = num.Sub(&k, num.Add(&k, base, q), f.Fee), num.Sub(&k, quote, cost)
		} else {
			base, quote = num.Sub(&k, base, q), num.Sub(&k, num.Add(&k, quote, cost), f.Fee)
		}
	}
	got := s.balances()
	for _, want := range []order.Balance{
		{Currency: s.Instrument.Base, Total: base, Available: num.Sub(&k, base, holdBase)},
		{Currency: s.Instrument.Quote, Total: quote, Available: num.Sub(&k, quote, holdQuote)},
	} {
		if got[want.Currency] != want {
			s.Errorf("balance is %+v, want %+v", got[want.Currency], want)
		}
	}
	must(k.Err())
}

// approve passes an order through risk with limits wide enough for the suite
// and an instrument that allows what the exchange will refuse.
func approve(o order.Order) (risk.Approved, *risk.Denial) {
	tiny := num.PriceOf(1, 12)
	var k num.Calc
	wide := risk.Limits{
		Collar:        num.MustRate("1"),
		MaxOpenOrders: risk.PerInstrument{Instrument: 1000, Total: 1000},
		MaxFires:      risk.Fires{Minute: 1000, Hour: 1000, Day: 1000},
		MaxOrders:     risk.Rates{Second: 1000, Minute: 1000, Day: 1000},
	}
	view := risk.View{
		Session: true,
		Market: risk.Market{
			Instrument: market.Instrument{ID: o.Instrument, Tick: tiny, Lot: num.QuantityOf(1, 12)},
			Quote:      market.Quote{Bid: o.Price, Ask: num.Add(&k, o.Price, tiny)},
			BookValid:  true,
		},
		Funds: risk.Funds{Sellable: o.Quantity, Available: num.MoneyOf(1, 0)},
	}
	view.Funds.Available = num.Add(&k, num.Cost(&k, o.Price, o.Quantity), view.Funds.Available)
	must(k.Err())
	return wide.Check(o, &view)
}
