package engine

// Near is the rule that is nearest to firing now: the one of which the fewest
// clauses do not hold.
type Near struct {
	Strategy string
	Rule     string
	Open     int       // clauses that do not hold, and unless where it does not let the rule pass
	Readings []Reading // of its condition
	Unless   Truth     // False where it lets the rule pass, or is not written
}

// Nearest looks for the rule nearest to firing among those whose position
// guard holds. It evaluates and changes nothing; it is for people who watch,
// and allocates. There is none when no rule could fire as things stand.
func (e *Engine) Nearest() (Near, bool) {
	var best Near
	found := false
	for i := range e.traders {
		t := &e.traders[i]
		v := e.view(t)
		for r := range t.strategy.Rules {
			rule := &t.strategy.Rules[r]
			if rule.blocks(v) || t.rules[r].Disabled || t.rules[r].broken || !t.rules[r].orders {
				continue
			}
			readings := e.cfg.Program.Explain(rule.When, v, nil)
			n := Near{t.strategy.Name, rule.Name, unmet(readings), readings, False}
			if rule.Unless != 0 {
				n.Unless, _ = e.cfg.Program.Condition(rule.Unless, v)
				n.Open += count(n.Unless != False)
			}
			if !found || n.Open < best.Open {
				best, found = n, true
			}
		}
	}
	return best, found
}

func unmet(readings []Reading) int {
	n := 0
	for i := range readings {
		if r := &readings[i]; r.Clause && r.Depth == 0 && r.Truth != True {
			n++
		}
	}
	return n
}

// blocks reports whether the rule does not fire whatever its condition says,
// with the position as it is or may become.
func (r *Rule) blocks(v *View) bool {
	placed, _ := r.placed(v)
	return placed != True || r.entered(v)
}

// placed is the rule's position guard. Nobody knows whether a strategy stays
// flat while a buy of its own is not over, or waits for its price: for: flat is
// not ready then, so that the rule neither fires twice nor sees a new edge when
// nothing came of the order.
func (r *Rule) placed(v *View) (Truth, Cause) {
	switch {
	case r.For == ForFlat && v.Position.Long, r.For == ForLong && !v.Position.Long:
		return False, Ready
	case r.For == ForFlat && v.opening:
		return NotReady, CauseUnderway
	}
	return True, Ready
}

// entered reports that the position was entered as often as it may be,
// counting what is on its way.
func (r *Rule) entered(v *View) bool {
	return r.MaxEntries > 0 && int(v.Position.Entries)+v.entering >= r.MaxEntries
}
