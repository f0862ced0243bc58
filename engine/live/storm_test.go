package live_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

var seeds = flag.Int("seeds", 40, "random runs of a live loop")

// storm is an exchange on a bad day, with books of its own: answers are late
// or lost, pushes and questions fail, streams break. What it did is the truth
// that the bot must find out.
type storm struct {
	t      *testing.T
	r      *rig
	mu     sync.Mutex
	random *rand.Rand
	calm   bool
	orders map[string]*order.Order // that reached the exchange, as they are there
	fills  map[string]order.Fill   // by exchange id
	usd    num.Money
	base   map[string]num.Quantity
}

func newStorm(t *testing.T, r *rig, seed uint64) *storm {
	s := &storm{
		t: t, r: r, random: rand.New(rand.NewPCG(seed, 1)), orders: map[string]*order.Order{},
		fills: map[string]order.Fill{}, usd: num.MustMoney("100000"), base: map[string]num.Quantity{},
	}
	r.x.submit, r.x.cancel, r.x.query = s.submit, s.cancel, s.query
	r.x.fills, r.x.balances = s.read, s.balances
	r.x.open = func() ([]order.Evidence, error) { return nil, s.trouble() }
	return s
}

// chance is true in so many percent of the cases while it storms.
func (s *storm) chance(percent int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.calm && s.random.IntN(100) < percent
}

// dawdle takes up to so long.
func (s *storm) dawdle(most time.Duration) {
	s.mu.Lock()
	d := time.Duration(s.random.Int64N(int64(most)))
	if s.calm {
		d = time.Millisecond
	}
	s.mu.Unlock()
	pause(d)
}

func (s *storm) trouble() error {
	s.dawdle(2 * time.Second)
	if s.chance(30) {
		return errors.New("503")
	}
	return nil
}

func (s *storm) submit(o order.Order) order.Result {
	if !s.r.journal.intends(o.ClientID, func(o *order.Order) bool { return o.State == order.Intended }) {
		s.t.Errorf("order %s left and its intent is not durable", o.ClientID)
	}
	s.dawdle(100 * time.Millisecond)
	switch {
	case s.chance(10):
		return order.Result{Class: order.NotSent, Message: "no connection"}
	case s.chance(10):
		return order.Result{Class: order.Rejected, Code: "33017", Message: "no"}
	case s.chance(15):
		return order.Result{Class: order.Unknown, Message: "lost on its way there"}
	}
	filled := s.execute(o)
	s.push(filled)
	s.dawdle(3 * time.Second)
	if s.chance(15) {
		return order.Result{Class: order.Unknown, Message: "lost on its way back"}
	}
	return order.Result{Class: order.Accepted, ExchangeID: filled.ExchangeID}
}

// execute books an order at the exchange: all of it or nothing.
func (s *storm) execute(o order.Order) order.Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.orders[o.ClientID] != nil {
		s.t.Errorf("order %s reached the exchange twice", o.ClientID)
	}
	o.ExchangeID, o.State = fmt.Sprint(1000+len(s.orders)), order.Canceled
	if s.random.IntN(4) > 0 {
		o.State, o.Filled = order.Filled, o.Quantity
		f := fillOf(&o, s.r.clock.Now())
		s.fills[o.ExchangeID] = f
		s.move(&f)
	}
	s.orders[o.ClientID] = &o
	return o
}

func (s *storm) move(f *order.Fill) {
	var c num.Calc
	cost := num.Cost(&c, f.Price, f.Quantity)
	if f.Side == order.Buy {
		s.usd = num.Sub(&c, s.usd, cost)
		s.base[f.Instrument] = num.Add(&c, s.base[f.Instrument], f.Quantity)
	} else {
		s.usd = num.Add(&c, s.usd, cost)
		s.base[f.Instrument] = num.Sub(&c, s.base[f.Instrument], f.Quantity)
	}
	if c.Err() != nil {
		s.t.Error(c.Err())
	}
}

// push tells of an order on the private stream, or of a part, or not at all.
func (s *storm) push(o order.Order) {
	at := s.r.clock.Now()
	var events []engine.Event
	if f, ok := s.fill(o.ExchangeID); ok && !s.chance(30) {
		events = append(events, engine.Event{Kind: engine.KindFill, Instrument: o.Instrument, At: at, Account: engine.AccountNews{Fill: f}})
	}
	if !s.chance(30) {
		ev := statement(&o, o.State, 0)
		ev.Source, ev.At = order.FromPush, at
		events = append(events, engine.Event{Kind: engine.KindEvidence, Instrument: o.Instrument, At: at, Account: engine.AccountNews{Evidence: ev}})
	}
	if len(events) > 0 {
		s.r.private.frames <- events
	}
}

func (s *storm) fill(id string) (order.Fill, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.fills[id]
	return f, ok
}

func (s *storm) cancel(o order.Order) order.Result {
	if !s.r.journal.intends(o.ClientID, func(o *order.Order) bool { return o.CancelWanted }) {
		s.t.Errorf("the cancel of %s left and its intent is not durable", o.ClientID)
	}
	s.dawdle(time.Second)
	return order.Result{Class: order.Gone}
}

