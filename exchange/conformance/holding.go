package conformance

import (
	"context"

	"rulebot/engine"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// Holder has the exchange keep sales for the engine: live.Keeper.
type Holder interface {
	Hold(ctx context.Context, a risk.Approved) order.Result
	Release(ctx context.Context, h engine.HeldStop) order.Result
	Held(ctx context.Context, h engine.HeldStop) ([]engine.HeldRow, error)
}

// holding is what becomes of sales that the exchange keeps for the engine.
var holding = []conversation{
	{name: "a held stop waits, and holds nothing", needs: HoldsStops, run: heldWaits},
	{name: "a held stop sells when its price is reached", needs: HoldsStops, run: heldReached},
	{name: "a held stop that is released never trades", needs: HoldsStops, run: heldReleased},
	{name: "held stops are told apart", needs: HoldsStops, run: heldApart},
}

// hold has the exchange keep a sale of so many lots.
func (s *session) hold(ticks, lots int64) engine.HeldStop {
	s.Helper()
	r := s.x.Holder.Hold(s.ctx, s.approved(s.order(order.Sell, order.GTC, ticks, lots)))
	s.x.Market.Settle()
	if r.Class != order.Accepted || r.ExchangeID == "" {
		s.Fatalf("hold: got %+v, want it accepted with an id", r)
	}
	return engine.HeldStop{Instrument: s.Instrument.ID, ExchangeID: r.ExchangeID}
}

// held wants a stop to be listed once, with what was asked for, and returns it.
func (s *session) held(h engine.HeldStop, ticks, lots int64, want engine.HeldState) engine.HeldRow {
	s.Helper()
	rows, err := s.x.Holder.Held(s.ctx, h)
	if err != nil {
		s.Fatalf("held stops: %v", err)
	}
	var found []engine.HeldRow
	for _, r := range rows {
		if r.ExchangeID == h.ExchangeID {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		s.Fatalf("stop %s is listed %d times, want once: %+v", h.ExchangeID, len(found), rows)
	}
	r := found[0]
	if r.Side != order.Sell || r.Quantity != s.lots(lots) || r.Trigger != s.price(ticks) || r.State != want || r.At == 0 {
		s.Errorf("held is %+v, want a sale of %s at %s, state %d", r, s.lots(lots), s.price(ticks), want)
	}
	if over := want == engine.HeldOver; over != (r.Why != "") {
		s.Errorf("held is %+v, want a reason only when it is over", r)
	}
	return r
}

func heldWaits(s *session) {
	s.print()
	h := s.hold(-3, 500)
	s.held(h, -3, 500, engine.HeldLive)
	s.open()
	s.owns(num.Money{}, num.Money{})
	s.trade(-2, 10, false)
	s.held(h, -3, 500, engine.HeldLive)
}

func heldReached(s *session) {
	s.print()
	h := s.hold(-3, 3500)
	s.trade(-3, 10, false)
	r := s.held(h, -3, 3500, engine.HeldOver)
	if r.OrderID == "" {
		s.Fatalf("held is %+v, want the order that it placed", r)
	}
	o := order.Order{Intent: order.Intent{Instrument: s.Instrument.ID, Side: order.Sell}, ExchangeID: r.OrderID}
	s.traded(o, execution{-1, 3000, false}, execution{-2, 500, false})
	s.owns(num.Money{}, num.Money{})
	if r := s.x.Holder.Release(s.ctx, h); r.Class == order.Accepted {
		s.Errorf("releasing what was placed: got %+v", r)
	}
}

func heldReleased(s *session) {
	s.print()
	h := s.hold(-3, 500)
	if r := s.x.Holder.Release(s.ctx, h); r.Class != order.Accepted {
		s.Errorf("release: got %+v, want it accepted", r)
	}
	if r := s.x.Holder.Release(s.ctx, h); r.Class == order.Accepted || r.Class == order.NotSent {
		s.Errorf("release again: got %+v, want neither accepted nor unsent", r)
	}
	s.x.Market.Settle()
	if r := s.held(h, -3, 500, engine.HeldOver); r.OrderID != "" {
		s.Errorf("held is %+v, want no order of it", r)
	}
	s.trade(-4, 10, false)
	s.open()
	if all := s.fills("", 0); len(all) != 0 {
		s.Errorf("got fills %+v of a stop that was released", all)
	}
}

func heldApart(s *session) {
	s.print()
	var stops []engine.HeldStop
	for i := range int64(5) {
		stops = append(stops, s.hold(-3-i, 100+i))
	}
	s.trade(-5, 10, false) // three of them
	for i, h := range stops {
		state := engine.HeldLive
		if i < 3 {
			state = engine.HeldOver
		}
		s.held(h, -3-int64(i), 100+int64(i), state)
	}
}
