package main

import (
	"fmt"
	"io"
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
	name := n.Strategy + "/" + n.Rule
	var open []string
	var only *engine.Reading
	for i := range n.Readings {
		if r := &n.Readings[i]; r.Clause && r.Depth == 0 && r.Truth != engine.True {
			open, only = append(open, r.Text+" is "+r.Truth.String()+valuesOf(n.Readings[i+1:])), r
		}
	}
	if n.Unless != engine.False {
		open, only = append(open, "unless is "+n.Unless.String()), &engine.Reading{}
	}
	switch {
	case len(open) == 0:
		return name + " holds and has fired"
	case len(open) == 1 && only.Gap.Known:
		return "nearest " + name + ", " + gapText(only.Gap.Value) + " from firing: " + open[0]
	}
	return "nearest " + name + ": " + strings.Join(open, ", ")
}

// valuesOf are the numbers that stand before the next outermost clause.
func valuesOf(readings []engine.Reading) string {
	var s strings.Builder
	for i := range readings {
		r := &readings[i]
		if r.Clause && r.Depth == 0 {
			break
		}
		if !r.Clause {
			s.WriteString(", " + r.Text + " " + valueText(r))
		}
	}
	return s.String()
}
