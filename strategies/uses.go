package strategies

import "slices"

// FeedsOf returns the feeds that a strategy reads, by their number in Feeds
// and in rising order. Its own is among them.
func (f *File) FeedsOf(strategy int) []int {
	e := f.entries[strategy]
	used := []int{e.scope.feed}
	for _, n := range e.scope.trees { // sorted below
		used = f.graph.feedsOf(n, used)
	}
	slices.Sort(used)
	return slices.Compact(used)
}

// feedsOf adds the feeds whose slots a tree reads.
func (g *graph) feedsOf(n *node, dst []int) []int {
	if n == nil {
		return dst
	}
	if n.op == opSlot {
		dst = append(dst, g.slots[n.slot].feed)
	}
	for _, a := range n.args {
		dst = g.feedsOf(a, dst)
	}
	return dst
}
