package sim_test

import (
	"math/big"
	"testing"
	"time"

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
	parts   map[string]string // orders of those that trade in parts, and whose they are
}

type watched struct {
	r       sim.AlgoRequest
	since   num.Price // last price when it began to wait; zero is none
	best    *big.Rat  // of a trail that has begun
	reached bool
}

// trails follows a trail: it begins at its trigger, and is reached when the
// price is back from its best by the callback.
func (o *watched) trails(p num.Price) {
	price, start := rat(p.String()), rat(o.r.Stop.Trigger.String())
	away := 1 // of the price from what it began with
	if o.r.Side == order.Buy {
		away = -1
	}
	if o.best == nil && price.Cmp(start)*away < 0 {
		return
	}
	if o.best == nil || price.Cmp(o.best)*away > 0 {
		o.best = price
	}
	back := new(big.Rat).Sub(rat("1"), new(big.Rat).Mul(rat(o.r.Callback.String()), big.NewRat(int64(away), 1)))
	if price.Cmp(back.Mul(back, o.best))*away <= 0 {
		o.reached = true
	}
}

// print marks the orders that a print reaches.
func (w *watcher) print(p num.Price) {
	for _, o := range w.waiting {
		if o.r.Kind == sim.AlgoTrail {
			o.trails(p)
		}
		if o.r.Kind != sim.AlgoTrigger && o.r.Kind != sim.AlgoPair {
			continue
		}
		up := o.r.Side == order.Buy
		pair := o.r.Kind == sim.AlgoPair
		if !pair {
			if o.since.IsZero() {
				o.since = p
			}
			up = o.since.Less(o.r.Stop.Trigger)
		}
		stop, take := o.r.Stop.Trigger, o.r.Take.Trigger
		if up && !p.Less(stop) || !up && !stop.Less(p) || pair && (up && !take.Less(p) || !up && !p.Less(take)) {
			o.reached = true
		}
	}
	w.last = p
}

// read follows the news of one operation.
func (w *watcher) read(t *rapid.T, news []sim.News) {
	for i := range news {
		n := &news[i]
		if n.Kind == sim.NewsTrade {
			w.print(n.Trade.Price)
		}
		if n.Kind != sim.NewsAlgo {
			continue
		}
		o := w.waiting[n.Algo.ID]
		if o == nil && n.Algo.State == sim.AlgoWaiting {
			o = &watched{r: n.Algo.AlgoRequest, since: w.last}
			w.waiting[n.Algo.ID] = o
		}
		if o == nil {
			t.Fatalf("%+v: it had ended", n.Algo)
		}
		if inParts(&o.r) {
			w.parts[n.Algo.OrderID] = n.Algo.ID
		} else if n.Algo.State != sim.AlgoWaiting && !o.reached && n.Algo.Reason != sim.ByUser {
			t.Fatalf("%+v: no print has reached it", n.Algo)
		}
		if n.Algo.State == sim.AlgoEffective || n.Algo.State == sim.AlgoCanceled || n.Algo.State == sim.AlgoFailed {
			delete(w.waiting, n.Algo.ID)
		}
	}
	for id, o := range w.waiting {
		if o.reached {
			t.Fatalf("algo order %s %+v was reached and still waits", id, o.r)
		}
	}
}

func inParts(r *sim.AlgoRequest) bool { return r.Kind == sim.AlgoIceberg || r.Kind == sim.AlgoSweep }

// check holds what is true of every order that trades in parts: what it traded
// is what its parts traded, none of them is beyond its limit or larger than it
// may be, and none is in the book but an iceberg's newest.
func (w *watcher) check(t *rapid.T, x *sim.Exchange, account string) {
	all, dealt := map[string]sim.Algo{}, map[string]*big.Rat{}
	for _, a := range x.Algos(account, coarse.ID, func(a *sim.Algo) bool { return inParts(&a.AlgoRequest) }) {
		all[a.ID], dealt[a.ID] = a, new(big.Rat)
	}
	for _, o := range x.Orders(account, coarse.ID, nil) {
		id, part := w.parts[o.ID]
		if !part {
			continue
		}
		a := all[id]
		dealt[id].Add(dealt[id], rat(o.Filled.String()))
		most := rat(a.Part.String())
		if a.Kind == sim.AlgoIceberg { // a tenth more, and what could not be traded alone
			most.Mul(most, rat("1.1")).Add(most, rat(coarse.Min.String()))
		}
		beyond := a.Side == order.Buy && a.Limit.Less(o.Price) || a.Side == order.Sell && o.Price.Less(a.Limit)
		rests := o.State == order.Open || o.State == order.Partial
		may := a.Kind == sim.AlgoIceberg && a.OrderID == o.ID && (a.State == sim.AlgoWaiting || a.State == sim.AlgoPartly)
		if beyond || rat(o.Quantity.String()).Cmp(most) > 0 || rests && !may {
			t.Fatalf("%+v placed %+v", a, o)
		}
	}
	for id, a := range all {
		if dealt[id].Cmp(rat(a.Dealt.String())) != 0 || dealt[id].Cmp(rat(a.Size.String())) > 0 {
			t.Fatalf("%+v: its parts traded %s", a, dealt[id].FloatString(8))
		}
		missing := new(big.Rat).Sub(rat(a.Size.String()), dealt[id])
		if a.State == sim.AlgoEffective && missing.Cmp(rat(coarse.Min.String())) >= 0 {
			t.Fatalf("%+v: done, and %s is missing", a, missing.FloatString(8))
		}
	}
}

// TestAlgosFollowTheTape places algo orders into random streams of orders and
// trades, and watches that nothing is made or lost by them.
func TestAlgosFollowTheTape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPair(t, sim.Fees{Maker: num.MustRate("0.001"), Taker: num.MustRate("0.002")})
		draw := func(bound int) int { return rapid.IntRange(0, bound-1).Draw(t, "n") }
		w := watcher{waiting: map[string]*watched{}, parts: map[string]string{}}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			p.now = p.now.Add(time.Duration(1+draw(3)) * time.Second)
			switch draw(7) {
			case 6:
				p.x.Elapse(p.now)
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
			for _, u := range users {
				w.check(t, p.x, u)
			}
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
		Kind: sim.AlgoTrigger, Account: users[draw(len(users))], Instrument: coarse.ID, Side: order.Buy + order.Side(draw(2)),
		Size: num.MoneyOf(int64(2+draw(20)), 3), Stop: sim.Leg{Trigger: num.PriceOf(ticks(draw), 2)},
	}
	r.Stop.Price = num.PriceOf(ticks(draw), 2)
	if draw(3) == 0 && r.Side == order.Sell {
		r.Stop.Price = num.Price{}
	}
	switch limit := num.PriceOf(ticks(draw), 2); draw(6) {
	case 0:
		r.Kind, r.Stop.Price, r.Callback = sim.AlgoTrail, num.Price{}, num.MustRate("0.0004")
	case 1:
		r.Kind, r.Part, r.Limit = sim.AlgoIceberg, num.QuantityOf(int64(2+draw(6)), 3), limit
		r.Distance = num.MustRate("0.0002")
	case 2:
		r.Kind, r.Part, r.Limit = sim.AlgoSweep, num.QuantityOf(int64(2+draw(6)), 3), limit
		r.Distance, r.Ratio, r.Interval = num.MustRate("0.0005"), num.MustRate("0.4"), time.Duration(1+draw(4))*time.Second
	case 3, 4:
		r.Kind, r.Take = sim.AlgoPair, sim.Leg{Trigger: num.PriceOf(ticks(draw), 2), Price: num.PriceOf(ticks(draw), 2)}
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
