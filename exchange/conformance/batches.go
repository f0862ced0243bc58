package conformance

import (
	"context"

	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// Batches places and cancels several orders at once.
type Batches interface {
	SubmitBatch(ctx context.Context, batch []risk.Approved) []order.Result
	CancelBatch(ctx context.Context, orders []order.Order) []order.Result
}

// batching is what happens to several orders at once, and to one that is
// changed.
var batching = []conversation{
	{name: "each order of a batch has its own answer", run: batches},
	{name: "an amended order holds and trades as amended", needs: Amends, run: amends},
}

// approved says yes to an order of the suite.
func (s *session) approved(o order.Order) risk.Approved {
	s.Helper()
	a, no := approve(o)
	if no != nil {
		s.Fatalf("the suite's own order %+v was denied: %s %s", o, no.Code, no.Reason)
	}
	return a
}

func batches(s *session) {
	orders := []order.Order{
		s.order(order.Buy, order.GTC, -3, 1000),
		s.order(order.Buy, order.GTC, 1000, 10_000_000), // nobody owns so much
		s.order(order.Sell, order.GTC, 4, 700),
	}
	var list []risk.Approved
	for _, o := range orders {
		list = append(list, s.approved(o))
	}
	results := s.x.Batches.SubmitBatch(s.ctx, list)
	s.x.Market.Settle()
	for i, want := range []order.Class{order.Accepted, order.Rejected, order.Accepted} {
		if results[i].Class != want {
			s.Errorf("order %d of the batch: got %+v, want class %s", i, results[i], want)
		}
		orders[i].ExchangeID = results[i].ExchangeID
	}
	rest := []order.Order{orders[0], orders[2]}
	s.open(rest...)
	for i, r := range s.x.Batches.CancelBatch(s.ctx, rest) {
		if r.Class != order.Accepted {
			s.Errorf("cancel %d of the batch: got %+v, want it accepted", i, r)
		}
	}
	s.x.Market.Settle()
	s.open()
}

func amends(s *session) {
	o := s.place(order.Buy, order.GTC, -3, 1000)
	o.Price, o.Quantity = s.price(-4), s.lots(1500)
	if r := s.x.Amend(s.ctx, s.approved(o)); r.Class != order.Accepted {
		s.Fatalf("amend: got %+v, want it accepted", r)
	}
	s.x.Market.Settle()
	s.owns(s.lots(0).Money(), s.cost(-4, 1500))
	s.trade(-4, 90_000, false)
	s.trade(-5, 90_000, false)
	s.stands(o, order.Filled, 1500)
	s.open()
}
