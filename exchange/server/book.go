package server

import "rulebot/engine/market"

// depthMax is how many levels a side are published.
const depthMax = 400

// shown is one side of a book as it was last published.
type shown struct {
	levels []market.Level
	diff   []market.Level // scratch: the last difference
	spare  []market.Level // scratch: the next levels
}

// next returns room for the levels to publish next.
func (s *shown) next() []market.Level { return s.spare[:0] }

// publish makes levels the published ones, keeps them, and returns what
// changed. descending is the order of bids.
func (s *shown) publish(levels []market.Level, descending bool) []market.Level {
	if len(levels) > depthMax {
		levels = levels[:depthMax]
	}
	s.diff = difference(s.diff[:0], s.levels, levels, descending)
	s.spare, s.levels = s.levels, levels
	return s.diff
}

// difference appends to dst what turns old into now, in book order.
func difference(dst, old, now []market.Level, descending bool) []market.Level {
	i, j := 0, 0
	for i < len(old) || j < len(now) {
		switch side := compare(old, now, i, j, descending); {
		case side < 0:
			dst = append(dst, market.Level{Price: old[i].Price})
			i++
		case side > 0:
			dst = append(dst, now[j])
			j++
		default:
			if old[i].Size != now[j].Size {
				dst = append(dst, now[j])
			}
			i, j = i+1, j+1
		}
	}
	return dst
}

// compare tells which of old[i] and now[j] comes first in the book: negative
// is old. An exhausted side comes last.
func compare(old, now []market.Level, i, j int, descending bool) int {
	switch {
	case i == len(old):
		return 1
	case j == len(now):
		return -1
	}
	c := old[i].Price.Cmp(now[j].Price)
	if descending {
		return -c
	}
	return c
}
