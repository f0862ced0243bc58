package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
)

// pulse says once a market minute that the run is alive while nothing
// happens: time, price, and the rule nearest to firing. The zero value is
// silent.
type pulse struct {
	out     io.Writer
	nearest func() (engine.Near, bool)
	next    market.Time
}

// See notes an event and speaks when it is time.
func (p *pulse) See(ev *engine.Event, out *engine.Outcome) {
	if p.out == nil || ev.Kind != engine.KindTrade {
		return
	}
	if len(out.Changes) > 0 || p.next == 0 {
		p.next = ev.At.Add(time.Minute)
	}
	if ev.At < p.next {
		return
	}
	p.next = ev.At.Add(time.Minute)
	fmt.Fprintln(p.out, row(ev.At, ev.Instrument, "%s; %s", ev.Trade.Price, p.distance()))
}

func (p *pulse) distance() string {
	n, ok := p.nearest()
	if !ok {
		return "no rule can fire as things stand"
	}
	var missing []string
	for i := range n.Readings {
		r := &n.Readings[i]
		switch {
		case r.Clause && r.Truth != engine.True:
			missing = append(missing, r.Text+" is "+r.Truth.String())
		case !r.Clause && len(missing) > 0 && r.Cause == engine.Ready:
			missing = append(missing, r.Text+" = "+strconv.FormatFloat(r.Number, 'g', 8, 64))
		case !r.Clause && len(missing) > 0:
			missing = append(missing, r.Text+": "+r.Cause.String())
		}
	}
	if len(missing) == 0 {
		return n.Strategy + "/" + n.Rule + " holds and has fired"
	}
	return "nearest " + n.Strategy + "/" + n.Rule + ": " + strings.Join(missing, ", ")
}
