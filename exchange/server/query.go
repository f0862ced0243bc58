package server

import (
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

// Instruments returns what is listed, in the order of the configuration.
func (s *State) Instruments() []market.Instrument {
	list := make([]market.Instrument, 0, len(s.order))
	for _, l := range s.order {
		if !l.delisted {
			list = append(list, l.inst)
		}
	}
	return list
}

// Instrument returns what is listed under id.
func (s *State) Instrument(id string) (market.Instrument, bool) {
	l := s.listings[id]
	if l == nil || l.delisted {
		return market.Instrument{}, false
	}
	return l.inst, true
}

// Known returns an instrument that is or was listed, for what was traded of it.
func (s *State) Known(id string) (inst market.Instrument) {
	if l := s.listings[id]; l != nil {
		inst = l.inst
	}
	return inst
}

// Book returns the book as last published, and when; at is 0 before the first
// time. The slices are valid while the exchange stays locked.
func (s *State) Book(id string) (bids, asks []market.Level, at market.Time) {
	l := s.listings[id]
	if l == nil {
		return nil, nil, 0
	}
	return l.bids.levels, l.asks.levels, l.bookAt
}

// Tape returns the latest trades, newest last. The slice is valid while the
// exchange stays locked.
func (s *State) Tape(id string) []Print {
	l := s.listings[id]
	if l == nil {
		return nil
	}
	return l.tape
}

// Candles returns at most limit candles of length tf that opened within [from,
// to], newest first. The newest may lack its last bars.
func (s *State) Candles(id string, tf market.Timeframe, from, to market.Time, limit int) []market.Bar {
	l := s.listings[id]
	if l == nil {
		return nil
	}
	return l.candles.newest(tf, from, to, limit)
}

// Running returns the candle of length tf that is under way; ok is false
// before the first closed one, and of a length that the source's bars are not
// a part of.
func (s *State) Running(id string, tf market.Timeframe) (b market.Bar, ok bool) {
	l := s.listings[id]
	if l == nil || l.fresh.Timeframe == 0 || tf%l.fresh.Timeframe != 0 {
		return market.Bar{}, false
	}
	open := tf.Open(l.fresh.Open)
	if closed := l.candles.newest(tf, open, l.fresh.Open, 1); len(closed) > 0 {
		return merge([]market.Bar{closed[0], l.fresh}, open, tf), true
	}
	return merge([]market.Bar{l.fresh}, open, tf), true
}

// Ticker returns the day's figures.
func (s *State) Ticker(id string) Ticker {
	l := s.listings[id]
	if l == nil {
		return Ticker{}
	}
	t := Ticker{At: s.now()}
	if n := len(l.tape); n > 0 {
		t.Last = l.tape[n-1]
	} else if b := l.candles.last(); b != nil {
		t.Last = Print{Trade: market.Trade{Price: b.C}, At: b.Close()}
	}
	if len(l.bids.levels) > 0 {
		t.Bid = l.bids.levels[0]
	}
	if len(l.asks.levels) > 0 {
		t.Ask = l.asks.levels[0]
	}
	l.candles.day(&t)
	return t
}

// Fees returns what an account is charged now for what it trades against a
// currency.
func (s *State) Fees(account, quote string) sim.Fees { return s.engine.Rates(s.now(), account, quote) }

// Submit places an order now and tells what came of it. After a refusal
// nothing was done.
func (s *State) Submit(r sim.Request) (sim.Order, *sim.Refusal) {
	at := s.now()
	o, no := s.engine.Submit(at, r)
	s.afterRequest(r.Instrument, at)
	return o, no
}

// Cancel cancels an order now, by exchange id or client id, and tells what
// came of it. After a refusal nothing was done.
func (s *State) Cancel(account, instrument, id string) (sim.Order, *sim.Refusal) {
	at := s.now()
	o, no := s.engine.Cancel(at, account, instrument, id)
	s.afterRequest(instrument, at)
	return o, no
}

// Amend changes a resting order now and tells what came of it. After a refusal
// nothing was done.
func (s *State) Amend(m sim.Amendment) (sim.Order, *sim.Refusal) {
	at := s.now()
	o, no := s.engine.Amend(at, m)
	s.afterRequest(m.Instrument, at)
	return o, no
}

// SubmitAlgo takes an order to manage.
func (s *State) SubmitAlgo(r sim.AlgoRequest) (sim.Algo, *sim.Refusal) {
	at := s.now()
	a, no := s.engine.SubmitAlgo(at, r)
	s.afterRequest(r.Instrument, at)
	return a, no
}

// CancelAlgo ends an algo order that is live.
func (s *State) CancelAlgo(account, instrument, id string) (sim.Algo, *sim.Refusal) {
	at := s.now()
	a, no := s.engine.CancelAlgo(at, account, instrument, id)
	s.afterRequest(instrument, at)
	return a, no
}

// Algos returns the account's algo orders newest first, of one instrument;
// keep chooses.
func (s *State) Algos(account, instrument string, keep func(*sim.Algo) bool) []sim.Algo {
	return s.engine.Algos(account, instrument, keep)
}

// afterRequest tells what a request did, and the book if it changed.
func (s *State) afterRequest(instrument string, at market.Time) {
	if s.news() {
		s.publishChange(s.listings[instrument], at)
	}
	if l := s.listings[instrument]; l != nil {
		s.pulse(l, at)
	}
}

// Order returns the account's order by exchange id or client id.
func (s *State) Order(account, id string) (sim.Order, bool) { return s.engine.Order(account, id) }

// Orders returns the account's orders newest first, of one instrument; keep
// chooses by state.
func (s *State) Orders(account, instrument string, keep func(order.State) bool) []sim.Order {
	return s.engine.Orders(account, instrument, keep)
}

// Fills returns the account's fills newest first, of one instrument.
func (s *State) Fills(account, instrument string) []sim.Fill {
	return s.engine.Fills(account, instrument)
}

// Funding returns what the account owns beside what trades, by currency.
func (s *State) Funding(account string) map[string]num.Money {
	for i := range s.x.cfg.Accounts {
		if a := &s.x.cfg.Accounts[i]; a.Name == account {
			return a.Funding
		}
	}
	return nil
}

// Balances returns what the account holds, by currency in a fixed order.
func (s *State) Balances(account string) []order.Balance { return s.engine.Balances(account) }
