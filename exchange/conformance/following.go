package conformance

import (
	"slices"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/portfolio"
)

// following is what the streams tell.
var following = []conversation{
	{name: "every book message verifies and is a quote", run: books},
	{name: "trades and bars", run: tapeAndBars},
	{name: "our orders in the book", run: ownOrdersInBook},
	{name: "pushes agree with queries", run: pushesAgree},
}

// steps is how many times the market changes its mind.
const steps = 300

// wandering is a book of up to 40 levels a side that moves, thins and fills,
// with levels beyond those that a checksum covers.
func (c *Case) wandering(i int64) (bids, asks []market.Level) {
	middle := 50 + i*i%31 - i%7
	for k := range 1 + i*13%40 {
		bids = append(bids, c.level(middle-1-3*k-k*i%3, 10+i*k%97))
	}
	for k := range 1 + i*7%40 {
		asks = append(asks, c.level(middle+1+3*k+k*(i+1)%3, 10+(i+k*k)%89))
	}
	return bids, asks
}

func books(s *session) {
	w := s.follow(s.x.Feed())
	o := s.opening()
	want := []quoteAt{{s.now, touch(o.Bids, o.Asks)}}
	for i := range int64(steps) {
		bids, asks := s.wandering(i)
		s.x.Market.Book(s.later(time.Millisecond), bids, asks)
		want = append(want, quoteAt{s.now, touch(bids, asks)})
	}
	events := w.since(0)
	if got := quotes(events); !slices.Equal(got, want) {
		s.Errorf("got %d quotes, want %d; the first that differs is %s", len(got), len(want), differing(got, want))
	}
	believed := of(events, engine.KindBook)
	if len(believed) != 1 || believed[0].Book != market.BookResynchronised {
		s.Errorf("the book's standing changed %d times, want once, to resynchronised", len(believed))
	}
}

func touch(bids, asks []market.Level) market.Quote {
	return market.Quote{Bid: bids[0].Price, BidSize: bids[0].Size, Ask: asks[0].Price, AskSize: asks[0].Size}
}

func differing(got, want []quoteAt) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return got[i].at.String() + " " + got[i].q.Bid.String() + " / " + got[i].q.Ask.String() +
				", want " + want[i].at.String() + " " + want[i].q.Bid.String() + " / " + want[i].q.Ask.String()
		}
	}
	return "the length"
}

func tapeAndBars(s *session) {
	w := s.follow(s.x.Feed())
	from := w.len()
	var trades []market.Trade
	var closed []market.Bar
	for i := range int64(5) {
		for k := range int64(3) {
			t := market.Trade{ID: 100 + 3*i + k, Price: s.price(1 + k), Size: s.lots(5 + k), Buyer: k%2 == 0}
			s.x.Market.Trade(begin.Add(time.Duration(i)*time.Minute+time.Duration(1+k)*time.Second), t)
			trades = append(trades, t)
		}
		b := s.bar(begin.Add(time.Duration(i)*time.Minute), i)
		s.now = b.Close()
		s.x.Market.Bar(b)
		closed = append(closed, b)
	}
	var gotTrades []market.Trade
	var gotBars []market.Bar
	at := market.Time(0)
	for _, ev := range w.since(from) {
		if ev.At < at || ev.Instrument != s.Instrument.ID {
			s.Errorf("event %d of %q at %s came after %s", ev.Kind, ev.Instrument, ev.At, at)
		}
		at = ev.At
		switch ev.Kind {
		case engine.KindTrade:
			gotTrades = append(gotTrades, ev.Trade)
		case engine.KindBar:
			gotBars = append(gotBars, ev.Bar)
			if ev.At != ev.Bar.Close() {
				s.Errorf("the bar of %s is told at %s, want its close", ev.Bar.Open, ev.At)
			}
		default:
		}
	}
	if !slices.Equal(gotTrades, trades) {
		s.Errorf("trades are\n%+v, want\n%+v", gotTrades, trades)
	}
	if !slices.Equal(gotBars, closed) {
		s.Errorf("bars are\n%+v, want\n%+v", gotBars, closed)
	}
}

func ownOrdersInBook(s *session) {
	w := s.follow(s.x.Feed())
	from := w.len()
	o := s.opening()
	q := touch(o.Bids, o.Asks)
	mine := q
	mine.Bid, mine.BidSize = s.price(0), s.lots(700)
	ours := s.place(order.Buy, order.GTC, 0, 700)
	s.cancel(ours, order.Accepted)
	taken := q
	taken.AskSize = s.lots(1400)
	s.place(order.Buy, order.IOC, 1, 600)
	events := w.since(from)
	want := []quoteAt{{s.now, mine}, {s.now, q}, {s.now, taken}}
	if got := quotes(events); !slices.Equal(got, want) {
		s.Errorf("quotes are\n%+v, want\n%+v", got, want)
	}
	prints := of(events, engine.KindTrade)
	if len(prints) != 1 || prints[0].Trade.Price != s.price(1) || prints[0].Trade.Size != s.lots(600) || !prints[0].Trade.Buyer {
		s.Errorf("our taking printed %+v, want one trade of it", prints)
	}
}

