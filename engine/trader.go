package engine

import (
	"fmt"
	"slices"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/portfolio"
)

// trader is one strategy at work: what it remembers and what it waits for.
type trader struct {
	strategy *Strategy
	index    int // of the strategy
	feed     int
	market   int
	rules    []ruleState
	holding
	decisions uint64                // taken so far; the next id is one more
	bar       interval              // of the newest closed bar of the feed
	on        [OnSchedule + 1][]int // rules by what wakes them
	alarms    []alarm               // of the rules that are read by the clock
	until     market.Time           // the rules on the newest bar wait for other feeds; 0 is not
	state     []float64             // by Strategy.State
	trips     trips
	reduce    string // its own daily loss: only what reduces may leave today; "" when free
	calendar
}

// interval is when a bar was.
type interval struct {
	Open      market.Time
	Timeframe market.Timeframe // 0 is that there was none yet
}

// Close returns its end.
func (i interval) Close() market.Time { return i.Open.Add(i.Timeframe.Duration()) }

// holding is what a strategy remembers of its position.
type holding struct {
	hold  Holding
	moved bool // since it was last journaled
	held  bool // enough of it to be sold: see weigh

	holdTries int         // how often the exchange would not hold its stop
	holdAt    market.Time // earliest time of the next try
	sellTries int         // how often the kill switch began to sell it
	sellAt    market.Time // earliest time of the next try
}

// ruleState is a rule's durable memory and the times it fired lately.
type ruleState struct {
	RuleMemory
	on     OnKind
	orders bool          // it asks for orders
	says   ActionKind    // how what became of them is said: to people, where the rule tells them that it fired
	fires  []market.Time // of such a rule, within the last day, oldest first
	passed []Reading     // what its guards say when it fires
	traced traced
	broken bool // reading it panicked: it is off until the next start
}

func (e *Engine) newTrader(s *Strategy) (trader, error) {
	feed := slices.IndexFunc(e.feeds, func(f feedState) bool { return f.series == s.Series && f.policy == GapFill })
	if feed < 0 {
		return trader{}, fmt.Errorf("engine: strategy %s: no feed for %s", s.Name, s.Series)
	}
	t := trader{strategy: s, index: len(e.traders), feed: feed, market: e.feeds[feed].market, holding: holding{hold: Holding{Strategy: s.Name}}}
	for i := range s.Rules {
		rule := &s.Rules[i]
		t.rules = append(t.rules, ruleState{
			RuleMemory: RuleMemory{Strategy: s.Name, Rule: rule.Name},
			on:         rule.On.Kind,
			passed:     guardsPassed(rule),
			traced:     traced{guards: rule.guards()},
			orders:     slices.ContainsFunc(rule.Do, func(a Action) bool { return a.Kind.Orders() }),
			says:       says(rule),
		})
		t.on[rule.On.Kind] = append(t.on[rule.On.Kind], i)
		if rule.On.Kind.needsAlarm() {
			t.alarms = append(t.alarms, alarm{rule: i})
		}
	}
	for _, x := range s.State {
		t.state = append(t.state, x.Initial)
	}
	return t, nil
}

// says is how what came to nothing of a rule is said: those who are told that
// it fired are told that as well.
func says(r *Rule) ActionKind {
	if slices.ContainsFunc(r.Do, func(a Action) bool { return a.Kind == ActionNotify }) {
		return ActionNotify
	}
	return ActionLog
}

func (e *Engine) trader(strategy string) *trader {
	for i := range e.traders {
		if e.traders[i].strategy.Name == strategy {
			return &e.traders[i]
		}
	}
	return nil
}

// rule returns the state of a rule by name, or nil.
func (t *trader) rule(name string) *ruleState {
	if i := t.ruleIndex(name); i >= 0 {
		return &t.rules[i]
	}
	return nil
}

// ruleIndex returns which rule has the name, or -1.
func (t *trader) ruleIndex(name string) int {
	for i := range t.rules {
		if t.rules[i].Rule == name {
			return i
		}
	}
	return -1
}

// sellable returns what the strategy may still sell: its position, at most
// what the account holds, less what live sells may take, rounded down to the
// lot.
func (e *Engine) sellable(t *trader) num.Quantity {
	in := &e.markets[t.market].listing
	p := e.position(t)
	if p.Quantity.Sign() <= 0 {
		return num.Quantity{}
	}
	var c num.Calc
	own, all := e.book.selling(&c, t.strategy.Name, in.ID)
	free := num.Sub(&c, p.Quantity, own)
	account := num.Sub(&c, num.AsQuantity(e.ledger.Balance(in.Base)), all)
	q := free.Min(account)
	if c.Err() != nil || q.Sign() <= 0 {
		return num.Quantity{}
	}
	q, err := num.FloorTo(q, in.Lot)
	if err != nil {
		return num.Quantity{}
	}
	return q
}

// position returns what the strategy holds: the ledger has the strategies in
// our order, before any that is no longer configured.
func (e *Engine) position(t *trader) *portfolio.Position { return &e.ledger.Positions()[t.index] }

// flat reports whether the strategy holds less than it could sell: the rest
// is dust, which is kept and sold with the next close.
func (e *Engine) flat(t *trader) bool { return !t.held }

// weigh finds out whether the strategy is flat, once what it holds or the least
// that can be sold is another.
func (e *Engine) weigh(t *trader) {
	t.held = !e.position(t).Quantity.Less(e.markets[t.market].listing.Min)
}
