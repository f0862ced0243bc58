package main

import (
	"fmt"
	"io"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
)

// pulse says once a market minute that the run is alive while nothing
// happens: time and price. The zero value is silent.
type pulse struct {
	out  io.Writer
	next market.Time
}

// See notes an event and speaks when it is time.
func (p *pulse) See(ev *engine.Event, out *engine.Outcome) {
	if p.out == nil || ev.Kind != engine.KindTrade && ev.Kind != engine.KindQuote {
		return
	}
	if len(out.Changes) > 0 || p.next == 0 {
		p.next = ev.At.Add(time.Minute)
		return
	}
	if ev.At < p.next {
		return
	}
	p.next = ev.At.Add(time.Minute)
	price := ev.Trade.Price
	if ev.Kind == engine.KindQuote {
		price = ev.Quote.Bid
	}
	fmt.Fprintf(p.out, "%s  %s at %s, nothing to do\n", stamp(ev.At), ev.Instrument, price)
}
