package main

import (
	"rulebot/engine"
	"rulebot/engine/backtest"
	"rulebot/engine/market"
	"rulebot/exchange/sim"
)

// laddered tells the levels behind each quote that comes without any: those
// that the built-in exchange shows around it. So a backtest of a market reads
// the same book as a run on it.
type laddered struct {
	source backtest.Source
	listed []market.Instrument
	depth  market.Depth
}

// deepened adds levels where a strategy of the setup reads them.
func (s *setup) deepened(src backtest.Source) backtest.Source {
	if !s.deep() {
		return src
	}
	return &laddered{source: src, listed: s.instruments}
}

// Next yields the next event.
func (l *laddered) Next(ev *engine.Event) (bool, error) {
	ok, err := l.source.Next(ev)
	if !ok || err != nil || ev.Kind != engine.KindQuote || len(ev.Depth.Bids)+len(ev.Depth.Asks) > 0 {
		return ok, err
	}
	if in, known := find(l.listed, ev.Instrument); known {
		l.depth.Bids, l.depth.Asks = sim.Ladder(in, ev.Quote, l.depth.Bids[:0], l.depth.Asks[:0])
		ev.Depth = l.depth
	}
	return true, nil
}
