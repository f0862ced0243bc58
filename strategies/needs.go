package strategies

import (
	"rulebot/engine/market"
)

// Need is what a strategy's expressions read of the market beside its bars,
// and the first of them in the file.
type Need struct {
	Quotes Reads // the best bid and ask alone
	Levels Reads // of the book behind them
	Depth  int   // how many levels on each side
}

// Reads is whether something is read: a value, and where it is first written.
type Reads struct {
	Text string // book.ask; "" is not read
	Position
}

// Any reports whether it is read at all.
func (r Reads) Any() bool { return r.Text != "" }

// Need returns what a strategy reads of the market beside its bars.
func (f *File) Need(strategy int) Need {
	var all Need
	seen := map[*node]bool{}
	for _, n := range f.entries[strategy].scope.trees { // the first in the file is the same in any order
		all.add(n, seen)
	}
	return all
}

// Levels is how many levels of the book the strategies of an instrument read
// at most.
func (f *File) Levels(instrument string) int {
	most := 0
	for i := range f.Strategies {
		if f.Strategies[i].Series.Instrument == instrument {
			most = max(most, f.Need(i).Depth)
		}
	}
	return most
}

func (all *Need) add(n *node, seen map[*node]bool) {
	if n == nil || seen[n] {
		return
	}
	seen[n] = true
	if n.op == opView {
		switch of := n.view.needs; {
		case of.levels > 1:
			all.Levels.first(n)
			all.Depth = max(all.Depth, min(of.levels, market.Trusted))
		case of.quotes:
			all.Quotes.first(n)
		}
	}
	for _, a := range n.args {
		all.add(a, seen)
	}
}

// first keeps what stands first in the file.
func (r *Reads) first(n *node) {
	p := Position{n.at.line, n.at.col}
	if r.Text == "" || p.Line < r.Line || p.Line == r.Line && p.Col < r.Col {
		*r = Reads{n.String(), p}
	}
}
