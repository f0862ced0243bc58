package strategies

import "rulebot/engine"

// Sized is how large the orders of one action can be, as far as the file says.
type Sized struct {
	Rule        int // of the strategy
	Buys        bool
	Unit        engine.SizeUnit
	Least, Most float64 // in the unit; zero and +Inf where nothing bounds them
}

// Sizes returns how large the orders of a strategy's rules can be, where they
// write a size.
func (f *File) Sizes(strategy int) []Sized {
	e := f.entries[strategy]
	var all []Sized
	for i := range e.st.Rules {
		r := &e.st.Rules[i]
		for _, a := range r.Do {
			n := e.scope.trees[a.Size.Amount]
			if n == nil {
				continue
			}
			amount := newJudge(r.For, false).span(n)
			if amount.lo <= smallest {
				amount.lo = 0
			}
			all = append(all, Sized{Rule: i, Buys: a.Kind == engine.ActionBuy, Unit: a.Size.Unit, Least: amount.lo, Most: amount.hi})
		}
	}
	return all
}
