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
	Orders     int     `json:"orders"`  // live at once: sent in one event, or resting
	Live       string  `json:"live"`    // what bounds them: rules, or the key of a limit
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
		w.Orders, w.Live = e.live(limits)
		out = append(out, w)
	}
	return out
}

// WorstOfAll is the worst case of an account: what its strategies can reach
// together, within the limits of each instrument and of all.
func WorstOfAll(each []Worst, limits *risk.Limits) Worst {
	all := Worst{By: "sizes", Live: "rules"}
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
		if most := limits.MaxOpenOrders.Instrument; one.Orders > most {
			one.Orders, all.Live = most, "max_open_orders"
		}
		all.Orders += one.Orders
	}
	all.bound(limits.MaxExposure.Float(), "max_exposure")
	if most := limits.MaxOpenOrders.Total; all.Orders > most {
		all.Orders, all.Live = most, "max_open_orders"
	}
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

// endless is more than any limit: of orders that nothing in the file bounds.
const endless = math.MaxInt32

// times is how often the buy of a rule may be in one position, live orders
// included.
func times(r *engine.Rule) int {
	most := endless
	switch {
	case r.For == engine.ForFlat: // a buy that is under way ends being flat
		most = 1
	case r.OncePer == engine.OncePerPosition:
		most = 1
	}
	if r.MaxEntries > 0 {
		most = min(most, r.MaxEntries)
	}
	return most
}

// capital adds what the rules can buy: all of them may hold at once, as often
// as they say. Without a bound on that, only limits bound it.
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
			one.bound(e.st.Budget.MaxOrderValue.Float(), "max_order_value of the strategy")
			w.By = one.By
			if n := times(r); n < endless {
				w.Capital += float64(float64(n) * one.Capital)
			} else {
				w.Capital = math.Inf(1)
			}
		}
	}
	w.bound(limits.MaxPositionValue.Float(), "max_position_value")
	w.bound(e.st.Budget.MaxPositionValue.Float(), "max_position_value of the strategy")
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

// live counts the orders that can be live at once: those of one event, of
// rules that may hold together and of the exits, and those that rest.
func (e *entry) live(limits *risk.Limits) (int, string) {
	var flat, long, rest int
	for i := range e.st.Rules {
		r := &e.st.Rules[i]
		for _, a := range r.Do {
			switch {
			case !a.Kind.Orders():
			case resting(&a.Order):
				rest = min(rest+stays(r, &a), endless)
			default:
				if r.For != engine.ForLong {
					flat++
				}
				if r.For != engine.ForFlat {
					long++
				}
			}
		}
	}
	if x := e.st.Exits; x.Written() {
		long++
		if x.StopLoss.AtExchange {
			long++ // the order that the exchange holds
		}
	}
	n, by := max(flat, long)+rest, "rules"
	if most := limits.MaxOpenOrders.Instrument; most > 0 && n > most {
		n, by = most, "max_open_orders"
	}
	if most := e.st.Budget.MaxOpenOrders.Instrument; most > 0 && n > most {
		n, by = most, "max_open_orders of the strategy"
	}
	return n, by
}

// stays is how many orders of one action may rest at once. A rule that fires
// once a bar at most has no more of them than its orders last bars, and one
// that is being cancelled.
func stays(r *engine.Rule, a *engine.Action) int {
	most := endless
	if a.Kind == engine.ActionBuy {
		most = times(r)
	} else if r.OncePer == engine.OncePerPosition {
		most = 1
	}
	once := r.On.Kind == engine.OnBar || r.OncePer == engine.OncePerBar
	if bars := a.Order.Expire.Bars; once && bars > 0 {
		most = min(most, bars+1)
	}
	return most
}

// denied notes buys that are larger than a limit whatever happens: sales are
// divided.
func (e *entry) denied(f *File) {
	e.tooLarge(f.Risk.MaxOrderValue, "risk.max_order_value")
	e.tooLarge(e.st.Budget.MaxOrderValue, "the strategy's own max_order_value")
}

func (e *entry) tooLarge(limit num.Money, key string) {
	if limit.IsZero() {
		return
	}
	most := limit.Float()
	for i := range e.st.Rules {
		r := &e.st.Rules[i]
		for _, a := range r.Do {
			n := e.scope.trees[a.Size.Amount]
			if n == nil || a.Kind != engine.ActionBuy || a.Size.Unit != engine.SizeQuote {
				continue
			}
			if s := newJudge(r.For, false).span(n); !s.empty() && s.lo > most {
				e.note(n.at, CodeDenied, "the size is above "+key+" of "+limit.String()+": every such order will be denied", "")
			}
		}
	}
}
