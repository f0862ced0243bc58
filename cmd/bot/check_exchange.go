package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange"
	"rulebot/strategies"
)

// checkedExchange is what of a file would not work at an exchange.
type checkedExchange struct {
	Name     string                 `json:"name"`
	OK       bool                   `json:"ok"`             // nothing is refused there; a warning is no refusal
	Listed   bool                   `json:"listed"`         // its own listing was compared
	Note     string                 `json:"note,omitempty"` // why it was not
	Findings strategies.Diagnostics `json:"findings,omitempty"`
}

// fitting is one file held against one exchange.
type fitting struct {
	file  *strategies.File
	name  string
	can   exchange.Abilities
	found strategies.Diagnostics
	open  []string // rules whose sizes nothing is known of
}

// exchangesNamed returns the protocols of a list like okcoin,okx.
func exchangesNamed(list string) ([]protocol, error) {
	var all []protocol
	var known []string
	for _, p := range protocols() {
		known = append(known, p.exchange)
	}
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if slices.ContainsFunc(all, func(p protocol) bool { return p.exchange == name }) {
			continue
		}
		p, found := protocolThat(func(p *protocol) bool { return p.exchange == name })
		if !found {
			hint := "there are " + strings.Join(known, ", ")
			if near := nearest(strings.ToLower(name), known); near != "" {
				hint = "did you mean " + near + "?"
			}
			return nil, misused("--exchange: there is no exchange %q here; %s", name, hint)
		}
		all = append(all, p)
	}
	return all, nil
}

// compareExchanges says of each exchange what of the file would not work there.
// Online its own listing is asked for.
func (c *checked) compareExchanges(ctx context.Context, f *strategies.File, at []protocol, online bool) {
	for i := range at {
		p := &at[i]
		m := fitting{file: f, name: p.exchange, can: p.abilities()}
		for n := range f.Strategies {
			m.bars(n)
			m.orders(n)
		}
		m.rates()
		one := checkedExchange{Name: p.exchange, Note: "--online compares instruments, their steps and the sizes of orders, too"}
		if online {
			one.Listed, one.Note = m.askedOf(ctx, p)
		} else if m.written() {
			one.Note = "sizes of orders are held against the minimum that the file writes; --online asks for the real one"
		}
		if len(m.open) > 0 {
			one.Note = strings.TrimPrefix(one.Note+"; not compared: the sizes of "+strings.Join(m.open, ", ")+", which depend on prices or on the account", "; ")
		}
		one.Findings = m.found
		one.OK = !slices.ContainsFunc(m.found, func(d strategies.Diagnostic) bool { return !d.Warning })
		c.Exchanges = append(c.Exchanges, one)
		c.OK = c.OK && one.OK
	}
}

// written compares the sizes of orders with what the file itself says of its
// instruments, and reports whether it does.
func (m *fitting) written() (does bool) {
	for i := range m.file.Strategies {
		if is, ok := m.file.Instrument(m.file.Strategies[i].Series.Instrument); ok {
			m.sizes(i, &is, num.Price{})
			does = true
		}
	}
	return does
}

// askedOf compares with what the exchange lists, and with its last prices.
func (m *fitting) askedOf(ctx context.Context, p *protocol) (listed bool, note string) {
	c, err := callerOf(p, m.file)
	if err != nil {
		return false, "its listing was not compared: " + err.Error()
	}
	defer c.Close()
	list, err := c.Instruments(ctx)
	if err != nil {
		return false, "its listing was not compared: " + err.Error()
	}
	m.listing(list)
	for i := range m.file.Strategies {
		id := m.file.Strategies[i].Series.Instrument
		is, ok := find(list, id)
		if !ok {
			continue
		}
		last, err := lastPrice(ctx, c, id)
		if err != nil {
			note = "sizes in " + is.Quote + " were not compared: " + err.Error()
		}
		m.sizes(i, &is, last)
	}
	return true, note
}

// lastPrice is what the newest closed minute ended at.
func lastPrice(ctx context.Context, c caller, instrument string) (num.Price, error) {
	bars, err := c.Bars(ctx, market.Series{Instrument: instrument, Timeframe: market.Minute}, 1, c.Now())
	switch {
	case err != nil:
		return num.Price{}, err
	case len(bars) == 0:
		return num.Price{}, fmt.Errorf("there is no candle of %s", instrument)
	}
	return bars[len(bars)-1].C, nil
}

// say adds a finding of a strategy, at a place in the file; each thing once.
func (m *fitting) say(strategy int, at strategies.Position, warning bool, message, hint string) {
	d := m.file.Warning(strategy, at, strategies.CodeData, m.name+": "+message, hint)
	d.Warning = warning
	if !slices.Contains(m.found, d) {
		m.found = append(m.found, d)
	}
}

func (m *fitting) head(strategy int) strategies.Position {
	s := &m.file.Sources[strategy]
	return strategies.Position{Line: s.Line, Col: s.Col}
}

// bars compares what a strategy has to know before it decides with what the
// exchange keeps.
func (m *fitting) bars(strategy int) {
	for _, n := range m.file.FeedsOf(strategy) {
		feed := m.file.Feeds[n]
		s := feed.Series
		lasts := shortSpan(time.Duration(feed.WarmUp) * s.Timeframe.Duration())
		switch {
		case !slices.Contains(m.can.Candles, s.Timeframe):
			m.say(strategy, m.head(strategy), true, fmt.Sprintf("it keeps no candles of %s: bars of %s are built from shorter ones, and need %s of them", s.Timeframe, s, lasts), "")
		case m.can.Kept > 0 && feed.WarmUp > m.can.Kept:
			m.say(strategy, m.head(strategy), true, fmt.Sprintf("%s is ready after %d bars (%s), and it is sure to keep %d only", s, feed.WarmUp, lasts, m.can.Kept), "a run decides nothing until it has seen the others")
		}
	}
}

