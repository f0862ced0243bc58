package strategies

import (
	"fmt"
	"strings"

	"rulebot/engine"
)

// pairs notes rules that another rule above makes needless, or keeps from
// acting.
func (e *entry) pairs() {
	claims := make([]claim, len(e.st.Rules))
	judges := map[engine.Guard]*judge{}
	for i := range claims {
		r := &e.st.Rules[i]
		if judges[r.For] == nil {
			judges[r.For] = newJudge(r.For, false)
		}
		claims[i] = claim{r, e.holds(r, judges[r.For]), e.act(r)}
		for k := range i {
			if e.pair(&claims[k], &claims[i], judges[r.For], i) {
				break
			}
		}
	}
}

// claim is a rule, what is true when it wants to act, and what it does then.
type claim struct {
	rule  *engine.Rule
	holds []*node // nil is not to be judged
	act   string
}

// pair compares a rule with one above it, under the guard that both share.
func (e *entry) pair(first, second *claim, j *judge, index int) bool {
	a, b := first.rule, second.rule
	if a.For != b.For || a.On != b.On || stricter(a, b) || first.holds == nil || second.holds == nil || !j.implies(second.holds, first.holds) {
		return false
	}
	same := j.implies(first.holds, second.holds)
	switch {
	case same && first.act == second.act:
		e.note(e.ruleAt(index), CodeRedundant, fmt.Sprintf("rule %s does what rule %s does, on the same condition", b.Name, a.Name), "")
	case opposed(a, b):
		e.note(e.ruleAt(index), CodeRedundant, fmt.Sprintf("whenever rule %s holds, rule %s holds too and wants the opposite: they cannot both act", b.Name, a.Name), "")
	case first.act == second.act && a.For != engine.ForAny:
		e.note(e.ruleAt(index), CodeRedundant, fmt.Sprintf("whenever rule %s holds, rule %s holds too and does the same", b.Name, a.Name), "")
	default:
		return false
	}
	return true
}

// stricter reports whether a rule waits for what another does not wait for, so
// that the other may act without it.
func stricter(a, b *engine.Rule) bool {
	return a.OncePer != engine.OnceAlways && a.OncePer != b.OncePer ||
		a.Cooldown != engine.Cooldown{} && a.Cooldown != b.Cooldown ||
		a.MaxEntries != 0 && a.MaxEntries != b.MaxEntries ||
		a.MaxAge != 0 && a.MaxAge != b.MaxAge
}

// holds lists what is true when a rule wants to act; nil when that is not to
// be judged.
func (e *entry) holds(r *engine.Rule, j *judge) []*node {
	when := e.scope.trees[r.When]
	if when == nil || !j.can(when).hold {
		return nil
	}
	all := parts(when, opAnd, nil)
	if unless := e.scope.trees[r.Unless]; unless != nil {
		all = append(all, negated(unless))
	}
	return all
}

// act is the identity of what a rule does.
func (e *entry) act(r *engine.Rule) string {
	var s strings.Builder
	expr := func(list ...engine.Expr) {
		for _, x := range list {
			if n := e.scope.trees[x]; n != nil {
				s.WriteString(" " + n.key())
			}
		}
	}
	for _, a := range r.Do {
		o := a.Order
		fmt.Fprint(&s, a.Kind, a.Size.Unit, o.Type, o.TIF, o.Expire, o.ThenMarket, o.MaxSlippageBps, o.Tag, a.Cancel)
		expr(a.Size.Amount, a.Size.Stop, o.Price, o.StopPrice)
		for _, v := range a.Set {
			fmt.Fprint(&s, " ", v.Variable)
			expr(v.Value)
		}
		for _, p := range a.Text {
			s.WriteString(p.Words)
			expr(p.Value)
		}
		s.WriteByte(';')
	}
	return s.String()
}

// opposed reports that one rule buys and the other sells, and neither both.
func opposed(a, b *engine.Rule) bool {
	x, y := sides(a), sides(b)
	return x|y == buys|sells && x != y && x&y == 0
}

type side uint8

