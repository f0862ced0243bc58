package conformance

import (
	"slices"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// bars is how many minutes of history an exchange has in the suite: more than
// two pages of the exchange with the smallest pages.
const bars = 450

// reading is what queries answer.
var reading = []conversation{
	{name: "an order that never was is missing", run: missing},
	{name: "the instrument is listed", run: listed},
	{name: "many open orders", open: deep, run: manyOpen},
	{name: "many fills", open: deep, run: manyFills},
	{name: "fills of one order and since a time", run: someFills},
	{name: "bars over several pages", open: past, run: pastBars},
	{name: "bars on both sides of an outage", open: outage, run: barsAroundOutage},
	{name: "longer bars", open: past, run: longerBars},
	{name: "days and weeks begin at midnight UTC", open: longPast, run: midnightBars},
}

func missing(s *session) {
	o := s.order(order.Buy, order.GTC, -3, 1000)
	ev := s.ask(o)
	want := order.Evidence{Source: order.FromQuery, Asked: ev.Asked, Instrument: o.Instrument, ClientID: o.ClientID, Missing: true}
	if ev != want {
		s.Errorf("got %+v, want %+v", ev, want)
	}
	s.open()
	s.traded(order.Order{ExchangeID: "1234567890123456"})
}

func listed(s *session) {
	all, err := s.x.History.Instruments(s.ctx)
	if err != nil {
		s.Fatalf("instruments: %v", err)
	}
	if !slices.Contains(all, s.Instrument) {
		s.Errorf("listed are %+v, want %+v among them", all, s.Instrument)
	}
}

// levels is how many levels the deep market has: its fills and orders take
// more than a page of a hundred rows.
const levels = 110

func deep(c *Case, o *Opening) {
	o.Asks = nil
	for i := range int64(levels) {
		o.Asks = append(o.Asks, c.level(i+1, 10+i))
	}
}

func manyOpen(s *session) {
	var all []order.Order
	for i := range int64(levels) {
		all = append(all, s.place(order.Buy, order.GTC, -10-i, 10))
		if i%20 == 0 { // exchanges limit how fast orders come
			s.requote()
		}
	}
	s.open(all...)
	s.cancel(all[0], order.Accepted)
	s.open(all[1:]...)
}

// requote lets some seconds pass.
func (s *session) requote() {
	o := s.opening()
	s.x.Market.Book(s.later(3*time.Second), o.Bids, o.Asks)
}

func manyFills(s *session) {
	o := s.place(order.Buy, order.IOC, levels, 100_000)
	var want []execution
	var lots int64
	for i := range int64(levels) {
		want = append(want, execution{i + 1, 10 + i, false})
		lots += 10 + i
	}
	s.stands(o, order.Canceled, lots)
	s.traded(o, want...)
	s.owns(num.Money{}, num.Money{})
}

func someFills(s *session) {
	first := s.place(order.Buy, order.IOC, 2, 3000)
	s.x.Market.Trade(s.later(time.Minute), market.Trade{Price: s.price(2), Size: s.lots(1), Buyer: true})
	second := s.place(order.Sell, order.IOC, -1, 500)
	s.traded(first, execution{1, 2000, false}, execution{2, 1000, false})
	s.traded(second, execution{-1, 500, false})
	if all := s.fills("", 0); len(all) != 3 {
		s.Errorf("got %d fills of all orders, want 3: %+v", len(all), all)
	}
	if late := s.fills("", s.now); len(late) != 1 || late[0].ExchangeID != second.ExchangeID {
		s.Errorf("since %s: got %+v, want the fill of the second order", s.now, late)
	}
	// Exchanges cut times to the millisecond: the fill may have been a little later.
	if same := s.fills("", s.now.Add(999*time.Microsecond)); len(same) != 1 {
		s.Errorf("since a part of the fill's own millisecond: got %+v, want the fill", same)
	}
	if none := s.fills(first.ExchangeID, s.now); len(none) != 0 {
		s.Errorf("since %s: got %+v of the first order, want none", s.now, none)
	}
}

// past gives the exchange a history of minutes.
func past(c *Case, o *Opening) {
	for i := range int64(bars) {
		o.History = append(o.History, c.bar(o.At.Add(time.Duration(i-bars)*time.Minute), i))
	}
}

// bar is a bar that differs from its neighbours in every number.
func (c *Case) bar(open market.Time, i int64) market.Bar {
	return market.Bar{
		Open: open, Timeframe: market.Minute, O: c.price(i), H: c.price(i + 9), L: c.price(i - 4), C: c.price(i + 1),
		Volume: c.lots(1000 + i),
	}
}

func pastBars(s *session) {
	history := s.opening()
	past(s.Case, &history)
	all := history.History
	minutes := market.Series{Instrument: s.Instrument.ID, Timeframe: market.Minute}
	// A minute is under way when bars are asked for: it is none of them.
	next := s.bar(begin, bars)
	s.now = next.Close()
	s.x.Market.Bar(next)
	all = append(all, next)
	for _, ask := range []struct {
		n     int
		until market.Time
		want  []market.Bar
	}{
		{1, s.now, all[bars:]},
		{201, s.now, all[bars-200:]},
		{bars + 1, s.now, all},
		{bars + 1000, s.now, all},
		{bars + 1, s.now.Add(30 * time.Second), all},
		{300, begin, all[bars-300 : bars]},
		{10, begin.Add(59 * time.Second), all[bars-10 : bars]},
		{5, all[0].Open, nil},
		{0, s.now, nil},
	} {
		s.requote() // exchanges limit how fast questions come
		got, err := s.x.History.Bars(s.ctx, minutes, ask.n, ask.until)
		if err != nil {
			s.Errorf("%d bars until %s: %v", ask.n, ask.until, err)
		}
		if !slices.Equal(got, ask.want) {
			s.Errorf("%d bars until %s: got %d bars %s, want %d %s", ask.n, ask.until, len(got), span(got), len(ask.want), span(ask.want))
		}
	}
}

// outage is a history without some hours: the exchange was closed.
func outage(c *Case, o *Opening) {
	past(c, o)
	o.History = slices.Delete(o.History, outageFrom, outageTo)
}

// An outage of more than a page, between two parts that are smaller than one.
const (
	outageFrom = 60
	outageTo   = 350
)

func barsAroundOutage(s *session) {
	o := s.opening()
	outage(s.Case, &o)
	minutes := market.Series{Instrument: s.Instrument.ID, Timeframe: market.Minute}
	const n = bars - outageTo + 20
	got, err := s.x.History.Bars(s.ctx, minutes, n, s.now)
	if err != nil {
		s.Fatalf("bars: %v", err)
	}
	if want := o.History[len(o.History)-n:]; !slices.Equal(got, want) {
		s.Errorf("%d bars around an outage: got %d bars %s, want %s", n, len(got), span(got), span(want))
	}
}

// span says from when to when bars are.
func span(list []market.Bar) string {
	if len(list) == 0 {
		return "none"
	}
	return list[0].Open.String() + " to " + list[len(list)-1].Open.String()
}

func longerBars(s *session) {
	history := s.opening()
	past(s.Case, &history)
	five := market.Series{Instrument: s.Instrument.ID, Timeframe: 5 * market.Minute}
	got, err := s.x.History.Bars(s.ctx, five, 3, s.now)
	if err != nil {
		s.Fatalf("bars: %v", err)
	}
	want := make([]market.Bar, 0, 3)
	for i := bars - 15; i < bars; i += 5 {
		want = append(want, merged(five.Timeframe, history.History[i:i+5]))
	}
	if !slices.Equal(got, want) {
		s.Errorf("bars of five minutes are\n%+v, want\n%+v", got, want)
	}
}

// longPast gives the exchange a history of minutes that begins with the week
// before.
func longPast(c *Case, o *Opening) {
	first := market.Week.Open(o.At).Add(-market.Week.Duration())
	for i := range int64(o.At.Sub(first) / time.Minute) {
		o.History = append(o.History, c.bar(first.Add(time.Duration(i)*time.Minute), i))
	}
}

func midnightBars(s *session) {
	history := s.opening()
	longPast(s.Case, &history)
	for _, tf := range [...]market.Timeframe{6 * market.Hour, 12 * market.Hour, market.Day, market.Week} {
		s.requote() // exchanges limit how fast questions come
		got, err := s.x.History.Bars(s.ctx, market.Series{Instrument: s.Instrument.ID, Timeframe: tf}, 1, s.now)
		to := tf.Open(s.now)
		first := history.History[0].Open
		part := history.History[to.Sub(first)/time.Minute-tf.Duration()/time.Minute : to.Sub(first)/time.Minute]
		if want := merged(tf, part); err != nil || len(got) != 1 || got[0] != want {
			s.Errorf("the last bar of %s is %+v, %v, want %+v", tf, got, err, want)
		}
	}
}

// merged makes one bar of several.
func merged(tf market.Timeframe, part []market.Bar) market.Bar {
	var k num.Calc
	m := part[0]
	m.Timeframe, m.C = tf, part[len(part)-1].C
	for i := range part[1:] {
		b := &part[i+1]
		m.H, m.L, m.Volume = m.H.Max(b.H), m.L.Min(b.L), num.Add(&k, m.Volume, b.Volume)
	}
	must(k.Err())
	return m
}