// pushesAgree trades in every way and holds what was pushed against what is
// asked for.
func pushesAgree(s *session) {
	w := s.follow(s.x.Private())
	var all []order.Order
	place := func(side order.Side, tif order.TimeInForce, ticks, lots int64) order.Order {
		all = append(all, s.place(side, tif, ticks, lots))
		return all[len(all)-1]
	}
	place(order.Buy, order.GTC, 2, 5000)
	rest := place(order.Buy, order.GTC, 0, 3000)
	s.trade(0, 1000, false)
	s.trade(0, 500, false)
	s.cancel(rest, order.Accepted)
	place(order.Sell, order.IOC, -1, 4000)
	place(order.Buy, order.FOK, 2, 90_000)
	place(order.Sell, order.PostOnly, 0, 1237)
	s.trade(1, 37, true)
	s.trade(1, 9000, true)
	place(order.Sell, order.GTC, 9, 800)
	place(order.Buy, order.PostOnly, -4, 123)
	s.cancel(s.order(order.Buy, order.GTC, 1, 1), order.Gone)
	events := w.since(0)
	for i := range all {
		s.agrees(events, all[i])
	}
	s.balancesAgree(events)
	s.foldsAlike(pushed(events), s.fills("", 0))
}

// agrees holds the pushes about one order against its query and its fills.
func (s *session) agrees(events []engine.Event, o order.Order) {
	s.Helper()
	var k num.Calc
	var filled num.Quantity
	var last order.Evidence
	var fills []order.Fill
	for i := range events {
		news := &events[i].Account
		switch {
		case events[i].Kind == engine.KindFill && news.Fill.ExchangeID == o.ExchangeID:
			fills = append(fills, news.Fill)
			filled = num.Add(&k, filled, news.Fill.Quantity)
		case events[i].Kind == engine.KindEvidence && news.Evidence.ClientID == o.ClientID:
			last = news.Evidence
			if last.Filled != filled && !s.rebates() {
				s.Errorf("order %s: pushed as filled with %s when fills of %s were pushed", o.ClientID, last.Filled, filled)
			}
		}
	}
	must(k.Err())
	asked := s.ask(o)
	asked.Source, asked.Asked, asked.At = last.Source, last.Asked, last.At
	if last.Source != order.FromPush || last != asked {
		s.Errorf("order %s: pushed last was\n%+v, asked for it is\n%+v", o.ClientID, last, asked)
	}
	queried := s.fills(o.ExchangeID, 0)
	if got, want := bare(fills), bare(queried); !s.told(got, want) {
		s.Errorf("order %s: fills pushed are\n%+v, asked for they are\n%+v", o.ClientID, got, want)
	}
}

// rebates reports whether a maker is paid: then a push, which tells an order's
// total fee, cannot always tell one fill's.
func (s *session) rebates() bool { return s.Maker.Sign() < 0 }

// told reports whether pushed fills are those that were asked for, in order;
// where makers are paid, some may be left out.
func (s *session) told(pushed, asked []order.Fill) bool {
	if !s.rebates() {
		return slices.Equal(pushed, asked)
	}
	for i := range asked {
		if len(pushed) > 0 && pushed[0] == asked[i] {
			pushed = pushed[1:]
		}
	}
	return len(pushed) == 0
}

// bare returns fills with what both a push and a query tell.
func bare(fills []order.Fill) []order.Fill {
	list := slices.Clone(fills)
	for i := range list {
		list[i].Maker, list[i].ClientID = false, ""
	}
	return list
}

func (s *session) balancesAgree(events []engine.Event) {
	s.Helper()
	last := map[string]order.Balance{}
	for _, ev := range of(events, engine.KindBalance) {
		last[ev.Account.Balance.Currency] = ev.Account.Balance
	}
	for _, want := range s.balances() {
		if got := last[want.Currency]; got != want {
			s.Errorf("balance pushed last is %+v, asked for it is %+v", got, want)
		}
	}
}

// foldsAlike books fills as pushed and as asked for, in either order: each
// counts once and the totals are the exchange's.
func (s *session) foldsAlike(pushed, asked []order.Fill) {
	s.Helper()
	for name, list := range map[string][]order.Fill{
		"pushed first": slices.Concat(pushed, asked), "asked first": slices.Concat(asked, pushed),
	} {
		ledger := portfolio.New([]string{name})
		for currency, amount := range s.before {
			ledger.SetBaseline(currency, amount)
		}
		booked := 0
		for i := range list {
			known, err := ledger.Known(&list[i])
			if err != nil {
				s.Errorf("%s: %v", name, err)
			}
			if known {
				continue
			}
			booked++
			if err := ledger.Apply(name, s.Instrument, list[i]); err != nil {
				s.Errorf("%s: %v", name, err)
			}
		}
		if booked != len(asked) || len(pushed) > len(asked) {
			s.Errorf("%s: %d fills were booked of %d pushed and %d asked for, want each once", name, booked, len(pushed), len(asked))
		}
		for currency, b := range s.balances() {
			if got := ledger.Balance(currency); got != b.Total {
				s.Errorf("%s: we count %s %s, the exchange %s", name, got, currency, b.Total)
			}
		}
	}
}
