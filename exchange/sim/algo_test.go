package sim_test

import (
	"testing"

	"pgregory.net/rapid"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

// watcher judges algo orders by the tape alone: each is due with the first
// print that reaches it, no earlier and no later.
type watcher struct {
	last    num.Price
	waiting map[string]*watched
}

type watched struct {
	r       sim.AlgoRequest
	since   num.Price // last price when it began to wait; zero is none
	reached bool
}

// print marks the orders that a print reaches.
func (w *watcher) print(p num.Price) {
	for _, o := range w.waiting {
		up := o.r.Side == order.Buy
		if !o.r.Pair {
			if o.since.IsZero() {
				o.since = p
			}
			up = o.since.Less(o.r.Stop.Trigger)
		}
		stop, take := o.r.Stop.Trigger, o.r.Take.Trigger
		if up && !p.Less(stop) || !up && !stop.Less(p) || o.r.Pair && (up && !take.Less(p) || !up && !p.Less(take)) {
			o.reached = true
		}
	}
	w.last = p
}

// read follows the news of one operation.
func (w *watcher) read(t *rapid.T, news []sim.News) {
	for i := range news {
		n := &news[i]
		switch {
		case n.Kind == sim.NewsTrade:
			w.print(n.Trade.Price)
		case n.Kind == sim.NewsAlgo && n.Algo.State == sim.AlgoWaiting:
			w.waiting[n.Algo.ID] = &watched{r: n.Algo.AlgoRequest, since: w.last}
		case n.Kind == sim.NewsAlgo:
			if o := w.waiting[n.Algo.ID]; o == nil || !o.reached && n.Algo.Reason != sim.ByUser {
				t.Fatalf("%+v: no print has reached it", n.Algo)
			}
			delete(w.waiting, n.Algo.ID)
		}
	}
	for id, o := range w.waiting {
		if o.reached {
			t.Fatalf("algo order %s %+v was reached and still waits", id, o.r)
		}
	}
}

// TestAlgosFollowTheTape places algo orders into random streams of orders and
// trades, and watches that nothing is made or lost by them.
func TestAlgosFollowTheTape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPair(t, sim.Fees{Maker: num.MustRate("0.001"), Taker: num.MustRate("0.002")})
		draw := func(bound int) int { return rapid.IntRange(0, bound-1).Draw(t, "n") }
		w := watcher{waiting: map[string]*watched{}}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			p.now++
			switch draw(6) {
			case 0, 1:
				placeAlgo(p, draw)
			case 2:
				restOrder(p, draw)
			case 3:
				bid := ticks(draw)
				if err := p.x.Quote(coarse.ID, p.now, market.Quote{
					Bid: num.PriceOf(bid, 2), BidSize: num.MustQuantity("0.02"),
					Ask: num.PriceOf(bid+2, 2), AskSize: num.MustQuantity("0.02"),
				}); err != nil {
					t.Fatalf("quote: %v", err)
				}
			default:
				trade := market.Trade{Price: num.PriceOf(ticks(draw), 2), Size: num.MustQuantity("0.004"), Buyer: draw(2) == 0}
				if _, err := p.x.Trade(coarse.ID, p.now, trade); err != nil {
					t.Fatalf("trade: %v", err)
				}
			}
			w.read(t, p.x.Drain())
			list, err := p.x.Audit()
			for _, h := range list {
				var c num.Calc
				if sum := num.Add(&c, num.Add(&c, h.Users, h.Market), h.Fees); err != nil || sum != h.Deposited {
					t.Fatalf("audit: %+v sums to %s, error %v", h, sum, err)
				}
			}
		}
	})
}

func placeAlgo(p *pair, draw source) {
	r := sim.AlgoRequest{
		Account: users[draw(len(users))], Instrument: coarse.ID, Side: order.Buy + order.Side(draw(2)),
		Size: num.MoneyOf(int64(2+draw(20)), 3), Stop: sim.Leg{Trigger: num.PriceOf(ticks(draw), 2)},
	}
	r.Stop.Price = num.PriceOf(ticks(draw), 2)
	if draw(3) == 0 && r.Side == order.Sell {
		r.Stop.Price = num.Price{}
	}
	if draw(2) == 0 {
		r.Pair, r.Take = true, sim.Leg{Trigger: num.PriceOf(ticks(draw), 2), Price: num.PriceOf(ticks(draw), 2)}
	}
	a, no := p.x.SubmitAlgo(p.now, r) // some pairs are upside down
	if no == nil && draw(5) == 0 {
		p.x.CancelAlgo(p.now, r.Account, coarse.ID, a.ID)
	}
}

func restOrder(p *pair, draw source) {
	p.x.Submit(p.now, sim.Request{ // funds may lack
		Account: users[draw(len(users))], Instrument: coarse.ID, Side: order.Buy + order.Side(draw(2)),
		Price: num.PriceOf(ticks(draw), 2), Quantity: num.MustQuantity("0.01"),
	})
}