const (
	buys side = 1 << iota
	sells
)

func sides(r *engine.Rule) side {
	var s side
	for _, a := range r.Do {
		switch {
		case a.Kind == engine.ActionBuy:
			s |= buys
		case a.Kind.Orders():
			s |= sells
		}
	}
	return s
}

// exit notes exits that cannot act, or act at once. They are judged while a
// position is held.
func (e *entry) exit() {
	x := e.examiner(engine.ForLong)
	s := &e.st.Exits
	amounts := []engine.Expr{s.StopLoss.Pct, s.StopLoss.Price, s.Trailing.ActivatePct, s.Trailing.Distance, s.Trailing.DistancePct}
	for _, p := range s.TakeProfit {
		amounts = append(amounts, p.Pct, p.Price, p.SizePct)
	}
	for _, n := range amounts {
		x.amount(n, "the exit")
	}
	if n := e.scope.trees[s.StopLoss.Price]; n != nil {
		x.level(n, "stop_loss", 1)
	}
	for _, p := range s.TakeProfit {
		if n := e.scope.trees[p.Price]; n != nil {
			x.level(n, "take_profit", -1)
		}
	}
	for _, p := range []engine.Expr{s.StopLoss.Pct, s.Trailing.DistancePct} {
		if n := e.scope.trees[p]; n != nil && x.valued.span(n).lo >= 100 {
			e.note(n.at, CodeExit, "100 percent below is a price of 0: this exit never acts", "")
		}
	}
	if len(s.TakeProfit) == 0 {
		return
	}
	last := s.TakeProfit[len(s.TakeProfit)-1]
	activate, profit := e.scope.trees[s.Trailing.ActivatePct], e.scope.trees[last.Pct]
	if activate != nil && last.SizePct == 0 && profit != nil && x.valued.span(activate).lo >= x.valued.span(profit).hi {
		e.note(activate.at, CodeExit, "take_profit closes the position before trailing_stop is active: it never acts", "activate it below "+clip(profit.String()))
	}
}

// level notes a stop above the entry price (sign 1), a profit below it (-1),
// and a price of zero or below.
func (x *examiner) level(n *node, name string, sign float64) {
	if s := x.valued.span(n); s.hi <= 0 {
		x.note(n.at, CodeExit, name+" is never above 0: it never acts", "")
		return
	}
	d, ok := x.apart(n)
	if !ok || d.empty() {
		return
	}
	if sign > 0 && d.lo >= 0 || sign < 0 && d.hi <= 0 {
		word := map[bool]string{true: "at or above", false: "at or below"}[sign > 0]
		x.note(n.at, CodeExit, name+" is "+word+" the entry price: it closes the position at once", "")
	}
}

// apart returns how far a price is from the entry price, when that can be
// told from how it is written.
func (x *examiner) apart(n *node) (span, bool) { return x.apartFrom(n, "position.entry_price") }

// apartFrom is apart from another price, by its name.
func (x *examiner) apartFrom(n *node, name string) (span, bool) {
	n = meant(n)
	if n.op == opView && n.name == name || n.op == opSlot && n.prefix == "" && n.String() == name {
		return exact(0), true
	}
	if n.op != opArithmetic || len(n.args) != 2 {
		return span{}, false
	}
	a, b := n.args[0], n.args[1]
	da, left := x.apartFrom(a, name)
	db, right := x.apartFrom(b, name)
	switch {
	case n.name == "+" && left && !right:
		return operate("+", da, x.valued.span(b)), true
	case n.name == "+" && right && !left:
		return operate("+", db, x.valued.span(a)), true
	case n.name == "-" && left && !right:
		return operate("-", da, x.valued.span(b)), true
	case n.name == "*" && left && da == exact(0):
		return x.scaled(a, b), true
	case n.name == "*" && right && db == exact(0):
		return x.scaled(b, a), true
	}
	return span{}, false
}

// scaled is entry * factor less entry.
func (x *examiner) scaled(entry, factor *node) span {
	return operate("*", x.valued.span(entry), operate("-", x.valued.span(factor), exact(1)))
}