func (s *storm) query(o order.Order, asked market.Time) (order.Evidence, error) {
	if err := s.trouble(); err != nil {
		return order.Evidence{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	there := s.orders[o.ClientID]
	if there == nil {
		ev := statement(&o, o.State, asked)
		ev.Missing = true
		return ev, nil
	}
	return statement(there, there.State, asked), nil
}

func (s *storm) read(id string) ([]order.Fill, error) {
	if err := s.trouble(); err != nil {
		return nil, err
	}
	if f, ok := s.fill(id); ok {
		return []order.Fill{f}, nil
	}
	return nil, nil
}

func (s *storm) balances() ([]order.Balance, error) {
	if err := s.trouble(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []order.Balance{{Currency: "USD", Total: s.usd}}
	for _, id := range s.r.cfg.Exchange.Instruments {
		all = append(all, order.Balance{Currency: listing(id).Base, Total: s.base[id].Money()})
	}
	return all, nil
}

// TestStorm runs a live loop through bad days. Whatever happens, no order
// leaves before its intent is durable or leaves twice; and once the storm is
// over the bot has found out what is true.
//
// Faults: OE-01 OE-02 NW-01 NW-02 NW-03.
func TestStorm(t *testing.T) {
	for seed := range *seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { weather(t, uint64(seed)) })
		})
	}
}

func weather(t *testing.T, seed uint64) {
	r := newRig(t, strategy("b", "BTC-USD"), strategy("e", "ETH-USD"))
	s := newStorm(t, r, seed)
	r.rules.enter, r.rules.leave = true, true
	r.run()
	r.up()
	for n := range 40 {
		r.until(opening.Add(time.Duration(n+1) * time.Minute))
		for _, id := range r.cfg.Exchange.Instruments {
			r.quote(id)
			r.bar(id, n)
		}
		for _, f := range []struct {
			*feed
			name string
		}{{r.market, engine.StreamMarket}, {r.private, engine.StreamPrivate}} {
			if s.chance(10) {
				r.link(f.feed, f.name, false)
				s.dawdle(20 * time.Second)
				r.link(f.feed, f.name, true)
			}
		}
	}
	s.mu.Lock()
	s.calm = true
	s.mu.Unlock()
	synctest.Wait()
	r.rules.enter, r.rules.leave = false, false
	r.pass(30 * time.Minute)
	s.holds()
	r.stopped()
}

// holds compares the bot's books with the exchange's.
func (s *storm) holds() {
	synctest.Wait()
	r := s.r
	snap := r.engine.Snapshot()
	if len(snap.Live) != 0 || !snap.Ready {
		s.t.Errorf("after the storm: %d orders unsettled, ready %t: %s", len(snap.Live), snap.Ready, snap.Reason)
	}
	if snap.Cash != s.usd {
		s.t.Errorf("the bot counts %s USD, the exchange %s", snap.Cash, s.usd)
	}
	for _, p := range snap.Positions {
		if p.Quantity != s.base[p.Instrument] {
			s.t.Errorf("the bot counts %s %s, the exchange %s", p.Quantity, p.Instrument, s.base[p.Instrument])
		}
	}
	if sent := r.x.count("submit"); sent < 5 || len(s.orders) < 3 {
		s.t.Errorf("%d orders left and %d arrived: that is no storm", sent, len(s.orders))
	}
}

// TestSteppedRunKeepsItsAlarms moves the market far at once: the questions
// about an order that is not proven come at their times all the same.
func TestSteppedRunKeepsItsAlarms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		c := live.NewStepped(opening)
		r.cfg.Clock, r.x.now, r.journal.now = c, c.Now, c.Now
		r.market.begin, r.private.begin = c.Begin, c.Begin
		r.cfg.Exchange.Serial = true
		r.rules.enter = true
		r.x.submit = func(order.Order) order.Result { return order.Result{Class: order.Unknown} }
		r.x.query = func(order.Order, market.Time) (order.Evidence, error) { return order.Evidence{}, errors.New("503") }
		r.run()
		r.up()
		if err := c.Advance(t.Context(), opening.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		r.quote("BTC-USD")
		r.bar("BTC-USD", 0)
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := c.Advance(ctx, opening.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		var gaps []time.Duration
		last := opening.Add(time.Minute)
		for _, call := range r.x.called() {
			if call.what == "query" {
				gaps = append(gaps, call.at.Sub(last))
				last = call.at
			}
		}
		if len(gaps) < 100 || gaps[0] > 240*time.Millisecond || gaps[1] > 600*time.Millisecond || gaps[len(gaps)-1] > 36*time.Second {
			t.Errorf("asked %d times within an hour, at first after %v; want more than 100 times, after 200 ms, 500 ms …", len(gaps), gaps[:min(len(gaps), 5)])
		}
		close(r.stop)
		if err := r.over(); err != nil {
			t.Errorf("ended with %v, want no error", err)
		}
	})
}
