package engine_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
)

// program is a Program small enough to see through: an expression is a
// number, a truth, a comparison of the close with a number, a part of the
// position, or a name whose value the test sets.
type program struct {
	exprs   []expr
	values  map[string]string
	closes  []float64      // newest close by feed
	updates []string       // what Update was told, for tests that look
	states  map[string]int // index of a state variable by name
}

type expr struct {
	text string
	feed int
}

func newProgram() *program {
	return &program{values: make(map[string]string), states: make(map[string]int)}
}

// add returns the handle of an expression over a feed; "" is not written.
func (p *program) add(text string, feed int) engine.Expr {
	if text == "" {
		return 0
	}
	p.exprs = append(p.exprs, expr{text, feed})
	return engine.Expr(len(p.exprs))
}

func (p *program) set(name, value string) { p.values[name] = value }

func (p *program) Update(feed int, bar *market.Bar) {
	for len(p.closes) <= feed {
		p.closes = append(p.closes, 0)
	}
	if bar == nil {
		p.updates = append(p.updates, fmt.Sprintf("feed %d is silent", feed))
		return
	}
	p.closes[feed] = bar.C.Float()
	p.updates = append(p.updates, barText(feed, bar))
}

func (p *program) Condition(e engine.Expr, v *engine.View) (engine.Truth, engine.Cause) {
	all := engine.True
	why := engine.Ready
	for part := range strings.SplitSeq(p.exprs[e-1].text, "&") {
		switch t, cause := p.clause(expr{part, p.exprs[e-1].feed}, v); {
		case t == engine.False:
			return engine.False, engine.Ready
		case t == engine.NotReady && all == engine.True:
			all, why = t, cause
		}
	}
	return all, why
}

func (p *program) clause(x expr, v *engine.View) (engine.Truth, engine.Cause) {
	for _, op := range [...]string{"<", ">"} {
		name, limit, ok := strings.Cut(x.text, op)
		if !ok {
			continue
		}
		left, cause := p.number(name, x.feed, v)
		right, err := strconv.ParseFloat(limit, 64)
		if cause != engine.Ready || err != nil {
			return engine.NotReady, cause
		}
		return truth(op == "<" && left < right || op == ">" && left > right), engine.Ready
	}
	switch p.value(x.text) {
	case "panic":
		panic("index out of range")
	case "true":
		return engine.True, engine.Ready
	case "false":
		return engine.False, engine.Ready
	}
	return engine.NotReady, engine.CauseWarmUp
}

func (p *program) Number(e engine.Expr, v *engine.View) (float64, engine.Cause) {
	x := p.exprs[e-1]
	return p.number(x.text, x.feed, v)
}

func (p *program) Explain(e engine.Expr, v *engine.View, dst []engine.Reading) []engine.Reading {
	for part := range strings.SplitSeq(p.exprs[e-1].text, "&") {
		t, cause := p.clause(expr{part, p.exprs[e-1].feed}, v)
		dst = append(dst, engine.Reading{Text: part, Truth: t, Clause: true, Cause: cause})
	}
	return dst
}

// value follows a name to what the test set, once.
func (p *program) value(text string) string {
	if v, ok := p.values[text]; ok {
		return v
	}
	return text
}

func (p *program) number(text string, feed int, v *engine.View) (float64, engine.Cause) {
	if left, right, ok := strings.Cut(text, "~"); ok { // a sum: + joins actions
		a, whyA := p.number(left, feed, v)
		b, whyB := p.number(right, feed, v)
		return a + b, max(whyA, whyB)
	}
	switch text {
	case "close":
		if feed >= len(p.closes) {
			return 0, engine.CauseNoData
		}
		return p.closes[feed], engine.Ready
	case "entry_price":
		if !v.Position.Long {
			return 0, engine.CauseFlat
		}
		return v.Position.EntryPrice, engine.Ready
	case "bars":
		return v.Position.Bars, engine.Ready
	}
	if f, ok := p.seen(text, v); ok {
		if math.IsNaN(f) {
			return 0, engine.CauseNoData
		}
		return f, engine.Ready
	}
	f, err := strconv.ParseFloat(p.value(text), 64)
	if err != nil {
		return 0, engine.CauseWarmUp
	}
	return f, engine.Ready
}

// seen reads the parts of a view that have no words of their own above.
func (p *program) seen(text string, v *engine.View) (float64, bool) {
	if name, ok := strings.CutPrefix(text, "state."); ok {
		return v.State[p.states[name]], true
	}
	switch v = v.Whole(); text {
	case "entries":
		return v.Position.Entries, true
	case "trades.today":
		return v.Trades.Today, true
	case "trades.losses":
		return v.Trades.LossesInRow, true
	case "trades.pct":
		return v.Trades.LastPnLPct, true
	case "trades.since":
		return v.Trades.BarsSinceExit, true
	case "fill.price":
		return v.LastFill.Price, true
	case "orders.open":
		return v.Orders.Open, true
	case "last":
		return v.Market.Last, true
	case "bid":
		return v.Market.Bid, true
	case "opened":
		return float64(v.Opened.Sub(day) / time.Minute), true
	}
	return 0, false
}

func truth(b bool) engine.Truth {
	if b {
		return engine.True
	}
	return engine.False
}

func barText(feed int, b *market.Bar) string {
	s := fmt.Sprintf("feed %d %s %s: %s %s %s %s volume %s", feed, b.Timeframe, clockText(b.Open), b.O, b.H, b.L, b.C, b.Volume)
	if b.Synthetic {
		s += " synthetic"
	}
	if b.Gap {
		s += " gap"
	}
	return s
}
