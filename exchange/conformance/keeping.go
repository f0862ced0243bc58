package conformance

import (
	"context"
	"slices"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// Keeper gives approved orders into the exchange's keeping. An adapter refuses
// terms that its exchange does not have, as not sent.
type Keeper interface {
	// Keep gives an order away; the result has the id that it is kept under.
	Keep(ctx context.Context, a risk.Approved, t Terms) order.Result
	// Unkeep takes one back.
	Unkeep(ctx context.Context, instrument, id string, t Terms) order.Result
	// Kept returns what waits on an instrument with terms of the same sort.
	Kept(ctx context.Context, instrument string, t Terms) ([]Kept, error)
	// Ended asks for one that may not wait any more.
	Ended(ctx context.Context, instrument, id string, t Terms) (Kept, error)
}

// Leg is a price to wait for, and the limit of what is placed then; without
// one it is placed at the market.
type Leg struct{ Trigger, Limit num.Price }

// Terms are what becomes of a kept order. Stop alone is a stop; with Take it
// is a pair, with Callback a trail that begins at Stop's trigger, and with
// Part it rests in such parts near the best price.
type Terms struct {
	Stop, Take Leg
	Callback   num.Rate
	Part       num.Quantity
}

// Kept is an order that the exchange keeps or kept.
type Kept struct {
	ID         string
	ExchangeID string // of the newest order that it placed
	Side       order.Side
	Quantity   num.Quantity
	Waits      bool // it may still trade by itself
}

// keeping is what becomes of orders that the exchange keeps.
var keeping = []conversation{
	{name: "a kept stop waits, and holds nothing", needs: KeepsStops, run: stopWaits},
	{name: "a kept stop is placed when its price is reached", needs: KeepsStops, run: stopReached},
	{name: "a kept stop that is taken back never trades", needs: KeepsStops, run: stopTakenBack},
	{name: "a kept stop without funds places nothing", needs: KeepsStops, run: stopWithoutFunds},
	{name: "several kept stops are listed, and told apart", needs: KeepsStops, run: severalStops},
	{name: "terms worse than what was approved are not sent", needs: KeepsStops, run: worseTerms},
	{name: "of a kept pair one leg is placed", needs: KeepsPairs, run: onePairLeg},
	{name: "a kept trail follows the price", needs: KeepsTrails, run: trailFollows},
	{name: "an order kept in parts trades them all", needs: KeepsParts, run: partsTrade},
}

// terms returns usual terms of a sort, for selling.
func (s *session) terms(c Capability) Terms {
	stop := Leg{Trigger: s.price(-3), Limit: s.price(-6)}
	switch c {
	case KeepsPairs:
		return Terms{Stop: stop, Take: Leg{Trigger: s.price(8), Limit: s.price(6)}}
	case KeepsTrails:
		return Terms{Stop: Leg{Trigger: s.price(20)}, Callback: num.MustRate("0.01")}
	case KeepsParts:
		return Terms{Stop: Leg{Limit: s.price(-20)}, Part: s.lots(400)}
	default:
		return Terms{Stop: stop}
	}
}

// print lets the tape have a price for orders to wait from.
func (s *session) print() {
	s.x.Market.Trade(s.later(time.Second), market.Trade{Price: s.price(1), Size: s.lots(1), Buyer: true})
}

// give sells so many lots by terms and returns the answer.
func (s *session) give(lots int64, t Terms) order.Result {
	s.Helper()
	r := s.x.Keeper.Keep(s.ctx, s.approved(s.order(order.Sell, order.GTC, -20, lots)), t)
	s.x.Market.Settle()
	return r
}

// keeps reports whether the adapter sends terms at all.
func (s *session) keeps(t Terms) bool {
	s.Helper()
	s.print()
	return s.give(1000, t).Class != order.NotSent
}

// keep is give where the order must be taken.
func (s *session) keep(lots int64, t Terms) string {
	s.Helper()
	r := s.give(lots, t)
	if r.Class != order.Accepted || r.ExchangeID == "" {
		s.Fatalf("keep %+v: got %+v, want it accepted with an id", t, r)
	}
	return r.ExchangeID
}

// waiting wants exactly these to wait.
func (s *session) waiting(t Terms, want ...string) {
	s.Helper()
	list, err := s.x.Keeper.Kept(s.ctx, s.Instrument.ID, t)
	if err != nil {
		s.Fatalf("kept orders: %v", err)
	}
	var got []string
	for _, k := range list {
		if !k.Waits || k.Side != order.Sell {
			s.Errorf("kept order is %+v, want a sell that waits", k)
		}
		got = append(got, k.ID)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		s.Errorf("orders that wait: got %s, want %s", got, want)
	}
}

// placed wants one to have placed an order, and returns it.
func (s *session) placed(id string, t Terms) order.Order {
	s.Helper()
	k, err := s.x.Keeper.Ended(s.ctx, s.Instrument.ID, id, t)
	if err != nil || k.Waits || k.ExchangeID == "" || k.ID != id {
		s.Fatalf("kept order %s: got %+v, %v, want it to have placed an order", id, k, err)
	}
	return order.Order{Intent: order.Intent{Instrument: s.Instrument.ID, Side: order.Sell}, ExchangeID: k.ExchangeID}
}

func stopWaits(s *session) {
	s.print()
	id := s.keep(500, s.terms(KeepsStops))
	s.waiting(s.terms(KeepsStops), id)
	s.open()
	s.owns(num.Money{}, num.Money{})
	s.trade(-2, 10, false)
	s.waiting(s.terms(KeepsStops), id)
}

func stopReached(s *session) {
	s.print()
	t := s.terms(KeepsStops)
	id := s.keep(3500, t)
	s.trade(-3, 10, false)
	s.waiting(t)
	o := s.placed(id, t)
	s.traded(o, execution{-1, 3000, false}, execution{-2, 500, false})
	s.owns(num.Money{}, num.Money{})
	if r := s.x.Keeper.Unkeep(s.ctx, s.Instrument.ID, id, t); r.Class == order.Accepted {
		s.Errorf("taking back what was placed: got %+v", r)
	}
}

func stopTakenBack(s *session) {
	s.print()
	t := s.terms(KeepsStops)
	id := s.keep(500, t)
	if r := s.x.Keeper.Unkeep(s.ctx, s.Instrument.ID, id, t); r.Class != order.Accepted {
		s.Errorf("take back: got %+v, want it accepted", r)
	}
	if r := s.x.Keeper.Unkeep(s.ctx, s.Instrument.ID, id, t); r.Class == order.Accepted || r.Class == order.NotSent {
		s.Errorf("take back again: got %+v, want neither accepted nor unsent", r)
	}
	s.waiting(t)
	s.trade(-4, 10, false)
	s.open()
	if all := s.fills("", 0); len(all) != 0 {
		s.Errorf("got fills %+v of a stop that was taken back", all)
	}
}

func stopWithoutFunds(s *session) {
	s.print()
	t := s.terms(KeepsStops)
	id := s.keep(90_000, t)
	s.place(order.Sell, order.GTC, 50, 20_000) // what the stop would have needed
	s.trade(-3, 10, false)
	s.waiting(t)
	k, err := s.x.Keeper.Ended(s.ctx, s.Instrument.ID, id, t)
	if err != nil || k.Waits || k.ExchangeID != "" {
		s.Errorf("a stop without funds: got %+v, %v, want it ended without an order", k, err)
	}
	if all := s.fills("", 0); len(all) != 0 {
		s.Errorf("got fills %+v", all)
	}
}

func severalStops(s *session) {
	s.print()
	t := s.terms(KeepsStops)
	ids := map[int64]string{}
	for i := range int64(12) {
		t.Stop.Trigger = s.price(-3 - i)
		ids[i] = s.keep(100+i, t)
	}
	list, err := s.x.Keeper.Kept(s.ctx, s.Instrument.ID, t)
	if err != nil || len(list) != len(ids) {
		s.Fatalf("got %d kept orders, %v, want %d", len(list), err, len(ids))
	}
	for _, k := range list {
		for i, id := range ids {
			if k.ID == id && k.Quantity != s.lots(100+i) {
				s.Errorf("kept order %s is of %s, want %s", id, k.Quantity, s.lots(100+i))
			}
		}
	}
	s.trade(-5, 10, false) // three of them
	var left []string
	for i, id := range ids {
		if i > 2 {
			left = append(left, id)
		}
	}
	s.waiting(t, left...)
}

func worseTerms(s *session) {
	s.print()
	t := s.terms(KeepsStops)
	t.Stop.Limit = s.price(-21)
	if r := s.give(500, t); r.Class != order.NotSent {
		s.Errorf("a limit below what was approved: got %+v, want it not sent", r)
	}
	s.waiting(t)
}

func onePairLeg(s *session) {
	s.print()
	t := s.terms(KeepsPairs)
	first, second := s.keep(500, t), s.keep(600, t)
	s.waiting(t, first, second)
	s.requoteAround(9)
	s.trade(8, 10, true)
	s.waiting(t)
	s.traded(s.placed(first, t), execution{8, 500, false})
	s.traded(s.placed(second, t), execution{8, 600, false})
	s.trade(-4, 10, false)
	if all := s.fills("", 0); len(all) != 2 {
		s.Errorf("got %d fills, want one for each pair: %+v", len(all), all)
	}
}

// requoteAround makes a book of one level a side next to a price.
func (s *session) requoteAround(ticks int64) {
	s.x.Market.Book(s.later(time.Second), []market.Level{s.level(ticks-1, 9000)}, []market.Level{s.level(ticks+1, 9000)})
}

func trailFollows(s *session) {
	s.print()
	t := s.terms(KeepsTrails)
	id := s.keep(500, t)
	s.trade(-3, 10, false) // before it has begun
	s.waiting(t, id)
	s.trade(20, 10, true)
	s.trade(300, 10, true)
	s.requoteAround(250)
	s.trade(250, 10, false)
	s.waiting(t, id)
	s.requoteAround(150)
	s.trade(150, 10, false) // more than a hundredth below 300 ticks above the floor
	s.waiting(t)
	s.traded(s.placed(id, t), execution{149, 500, false})
}

func partsTrade(s *session) {
	s.print()
	t := s.terms(KeepsParts)
	id := s.keep(1000, t)
	for range 8 {
		s.trade(90, 5000, true)
	}
	k, err := s.x.Keeper.Ended(s.ctx, s.Instrument.ID, id, t)
	if err != nil || k.Waits {
		s.Errorf("after eight trades through its price: got %+v, %v", k, err)
	}
	var c num.Calc
	var sum num.Quantity
	all := s.fills("", 0)
	for i := range all {
		sum = num.Add(&c, sum, all[i].Quantity)
	}
	if sum != s.lots(1000) || len(all) < 2 {
		s.Errorf("got %s in %d fills, want %s in parts", sum, len(all), s.lots(1000))
	}
	s.open()
	s.owns(num.Money{}, num.Money{})
}
