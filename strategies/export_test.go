package strategies

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/risk"
)

// Dump describes what a file was compiled to, for the corpus.
func (f *File) Dump() string {
	var b strings.Builder
	for i, s := range f.graph.slots {
		if !s.read {
			continue
		}
		fmt.Fprintf(&b, "slot %d: feed %d: %s (warm %d, settled %d)\n", i, s.feed, s.text, s.warm, s.settled)
	}
	for i, feed := range f.Feeds {
		fmt.Fprintf(&b, "feed %d: %s: warm-up %d, settled %d%s\n", i, feed.Series, feed.WarmUp, f.Settled[i], [...]string{"", ", gap skip", ", gap hold"}[feed.Gap])
	}
	for i, s := range f.Strategies {
		fmt.Fprintf(&b, "strategy %s: %s, line %d\n", s.Name, s.Series, f.Sources[i].Line)
		if s.Zone != time.UTC || s.Day != 0 {
			fmt.Fprintf(&b, "  day from %s after midnight in %s\n", s.Day, s.Zone)
		}
		for _, v := range s.State {
			fmt.Fprintf(&b, "  state %s: %v, condition %v\n", v.Name, v.Initial, v.Condition)
		}
		for _, a := range s.Await {
			fmt.Fprintf(&b, "  waits %s for feed %d\n", a.Most, a.Feed)
		}
		for j, r := range s.Rules {
			fmt.Fprintf(&b, "  rule %s: line %d, for %d, level %v, cooldown %+v\n", r.Name, f.Sources[i].Rules[j].Line, r.For, r.Level, r.Cooldown)
			if on := r.On; on.Kind != engine.OnBar || r.OncePer != 0 || r.MaxEntries != 0 || r.MaxAge != 0 {
				fmt.Fprintf(&b, "    on %+v, once %d, entries %d, age %v\n", on, r.OncePer, r.MaxEntries, r.MaxAge)
			}
			f.dumpExpr(&b, "when", int(r.When))
			f.dumpExpr(&b, "unless", int(r.Unless))
			for _, a := range r.Do {
				fmt.Fprintf(&b, "    do %d, unit %d, slippage %v\n", a.Kind, a.Size.Unit, a.Order.MaxSlippageBps)
				f.dumpAction(&b, &a)
			}
		}
		if l := s.Budget; !reflect.DeepEqual(l, risk.Limits{}) {
			fmt.Fprintf(&b, "  budget: quantity %v, value %v, position %v, open %v, rates %v, fires %v, loss %v %v\n",
				l.MaxOrderQuantity, l.MaxOrderValue, l.MaxPositionValue, l.MaxOpenOrders, l.MaxOrders, l.MaxFires, l.MaxDailyLoss.Rate, l.MaxDailyLoss.Value)
		}
		x := s.Exits
		dumpTarget(&b, "stop_loss", x.StopLoss)
		for i, p := range x.TakeProfit {
			f.dumpExpr(&b, fmt.Sprintf("take_profit %d pct", i), int(p.Pct))
			f.dumpExpr(&b, fmt.Sprintf("take_profit %d price", i), int(p.Price))
			f.dumpExpr(&b, fmt.Sprintf("take_profit %d size_pct", i), int(p.SizePct))
			dumpTarget(&b, fmt.Sprintf("take_profit %d", i), p)
		}
		for _, e := range []struct {
			name string
			expr int
		}{
			{"stop_loss pct", int(x.StopLoss.Pct)},
			{"stop_loss price", int(x.StopLoss.Price)},
			{"activate_pct", int(x.Trailing.ActivatePct)},
			{"distance_pct", int(x.Trailing.DistancePct)},
			{"distance", int(x.Trailing.Distance)},
		} {
			f.dumpExpr(&b, e.name, e.expr)
		}
		fmt.Fprintf(&b, "  time stop %+v\n", x.Time)
	}
	return b.String()
}

func dumpTarget(b *strings.Builder, name string, t engine.Target) {
	if t.EveryBar || t.Ratchet || t.AtExchange {
		fmt.Fprintf(b, "    %s: every bar %v, ratchet %v, at exchange %v\n", name, t.EveryBar, t.Ratchet, t.AtExchange)
	}
}

func (f *File) dumpAction(b *strings.Builder, a *engine.Action) {
	f.dumpExpr(b, "amount", int(a.Size.Amount))
	f.dumpExpr(b, "stop", int(a.Size.Stop))
	if o := a.Order; o.Type != 0 || o.TIF != 0 || o.Expire.Bars != 0 || o.Expire.Age != 0 || o.Tag != "" {
		fmt.Fprintf(b, "    placed: type %d, tif %v, expire %+v, then market %v, tag %q\n", o.Type, o.TIF, o.Expire, o.ThenMarket, o.Tag)
	}
	f.dumpExpr(b, "price", int(a.Order.Price))
	f.dumpExpr(b, "stop_price", int(a.Order.StopPrice))
	if a.Kind == engine.ActionCancel {
		fmt.Fprintf(b, "    cancel %+v\n", a.Cancel)
	}
	for _, v := range a.Set {
		f.dumpExpr(b, fmt.Sprintf("set %d", v.Variable), int(v.Value))
	}
	for _, p := range a.Text {
		if p.Value == 0 {
			fmt.Fprintf(b, "    says %q\n", p.Words)
			continue
		}
		f.dumpExpr(b, "says", int(p.Value))
	}
}

