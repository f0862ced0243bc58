package strategies

import (
	"math"
	"slices"

	"rulebot/engine"
	"rulebot/engine/num"
	"rulebot/engine/risk"
)

// Worst is the most that one strategy can have at stake and in the market at
// once, as far as the file says: upper bounds, before fees.
type Worst struct {
	Strategy   string  `json:"strategy"`
	Instrument string  `json:"instrument"`
	Capital    float64 `json:"capital"` // quote currency bought, before anything is sold
	By         string  `json:"by"`      // what bounds it: sizes, the key of a limit, or NotKnown
	Orders     int     `json:"orders"`  // sent in one event and live until they are answered
}

// NotKnown bounds a worst case that only the equity of the account bounds.
const NotKnown = "starting equity"

// Worst computes the worst case of each strategy under limits in effect, from
// an equity; zero is not known, and leaves the limits alone to bound it.
func (f *File) Worst(equity num.Money, limits *risk.Limits) []Worst {
	var out []Worst
	for _, e := range f.entries {
		w := Worst{Strategy: e.st.Name, Instrument: e.st.Series.Instrument}
		w.Capital, w.By = e.capital(equity.Float(), limits)
		w.Orders = e.live()
		out = append(out, w)
	}
	return out
}

// WorstOfAll is the worst case of an account: what its strategies can reach
// together, within the limits of each instrument and of all.
func WorstOfAll(each []Worst, limits *risk.Limits) Worst {
	all := Worst{By: "sizes"}
	var done []string
	unknown := false
	for _, w := range each {
		if slices.Contains(done, w.Instrument) {
			continue
		}
		done = append(done, w.Instrument)
		one := Worst{By: "sizes"}
		for _, x := range each {
			if x.Instrument == w.Instrument {
				one.Capital += x.Capital
				unknown = unknown || x.By == NotKnown
				one.Orders += x.Orders
			}
		}
		one.bound(limits.MaxPositionValue.Float(), "max_position_value")
		all.Capital += one.Capital
		all.Orders += min(one.Orders, limits.MaxOpenOrders.Instrument)
	}
	all.bound(limits.MaxExposure.Float(), "max_exposure")
	all.Orders = min(all.Orders, limits.MaxOpenOrders.Total)
	if unknown {
		all.Capital, all.By = 0, NotKnown
	}
	return all
}

func (w *Worst) bound(most float64, key string) {
	if most > 0 && w.Capital > most {
		w.Capital, w.By = most, key
	}
}

// capital adds what rules for a flat strategy can buy: all may hold at once.
// A rule that buys while a position is held may fire again and again, so that
// only limits bound it.
func (e *entry) capital(equity float64, limits *risk.Limits) (float64, string) {
	w := Worst{By: "sizes"}
	for i := range e.st.Rules {
		r := &e.st.Rules[i]
		for _, a := range r.Do {
			if a.Kind != engine.ActionBuy {
				continue
			}
			one := Worst{Capital: e.value(r.For, a.Size, equity), By: w.By}
			one.bound(limits.MaxOrderValue.Float(), "max_order_value")
			w.Capital += one.Capital
			w.By = one.By
			if r.For != engine.ForFlat {
				w.Capital = math.Inf(1)
			}
		}
	}
	w.bound(limits.MaxPositionValue.Float(), "max_position_value")
	if math.IsInf(w.Capital, 1) {
		return 0, NotKnown // no limit is written, and no balance that it would follow from
	}
	return w.Capital, w.By
}

// value is the most that one order may be worth, by its size.
func (e *entry) value(guard engine.Guard, size engine.Size, equity float64) float64 {
	n := e.scope.trees[size.Amount]
	if n == nil {
		return math.Inf(1)
	}
	amount := newJudge(guard, false).span(n).hi
	switch {
	case size.Unit == engine.SizeQuote:
		return amount
	case size.Unit == engine.SizeEquityPct && equity > 0:
		return amount * equity / 100
	}
	return math.Inf(1) // depends on prices
}

// live counts the orders that one event can send: of rules that may hold
// together, and one of an exit. Every order is answered at once: it is filled
// or gone.
func (e *entry) live() int {
	var flat, long int
	for i := range e.st.Rules {
		r, orders := &e.st.Rules[i], 0
		for _, a := range r.Do {
			if a.Kind.Orders() {
				orders++
			}
		}
		if r.For != engine.ForLong {
			flat += orders
		}
		if r.For != engine.ForFlat {
			long += orders
		}
	}
	x := e.st.Exits
	if x.Written() {
		long++
	}
	return max(flat, long)
}

// denied notes orders that are larger than a limit whatever happens.
func (e *entry) denied(f *File) {
	if f.Risk.MaxOrderValue.IsZero() {
		return
	}
	most := f.Risk.MaxOrderValue.Float()
	for i := range e.st.Rules {
		r := &e.st.Rules[i]
		for _, a := range r.Do {
			n := e.scope.trees[a.Size.Amount]
			if n == nil || a.Size.Unit != engine.SizeQuote {
				continue
			}
			if s := newJudge(r.For, false).span(n); !s.empty() && s.lo > most {
				e.note(n.at, CodeDenied, "the size is above risk.max_order_value of "+f.Risk.MaxOrderValue.String()+": every such order will be denied", "")
			}
		}
	}
}