// orders compares how a strategy places orders with what the exchange takes.
func (m *fitting) orders(strategy int) {
	s := &m.file.Strategies[strategy]
	for r := range s.Rules {
		for _, a := range s.Rules[r].Do {
			if tif := a.Order.TIF; tif != 0 && a.Order.Type != engine.Market && !slices.Contains(m.can.InForce, tif) {
				m.say(strategy, m.file.Sources[strategy].Rules[r], false, fmt.Sprintf("it takes no %s order", tif), "")
			}
		}
	}
	if s.Exits.StopLoss.AtExchange && !m.can.Stops {
		m.say(strategy, m.head(strategy), false, "it holds no stops", "leave 'where: exchange' out of the stop_loss: the engine watches it")
	}
}

// rates compares how many orders the file allows with how many the exchange
// takes.
func (m *fitting) rates() {
	allowed, most := m.file.Risk.MaxOrders.Second, m.can.Orders
	if at, written := m.file.LimitAt("max_orders"); written && most.Calls > 0 && time.Duration(allowed)*most.Window > time.Duration(most.Calls)*time.Second {
		m.say(0, at, true, fmt.Sprintf("max_orders allows %d a second, and we send it %d in %s for one instrument: those on top are denied", allowed, most.Calls, shortSpan(most.Window)), "")
	}
}

// listing compares the instruments of the file with those that the exchange
// lists.
func (m *fitting) listing(listed []market.Instrument) {
	for i := range m.file.Strategies {
		for _, n := range m.file.FeedsOf(i) {
			id := m.file.Feeds[n].Series.Instrument
			is, ok := find(listed, id)
			if !ok {
				m.say(i, m.head(i), false, "it does not list "+id, alikeOf(id, listed))
				continue
			}
			if is.State != "" {
				m.say(i, m.head(i), false, fmt.Sprintf("%s is not traded now: it is %s", id, is.State), "")
			}
			if why := steps(m.file, is); why != "" {
				m.say(i, m.head(i), true, why, "leave 'instruments' out, so that what the exchange lists counts")
			}
		}
	}
}

// steps says where the file's own figures of an instrument are finer or smaller
// than the exchange's, which refuses such orders.
func steps(f *strategies.File, is market.Instrument) string {
	written, ok := f.Instrument(is.ID)
	if !ok {
		return ""
	}
	var other []string
	if written.Tick != is.Tick {
		other = append(other, fmt.Sprintf("tick %s and not %s", is.Tick, written.Tick))
	}
	if written.Lot != is.Lot {
		other = append(other, fmt.Sprintf("lot %s and not %s", is.Lot, written.Lot))
	}
	if written.Min.Less(is.Min) {
		other = append(other, fmt.Sprintf("minimum %s and not %s", is.Min, written.Min))
	}
	if len(other) == 0 {
		return ""
	}
	return is.ID + " has " + strings.Join(other, ", ")
}

// alikeOf names what the exchange lists of the same base.
func alikeOf(id string, listed []market.Instrument) string {
	base, _, _ := strings.Cut(id, "-")
	var alike []string
	for _, in := range listed {
		if in.Base == base && in.State == "" {
			alike = append(alike, in.ID)
		}
	}
	if len(alike) == 0 {
		return "it lists nothing of " + base
	}
	slices.Sort(alike)
	const shown = 5
	if len(alike) > shown {
		alike = append(alike[:shown], "…")
	}
	return "of " + base + " it lists " + strings.Join(alike, ", ")
}

// callerOf speaks with an exchange: where the file says, if it is the file's,
// else where its customers find it.
func callerOf(p *protocol, f *strategies.File) (caller, error) {
	var d door
	var err error
	if p.exchange == f.Exchange.Name && !f.Exchange.Builtin {
		d, err = doorOf(f)
	} else {
		d, err = p.hosts(&strategies.Exchange{Name: p.exchange, Region: "global", Environment: environmentLive})
		d.environment = environmentLive
	}
	if err != nil {
		return nil, err
	}
	return p.caller(callerConfig{door: d, now: func() market.Time { return market.TimeOf(time.Now()) }})
}

// exchangesText shows what was found, below what the file will do.
func (c *checked) exchangesText(b *strings.Builder) {
	if len(c.Exchanges) == 0 {
		return
	}
	b.WriteString("\nexchanges\n")
	for i := range c.Exchanges {
		x := &c.Exchanges[i]
		said := "works as written"
		if !x.Listed {
			said = "nothing found so far"
		}
		if n := len(x.Findings); n > 0 {
			said = fmt.Sprintf("%d %s", n, map[bool]string{true: "finding", false: "findings"}[n == 1])
		}
		if x.Note != "" {
			said += "; " + x.Note
		}
		fmt.Fprintf(b, "  %-20s %s\n", x.Name, said)
	}
	for i := range c.Exchanges {
		if found := c.Exchanges[i].Findings; len(found) > 0 {
			b.WriteString("\n" + found.Render(c.src))
		}
	}
}