func (f *File) dumpExpr(b *strings.Builder, name string, e int) {
	if e == 0 {
		return
	}
	fmt.Fprintf(b, "    %s:\n", name)
	writeClauses(b, f.graph.exprs[e].clauses, "      ")
}

func writeClauses(b *strings.Builder, clauses []clause, indent string) {
	for _, c := range clauses {
		fmt.Fprintf(b, "%s%s\n", indent, c.text)
		for _, r := range c.reads {
			fmt.Fprintf(b, "%s  reads %s\n", indent, r.text)
		}
		writeClauses(b, c.parts, indent+"  ")
	}
}

// Spelling returns an expression in the house's spelling.
func Spelling(value string, series market.Series) string {
	src := &source{name: "spelling", lines: splitLines(value)}
	sc := &scope{src: src, graph: newGraph()}
	sc.feed = sc.graph.feed(series, engine.GapFill)
	return sc.check(plainText(value)).String()
}

// Slots returns the text of every slot.
func (f *File) Slots() []string {
	var texts []string
	for _, s := range f.graph.slots {
		if s.read {
			texts = append(texts, s.text)
		}
	}
	return texts
}

// Verdict says whether a condition may hold and whether it may fail under a
// guard, as the static findings see it.
func (s *Single) Verdict(guard engine.Guard) (hold, fail bool) {
	c := newJudge(guard, false).can(s.tree)
	return c.hold, c.fail
}

// Span returns what a number can be under a guard.
func (s *Single) Span(guard engine.Guard) (lo, hi float64) {
	x := newJudge(guard, false).span(s.tree)
	return x.lo, x.hi
}

// Implies reports that whenever s holds, t does; both of one program.
func Implies(some, other string, guard engine.Guard) bool {
	src := &source{name: "implies"}
	sc := &scope{src: src, graph: newGraph()}
	sc.feed = sc.graph.feed(market.Series{Instrument: "BTC-USD", Timeframe: market.Minute}, engine.GapFill)
	a, b := sc.check(plainText(some)), sc.check(plainText(other))
	return newJudge(guard, false).implies(parts(a, opAnd, nil), parts(b, opAnd, nil))
}

// VocabularyGaps names the rows of the vocabulary that lack a part, or have
// one too many.
func VocabularyGaps() []string {
	var gaps []string
	for _, f := range slices.Concat(lexicon.functions, lexicon.sources) {
		ways := 0
		for _, has := range []bool{f.unary != nil, f.compute != nil, f.price != nil, f.scalar.any(), f.over != 0, f.spelled != nil} {
			if has {
				ways++
			}
		}
		if ways != 1 {
			gaps = append(gaps, fmt.Sprintf("%s is computed in %d ways", f.name, ways))
		}
		if len(f.outputs) == 0 {
			gaps = append(gaps, f.name+" has no value")
		}
		for _, o := range f.outputs {
			if o.unit == "" || o.extent.text == "" || o.ready.text == "" {
				gaps = append(gaps, f.name+"."+o.name+": its unit, range or first bar is not said")
			}
			if o.extent.of == nil || o.ready.bars == nil || o.settle == nil {
				gaps = append(gaps, f.name+"."+o.name+" has nothing to compute its range, first bar or settling with")
			}
			if (o.name == "") != (len(f.outputs) == 1) {
				gaps = append(gaps, f.name+" has one value with a name, or several without")
			}
		}
	}
	return gaps
}

// Logarithm is log of the language.
func Logarithm(x float64) float64 { return logarithm(x) }

// DayNumber counts the days of a strategy since 1970.
func DayNumber(zone *time.Location, after time.Duration, t market.Time) int64 {
	return day{zone, after}.number(t)
}

// Slowly evaluates a condition by its tree, in Kleene's logic, one node at a
// time: what the flat form of conditions must agree with.
func (s *Single) Slowly(p engine.Program, v *engine.View) (engine.Truth, engine.Cause) {
	m := &p.(*program).machine
	m.view = v
	return slowly(s.tree, m)
}

func slowly(n *node, m *machine) (engine.Truth, engine.Cause) {
	switch n.op {
	case opLet:
		return slowly(n.args[0], m)
	case opNot:
		t, why := slowly(n.args[0], m)
		return [...]engine.Truth{engine.NotReady, engine.True, engine.False}[t], why
	case opAnd, opOr:
		decides := engine.False
		if n.op == opOr {
			decides = engine.True
		}
		a, why := slowly(n.args[0], m)
		b, whyB := slowly(n.args[1], m)
		switch {
		case a == decides || b == decides:
			return decides, engine.Ready
		case a == engine.NotReady:
			return a, why
		}
		return b, whyB
	default: // a clause of its own
	}
	m.cause = engine.Ready
	t := condition(n)(m)
	if t == engine.NotReady {
		return t, m.cause
	}
	return t, engine.Ready
}
