package conformance

import (
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// placing is every time in force and what it does.
var placing = []conversation{
	{name: "an order rests and holds funds", run: rests},
	{name: "an order takes level after level", run: takes},
	{name: "an order fills in parts", run: fillsInParts},
	{name: "IOC: what does not trade ends", run: immediate},
	{name: "FOK: all or nothing", run: allOrNothing},
	{name: "post-only never takes", run: postOnly},
	{name: "fees are rounded up to the last digit", run: roundsFees},
}

func rests(s *session) {
	buy := s.place(order.Buy, order.GTC, -3, 1000)
	sell := s.place(order.Sell, order.GTC, 4, 700)
	s.stands(buy, order.Open, 0)
	s.stands(sell, order.Open, 0)
	s.open(buy, sell)
	s.traded(buy)
	s.owns(s.lots(700).Money(), s.cost(-3, 1000))
	s.cancel(buy, order.Accepted)
	s.owns(s.lots(700).Money(), num.Money{})
}

func takes(s *session) {
	buy := s.place(order.Buy, order.GTC, 2, 5000)
	s.stands(buy, order.Filled, 5000)
	s.traded(buy, execution{1, 2000, false}, execution{2, 3000, false})
	sell := s.place(order.Sell, order.GTC, -2, 4000)
	s.stands(sell, order.Filled, 4000)
	s.traded(sell, execution{-1, 3000, false}, execution{-2, 1000, false})
	s.open()
	s.owns(num.Money{}, num.Money{})
	// What was taken is gone: the next order finds what is left.
	rest := s.place(order.Buy, order.IOC, 2, 9000)
	s.traded(rest, execution{2, 1000, false})
}

func fillsInParts(s *session) {
	o := s.place(order.Buy, order.GTC, 1, 6000)
	s.stands(o, order.Partial, 2000)
	s.open(o)
	s.owns(num.Money{}, s.cost(1, 4000))
	s.trade(1, 1500, false)
	s.stands(o, order.Partial, 3500)
	s.owns(num.Money{}, s.cost(1, 2500))
	s.trade(0, 9000, false)
	s.stands(o, order.Filled, 6000)
	s.traded(o, execution{1, 2000, false}, execution{1, 1500, true}, execution{1, 2500, true})
	s.open()
	s.owns(num.Money{}, num.Money{})
}

// trade prints a market trade a second later.
func (s *session) trade(ticks, lots int64, buyer bool) {
	s.x.Market.Trade(s.later(time.Second), market.Trade{Price: s.price(ticks), Size: s.lots(lots), Buyer: buyer})
}

func immediate(s *session) {
	some := s.place(order.Sell, order.IOC, -1, 5000)
	s.stands(some, order.Canceled, 3000)
	s.traded(some, execution{-1, 3000, false})
	none := s.place(order.Sell, order.IOC, 0, 5000)
	s.stands(none, order.Canceled, 0)
	s.traded(none)
	all := s.place(order.Buy, order.IOC, 5, 100)
	s.stands(all, order.Filled, 100)
	s.traded(all, execution{1, 100, false}) // at the price shown, not at the limit
	s.open()
	s.owns(num.Money{}, num.Money{})
}

func allOrNothing(s *session) {
	large := s.place(order.Buy, order.FOK, 2, 6001)
	s.stands(large, order.Canceled, 0)
	s.traded(large)
	s.owns(num.Money{}, num.Money{})
	fits := s.place(order.Buy, order.FOK, 2, 6000)
	s.stands(fits, order.Filled, 6000)
	s.traded(fits, execution{1, 2000, false}, execution{2, 4000, false})
	s.open()
	s.owns(num.Money{}, num.Money{})
}

func postOnly(s *session) {
	crosses := s.place(order.Buy, order.PostOnly, 1, 500)
	s.stands(crosses, order.Canceled, 0)
	s.traded(crosses)
	s.owns(num.Money{}, num.Money{})
	stays := s.place(order.Buy, order.PostOnly, 0, 500)
	s.stands(stays, order.Open, 0)
	s.trade(0, 500, false)
	s.stands(stays, order.Filled, 500)
	s.traded(stays, execution{0, 500, true})
	s.owns(num.Money{}, num.Money{})
}

// roundsFees trades odd quantities, whose fees have more digits than fees may.
func roundsFees(s *session) {
	for i, lots := range []int64{1237, 7, 333, 29} {
		sell := s.place(order.Sell, order.IOC, -2, lots)
		s.traded(sell, execution{-1, lots, false})
		buy := s.place(order.Buy, order.IOC, 2, lots+int64(i))
		s.traded(buy, execution{1, lots + int64(i), false})
	}
	s.owns(num.Money{}, num.Money{})
}

// cancelling is what a cancel proves.
var cancelling = []conversation{
	{name: "cancel and cancel twice", run: cancelsTwice},
	{name: "cancel of a filled order", run: cancelsFilled},
	{name: "cancel by client id", run: cancelsByClientID},
	{name: "cancel after a partial fill", run: cancelsPartial},
	{name: "cancel of an unknown order", run: cancelsUnknown},
}

func cancelsTwice(s *session) {
	o := s.place(order.Sell, order.GTC, 3, 1000)
	s.cancel(o, order.Accepted)
	s.stands(o, order.Canceled, 0)
	s.open()
	s.owns(num.Money{}, num.Money{})
	s.cancel(o, order.Gone)
	s.stands(o, order.Canceled, 0)
}

func cancelsFilled(s *session) {
	o := s.place(order.Buy, order.GTC, 1, 1000)
	s.cancel(o, order.Gone)
	s.stands(o, order.Filled, 1000)
	s.owns(num.Money{}, num.Money{})
}

func cancelsByClientID(s *session) {
	o := s.place(order.Sell, order.GTC, 3, 1000)
	nameless := o
	nameless.ExchangeID = ""
	s.cancel(nameless, order.Accepted)
	s.stands(o, order.Canceled, 0)
}

func cancelsPartial(s *session) {
	o := s.place(order.Buy, order.GTC, 1, 5000)
	s.cancel(o, order.Accepted)
	s.stands(o, order.Canceled, 2000)
	s.traded(o, execution{1, 2000, false})
	s.owns(num.Money{}, num.Money{})
}

func cancelsUnknown(s *session) {
	o := s.order(order.Buy, order.GTC, -3, 1000)
	s.cancel(o, order.Gone)
	if ev := s.ask(o); !ev.Missing || ev.ClientID != o.ClientID || ev.Instrument != o.Instrument || ev.ExchangeID != "" {
		s.Errorf("query of an unknown order: got %+v, want it missing", ev)
	}
}

// refusing is what the exchange does not take.
var refusing = []conversation{
	{name: "not enough quote currency", run: refusal(func(s *session, o *order.Order) { o.Quantity = s.lots(5_000_000) })},
	{name: "not enough base currency", run: refusal(func(s *session, o *order.Order) {
		o.Side, o.Price, o.Quantity = order.Sell, s.price(9), s.lots(100_001)
	})},
	{name: "below the minimum", run: refusal(func(s *session, o *order.Order) { o.Quantity = s.lots(1) })},
	{name: "off the tick", run: refusal(func(s *session, o *order.Order) { o.Price = half(s.price(-3), s.Instrument.Tick) })},
	{name: "off the lot", run: refusal(func(s *session, o *order.Order) { o.Quantity = half(s.lots(1000), s.Instrument.Lot) })},
	{name: "an unknown instrument", run: refusal(func(_ *session, o *order.Order) { o.Instrument = "NOPE-NONE" })},
	{name: "a wrong secret", run: wrongSecret},
	{name: "a wrong clock", run: wrongClock},
}

// half returns a plus half a step.
func half[U num.Unit](a, step num.Amount[U]) num.Amount[U] {
	var k num.Calc
	b := num.Add(&k, a, num.Mul(&k, step, num.MustRate("0.5")))
	must(k.Err())
	return b
}

// refusal sends an order that must be refused for good, and leaves nothing.
func refusal(spoil func(s *session, o *order.Order)) func(*session) {
	return func(s *session) {
		o := s.order(order.Buy, order.GTC, -3, 1000)
		spoil(s, &o)
		r := s.send(s.x.Orders, o)
		mild := r.Halt == order.HaltNone || r.Halt == order.HaltFunds || r.Halt == order.HaltInstrument && o.Instrument != s.Instrument.ID
		if r.Class != order.Rejected || r.Code == "" || r.Message == "" || !mild {
			s.Errorf("got %+v, want it rejected with a code and no halt, but that funds or the instrument may be lacking", r)
		}
		s.leftNothing(o)
	}
}

func (s *session) leftNothing(o order.Order) {
	s.Helper()
	s.open()
	s.owns(num.Money{}, num.Money{})
	if o.Instrument != s.Instrument.ID {
		return
	}
	if ev := s.ask(o); !ev.Missing {
		s.Errorf("after the refusal the exchange has %+v", ev)
	}
}

func wrongSecret(s *session) {
	orders, private := s.x.Stranger(WrongSecret)
	o := s.order(order.Buy, order.GTC, -3, 1000)
	if r := s.send(orders, o); r.Class != order.Rejected || r.Halt != order.HaltAuth {
		s.Errorf("submit: got %+v, want it rejected with a halt of everything", r)
	}
	if r := orders.Cancel(s.ctx, o); r.Class != order.Rejected || r.Halt != order.HaltAuth {
		s.Errorf("cancel: got %+v, want it rejected with a halt of everything", r)
	}
	if ev, err := orders.Order(s.ctx, o, s.now); err == nil {
		s.Errorf("query: got %+v, want an error", ev)
	}
	w := s.watch(private)
	if err := w.ended(); err == nil {
		s.Error("private stream: it goes on, want an error that no reconnecting mends")
	}
	s.leftNothing(o)
}

func wrongClock(s *session) {
	orders, _ := s.x.Stranger(WrongClock)
	o := s.order(order.Buy, order.GTC, -3, 1000)
	if r := s.send(orders, o); r.Class == order.Accepted || r.Class == order.NotSent || r.Halt != order.HaltClock {
		s.Errorf("submit: got %+v, want it not accepted, and the clock halt", r)
	}
	s.leftNothing(o)
}
