package report

import (
	"math"
	"slices"
	"strconv"

	"rulebot/engine/num"
)

// Run is what happened in a run, as far as people judge it.
type Run struct {
	Trades     []Trade // by their opening, those that are on included
	Executions []Execution
	Curve      Curve
	Held       []Span
}

// Span is the first and the last close of an instrument.
type Span struct {
	Instrument  string
	First, Last num.Price
}

// Values are figures with what a run says of them, in the order of Figures.
type Values []Value

// Value is a figure of a run.
type Value struct {
	*Figure
	Value float64
	Known bool // false where the run cannot tell
}

// Values returns all figures of the run.
func (r *Run) Values() Values {
	all := Figures()
	values := make(Values, len(all))
	for i := range all {
		v, ok := all[i].Of(r)
		values[i] = Value{&all[i], v, ok}
	}
	return values
}

// MarshalJSON writes an object of numbers by key, in the order of the figures;
// null is what the run cannot tell.
func (v Values) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(strconv.AppendQuote(b, v[i].Key), ':')
		if v[i].Known {
			b = strconv.AppendFloat(b, v[i].Value, 'g', -1, 64)
		} else {
			b = append(b, "null"...)
		}
	}
	return append(b, '}'), nil
}

// Of returns a figure by its key, and whether the run can tell it.
func (v Values) Of(key string) (float64, bool) {
	for i := range v {
		if v[i].Key == key {
			return v[i].Value, v[i].Known
		}
	}
	return math.NaN(), false
}

// Group is what the ended trades made that one rule opened.
type Group struct {
	Strategy, Rule string
	Trades, Won    int
	Profit         num.Money
}

// ByRule returns the groups, by strategy and rule in the order of their first
// trade.
func (r *Run) ByRule() []Group {
	var groups []Group
	var c num.Calc
	for _, t := range r.closed() {
		i := slices.IndexFunc(groups, func(g Group) bool { return g.Strategy == t.Strategy && g.Rule == t.EntryRule })
		if i < 0 {
			groups = append(groups, Group{Strategy: t.Strategy, Rule: t.EntryRule})
			i = len(groups) - 1
		}
		g := &groups[i]
		g.Trades++
		if t.Profit.Sign() > 0 {
			g.Won++
		}
		g.Profit = num.Add(&c, g.Profit, t.Profit)
	}
	return groups
}
